//! The journal as it is kept: canonical bytes, and the documents beside them.

use actix_web::{HttpResponse, get};
use domain::value::{Digest, Seq};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::app::{Error, shape};
use crate::http::Problem;
use crate::http::page::limit_of;
use crate::http::reading::Reading;

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

/// A document beside the journal.
#[utoipa::path(tag = "journal", responses((status = 200, body = DocumentView)))]
#[get("/programs/{slug}/documents/{digest}")]
pub async fn get_document(reading: Reading) -> Result<HttpResponse, Problem> {
    let digest: Digest = reading.part("digest")?;
    let found = reading.app.find_document(reading.program.id(), digest).await?;
    let row = found.ok_or_else(|| Problem::not_found("there is no document with this digest"))?;
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let content = String::from_utf8(row.content).map_err(|_| Error::NotText)?;
    let view = DocumentView { digest: row.digest, salt: row.salt, media_type: row.media_type, content };
    Ok(reading.json(&view))
}
