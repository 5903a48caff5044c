//! The journal as it is kept: canonical bytes, and the documents beside them, which come and go.

use actix_web::{HttpResponse, get, post};
use domain::event::Fact;
use domain::value::{Digest, Seq, SubmissionNumber};
use domain::words::Seconding;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::receipt::{ErasureReceipt, ErasureView};
use crate::app::{Error, NewErasure, shape};
use crate::http::Problem;
use crate::http::page::limit_of;
use crate::http::reading::Reading;
use crate::http::write::{Upload, Write, written};

/// Which events are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JournalQuery {
    /// The `next_after` of the page before, or the number of the last event you have; from the first if left
    /// out.
    pub after: Option<u64>,
    /// How many events at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
}

/// Events in their order.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalPage {
    pub items: Vec<EventView>,
    /// Ask for the events after this one; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_after: Option<u64>,
}

/// An event: its bytes are exactly those that were hashed.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    pub seq: u64,
    /// SHA-256 of a zero byte and the event's bytes (RFC 6962).
    #[schema(value_type = shape::Digest)]
    pub leaf_hash: String,
    /// The event. Its JSON text here is byte for byte what the journal keeps.
    #[schema(value_type = serde_json::Value)]
    pub event: Box<RawValue>,
}

/// The events of a program, byte for byte.
#[utoipa::path(tag = "journal", params(JournalQuery), responses((status = 200, body = JournalPage)))]
#[get("/programs/{slug}/journal")]
pub async fn list_events(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: JournalQuery = reading.query()?;
    let limit = limit_of(query.limit)?;
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let rows = reading.app.list_events(reading.program.id(), query.after.map(Seq::new), limit).await?;
    let items = rows.into_iter().map(|row| {
        let text = String::from_utf8(row.bytes).map_err(|_| Error::NotText)?;
        let event = RawValue::from_string(text)?;
        Ok(EventView { seq: u64::try_from(row.seq).unwrap_or_default(), leaf_hash: row.leaf, event })
    });
    let items = items.collect::<Result<Vec<EventView>, Error>>()?;
    let last = items.last().map(|event| event.seq);
    // Whoever has the last event of the state this request began with has them all, for now.
    let more = last.is_some_and(|last| last.saturating_add(1) < reading.program.size().get());
    Ok(reading.json(&JournalPage { items, next_after: if more { last } else { None } }))
}

/// A document that an event names: hash salt and content to check it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// SHA-256 of the 16 salt bytes and the content.
    #[schema(value_type = shape::Digest)]
    pub digest: String,
    /// Hex.
    pub salt: String,
    pub media_type: String,
    pub content: String,
}

/// A document beside the journal: a text with its salt as JSON; a capture byte for byte, with its salt in the header
/// `Document-Salt`.
#[utoipa::path(tag = "journal", responses((status = 200, content(
    (DocumentView = "application/json"),
    (shape::File = "application/pdf"),
    (shape::File = "image/jpeg"),
    (shape::File = "image/png"),
    (shape::File = "image/webp"),
))))]
#[get("/programs/{slug}/documents/{digest}")]
pub async fn get_document(reading: Reading) -> Result<HttpResponse, Problem> {
    let digest: Digest = reading.part("digest")?;
    if let Some(erased) = reading.app.erased(&reading.program, digest).await? {
        return Err(Problem::erased(erased));
    }
    let found = reading.app.find_document(reading.program.id(), digest).await?;
    let row = found.ok_or_else(|| Problem::not_found("there is no document with this digest"))?;
    if row.media_type != "application/json" {
        return reading.file(row);
    }
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let content = String::from_utf8(row.content).map_err(|_| Error::NotText)?;
    let view = DocumentView { digest: row.digest, salt: row.salt, media_type: row.media_type, content };
    Ok(reading.json(&view))
}

/// Asks for a document of yours to be erased, or agrees to what its author asked.
#[utoipa::path(tag = "journal", request_body = NewErasure, responses((status = 200, body = ErasureReceipt)))]
#[post("/programs/{slug}/documents/{digest}/erase")]
pub async fn erase_document(write: Write<NewErasure>) -> Result<HttpResponse, Problem> {
    let digest: Digest = write.part("digest")?;
    let receipt = write.app.erase_document(write.ask(), digest, &write.new).await?;
    let Fact::DocumentErased { asked, outcome } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let view = ErasureReceipt {
        proof: (&receipt).into(),
        verdict: outcome.verdict.to_string(),
        document: ErasureView {
            digest: asked.document.to_string(),
            author: asked.author.get(),
            submission: asked.submission.map(SubmissionNumber::get),
            class: asked.class.to_string(),
            erased: outcome.verdict == Seconding::Done,
        },
    };
    Ok(written(None, receipt.replayed, &view))
}

/// A capture that waits for a claim to name it.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadView {
    /// To be named in `captures` of a claim.
    #[schema(value_type = shape::Digest)]
    pub digest: String,
    #[schema(pattern = "^(application/pdf|image/jpeg|image/png|image/webp)$")]
    pub media_type: String,
    /// Its size as it is kept.
    pub bytes: usize,
    /// When it is dropped, if no claim of yours names it before.
    #[schema(value_type = shape::Moment)]
    pub expires_at: String,
}

/// Uploads a picture or a PDF that a claim is to show, of at most 5 MiB.
///
/// Pictures are kept without what they carry beside their pixels: places, times, makers, comments. HEIC becomes JPEG.
/// Of a PDF nothing is taken out.
#[utoipa::path(
    tag = "submissions",
    request_body(content(
        (shape::File = "application/octet-stream"),
        (shape::File = "application/pdf"),
        (shape::File = "image/heic"),
        (shape::File = "image/jpeg"),
        (shape::File = "image/png"),
        (shape::File = "image/webp"),
    )),
    responses((status = 200, body = UploadView)),
)]
#[post("/programs/{slug}/captures")]
pub async fn upload_capture(upload: Upload) -> Result<HttpResponse, Problem> {
    let Upload { app, slug, member, file, declared } = upload;
    let uploaded = app.upload_capture(slug, member, file.to_vec(), declared).await?;
    Ok(HttpResponse::Ok().json(UploadView {
        digest: uploaded.digest.to_string(),
        media_type: uploaded.media_type.to_owned(),
        bytes: uploaded.bytes,
        expires_at: uploaded.expires_at.to_string(),
    }))
}
