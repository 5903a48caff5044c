//! `bounty-ledger demo`

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use domain::Program;
use domain::batch::{Batch, How};
use domain::value::{PeriodNumber, Timestamp};

use super::{CliError, Found, Place, budget, export, local_chain, serve};
use crate::app::{App, Clock, DataLock, Entropy, HashCost, Watch};
use crate::config::Config;
use crate::db::{empty_log, open_write};
use crate::demo::{self, ChainFolders, LocalChain, SignIns};
use crate::http::{ServeError, Settings};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The moment the month is played up to (RFC 3339) [default: now]; the same gives the same journal.
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Only play and export; do not serve afterwards.
    #[arg(long)]
    no_serve: bool,
    /// Where to listen, on this machine only [default: 127.0.0.1:8080, or the next port that is free].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Plays it on a local Ethereum node, with a Safe that really pays there; FOLDER is what `scripts/contracts find` prints.
    #[arg(
        long,
        value_name = "FOLDER",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "target/contracts"
    )]
    with_chain: Option<PathBuf>,
}

impl Arguments {
    /// The demo, with its chain if it is to have one; and whether it was played now.
    async fn play(
        &self,
        config: &Config,
        now: Timestamp,
    ) -> Result<(App, Option<LocalChain>, bool), CliError> {
        let Some(contracts) = &self.with_chain else {
            let (app, fresh) = demo::open_or_play(&config.target(), now).await?;
            return Ok((app, None, fresh));
        };
        let folders = ChainFolders { contracts, data: &config.data };
        let (app, chain, fresh) = demo::open_or_play_on_chain(&config.target(), now, folders).await?;
        Ok((app, Some(chain), fresh))
    }

    fn listener(&self, place: &Place) -> Result<TcpListener, CliError> {
        let set = Some(place.config.listen).filter(|listen| *listen != Config::default().listen);
        match self.listen.or(set) {
            None => serve::next_free(),
            Some(address) if !address.ip().is_loopback() => Err(CliError::DemoInPublic),
            Some(address) => serve::bind(address),
        }
    }

    /// Serves the demo, and what it is played on.
    async fn serve(
        &self,
        config: &Config,
        chain: Option<&LocalChain>,
        listener: TcpListener,
    ) -> Result<Found, CliError> {
        // The month was played on a clock of its own; from here on time passes, and chance is real. Whoever named no
        // moment lives in the present; another moment goes on from here, not from before the month was played.
        let clock = match self.now {
            None => Clock::System,
            Some(now) => Clock::Shifted(now.micros().saturating_sub(Clock::System.now()?.micros())),
        };
        let app = App::start(&config.target(), clock, Entropy::System)?;
        app.load_all().await?;
        let app = app.watched(&config.target(), Watch::default())?;
        let config = config.listening(&listener).map_err(ServeError::from)?;
        let settings =
            Settings { demo: true, trusted_proxies: config.trusted_proxies.clone(), ..Settings::default() };
        let app = app.with_sign_in(config.sign_in()?);
        match chain {
            Some(chain) => serve_on(chain, app, listener, &settings).await,
            None => serve::serve(app, listener, &settings).await,
        }
    }
}

pub(super) async fn run(place: &Place, arguments: &Arguments) -> Result<Found, CliError> {
    // Before the month is played: that takes seconds, and a port that is taken would be told after it.
    let listener = if arguments.no_serve { None } else { Some(arguments.listener(place)?) };
    // A demo keeps to a folder of its own: never the database of a real ledger.
    let folder = place.data.clone().unwrap_or_else(|| PathBuf::from("data/demo"));
    let _lock = DataLock::take(&folder)?;
    let now = match arguments.now {
        Some(now) => now,
        None => Clock::System.now()?,
    };
    let config = Config { data: folder.clone(), database: None, ..place.config.clone() };
    let (app, chain, fresh) = arguments.play(&config, now).await?;
    let drawing = app.clone().with_sign_in(config.sign_in_at(HashCost::DRAWN)?);
    let sign_ins = demo::sign_ins(&drawing, &folder).await?;
    say!("DEMO – nothing here is real: no payee address has a known key, and nothing may be signed.\n");
    print_ledger(&app).await?;
    let program = app.program(demo::slug()?).await?;
    print_batches(&app, &program, &folder).await?;
    print_sights(&app, now.max(program.last_at())).await?;
    let found = match &chain {
        Some(chain) => local_chain::print(chain, &program).await?,
        None => Found::Nothing,
    };
    match sign_ins {
        Some(sign_ins) => print_sign_ins(&program, &sign_ins),
        None => say!("\nThe file with the sign-ins is gone; another --data plays a new demo."),
    }
    if chain.is_none() && demo::keeps_chain(&folder) {
        say!(
            "\nThis demo was played on a local chain, which does not run now: --with-chain goes on with it."
        );
    }
    if !fresh {
        let looked = if arguments.now.is_some() { ", and --now is only when it is looked at" } else { "" };
        say!(
            "\nThis folder held the demo already; it was not played again{looked}. Another --data plays a new one."
        );
    }
    drop((app, drawing));
    let Some(listener) = listener else {
        // Nobody serves it: what follows may be a copy of the file alone.
        let mut conn = open_write(&config.target()).map_err(crate::app::Error::from)?;
        empty_log(&mut conn).map_err(crate::app::Error::from)?;
        return Ok(found);
    };
    say!("");
    serve::begin_log(place.config.log);
    arguments.serve(&config, chain.as_ref(), listener).await
}

/// Serves a demo that follows its chain, on which time passes meanwhile; keeps the chain for the next start.
async fn serve_on(
    chain: &LocalChain,
    app: App,
    listener: TcpListener,
    settings: &Settings,
) -> Result<Found, CliError> {
    let now = app.now()?;
    let life = async {
        if let Err(error) = chain.live(now).await {
            // The ledger itself says that it cannot read the chain any more.
            tracing::warn!(%error, "the local chain stands still");
        }
        std::future::pending::<()>().await;
    };
    let served = tokio::select! {
        served = serve::serve(app.with_nodes(Some(chain.nodes()?)), listener, settings) => served,
        () = life => Ok(Found::Nothing),
    };
    let kept = chain.keep().await;
    let found = served?;
    kept?;
    Ok(found)
}

/// Writes the files of each batch, and says what it is and where they lie.
async fn print_batches(app: &App, program: &Program, folder: &Path) -> Result<(), CliError> {
    for batch in program.batches() {
        let target = export::batch_folder(folder, batch.number);
        export::write_batch(app, demo::slug()?, batch.number, &target).await?;
        say!(
            "batch {}: {}, Safe nonce {}, safeTxHash 0x{}\n         {}",
            batch.number,
            described(program, batch),
            batch.nonce,
            batch.safe_tx_hash,
            target.display()
        );
    }
    Ok(())
}

async fn print_ledger(app: &App) -> Result<(), CliError> {
    let slug = demo::slug()?;
    let program = app.program(slug).await?;
    let report = app.budget(slug, PeriodNumber::FIRST).await?;
    say!("Budget of {slug}, period 1, in LPT ({} LPT unallotted):\n", report.unallotted);
    say!("{}", budget::render(&report));
    say!("{} events, journal root {}\n", program.size(), program.root());
    let mut states = std::collections::BTreeMap::new();
    for submission in program.submissions() {
        let count: &mut u32 = states.entry(submission.stage.name()).or_default();
        *count = count.saturating_add(1);
    }
    let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    say!("Claims: {}\n", states.join(", "));
    Ok(())
}

/// What a batch pays, and whether it did.
fn described(program: &Program, batch: &Batch) -> String {
    let (payouts, total) = (batch.payouts.len(), batch.total);
    let pays = if payouts == 0 {
        "a rejection that pays nobody".to_owned()
    } else {
        format!("{payouts} payouts, {total} LPT")
    };
    let end = program.nonce(batch.nonce).and_then(|nonce| nonce.end.as_ref()).map(|end| end.how);
    let became = match end {
        None => "open",
        Some(How::Executed(executed)) if executed == batch.number => "executed",
        Some(How::Executed(_) | How::Unpaid(_)) => "void",
    };
    format!("{pays}, {became}")
}

async fn print_sights(app: &App, now: Timestamp) -> Result<(), CliError> {
    say!("\nWhat there is to see:\n");
    for sight in demo::sights(app, now).await? {
        for (nth, place) in sight.places.iter().enumerate() {
            say!("  {:<22} {place}", if nth == 0 { sight.what } else { "" });
        }
    }
    Ok(())
}

/// Who may sign in, with which roles; the cast are the first members, in order.
fn print_sign_ins(program: &Program, sign_ins: &SignIns) {
    say!("\nHow to sign in (also in {}):\n", sign_ins.path.display());
    say!("  {:<20} {:<25} roles", "handle", "password");
    for (person, member) in sign_ins.people.iter().zip(program.members()) {
        let roles: Vec<&str> = member.roles.iter().map(|(role, _)| role.as_str()).collect();
        say!("  {:<20} {:<25} {}", person.handle, person.password, roles.join(", "));
    }
    say!(
        "\nWho leads or pays signs in with a code of a second factor, too: put this into an authenticator app, or let\n\
         `bounty-ledger user code` print the code of now, which takes it from the standard input:\n"
    );
    for person in &sign_ins.people {
        if let Some(second_factor) = &person.second_factor {
            say!("  {:<20} {second_factor}", person.handle);
        }
    }
}
