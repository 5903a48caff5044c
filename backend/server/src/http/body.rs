//! Reading bodies: JSON of a known shape, not too large, not too slow.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::Problem;

/// The largest body, in bytes.
pub const LIMIT: usize = 64 * 1024;

/// How long a body may take to arrive.
#[derive(Clone, Copy, Debug)]
pub struct Patience(pub Duration);

/// The bytes of a JSON body.
///
/// # Errors
/// Another content type (415), too many bytes (413), too slow (408), a connection that breaks (400).
pub async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, Problem> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") || request.headers().contains_key(CONTENT_ENCODING) {
        return Err(Problem::unsupported_media_type(
            "send Content-Type: application/json, without Content-Encoding",
        ));
    }
    read_any(request, payload).await
}

/// The bytes of any body.
///
/// # Errors
/// As [`read`], but for the content type.
pub async fn read_any(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, Problem> {
    let patience = request.app_data::<Patience>().map_or(Duration::from_secs(10), |patience| patience.0);
    match tokio::time::timeout(patience, collect(request, payload)).await {
        Ok(bytes) => bytes,
        Err(_) => Err(Problem::too_slow(format!("a body has {} s to arrive", patience.as_secs()))),
    }
}

async fn collect(request: &HttpRequest, payload: &mut Payload) -> Result<Bytes, Problem> {
    let broken = |error: actix_web::Error| Problem::unreadable(error.to_string());
    let payload = web::Payload::from_request(request, payload).await.map_err(broken)?;
    let collected = payload.to_bytes_limited(LIMIT).await;
    let bytes = collected.map_err(|_| Problem::too_large(format!("a body has at most {LIMIT} bytes")))?;
    bytes.map_err(broken)
}

/// A body of a known shape: an object, with names for its values.
///
/// # Errors
/// No JSON at all (400), or JSON of another shape (422).
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    // A list of the values in the order of their fields would be read as well.
    if first != Some(&b'{') && serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
        let detail = "the body must be a JSON object";
        return Err(Problem::malformed(detail).with_field("body", detail));
    }
    shaped(bytes)
}

/// What stands for the body of a request that has none.
///
/// # Errors
/// A shape that needs something: a defect.
pub fn nothing<T: DeserializeOwned>() -> Result<T, Problem> {
    shaped(b"null")
}

fn shaped<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::unreadable(format!("the body is not JSON: {error}"))
        }
        Category::Data => {
            let detail = error.to_string();
            let field = named_field(&detail).unwrap_or("body").to_owned();
            Problem::malformed(detail.clone()).with_field(field, detail)
        }
    })
}

/// The field that a message of serde names, such as "missing field `amount`".
pub fn named_field(message: &str) -> Option<&str> {
    let named = ["missing field `", "unknown field `", "duplicate field `"];
    let rest = named.iter().find_map(|start| message.strip_prefix(start))?;
    rest.split('`').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[serde(rename = "amount")]
        _amount: String,
    }

    #[test]
    fn a_body_is_refused_with_the_field_that_is_wrong() {
        for (text, code, field) in [
            ("{", "unreadable", None),
            ("", "unreadable", None),
            ("{\"amount\":\"1\"} x", "unreadable", None),
            ("{}", "malformed", Some("amount")),
            ("{\"amount\":\"1\",\"more\":1}", "malformed", Some("more")),
            ("{\"amount\":\"1\",\"amount\":\"2\"}", "malformed", Some("amount")),
            ("{\"amount\":1}", "malformed", Some("body")),
            ("[]", "malformed", Some("body")),
            ("[\"1\"]", "malformed", Some("body")),
            (" \n\"1\"", "malformed", Some("body")),
            ("null", "malformed", Some("body")),
            ("[", "unreadable", None),
        ] {
            let problem = parse::<Shape>(text.as_bytes()).unwrap_err();
            assert_eq!(problem.code, code, "{text}");
            let body = problem.body();
            let named = body.pointer("/errors/0/field").and_then(|field| field.as_str());
            assert_eq!(named, field, "{text}");
        }
    }
}
