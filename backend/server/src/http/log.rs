//! What the log says of requests: one line each, with nothing in it that somebody sent but the method.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use super::Problem;
use super::fallback::Paths;

/// Where probes ask again and again.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Marks whatever is logged during a request with its id, method and route.
#[derive(Debug)]
pub struct Spans;

impl RootSpanBuilder for Spans {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().copied();
        let route = request.match_pattern();
        tracing::info_span!(
            "request",
            request.id = id.map(tracing::field::display),
            http.method = request.method().as_str(),
            http.route = route.as_deref().unwrap_or("unmatched"),
        )
    }

    /// [`Asked::answered`] says it.
    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}

/// What a request asks, as the log names it.
#[derive(Debug)]
pub struct Asked {
    operation: Option<String>,
    probe: bool,
}

impl Asked {
    pub fn of(request: &ServiceRequest) -> Self {
        let paths = request.app_data::<Data<Paths>>();
        let operation =
            request.match_pattern().and_then(|pattern| paths?.operation(request.method(), &pattern));
        Self { operation, probe: PROBES.contains(&request.path()) }
    }

    /// Writes the line. Who is not let in, and what they may not do, is a warning; a fault of ours is an error.
    pub fn answered<B>(&self, response: &HttpResponse<B>, latency: Duration) {
        let problem = response.error().and_then(|error| error.as_error::<Problem>());
        let (status, code) = (response.status(), problem.map(|problem| problem.code));
        let latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let operation = self.operation.as_deref();
        macro_rules! line {
            ($level:ident, $message:literal) => {
                tracing::$level!(http.status = status.as_u16(), latency_us, operation, code, $message)
            };
        }
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
                line!(warn, "not let in");
            }
            StatusCode::SERVICE_UNAVAILABLE => line!(warn, "not now"),
            status if status.is_server_error() => line!(error, "failed"),
            _ if self.probe => line!(debug, "answered"),
            _ => line!(info, "answered"),
        }
    }
}
