//! Reads the transaction that somebody names, instead of waiting for the next round.

use domain::Program;
use domain::value::{BatchNumber, Digest, Seq, Slug};
use safe::reconcile::{Verdict, reconcile};
use verify::payment::transfers;

use super::fault::ReadFault;
use crate::app::writer::{Receipt, receipt_of};
use crate::app::{App, Error};
use crate::chain::Nodes;
use crate::db::journal::find_event;

impl App {
    /// Reads the transaction that executed a batch, and all before it; gives what the books say of the batch then.
    ///
    /// # Errors
    /// No such batch, a transaction that is not there, is not final or does not execute the batch, nodes that cannot be
    /// read, or what keeps it out of the books.
    pub(in crate::app) async fn reconcile(
        &self,
        program: Slug,
        batch: BatchNumber,
        tx_hash: Digest,
    ) -> Result<Receipt, Error> {
        let reader = self.reader.clone().ok_or(Error::NoNode)?;
        let id = self.program_id(program).await?;
        let state = self.state_of(id).await?;
        if state.batch(batch).is_none() {
            return Err(Error::NoSuchBatch { number: batch.get() });
        }
        check(&reader.nodes, &state, batch, tx_hash).await?;
        let mut round = self.read_chain_of(id, false).await?;
        let mut state = self.state_of(id).await?;
        if said_of(&state, batch, tx_hash).is_none() && round.held.is_empty() {
            // It was proposed after that block was read: from the start.
            round = self.read_chain_of(id, false).await?;
            state = self.state_of(id).await?;
        }
        let Some(event) = said_of(&state, batch, tx_hash) else {
            return Err(round.held.into_iter().next().map_or(Error::Conflict, Error::Refused));
        };
        if let Some(written) = round.written.into_iter().find(|receipt| receipt.seq == event) {
            return Ok(written);
        }
        let seq = i64::try_from(event.get()).unwrap_or(i64::MAX);
        let found = self.read(move |conn| Ok(find_event(conn, id, seq)?)).await?;
        found.map(|recorded| receipt_of(recorded, true)).ok_or(Error::Stopped)
    }
}

/// The event that says what this transaction made of the batch's nonce.
fn said_of(program: &Program, batch: BatchNumber, tx_hash: Digest) -> Option<Seq> {
    let nonce = program.nonce(program.batch(batch)?.nonce)?;
    let end = nonce.end.as_ref().filter(|end| end.tx_hash == tx_hash).map(|end| end.event);
    let found = nonce.finding.filter(|found| found.tx_hash == tx_hash).map(|found| found.event);
    end.or(found)
}

/// Makes sure that a trusted block has the transaction, and that it executes the batch.
async fn check(nodes: &Nodes, program: &Program, batch: BatchNumber, tx_hash: Digest) -> Result<(), Error> {
    let charter = program.charter();
    let trusted = nodes.trusted(charter.chain.get()).await?.number;
    let found = nodes.receipt(&tx_hash).await?.ok_or(Error::NoTransaction { tx_hash })?;
    if found.block_number > trusted {
        return Err(Error::NotFinal { tx_hash, block: found.block_number, trusted });
    }
    let receipt = safe::receipt::Receipt::parse(found.json.get())
        .map_err(|error| ReadFault::Receipt { transaction: tx_hash, error })?;
    let number = batch;
    let batch = program.batch(number).ok_or(Error::NoSuchBatch { number: number.get() })?;
    let lines = transfers(&batch.payouts);
    let verdict = reconcile(&receipt, &charter.safe, &charter.token, &batch.safe_tx_hash, &lines)
        .map_err(|error| ReadFault::Logs { transaction: tx_hash, error })?;
    let why = match verdict {
        Verdict::Reverted => "it was reverted and changed nothing, so the batch can still be executed",
        Verdict::NotFound => "the Safe executed something else in it, or nothing",
        Verdict::Failed { .. } | Verdict::Matched(_) | Verdict::Mismatch(_) => return Ok(()),
    };
    Err(Error::NotExecuted { tx_hash, batch: number, why })
}
