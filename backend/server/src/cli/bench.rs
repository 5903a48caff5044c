//! `bounty-ledger bench`

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{CliError, Format, Found, Place};
use crate::bench::{self, Aim, BenchError, Comparison, Figures, Size};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Exit with 1 if a ratio misses its aim.
    #[arg(long)]
    check: bool,
    /// Measure little: to see that it runs.
    #[arg(long)]
    quick: bool,
    /// A PostgreSQL server on which databases may be made; otherwise scripts/postgres starts one.
    #[arg(long, value_name = "URL", hide_env_values = true)]
    postgres: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
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

pub(super) async fn run(place: &Place, arguments: &Arguments) -> Result<Found, CliError> {
    if arguments.format == Format::Csv {
        return Err(CliError::NoCsv);
    }
    let parent = place.data.clone().unwrap_or_else(std::env::temp_dir);
    let folder = Folder::make(&parent)?;
    let size = if arguments.quick { Size::QUICK } else { Size::FULL };
    let progress = |what: &str| eprintln!("{what} …");
    let figures = bench::run(&folder.0, size, arguments.postgres.as_deref(), progress).await?;
    match arguments.format {
        Format::Json => {
            say!("{}", serde_json::to_string_pretty(&figures).map_err(crate::app::Error::from)?);
        }
        Format::Table | Format::Csv => say_on!("{}", render(&figures)),
    }
    let missed = figures.comparisons.iter().any(|comparison| !comparison.met);
    Ok(if arguments.check && missed { Found::Something } else { Found::Nothing })
}

fn render(figures: &Figures) -> String {
    let mut text = String::new();
    for Comparison { id, what, unit, ours, peer, theirs, permille, aim, met, notes } in &figures.comparisons {
        let (aim, least) = match aim {
            Aim::AtLeast(least) => ("at least", least),
            Aim::AtMost(most) => ("at most", most),
        };
        let verdict = if *met { "met" } else { "MISSED" };
        let notes: Vec<String> = notes.iter().map(|(name, number)| format!("{name}: {number}")).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{id}  {what}: {ours} {unit}\n    {peer}: {theirs} {unit}\n    ratio {}, aim {aim} {}: {verdict}\n    {}\n",
            thousandths(*permille),
            thousandths(*least),
            notes.join("; ")
        );
    }
    for skipped in &figures.skipped {
        let _ = writeln!(text, "{}  skipped: {}\n", skipped.id, skipped.reason);
    }
    text
}

fn thousandths(permille: u64) -> String {
    format!("{}.{:02}", permille.div_euclid(1_000), permille.rem_euclid(1_000).div_euclid(10))
}
