//! Votes, what they decide, and claims that waited for the budget.

use std::collections::BTreeMap;

use super::books::{Books, Move, line};
use super::claim::{Claim, Moment, Stage, Vote};
use super::claims::{most, remember};
use super::offers::{check_slot, let_go, promised, promised_anew};
use super::rule::{Broken, Rule, broken, hold};
use super::second_looks::{approvers, check_draw, reaches};
use super::state::{LaneRules, State};
use super::value::{Fields, Micros, Wei, plus_hours};
use super::{Effect, Envelope};

const CHOICES: &[&str] = &["approve", "needs_changes", "recuse", "reject"];
const GROUNDS: &[&str] = &["criteria_not_met", "duplicate", "invalid_proof", "other", "out_of_window"];
/// Those that anybody can look up.
const OBJECTIVE: &[&str] = &["duplicate", "invalid_proof", "out_of_window"];
const VERDICTS: &[&str] = &["agreed", "approved", "counted", "needs_changes", "rejected"];

pub fn cast(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = ["choice", "ordinal", "reason", "revision", "submission"];
    let optional = ["ground", "offer", "signature", "signer"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &optional)?;
    let amounts = ["available", "missing", "needed", "sampled", "single_handed"];
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &amounts)?;
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let reviewer = envelope.actor.unwrap_or_default();
    hold(Rule::OwnClaim, !state.is_same(claim.claimant, reviewer), || {
        "a vote on their own claim".to_owned()
    })?;
    hold(Rule::Stake, !state.stake(claim, reviewer), || "they have a stake in it".to_owned())?;
    let reviews = state.members.get(&reviewer).is_some_and(|member| member.holds("reviewer"));
    let called = reviews || claim.called.contains(&reviewer);
    hold(Rule::Called, called, || format!("nobody called member {reviewer}"))?;
    hold(Rule::Stage, claim.stage == Stage::Submitted, || format!("it is {}", claim.stage.word()))?;
    hold(Rule::Recused, !state.has_recused(claim, reviewer), || format!("member {reviewer} recused"))?;
    let (revision, current) = (asked.digest("revision")?, &claim.revision().digest);
    hold(Rule::StaleVote, revision == current, || format!("a vote on {revision}, not {current}"))?;
    let (ordinal, cast) = (asked.count("ordinal")?, claim.cast(reviewer));
    hold(Rule::Ordinal, ordinal == cast + 1, || format!("vote {ordinal} after {cast}"))?;
    let vote = Vote {
        revision: claim.revisions.len(),
        reviewer,
        ordinal,
        choice: asked.word("choice", CHOICES)?,
        ground: asked.maybe("ground", |asked, field| asked.word(field, GROUNDS))?,
        offer: asked.maybe("offer", Fields::amount)?,
        reason: asked.digest("reason")?.to_owned(),
        cast: envelope.seq,
        at: envelope.at_text.to_owned(),
        signed: signed(state, claim, &asked, reviewer)?,
    };
    let grounded = vote.ground.is_some() == (vote.choice == "reject");
    hold(Rule::Ground, grounded, || format!("{} on the ground {:?}", vote.choice, vote.ground))?;
    check_offer(state, claim, &vote)?;
    let mut ballots = claim.ballots();
    ballots.insert(reviewer, &vote);
    let (decided, alone) = verdict(state, books, (number, claim), &ballots, (vote.choice, envelope.at))?;
    let verdict = outcome.word("verdict", VERDICTS)?;
    hold(Rule::Verdict, verdict == decided, || format!("verdict {verdict}, not {decided}"))?;
    check_shortfall(&outcome, verdict, claim, books)?;
    let told = outcome.maybe("single_handed", |fields, field| fields.word(field, &["yes"]))?.is_some();
    hold(Rule::SingleHanded, told == alone, || format!("single-handed {told}, not {alone}"))?;
    let live = state.live(claim, &ballots);
    let approvers = approvers(&live);
    let moves = if verdict == "approved" { Some(approval(state, claim)) } else { None };
    let mut grounds = live.values().filter_map(|vote| vote.ground);
    let objective = verdict == "rejected" && grounds.any(|ground| OBJECTIVE.contains(&ground));
    if verdict == "approved" {
        check_draw(state, number, &outcome)?;
    } else {
        hold(Rule::Sample, !outcome.has("sampled"), || "nothing was approved".to_owned())?;
    }
    let fewer = settle(state, number, vote, (verdict, objective), envelope);
    if let Some(claim) = state.claims.get_mut(&number) {
        claim.approvers = approvers;
    }
    Ok(moves.unwrap_or(fewer))
}

/// An offer comes with sending back, and is something that the claim could ask for.
fn check_offer(state: &State, claim: &Claim, vote: &Vote) -> Result<(), Broken> {
    let Some(offer) = vote.offer else { return Ok(()) };
    let ceiling = state.category(&claim.category).map_or(0, |category| category.ceiling);
    let most =
        claim.bounty.map_or(ceiling, |bounty| most(state, bounty, claim.revision().share).min(ceiling));
    let sensible = vote.choice == "needs_changes" && (1..=most).contains(&offer);
    hold(Rule::Offer, sensible, || format!("{} with an offer of {offer}, at most {most}", vote.choice))
}

/// The votes that count: approvals, those by people who do not lead, rejections.
struct Tally {
    approvals: u64,
    outside: u64,
    rejections: u64,
}

impl Tally {
    fn of(state: &State, live: &BTreeMap<u32, &Vote>) -> Self {
        let count = |is: &dyn Fn(u32, &str) -> bool| {
            let found = live.iter().filter(|(person, vote)| is(**person, vote.choice)).count();
            u64::try_from(found).unwrap_or(u64::MAX)
        };
        Self {
            approvals: count(&|_, choice| choice == "approve"),
            outside: count(&|person, choice| choice == "approve" && state.is_outside(person)),
            rejections: count(&|_, choice| choice == "reject"),
        }
    }
}

/// The verdict, and whether the only outside reviewer gave it alone.
fn verdict(
    state: &State,
    books: &Books,
    (number, claim): (u32, &Claim),
    ballots: &BTreeMap<u32, &Vote>,
    (choice, at): (&str, Micros),
) -> Result<(&'static str, bool), Broken> {
    let rules = state.rules_of(claim);
    let tally = Tally::of(state, &state.live(claim, ballots));
    let approves = tally.approvals >= rules.approvals && tally.outside >= rules.outside;
    let mut eligible = state.voters(claim);
    eligible.retain(|person, _| !state.has_recused(claim, *person));
    let alone = tally.outside > 0
        && eligible.values().filter(|outside| **outside).count() == 1
        && state
            .policy_of(claim.revision())
            .single_handed_hours
            .is_some_and(|hours| at >= plus_hours(claim.revision().made_micros, hours));
    match choice {
        "needs_changes" => Ok(("needs_changes", false)),
        "approve" if approves || alone => {
            super::shares::check_promised(state, number, claim)?;
            let waits = claim.waits_for().and_then(|bounty| Some((bounty, state.bounties.get(&bounty)?)));
            let verdict = match waits {
                Some((bounty, known)) => {
                    check_slot(state, known, bounty, claim.claimant, at)?;
                    "approved"
                }
                None if available(books, claim) >= claim.revision().amount => "approved",
                None => "agreed",
            };
            Ok((verdict, !approves))
        }
        "reject" | "recuse" if tally.rejections >= rules.rejections => Ok(("rejected", false)),
        "reject" | "recuse" if tally.rejections > 0 && out_of_reach(state, claim, ballots, rules) => {
            Ok(("rejected", false))
        }
        _ => Ok(("counted", false)),
    }
}

/// All voters could approve, and those who did not say no, with the alternates left, cannot.
fn out_of_reach(state: &State, claim: &Claim, ballots: &BTreeMap<u32, &Vote>, rules: LaneRules) -> bool {
    let mut left = state.willing(claim, ballots);
    left.extend(state.callable(claim));
    reaches(&state.voters(claim), rules) && !reaches(&left, rules)
}

/// Signature and signer, as the policy wants them.
fn signed(
    state: &State,
    claim: &Claim,
    asked: &Fields<'_>,
    reviewer: u32,
) -> Result<Option<[String; 2]>, Broken> {
    let signature = asked.maybe("signature", Fields::signature)?;
    let signer = asked.maybe("signer", Fields::address)?;
    let own = |signer: &str| state.places.get(signer).is_some_and(|place| place.owner == reviewer);
    let fits = match (state.policy_of(claim.revision()).signed_votes, signature, signer) {
        ("off" | "offered", None, None) => true,
        ("demanded" | "offered", Some(_), Some(signer)) => own(signer),
        _ => false,
    };
    hold(Rule::Signed, fits, || format!("signature {signature:?} of {signer:?}"))?;
    Ok(signature.zip(signer).map(|(signature, signer)| [signature, signer].map(str::to_owned)))
}

fn available(books: &Books, claim: &Claim) -> Wei {
    books.balance(&line(claim.period, &claim.category, "available"))
}

/// Only an agreed claim is told what is missing.
fn check_shortfall(outcome: &Fields<'_>, verdict: &str, claim: &Claim, books: &Books) -> Result<(), Broken> {
    let told = [
        outcome.maybe("available", Fields::amount)?,
        outcome.maybe("missing", Fields::amount)?,
        outcome.maybe("needed", Fields::amount)?,
    ];
    let (has, needs) = (available(books, claim), claim.revision().amount);
    let expected = if verdict == "agreed" {
        [Some(has), Some(needs.saturating_sub(has)), Some(needs)]
    } else {
        [None; 3]
    };
    hold(Rule::Shortfall, told == expected, || format!("{told:?}, not {expected:?}"))
}

/// The money of an approved claim.
fn approval(state: &State, claim: &Claim) -> Vec<Move> {
    let amount = claim.revision().amount;
    let within = |from, to, amount| Move::within(claim.period, &claim.category, from, to, amount);
    match claim.waits_for().and_then(|number| state.bounties.get(&number)) {
        Some(bounty) => vec![
            within("reserved", "encumbered", amount),
            within("reserved", "available", bounty.reward.saturating_sub(amount)),
        ],
        None => vec![within("available", "encumbered", amount)],
    }
}

/// Takes the vote and what it led to; gives what the claim's bounty promises less if it does not use a slot.
fn settle(
    state: &mut State,
    number: u32,
    vote: Vote,
    (verdict, objective): (&str, bool),
    envelope: &Envelope<'_>,
) -> Vec<Move> {
    let waits = state.claims.get(&number).and_then(Claim::waits_for);
    let before = waits.map(|bounty| (bounty, promised(state, bounty)));
    let State { claims, bounties, .. } = state;
    let Some(claim) = claims.get_mut(&number) else { return Vec::new() };
    if vote.choice == "recuse" {
        claim.recused.insert(vote.reviewer);
    }
    claim.stage = match verdict {
        "needs_changes" => Stage::NeedsChanges(vote.offer),
        "rejected" => Stage::Rejected,
        "agreed" => Stage::Agreed(envelope.seq),
        "approved" => Stage::Approved,
        _ => Stage::Submitted,
    };
    claim.votes.push(vote);
    claim.touched = envelope.seq;
    claim.objective = objective;
    let decided = Some((envelope.at, envelope.at_text.to_owned()));
    claim.decided = decided.filter(|_| !claim.stage.is_waiting());
    if let Some(bounty) = waits.filter(|_| verdict == "approved").and_then(|bounty| bounties.get_mut(&bounty))
    {
        bounty.used += 1;
        claim.slot = true;
    }
    if claim.waits_for().is_none() {
        let_go(state, number);
    }
    before.map_or_else(Vec::new, |(bounty, before)| promised_anew(state, bounty, before))
}

/// The claim that free money goes to next: by period and category, the oldest agreed that fits.
pub fn due(state: &State, books: &Books) -> Option<u32> {
    let waiting = state.claims.iter().filter_map(|(number, claim)| match claim.stage {
        Stage::Agreed(since) => Some((claim.period, &claim.category, since, *number, claim)),
        _ => None,
    });
    let fits = waiting.filter(|(.., claim)| available(books, claim) >= claim.revision().amount);
    fits.min_by_key(|(period, category, since, ..)| (*period, *category, *since))
        .map(|(_, _, _, number, _)| number)
}

/// Approves the claim that is due; that it is has been checked.
pub fn approve_waiting(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["submission"], &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &[], &["sampled"])?;
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    // Whoever waits for money is paid out of what is available, also for a slot of their own.
    let moves = approval(state, claim);
    check_draw(state, number, &outcome)?;
    if let Some(claim) = state.claims.get_mut(&number) {
        claim.stage = Stage::Approved;
        claim.decided = Some((envelope.at, envelope.at_text.to_owned()));
        claim.touched = envelope.seq;
    }
    remember(state, number, envelope, Moment::default());
    Ok(moves)
}
