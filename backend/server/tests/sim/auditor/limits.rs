//! The budget in motion: caps, ranges, moves, and the end of a period.

use super::books::{Books, Move, line};
use super::budget::sum;
use super::offers::promised;
use super::rule::{Broken, Rule, broken, hold};
use super::state::{Category, Closing, Period, State};
use super::value::{Fields, Wei, distinct, plus_hours};
use super::{Effect, Envelope};

/// What periods hold of the program's cap: the authority of each, less what lapsed in it.
pub fn held(state: &State, books: &Books) -> Result<Wei, Broken> {
    sum(state.periods.iter().map(|(number, period)| {
        let lapsed = |category: &Category| books.balance(&line(*number, &category.slug, "lapsed"));
        let lapsed: Wei = state.categories_of(period).iter().map(lapsed).sum();
        books.balance(&format!("{number}/authority")) - lapsed
    }))
}

/// The program's cap carries what periods hold, and more.
pub fn check_program_cap(state: &State, books: &Books, cap: Wei, more: Wei) -> Result<(), Broken> {
    let held = sum([held(state, books)?, more])?;
    hold(Rule::ProgramCap, held <= cap, || format!("{held} over {cap}"))
}

/// What is allotted stays within the cap, and leaves what floors need.
pub fn check_shares(categories: &[Category], period: &Period) -> Result<(), Broken> {
    let total = sum(categories.iter().map(|category| period.allotment(&category.slug)))?;
    hold(Rule::Cap, total <= period.cap, || format!("{total} of {} allotted", period.cap))?;
    let needed = sum(categories
        .iter()
        .map(|category| category.floor.saturating_sub(period.allotment(&category.slug))))?;
    let left = period.cap - total;
    hold(Rule::Floors, left >= needed, || format!("{left} left, floors need {needed}"))
}

/// A period in which things still happen.
fn unclosed(state: &mut State, number: u32) -> Result<&mut Period, Broken> {
    match state.periods.get_mut(&number) {
        None => broken(Rule::Unknown, format!("no period {number}")),
        Some(period) if period.closing.is_some() => {
            broken(Rule::Closed, format!("period {number} is closed"))
        }
        Some(period) => Ok(period),
    }
}

pub fn change_cap(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["cap", "period", "reason"], &[])?;
    let (number, cap) = (asked.number("period")?, asked.money("cap")?);
    let reason = asked.digest("reason")?.to_owned();
    let before = unclosed(state, number)?.cap;
    hold(Rule::Unchanged, cap != before, || format!("the cap is {cap} already"))?;
    if cap > before {
        check_program_cap(state, books, state.cap, cap - before)?;
    }
    let categories = state.categories.clone();
    let period = unclosed(state, number)?;
    period.cap = cap;
    period.caps.push((cap, envelope.seq, Some(reason)));
    check_shares(&categories, period)?;
    let (authority, unallotted) = (format!("{number}/authority"), format!("{number}/unallotted"));
    Ok(vec![if cap > before {
        Move::new(authority, unallotted, cap - before)
    } else {
        Move::new(unallotted, authority, before - cap)
    }])
}

pub fn change_limits(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["categories", "reason"], &["cap"])?;
    asked.digest("reason")?;
    let mut categories = state.categories.clone();
    let mut named = Vec::new();
    for value in asked.list("categories")? {
        let fields = Fields::of("category", Some(value), &["ceiling", "floor", "slug"], &[])?;
        let category = Category {
            slug: fields.slug("slug")?.to_owned(),
            floor: fields.amount("floor")?,
            ceiling: fields.money("ceiling")?,
        };
        let known = categories.iter().position(|known| known.slug == category.slug);
        let place = known.unwrap_or(categories.len());
        named.push(category.slug.clone());
        if let Some(known) = known {
            categories[known] = category.clone();
        } else {
            categories.push(category.clone());
        }
        state.ranges.push((envelope.seq, place, category));
    }
    distinct("categories", &named)?;
    hold(Rule::List, categories.len() <= 16, || format!("{} categories", categories.len()))?;
    let cap = asked.maybe("cap", Fields::money)?.unwrap_or(state.cap);
    hold(Rule::Unchanged, cap != state.cap || categories != state.categories, || {
        "nothing changes".to_owned()
    })?;
    check_program_cap(state, books, cap, 0)?;
    let floors = sum(categories.iter().map(|category| category.floor))?;
    sum(categories.iter().map(|category| category.ceiling))?;
    let ranges = categories.iter().all(|category| category.floor <= category.ceiling);
    hold(Rule::Floors, floors <= cap && ranges, || format!("floors {floors} over the cap {cap}"))?;
    for period in state.periods.values().filter(|period| period.closing.is_none()) {
        let within = |category: &Category| period.allotment(&category.slug) <= category.ceiling;
        hold(Rule::Ceiling, categories.iter().all(within), || "a period has more".to_owned())?;
        check_shares(&categories, period)?;
    }
    (state.cap, state.categories) = (cap, categories);
    Ok(Vec::new())
}

pub fn move_allotment(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["amount", "from", "period", "reason", "to"], &[])?;
    let (number, amount) = (asked.number("period")?, asked.money("amount")?);
    let (from, to, reason) = (asked.slug("from")?, asked.slug("to")?, asked.digest("reason")?.to_owned());
    distinct("from and to", &[from, to])?;
    let available = books.balance(&line(number, from, "available"));
    hold(Rule::Negative, amount <= available, || format!("{amount} of {available} on {from}"))?;
    let categories = state.categories.clone();
    let category = |slug: &str| categories.iter().find(|category| category.slug == slug);
    let (Some(_), Some(receiver)) = (category(from), category(to)) else {
        return broken(Rule::Unknown, format!("no category {from} or {to}"));
    };
    let period = unclosed(state, number)?;
    let (less, more) = (period.allotment(from) - amount, sum([period.allotment(to), amount])?);
    hold(Rule::Ceiling, more <= receiver.ceiling, || format!("{to} is given {more}"))?;
    for (slug, amount) in [(from, less), (to, more)] {
        period.given.entry(slug.to_owned()).or_default().push((amount, envelope.seq, Some(reason.clone())));
    }
    check_shares(&categories, period)?;
    Ok(vec![Move::new(line(number, from, "available"), line(number, to, "available"), amount)])
}

pub fn close_period(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["period", "variance"], &[])?;
    let (number, variance) = (asked.number("period")?, asked.digest("variance")?.to_owned());
    let grace = state.policy_at(envelope.at).claim_grace_hours;
    let until = plus_hours(unclosed(state, number)?.ends_at, grace);
    hold(Rule::Closing, envelope.at >= until, || format!("claims are taken until {until}"))?;
    let undecided = state.claims.values().find(|claim| claim.period == number && claim.stage.is_open());
    hold(Rule::Closing, undecided.is_none(), || "a claim is undecided".to_owned())?;
    let mut bounties = state.bounties.iter().filter(|(_, bounty)| bounty.period == number);
    let promising = bounties.find(|(bounty, _)| promised(state, **bounty) > 0);
    hold(Rule::Closing, promising.is_none(), || "a bounty still promises".to_owned())?;
    let categories = state.categories.clone();
    let (seq, at) = (envelope.seq, envelope.at_text.to_owned());
    let mut moves: Vec<Move> = Vec::new();
    for category in &categories {
        let free = books.balance(&line(number, &category.slug, "available"));
        moves.push(Move::within(number, &category.slug, "available", "lapsed", free));
    }
    let unallotted = format!("{number}/unallotted");
    let left = books.balance(&unallotted);
    moves.push(Move::new(unallotted, format!("{number}/authority"), left));
    unclosed(state, number)?.closing = Some(Closing { seq, at, variance, categories });
    Ok(moves)
}
