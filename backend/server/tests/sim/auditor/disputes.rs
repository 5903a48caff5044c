//! What happens to a claim beside its revisions and votes.

use std::collections::BTreeSet;

use super::books::Move;
use super::claim::{Claim, Hold, Moment, Stage};
use super::claims::{next_revision, own, remember, revise_to};
use super::offers::{let_go, promised, promised_anew, until};
use super::rule::{Broken, Rule, broken, hold};
use super::state::State;
use super::value::{Fields, plus_hours};
use super::{Effect, Envelope};

const ABOUT: &[&str] = &["reason", "submission"];

/// Somebody else's claim.
fn others<'a>(
    state: &'a State,
    envelope: &Envelope<'_>,
    asked: &Fields<'_>,
) -> Result<(u32, &'a Claim), Broken> {
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let own = envelope.actor.is_some_and(|actor| state.is_same(claim.claimant, actor));
    hold(Rule::OwnClaim, !own, || "it is their own claim".to_owned())?;
    Ok((number, claim))
}

fn check_approved(claim: &Claim) -> Result<(), Broken> {
    hold(Rule::Stage, claim.stage == Stage::Approved, || format!("it is {}", claim.stage.word()))
}

/// A claim stands elsewhere; what its bounty promises may change with it, and nothing else moves.
fn restage(
    state: &mut State,
    number: u32,
    envelope: &Envelope<'_>,
    change: impl FnOnce(&mut Claim),
) -> Vec<Move> {
    let bounty = state.claims.get(&number).and_then(|claim| claim.bounty);
    let before = bounty.map(|bounty| (bounty, promised(state, bounty)));
    let Some(claim) = state.claims.get_mut(&number) else { return Vec::new() };
    change(claim);
    claim.touched = envelope.seq;
    if claim.waits_for().is_none() {
        let_go(state, number);
    }
    before.map_or_else(Vec::new, |(bounty, before)| promised_anew(state, bounty, before))
}

/// What was approved is free again; in a closed period it lapses.
pub fn freed(state: &State, claim: &Claim) -> Vec<Move> {
    let closed = state.periods.get(&claim.period).is_some_and(|period| period.closing.is_some());
    let to = if closed { "lapsed" } else { "available" };
    vec![Move::within(claim.period, &claim.category, "encumbered", to, claim.revision().amount)]
}

pub fn words(asked: &Fields<'_>, field: &str) -> Result<Moment, Broken> {
    Ok(Moment { text: Some(asked.digest(field)?.to_owned()), ..Moment::default() })
}

pub fn withdraw(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), ABOUT, &[])?;
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let overdue = state.periods.get(&claim.period).is_some_and(|period| {
        period.closing.is_none()
            && envelope.at >= plus_hours(period.ends_at, state.policy_at(envelope.at).decision_grace_hours)
    });
    let stuck = matches!(claim.stage, Stage::NeedsChanges(_) | Stage::Agreed(_));
    let lead =
        envelope.actor.and_then(|actor| state.members.get(&actor)).is_some_and(|actor| actor.holds("lead"));
    let may = envelope.actor == Some(claim.claimant) || (lead && stuck && overdue);
    hold(Rule::Claimant, may, || format!("submission {number} is of member {}", claim.claimant))?;
    hold(Rule::Stage, claim.stage.is_open(), || format!("it is {}", claim.stage.word()))?;
    remember(state, number, envelope, words(&asked, "reason")?);
    Ok(restage(state, number, envelope, |claim| {
        claim.stage = Stage::Withdrawn;
        claim.decided = Some((envelope.at, envelope.at_text.to_owned()));
    }))
}

pub fn comment(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["submission", "text"], &[])?;
    let number = asked.number("submission")?;
    hold(Rule::Unknown, state.claims.contains_key(&number), || format!("no submission {number}"))?;
    remember(state, number, envelope, words(&asked, "text")?);
    Ok(Vec::new())
}

pub fn appeal(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), ABOUT, &[])?;
    let outcome =
        Fields::of("outcome", data.value("outcome"), &["digest", "lane", "policy", "revision"], &[])?;
    let (number, claim) = own(state, envelope, &asked)?;
    hold(Rule::AppealOnce, claim.appealed.is_none(), || format!("appealed in {:?}", claim.appealed))?;
    hold(Rule::Stage, claim.stage == Stage::Rejected, || format!("it is {}", claim.stage.word()))?;
    hold(Rule::AppealGround, claim.objective, || "nothing that can be looked up".to_owned())?;
    let decided = claim.decided.as_ref().map_or(envelope.at, |(at, _)| *at);
    let end = plus_hours(decided, state.policy_of(claim.revision()).appeal_hours);
    hold(Rule::AppealTime, envelope.at < end, || format!("an appeal after {end}"))?;
    let closed = state.periods.get(&claim.period).is_some_and(|period| period.closing.is_some());
    hold(Rule::Closed, !closed, || format!("period {} is closed", claim.period))?;
    let revision = revise_to(state, &next_revision(number, claim, &outcome)?, &outcome, envelope)?;
    let bounty = claim.bounty.filter(|_| !claim.slot).and_then(|bounty| state.bounties.get(&bounty));
    hold(Rule::SlotLeft, bounty.is_none_or(|bounty| bounty.left() > 0), || "no slot is left".to_owned())?;
    remember(state, number, envelope, words(&asked, "reason")?);
    Ok(restage(state, number, envelope, |claim| {
        claim.revisions.push(revision);
        claim.stage = Stage::Submitted;
        claim.decided = None;
        claim.appealed = Some(envelope.seq);
    }))
}

pub fn reopen(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), ABOUT, &[])?;
    let (number, claim) = own(state, envelope, &asked)?;
    check_approved(claim)?;
    let moves = freed(state, claim);
    remember(state, number, envelope, words(&asked, "reason")?);
    restage(state, number, envelope, |claim| {
        claim.stage = Stage::NeedsChanges(None);
        claim.decided = None;
        claim.reversals.clear();
        claim.awaits_check = false;
        end_hold(claim, envelope);
    });
    Ok(moves)
}

impl State {
    /// The persons whose votes to take an approval back count: cast as reviewers without a break since, and without
    /// a stake.
    pub fn reversers(&self, claim: &Claim) -> BTreeSet<u32> {
        let since = |member: &u32| self.members.get(member).and_then(|known| known.roles.get("reviewer"));
        let votes = claim.reversals.iter().filter(|(voter, cast)| {
            since(voter).is_some_and(|since| since < cast) && !self.stake(claim, *voter)
        });
        votes.map(|(voter, _)| self.person(*voter)).collect()
    }
}

pub fn end_hold(claim: &mut Claim, envelope: &Envelope<'_>) {
    if let Some(hold) = claim.holds.last_mut() {
        hold.until = hold.until.min(envelope.at);
    }
}

/// A hold or a challenge: an approved claim is kept out of batches.
pub fn keep_back(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), ABOUT, &[])?;
    let by = envelope.actor.unwrap_or_default();
    let (number, claim) = others(state, envelope, &asked)?;
    if envelope.kind == "submission_challenged" {
        let theirs = |hold: &Hold| state.is_same(hold.by, by) && hold.kind == "submission_challenged";
        let open = state.claims.iter().find(|(_, other)| other.held(envelope.at).is_some_and(theirs));
        hold(Rule::OneChallenge, open.is_none(), || format!("they challenge {open:?} already"))?;
    }
    let again = claim.holds.iter().any(|hold| state.is_same(hold.by, by) && hold.kind == envelope.kind);
    hold(Rule::HeldTwice, !again, || format!("the person of member {by} kept it back before"))?;
    let stands = claim.held(envelope.at);
    hold(Rule::Held, stands.is_none(), || format!("kept back already: {stands:?}"))?;
    check_approved(claim)?;
    let policy = state.policy_of(claim.revision());
    let hours = if envelope.kind == "submission_held" { policy.hold_hours } else { policy.challenge_hours };
    let (until, text) = until(&data, envelope.at, hours)?;
    let said = Moment { until: Some(text.to_owned()), ..words(&asked, "reason")? };
    remember(state, number, envelope, said);
    Ok(restage(state, number, envelope, |claim| {
        claim.holds.push(Hold { by, kind: envelope.kind.to_owned(), until });
    }))
}

pub fn release(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), ABOUT, &[])?;
    let (number, claim) = others(state, envelope, &asked)?;
    let Some(stands) = claim.held(envelope.at) else {
        return broken(Rule::Held, "nobody keeps it back");
    };
    let leads = envelope.actor.and_then(|actor| state.members.get(&actor));
    let theirs = envelope.actor.is_some_and(|actor| state.is_same(stands.by, actor));
    let may = theirs || leads.is_some_and(|actor| actor.holds("lead"));
    hold(Rule::Released, may, || format!("member {} keeps it back", stands.by))?;
    remember(state, number, envelope, words(&asked, "reason")?);
    Ok(restage(state, number, envelope, |claim| end_hold(claim, envelope)))
}

/// Reviewers take an approval back.
pub fn reverse(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), ABOUT, &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &[])?;
    let reviewer = envelope.actor.unwrap_or_default();
    let (number, claim) = others(state, envelope, &asked)?;
    check_approved(claim)?;
    hold(Rule::Stake, !state.stake(claim, reviewer), || "they have a stake in it".to_owned())?;
    hold(Rule::Recused, !state.has_recused(claim, reviewer), || format!("member {reviewer} recused"))?;
    let live = state.reversers(claim);
    let again = live.contains(&state.person(reviewer));
    hold(Rule::ReversalOnce, !again, || format!("the person of member {reviewer} voted already"))?;
    let votes = u64::try_from(live.len() + 1).unwrap_or(u64::MAX);
    let needed = state.rules_of(claim).rejections;
    let expected = if votes >= needed { "reversed" } else { "counted" };
    let verdict = outcome.word("verdict", &["counted", "reversed"])?;
    hold(Rule::Reversal, verdict == expected, || format!("{verdict} with {votes} votes of {needed}"))?;
    let moves = if verdict == "reversed" { freed(state, claim) } else { Vec::new() };
    remember(state, number, envelope, Moment { verdict: Some(verdict), ..words(&asked, "reason")? });
    restage(state, number, envelope, |claim| {
        claim.reversals.push((reviewer, envelope.seq));
        if verdict == "reversed" {
            claim.stage = Stage::Reversed;
            claim.awaits_check = false;
            end_hold(claim, envelope);
            claim.decided = Some((envelope.at, envelope.at_text.to_owned()));
        }
    });
    Ok(moves)
}
