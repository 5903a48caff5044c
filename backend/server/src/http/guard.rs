//! What surrounds every request: it finds a place, HEAD is asked as GET, a panic becomes a problem, answers carry the request's id
//! and the headers that keep browsers from mischief, and each leaves one line in the log.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage};
use tracing_actix_web::RequestId;

use super::Problem;
use super::gate::Gate;
use super::log::Asked;

/// What pages of ours may load: our own files, nothing else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                           font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; \
                           frame-ancestors 'none'; require-trusted-types-for 'script'";
/// The browsable documentation writes styles into its page; its scripts are files of ours like everywhere.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                           img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                           form-action 'self'; frame-ancestors 'none'";

/// Whether browsers reach this server by HTTPS.
#[derive(Clone, Copy, Debug)]
pub struct Https(pub bool);

/// One year, with whatever is below this name (RFC 6797, section 6.1).
const ONLY_HTTPS: &str = "max-age=31536000; includeSubDomains";

/// Answers a request, whatever happens.
///
/// # Errors
/// None: also a panic has an answer.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let since = Instant::now();
    let asked = Asked::of(&request);
    let docs = request.path().starts_with("/api/docs");
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    // A panic takes the request with it; what stands outside of this sees one like it.
    let (method, address) = (request.method().clone(), request.uri().clone());
    if method == Method::HEAD {
        // The connection remembers what was asked, and sends the head of the answer only.
        request.head_mut().method = Method::GET;
    }
    let https = request.app_data::<Https>().is_some_and(|https| https.0);
    let gate = request.app_data::<Gate>().cloned();
    let entered = gate.as_ref().map(|gate| gate.enter(&request)).transpose();
    let mut work = pin!(next.call(request));
    // No request may be held here besides: routing needs it for itself.
    let answered = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(Problem::fault(&"a handler panicked").into())))
    });
    let answered = match (entered, &gate) {
        (Err(problem), _) => Err(problem.into()),
        (Ok(_), None) => answered.await,
        (Ok(_place), Some(gate)) => {
            let answered = tokio::time::timeout(gate.longest(), answered).await;
            answered.unwrap_or_else(|_| Err(gate.too_long().into()))
        }
    };
    let mut response = match answered {
        Ok(response) => response.map_into_left_body(),
        Err(error) => {
            // Actix makes requests by hand in its tests only; without one, a panic would not be counted.
            let request = TestRequest::default().method(method).uri(&address.to_string()).to_http_request();
            ServiceResponse::from_err(error, request).map_into_right_body()
        }
    };
    dress(response.headers_mut(), docs, id.as_deref());
    if https {
        set(response.headers_mut(), STRICT_TRANSPORT_SECURITY, ONLY_HTTPS);
    }
    asked.answered(response.response(), since.elapsed());
    Ok(response)
}

fn dress(headers: &mut HeaderMap, docs: bool, id: Option<&str>) {
    // Files that people uploaded come with a stricter one.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        set(headers, CONTENT_SECURITY_POLICY, if docs { DOCS_POLICY } else { PAGE_POLICY });
    }
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, X_FRAME_OPTIONS, "DENY");
    set(headers, REFERRER_POLICY, "no-referrer");
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if !headers.contains_key(CACHE_CONTROL) {
        set(headers, CACHE_CONTROL, "no-store");
    }
    if let Some(id) = id {
        set(headers, HeaderName::from_static("x-request-id"), id);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
