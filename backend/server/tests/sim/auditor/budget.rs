//! Periods and allotments.

use super::books::{Books, Move, line};
use super::limits::{check_program_cap, check_shares};
use super::people::next;
use super::rule::{Broken, Rule, broken, hold};
use super::state::{Period, State};
use super::value::{Fields, Wei, few};
use super::{Effect, Envelope};

/// The sum of amounts, as long as it can be counted.
pub fn sum(amounts: impl IntoIterator<Item = Wei>) -> Result<Wei, Broken> {
    let sum = amounts.into_iter().try_fold(0_u128, Wei::checked_add);
    sum.map_or_else(|| broken(Rule::Shape, "the amounts cannot be counted"), Ok)
}

pub fn open_period(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["cap", "ends_at", "kind", "starts_at"], &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["period"], &[])?;
    let (number, expected) = (outcome.number("period")?, next(&state.periods));
    hold(Rule::Number, number == expected, || format!("period {number}, not {expected}"))?;
    let period = Period {
        kind: asked.word("kind", &["month", "quarter"])?,
        cap: asked.money("cap")?,
        caps: vec![(asked.money("cap")?, envelope.seq, None)],
        starts_at: asked.time("starts_at")?,
        ends_at: asked.time("ends_at")?,
        span: [asked.text("starts_at")?.to_owned(), asked.text("ends_at")?.to_owned()],
        opened: envelope.seq,
        given: std::collections::BTreeMap::new(),
        closing: None,
    };
    let apart = |other: &Period| period.ends_at <= other.starts_at || other.ends_at <= period.starts_at;
    let span = period.starts_at < period.ends_at && state.periods.values().all(apart);
    hold(Rule::Span, span, || format!("a period from {} to {}", period.span[0], period.span[1]))?;
    check_program_cap(state, books, state.cap, period.cap)?;
    let floors = sum(state.categories.iter().map(|category| category.floor))?;
    hold(Rule::Floors, floors <= period.cap, || format!("floors {floors} over the cap {}", period.cap))?;
    let moves = vec![Move::new(format!("{number}/authority"), format!("{number}/unallotted"), period.cap)];
    state.periods.insert(number, period);
    Ok(moves)
}

pub fn allot(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["allotments", "period"], &["reason"])?;
    let reason = asked.maybe("reason", Fields::digest)?.map(str::to_owned);
    let number = asked.number("period")?;
    let mut allotments = Vec::new();
    for allotment in asked.list("allotments")? {
        let fields = Fields::of("allotment", Some(allotment), &["amount", "category"], &[])?;
        allotments.push((fields.slug("category")?, fields.amount("amount")?));
    }
    let named: Vec<&str> = allotments.iter().map(|(slug, _)| *slug).collect();
    few("allotments", &named, 100)?;
    let State { categories, periods, .. } = state;
    let Some(period) = periods.get_mut(&number) else {
        return broken(Rule::Unknown, format!("no period {number}"));
    };
    hold(Rule::Closed, period.closing.is_none(), || format!("period {number} is closed"))?;
    let unallotted = format!("{number}/unallotted");
    let mut moves = Vec::new();
    for (slug, amount) in allotments {
        let Some(category) = categories.iter().find(|category| category.slug == slug) else {
            return broken(Rule::Unknown, format!("no category {slug}"));
        };
        hold(Rule::Ceiling, amount <= category.ceiling, || format!("{slug} is given {amount}"))?;
        let (before, available) = (period.allotment(slug), line(number, slug, "available"));
        hold(Rule::Reason, amount >= before || reason.is_some(), || format!("{slug} is lowered"))?;
        moves.push(if amount >= before {
            Move::new(unallotted.clone(), available, amount - before)
        } else {
            Move::new(available, unallotted.clone(), before - amount)
        });
        period.given.entry(slug.to_owned()).or_default().push((amount, envelope.seq, reason.clone()));
    }
    check_shares(categories, period)?;
    Ok(moves)
}
