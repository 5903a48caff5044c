//! The Safe as observed, and batches proposed to be paid: candidates for its nonces. Keeps I6 and I7.

use crate::batch::Batch;
use crate::books::{Account, Transfer};
use crate::command::{BatchProposed, ObserveSafe, Payout, ProposeBatch, ProposeRejection};
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Sample, Stage, Submission};
use crate::suspense::Direction;
use crate::value::{Address, Amount, BatchNumber, Count, Seq, Timestamp};
use crate::words::{Bucket, Operation, YesNo};

use super::sources::check_undoable;
use super::{Decision, MAX_LIST, checked_list, distinct_list, next_number, sum};

pub(super) fn observe_safe(
    program: &Program,
    asked: &ObserveSafe,
    by_ledger: bool,
) -> Result<Decision, Refusal> {
    checked_list("owners", &asked.owners, MAX_LIST)?;
    distinct_list("modules", &asked.modules, MAX_LIST)?;
    let owners = u32::try_from(asked.owners.len()).unwrap_or(u32::MAX);
    if asked.threshold.get() == 0 || asked.threshold.get() > owners {
        let owners = Count::new(owners);
        return Err(Refusal::ThresholdAboveOwners { threshold: asked.threshold, owners });
    }
    let charter = program.charter();
    let nobody = [Address::ZERO, charter.safe, charter.token];
    if let Some(owner) = asked.owners.iter().chain(&asked.guard).find(|address| nobody.contains(address)) {
        return Err(Refusal::OwnerRefused { address: *owner });
    }
    let last = program.observation();
    match (last, asked.corrects) {
        (None, Some(_)) => return Err(Refusal::SafeUnobserved),
        (Some(last), Some(corrected)) if corrected != last.recorded => {
            return Err(Refusal::NotTheLastObservation { last: last.recorded });
        }
        (Some(last), Some(_)) => check_undoable(by_ledger, last.recorded, last.safe.source)?,
        (Some(last), None) if asked.block <= last.safe.block => {
            return Err(Refusal::ObservedBefore { block: asked.block, last: last.safe.block });
        }
        (Some(last), None) if asked.nonce < last.safe.nonce => {
            return Err(Refusal::NonceWentBack { nonce: asked.nonce, last: last.safe.nonce });
        }
        (None | Some(_), None) => {}
    }
    Ok(Fact::SafeObserved { asked: Box::new(asked.clone()) }.into())
}

pub(super) fn propose_batch(
    program: &Program,
    asked: &ProposeBatch,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let named: Vec<_> = asked.payouts.iter().map(|payout| payout.submission).collect();
    checked_list("payouts", &named, program.policy_at(at).batch_lines.get())?;
    if program.policy_at(at).evidence_up == YesNo::Yes && asked.evidence_up == YesNo::No {
        return Err(Refusal::EvidenceUnlooked);
    }
    if let Some((event, amount)) = unexplained_outflow(program) {
        return Err(Refusal::OutflowUnexplained { event, amount });
    }
    check_adopted(program, asked)?;
    // Before its lines: on another nonce they may well be in flight already.
    check_nonce(program, asked)?;
    let mut transfers = Vec::new();
    for payout in &asked.payouts {
        let submission = payable(program, payout, Some(asked.nonce), at)?;
        if matches!(submission.stage, Stage::Approved { .. }) {
            transfers.push(in_flight(submission));
        }
    }
    check_observed(program, at)?;
    check_target(program, asked)?;
    check_new(program, asked.nonce, |batch| batch.safe_tx_hash == asked.safe_tx_hash)?;
    let total = sum(asked.payouts.iter().map(|payout| payout.amount))?;
    check_balance(program, asked.nonce, total)?;
    let outcome = proposed(program, total)?;
    Ok(Decision { fact: Fact::BatchProposed { asked: Box::new(asked.clone()), outcome }, transfers })
}

/// Never refused for what went wrong elsewhere: it only ever stops a payment.
pub(super) fn propose_rejection(program: &Program, asked: ProposeRejection) -> Result<Decision, Refusal> {
    if program.nonce(asked.nonce).is_none() {
        return Err(Refusal::NothingProposed { nonce: asked.nonce });
    }
    check_open(program, asked.nonce)?;
    check_new(program, asked.nonce, |batch| {
        // All rejections of a nonce are the same.
        batch.payouts.is_empty() || batch.safe_tx_hash == asked.safe_tx_hash
    })?;
    let outcome = proposed(program, Amount::ZERO)?;
    Ok(Fact::RejectionProposed { asked: Box::new(asked), outcome }.into())
}

/// The number of the next batch, and the journal it is proposed on.
fn proposed(program: &Program, total: Amount) -> Result<BatchProposed, Refusal> {
    let last = program.batches.last().map(|(number, _)| *number);
    let batch = next_number(last, BatchNumber::FIRST, BatchNumber::next, "batches")?;
    Ok(BatchProposed { batch, root: program.root(), size: program.size(), total })
}

/// The first outflow that nobody explained yet: until then nothing more is paid.
fn unexplained_outflow(program: &Program) -> Option<(Seq, Amount)> {
    if program.books().balance(Account::SuspenseOut).is_zero() {
        return None;
    }
    let mut open = program.suspense().filter(|(_, item)| item.is_open());
    open.find(|(_, item)| item.direction == Direction::Out).map(|(event, item)| (event, item.amount))
}

/// What moves when an approved submission becomes a line of a batch.
pub(crate) fn in_flight(submission: &Submission) -> Transfer {
    let account = |bucket| Account::Line(submission.period, submission.category, bucket);
    let (from, to) = (account(Bucket::Encumbered), account(Bucket::Inflight));
    Transfer { from, to, amount: submission.revision.amount }
}

/// An approved submission whose waiting times are over, or one on the same nonce already; paid exactly as it was
/// approved.
pub(crate) fn payable<'a>(
    program: &'a Program,
    payout: &Payout,
    on: Option<Seq>,
    at: Timestamp,
) -> Result<&'a Submission, Refusal> {
    let submission = program.submission(payout.submission)?;
    let number = submission.number;
    let decided_at = match &submission.stage {
        Stage::Approved { decided_at, .. } => Some(*decided_at),
        Stage::InBatch { nonce, .. } if on == Some(*nonce) => None,
        Stage::InBatch { batch, .. } => {
            return Err(Refusal::AlreadyBatched { submission: number, batch: *batch });
        }
        Stage::Submitted { .. }
        | Stage::NeedsChanges { .. }
        | Stage::Agreed { .. }
        | Stage::Paid { .. }
        | Stage::Rejected { .. }
        | Stage::Withdrawn { .. }
        | Stage::Reversed { .. } => {
            return Err(Refusal::NotApproved { submission: number, state: submission.stage.name() });
        }
    };
    let revision = &submission.revision;
    if payout.amount != revision.amount || payout.payee != revision.payee {
        return Err(Refusal::PayoutDiffers {
            submission: number,
            amount: revision.amount,
            payee: revision.payee,
        });
    }
    // What is in flight already had waited before.
    let Some(decided_at) = decided_at else { return Ok(submission) };
    if let Some(hold) = submission.held_at(at) {
        return Err(Refusal::OnHold { submission: number, until: hold.until });
    }
    let until = decided_at.plus_hours(program.rules_of(submission).objection_hours);
    if at < until {
        return Err(Refusal::ObjectionPeriod { submission: number, until });
    }
    let payee = revision.payee;
    let usable_from = program.address(&payee).map(|address| address.usable_from);
    match usable_from.ok_or(Refusal::PayeeNotYours { address: payee })? {
        until if at < until => Err(Refusal::AddressCooling { submission: number, payee, until }),
        // Last: what only takes time is waited for meanwhile.
        _ if submission.sample == Sample::Awaited => Err(Refusal::SampleUnchecked { submission: number }),
        _ => Ok(submission),
    }
}

/// What a wallet made of a batch has its lines, in their order.
fn check_adopted(program: &Program, asked: &ProposeBatch) -> Result<(), Refusal> {
    let Some(number) = asked.adopts else { return Ok(()) };
    let adopted = program.batch(number).ok_or(Refusal::NoSuchBatch { batch: number })?;
    if adopted.payouts == asked.payouts { Ok(()) } else { Err(Refusal::LinesDiffer { batch: number }) }
}

/// The nonce is the Safe's next free one, or an open one; where a wallet chose it, any that is not consumed.
fn check_nonce(program: &Program, asked: &ProposeBatch) -> Result<(), Refusal> {
    let expected = program.next_nonce().ok_or(Refusal::SafeUnobserved)?;
    match (program.nonce(asked.nonce), asked.beside) {
        (None, YesNo::No) if asked.adopts.is_some() => check_open(program, asked.nonce),
        (Some(_), YesNo::Yes) => check_open(program, asked.nonce),
        (None, YesNo::Yes) => Err(Refusal::NothingProposed { nonce: asked.nonce }),
        (None, YesNo::No) if asked.nonce == expected => Ok(()),
        // Somebody else may have taken it since: two batches share a nonce only where that is meant.
        (_, YesNo::No) => Err(Refusal::NonceOutOfTurn { given: asked.nonce, expected }),
    }
}

fn check_observed(program: &Program, at: Timestamp) -> Result<(), Refusal> {
    let observation = program.observation().ok_or(Refusal::SafeUnobserved)?;
    let hours = program.policy_at(at).observation_hours;
    if at > observation.at.plus_hours(hours) {
        return Err(Refusal::ObservationStale { at: observation.at, hours });
    }
    Ok(())
}

/// The transaction calls what it must.
fn check_target(program: &Program, asked: &ProposeBatch) -> Result<(), Refusal> {
    let charter = program.charter();
    let fits = match (asked.payouts.len(), asked.operation) {
        (1, Operation::Call) => asked.to == charter.token,
        (1, Operation::DelegateCall) | (_, Operation::Call) => false,
        // Which of the known ones a wallet took, `app` looks up, and every verifier again.
        (_, Operation::DelegateCall) if asked.adopts.is_some() => {
            ![Address::ZERO, charter.safe, charter.token].contains(&asked.to)
        }
        (_, Operation::DelegateCall) => asked.to == charter.multi_send,
    };
    if fits { Ok(()) } else { Err(Refusal::WrongTarget { to: asked.to }) }
}

/// Nothing is proposed for a nonce that the Safe was seen, or said, to have consumed.
pub(super) fn check_open(program: &Program, number: Seq) -> Result<(), Refusal> {
    if program.nonce(number).is_some_and(|nonce| nonce.end.is_some()) {
        return Err(Refusal::NonceEnded { nonce: number });
    }
    if let Some(found) = program.nonce(number).and_then(|nonce| nonce.finding) {
        return Err(Refusal::FindingStands { nonce: number, event: found.event });
    }
    let consumed = program.observation().is_some_and(|observation| number < observation.safe.nonce);
    if consumed { Err(Refusal::NonceConsumed { nonce: number }) } else { Ok(()) }
}

/// The same transaction is proposed once.
fn check_new(program: &Program, number: Seq, same: impl Fn(&&Batch) -> bool) -> Result<(), Refusal> {
    let candidates = program.nonce(number).map_or(&[][..], |nonce| &nonce.candidates);
    let known = candidates.iter().filter_map(|batch| program.batch(*batch)).find(same);
    known.map_or(Ok(()), |batch| Err(Refusal::ProposedBefore { batch: batch.number }))
}

/// I7: open batches never ask more of the Safe than it holds.
fn check_balance(program: &Program, nonce: Seq, total: Amount) -> Result<(), Refusal> {
    let payable = program.payable_on(nonce).ok_or(Refusal::SafeUnobserved)?;
    let missing = total.saturating_sub(payable);
    if missing.is_zero() { Ok(()) } else { Err(Refusal::OverSafeBalance { total, payable, missing }) }
}
