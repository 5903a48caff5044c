//! The signer's sheet of a batch.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::{HttpResponse, get};
use domain::value::BatchNumber;

use crate::app::{Error, Sheet};
use crate::http::Problem;
use crate::http::reading::Reading;
use crate::http::sheet::{POLICY, page};
use crate::http::view::SheetView;

/// What an owner of the Safe compares before signing a batch or a rejection: a page to read and to print.
#[utoipa::path(tag = "batches", responses((status = 200, body = String, content_type = "text/html")))]
#[get("/programs/{slug}/batches/{batch}/sheet")]
pub async fn get_sheet(reading: Reading) -> Result<HttpResponse, Problem> {
    match sheet(&reading).await? {
        Found::Unchanged(mut response) => {
            // A browser takes the headers of this answer for the page that it has kept.
            if let Ok(policy) = HeaderValue::from_str(&POLICY) {
                response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            }
            Ok(response)
        }
        Found::Sheet(sheet) => Ok(reading.page(&POLICY, page(&sheet))),
    }
}

/// The signer's sheet for programs: the page says nothing else.
#[utoipa::path(tag = "batches", responses((status = 200, body = SheetView)))]
#[get("/programs/{slug}/batches/{batch}/sheet.json")]
pub async fn get_sheet_json(reading: Reading) -> Result<HttpResponse, Problem> {
    match sheet(&reading).await? {
        Found::Unchanged(response) => Ok(response),
        Found::Sheet(sheet) => {
            let saved = reading.name_of(sheet.batch.number, "sheet.json");
            reading.json_file(&saved, &SheetView::from(&*sheet))
        }
    }
}

enum Found {
    /// The caller has it.
    Unchanged(HttpResponse),
    Sheet(Box<Sheet>),
}

async fn sheet(reading: &Reading) -> Result<Found, Problem> {
    let number: BatchNumber = reading.part("batch")?;
    if reading.program.batch(number).is_none() {
        return Err(Error::NoSuchBatch { number: number.get() }.into());
    }
    if let Some(unchanged) = reading.unchanged() {
        return Ok(Found::Unchanged(unchanged));
    }
    Ok(Found::Sheet(Box::new(reading.app.sheet(reading.slug, number).await?)))
}
