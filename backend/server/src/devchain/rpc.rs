//! Asking the node: JSON-RPC over HTTP, one question at a time.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{DevchainError, wire};

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) struct Rpc {
    client: Client,
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    message: String,
    data: Option<Value>,
}

impl Rpc {
    pub fn new(url: &str) -> Result<Self, DevchainError> {
        let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { client, url: url.to_owned() })
    }

    pub async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        parameters: Value,
    ) -> Result<T, DevchainError> {
        let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
        let request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json");
        let answer = request.body(question.to_string()).send().await?.bytes().await?;
        let answer: Answer = serde_json::from_slice(&answer).map_err(|_| DevchainError::Answer { method })?;
        let Some(Complaint { message, data }) = answer.error else {
            return serde_json::from_value(answer.result).map_err(|_| DevchainError::Answer { method });
        };
        // With the data of a revert: of a `require` or of nothing at all.
        match data.as_ref().and_then(Value::as_str).and_then(safe::hex::decode) {
            Some(data) => Err(DevchainError::Reverted { reason: wire::reason(&data).unwrap_or(message) }),
            None => Err(DevchainError::Refused { method, message }),
        }
    }
}
