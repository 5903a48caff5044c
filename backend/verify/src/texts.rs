//! What documents hold: JSON objects of texts, one shape for each kind of thing that names one; and captures.

use domain::evidence::EvidenceKey;
use domain::value::{Digest, Slug, Timestamp};
use serde::Deserialize;
use thiserror::Error;

use crate::captures::{MAX_CAPTURE, media_type};
use crate::naming::{Bonds, Bound, Shape};
use crate::receipts::{self, ReadError};

/// Why a document does not say what it must.
#[derive(Debug, Error)]
pub enum TextError {
    #[error("it is not the JSON of such a document: {0}")]
    Json(#[from] serde_json::Error),
    #[error("its {0} is empty")]
    Blank(&'static str),
    #[error("{0:?} is no moment")]
    Time(String),
    #[error("its links and captures are not the evidence that the event binds")]
    Evidence,
    #[error("it is no capture: neither PNG, JPEG, WebP nor PDF")]
    NoCapture,
    #[error("it has more than {MAX_CAPTURE} bytes")]
    LargeCapture,
    #[error(transparent)]
    Receipt(#[from] ReadError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    description: String,
    name: String,
    scope_excludes: String,
    slug: Slug,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    handle: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Brief {
    brief: String,
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    #[serde(default)]
    captures: Vec<Digest>,
    evidence: Vec<Link>,
    summary: String,
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    captured_at: String,
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment {
    comment: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    note: String,
}

/// Reads a document of a shape; gives the text that files show: the name, handle, title or reason, nothing of a
/// capture or a receipt.
///
/// # Errors
/// Other JSON than the shape has, an empty text, links or captures that are not the bound ones, no capture, or no
/// receipt.
pub(crate) fn read(
    content: &[u8],
    shape: Shape,
    identity: &Digest,
    bound: Option<Bound>,
) -> Result<String, TextError> {
    match shape {
        Shape::Program => {
            let Program { description, name, scope_excludes, slug } = serde_json::from_slice(content)?;
            let texts = [("description", &description), ("scope_excludes", &scope_excludes)];
            filled(&texts)?;
            filled(&[("name", &name), ("slug", &slug.to_string())])?;
            Ok(name)
        }
        Shape::Name => {
            let Name { handle } = serde_json::from_slice(content)?;
            filled(&[("handle", &handle)])?;
            Ok(handle)
        }
        Shape::Brief => {
            let Brief { brief, title } = serde_json::from_slice(content)?;
            filled(&[("brief", &brief), ("title", &title)])?;
            Ok(title)
        }
        Shape::Claim => {
            let claim: Claim = serde_json::from_slice(content)?;
            filled(&[("summary", &claim.summary), ("title", &claim.title)])?;
            let keys = keys(&claim.evidence, identity)?;
            let bonds = Bonds { evidence: &keys, captures: &claim.captures };
            if bound.is_some_and(|bound| bound != bonds.bound()) {
                return Err(TextError::Evidence);
            }
            Ok(claim.title)
        }
        Shape::Comment => {
            let Comment { comment } = serde_json::from_slice(content)?;
            filled(&[("comment", &comment)])?;
            Ok(comment)
        }
        Shape::Reason => {
            let Reason { reason } = serde_json::from_slice(content)?;
            filled(&[("reason", &reason)])?;
            Ok(reason)
        }
        Shape::Note => {
            let Note { note } = serde_json::from_slice(content)?;
            filled(&[("note", &note)])?;
            Ok(note)
        }
        Shape::Receipt => Ok(receipts::read(content).map(|_| String::new())?),
        Shape::Capture if content.len() > MAX_CAPTURE => Err(TextError::LargeCapture),
        Shape::Capture => media_type(content).map(|_| String::new()).ok_or(TextError::NoCapture),
    }
}

fn filled(texts: &[(&'static str, &String)]) -> Result<(), TextError> {
    match texts.iter().find(|(_, text)| text.trim().is_empty()) {
        Some((field, _)) => Err(TextError::Blank(field)),
        None => Ok(()),
    }
}

/// The evidence that links show, bound to the program.
fn keys(links: &[Link], identity: &Digest) -> Result<Vec<Digest>, TextError> {
    links
        .iter()
        .map(|link| {
            if link.captured_at.parse::<Timestamp>().is_err() {
                return Err(TextError::Time(link.captured_at.clone()));
            }
            let key = EvidenceKey::from_link(&link.url).map_err(|_| TextError::Evidence)?;
            Ok(key.bound_to(identity))
        })
        .collect()
}
