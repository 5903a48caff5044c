//! What becomes of the Safe's nonces: ends that one or two persons say, and ends that are taken back.

use super::books::Move;
use super::chain::{End, Suspense};
use super::claim::{Claim, Stage};
use super::readings::{check_undone, reason, shown};
use super::rule::{Broken, Rule, broken, hold};
use super::state::{State, Word};
use super::value::{Fields, Wei};
use super::{Effect, Envelope};

const SPEAKERS: &[&str] = &["lead", "reviewer", "treasurer"];

/// Whether one more word is the second of two persons who say the same, and the first still counts.
pub fn seconded(
    state: &State,
    words: &[Word],
    says: &str,
    member: u32,
    claims: &[u32],
) -> Result<bool, Broken> {
    let unconcerned = |speaker| claims.iter().try_for_each(|claim| check_unconcerned(state, *claim, speaker));
    unconcerned(member)?;
    let counts = |word: &&Word| {
        let roles = state.members.get(&word.member).map(|speaker| &speaker.roles);
        let since = |role| roles.and_then(|roles| roles.get(role)).is_some_and(|since| *since < word.seq);
        let corrected =
            words.iter().any(|later| later.seq > word.seq && state.is_same(later.member, word.member));
        word.says == says
            && !corrected
            && SPEAKERS.iter().copied().any(since)
            && unconcerned(word.member).is_ok()
    };
    let mut others = words.iter().filter(counts);
    let again = others.clone().any(|word| state.is_same(word.member, member));
    hold(Rule::TwoPersons, !again, || format!("the person of member {member} said so already"))?;
    Ok(others.next().is_some())
}

/// Holds the verdict to who said what.
pub fn check_verdict(outcome: &Fields<'_>, done: bool) -> Result<(), Broken> {
    let verdict = outcome.word("verdict", &["counted", "done"])?;
    let expected = if done { "done" } else { "counted" };
    hold(Rule::TwoPersons, verdict == expected, || format!("verdict {verdict}, not {expected}"))
}

/// Nobody speaks where their own money is in question.
fn check_unconcerned(state: &State, number: u32, member: u32) -> Result<(), Broken> {
    let claimant = state.claims.get(&number).map(|claim| claim.claimant);
    let own = claimant.is_some_and(|claimant| state.is_same(claimant, member));
    hold(Rule::OwnMoney, !own, || format!("member {member} speaks of submission {number}, their own"))
}

/// The money of a claim as its revision asks for it.
fn moved(claim: &Claim, from: &str, to: &str) -> Move {
    Move::within(claim.period, &claim.category, from, to, claim.revision().amount)
}

impl State {
    /// The nonce on which a claim is in flight.
    pub fn flies_on(&self, claim: &Claim) -> Option<u64> {
        match claim.stage {
            Stage::InBatch(batch) => self.batches.get(&batch).map(|batch| batch.nonce),
            _ => None,
        }
    }

    /// The claims that a batch pays, in the order of their numbers.
    fn paid_by(&self, batch: u32) -> Vec<u32> {
        let lines = self.batches.get(&batch).map_or(&[][..], |batch| &batch.lines);
        let mut claims: Vec<u32> = lines.iter().map(|line| line.submission).collect();
        claims.sort_unstable();
        claims
    }
}

pub fn execute(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["batch", "source", "tx_hash"], &["receipt"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &[])?;
    let source = shown(&asked, envelope)?;
    let (number, tx_hash) = (asked.number("batch")?, asked.digest("tx_hash")?);
    let Some(batch) = state.batches.get(&number) else {
        return broken(Rule::Unknown, format!("no batch {number}"));
    };
    let what = What {
        nonce: batch.nonce,
        executed: Some(number),
        mismatched: false,
        says: format!("batch {number} by {tx_hash}"),
        source,
        tx_hash: tx_hash.to_owned(),
    };
    end(state, envelope, &outcome, what)
}

pub fn consume(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = ["how", "nonce", "source", "tx_hash"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["reason", "receipt"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &[])?;
    let source = shown(&asked, envelope)?;
    reason(&asked, envelope)?;
    let how = asked.word("how", &["failed", "mismatched", "replaced"])?;
    let tx_hash = asked.digest("tx_hash")?.to_owned();
    let what = What {
        nonce: asked.long("nonce")?,
        executed: None,
        mismatched: how == "mismatched",
        says: format!("{how} by {tx_hash}"),
        source,
        tx_hash,
    };
    end(state, envelope, &outcome, what)
}

/// What is said or read of a nonce.
struct What {
    nonce: u64,
    /// The batch, if one was.
    executed: Option<u32>,
    mismatched: bool,
    /// In words that two persons have to share.
    says: String,
    source: &'static str,
    tx_hash: String,
}

/// A finding leaves a nonce one end, which only people say.
fn check_finding(envelope: &Envelope<'_>, finding: Option<u64>, mismatched: bool) -> Result<(), Broken> {
    if mismatched {
        let people = envelope.actor.is_some() && finding.is_some();
        return hold(Rule::Mismatched, people, || format!("finding {finding:?}, by {:?}", envelope.actor));
    }
    hold(Rule::FindingStands, finding.is_none(), || format!("event {finding:?} found otherwise"))
}

fn end(state: &mut State, envelope: &Envelope<'_>, outcome: &Fields<'_>, what: What) -> Effect {
    let What { nonce: number, executed, mismatched, says, source, tx_hash } = what;
    let Some(nonce) = state.nonces.get(&number) else {
        return broken(Rule::Unknown, format!("nothing was proposed for nonce {number}"));
    };
    hold(Rule::NonceEnd, nonce.end.is_none(), || format!("nonce {number} has an end"))?;
    let earlier = state.nonces.range(..number).find(|(_, nonce)| nonce.end.is_none());
    hold(Rule::NonceEnd, earlier.is_none(), || {
        format!("nonce {:?} has no end yet", earlier.map(|(n, _)| n))
    })?;
    check_finding(envelope, nonce.finding, mismatched)?;
    let lines = executed.map_or_else(Vec::new, |batch| state.paid_by(batch));
    let flying = state.claims.iter().filter(|(_, claim)| state.flies_on(claim) == Some(number));
    let flying: Vec<u32> = flying.map(|(claim, _)| *claim).collect();
    let (paid, again): (Vec<u32>, Vec<u32>) = lines.iter().partition(|claim| flying.contains(claim));
    let returned: Vec<u32> = flying.into_iter().filter(|claim| !lines.contains(claim)).collect();
    let behind = state.observations.last().is_some_and(|seen| seen.nonce > number);
    hold(Rule::Unconsumed, behind || returned.is_empty(), || {
        format!("submissions {returned:?} may still be paid on nonce {number}")
    })?;
    let done = match envelope.actor {
        // What was read needs no second word.
        None => true,
        Some(member) if returned.is_empty() => {
            let keeps = state.members.get(&member).is_some_and(|member| member.holds("treasurer"));
            hold(Rule::Role, keeps, || format!("member {member} is no treasurer"))?;
            true
        }
        Some(member) => seconded(state, &nonce.words, &says, member, &returned)?,
    };
    check_verdict(outcome, done)?;
    if !done {
        let member = envelope.actor.unwrap_or_default();
        if let Some(nonce) = state.nonces.get_mut(&number) {
            nonce.words.push(Word { member, seq: envelope.seq, says });
        }
        return Ok(Vec::new());
    }
    let amount = |claim: &u32| state.claims.get(claim).map_or(0, |claim| claim.revision().amount);
    let twice: Wei = again.iter().map(amount).sum();
    let mut moves = Vec::new();
    for number in &paid {
        let Some(claim) = state.claims.get_mut(number) else { continue };
        moves.push(moved(claim, "inflight", "expended"));
        let spent = super::books::line(claim.period, &claim.category, "spent");
        moves.push(Move::new(spent, "safe", claim.revision().amount));
        claim.stage = Stage::Paid { batch: executed, amount: claim.revision().amount, refunded: 0 };
        claim.touched = envelope.seq;
    }
    moves.push(Move::new("suspense_out", "safe", twice));
    for number in &returned {
        let Some(claim) = state.claims.get_mut(number) else { continue };
        moves.push(moved(claim, "inflight", "encumbered"));
        claim.stage = Stage::Approved;
        claim.touched = envelope.seq;
    }
    if twice > 0 {
        let item = Suspense { out: true, source, amount: twice, ..Suspense::default() };
        state.suspense.insert(envelope.seq, item);
    }
    if let Some(nonce) = state.nonces.get_mut(&number) {
        nonce.words.clear();
        let seq = envelope.seq;
        nonce.end = Some(End { seq, source, tx_hash, executed, paid, returned, moves: moves.clone() });
    }
    Ok(moves)
}

/// The exact inverse of an end, while nothing was built on it; or what the ledger itself found, without an end.
pub fn withdraw(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["nonce"], &["reason"])?;
    reason(&asked, envelope)?;
    let number = asked.long("nonce")?;
    if let Some(nonce) = state.nonces.get_mut(&number)
        && nonce.end.is_none()
        && envelope.actor.is_none()
    {
        let found = nonce.finding.take();
        hold(Rule::TakenBack, found.is_some(), || format!("nothing was found on nonce {number}"))?;
        return Ok(Vec::new());
    }
    let last =
        state.nonces.iter().filter(|(_, nonce)| nonce.end.is_some()).map(|(number, _)| *number).next_back();
    hold(Rule::TakenBack, last == Some(number), || format!("the last nonce with an end is {last:?}"))?;
    let Some(nonce) = state.nonces.get_mut(&number) else { return Ok(Vec::new()) };
    let Some(end) = nonce.end.take() else { return Ok(Vec::new()) };
    check_undone(envelope, end.source)?;
    // What was found before the end outlives a member's word.
    if envelope.actor.is_none() || nonce.finding.is_some_and(|found| found > end.seq) {
        nonce.finding = None;
    }
    let candidates = nonce.candidates.clone();
    let explained = state.suspense.get(&end.seq).is_some_and(|item| item.explained.is_some());
    hold(Rule::TakenBack, !explained, || "what it paid again was explained".to_owned())?;
    for claim in &end.paid {
        let known = state.claims.get(claim).map(|claim| claim.stage);
        let whole = matches!(known, Some(Stage::Paid { refunded: 0, .. }));
        hold(Rule::TakenBack, whole, || format!("submission {claim} is {known:?}"))?;
    }
    for claim in &end.returned {
        let Some(known) = state.claims.get(claim) else { continue };
        // What was approved anew since is another debt.
        let same = known.stage == Stage::Approved && known.revision().made < end.seq;
        hold(Rule::TakenBack, same, || format!("submission {claim} is {} now", known.stage.word()))?;
    }
    state.suspense.remove(&end.seq);
    for number in end.paid.iter().chain(&end.returned) {
        let holds = |batch: &&u32| state.paid_by(**batch).contains(number);
        let last = candidates.iter().rev().find(holds).copied();
        let (Some(claim), Some(batch)) = (state.claims.get_mut(number), last) else { continue };
        claim.stage = Stage::InBatch(batch);
        claim.touched = envelope.seq;
    }
    let inverse = |moved: Move| Move::new(moved.to, moved.from, moved.amount);
    Ok(end.moves.into_iter().map(inverse).collect())
}
