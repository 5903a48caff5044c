//! `bounty-ledger program …`

use std::path::PathBuf;

use clap::Subcommand;
use domain::value::PeriodNumber;

use super::{CliError, Found, Place, budget, start};
use crate::app::{App, Error, ProgramFile};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Opens a program, its first period and its allotments from a file; all or nothing.
    Open {
        /// A program file, such as docs/examples/degen-pilot.toml.
        file: PathBuf,
    },
}

pub(super) async fn run(place: &Place, command: &Command) -> Result<Found, CliError> {
    let Command::Open { file: path } = command;
    let text = std::fs::read_to_string(path).map_err(|error| CliError::Read { path: path.clone(), error })?;
    let file =
        ProgramFile::read(&text).map_err(|error| CliError::ProgramFile { path: path.clone(), error })?;
    let _lock = place.lock()?;
    let app = start(&place.target())?;
    // The key is the short name: the same file again is a repeat, another one is refused.
    let opened = app.open_program(&file, false, &format!("open:{}", file.slug)).await;
    let receipts = opened.map_err(|error| match error {
        Error::KeyReused => Error::SlugTaken { slug: file.slug.to_string() },
        other => other,
    })?;
    let program = app.program(file.slug).await?;
    if receipts.iter().all(|receipt| receipt.replayed) {
        say!("This file opened the program before; nothing was written now.\n");
    }
    say!("{} is open: {}", file.slug, file.name);
    say!("identity  {}", program.identity());
    say!("journal   {} events, root {}", program.size(), program.root());
    say!("accounts  {}", linked(&app, &file).await?);
    say!("Safe      {} on chain {}\n", safe::eip55::checksum(&file.safe), file.chain_id);
    for warning in domain::preview::short_of_reviewers(&program) {
        say!("Warning: {warning}\n");
    }
    say_on!("{}", budget::render(&app.budget(file.slug, PeriodNumber::FIRST).await?));
    Ok(Found::Nothing)
}

/// The first members who have accounts: an operator sees who may sign in as whom.
async fn linked(app: &App, file: &ProgramFile) -> Result<String, CliError> {
    let mut linked = Vec::new();
    for member in &file.members {
        let Some(account) = app.find_account(&member.handle).await? else { continue };
        if let Some(number) = app.member_of(account, file.slug).await? {
            linked.push(format!("{} is member {number}", member.handle));
        }
    }
    if linked.is_empty() {
        linked.push("none yet: `bounty-ledger user add HANDLE --password-stdin` makes one".to_owned());
    }
    Ok(linked.join(", "))
}
