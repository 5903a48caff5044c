//! What a program, its periods and its categories may be given, and how that changes. Keeps I4 and I5.

use crate::books::{Account, Transfer};
use crate::command::{Category, ChangeCap, ChangeLimits};
use crate::event::Fact;
use crate::limits::Limits;
use crate::period::Period;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Amount, Count, Slug};

use super::setup::MAX_CATEGORIES;
use super::{Decision, distinct_list, positive, sum};

pub(super) fn change_cap(program: &Program, asked: &ChangeCap) -> Result<Decision, Refusal> {
    positive(asked.cap)?;
    let period = program.unclosed(asked.period)?;
    if asked.cap == period.cap {
        return Err(Refusal::NothingChanges);
    }
    let (authority, unallotted) = (Account::Authority(asked.period), Account::Unallotted(asked.period));
    let transfer = if let Some(more) = asked.cap.checked_sub(period.cap) {
        check_program_cap(program, program.cap(), more)?;
        Transfer { from: authority, to: unallotted, amount: more }
    } else {
        check_allotments(program.categories(), asked.cap, |slug| period.allotment(slug))?;
        Transfer { from: unallotted, to: authority, amount: period.cap.saturating_sub(asked.cap) }
    };
    Ok(Decision { fact: Fact::CapChanged { asked: Box::new(*asked) }, transfers: vec![transfer] })
}

pub(super) fn change_limits(program: &Program, asked: &ChangeLimits) -> Result<Decision, Refusal> {
    let named: Vec<Slug> = asked.categories.iter().map(|category| category.slug).collect();
    distinct_list("categories", &named, MAX_CATEGORIES)?;
    let after = program.limits.changed(asked);
    if after == *program.limits {
        return Err(Refusal::NothingChanges);
    }
    check_limits(&after)?;
    check_program_cap(program, after.cap, Amount::ZERO)?;
    for period in program.periods().filter(|period| !period.is_closed()) {
        check_period(program, period, &after)?;
    }
    Ok(Fact::LimitsChanged { asked: Box::new(asked.clone()) }.into())
}

/// Limits that make sense by themselves, before anything is given.
pub(super) fn check_limits(limits: &Limits) -> Result<(), Refusal> {
    positive(limits.cap)?;
    let short = u32::try_from(limits.categories.len()).is_ok_and(|length| length <= MAX_CATEGORIES);
    if !short {
        return Err(Refusal::TooMany { list: "categories", limit: Count::new(MAX_CATEGORIES) });
    }
    for category in &limits.categories {
        positive(category.ceiling)?;
        if category.floor > category.ceiling {
            return Err(Refusal::FloorAboveCeiling {
                category: category.slug,
                floor: category.floor,
                ceiling: category.ceiling,
            });
        }
    }
    let floors = sum(limits.categories.iter().map(|category| category.floor))?;
    sum(limits.categories.iter().map(|category| category.ceiling))?;
    if floors > limits.cap {
        return Err(Refusal::FloorsAboveCap { floors, cap: limits.cap });
    }
    Ok(())
}

/// I4 and I5 of a period under other limits.
fn check_period(program: &Program, period: &Period, limits: &Limits) -> Result<(), Refusal> {
    for category in &limits.categories {
        let allotment = period.allotment(category.slug);
        if allotment > category.ceiling {
            return Err(Refusal::CeilingBelowAllotment {
                category: category.slug,
                ceiling: category.ceiling,
                allotment,
                period: period.number,
            });
        }
    }
    let unallotted = program.books().balance(Account::Unallotted(period.number));
    let needed = floors_needed(&limits.categories, |slug| period.allotment(slug))?;
    if unallotted < needed {
        return Err(Refusal::FloorsUnfunded { period: period.number, unallotted, needed });
    }
    Ok(())
}

/// What periods hold of the program's cap, and `more`: what lapsed went back to the program.
pub(super) fn check_program_cap(program: &Program, cap: Amount, more: Amount) -> Result<(), Refusal> {
    let held = program.held().ok_or(Refusal::AmountTooLarge)?;
    let held = sum([held, more])?;
    if held > cap { Err(Refusal::OverProgramCap { excess: held.saturating_sub(cap), cap }) } else { Ok(()) }
}

/// I5: allotments stay within a period's cap, and leave what other floors need.
pub(super) fn check_allotments(
    categories: &[Category],
    cap: Amount,
    given: impl Fn(Slug) -> Amount,
) -> Result<(), Refusal> {
    let total = sum(categories.iter().map(|category| given(category.slug)))?;
    if total > cap {
        return Err(Refusal::OverCap { excess: total.saturating_sub(cap), cap });
    }
    let left = cap.saturating_sub(total);
    let needed = floors_needed(categories, given)?;
    if left < needed { Err(Refusal::FloorNeeded { left, needed }) } else { Ok(()) }
}

/// What a period's categories still need to reach their floors.
pub(super) fn floors_needed(
    categories: &[Category],
    given: impl Fn(Slug) -> Amount,
) -> Result<Amount, Refusal> {
    sum(categories.iter().map(|category| category.floor.saturating_sub(given(category.slug))))
}
