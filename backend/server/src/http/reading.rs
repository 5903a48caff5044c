//! Public reads of one program, answered with an entity tag.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use domain::Program;
use domain::value::{Digest, Slug};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fallback::Paths;
use super::{Problem, page};
use crate::app::App;

/// A program as it stands, for a request that reads it.
///
/// What it answers is decided by the journal's last event and the address, so that is the tag.
#[derive(Debug)]
pub struct Reading {
    pub app: Data<App>,
    pub slug: Slug,
    pub program: Program,
    request: HttpRequest,
}

impl FromRequest for Reading {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = app_of(&request)?;
            let slug = slug_of(&request)?;
            let program = app.program(slug).await?;
            Ok(Self { app, slug, program, request })
        })
    }
}

impl Reading {
    /// A number in the path; anything else names nothing.
    ///
    /// # Errors
    /// 404.
    pub fn part<T: std::str::FromStr>(&self, name: &str) -> Result<T, Problem> {
        part(&self.request, name)
    }

    /// # Errors
    /// Unknown names, or values of another type (422).
    pub async fn query<T: DeserializeOwned + 'static>(&self) -> Result<T, Problem> {
        page::query(&self.request).await
    }

    /// `304 Not Modified` if the caller has what would be answered: to be asked early where work is saved and
    /// nothing is refused any more.
    pub fn unchanged(&self) -> Option<HttpResponse> {
        let known = self.request.headers().get(IF_NONE_MATCH)?.to_str().ok()?;
        let tag = self.tag();
        let same = |candidate: &str| candidate.trim() == tag || candidate.trim() == "*";
        known.split(',').any(same).then(|| {
            HttpResponse::NotModified()
                .insert_header((ETAG, tag))
                .insert_header((CACHE_CONTROL, "no-cache"))
                .finish()
        })
    }

    /// Answers with JSON, or 304.
    pub fn json(&self, view: &impl Serialize) -> HttpResponse {
        if let Some(unchanged) = self.unchanged() {
            return unchanged;
        }
        let mut response = HttpResponse::Ok();
        response.insert_header((ETAG, self.tag())).insert_header((CACHE_CONTROL, "no-cache"));
        response.json(view)
    }

    /// Answers with a text of another type; `name` is what it is called once saved.
    pub fn text(
        &self,
        content_type: &'static str,
        name: Option<&str>,
        text: impl Into<String>,
    ) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((ETAG, self.tag())).insert_header((CACHE_CONTROL, "no-cache"));
        response.content_type(content_type);
        if let Some(name) = name {
            response.insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")));
        }
        response.body(text.into())
    }

    fn tag(&self) -> String {
        let leaf = self.program.last_leaf().to_string();
        let uri = self.request.uri().to_string();
        let digest = Digest::sha256(&[leaf.as_bytes(), b"\n", uri.as_bytes()]).to_string();
        format!("W/\"{}\"", digest.get(..32).unwrap_or_default())
    }
}

/// The ledger behind a request.
///
/// # Errors
/// A server that was put together without one: a defect.
pub fn app_of(request: &HttpRequest) -> Result<Data<App>, Problem> {
    request.app_data::<Data<App>>().cloned().ok_or_else(|| Problem::fault(&"a handler has no ledger"))
}

/// The program that the path names.
///
/// # Errors
/// 404 for what is no short name.
pub fn slug_of(request: &HttpRequest) -> Result<Slug, Problem> {
    let text = request.match_info().query("slug");
    text.parse().map_err(|_| Problem::no_such_program("there is no program of this name"))
}

/// A part of the path; a text that cannot name anything names nothing, unless it is a word that other methods take.
///
/// # Errors
/// 404, or 405.
pub fn part<T: std::str::FromStr>(request: &HttpRequest, name: &str) -> Result<T, Problem> {
    let text = request.match_info().query(name);
    text.parse().map_err(|_| {
        let paths = request.app_data::<Data<Paths>>();
        let other = paths.and_then(|paths| paths.wrong_method(request));
        other.unwrap_or_else(|| Problem::not_found(format!("there is no {name} of this name")))
    })
}
