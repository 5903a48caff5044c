//! Comparisons of our own speed with a peer's or a limit's, measured in turns in one run.
//!
//! Only ratios mean anything: two machines, or one machine at two moments, differ several times over. Every
//! ledger here is made for the run and thrown away. `docs/performance.md` says how to read the figures.

mod approvals;
mod client;
mod crowd;
mod figures;
mod follower;
mod gauges;
mod life;
mod members;
mod offline;
mod payments;
mod pgbench;
mod reads;
mod report;
mod rules;
mod served;
mod stage;
mod start;
mod weigh;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::db::query::ListError;
use crate::db::{OpenError, Target, TargetError};

use figures::ROUNDS;
pub use figures::{Aim, Comparison, Figures, Skipped};
pub use life::LifeError;
pub use weigh::{Load, carry};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Approvals of each round.
    pub approvals: usize,
    /// Reads of each round.
    pub reads: usize,
    /// Events of the long journal.
    pub journal: usize,
    /// Events of a made-up life.
    pub life: usize,
    /// Events behind them on which the rules are timed.
    pub window: usize,
    /// Seconds of each round of pgbench.
    pub seconds: u32,
}

impl Size {
    /// What the figures of the documentation were made with.
    pub const FULL: Self = Self {
        approvals: 4_000,
        reads: 3_000,
        journal: 100_000,
        life: 1_000_000,
        window: 20_000,
        seconds: 2,
    };

    /// Enough to see that it runs: the ratios mean little.
    pub const QUICK: Self =
        Self { approvals: 96, reads: 48, journal: 2_000, life: 3_000, window: 500, seconds: 1 };

    /// Approvals of all rounds.
    fn all_approvals(self) -> usize {
        self.approvals.saturating_mul(ROUNDS)
    }

    /// Approvals of each round with one in a commit: they take as long as more in groups.
    fn alone(self) -> usize {
        self.approvals.div_euclid(8)
    }
}

/// A part of the benchmarks that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Approvals on SQLite.
    #[value(name = "B1")]
    B1,
    /// Approvals on PostgreSQL.
    #[value(name = "B2")]
    B2,
    /// Approvals over HTTP.
    #[value(name = "B4")]
    B4,
    /// Reads with a token.
    SignedIn,
    /// The budget on a short and on a long journal.
    Report,
    /// The rules on a short and on a long journal.
    Decide,
    /// Verification of a bundle.
    #[value(name = "B5")]
    B5,
    /// Loading a long journal.
    #[value(name = "start-up")]
    StartUp,
    /// Signatures, receipts, and following the chain.
    Payments,
}

impl Part {
    const ALL: [Self; 9] = [
        Self::B1,
        Self::B2,
        Self::B4,
        Self::SignedIn,
        Self::Report,
        Self::Decide,
        Self::B5,
        Self::StartUp,
        Self::Payments,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::B1 => "B1: approvals on SQLite",
            Self::B2 => "B2: approvals on PostgreSQL",
            Self::B4 => "B4: approvals over HTTP",
            Self::SignedIn => "signed-in: reads with a token and without",
            Self::Report => "report: the budget on a short and on a long journal",
            Self::Decide => "decide: the rules on a short and on a long journal",
            Self::B5 => "B5: a bundle verified",
            Self::StartUp => "start-up: a long journal loaded",
            Self::Payments => "payments: signatures, receipts, and following the chain",
        }
    }
}

/// What a run tells while it runs.
#[derive(Debug)]
pub enum News<'a> {
    Begins(&'static str),
    /// A ledger is being filled.
    Step {
        what: &'static str,
        done: usize,
        of: usize,
    },
    Found(&'a Comparison),
    Skipped(&'a Skipped),
}

/// Hears the news of a run.
pub type Watch<'a> = &'a dyn Fn(News<'_>);

/// Why a benchmark could not run.
#[derive(Debug, Error)]
pub enum BenchError {
    #[error(transparent)]
    App(#[from] crate::app::Error),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    List(#[from] ListError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Program(#[from] crate::app::FileError),
    #[error(transparent)]
    Rule(#[from] domain::refusal::Refusal),
    #[error(transparent)]
    Life(#[from] LifeError),
    #[error(transparent)]
    Snapshot(#[from] domain::SnapshotError),
    #[error(transparent)]
    File(#[from] verify::files::FileError),
    #[error("the benchmark's bundle cannot be written: {0}")]
    Bundle(Box<verify::write::WriteError<BenchError>>),
    #[error("the benchmark's bundle cannot be verified: {0}")]
    Verify(#[from] verify::Unusable),
    #[error("a process that is to be weighed failed: {said}")]
    Weighing { said: String },
    #[error("the benchmark's reviewer cannot sign in: {0}")]
    SignIn(Box<crate::app::AuthError>),
    #[error(transparent)]
    Serve(#[from] crate::http::ServeError),
    #[error("the benchmark's own server cannot be reached: {0}")]
    Http(std::io::Error),
    #[error("the benchmark's own server answers what is no answer")]
    Answer,
    #[error("the benchmark's own server refuses a request ({status}): {said}")]
    Refused { status: u16, said: String },
    #[error("the database refused: {0}")]
    Query(#[from] diesel::result::Error),
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("pgbench failed: {said}")]
    Pgbench { said: String },
    #[error("the benchmark's own ledger is not as it was made")]
    Stage,
}

impl BenchError {
    fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }
}

/// A SQLite file of the run.
fn sqlite(folder: &Path, name: &str) -> Target {
    Target::Sqlite(folder.join(format!("{name}.sqlite")).to_string_lossy().into_owned())
}

/// Runs these parts, all if there are none, in an empty folder.
///
/// # Errors
/// A ledger cannot be made, written to or served, or pgbench fails.
pub async fn run(
    folder: &Path,
    size: Size,
    only: &[Part],
    postgres: Option<&str>,
    watch: Watch<'_>,
) -> Result<Figures, BenchError> {
    let mut figures = Figures::default();
    for part in Part::ALL.into_iter().filter(|part| only.is_empty() || only.contains(part)) {
        watch(News::Begins(part.title()));
        let found = match part {
            Part::B1 => vec![approvals::b1(folder, size, watch).await?],
            Part::B2 => match b2(folder, size, postgres, watch).await? {
                Ok(comparison) => vec![comparison],
                Err(reason) => figures.skip("B2", reason, watch),
            },
            Part::B4 => vec![approvals::b4(folder, size, watch).await?],
            Part::SignedIn => vec![reads::run(folder, size, watch).await?],
            Part::Report => report::run(folder, size, watch).await?,
            Part::Decide if !gauges::are_there() => figures.skip("decide", gauges::MISSING, watch),
            Part::Decide => rules::run(size, watch)?,
            Part::B5 if !gauges::are_there() => figures.skip("B5", gauges::MISSING, watch),
            Part::B5 => offline::run(folder, size, watch)?,
            Part::StartUp => vec![start::run(folder, size, watch).await?],
            Part::Payments if !gauges::are_there() => figures.skip("payments", gauges::MISSING, watch),
            Part::Payments => payments::run(folder)?,
        };
        for comparison in &found {
            watch(News::Found(comparison));
        }
        figures.comparisons.extend(found);
    }
    Ok(figures)
}

impl Figures {
    /// Tells that a part cannot be measured here: it has found nothing.
    fn skip(&mut self, id: &'static str, reason: &'static str, watch: Watch<'_>) -> Vec<Comparison> {
        let skipped = Skipped { id, reason };
        watch(News::Skipped(&skipped));
        self.skipped.push(skipped);
        Vec::new()
    }
}

/// B2, or why it cannot be measured here.
async fn b2(
    folder: &Path,
    size: Size,
    postgres: Option<&str>,
    watch: Watch<'_>,
) -> Result<Result<Comparison, &'static str>, BenchError> {
    if !pgbench::is_there() {
        return Ok(Err("no pgbench on PATH: install Debian's package postgresql"));
    }
    let own = if postgres.is_none() { pgbench::Server::start() } else { None };
    match postgres.or(own.as_ref().map(|server| server.url.as_str())) {
        Some(server) => Ok(Ok(approvals::b2(folder, size, server, watch).await?)),
        None => {
            Ok(Err("no PostgreSQL: name one with --postgres, or install one and run from the source tree"))
        }
    }
}
