//! The Safe as observed, and batches proposed to be paid. Keeps I6 and I7.

use crate::books::{Account, Transfer};
use crate::command::{BatchProposed, ObserveSafe, Payout, ProposeBatch};
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Sample, Stage, Submission};
use crate::value::{Address, BatchNumber, Count, Timestamp};
use crate::words::{Bucket, Operation};

use super::{Decision, MAX_LIST, checked_list, distinct_list, next_number, sum};

pub(super) fn observe_safe(program: &Program, asked: &ObserveSafe) -> Result<Decision, Refusal> {
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
        (Some(last), None) if asked.block <= last.safe.block => {
            return Err(Refusal::ObservedBefore { block: asked.block, last: last.safe.block });
        }
        (Some(last), None) if asked.nonce < last.safe.nonce => {
            return Err(Refusal::NonceWentBack { nonce: asked.nonce, last: last.safe.nonce });
        }
        (None, None) | (Some(_), _) => {}
    }
    Ok(Fact::SafeObserved { asked: Box::new(asked.clone()) }.into())
}

pub(super) fn propose_batch(
    program: &Program,
    asked: &ProposeBatch,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let named: Vec<_> = asked.payouts.iter().map(|payout| payout.submission).collect();
    checked_list("payouts", &named, program.policy().batch_lines.get())?;
    let mut transfers = Vec::new();
    for payout in &asked.payouts {
        transfers.push(in_flight(payable(program, payout, at)?));
    }
    check_safe(program, asked, at)?;
    let total = sum(asked.payouts.iter().map(|payout| payout.amount))?;
    check_balance(program, total)?;
    let last = program.batches.last().map(|(number, _)| *number);
    let batch = next_number(last, BatchNumber::FIRST, BatchNumber::next, "batches")?;
    let outcome = BatchProposed { batch, root: program.root(), size: program.size(), total };
    Ok(Decision { fact: Fact::BatchProposed { asked: Box::new(asked.clone()), outcome }, transfers })
}

/// What moves when an approved submission becomes a line of a batch.
pub(crate) fn in_flight(submission: &Submission) -> Transfer {
    let account = |bucket| Account::Line(submission.period, submission.category, bucket);
    let (from, to) = (account(Bucket::Encumbered), account(Bucket::Inflight));
    Transfer { from, to, amount: submission.revision.amount }
}

/// An approved submission whose waiting times are over, paid exactly as it was approved.
pub(crate) fn payable<'a>(
    program: &'a Program,
    payout: &Payout,
    at: Timestamp,
) -> Result<&'a Submission, Refusal> {
    let submission = program.submission(payout.submission)?;
    let number = submission.number;
    let decided_at = match &submission.stage {
        Stage::Approved { decided_at, .. } => *decided_at,
        Stage::InBatch { batch, .. } => {
            return Err(Refusal::AlreadyBatched { submission: number, batch: *batch });
        }
        Stage::Submitted { .. }
        | Stage::NeedsChanges { .. }
        | Stage::Agreed { .. }
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
    if let Some(hold) = submission.held_at(at) {
        return Err(Refusal::OnHold { submission: number, until: hold.until });
    }
    let until = decided_at.plus_hours(program.policy().lane(program.lane_now(submission)).objection_hours);
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

/// The Safe was observed lately, the nonce is its next free one, and the transaction calls what it must.
fn check_safe(program: &Program, asked: &ProposeBatch, at: Timestamp) -> Result<(), Refusal> {
    let (Some(observation), Some(expected)) = (program.observation(), program.next_nonce()) else {
        return Err(Refusal::SafeUnobserved);
    };
    let hours = program.policy().observation_hours;
    if at > observation.at.plus_hours(hours) {
        return Err(Refusal::ObservationStale { at: observation.at, hours });
    }
    if asked.nonce != expected {
        return Err(Refusal::NonceOutOfTurn { given: asked.nonce, expected });
    }
    let charter = program.charter();
    let fits = match (asked.payouts.len(), asked.operation) {
        (1, Operation::Call) => asked.to == charter.token,
        (1, Operation::DelegateCall) | (_, Operation::Call) => false,
        (_, Operation::DelegateCall) => asked.to == charter.multi_send,
    };
    if fits { Ok(()) } else { Err(Refusal::WrongTarget { to: asked.to }) }
}

/// I7: open batches never ask more of the Safe than it holds.
fn check_balance(program: &Program, total: crate::value::Amount) -> Result<(), Refusal> {
    let payable = program.payable().ok_or(Refusal::SafeUnobserved)?;
    let missing = total.saturating_sub(payable);
    if missing.is_zero() { Ok(()) } else { Err(Refusal::OverSafeBalance { total, payable, missing }) }
}
