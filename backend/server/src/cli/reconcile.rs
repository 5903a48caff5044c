//! `bounty-ledger reconcile`

mod said;

use domain::Program;
use domain::value::{Digest, Slug};
use said::{of_event, of_transaction};

use super::{CliError, Found, Place, start};
use crate::app::{Error, FieldError, Round};
use crate::chain::{Nodes, Receipt};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A transaction of the chain: says what the ledger makes of it.
    #[arg(long, value_name = "HASH", value_parser = tx_hash)]
    tx: Option<Digest>,
}

/// As people copy it: with 0x, and letters of either size.
fn tx_hash(text: &str) -> Result<Digest, FieldError> {
    let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
    digits.parse().map_err(|_| FieldError::Hash)
}

/// Finds something where people have to settle something, the rules hold something back, or the transaction that was
/// asked for did nothing.
pub(super) async fn run(place: &Place, arguments: &Arguments) -> Result<Found, CliError> {
    let nodes = place.config.nodes()?.ok_or(CliError::NoRpcUrl)?;
    let target = place.existing()?;
    let _lock = place.lock()?;
    let app = start(&target)?.with_nodes(Some(nodes.clone()));
    let slug = place.program(&app).await?;
    let round = app.read_chain(slug).await?;
    let program = app.program(slug).await?;
    let mut found = print_round(slug, &program, &round);
    if let Some(tx_hash) = arguments.tx {
        found = found.or(look_up(&nodes, &program, &round, tx_hash).await?);
    }
    Ok(found)
}

fn print_round(slug: Slug, program: &Program, round: &Round) -> Found {
    for receipt in &round.written {
        say!("event {}: {}", receipt.seq, of_event(program, receipt));
    }
    if round.written.is_empty() {
        say!("Nothing new for the books.");
    }
    let missing = round.missing();
    for reason in &missing {
        say!("held back: {reason}");
    }
    let open = open_findings(program);
    if open > 0 {
        let (findings, wait) = if open == 1 { ("finding", "waits") } else { ("findings", "wait") };
        say!(
            "{open} {findings} {wait} for people to settle: GET /api/v1/programs/{slug}/findings lists them"
        );
    }
    match round.block {
        Some(block) => say!("{slug}: read up to block {block}"),
        None => say!("{slug}: no block was read"),
    }
    if open == 0 && missing.is_empty() { Found::Nothing } else { Found::Something }
}

/// What people have to settle: nonces that ended otherwise than by a batch to the wei, and LPT nobody explained.
fn open_findings(program: &Program) -> usize {
    let nonces = program.nonces().filter(|nonce| nonce.open_finding().is_some()).count();
    nonces.saturating_add(program.suspense().filter(|(_, item)| item.is_open()).count())
}

/// Says what the ledger makes of a transaction, now that it has read what it may.
async fn look_up(
    nodes: &Nodes,
    program: &Program,
    round: &Round,
    tx_hash: Digest,
) -> Result<Found, CliError> {
    let fault = |error| CliError::from(Error::from(error));
    let receipt = nodes.receipt(&tx_hash).await.map_err(fault)?.ok_or(Error::NoTransaction { tx_hash })?;
    let Receipt { block_number: block, succeeded, .. } = receipt;
    let trusted = nodes.trusted(program.charter().chain.get()).await.map_err(fault)?.number;
    if block > trusted {
        return Err(Error::NotFinal { tx_hash, block, trusted }.into());
    }
    let is_read = round.block.is_some_and(|read| block <= read);
    let told = of_transaction(program, tx_hash);
    let what = format!("transaction 0x{tx_hash} in block {block}");
    if !succeeded {
        say!("{what} was reverted: it changed nothing");
    } else if !is_read && round.held.is_empty() {
        say!("{what} became final just now: run this again");
    } else if !is_read {
        say!("{what} is not read yet: first the ledger has to write what is held back");
    } else if told.is_empty() {
        say!(
            "{what} holds nothing of this program: since it opened, no LPT into its Safe or out of it, and no execution of \
             what was proposed"
        );
    }
    for line in &told {
        say!("{what}: {line}");
    }
    Ok(if told.is_empty() { Found::Something } else { Found::Nothing })
}
