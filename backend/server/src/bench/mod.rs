//! Comparisons of our own speed with a peer's or a limit's, measured in turns in one run.
//!
//! Only ratios mean anything: two machines, or one machine at two moments, differ several times over. Every
//! ledger here is made for the run and thrown away. `docs/performance.md` says how to read the figures.

mod approvals;
mod crowd;
mod figures;
mod pgbench;
mod report;
mod stage;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::db::query::ListError;
use crate::db::{OpenError, Target, TargetError};

pub use figures::{Aim, Comparison, Figures, Skipped};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Approvals of each round.
    pub approvals: usize,
    /// Events of the long journal.
    pub journal: usize,
    /// Seconds of each round of pgbench.
    pub seconds: u32,
}

impl Size {
    /// What the figures of the documentation were made with.
    pub const FULL: Self = Self { approvals: 4_000, journal: 100_000, seconds: 2 };

    /// Enough to see that it runs: the ratios mean little.
    pub const QUICK: Self = Self { approvals: 160, journal: 2_000, seconds: 1 };

    /// Approvals of each round with one in a commit: they take as long as more in groups.
    fn alone(self) -> usize {
        self.approvals.div_euclid(8)
    }
}

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
    Refused(#[from] domain::refusal::Refusal),
    #[error("the database refused: {0}")]
    Query(#[from] diesel::result::Error),
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("pgbench failed: {said}")]
    Pgbench { said: String },
    #[error("the benchmark's own ledger is not as it was made")]
    Stage,
}

/// A SQLite file of the run.
fn sqlite(folder: &Path, name: &str) -> Target {
    Target::Sqlite(folder.join(format!("{name}.sqlite")).to_string_lossy().into_owned())
}

/// Runs all comparisons in an empty folder; `progress` hears what begins.
///
/// # Errors
/// A ledger cannot be made or written to, or pgbench fails.
pub async fn run(
    folder: &Path,
    size: Size,
    postgres: Option<&str>,
    progress: impl Fn(&str),
) -> Result<Figures, BenchError> {
    let mut figures = Figures::default();
    progress("B1: approvals on SQLite");
    figures.comparisons.push(approvals::b1(folder, size).await?);
    progress("B2: approvals on PostgreSQL");
    match b2(folder, size, postgres).await? {
        Ok(comparison) => figures.comparisons.push(comparison),
        Err(reason) => figures.skipped.push(Skipped { id: "B2", reason }),
    }
    progress("the budget report on a short and a long journal");
    figures.comparisons.extend(report::run(folder, size).await?);
    Ok(figures)
}

/// B2, or why it cannot be measured here.
async fn b2(
    folder: &Path,
    size: Size,
    postgres: Option<&str>,
) -> Result<Result<Comparison, &'static str>, BenchError> {
    if !pgbench::is_there() {
        return Ok(Err("no pgbench on PATH: install Debian's package postgresql"));
    }
    let own = if postgres.is_none() { pgbench::Server::start() } else { None };
    match postgres.or(own.as_ref().map(|server| server.url.as_str())) {
        Some(server) => Ok(Ok(approvals::b2(folder, size, server).await?)),
        None => {
            Ok(Err("no PostgreSQL: name one with --postgres, or install one and run from the source tree"))
        }
    }
}
