//! Payout batches and their files.

use actix_web::{HttpRequest, HttpResponse, get, post};
use domain::event::Fact;
use domain::value::BatchNumber;
use verify::BatchFile;

use super::receipt::{BatchReceipt, ProposalReceipt};
use crate::app::{Ask, Error, NewBatch};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::{Reading, slug_of};
use crate::http::signed::Signed;
use crate::http::view::{BatchView, PreviewView};
use crate::http::write::{Body, Write, location, written};

/// What a batch of these claims would be, and what it would be refused with; nothing is written.
#[utoipa::path(tag = "batches", request_body = NewBatch, responses((status = 200, body = PreviewView)))]
#[post("/programs/{slug}/batches/preview")]
pub async fn preview_batch(
    request: HttpRequest,
    signed: Signed,
    body: Body<NewBatch>,
) -> Result<HttpResponse, Problem> {
    let program = slug_of(&request)?;
    let member = signed.member_of(program).await?;
    let previews = signed.app.preview_batch(Ask { program, member, key: "", sent: None }, &body.0).await?;
    Ok(HttpResponse::Ok().json(PreviewView::of_all(previews)?))
}

/// The batches of a program.
#[utoipa::path(tag = "batches", params(PageQuery), responses((status = 200, body = Page<BatchView>)))]
#[get("/programs/{slug}/batches")]
pub async fn list_batches(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut(reading.program.batches(), |batch| batch.number.get())?;
    Ok(reading.json(&page.map(|batch| BatchView::new(&reading.program, batch))))
}

/// Proposes a batch: its claims are in flight from now on.
#[utoipa::path(tag = "batches", request_body = NewBatch, responses((status = 201, body = ProposalReceipt)))]
#[post("/programs/{slug}/batches")]
pub async fn propose_batch(write: Write<NewBatch>) -> Result<HttpResponse, Problem> {
    let receipts = write.app.propose_batches(write.ask(), &write.new).await?;
    let program = write.program().await?;
    let mut views = Vec::new();
    for receipt in &receipts {
        let Fact::BatchProposed { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
        let batch = program.batch(outcome.batch).ok_or(Error::Stopped)?;
        views.push(BatchReceipt { proof: receipt.into(), batch: BatchView::new(&program, batch) });
    }
    let mut views = views.into_iter();
    let first = views.next().ok_or(Error::Stopped)?;
    let created = location(write.slug, &format!("batches/{}", first.batch.number));
    let replayed = receipts.iter().any(|receipt| receipt.replayed);
    Ok(written(Some(created), replayed, &ProposalReceipt { first, more: views.collect() }))
}

/// One batch.
#[utoipa::path(tag = "batches", responses((status = 200, body = BatchView)))]
#[get("/programs/{slug}/batches/{batch}")]
pub async fn get_batch(reading: Reading) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = reading.part("batch")?;
    let missing = || Error::NoSuchBatch { number: number.get() };
    let batch = reading.program.batch(number).ok_or_else(missing)?;
    let batch = BatchView::new(&reading.program, batch);
    Ok(reading.unchanged().unwrap_or_else(|| reading.json(&batch)))
}

/// The batch for the Safe Transaction Builder.
#[utoipa::path(tag = "batches", responses((status = 200, body = serde_json::Value)))]
#[get("/programs/{slug}/batches/{batch}/transaction-builder.json")]
pub async fn get_transaction_builder(reading: Reading) -> Result<HttpResponse, Problem> {
    file(reading, BatchFile::TransactionBuilder, "application/json").await
}

/// The batch as EIP-712 typed data, as `eth_signTypedData_v4` takes it.
#[utoipa::path(tag = "batches", responses((status = 200, body = serde_json::Value)))]
#[get("/programs/{slug}/batches/{batch}/typed-data.json")]
pub async fn get_typed_data(reading: Reading) -> Result<HttpResponse, Problem> {
    file(reading, BatchFile::TypedData, "application/json").await
}

/// The batch for the CSV Airdrop app.
#[utoipa::path(tag = "batches", responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/programs/{slug}/batches/{batch}/airdrop.csv")]
pub async fn get_airdrop(reading: Reading) -> Result<HttpResponse, Problem> {
    file(reading, BatchFile::Airdrop, "text/csv; charset=utf-8").await
}

/// Who is paid for what, and who agreed.
#[utoipa::path(tag = "batches", responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/programs/{slug}/batches/{batch}/annotated.csv")]
pub async fn get_annotated(reading: Reading) -> Result<HttpResponse, Problem> {
    file(reading, BatchFile::Annotated, "text/csv; charset=utf-8").await
}

async fn file(
    reading: Reading,
    file: BatchFile,
    content_type: &'static str,
) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = reading.part("batch")?;
    let missing = || Error::NoSuchBatch { number: number.get() };
    if !BatchFile::of(reading.program.batch(number).ok_or_else(missing)?).contains(&file) {
        return Err(Error::OfRejection { number: number.get() }.into());
    }
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let exported = reading.app.export_batch(reading.slug, number).await?;
    let text = exported.files.into_iter().find(|(name, _)| *name == file.name()).map(|(_, text)| text);
    let text = text.ok_or_else(|| Problem::fault(&"a file of a batch was not made"))?;
    let saved = reading.name_of(number, file.name());
    Ok(reading.text(content_type, Some(&saved), text))
}
