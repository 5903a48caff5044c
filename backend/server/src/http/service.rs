//! The service itself: whether it lives, whether it can work, and what is running here.

use std::sync::Arc;
use std::time::Duration;

use actix_web::guard::GuardContext;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Redirect};
use actix_web::{HttpResponse, get};
use serde_json::json;
use utoipa_swagger_ui::{Config, serve};

use super::Banner;
use crate::app::{App, Readiness};

/// Where the browsable documentation is.
pub const DOCS: &str = "/api/docs/";
const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;\
color:#1b1b1b;background:#fff}:target{outline:2px solid;outline-offset:.5rem}.demo{background:#fff3cd;border:2px solid #8a6d00;padding:.8rem}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}.demo{background:#3d3200}a{color:#9cf}}";

/// The process answers.
#[get("/healthz")]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// Whether requests can be carried out; if not, why; and what an operator should mend all the same.
#[get("/readyz")]
pub async fn readyz(app: Data<App>) -> HttpResponse {
    let checks = tokio::time::timeout(Duration::from_secs(3), app.check()).await;
    let Readiness { reasons, warnings } = checks.unwrap_or_else(|_| Readiness {
        reasons: vec!["the ledger takes more than 3 s to answer".to_owned()],
        ..Readiness::default()
    });
    let (status, word) = if reasons.is_empty() {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready")
    };
    HttpResponse::build(status).json(json!({ "status": word, "reasons": reasons, "warnings": warnings }))
}

/// The browsable documentation is known by its name without the slash, too.
#[get("/api/docs")]
pub async fn docs() -> Redirect {
    Redirect::to(DOCS).permanent()
}

#[get("/style.css")]
pub async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

/// Whether the browsable documentation lacks a page: what serves its pages would answer with nothing at all.
pub fn no_page(context: &GuardContext<'_>) -> bool {
    let page = context.head().uri.path().strip_prefix(DOCS);
    page.is_some_and(|page| !matches!(serve(page, Arc::new(Config::from(""))), Ok(Some(_))))
}

/// What is running here.
#[get("/")]
pub async fn front(app: Data<App>, banner: Data<Banner>) -> HttpResponse {
    let programs = app.programs().await.unwrap_or_default();
    let links: Vec<String> = programs
        .iter()
        .map(|row| format!("<li><a href=\"/api/v1/programs/{0}\">{0}</a></li>", row.slug))
        .collect();
    let demo = if banner.0 {
        "<p class=\"demo\"><strong>Demo.</strong> Nothing here is real: no payee address has a known key, and \
         nothing may be signed.</p>"
    } else {
        ""
    };
    let main = format!(
        "<h1>Bounty Ledger</h1>{demo}<p>Version {}. The programs of this ledger:</p>\
         <ul>{}</ul><p><a href=\"/api/docs/\">The API</a>, its <a href=\"/api/openapi.json\">OpenAPI document</a>, \
         and <a href=\"/api/errors\">every error</a>.</p>",
        env!("CARGO_PKG_VERSION"),
        links.join(""),
    );
    page("Bounty Ledger", &main)
}

/// A plain page; `main` is HTML.
pub fn page(title: &str, main: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><link rel=\"stylesheet\" href=\"/style.css\">\
         <link rel=\"icon\" href=\"data:,\"></head><body><main>{main}</main></body></html>"
    );
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}
