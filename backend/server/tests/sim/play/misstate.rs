//! What is said or read of the chain, and nearly passes.

use domain::event::Command;
use domain::value::{Amount, Digest, Seq};
use domain::words::{Consumption, FindingKind, SigningForm, Source};

use super::chain::rejection;
use super::commands::Asking;
use super::spoil::{amount, batch, place, seq, submission};
use super::values::digest;
use crate::rng::Rng;

/// Changes one thing of what is said of the chain.
pub fn misstate(rng: &mut Rng, asking: &Asking<'_>, command: &mut Command) {
    match command {
        Command::RejectionProposed(asked) => {
            asked.nonce = seq(rng, asked.nonce);
            asked.safe_tx_hash = rejection(asked.nonce);
        }
        Command::BatchExecuted(asked) => match rng.below(2) {
            0 => asked.batch = batch(rng),
            _ => asked.tx_hash = digest(rng),
        },
        Command::NonceConsumed(asked) => match rng.below(3) {
            0 => asked.nonce = seq(rng, asked.nonce),
            1 => asked.how = *rng.pick(Consumption::ALL).unwrap(),
            _ => asked.tx_hash = digest(rng),
        },
        Command::ExecutionWithdrawn(asked) => asked.nonce = seq(rng, asked.nonce),
        Command::InflowRecorded(asked) => match rng.below(3) {
            0 => asked.sender = Some(asking.program.charter().safe),
            1 => asked.amount = Amount::from_wei(1),
            _ => asked.amount = Amount::from_wei(u128::MAX),
        },
        Command::OutflowRecorded(asked) => match (rng.below(3), asking.paid_last()) {
            (0, _) => asked.amount = Amount::ZERO,
            (1, _) => asked.amount = Amount::from_wei(1),
            // A line of a batch, as if it were none.
            (_, Some((line, tx_hash))) => {
                (asked.amount, asked.recipient, asked.tx_hash) = (line.amount, Some(line.payee), tx_hash);
            }
            (_, None) => asked.recipient = Some(asking.program.charter().safe),
        },
        Command::RefundRecorded(asked) => match rng.below(2) {
            0 => asked.submission = submission(rng),
            _ => asked.amount = amount(rng, asked.amount),
        },
        Command::TransferWithdrawn(asked) => asked.event = transfer(rng, asking, asked.event),
        Command::InflowClassified(asked) => match rng.below(2) {
            0 => asked.event = transfer(rng, asking, asked.event),
            _ => asked.submission = rng.percent(80).then(|| submission(rng)),
        },
        Command::OutflowSettled(asked) => match rng.below(2) {
            0 => asked.event = transfer(rng, asking, asked.event),
            _ => asked.submission = rng.percent(80).then(|| submission(rng)),
        },
        Command::WordConfirmed(asked) => asked.event = transfer(rng, asking, asked.event),
        Command::FindingRecorded(asked) => match rng.below(2) {
            0 => asked.nonce = seq(rng, asked.nonce),
            _ => asked.finding = *rng.pick(FindingKind::ALL).unwrap(),
        },
        Command::SignatureRecorded(asked) => match rng.below(3) {
            0 => asked.batch = batch(rng),
            1 => asked.owner = place(rng, asking),
            _ => asked.form = *rng.pick(SigningForm::ALL).unwrap(),
        },
        _ => {}
    }
}

/// An event near another one, or one that recorded a transfer, whatever became of it.
fn transfer(rng: &mut Rng, asking: &Asking<'_>, near: Seq) -> Seq {
    let recorded: Vec<Seq> = asking.program.suspense().map(|(event, _)| event).collect();
    if rng.percent(30) { seq(rng, near) } else { rng.pick(&recorded).copied().unwrap_or(near) }
}

/// What is said rests on something else than it should. Tells whether that can be.
pub fn on_other_grounds(rng: &mut Rng, command: &mut Command) -> bool {
    match command {
        Command::SafeObserved(asked) => other_source(&mut asked.source),
        Command::RefundRecorded(asked) => other_source(&mut asked.source),
        Command::FundingRecorded(asked) => other_ground(rng, &mut asked.source, &mut asked.receipt),
        Command::BatchExecuted(asked) => other_ground(rng, &mut asked.source, &mut asked.receipt),
        Command::InflowRecorded(asked) => other_ground(rng, &mut asked.source, &mut asked.receipt),
        Command::OutflowRecorded(asked) => other_ground(rng, &mut asked.source, &mut asked.receipt),
        Command::NonceConsumed(asked) if rng.percent(50) => {
            other_ground(rng, &mut asked.source, &mut asked.receipt);
        }
        Command::NonceConsumed(asked) => other_document(rng, &mut asked.reason),
        Command::FundingWithdrawn(asked) => other_document(rng, &mut asked.reason),
        Command::ExecutionWithdrawn(asked) => other_document(rng, &mut asked.reason),
        Command::TransferWithdrawn(asked) => other_document(rng, &mut asked.reason),
        Command::SignatureRecorded(asked) => asked.signature = None,
        _ => return false,
    }
    true
}

fn other_ground(rng: &mut Rng, source: &mut Source, receipt: &mut Option<Digest>) {
    if rng.percent(50) { other_source(source) } else { other_document(rng, receipt) }
}

const fn other_source(source: &mut Source) {
    *source = match source {
        Source::Attested => Source::Chain,
        Source::Chain => Source::Attested,
    };
}

fn other_document(rng: &mut Rng, document: &mut Option<Digest>) {
    *document = document.is_none().then(|| digest(rng));
}
