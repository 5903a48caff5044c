//! One request to the service, bounded in time, tries and size.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::fault::{Fault, ServiceError};
use super::key::ServiceKey;
use super::url::ServiceUrl;
use super::words::{REFUSAL_BYTES, REPEATED, words};
use crate::chain::transport::{self, TOLD, retry_after, told};
use crate::chain::{Limits, chance};

/// A service, and the limits within which it is asked.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: reqwest::Client,
    url: ServiceUrl,
    key: Option<ServiceKey>,
    limits: Limits,
}

/// What is left for one operation, which may take several requests.
pub(super) struct Room {
    begun: Instant,
    bytes: usize,
}

/// Something to be sent.
pub(super) struct Sending<'a> {
    pub(super) path: &'a str,
    pub(super) body: &'a Value,
    /// How often it was tried.
    pub(super) tries: u32,
}

impl Http {
    pub(super) fn new(
        url: ServiceUrl,
        key: Option<ServiceKey>,
        limits: Limits,
    ) -> Result<Self, ServiceError> {
        match transport::client(url.endpoint()) {
            Ok(client) => Ok(Self { client, url, key, limits }),
            Err(why) => Err(ServiceError {
                service: url.to_string(),
                operation: "https",
                fault: Fault::Unreachable { why },
            }),
        }
    }

    pub(super) fn service(&self) -> String {
        self.url.to_string()
    }

    /// The room for one operation.
    pub(super) fn room(&self) -> Room {
        Room { begun: Instant::now(), bytes: self.limits.answer_bytes }
    }

    /// What the service answers with status 200; asked again as long as that may help.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &str,
        room: &mut Room,
    ) -> Result<T, Fault> {
        let mut tries = 0;
        loop {
            let asking = async {
                let response = self.send(Method::GET, self.url.at(path, query), None).await?;
                let bytes = self.expect(response, StatusCode::OK, room.bytes).await?;
                Ok((self.read(&bytes)?, bytes.len()))
            };
            let fault = match self.bounded(asking, room).await {
                Ok((answer, length)) => {
                    room.bytes = room.bytes.saturating_sub(length);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            self.pause(&fault, &mut tries, room).await.ok_or(fault)?;
        }
    }

    /// Tries once to have the service take something, which it does with status 201.
    ///
    /// What its answer says besides is not read: the service is asked when that matters.
    pub(super) async fn post(&self, sending: &Sending<'_>, room: &Room) -> Result<(), Fault> {
        let posting = async {
            let url = self.url.at(sending.path, "");
            let response = self.send(Method::POST, url, Some(sending.body.to_string())).await?;
            if response.status() == StatusCode::CREATED { Ok(()) } else { Err(self.refusal(response).await) }
        };
        self.bounded(posting, room).await
    }

    /// Waits before another try; `None` if there is to be none.
    pub(super) async fn pause(&self, fault: &Fault, tries: &mut u32, room: &Room) -> Option<()> {
        *tries = tries.saturating_add(1);
        let left = self.limits.whole.saturating_sub(room.begun.elapsed());
        let pause = self.limits.pause_after(*tries, fault, left, chance())?;
        tracing::debug!(service = %self.url, %fault, "asking the service again");
        sleep(pause).await;
        Some(())
    }

    /// One try, no longer than it may be.
    async fn bounded<T>(
        &self,
        trying: impl Future<Output = Result<T, Fault>>,
        room: &Room,
    ) -> Result<T, Fault> {
        let left = self.limits.whole.saturating_sub(room.begun.elapsed());
        // Boxed, so that those who ask for many things at once hold little.
        timeout(left.min(self.limits.per_try), Box::pin(trying)).await.unwrap_or(Err(Fault::TimedOut))
    }

    async fn send(&self, method: Method, url: Url, body: Option<String>) -> Result<Response, Fault> {
        let mut request = self.client.request(method, url).header(ACCEPT, "application/json");
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.header());
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        Ok(request.send().await.map_err(|error| transport::broken(self.url.endpoint(), &error))?)
    }

    /// The body of an answer with this status.
    async fn expect(&self, response: Response, status: StatusCode, limit: usize) -> Result<Vec<u8>, Fault> {
        if response.status() != status {
            return Err(self.refusal(response).await);
        }
        Ok(transport::body(self.url.endpoint(), response, limit).await?)
    }

    /// What an answer means that is not the one that was expected.
    async fn refusal(&self, response: Response) -> Fault {
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        // A refusal that is too long or cut off is one without words.
        let body = transport::body(self.url.endpoint(), response, REFUSAL_BYTES).await.unwrap_or_default();
        let said = words(&body);
        let words = told(&self.conceal(&said.text), REPEATED);
        if status == StatusCode::NOT_FOUND && said.is_detail {
            Fault::NotFound { words }
        } else {
            Fault::Status { status: status.as_u16(), retry_after, words }
        }
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Fault> {
        let mut json = serde_json::Deserializer::from_slice(bytes);
        let read = serde_path_to_error::deserialize(&mut json);
        let read = read.map_err(|error| (error.to_string(), error.into_inner().classify()));
        let whole = read.and_then(|value| match json.end() {
            Ok(()) => Ok(value),
            Err(error) => Err((error.to_string(), error.classify())),
        });
        whole.map_err(|(why, category)| {
            let why = told(&self.conceal(&why), TOLD);
            match category {
                // An answer without a length ends where the connection ends.
                serde_json::error::Category::Eof => Fault::CutOff { why },
                serde_json::error::Category::Syntax | serde_json::error::Category::Io => {
                    Fault::NotJson { why }
                }
                serde_json::error::Category::Data => Fault::Shape { why },
            }
        })
    }

    /// A text of the service without what may be a key of ours.
    fn conceal(&self, text: &str) -> String {
        let text = self.url.endpoint().conceal(text);
        self.key.as_ref().map_or(text.clone(), |key| key.conceal(&text))
    }
}
