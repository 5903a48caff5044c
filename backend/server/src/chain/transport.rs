//! What every client of ours has in common: a way out that leads where the settings say, and answers that are bounded.
//!
//! What somebody else wrote is cut and escaped before it is repeated, and keys of ours are taken out of it.

use std::error::Error as _;
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Response, redirect};

use super::Endpoint;

/// The most characters of a foreign text that are repeated.
pub(crate) const TOLD: usize = 200;

/// Why a request has no whole answer.
pub(crate) enum Broken {
    Unreachable { why: String },
    TimedOut,
    CutOff { why: String },
    TooLarge { limit: usize },
}

/// A client for one endpoint; nothing is sent yet.
///
/// # Errors
/// For https, a machine without certificates of authorities: the reason.
pub(crate) fn client(endpoint: &Endpoint) -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder()
        .user_agent("bounty-ledger")
        .redirect(redirect::Policy::none())
        // The settings name the endpoint, and no variable leads elsewhere.
        .no_proxy()
        .retry(reqwest::retry::never());
    let builder = if endpoint.is_https() { builder } else { builder.tls_certs_only([]) };
    builder.build().map_err(|error| told(&innermost(&error), TOLD))
}

/// The body of an answer, up to the limit: what is said of its length is not relied on.
pub(crate) async fn body(
    endpoint: &Endpoint,
    mut response: Response,
    limit: usize,
) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| broken(endpoint, &error))? {
        if bytes.len().saturating_add(chunk.len()) > limit {
            return Err(Broken::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// What an error of the library means.
pub(crate) fn broken(endpoint: &Endpoint, error: &reqwest::Error) -> Broken {
    let why = told(&endpoint.conceal(&innermost(error)), TOLD);
    if error.is_timeout() {
        Broken::TimedOut
    } else if error.is_connect() {
        Broken::Unreachable { why }
    } else {
        Broken::CutOff { why }
    }
}

/// What lies at the bottom of an error, without the URL that the library adds at the top.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = String::from("no reason given");
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    text
}

/// The beginning of a foreign text, with everything escaped that could move a cursor or turn a line around.
pub(crate) fn told(text: &str, most: usize) -> String {
    let mut told: String = text
        .chars()
        .take(most)
        .map(|character| match character {
            '"' | '\'' => character.to_string(),
            _ => character.escape_debug().to_string(),
        })
        .collect();
    if text.chars().nth(most).is_some() {
        told.push('…');
    }
    told
}

/// How long we are asked to stay away (RFC 9110, section 10.2.3): seconds, or a date beside the answer's own.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    let asked = text(RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = DateTime::parse_from_rfc2822(asked).ok()?;
    then.signed_duration_since(DateTime::parse_from_rfc2822(text(DATE)?).ok()?).to_std().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn how_long_to_wait_is_read_in_seconds_or_as_a_date() {
        let date = "Wed, 21 Oct 2026 07:28:00 GMT";
        for (asked, now, seconds) in [
            ("120", None, Some(120)),
            ("Wed, 21 Oct 2026 07:28:09 GMT", Some(date), Some(9)),
            ("Wed, 21 Oct 2026 07:27:00 GMT", Some(date), None),
            ("Wed, 21 Oct 2026 07:28:09 GMT", None, None),
            ("soon", Some(date), None),
            ("-1", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(asked));
            if let Some(now) = now {
                headers.insert(DATE, HeaderValue::from_static(now));
            }
            assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{asked}");
        }
    }

    #[test]
    fn foreign_texts_are_cut_and_cannot_write_on_a_terminal() {
        assert_eq!(told("it's \"fine\"", TOLD), "it's \"fine\"");
        assert_eq!(told("a\u{1b}[2Jb\r\n\u{202e}c", TOLD), "a\\u{1b}[2Jb\\r\\n\\u{202e}c");
        let long = told(&"é".repeat(1000), TOLD);
        assert_eq!(long, format!("{}…", "é".repeat(TOLD)));
    }
}
