//! The page that the types of problems point into: a section for every code.

use std::fmt::Write;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, get};
use domain::preview::Warning;

use super::openapi::meanings;
use super::service;

/// What every code means, and what to do about it.
#[get("/api/errors")]
pub async fn errors() -> HttpResponse {
    let mut main = "<h1>Errors</h1><p>Every problem is <code>application/problem+json</code> (RFC 9457) with one of \
                    these codes, which never change. Earlier ones are answered first. Values that a message speaks \
                    of, {in braces} here, stand beside it in the problem, by name.</p>"
        .to_owned();
    for (code, status, words) in meanings() {
        section(&mut main, code, &format!("<code>{code}</code>, {status}"), &[words, what_to_do(status)]);
    }
    main.push_str(
        "<h1>Warnings of a preview</h1><p>They stand beside what is shown, and refuse nothing.</p>",
    );
    for (code, words) in Warning::TABLE {
        section(&mut main, code, &format!("<code>{code}</code>"), &[words]);
    }
    service::page("Errors – Bounty Ledger", &main)
}

fn section(main: &mut String, code: &str, title: &str, paragraphs: &[&str]) {
    let escaped = |text: &&str| format!("<p>{}</p>", text.replace('&', "&amp;").replace('<', "&lt;"));
    let paragraphs: String = paragraphs.iter().map(escaped).collect();
    // Writing to a String never fails.
    let _ = write!(main, "<section id=\"{code}\"><h2>{title}</h2>{paragraphs}</section>");
}

/// What whoever is answered with this status can do.
const fn what_to_do(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "Renew the access token, or sign in again.",
        StatusCode::FORBIDDEN => "Ask somebody else: your role, or your own interest, forbids it.",
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "Look for it elsewhere.",
        StatusCode::GONE => "It was erased, and stays so.",
        StatusCode::CONFLICT => "Not as things stand: read again, and decide anew.",
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            "Wait as many seconds as Retry-After says, and repeat the same request with the same key."
        }
        StatusCode::BAD_GATEWAY => {
            "Wait and repeat the same request; if it goes on, whoever runs the ledger checks rpc_url."
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            "A fault of the ledger; it is logged under the answer's X-Request-Id: tell whoever runs it."
        }
        _ => "Ask differently: the request, a field or a value is wrong.",
    }
}
