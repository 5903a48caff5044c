//! Texts that people write: kept beside the journal as JSON, bound to it by a salted digest.

use std::borrow::Cow;

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

/// Why somebody did something.
#[derive(Serialize)]
struct ReasonText<'a> {
    reason: &'a str,
}

impl App {
    /// A document that holds a text as JSON, with a salt of its own.
    pub(super) fn document(&self, text: &impl Serialize) -> Result<Document, Error> {
        Ok(Document { salt: self.entropy.bytes()?, media_type: JSON, content: serde_json::to_vec(text)? })
    }

    /// A document that says why.
    pub(super) fn reason(&self, field: &'static str, reason: &str) -> Result<Document, Error> {
        self.document(&ReasonText { reason: text(field, reason, TEXT)? })
    }
}

/// A text of 1 to `limit` characters.
pub(super) fn text(field: impl Into<Cow<'static, str>>, text: &str, limit: usize) -> Result<&str, Error> {
    let malformed = |error| Err(Error::Malformed { field: field.into(), error });
    if text.trim().is_empty() {
        return malformed(FieldError::Empty);
    }
    if text.chars().count() > limit {
        return malformed(FieldError::TooLong { limit });
    }
    // Briefs and summaries have lines; nothing has characters that change how others read.
    let hidden = |character: char| {
        let line = limit == TEXT && character == '\n';
        (character.is_control() && !line)
            || ('\u{202a}'..='\u{202e}').contains(&character)
            || ('\u{2066}'..='\u{2069}').contains(&character)
            || character == '\u{200b}'
    };
    if text.contains(hidden) {
        return malformed(FieldError::Unprintable);
    }
    Ok(text)
}

/// One field of a JSON document.
///
/// # Errors
/// The document is missing or altered, or has no such field.
pub(super) fn find_field(
    conn: &mut AnyConn,
    program: Uuid,
    digest: Digest,
    field: &str,
) -> Result<String, Error> {
    let lost = || Error::DocumentLost { digest };
    let row = find_document(conn, program, &digest)?.ok_or_else(lost)?;
    let content: Value = serde_json::from_slice(&row.content)?;
    content.get(field).and_then(Value::as_str).map(ToOwned::to_owned).ok_or_else(lost)
}
