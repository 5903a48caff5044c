//! Votes, what they decide, and claims that waited for the budget.

use std::collections::BTreeMap;

use super::books::{Books, Move, line};
use super::claim::{Claim, Moment, Stage, Vote};
use super::claims::{most, remember};
use super::offers::{check_slot, let_go, promised, promised_anew};
use super::rule::{Broken, Rule, broken, hold};
use super::state::{LaneRules, State};
use super::value::{Fields, Micros, Wei};
use super::{Effect, Envelope};

const CHOICES: &[&str] = &["approve", "needs_changes", "recuse", "reject"];
const GROUNDS: &[&str] = &["criteria_not_met", "duplicate", "invalid_proof", "other", "out_of_window"];
/// Those that anybody can look up.
const OBJECTIVE: &[&str] = &["duplicate", "invalid_proof", "out_of_window"];
const VERDICTS: &[&str] = &["agreed", "approved", "counted", "needs_changes", "rejected"];

pub fn cast(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = ["choice", "ordinal", "reason", "revision", "submission"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["ground", "offer"])?;
    let amounts = ["available", "missing", "needed"];
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &amounts)?;
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let reviewer = envelope.actor.unwrap_or_default();
    hold(Rule::OwnClaim, claim.claimant != reviewer, || "a vote on their own claim".to_owned())?;
    hold(Rule::Stage, claim.stage == Stage::Submitted, || format!("it is {}", claim.stage.word()))?;
    hold(Rule::Recused, !claim.recused.contains(&reviewer), || format!("member {reviewer} recused"))?;
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
    };
    let grounded = vote.ground.is_some() == (vote.choice == "reject");
    hold(Rule::Ground, grounded, || format!("{} on the ground {:?}", vote.choice, vote.ground))?;
    check_offer(state, claim, &vote)?;
    let mut ballots = claim.ballots();
    ballots.insert(reviewer, &vote);
    let decided = verdict(state, books, (number, claim), &ballots, (vote.choice, envelope.at))?;
    let verdict = outcome.word("verdict", VERDICTS)?;
    hold(Rule::Verdict, verdict == decided, || format!("verdict {verdict}, not {decided}"))?;
    check_shortfall(&outcome, verdict, claim, books)?;
    let moves = if verdict == "approved" { Some(approval(state, claim)) } else { None };
    let objective = verdict == "rejected" && {
        let live = ballots.iter().filter(|(reviewer, vote)| is_live(state, **reviewer, vote.cast));
        live.filter_map(|(_, vote)| vote.ground).any(|ground| OBJECTIVE.contains(&ground))
    };
    let fewer = settle(state, number, vote, (verdict, objective), envelope);
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

/// Whether a reviewer has held the role without a break since an event.
fn is_live(state: &State, reviewer: u32, cast: u64) -> bool {
    let since = state.members.get(&reviewer).and_then(|member| member.roles.get("reviewer"));
    since.is_some_and(|since| *since < cast)
}

/// The votes that count: approvals, those by reviewers who do not lead, rejections.
#[derive(Default)]
struct Tally {
    approvals: u64,
    outside: u64,
    rejections: u64,
}

impl Tally {
    fn of(state: &State, votes: impl IntoIterator<Item = (u32, &'static str, u64)>) -> Self {
        let mut tally = Self::default();
        for (reviewer, choice, cast) in votes {
            let Some(member) = state.members.get(&reviewer) else { continue };
            if !is_live(state, reviewer, cast) {
                continue;
            }
            match choice {
                "approve" => {
                    tally.approvals += 1;
                    tally.outside += u64::from(!member.holds("lead"));
                }
                "reject" => tally.rejections += 1,
                _ => {}
            }
        }
        tally
    }

    fn approves(&self, rules: LaneRules) -> bool {
        self.approvals >= rules.approvals && self.outside >= rules.outside
    }
}

fn verdict(
    state: &State,
    books: &Books,
    (number, claim): (u32, &Claim),
    ballots: &BTreeMap<u32, &Vote>,
    (choice, at): (&str, Micros),
) -> Result<&'static str, Broken> {
    let rules = state.rules_of(claim);
    let tally = Tally::of(state, ballots.values().map(|vote| (vote.reviewer, vote.choice, vote.cast)));
    match choice {
        "needs_changes" => Ok("needs_changes"),
        "approve" if tally.approves(rules) => {
            super::shares::check_promised(state, number, claim)?;
            let waits = claim.waits_for().and_then(|bounty| Some((bounty, state.bounties.get(&bounty)?)));
            match waits {
                Some((bounty, known)) => {
                    check_slot(known, bounty, claim.claimant, at)?;
                    Ok("approved")
                }
                None if available(books, claim) >= claim.revision().amount => Ok("approved"),
                None => Ok("agreed"),
            }
        }
        "reject" | "recuse" if tally.rejections >= rules.rejections => Ok("rejected"),
        "reject" | "recuse" if tally.rejections > 0 && out_of_reach(state, claim, ballots, rules) => {
            Ok("rejected")
        }
        _ => Ok("counted"),
    }
}

/// All reviewers but the claimant could approve, and those who did not reject or recuse cannot.
fn out_of_reach(state: &State, claim: &Claim, ballots: &BTreeMap<u32, &Vote>, rules: LaneRules) -> bool {
    let others = || state.members.iter().filter(|(number, _)| **number != claim.claimant);
    let against = |number: u32, since: u64| {
        let vote = ballots.get(&number).filter(|vote| vote.cast > since);
        claim.recused.contains(&number)
            || vote.is_some_and(|vote| ["reject", "recuse"].contains(&vote.choice))
    };
    let since = |member: &super::state::Member| member.roles.get("reviewer").copied();
    let left =
        others().filter(|(number, member)| since(member).is_some_and(|since| !against(**number, since)));
    let approve = |(number, _): (&u32, &super::state::Member)| (*number, "approve", u64::MAX);
    let all = Tally::of(state, others().map(approve));
    all.approves(rules) && !Tally::of(state, left.map(approve)).approves(rules)
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
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["submission"], &[])?;
    let number = asked.number("submission")?;
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let moves = approval(state, claim);
    if let Some(claim) = state.claims.get_mut(&number) {
        claim.stage = Stage::Approved;
        claim.decided = Some((envelope.at, envelope.at_text.to_owned()));
        claim.touched = envelope.seq;
    }
    remember(state, number, envelope, Moment::default());
    Ok(moves)
}
