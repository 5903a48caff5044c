//! LPT that moved without a batch: recorded, explained by two persons, sent back, or recorded wrongly.

use crate::batch::{Batch, How};
use crate::books::{Account, Transfer};
use crate::command::{
    ClassifyInflow, Payout, RecordInflow, RecordOutflow, RecordRefund, Seconded, SettleOutflow,
    WithdrawTransfer,
};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Payment, Stage, Submission};
use crate::suspense::{Direction, Unexplained};
use crate::value::{Address, Amount, Count, Digest, Seq, SubmissionNumber};
use crate::words::{Bucket, Seconding};

use super::nonces::seconded;
use super::sources::check_undoable;
use super::{Decision, positive, sum};

pub(super) fn record_inflow(program: &Program, asked: RecordInflow) -> Result<Decision, Refusal> {
    check_transfer(program, asked.amount, asked.sender, asked.tx_hash, asked.log_index)?;
    check_countable(program, asked.amount)?;
    let transfers = vec![Transfer { from: Account::Safe, to: Account::SuspenseIn, amount: asked.amount }];
    Ok(Decision { fact: Fact::InflowRecorded { asked: Box::new(asked) }, transfers })
}

/// It happened: all that can stand against it is that a batch counts it, or that the books do not know of the LPT yet.
pub(super) fn record_outflow(program: &Program, asked: RecordOutflow) -> Result<Decision, Refusal> {
    check_uncounted(program, &asked)?;
    read_outflow(program, asked)
}

/// The ledger knows the transfers of batches from others: it read all of the receipt.
pub(super) fn read_outflow(program: &Program, asked: RecordOutflow) -> Result<Decision, Refusal> {
    check_transfer(program, asked.amount, asked.recipient, asked.tx_hash, asked.log_index)?;
    check_booked(program, asked.amount)?;
    let transfers = vec![Transfer { from: Account::SuspenseOut, to: Account::Safe, amount: asked.amount }];
    Ok(Decision { fact: Fact::OutflowRecorded { asked: Box::new(asked) }, transfers })
}

/// What an executed batch paid is in the books. A transaction may hold other transfers, even executions of several
/// batches: only those are taken for a batch's own that go to a payee of it, with just that amount.
fn check_uncounted(program: &Program, asked: &RecordOutflow) -> Result<(), Refusal> {
    let Some(recipient) = asked.recipient else { return Ok(()) };
    let ends = program.nonces().filter_map(|nonce| nonce.end.as_ref());
    let mut executed = ends.filter(|end| end.tx_hash == asked.tx_hash).filter_map(|end| match end.how {
        How::Executed(batch) => program.batch(batch),
        How::Unpaid(_) => None,
    });
    let pays = |payout: &Payout| payout.payee == recipient && payout.amount == asked.amount;
    match executed.find(|batch| batch.payouts.iter().any(pays)) {
        Some(Batch { number: batch, .. }) => {
            Err(Refusal::PaidByBatch { batch: *batch, amount: asked.amount, recipient })
        }
        None => Ok(()),
    }
}

/// Nothing leaves the books that they do not know of.
fn check_booked(program: &Program, amount: Amount) -> Result<(), Refusal> {
    let booked = program.books().balance(Account::Safe);
    let missing = amount.saturating_sub(booked);
    if missing.is_zero() { Ok(()) } else { Err(Refusal::SafeShort { booked, missing }) }
}

/// A transfer of the chain is recorded once, whatever it was; the other side of it is not the Safe.
pub(super) fn check_transfer(
    program: &Program,
    amount: Amount,
    counterpart: Option<Address>,
    tx_hash: Digest,
    log_index: Count,
) -> Result<(), Refusal> {
    positive(amount)?;
    if let Some(address) = counterpart.filter(|address| *address == program.charter().safe) {
        return Err(Refusal::SafeItself { address });
    }
    if program.funded.contains_key(&(tx_hash, log_index)) {
        return Err(Refusal::FundingKnown { tx_hash: format!("0x{tx_hash}"), log_index });
    }
    Ok(())
}

/// All that ever came in can be counted.
pub(super) fn check_countable(program: &Program, amount: Amount) -> Result<(), Refusal> {
    let came = [Account::Contributed, Account::SuspenseIn].map(|account| program.books().balance(account));
    sum(came.into_iter().chain([amount])).map(|_| ())
}

pub(super) fn record_refund(program: &Program, asked: RecordRefund) -> Result<Decision, Refusal> {
    check_transfer(program, asked.amount, asked.sender, asked.tx_hash, asked.log_index)?;
    let submission = refundable(program, asked.submission, asked.amount)?;
    let transfers = refunded(program, submission, Account::Safe, asked.amount)?;
    Ok(Decision { fact: Fact::RefundRecorded { asked: Box::new(asked) }, transfers })
}

fn paid(submission: &Submission) -> Result<&Payment, Refusal> {
    match &submission.stage {
        Stage::Paid { payment, .. } => Ok(payment),
        stage => Err(Refusal::NotPaid { submission: submission.number, state: stage.name() }),
    }
}

/// A paid claim of which so much did not come back before.
fn refundable(program: &Program, number: SubmissionNumber, amount: Amount) -> Result<&Submission, Refusal> {
    let submission = program.submission(number)?;
    let kept = paid(submission)?.kept();
    let over = amount.saturating_sub(kept);
    if over.is_zero() { Ok(submission) } else { Err(Refusal::OverPaid { submission: number, kept, over }) }
}

/// The money of a refund: out of where it lies, and free again for the category, unless the period was closed.
fn refunded(
    program: &Program,
    submission: &Submission,
    from: Account,
    amount: Amount,
) -> Result<Vec<Transfer>, Refusal> {
    let (period, category) = (submission.period, submission.category);
    let line = |bucket| Account::Line(period, category, bucket);
    Ok(vec![
        Transfer { from, to: Account::Spent(period, category), amount },
        Transfer { from: line(Bucket::Expended), to: line(program.free_bucket(submission)?), amount },
    ])
}

/// What can still be explained.
fn open(program: &Program, event: Seq, direction: Direction) -> Result<&Unexplained, Refusal> {
    let item = program.suspense.get(&event).ok_or(Refusal::NoSuchTransfer { event })?;
    if item.direction != direction {
        let (what, instead) = match item.direction {
            Direction::In => ("inflow", "classify"),
            Direction::Out => ("outflow", "settle"),
        };
        return Err(Refusal::OtherDirection { event, what, instead });
    }
    check_unexplained(event, item)?;
    Ok(item)
}

fn check_unexplained(event: Seq, item: &Unexplained) -> Result<(), Refusal> {
    if item.withdrawn.is_some() {
        return Err(Refusal::FundingWithdrawn { event });
    }
    if item.explained.is_some() { Err(Refusal::ExplainedBefore { event }) } else { Ok(()) }
}

pub(super) fn classify_inflow(
    program: &Program,
    member: &Member,
    asked: ClassifyInflow,
) -> Result<Decision, Refusal> {
    let item = open(program, asked.event, Direction::In)?;
    let transfers = match asked.submission {
        None => {
            vec![Transfer { from: Account::SuspenseIn, to: Account::Contributed, amount: item.amount }]
        }
        Some(number) => {
            let submission = refundable(program, number, item.amount)?;
            refunded(program, submission, Account::SuspenseIn, item.amount)?
        }
    };
    let verdict = seconded(program, member, &item.voices, &asked.submission, asked.submission.as_slice())?;
    Ok(explained(
        Fact::InflowClassified { asked: Box::new(asked), outcome: Seconded { verdict } },
        verdict,
        transfers,
    ))
}

pub(super) fn settle_outflow(
    program: &Program,
    member: &Member,
    asked: SettleOutflow,
) -> Result<Decision, Refusal> {
    let item = open(program, asked.event, Direction::Out)?;
    let mut transfers = Vec::new();
    let mut lost = item.amount;
    if let Some(number) = asked.submission {
        let submission = program.submission(number)?;
        let from = match submission.stage {
            Stage::Approved { .. } => Bucket::Encumbered,
            Stage::InBatch { .. } => Bucket::Inflight,
            _ => return Err(Refusal::NotOwed { submission: number, state: submission.stage.name() }),
        };
        let owed = submission.revision.amount;
        let paid = item.amount.min(owed);
        lost = item.amount.saturating_sub(paid);
        let (period, category) = (submission.period, submission.category);
        let line = |bucket| Account::Line(period, category, bucket);
        transfers.extend([
            Transfer { from: Account::Spent(period, category), to: Account::SuspenseOut, amount: paid },
            Transfer { from: line(from), to: line(Bucket::Expended), amount: paid },
            Transfer {
                from: line(from),
                to: line(program.free_bucket(submission)?),
                amount: owed.saturating_sub(paid),
            },
        ]);
    }
    transfers.push(Transfer { from: Account::Lost, to: Account::SuspenseOut, amount: lost });
    let verdict = seconded(program, member, &item.voices, &asked.submission, asked.submission.as_slice())?;
    Ok(explained(
        Fact::OutflowSettled { asked: Box::new(asked), outcome: Seconded { verdict } },
        verdict,
        transfers,
    ))
}

/// Money moves with the second word.
fn explained(fact: Fact, verdict: Seconding, transfers: Vec<Transfer>) -> Decision {
    match verdict {
        Seconding::Counted => fact.into(),
        Seconding::Done => Decision { fact, transfers },
    }
}

/// The exact inverse of what was recorded, as long as nothing was built on it.
pub(super) fn withdraw_transfer(
    program: &Program,
    asked: WithdrawTransfer,
    by_ledger: bool,
) -> Result<Decision, Refusal> {
    let event = asked.event;
    let transfers = if let Some(refund) = program.refunds.get(&event) {
        check_undoable(by_ledger, event, refund.source)?;
        if refund.withdrawn.is_some() {
            return Err(Refusal::FundingWithdrawn { event });
        }
        let submission = program.submission(refund.submission)?;
        let (period, category) = (submission.period, submission.category);
        let line = |bucket| Account::Line(period, category, bucket);
        let free = program.free_bucket(submission)?;
        check_free(program, event, line(free), refund.amount)?;
        check_safe(program, event, refund.amount)?;
        vec![
            Transfer { from: Account::Spent(period, category), to: Account::Safe, amount: refund.amount },
            Transfer { from: line(free), to: line(Bucket::Expended), amount: refund.amount },
        ]
    } else {
        let item = program.suspense.get(&event).filter(|item| item.log_index.is_some());
        let item = item.ok_or(Refusal::NoSuchTransfer { event })?;
        check_undoable(by_ledger, event, item.source)?;
        check_unexplained(event, item)?;
        match item.direction {
            // No batch counts on what lies in suspense, but it may have left the Safe since.
            Direction::In => {
                check_booked(program, item.amount)?;
                vec![Transfer { from: Account::SuspenseIn, to: Account::Safe, amount: item.amount }]
            }
            Direction::Out => {
                vec![Transfer { from: Account::Safe, to: Account::SuspenseOut, amount: item.amount }]
            }
        }
    };
    Ok(Decision { fact: Fact::TransferWithdrawn { asked: Box::new(asked) }, transfers })
}

/// What came free by a refund was not promised to others since: what lapsed, not to another period.
fn check_free(program: &Program, event: Seq, account: Account, amount: Amount) -> Result<(), Refusal> {
    let mut free = program.books().balance(account);
    if let Account::Line(_, _, Bucket::Lapsed) = account {
        let held = program.held().ok_or(Refusal::AmountTooLarge)?;
        free = free.min(program.cap().saturating_sub(held));
    }
    let missing = amount.saturating_sub(free);
    if missing.is_zero() { Ok(()) } else { Err(Refusal::RefundUsed { event, amount, free, missing }) }
}

/// What batches may still pay stays in the books.
pub(super) fn check_safe(program: &Program, event: Seq, amount: Amount) -> Result<(), Refusal> {
    let spoken = sum([program.books().balance(Account::SuspenseIn), program.spoken_for()])?;
    let free = program.books().balance(Account::Safe).saturating_sub(spoken);
    let missing = amount.saturating_sub(free);
    if missing.is_zero() { Ok(()) } else { Err(Refusal::FundingNeeded { event, amount, free, missing }) }
}

impl Program {
    /// Where money goes that a claim does not need any more.
    pub(crate) fn free_bucket(&self, submission: &Submission) -> Result<Bucket, Refusal> {
        let closed = self.period(submission.period)?.is_closed();
        Ok(if closed { Bucket::Lapsed } else { Bucket::Available })
    }
}
