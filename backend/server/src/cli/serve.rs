//! `bounty-ledger serve`

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use super::{CliError, Found, Place, start};
use crate::app::{App, Watch};
use crate::config::LogFormat;
use crate::http::{self, ServeError, Settings};

const PORT: u16 = 8080;
/// Between two readings of the chain.
const CHAIN_PAUSE: Duration = Duration::from_secs(15);
/// What is logged; the metrics would note every request that no route takes, and anybody can send those.
const LEVELS: &str = "info,actix_web_prom=error";
/// How many ports after the usual one are tried.
const TRIES: u16 = 100;

#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Arguments {
    /// Where to listen [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

pub(super) async fn run(place: &Place, arguments: &Arguments) -> Result<Found, CliError> {
    begin_log(place.config.log);
    let _lock = place.lock()?;
    let listener = bind(arguments.listen.unwrap_or(place.config.listen))?;
    let config = place.config.listening(&listener).map_err(ServeError::from)?;
    let app = start(&place.target())?.with_sign_in(config.sign_in()?);
    app.load_all().await?;
    let app = app.watched(&place.target(), Watch::default())?.with_nodes(config.nodes()?);
    let app = app.with_service(config.transaction_service()?).with_quotas(config.quotas);
    let settings = Settings {
        trusted_proxies: config.trusted_proxies.clone(),
        https: config.url().starts_with("https://"),
        ..Settings::default()
    };
    serve(app, listener, &settings).await
}

/// Begins to log: people at a desk read text, machines read JSON.
pub(super) fn begin_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LEVELS));
    // Colours are for people at a terminal, not for files.
    let colours = std::io::stderr().is_terminal();
    let log =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    // A second log in one process is none: the first stays.
    let _ = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
    };
}

/// Takes an address before anything is made: a wrong one costs nothing.
pub(super) fn bind(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).map_err(|error| CliError::Listen { address, error })
}

/// The usual port of this machine, or the next one that is free.
pub(super) fn next_free() -> Result<TcpListener, CliError> {
    let mut last = None;
    for port in (PORT..).take(usize::from(TRIES)) {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        match bind(address) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    Err(last.unwrap_or(CliError::Listen { address, error: std::io::ErrorKind::AddrInUse.into() }))
}

/// Serves until a signal or a fault of the database; requests in flight are answered, and what waits is written.
pub(super) async fn serve(app: App, listener: TcpListener, settings: &Settings) -> Result<Found, CliError> {
    let (server, listening) = http::server(&app, listener, settings)?;
    // Caught before anybody is told that there is a server to stop.
    let told_to_stop = told_to_stop();
    say!("Bounty Ledger listens at http://{}/ (the API: /api/docs/)", listening.address);
    let handle = listening.handle.clone();
    let ledger = app.clone();
    let reason = tokio::spawn(async move {
        let why = tokio::select! {
            () = told_to_stop => Ok(()),
            () = ledger.stopped() => Err(crate::app::Error::Stopped),
        };
        handle.stop(true).await;
        why
    });
    let follower = app.reads_chain().then(|| {
        let ledger = app.clone();
        tokio::spawn(async move { ledger.follow_chain(CHAIN_PAUSE).await })
    });
    let ended = server.await;
    if let Some(follower) = follower {
        // What it was writing is written, or is found again at the next start.
        follower.abort();
    }
    app.drain().await;
    ended.map_err(|error| CliError::Listen { address: listening.address, error })?;
    // The server ends only because it was stopped above.
    reason.await.unwrap_or(Ok(()))?;
    tracing::info!("stopped");
    Ok(Found::Nothing)
}

/// Catches SIGINT and SIGTERM from now on; what it gives waits for one of them.
fn told_to_stop() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let caught = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate())
            .and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)))
    };
    async move {
        #[cfg(unix)]
        if let Ok((mut terminate, mut interrupt)) = caught {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            return;
        }
        let _ = tokio::signal::ctrl_c().await;
    }
}
