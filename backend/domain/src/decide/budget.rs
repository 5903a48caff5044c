//! Periods and allotments: what may be promised. Keeps I3, I4 and I5.

use crate::books::{Account, Transfer};
use crate::command::{Allot, OpenPeriod, PeriodOpened};
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Amount, PeriodNumber, Slug};
use crate::words::Bucket;

use super::setup::floors_needed;
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
    let program_cap = program.charter().cap;
    let caps = sum(program.periods().map(|period| period.cap).chain([asked.cap]))?;
    if caps > program_cap {
        return Err(Refusal::OverProgramCap { excess: caps.saturating_sub(program_cap), cap: program_cap });
    }
    let floors = floors_needed(program, |_| Amount::ZERO)?;
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

/// Refusals in this order: above a ceiling, over the cap, a floor that would starve, below what is promised.
pub(super) fn allot(program: &Program, asked: &Allot) -> Result<Decision, Refusal> {
    let period = program.period(asked.period)?;
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
    let total = sum(program.categories().iter().map(|category| given(category.slug)))?;
    if total > period.cap {
        return Err(Refusal::OverCap { excess: total.saturating_sub(period.cap), cap: period.cap });
    }
    let left = period.cap.saturating_sub(total);
    let needed = floors_needed(program, given)?;
    if left < needed {
        return Err(Refusal::FloorNeeded { left, needed });
    }
    let mut transfers = Vec::new();
    for allotment in &asked.allotments {
        transfers.push(reallot(program, asked.period, allotment.category, allotment.amount)?);
    }
    Ok(Decision { fact: Fact::Allotted { asked: Box::new(asked.clone()) }, transfers })
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
        return Err(Refusal::BelowCommitted { category, asked: amount, committed });
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
