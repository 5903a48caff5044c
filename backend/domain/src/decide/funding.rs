//! Money that came into the Safe, and what is taken back because it was recorded wrongly.

use crate::books::{Account, Transfer};
use crate::command::{RecordFunding, WithdrawFunding};
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::words::Source;

use super::{Decision, positive, sum};

pub(super) fn record_funding(program: &Program, asked: &RecordFunding) -> Result<Decision, Refusal> {
    positive(asked.amount)?;
    if program.funded.contains_key(&(asked.tx_hash, asked.log_index)) {
        return Err(Refusal::FundingKnown { tx_hash: asked.tx_hash, log_index: asked.log_index });
    }
    sum([program.books().balance(Account::Safe), asked.amount])?;
    Ok(Decision {
        fact: Fact::FundingRecorded { asked: Box::new(*asked) },
        transfers: vec![Transfer { from: Account::Safe, to: Account::Contributed, amount: asked.amount }],
    })
}

/// The exact inverse of a funding that somebody attested; the same transfer may be recorded again after it.
pub(super) fn withdraw_funding(program: &Program, asked: &WithdrawFunding) -> Result<Decision, Refusal> {
    let funding = program.funding(asked.event)?;
    match funding.source {
        // Only a person's word is taken back.
        Source::Attested => {}
    }
    if funding.withdrawn.is_some() {
        return Err(Refusal::FundingWithdrawn { event: asked.event });
    }
    // What batches were proposed to pay must stay in the books until the chain says what became of them.
    let spoken = sum([program.books().balance(Account::SuspenseIn), program.totals().batched()])?;
    let free = program.books().balance(Account::Safe).saturating_sub(spoken);
    let missing = funding.amount.saturating_sub(free);
    if !missing.is_zero() {
        let (event, amount) = (asked.event, funding.amount);
        return Err(Refusal::FundingNeeded { event, amount, free, missing });
    }
    Ok(Decision {
        fact: Fact::FundingWithdrawn { asked: Box::new(*asked) },
        transfers: vec![Transfer { from: Account::Contributed, to: Account::Safe, amount: funding.amount }],
    })
}
