//! Reading bodies: JSON of a known shape, not too large, not too slow.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::Path;

use super::Problem;
use crate::app::{MAX_CAPTURE, located};

/// The largest body, in bytes.
pub const LIMIT: usize = 64 * 1024;
/// How many times longer a file may take than another body.
const FILE_PATIENCE: u32 = 6;

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
    read_up_to(request, payload, LIMIT, 1).await
}

/// The bytes of a file, and what its sender says it is: nothing if they say only that it is bytes.
///
/// # Errors
/// As [`read_any`], with another limit and more time; an encoding (415).
pub async fn read_file(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(Bytes, Option<String>), Problem> {
    if request.headers().contains_key(CONTENT_ENCODING) {
        return Err(Problem::unsupported_media_type("send the file as it is, without Content-Encoding"));
    }
    let declared = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let declared = Some(essence).filter(|kind| !kind.is_empty() && kind != "application/octet-stream");
    let bytes = read_up_to(request, payload, MAX_CAPTURE, FILE_PATIENCE).await?;
    Ok((bytes, declared))
}

async fn read_up_to(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
    times: u32,
) -> Result<Bytes, Problem> {
    let patience = request.app_data::<Patience>().map_or(Duration::from_secs(10), |patience| patience.0);
    let patience = patience.saturating_mul(times);
    match tokio::time::timeout(patience, collect(request, payload, limit)).await {
        Ok(bytes) => bytes,
        Err(_) => Err(Problem::too_slow(format!("a body has {} s to arrive", patience.as_secs()))),
    }
}

async fn collect(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<Bytes, Problem> {
    let broken = |error: actix_web::Error| Problem::unreadable(error.to_string());
    let payload = web::Payload::from_request(request, payload).await.map_err(broken)?;
    let collected = payload.to_bytes_limited(limit).await;
    let bytes = collected.map_err(|_| Problem::too_large(format!("a body has at most {limit} bytes")))?;
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
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let wrong = |error: &serde_json::Error, path: Option<&Path>| match error.classify() {
        Category::Io | Category::Syntax | Category::Eof => {
            Problem::unreadable(format!("the body is not JSON: {error}"))
        }
        Category::Data => misplaced(path, &error.to_string(), "body"),
    };
    let read = serde_path_to_error::deserialize(&mut json);
    let value = read.map_err(|error| wrong(error.inner(), Some(error.path())))?;
    json.end().map_err(|error| wrong(&error, None))?;
    Ok(value)
}

/// What is wrong with a value at a place of the whole, named as clients write it: `evidence[0].url`.
pub fn misplaced(path: Option<&Path>, detail: &str, whole: &str) -> Problem {
    let (around, field) = located(path, detail);
    let told = if around.is_empty() { detail.to_owned() } else { format!("{around}: {detail}") };
    let field = if field.is_empty() { whole.to_owned() } else { field };
    Problem::malformed(told).with_field(field, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[serde(rename = "amount")]
        _amount: String,
        #[serde(default, rename = "links")]
        _links: Vec<Link>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Link {
        #[serde(rename = "url")]
        _url: String,
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
            ("{\"amount\":1}", "malformed", Some("amount")),
            ("{\"amount\":{\"amount\":1}}", "malformed", Some("amount")),
            ("{\"amount\":\"1\",\"links\":{}}", "malformed", Some("links")),
            ("{\"links\":[{\"url\":\"\"},{\"url\":[]}]}", "malformed", Some("links[1].url")),
            ("{\"links\":[{}]}", "malformed", Some("links[0].url")),
            ("{\"links\":[{\"url\":\"\",\"url\":\"\"}]}", "malformed", Some("links[0].url")),
            ("{\"links\":[{\"links\":1}]}", "malformed", Some("links[0].links")),
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

    #[test]
    fn the_words_of_a_refused_body_begin_with_the_place() {
        for (text, words) in [
            ("{\"links\":[{}]}", "links[0]: missing field `url` at line 1 column 12"),
            ("{\"more\":1}", "unknown field `more`, expected `amount` or `links` at line 1 column 7"),
            ("{\"amount\":1}", "amount: invalid type: integer `1`, expected a string at line 1 column 11"),
        ] {
            assert_eq!(parse::<Shape>(text.as_bytes()).unwrap_err().body()["detail"], words);
        }
    }
}
