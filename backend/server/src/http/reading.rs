//! Public reads of one program, answered with an entity tag.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ContentEncoding, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use domain::Program;
use domain::value::{BatchNumber, Slug};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fallback::Paths;
use super::tag::{self, Keeping};
use super::{Problem, page};
use crate::app::{App, capture_type};
use crate::db::rows;

/// The salt of a file, in hex: SHA-256 of its bytes and the file's is the digest.
pub const SALT: &str = "document-salt";
/// A file of somebody else's does nothing and loads nothing, even if a browser opens it as a page.
const FILE_POLICY: &str = "sandbox; default-src 'none'";

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
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        page::query(&self.request)
    }

    /// `304 Not Modified` if the caller has what would be answered: to be asked early where work is saved and
    /// nothing is refused any more.
    pub fn unchanged(&self) -> Option<HttpResponse> {
        tag::unchanged(&self.request, &self.tag(), Keeping::Anybody)
    }

    /// Answers with JSON, or 304.
    pub fn json(&self, view: &impl Serialize) -> HttpResponse {
        self.unchanged().unwrap_or_else(|| tag::tagged(&self.tag(), Keeping::Anybody).json(view))
    }

    /// Answers with JSON as a file; `name` is what it is called once saved.
    ///
    /// # Errors
    /// A view that cannot be written: a defect.
    pub fn json_file(&self, name: &str, view: &impl Serialize) -> Result<HttpResponse, Problem> {
        let text = serde_json::to_string(view).map_err(|error| Problem::fault(&error))?;
        Ok(self.unchanged().unwrap_or_else(|| self.text("application/json", Some(name), text)))
    }

    /// Answers with JSON that the journal does not decide: it is its own tag.
    ///
    /// # Errors
    /// As [`tag::json`].
    pub fn json_as_it_is(&self, view: &impl Serialize) -> Result<HttpResponse, Problem> {
        tag::json(&self.request, Keeping::Anybody, view)
    }

    /// Answers with a text of another type; `name` is what it is called once saved.
    pub fn text(
        &self,
        content_type: &'static str,
        name: Option<&str>,
        text: impl Into<String>,
    ) -> HttpResponse {
        let mut response = tag::tagged(&self.tag(), Keeping::Anybody);
        response.content_type(content_type);
        if let Some(name) = name {
            response.insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")));
        }
        response.body(text.into())
    }

    /// What a file of a batch is called once saved.
    pub fn name_of(&self, batch: BatchNumber, file: &str) -> String {
        format!("{}-batch-{batch}-{file}", self.slug)
    }

    /// Answers with a page that says itself what it may load.
    pub fn page(&self, policy: &'static str, html: String) -> HttpResponse {
        let mut response = tag::tagged(&self.tag(), Keeping::Anybody);
        response.content_type("text/html; charset=utf-8").insert_header((CONTENT_SECURITY_POLICY, policy));
        response.body(html)
    }

    /// Answers with a file that somebody uploaded, byte for byte, so that no browser does anything with it but show
    /// a picture. Its digest is its tag: nothing of it ever changes.
    ///
    /// # Errors
    /// A type that is none of a capture's: the database holds what we never write.
    pub fn file(&self, row: rows::Document) -> Result<HttpResponse, Problem> {
        let kind = capture_type(&row.media_type).ok_or_else(|| Problem::fault(&"a document has no type"))?;
        let tag = format!("\"{}\"", row.digest);
        if let Some(unchanged) = tag::unchanged(&self.request, &tag, Keeping::Anybody) {
            return Ok(unchanged);
        }
        let (ending, place) = match kind {
            "image/jpeg" => ("jpg", "inline"),
            "image/png" => ("png", "inline"),
            "image/webp" => ("webp", "inline"),
            _ => ("pdf", "attachment"),
        };
        let name = row.digest.get(..16).unwrap_or_default();
        let mut response = tag::tagged(&tag, Keeping::Anybody);
        response
            .content_type(kind)
            // As it is: compressed it would be other bytes under the same tag.
            .insert_header(ContentEncoding::Identity)
            .insert_header((CONTENT_DISPOSITION, format!("{place}; filename=\"{name}.{ending}\"")))
            .insert_header((CONTENT_SECURITY_POLICY, FILE_POLICY))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((SALT, row.salt));
        Ok(response.body(row.content))
    }

    fn tag(&self) -> String {
        let (leaf, uri) = (self.program.last_leaf().to_string(), self.request.uri().to_string());
        tag::tag_of(&[leaf.as_bytes(), uri.as_bytes()])
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
