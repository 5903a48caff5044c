//! Periods and allotments: what may be promised. Keeps I3, I4 and I5.

use crate::books::{Account, Transfer};
use crate::command::{Allot, Allotment, MoveAllotment, OpenPeriod, PeriodOpened};
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Amount, PeriodNumber, Slug};
use crate::words::Bucket;

use super::limits::{check_allotments, check_program_cap, floors_needed};
use super::{Decision, MAX_LIST, checked_list, next_number, positive, sum};

pub(super) fn open_period(program: &Program, asked: &OpenPeriod) -> Result<Decision, Refusal> {
    positive(asked.cap)?;
    if asked.starts_at >= asked.ends_at {
        return Err(Refusal::EmptySpan { from: asked.starts_at, to: asked.ends_at });
    }
    let overlaps =
        program.periods().find(|period| asked.starts_at < period.ends_at && period.starts_at < asked.ends_at);
    if let Some(period) = overlaps {
        return Err(Refusal::PeriodOverlaps { period: period.number });
    }
    check_program_cap(program, program.cap(), asked.cap)?;
    let floors = floors_needed(program.categories(), |_| Amount::ZERO)?;
    if floors > asked.cap {
        return Err(Refusal::FloorsAboveCap { floors, cap: asked.cap });
    }
    let last = program.periods.last().map(|(number, _)| *number);
    let period = next_number(last, PeriodNumber::FIRST, PeriodNumber::next, "periods")?;
    Ok(Decision {
        fact: Fact::PeriodOpened { asked: Box::new(*asked), outcome: PeriodOpened { period } },
        transfers: vec![Transfer {
            from: Account::Authority(period),
            to: Account::Unallotted(period),
            amount: asked.cap,
        }],
    })
}

/// Refusals in this order: above a ceiling, over the cap, a floor that would starve, below what is promised, lowered
/// without a reason.
pub(super) fn allot(program: &Program, asked: &Allot) -> Result<Decision, Refusal> {
    let period = program.unclosed(asked.period)?;
    let named: Vec<Slug> = asked.allotments.iter().map(|allotment| allotment.category).collect();
    checked_list("allotments", &named, MAX_LIST)?;
    for allotment in &asked.allotments {
        let category = program.category(allotment.category)?;
        if allotment.amount > category.ceiling {
            return Err(Refusal::AboveCeiling {
                category: category.slug,
                asked: allotment.amount,
                ceiling: category.ceiling,
            });
        }
    }
    let given = |slug: Slug| {
        let asked = asked.allotments.iter().find(|allotment| allotment.category == slug);
        asked.map_or_else(|| period.allotment(slug), |allotment| allotment.amount)
    };
    check_allotments(program.categories(), period.cap, given)?;
    let mut transfers = Vec::new();
    for allotment in &asked.allotments {
        transfers.push(reallot(program, asked.period, allotment.category, allotment.amount)?);
    }
    if asked.reason.is_none() {
        for Allotment { amount, category } in asked.allotments.iter().copied() {
            let before = period.allotment(category);
            if amount < before {
                return Err(Refusal::ReasonNeeded { category, before, after: amount });
            }
        }
    }
    Ok(Decision { fact: Fact::Allotted { asked: Box::new(asked.clone()) }, transfers })
}

/// Refusals in this order: above a ceiling, more than is available, a floor that would starve.
pub(super) fn move_allotment(program: &Program, asked: &MoveAllotment) -> Result<Decision, Refusal> {
    positive(asked.amount)?;
    let period = program.unclosed(asked.period)?;
    let (from, to) = (program.category(asked.from)?, program.category(asked.to)?);
    checked_list("from and to", &[from.slug, to.slug], MAX_LIST)?;
    let more = sum([period.allotment(to.slug), asked.amount])?;
    if more > to.ceiling {
        return Err(Refusal::AboveCeiling { category: to.slug, asked: more, ceiling: to.ceiling });
    }
    check_available(program, asked.period, from.slug, asked.amount)?;
    let less = period.allotment(from.slug).saturating_sub(asked.amount);
    check_allotments(program.categories(), period.cap, |slug| match slug {
        slug if slug == from.slug => less,
        slug if slug == to.slug => more,
        slug => period.allotment(slug),
    })?;
    let available = |slug| Account::Line(asked.period, slug, Bucket::Available);
    let transfer = Transfer { from: available(from.slug), to: available(to.slug), amount: asked.amount };
    Ok(Decision { fact: Fact::AllotmentMoved { asked: Box::new(*asked) }, transfers: vec![transfer] })
}

/// What moves when a category's allotment becomes `amount`.
fn reallot(
    program: &Program,
    period: PeriodNumber,
    category: Slug,
    amount: Amount,
) -> Result<Transfer, Refusal> {
    let before = program.period(period)?.allotment(category);
    let unallotted = Account::Unallotted(period);
    let available = Account::Line(period, category, Bucket::Available);
    if let Some(more) = amount.checked_sub(before) {
        return Ok(Transfer { from: unallotted, to: available, amount: more });
    }
    let less = before.saturating_sub(amount);
    let free = program.available(period, category);
    if less > free {
        let committed = before.saturating_sub(free);
        return Err(Refusal::BelowCommitted { category, asked: amount, committed, lower: free });
    }
    Ok(Transfer { from: available, to: unallotted, amount: less })
}

/// I3: nothing is promised beyond what is available.
pub(super) fn check_available(
    program: &Program,
    period: PeriodNumber,
    category: Slug,
    needed: Amount,
) -> Result<(), Refusal> {
    let available = program.available(period, category);
    match needed.checked_sub(available) {
        Some(missing) if !missing.is_zero() => {
            Err(Refusal::OverBudget { category, available, needed, missing })
        }
        _ => Ok(()),
    }
}
