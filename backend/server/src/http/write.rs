//! Writes under a program: who asks, with which idempotency key, and the body as it was sent.
//!
//! Checked in this order, so that the first thing wrong is the one that is answered: token, program,
//! membership, key, content type, size, JSON.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use domain::Program;
use domain::value::{MemberNumber, Slug};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::gate::Gate;
use super::reading::{part, slug_of};
use super::signed::Signed;
use super::{Problem, body};
use crate::app::{App, Ask, Receipt, Sent, shape};

const KEY: &str = "idempotency-key";

/// A body that has nothing in it.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Nothing;

/// A write by a member of the program that the path names.
#[derive(Debug)]
pub struct Write<T> {
    pub app: Data<App>,
    pub slug: Slug,
    pub member: MemberNumber,
    /// What the body says.
    pub new: T,
    request: HttpRequest,
    key: String,
    bytes: Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Write<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let signed = Signed::of(&request).await?;
            let slug = slug_of(&request)?;
            let member = signed.writer_of(slug).await?;
            let key = key_of(&request)?;
            let (bytes, new) = content(&request, &mut payload).await?;
            Ok(Self { app: signed.app, slug, member, new, request, key, bytes })
        })
    }
}

impl<T> Write<T> {
    /// What use cases are asked with.
    pub fn ask(&self) -> Ask<'_> {
        let sent = sent(&self.request, &self.bytes);
        Ask { program: self.slug, member: self.member, key: &self.key, sent: Some(sent) }
    }

    /// A number in the path; anything else names nothing.
    ///
    /// # Errors
    /// 404.
    pub fn part<P: std::str::FromStr>(&self, name: &str) -> Result<P, Problem> {
        part(&self.request, name)
    }

    /// The program as it stands after the write.
    ///
    /// # Errors
    /// The database fails.
    pub async fn program(&self) -> Result<Program, Problem> {
        Ok(self.app.program(self.slug).await?)
    }
}

/// A write that is nobody's yet as a member: opening a program, signing up.
#[derive(Debug)]
pub struct Opening<T> {
    pub signed: Signed,
    pub new: T,
    pub key: String,
    pub request: HttpRequest,
    pub bytes: Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Opening<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let signed = Signed::of(&request).await?;
            let key = key_of(&request)?;
            let (bytes, new) = content(&request, &mut payload).await?;
            Ok(Self { signed, new, key, request, bytes })
        })
    }
}

/// A file of a member, which is no event yet.
#[derive(Debug)]
pub struct Upload {
    pub app: Data<App>,
    pub slug: Slug,
    pub member: MemberNumber,
    pub file: Bytes,
    /// What its sender says it is.
    pub declared: Option<String>,
}

impl FromRequest for Upload {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let signed = Signed::of(&request).await?;
            let slug = slug_of(&request)?;
            let member = signed.writer_of(slug).await?;
            let _place = Gate::upload(&request)?;
            let (file, declared) = body::read_file(&request, &mut payload).await?;
            Ok(Self { app: signed.app, slug, member, file, declared })
        })
    }
}

/// A body alone, where no key is asked for: previews and signing in.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move { Ok(Self(content(&request, &mut payload).await?.1)) })
    }
}

/// The request as its cause is computed from it.
pub fn sent<'a>(request: &'a HttpRequest, bytes: &'a [u8]) -> Sent<'a> {
    Sent { method: request.method().as_str(), path: request.path(), body: bytes }
}

async fn content<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: &mut Payload,
) -> Result<(Bytes, T), Problem> {
    if request.method() == Method::DELETE {
        let bytes = body::read_any(request, payload).await?;
        if !bytes.is_empty() {
            return Err(Problem::unreadable("DELETE takes no body"));
        }
        return Ok((bytes, body::nothing()?));
    }
    let bytes = body::read(request, payload).await?;
    let new = body::parse(&bytes)?;
    Ok((bytes, new))
}

/// The idempotency key of a request: 1 to 200 visible ASCII characters.
fn key_of(request: &HttpRequest) -> Result<String, Problem> {
    let mut values = request.headers().get_all(KEY);
    let Some(value) = values.next() else {
        return Err(Problem::key_missing(
            "send Idempotency-Key: a text of your own for this request; a repeat with it does nothing twice",
        ));
    };
    let bytes = value.as_bytes();
    let visible = (1..=200).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    let text = value.to_str().ok().filter(|_| visible && values.next().is_none());
    text.map(ToOwned::to_owned).ok_or_else(|| {
        Problem::key_malformed("an Idempotency-Key is 1 to 200 visible ASCII characters, once")
    })
}

/// Answers a write: its receipt, and whether it repeats an earlier answer.
pub fn written(created: Option<String>, replayed: bool, view: &impl Serialize) -> HttpResponse {
    let mut response = if created.is_some() { HttpResponse::Created() } else { HttpResponse::Ok() };
    if let Some(location) = created {
        response.insert_header((LOCATION, location));
    }
    if replayed {
        response.insert_header(("idempotent-replayed", "true"));
    }
    response.json(view)
}

/// Where something that a write made can be read.
pub fn location(slug: Slug, rest: &str) -> String {
    format!("/api/v1/programs/{slug}/{rest}")
}

/// The first part of every receipt.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Proof {
    /// The event's place in the journal.
    pub seq: u64,
    /// RFC 6962 leaf hash of the event's bytes.
    #[schema(value_type = shape::Digest)]
    pub leaf_hash: String,
    #[schema(value_type = shape::Moment)]
    pub at: String,
}

impl From<&Receipt> for Proof {
    fn from(receipt: &Receipt) -> Self {
        Self { seq: receipt.seq.get(), leaf_hash: receipt.leaf.to_string(), at: receipt.at.to_string() }
    }
}
