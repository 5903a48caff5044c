//! Entity tags: what somebody has read already is not sent again.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use domain::value::Digest;
use serde::Serialize;

use super::Problem;

/// Who may keep an answer, always asking whether it still holds.
#[derive(Clone, Copy, Debug)]
pub enum Keeping {
    /// Everybody: the answer is the same for all.
    Anybody,
    /// The one who asked, and no cache on the way.
    Asker,
}

impl Keeping {
    const fn header(self) -> &'static str {
        match self {
            Self::Anybody => "no-cache",
            Self::Asker => "private, no-cache",
        }
    }
}

/// A weak tag: the same where the parts are the same, and this version of the program answers.
pub fn tag_of(parts: &[&[u8]]) -> String {
    let version: &[u8] = env!("CARGO_PKG_VERSION").as_bytes();
    let lines: Vec<&[u8]> = [version].into_iter().chain(parts.iter().copied()).collect();
    let digest = Digest::sha256(&[&lines.join(&b'\n')]).to_string();
    format!("W/\"{}\"", digest.get(..32).unwrap_or_default())
}

/// An answer with its tag, before its body.
pub fn tagged(tag: &str, keeping: Keeping) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, keeping.header()));
    response
}

/// `304 Not Modified` if the caller has what would be answered. Tags are compared weakly (RFC 9110, section 13.1.2).
pub fn unchanged(request: &HttpRequest, tag: &str, keeping: Keeping) -> Option<HttpResponse> {
    let known = request.headers().get_all(IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    let same = |candidate: &str| candidate == "*" || opaque(candidate) == opaque(tag);
    known.flat_map(|value| value.split(',')).any(|candidate| same(candidate.trim())).then(|| {
        HttpResponse::NotModified()
            .insert_header((ETAG, tag))
            .insert_header((CACHE_CONTROL, keeping.header()))
            .finish()
    })
}

/// Answers with JSON that is its own tag.
///
/// # Errors
/// A view that cannot be written: a defect.
pub fn json(request: &HttpRequest, keeping: Keeping, view: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(view).map_err(|error| Problem::fault(&error))?;
    let tag = tag_of(&[&body]);
    let same = unchanged(request, &tag, keeping);
    Ok(same.unwrap_or_else(|| tagged(&tag, keeping).content_type("application/json").body(body)))
}

/// A tag without the mark of a weak one.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
