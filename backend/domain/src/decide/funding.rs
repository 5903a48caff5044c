//! Money that came into the Safe, and what is taken back because it was recorded wrongly.

use crate::books::{Account, Transfer};
use crate::command::{RecordFunding, WithdrawFunding};
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::Address;

use super::Decision;
use super::sources::check_undoable;
use super::suspense::{check_countable, check_safe, check_transfer};

pub(super) fn record_funding(program: &Program, asked: &RecordFunding) -> Result<Decision, Refusal> {
    check_transfer(program, asked.amount, asked.sender, asked.tx_hash, asked.log_index)?;
    check_countable(program, asked.amount)?;
    Ok(Decision {
        fact: Fact::FundingRecorded { asked: Box::new(*asked) },
        transfers: vec![Transfer { from: Account::Safe, to: Account::Contributed, amount: asked.amount }],
    })
}

/// What a known funder sent is funding; what anybody else sends is not for the ledger to say.
pub(super) fn read_funding(program: &Program, asked: &RecordFunding) -> Result<Decision, Refusal> {
    if !asked.sender.is_some_and(|sender| program.is_funder(&sender)) {
        return Err(Refusal::UnknownFunder { sender: asked.sender.unwrap_or(Address::ZERO) });
    }
    record_funding(program, asked)
}

/// The exact inverse of a funding; the same transfer may be recorded again after it.
pub(super) fn withdraw_funding(
    program: &Program,
    asked: &WithdrawFunding,
    by_ledger: bool,
) -> Result<Decision, Refusal> {
    let funding = program.funding(asked.event)?;
    check_undoable(by_ledger, asked.event, funding.source)?;
    if funding.withdrawn.is_some() {
        return Err(Refusal::FundingWithdrawn { event: asked.event });
    }
    // What batches were proposed to pay must stay in the books until the chain says what became of them.
    check_safe(program, asked.event, funding.amount)?;
    Ok(Decision {
        fact: Fact::FundingWithdrawn { asked: Box::new(*asked) },
        transfers: vec![Transfer { from: Account::Contributed, to: Account::Safe, amount: funding.amount }],
    })
}
