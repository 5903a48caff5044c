//! `bounty-ledger safe inspect`: a signer's self-check on anyone's file.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};

use super::{CliError, Found};
use crate::app::Error;

/// More than any file for a Safe needs.
const MAX_BYTES: u64 = 4 * 1_024 * 1_024;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prints what a file does: chain, Safe, every transfer, hashes, warnings. Exit 1 with warnings.
    Inspect {
        /// A Transaction Builder file, typed data, or execTransaction calldata; - reads standard input.
        file: PathBuf,
        /// How it is printed.
        #[arg(long, value_enum, default_value_t = InspectFormat::Text)]
        format: InspectFormat,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum InspectFormat {
    Text,
    Json,
}

pub(super) fn run(command: &Command) -> Result<Found, CliError> {
    let Command::Inspect { file, format } = command;
    let text = read(file).map_err(|error| CliError::Read { path: file.clone(), error })?;
    let inspection = safe::inspect(&text).map_err(|error| CliError::Inspect { path: file.clone(), error })?;
    match format {
        InspectFormat::Text => say_on!("{}", safe::inspect::render_text(&inspection)),
        InspectFormat::Json => {
            say!("{}", serde_json::to_string_pretty(&inspection).map_err(Error::from)?);
        }
    }
    Ok(if inspection.warnings.is_empty() { Found::Nothing } else { Found::Something })
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().take(MAX_BYTES.saturating_add(1)).read_to_string(&mut text)?;
    } else {
        std::fs::File::open(path)?.take(MAX_BYTES.saturating_add(1)).read_to_string(&mut text)?;
    }
    Ok(text)
}
