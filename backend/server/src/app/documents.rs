//! Texts that people write: kept beside the journal as JSON, bound to it by a salted digest.

use domain::journal::Document;
use domain::value::Digest;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{App, Error, FieldError};
use crate::db::AnyConn;
use crate::db::journal::find_document;

const JSON: &str = "application/json";

/// The longest text of each kind, in characters.
pub(super) const TITLE: usize = 120;
pub(super) const HANDLE: usize = 40;
pub(super) const TEXT: usize = 8_000;

impl App {
    /// A document that holds a text as JSON, with a salt of its own.
    pub(super) fn document(&self, text: &impl Serialize) -> Result<Document, Error> {
        Ok(Document { salt: self.entropy.bytes()?, media_type: JSON, content: serde_json::to_vec(text)? })
    }
}

/// A text of 1 to `limit` characters.
pub(super) fn text<'a>(field: &'static str, text: &'a str, limit: usize) -> Result<&'a str, Error> {
    let malformed = |error| Err(Error::Malformed { field, error });
    if text.trim().is_empty() {
        return malformed(FieldError::Empty);
    }
    if text.chars().count() > limit {
        return malformed(FieldError::TooLong { limit });
    }
    Ok(text)
}

/// One field of a JSON document; `None` if the document or the field is not there.
pub(super) fn find_field(
    conn: &mut AnyConn,
    program: Uuid,
    digest: Digest,
    field: &str,
) -> Result<Option<String>, Error> {
    let Some(row) = find_document(conn, program, &digest)? else { return Ok(None) };
    let content: Value = serde_json::from_slice(&row.content)?;
    Ok(content.get(field).and_then(Value::as_str).map(ToOwned::to_owned))
}
