//! The HTTP API: what use cases look like from outside.
//!
//! Handlers read a request, call one use case, and show what it answers. No rule is here, and no connection to
//! the database. Every failure is a problem (RFC 9457), see [`Problem`].

mod body;
mod checked;
mod errors;
mod fallback;
mod gate;
mod guard;
mod log;
mod openapi;
mod page;
mod permissions;
pub mod problem;
mod reading;
mod routes;
mod service;
mod sheet;
mod signed;
mod tag;
mod view;
mod write;

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::guard::fn_guard;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App as Actix, HttpServer};
use actix_web_prom::{PrometheusMetrics, PrometheusMetricsBuilder};
use thiserror::Error;
use tracing_actix_web::TracingLogger;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

pub use body::{LIMIT, Patience};
pub use checked::checked_reads;
pub use gate::HEAD_LIMIT;
pub use problem::Problem;
pub use sheet::page as sheet_page;

use crate::app::App;
use crate::config::Network;

/// How a server serves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether the front page says that nothing here is real.
    pub demo: bool,
    /// Threads that answer.
    pub workers: usize,
    /// How long a body may take to arrive.
    pub body_patience: Duration,
    /// How long the head of a request may take to arrive.
    pub head_patience: Duration,
    /// Requests that are answered at once.
    pub at_once: usize,
    /// Files that are read at once.
    pub uploads_at_once: usize,
    /// How long an answer may take.
    pub longest: Duration,
    /// Whether browsers reach this server by HTTPS, and should by nothing else.
    pub https: bool,
    /// How long a connection may be idle.
    pub idle: Duration,
    /// How long requests in flight may take once the server is told to stop.
    pub farewell_s: u64,
    /// Proxies whose word about a caller's address is believed.
    pub trusted_proxies: Vec<Network>,
    /// More routes, for tests and benchmarks.
    pub more: fn(&mut ServiceConfig),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            demo: false,
            workers: 2,
            body_patience: Duration::from_secs(10),
            head_patience: Duration::from_secs(10),
            at_once: 1024,
            uploads_at_once: 8,
            longest: Duration::from_mins(2),
            https: false,
            idle: Duration::from_mins(1),
            farewell_s: 20,
            trusted_proxies: Vec::new(),
            more: |_| {},
        }
    }
}

/// Whether the front page carries the demo's banner.
#[derive(Clone, Copy, Debug)]
pub struct Banner(bool);

/// Proxies whose word about a caller's address is believed.
#[derive(Clone, Debug)]
struct Proxies(Vec<Network>);

/// Why a server cannot be started.
#[derive(Debug, Error)]
pub enum ServeError {
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
    #[error("metrics cannot be kept: {0}")]
    Metrics(Box<dyn std::error::Error + Send + Sync>),
}

/// A server that listens; it answers while its future is polled.
#[derive(Debug)]
pub struct Listening {
    pub address: SocketAddr,
    pub handle: ServerHandle,
}

/// Makes a server on a socket that is bound already.
///
/// # Errors
/// The socket cannot be used.
pub fn server(
    app: &App,
    listener: TcpListener,
    settings: &Settings,
) -> Result<(Server, Listening), ServeError> {
    let metrics = metrics().map_err(ServeError::Metrics)?;
    let address = listener.local_addr()?;
    let (data, chosen, paths) = (Data::new(app.clone()), settings.clone(), fallback::Paths::of(&document()));
    let gate = gate::Gate::new(settings.at_once, settings.uploads_at_once, settings.longest);
    let pages = "/api/docs/{page:.*}";
    let server = HttpServer::new(move || {
        let (actix, mut api) = Actix::new()
            .into_utoipa_app()
            .openapi(openapi::frame())
            .service(utoipa_actix_web::scope("/api/v1").configure(routes::configure))
            .split_for_parts();
        openapi::complete(&mut api);
        actix
            .app_data(data.clone())
            .app_data(Patience(chosen.body_patience))
            .app_data(Data::new(paths.clone()))
            .app_data(gate.clone())
            .app_data(guard::Https(chosen.https))
            .app_data(Data::new(Banner(chosen.demo)))
            .app_data(Proxies(chosen.trusted_proxies.clone()))
            .service(service::healthz)
            .service(service::readyz)
            .service(errors::errors)
            .service(service::docs)
            .service(service::style)
            .service(service::front)
            .configure(chosen.more)
            .service(web::resource(pages).guard(fn_guard(service::no_page)).to(fallback::fallback))
            .service(SwaggerUi::new(pages).url("/api/openapi.json", api))
            .default_service(web::to(fallback::fallback))
            .wrap(Compress::default())
            .wrap(from_fn(guard::guard))
            .wrap(metrics.clone())
            .wrap(TracingLogger::<log::Spans>::new())
    });
    let server = server
        .workers(settings.workers)
        .client_request_timeout(settings.head_patience)
        .client_disconnect_timeout(Duration::from_secs(5))
        .keep_alive(settings.idle)
        .shutdown_timeout(settings.farewell_s)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    Ok((server, Listening { address, handle }))
}

fn metrics() -> Result<PrometheusMetrics, Box<dyn std::error::Error + Send + Sync>> {
    PrometheusMetricsBuilder::new("bounty_ledger")
        .endpoint("/metrics")
        .mask_unmatched_patterns("unmatched")
        .exclude_regex("^/api/docs")
        .build()
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    let (_, mut api) = Actix::new()
        .into_utoipa_app()
        .openapi(openapi::frame())
        .service(utoipa_actix_web::scope("/api/v1").configure(routes::configure))
        .split_for_parts();
    openapi::complete(&mut api);
    api
}
