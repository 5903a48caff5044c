//! The end of a period: nothing is left undecided or promised, and what is left over goes back.

use crate::books::{Account, Transfer};
use crate::command::ClosePeriod;
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Amount, Count, PeriodNumber, Timestamp};
use crate::words::Bucket;

use super::Decision;

/// What was approved stays where it is: it is paid in the period that approved it.
pub(super) fn close_period(
    program: &Program,
    asked: &ClosePeriod,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let period = program.unclosed(asked.period)?;
    // Until then people may still claim for work done in it, which nobody may cut short.
    let until = period.claims_until(program.policy_at(at));
    if at < until {
        return Err(Refusal::PeriodRuns { period: period.number, until });
    }
    let claims = program.totals().undecided(period.number);
    if claims > 0 {
        return Err(Refusal::UndecidedClaims { period: period.number, claims: Count::new(claims) });
    }
    check_bounties(program, period.number)?;
    let mut transfers: Vec<Transfer> = Vec::new();
    for category in program.categories() {
        let account = |bucket| Account::Line(period.number, category.slug, bucket);
        let amount = program.available(period.number, category.slug);
        transfers.push(Transfer { from: account(Bucket::Available), to: account(Bucket::Lapsed), amount });
    }
    let unallotted = Account::Unallotted(period.number);
    transfers.push(Transfer {
        from: unallotted,
        to: Account::Authority(period.number),
        amount: program.books().balance(unallotted),
    });
    Ok(Decision { fact: Fact::PeriodClosed { asked: Box::new(*asked) }, transfers })
}

/// No bounty of the period still promises anything.
fn check_bounties(program: &Program, period: PeriodNumber) -> Result<(), Refusal> {
    let reserved = |slug| program.books().line(period, slug, Bucket::Reserved);
    if program.categories().iter().all(|category| reserved(category.slug).is_zero()) {
        return Ok(());
    }
    // Looked for only to be named.
    for bounty in program.bounties().filter(|bounty| bounty.period == period) {
        let promised = bounty.promised().unwrap_or(Amount::ZERO);
        if !promised.is_zero() {
            return Err(Refusal::BountyPromises { bounty: bounty.number, promised, period });
        }
    }
    Ok(())
}
