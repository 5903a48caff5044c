//! `bounty-ledger bench`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::{CliError, Found, Place};
use crate::bench::{self, Aim, BenchError, Comparison, Load, News, Part, Size, Skipped};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Exit with 1 if a ratio misses its aim.
    #[arg(long)]
    check: bool,
    /// Measure little: to see that it runs.
    #[arg(long)]
    quick: bool,
    /// Measure these only.
    #[arg(long, value_enum, ignore_case = true, value_delimiter = ',', value_name = "PART")]
    only: Vec<Part>,
    /// A PostgreSQL server on which databases may be made; otherwise scripts/postgres starts one.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    postgres: Option<String>,
    /// How the figures are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Do one thing and say what it takes of memory, as another process of this one asks.
    #[arg(long, value_enum, hide = true, requires = "weighed")]
    weigh: Option<Load>,
    #[arg(long, hide = true)]
    weighed: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
}

/// A folder of this run, deleted with this value.
struct Folder(PathBuf);

impl Folder {
    /// Always a new one, so that no ledger of anybody's is ever touched.
    fn make(parent: &Path) -> Result<Self, BenchError> {
        let path = parent.join(format!("bounty-ledger-bench-{}", std::process::id()));
        let fault = |error| BenchError::Io { path: path.clone(), error };
        std::fs::create_dir_all(parent).map_err(fault)?;
        std::fs::create_dir(&path).map_err(fault)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("bounty-ledger: {} stays behind: {error}", self.0.display());
        }
    }
}

/// Logs as `serve` does, to where nobody reads it: what a log costs each request is measured too.
fn begin_log() {
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new("info")).with_writer(std::io::sink);
    // A second log in one process is none: the first stays.
    let _ = log.try_init();
}

pub(super) async fn run(place: &Place, arguments: &Arguments) -> Result<Found, CliError> {
    if let (Some(load), Some(path)) = (arguments.weigh, &arguments.weighed) {
        let (most, now) = bench::carry(load, path).await?;
        say!("{most} {now}");
        return Ok(Found::Nothing);
    }
    let parent = place.data.clone().unwrap_or_else(std::env::temp_dir);
    let folder = Folder::make(&parent)?;
    begin_log();
    let size = if arguments.quick { Size::QUICK } else { Size::FULL };
    let (text, terminal) = (arguments.format == Format::Table, std::io::stderr().is_terminal());
    let watch = |news: News<'_>| match news {
        News::Begins(title) => eprintln!("{title} …"),
        News::Step { what, done, of } if terminal => {
            // Over the step before; the last one goes.
            let step = if done < of { format!("  {what}: {done} of {of}") } else { String::new() };
            eprint!("\r\x1b[K{step}");
        }
        News::Found(comparison) if text => say!("{}\n", comparison_text(comparison)),
        News::Skipped(Skipped { id, reason }) if text => say!("{id}  skipped: {reason}\n"),
        News::Step { .. } | News::Found(_) | News::Skipped(_) => {}
    };
    let figures = bench::run(&folder.0, size, &arguments.only, arguments.postgres.as_deref(), &watch).await?;
    if !text {
        say!("{}", serde_json::to_string_pretty(&figures).map_err(crate::app::Error::from)?);
    }
    let missed = figures.comparisons.iter().any(|comparison| !comparison.met);
    Ok(if arguments.check && missed { Found::Something } else { Found::Nothing })
}

fn comparison_text(comparison: &Comparison) -> String {
    let Comparison { id, what, unit, ours, peer, theirs, permille, aim, met, notes } = comparison;
    let (aim, least) = match aim {
        Aim::AtLeast(least) => ("at least", least),
        Aim::AtMost(most) => ("at most", most),
    };
    let verdict = if *met { "met" } else { "MISSED" };
    let notes: Vec<String> = notes.iter().map(|(name, number)| format!("{name}: {number}")).collect();
    format!(
        "{id}  {what}: {ours} {unit}\n    {peer}: {theirs} {unit}\n    ratio {}, aim {aim} {}: {verdict}\n    {}",
        thousandths(*permille),
        thousandths(*least),
        notes.join("; ")
    )
}

fn thousandths(permille: u64) -> String {
    format!("{}.{:02}", permille.div_euclid(1_000), permille.rem_euclid(1_000).div_euclid(10))
}
