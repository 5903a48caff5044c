//! Bounties: what they offer, who has taken their slots, and what a closed one still promises.

use super::books::Move;
use super::people::next;
use super::rule::{Broken, Rule, broken, hold};
use super::state::{Bounty, State, Take};
use super::value::{Fields, Micros, Wei, plus_hours};
use super::{Effect, Envelope};

pub fn post_bounty(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed =
        ["brief", "category", "closes_at", "function", "opens_at", "period", "probe", "reward", "slots"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["template"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["bounty"], &[])?;
    let (number, expected) = (outcome.number("bounty")?, next(&state.bounties));
    hold(Rule::Number, number == expected, || format!("bounty {number}, not {expected}"))?;
    let bounty = Bounty {
        period: asked.number("period")?,
        category: asked.slug("category")?.to_owned(),
        function: asked.slug("function")?.to_owned(),
        brief: asked.digest("brief")?.to_owned(),
        probe: asked.word("probe", &["no", "yes"])?,
        reward: asked.money("reward")?,
        template: asked.maybe("template", Fields::slug)?.map(str::to_owned),
        slots: asked.count("slots")?,
        used: 0,
        takes: Vec::new(),
        closed: None,
        opens_at: asked.time("opens_at")?,
        closes_at: asked.time("closes_at")?,
        window: [asked.text("opens_at")?.to_owned(), asked.text("closes_at")?.to_owned()],
        posted: envelope.seq,
    };
    let known = state.category(&bounty.category).is_some();
    hold(Rule::Unknown, known, || format!("no category {}", bounty.category))?;
    let Some(period) = state.periods.get(&bounty.period) else {
        return broken(Rule::Unknown, format!("no period {}", bounty.period));
    };
    hold(Rule::Closed, period.closing.is_none(), || format!("period {} is closed", bounty.period))?;
    hold(Rule::Slots, (1..=1_000).contains(&bounty.slots), || format!("{} slots", bounty.slots))?;
    hold(Rule::Span, bounty.opens_at < bounty.closes_at, || "a window that does not end".to_owned())?;
    let until = plus_hours(period.ends_at, state.policy_at(envelope.at).claim_grace_hours);
    // A moment after the event, in the window, and in the time for claims.
    let first = envelope.at.max(bounty.opens_at).max(period.starts_at);
    let usable = first < bounty.closes_at && first < until;
    hold(Rule::Window, usable, || format!("nobody can claim from {first} on"))?;
    let Some(reserve) = bounty.reward.checked_mul(Wei::from(bounty.slots)) else {
        return broken(Rule::Shape, "a reserve that cannot be counted");
    };
    let limit = state.policy_at(envelope.at).probe_limit;
    let within = bounty.probe == "no" || reserve <= limit;
    hold(Rule::Probe, within, || format!("a probe of {reserve}, not {limit}"))?;
    let moves = vec![Move::within(bounty.period, &bounty.category, "available", "reserved", reserve)];
    state.bounties.insert(number, bounty);
    Ok(moves)
}

/// What a bounty promises: its reward for each slot left; once it is closed, for those that claims wait for.
pub fn promised(state: &State, number: u32) -> Wei {
    let Some(bounty) = state.bounties.get(&number) else { return 0 };
    let waiting = state.claims.values().filter(|claim| claim.waits_for() == Some(number)).count();
    let waiting = bounty.closed.and_then(|_| u64::try_from(waiting).ok());
    let slots = waiting.map_or(bounty.left(), |waiting| waiting.min(bounty.left()));
    bounty.reward.saturating_mul(Wei::from(slots))
}

/// The movement that makes of what a bounty promised before what it promises now.
pub fn promised_anew(state: &State, number: u32, before: Wei) -> Vec<Move> {
    let Some(bounty) = state.bounties.get(&number) else { return Vec::new() };
    let now = promised(state, number);
    let within = |from, to, amount| Move::within(bounty.period, &bounty.category, from, to, amount);
    match now.checked_sub(before) {
        Some(more) => vec![within("available", "reserved", more)],
        None => vec![within("reserved", "available", before - now)],
    }
}

/// A slot is left that nobody but the member's person has taken.
pub fn check_slot(
    state: &State,
    bounty: &Bounty,
    number: u32,
    member: u32,
    at: Micros,
) -> Result<(), Broken> {
    hold(Rule::SlotLeft, bounty.left() > 0, || format!("bounty {number} has no slot left"))?;
    hold(Rule::SlotTaken, bounty.is_free_for(&state.accounts(member), at), || {
        format!("others have taken the slots of bounty {number}")
    })
}

pub fn check_open(bounty: &Bounty, number: u32) -> Result<(), Broken> {
    hold(Rule::Ended, bounty.closed.is_none(), || format!("bounty {number} is closed"))
}

/// Which bounty, and whose slot.
fn slot(state: &State, envelope: &Envelope<'_>, asked: &Fields<'_>) -> Result<(u32, u32), Broken> {
    let number = asked.number("bounty")?;
    hold(Rule::Unknown, state.bounties.contains_key(&number), || format!("no bounty {number}"))?;
    let actor = envelope.actor.unwrap_or_default();
    let member = asked.maybe("member", Fields::number)?.unwrap_or(actor);
    let leads = state.members.get(&actor).is_some_and(|actor| actor.holds("lead"));
    hold(Rule::SlotOwner, state.is_same(member, actor) || leads, || format!("a slot of member {member}"))?;
    hold(Rule::Unknown, state.members.contains_key(&member), || format!("no member {member}"))?;
    Ok((number, member))
}

pub fn take(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["bounty"], &["member"])?;
    let (number, member) = slot(state, envelope, &asked)?;
    let (at, hours) = (envelope.at, state.policy_at(envelope.at).slot_hours);
    let Some(bounty) = state.bounties.get(&number) else { return Ok(Vec::new()) };
    check_open(bounty, number)?;
    hold(Rule::FilingTime, at < bounty.closes_at, || format!("bounty {number} is over"))?;
    let has = bounty.taken(at).any(|take| state.is_same(take.member, member));
    hold(Rule::SlotHeld, !has, || format!("member {member} has a slot already"))?;
    check_slot(state, bounty, number, member, at)?;
    let (until, _) = until(&data, at, hours)?;
    let Some(bounty) = state.bounties.get_mut(&number) else { return Ok(Vec::new()) };
    bounty.takes.push(Take { member, until, claim: None });
    Ok(Vec::new())
}

/// When something that stands for a while ends, and as the event writes it.
pub fn until<'a>(data: &Fields<'a>, at: Micros, hours: u64) -> Result<(Micros, &'a str), Broken> {
    let outcome = Fields::of("outcome", data.value("outcome"), &["until"], &[])?;
    let (until, expected) = (outcome.time("until")?, plus_hours(at, hours));
    hold(Rule::Until, until == expected, || format!("until {until}, not {expected}"))?;
    Ok((until, outcome.text("until")?))
}

pub fn release(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["bounty"], &["member"])?;
    let (number, member) = slot(state, envelope, &asked)?;
    let accounts = state.accounts(member);
    let Some(bounty) = state.bounties.get_mut(&number) else { return Ok(Vec::new()) };
    let unclaimed = |take: &Take| accounts.contains(&take.member) && take.claim.is_none();
    let stands = bounty.takes.iter().any(|take| unclaimed(take) && envelope.at < take.until);
    hold(Rule::SlotHeld, stands, || format!("member {member} has no slot to give back"))?;
    bounty.takes.retain(|take| !unclaimed(take));
    Ok(Vec::new())
}

pub fn close(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["bounty", "reason"], &[])?;
    asked.digest("reason")?;
    let number = asked.number("bounty")?;
    let before = promised(state, number);
    let Some(bounty) = state.bounties.get_mut(&number) else {
        return broken(Rule::Unknown, format!("no bounty {number}"));
    };
    check_open(bounty, number)?;
    bounty.closed = Some(envelope.seq);
    bounty.takes.retain(|take| take.claim.is_some());
    Ok(promised_anew(state, number, before))
}

/// The slot that a claim was made of is taken no longer.
pub fn let_go(state: &mut State, claim: u32) {
    for bounty in state.bounties.values_mut() {
        bounty.takes.retain(|take| take.claim != Some(claim));
    }
}
