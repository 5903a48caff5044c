//! `bounty-ledger demo`

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use domain::value::{PeriodNumber, Timestamp};

use super::{CliError, Found, Place, budget, export, serve, sqlite_in};
use crate::app::{App, Clock, DataLock, Entropy};
use crate::demo;
use crate::http::Settings;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The moment the month is played up to (RFC 3339) [default: now]; the same gives the same journal.
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Only play and export; do not serve afterwards.
    #[arg(long)]
    no_serve: bool,
    /// Where to listen, on this machine only [default: 127.0.0.1:8080, or the next port that is free].
    #[arg(long, value_name = "ADDRESS", env = "BOUNTY_LEDGER_LISTEN")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    log: serve::Log,
}

impl Arguments {
    fn listener(&self) -> Result<TcpListener, CliError> {
        match self.listen {
            None => serve::next_free(),
            Some(address) if !address.ip().is_loopback() => Err(CliError::DemoInPublic),
            Some(address) => TcpListener::bind(address).map_err(|error| CliError::Listen { address, error }),
        }
    }
}

pub(super) async fn run(place: &Place, arguments: &Arguments) -> Result<Found, CliError> {
    // A demo keeps to a folder of its own: never the database of a real ledger.
    let folder = place.data.clone().unwrap_or_else(|| PathBuf::from("data/demo"));
    let _lock = DataLock::take(&folder)?;
    let now = match arguments.now {
        Some(now) => now,
        None => Clock::System.now()?,
    };
    let (app, fresh) = demo::open_or_play(&sqlite_in(&folder), now).await?;
    println!("DEMO – nothing here is real: no payee address has a known key, and nothing may be signed.\n");
    print_ledger(&app).await?;
    let program = app.program(demo::slug()?).await?;
    for batch in program.batches() {
        let target = export::batch_folder(&folder, batch.number);
        export::write_batch(&app, demo::slug()?, batch.number, &target).await?;
        println!(
            "batch {}: {} payouts, {} LPT, Safe nonce {}, safeTxHash 0x{}\n         {}",
            batch.number,
            batch.payouts.len(),
            batch.total,
            batch.nonce,
            batch.safe_tx_hash,
            target.display()
        );
    }
    if !fresh {
        println!(
            "\nThis folder held the demo already; it was not played again. Another --data plays a new one."
        );
    }
    if arguments.no_serve {
        return Ok(Found::Nothing);
    }
    drop(app);
    println!();
    arguments.log.begin();
    // The month was played on a clock of its own; from here on time passes, and chance is real.
    let offset = now.micros().saturating_sub(Clock::System.now()?.micros());
    let app = App::start(&sqlite_in(&folder), Clock::Shifted(offset), Entropy::System)?;
    serve::serve(app, arguments.listener()?, &Settings { demo: true, ..Settings::default() }).await
}

async fn print_ledger(app: &App) -> Result<(), CliError> {
    let slug = demo::slug()?;
    let program = app.program(slug).await?;
    let report = app.budget(slug, PeriodNumber::FIRST).await?;
    println!("Budget of {slug}, period 1, in LPT ({} LPT unallotted):\n", report.unallotted);
    println!("{}", budget::render(&report));
    println!("{} events, journal root {}\n", program.size(), program.root());
    let mut states = std::collections::BTreeMap::new();
    for submission in program.submissions() {
        let count: &mut u32 = states.entry(submission.stage.name()).or_default();
        *count = count.saturating_add(1);
    }
    let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    println!("Claims: {}\n", states.join(", "));
    Ok(())
}
