//! `bounty-ledger export …`

use std::io::Write;
use std::path::{Path, PathBuf};

use ::verify::write::{Place as BundlePlace, WriteError, Written};
use clap::{Subcommand, ValueEnum};
use domain::value::{BatchNumber, Slug};

use super::{CliError, Found, Place, write_file};
use crate::app::{App, BatchFiles, Error, ledger_csv};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The files of a proposed batch: Transaction Builder, typed data, CSV Airdrop, annotated CSV.
    Batch {
        /// The batch's number.
        number: BatchNumber,
        /// The folder to write into [default: DATA/exports/batch-N].
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// The audit bundle: journal, documents and all files that follow, for `bounty-ledger verify`.
    Bundle {
        /// A new folder, or a new archive if the name ends in .tar.gz.
        #[arg(short, long, value_name = "DIR|FILE.tar.gz")]
        output: PathBuf,
    },
    /// Every posting of the ledger.
    Ledger {
        /// The file to write; - prints it.
        #[arg(short, long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
        /// How it is written.
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// RFC 4180.
    Csv,
    /// One object a line.
    Json,
}

pub(super) async fn run(place: &Place, command: &Command) -> Result<Found, CliError> {
    let target = place.existing()?;
    let app = App::start_reading(&target)?;
    let slug = place.program(&app).await?;
    match command {
        Command::Batch { number, output } => {
            let folder = output.clone().unwrap_or_else(|| batch_folder(place.folder(), *number));
            for path in write_batch(&app, slug, *number, &folder).await? {
                say!("{}", path.display());
            }
        }
        Command::Bundle { output } => {
            let place = BundlePlace::new(output).map_err(WriteError::from)?;
            let Written { checkpoint, documents, batches } = app.export_bundle(slug, place).await?;
            say!("{}", output.display());
            let (size, root) = (checkpoint.size, checkpoint.root);
            say!("{size} events, {documents} documents, {batches} batches; root {root}");
        }
        Command::Ledger { output, format } => {
            let text = ledger(&app, slug, *format).await?;
            // Printed for another program to read, or written for a person to find.
            if output == Path::new("-") {
                let fault = |error| CliError::Write { path: output.clone(), error };
                std::io::stdout().write_all(text.as_bytes()).map_err(fault)?;
            } else {
                write_file(output, &text)?;
                say!("{}", output.display());
            }
        }
    }
    Ok(Found::Nothing)
}

/// Where a batch's files lie unless another folder is named.
pub(super) fn batch_folder(data: &Path, number: BatchNumber) -> PathBuf {
    data.join("exports").join(format!("batch-{number}"))
}

/// Writes the files of a batch; gives their paths.
pub(super) async fn write_batch(
    app: &App,
    slug: Slug,
    number: BatchNumber,
    folder: &Path,
) -> Result<Vec<PathBuf>, CliError> {
    let BatchFiles { files, .. } = app.export_batch(slug, number).await?;
    let mut paths = Vec::new();
    for (name, text) in &files {
        let path = folder.join(name);
        write_file(&path, text)?;
        paths.push(path);
    }
    Ok(paths)
}

async fn ledger(app: &App, slug: Slug, format: Format) -> Result<String, CliError> {
    let rows = app.ledger(slug).await?;
    match format {
        Format::Csv => Ok(ledger_csv(&rows)?),
        Format::Json => {
            let mut text = String::new();
            for row in &rows {
                text.push_str(&serde_json::to_string(row).map_err(Error::from)?);
                text.push('\n');
            }
            Ok(text)
        }
    }
}
