//! `bounty-ledger verify`: an auditor's check of a bundle; it needs no ledger, no settings and no network.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use ::verify::write::sync_parent;
use ::verify::{Checkpoint, CheckpointError, Options, Outcome, bundle};
use clap::ValueEnum;

use super::{CliError, Found, write_file};
use crate::app::Error;

/// More than any checkpoint has.
const MAX_BYTES: u64 = 4_096;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The bundle: the .tar.gz that an export wrote, or a folder with what is in it.
    bundle: PathBuf,
    /// A checkpoint that you kept: the journal must continue it. May be given several times.
    #[arg(long, value_name = "CHECKPOINT")]
    since: Vec<PathBuf>,
    /// Where to keep the bundle's checkpoint if nothing is found. What is there already counts as --since.
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = VerifyFormat::Text)]
    format: VerifyFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum VerifyFormat {
    Text,
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<Found, CliError> {
    let mut options = Options::default();
    for path in &arguments.since {
        options.kept.push(read(path)?.ok_or_else(|| missing(path))?);
    }
    if let Some(path) = &arguments.keep {
        options.kept.extend(read(path)?);
    }
    let outcome = bundle(&arguments.bundle, &options)?;
    match arguments.format {
        VerifyFormat::Text => say_on!("{outcome}"),
        VerifyFormat::Json => say!("{}", outcome.to_json().map_err(Error::from)?),
    }
    if !outcome.is_sound() {
        return Ok(Found::Something);
    }
    if let Some(path) = &arguments.keep {
        keep(path, &outcome)?;
        if arguments.format == VerifyFormat::Text {
            say!("checkpoint kept in {}", path.display());
        }
    }
    Ok(Found::Nothing)
}

/// A checkpoint that somebody kept; `None` if there is no such file.
fn read(path: &Path) -> Result<Option<Checkpoint>, CliError> {
    let fault = |error| CliError::Read { path: path.to_owned(), error };
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(fault)?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(fault)?;
    // What is no text is no checkpoint either.
    let checkpoint = Checkpoint::from_kept(&String::from_utf8_lossy(&bytes));
    checkpoint.map(Some).map_err(|error: CheckpointError| CliError::Kept { path: path.to_owned(), error })
}

fn missing(path: &Path) -> CliError {
    CliError::Read {
        path: path.to_owned(),
        error: std::io::Error::new(ErrorKind::NotFound, "there is no such file"),
    }
}

/// Puts the checkpoint in its place at once, so that there is always a whole one.
fn keep(path: &Path, outcome: &Outcome) -> Result<(), CliError> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    write_file(&partial, &outcome.checkpoint.to_string())?;
    let lasts = || {
        // Also after a power cut: the new one is on the disk before it takes the old one's name.
        File::open(&partial)?.sync_all()?;
        fs::rename(&partial, path)?;
        sync_parent(path)
    };
    lasts().map_err(|error| CliError::Write { path: path.to_owned(), error })
}
