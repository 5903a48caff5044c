//! The demo: a believable month of the DEGEN pilot, played through the use cases that everybody has.
//!
//! Time and chance are its own, so that the same `--now` writes the same journal. It never looks real.

mod acts;
mod cast;
mod first_half;
mod last_week;
mod local;
mod offers;
mod on_chain;
mod payday;
mod second_half;
mod sights;
mod sign_ins;
mod stage;

use std::path::PathBuf;

use domain::value::{Slug, Timestamp};
use thiserror::Error;

use crate::app::{App, Clock, Entropy, Error, FileError, ProgramFile, Seed, SetClock};
use crate::db::Target;
use crate::devchain::DevchainError;
pub use local::{ChainFolders, Held, Holdings, LocalChain, keeps_chain};
pub use sights::{Sight, sights};
pub use sign_ins::{SignIn, SignIns, sign_ins};
use stage::Stage;

/// The pilot as its pre-proposal states it.
const PILOT: &str = include_str!("../../../../docs/examples/degen-pilot.toml");
/// Every demo draws from the same seed.
const SEED: u64 = 750;
/// How long the month is.
const MONTH: u32 = 31;
/// How many days have passed when the curtain falls: the month is over, and claims for it may still be filed.
const DAYS: i64 = 32;
const MICROS_PER_DAY: i64 = 86_400_000_000;
const MICROS_PER_SECOND: i64 = 1_000_000;
/// Batches of a demo that was played to its end, the last of which is what is played last.
const BATCHES: usize = 4;

/// Why the demo cannot be played.
#[derive(Debug, Error)]
pub enum DemoError {
    #[error(transparent)]
    App(#[from] Error),
    #[error("cannot use {}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error("a line of {} is no handle with a password: delete the demo's folder and play it again", .0.display())]
    SignInLine(PathBuf),
    #[error("the pilot's program file: {0}")]
    Pilot(#[from] FileError),
    #[error("the demo speaks of somebody who is not in its cast: this is a defect of the demo")]
    Cast,
    #[error("the ledger answered otherwise than the demo expects: this is a defect of one of them")]
    OffScript,
    #[error("the demo needs a --now between 1970-03-01 and 9999-10-01")]
    Now,
    #[error(
        "this folder holds something else than a finished demo: name another --data folder, or delete this one"
    )]
    NotADemo,
    #[error(
        "there is no local node in {}: `scripts/contracts install` installs it with the contracts, `scripts/contracts find` prints the folder, and --with-chain=FOLDER names it", .0.display()
    )]
    NoContracts(PathBuf),
    #[error(
        "the demo in this folder was played without a chain: start it without --with-chain, or name another --data folder to play one with it"
    )]
    WithoutChain,
    #[error(transparent)]
    Chain(#[from] DevchainError),
}

/// The short name of the demo's program.
///
/// # Errors
/// A pilot file that cannot be read.
pub fn slug() -> Result<Slug, DemoError> {
    Ok(ProgramFile::read(PILOT)?.slug)
}

/// Opens the demo in a database, or plays it there if the database is new. Tells whether it was played.
///
/// # Errors
/// The database holds something else, or the demo goes off script.
pub async fn open_or_play(target: &Target, now: Timestamp) -> Result<(App, bool), DemoError> {
    let opened = Opened::new(target, now)?;
    if opened.is_played().await? {
        return Ok((opened.app, false));
    }
    let Stage { app, .. } = opened.play(None).await?;
    Ok((app, true))
}

/// As [`open_or_play`], on a local chain that lives as long as what is given with it.
///
/// # Errors
/// As there; no node, or a demo that was played without one.
pub async fn open_or_play_on_chain(
    target: &Target,
    now: Timestamp,
    folders: ChainFolders<'_>,
) -> Result<(App, LocalChain, bool), DemoError> {
    // Before anything is made: a demo without its chain would be in the way of one with it.
    let contracts = &local::contracts_in(folders.contracts)?;
    let folders = ChainFolders { contracts, ..folders };
    let opened = Opened::new(target, now)?;
    if opened.is_played().await? {
        let chain = LocalChain::resume(folders, &opened.app.program(slug()?).await?).await?;
        return Ok((opened.app, chain, false));
    }
    let chain = LocalChain::start(folders, opened.start).await?;
    let Stage { app, chain, .. } = opened.play(Some(chain)).await?;
    let chain = chain.ok_or(DemoError::OffScript)?;
    chain.keep().await?;
    Ok((app, chain, true))
}

/// A database that holds the demo, or will.
struct Opened {
    app: App,
    clock: SetClock,
    /// The first midnight of the month.
    start: Timestamp,
}

impl Opened {
    fn new(target: &Target, now: Timestamp) -> Result<Self, DemoError> {
        let today = now.micros().div_euclid(MICROS_PER_DAY);
        let start =
            today.checked_sub(DAYS).and_then(|day| day.checked_mul(MICROS_PER_DAY)).ok_or(DemoError::Now)?;
        let start = Timestamp::from_micros(start).map_err(|_| DemoError::Now)?;
        let clock = SetClock::at(start);
        let app = App::start(target, Clock::Set(clock.clone()), Entropy::Seeded(Seed::new(SEED)))?;
        Ok(Self { app, clock, start })
    }

    async fn is_played(&self) -> Result<bool, DemoError> {
        if self.app.programs().await?.is_empty() {
            return Ok(false);
        }
        match self.app.program(slug()?).await {
            Ok(program)
                if program.charter().demo == domain::words::YesNo::Yes
                    && program.batches().count() >= BATCHES =>
            {
                Ok(true)
            }
            Ok(_) | Err(Error::NoSuchProgram { .. }) => Err(DemoError::NotADemo),
            Err(error) => Err(error.into()),
        }
    }

    async fn play(self, chain: Option<LocalChain>) -> Result<Stage, DemoError> {
        let mut file = ProgramFile::read(PILOT)?;
        file.period.starts_at = self.start;
        file.period.ends_at = self.start.plus_hours(domain::value::Count::new(MONTH * 24));
        let mut app = self.app;
        if let Some(chain) = &chain {
            file.safe = chain.safe().address;
            app = app.with_nodes(Some(chain.nodes()?));
        }
        let stage = Stage::new(app, chain, self.clock, file.slug, self.start);
        stage.at(0, 8);
        stage.app.open_program(&file, true, "demo-open").await?;
        play(&stage).await?;
        Ok(stage)
    }
}

/// The month in the order it happened.
async fn play(stage: &Stage) -> Result<(), DemoError> {
    let first = first_half::play(stage).await?;
    let mut second = second_half::second_week(stage).await?;
    second.push(second_half::waiting(stage).await?);
    let batch = payday::pay(stage, 11, &payday::FUNDED, &first).await?;
    payday::executed(stage, 12, batch, &payday::PAID_ONCE).await?;
    second_half::more_money(stage).await?;
    let (third, analytics) = second_half::third_week(stage).await?;
    second.extend(third);
    let week = second_half::lead_again(stage).await?;
    second_half::late(stage, analytics).await?;
    second_half::still_open(stage).await?;
    let batch = payday::pay(stage, 26, &payday::PAID_ONCE, &second).await?;
    payday::executed(stage, 27, batch, &payday::PAID_TWICE).await?;
    last_week::play(stage, week).await
}
