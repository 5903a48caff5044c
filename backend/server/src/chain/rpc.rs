//! One call of a node: JSON-RPC 2.0 over HTTP, bounded in time, tries and size.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout};

use super::Endpoint;
use super::limits::{Limits, Setback, chance};
use super::transport::{self, Broken, TOLD, retry_after, told};

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

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Unreachable { why } => Self::Unreachable { why },
            Broken::TimedOut => Self::TimedOut,
            Broken::CutOff { why } => Self::CutOff { why },
            Broken::TooLarge { limit } => Self::TooLarge { limit },
        }
    }
}

impl From<&Fault> for Setback {
    fn from(fault: &Fault) -> Self {
        let retry_after = if let Fault::Status { retry_after, .. } = fault { *retry_after } else { None };
        Self { may_pass: fault.may_pass(), retry_after }
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
        match transport::client(&endpoint) {
            Ok(http) => Ok(Self { http, endpoint, limits, last_id: Arc::new(AtomicU64::new(0)) }),
            Err(why) => Err(RpcError {
                node: endpoint.to_string(),
                method: "https",
                fault: Fault::Unreachable { why },
            }),
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
        let why = told(&self.endpoint.conceal(&why.to_string()), TOLD);
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
        let response = request.body(body).send().await;
        let response = response.map_err(|error| transport::broken(&self.endpoint, &error))?;
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

    async fn body(&self, response: Response) -> Result<Vec<u8>, Fault> {
        Ok(transport::body(&self.endpoint, response, self.limits.answer_bytes).await?)
    }

    /// The `result` of an answer to the request of this id.
    fn parse(&self, bytes: &[u8], id: u64) -> Result<Box<RawValue>, Fault> {
        let not_rpc = |why: &str| Fault::NotJsonRpc { why: told(&self.endpoint.conceal(why), TOLD) };
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
                let message = told(&self.endpoint.conceal(&error.message), TOLD);
                Err(Fault::Refused { code: error.code, message })
            }
            (Some(_), Some(_)) => Err(not_rpc("both a result and an error")),
            (None, None) => Err(not_rpc("neither a result nor an error")),
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
