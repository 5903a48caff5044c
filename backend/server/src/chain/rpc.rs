//! One call of a node: JSON-RPC 2.0 over HTTP, bounded in time, tries and size.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout};

use super::Endpoint;
use super::limits::{Limits, chance};

/// The most characters of a foreign text that are repeated.
const TOLD: usize = 200;

/// Why a call of a node has no answer that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{node}: {method}: {fault}")]
pub struct RpcError {
    /// Scheme and host of the node.
    pub node: String,
    pub method: &'static str,
    pub fault: Fault,
}

/// What went wrong with a call.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("the node cannot be reached: {why}")]
    Unreachable { why: String },
    #[error("the node did not answer in time")]
    TimedOut,
    #[error("the answer was cut off: {why}")]
    CutOff { why: String },
    #[error("the node answers with HTTP status {status}{}", hint(*status))]
    Status {
        status: u16,
        /// How long the node asks to be left alone.
        retry_after: Option<Duration>,
    },
    #[error("the answer has more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the answer is not JSON ({why}): is the URL that of a JSON-RPC node?")]
    NotJson { why: String },
    #[error("the answer is not JSON-RPC 2.0 ({why}): is the URL that of a JSON-RPC node?")]
    NotJsonRpc { why: String },
    #[error("the answer is that of another request")]
    OtherId,
    #[error("the node refuses: {message} (code {code})")]
    Refused { code: i64, message: String },
    #[error("the node's answer has another form than it should: {why}")]
    Shape { why: String },
}

/// What to look at first.
fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => ", a redirect, which is not followed: is the URL right?",
        401 | 403 => ": does the URL hold a valid key?",
        404 => ": is the URL right?",
        429 => ": it is asked too often",
        _ => "",
    }
}

impl Fault {
    /// Whether the same call may succeed a little later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut | Self::CutOff { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::TooLarge { .. }
            | Self::NotJson { .. }
            | Self::NotJsonRpc { .. }
            | Self::OtherId
            | Self::Refused { .. }
            | Self::Shape { .. } => false,
        }
    }

    /// Whether the node ran the call of a contract, and the contract reverted.
    pub fn is_revert(&self) -> bool {
        // Geth and those after it answer with code 3 where the contract says why, all with these words.
        matches!(self, Self::Refused { code, message } if *code == 3 || message.contains("revert"))
    }
}

/// A node, and the limits within which it is asked.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    limits: Limits,
    last_id: Arc<AtomicU64>,
}

impl Client {
    /// A client of the node; nothing is sent yet.
    ///
    /// # Errors
    /// For https, a machine without certificates of authorities.
    pub fn new(endpoint: Endpoint, limits: Limits) -> Result<Self, RpcError> {
        let builder = reqwest::Client::builder()
            .user_agent("bounty-ledger")
            .redirect(redirect::Policy::none())
            // The settings name the node, and no variable leads elsewhere.
            .no_proxy()
            .retry(reqwest::retry::never());
        let builder = if endpoint.is_https() { builder } else { builder.tls_certs_only([]) };
        match builder.build() {
            Ok(http) => Ok(Self { http, endpoint, limits, last_id: Arc::new(AtomicU64::new(0)) }),
            Err(error) => {
                let why = told(&innermost(&error));
                Err(RpcError {
                    node: endpoint.to_string(),
                    method: "https",
                    fault: Fault::Unreachable { why },
                })
            }
        }
    }

    /// Scheme and host of the node.
    pub fn node(&self) -> String {
        self.endpoint.to_string()
    }

    /// The text of the `result` that the node answers, byte for byte.
    ///
    /// # Errors
    /// A node that does not answer within the limits, refuses, or speaks something else than JSON-RPC 2.0.
    pub async fn call(&self, method: &'static str, params: &Value) -> Result<Box<RawValue>, RpcError> {
        let begun = Instant::now();
        let mut tries = 0_u32;
        loop {
            let left = self.limits.whole.saturating_sub(begun.elapsed());
            // Boxed, so that those who ask for many things at once hold little.
            let asking = Box::pin(self.once(method, params));
            let fault = match timeout(left.min(self.limits.per_try), asking).await {
                Ok(Ok(result)) => return Ok(result),
                Ok(Err(fault)) => fault,
                Err(_) => Fault::TimedOut,
            };
            tries = tries.saturating_add(1);
            let left = self.limits.whole.saturating_sub(begun.elapsed());
            let Some(pause) = self.limits.pause_after(tries, &fault, left, chance()) else {
                return Err(self.error(method, fault));
            };
            tracing::debug!(node = %self.endpoint, method, %fault, "asking the node again");
            sleep(pause).await;
        }
    }

    /// The `result` that the node answers, as a value.
    ///
    /// # Errors
    /// As [`Client::call`], and a `result` of another form.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: &Value,
    ) -> Result<T, RpcError> {
        let result = self.call(method, params).await?;
        serde_json::from_str(result.get()).map_err(|error| self.misshapen(method, &error))
    }

    /// The error of a `result` that has another form than it should.
    pub(super) fn misshapen(&self, method: &'static str, why: &dyn fmt::Display) -> RpcError {
        let why = told(&self.endpoint.conceal(&why.to_string()));
        self.error(method, Fault::Shape { why })
    }

    fn error(&self, method: &'static str, fault: Fault) -> RpcError {
        RpcError { node: self.node(), method, fault }
    }

    /// One try.
    async fn once(&self, method: &'static str, params: &Value) -> Result<Box<RawValue>, Fault> {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
        let request = self.http.post(self.endpoint.url().clone()).header(CONTENT_TYPE, "application/json");
        let response = request.body(body).send().await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        if status.is_success() {
            return self.parse(&self.body(response).await?, id);
        }
        let fault = Fault::Status { status: status.as_u16(), retry_after: retry_after(response.headers()) };
        if fault.may_pass() || !status.is_client_error() || status == StatusCode::PAYLOAD_TOO_LARGE {
            return Err(fault);
        }
        // Some nodes say why in their own words, with a status of failure besides.
        let said = self.body(response).await.and_then(|bytes| self.parse(&bytes, id));
        Err(said.err().filter(|said| matches!(said, Fault::Refused { .. })).unwrap_or(fault))
    }

    /// The body of an answer, up to the limit: what is said of its length is not relied on.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Fault> {
        let limit = self.limits.answer_bytes;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if bytes.len().saturating_add(chunk.len()) > limit {
                return Err(Fault::TooLarge { limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// The `result` of an answer to the request of this id.
    fn parse(&self, bytes: &[u8], id: u64) -> Result<Box<RawValue>, Fault> {
        let not_rpc = |why: &str| Fault::NotJsonRpc { why: told(&self.endpoint.conceal(why)) };
        let answer: Answer<'_> = serde_json::from_slice(bytes).map_err(|error| {
            let why = error.to_string();
            match error.classify() {
                // An answer without a length ends where the connection ends.
                serde_json::error::Category::Eof => Fault::CutOff { why },
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                    Fault::NotJson { why }
                }
                serde_json::error::Category::Data => not_rpc(&why),
            }
        })?;
        if answer.jsonrpc.get() != "\"2.0\"" {
            return Err(not_rpc("jsonrpc is not \"2.0\""));
        }
        // A node that could not read the request answers with an error and no id.
        let nobodys = answer.id.get() == "null" && answer.error.is_some();
        if !nobodys && answer.id.get() != id.to_string() {
            return Err(Fault::OtherId);
        }
        match (answer.result, answer.error) {
            (Some(result), None) => Ok(result.to_owned()),
            (None, Some(error)) => {
                let error: Refusal = serde_json::from_str(error.get())
                    .map_err(|error| not_rpc(&format!("its error: {error}")))?;
                let message = told(&self.endpoint.conceal(&error.message));
                Err(Fault::Refused { code: error.code, message })
            }
            (Some(_), Some(_)) => Err(not_rpc("both a result and an error")),
            (None, None) => Err(not_rpc("neither a result nor an error")),
        }
    }

    fn broken(&self, error: &reqwest::Error) -> Fault {
        let why = told(&self.endpoint.conceal(&innermost(error)));
        if error.is_timeout() {
            Fault::TimedOut
        } else if error.is_connect() {
            Fault::Unreachable { why }
        } else {
            Fault::CutOff { why }
        }
    }
}

/// An answer as JSON-RPC 2.0 has it (section 5); what else a node adds is not looked at.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    jsonrpc: &'a RawValue,
    #[serde(borrow)]
    id: &'a RawValue,
    /// `null` is a result, and not the absence of one.
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The error of an answer (section 5.1).
#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
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
fn told(text: &str) -> String {
    let mut told: String = text
        .chars()
        .take(TOLD)
        .map(|character| match character {
            '"' | '\'' => character.to_string(),
            _ => character.escape_debug().to_string(),
        })
        .collect();
    if text.chars().nth(TOLD).is_some() {
        told.push('…');
    }
    told
}

/// How long a node asks to be left alone (RFC 9110, section 10.2.3): seconds, or a date beside its own.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
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
        assert_eq!(told("it's \"fine\""), "it's \"fine\"");
        assert_eq!(told("a\u{1b}[2Jb\r\n\u{202e}c"), "a\\u{1b}[2Jb\\r\\n\\u{202e}c");
        let long = told(&"é".repeat(1000));
        assert_eq!(long, format!("{}…", "é".repeat(TOLD)));
    }
}
