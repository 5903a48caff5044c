//! What becomes of the Safe's nonces: ends that one or two persons say, and ends that are taken back.

use super::books::Move;
use super::claim::{Claim, Stage};
use super::rule::{Broken, Rule, broken, hold};
use super::state::{End, State, Suspense, Word};
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
    let asked = Fields::of("asked", data.value("asked"), &["batch", "source", "tx_hash"], &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &[])?;
    asked.word("source", &["attested"])?;
    let (number, tx_hash) = (asked.number("batch")?, asked.digest("tx_hash")?);
    let Some(batch) = state.batches.get(&number) else {
        return broken(Rule::Unknown, format!("no batch {number}"));
    };
    let (says, tx_hash) = (format!("batch {number} by {tx_hash}"), tx_hash.to_owned());
    end(state, envelope, &outcome, (batch.nonce, Some(number)), (says, tx_hash))
}

pub fn consume(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = ["how", "nonce", "reason", "source", "tx_hash"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &[])?;
    asked.word("source", &["attested"])?;
    asked.digest("reason")?;
    let how = asked.word("how", &["failed", "replaced"])?;
    let tx_hash = asked.digest("tx_hash")?.to_owned();
    let says = format!("{how} by {tx_hash}");
    end(state, envelope, &outcome, (asked.long("nonce")?, None), (says, tx_hash))
}

fn end(
    state: &mut State,
    envelope: &Envelope<'_>,
    outcome: &Fields<'_>,
    (number, executed): (u64, Option<u32>),
    (says, tx_hash): (String, String),
) -> Effect {
    let member = envelope.actor.unwrap_or_default();
    let Some(nonce) = state.nonces.get(&number) else {
        return broken(Rule::Unknown, format!("nothing was proposed for nonce {number}"));
    };
    hold(Rule::NonceEnd, nonce.end.is_none(), || format!("nonce {number} has an end"))?;
    let earlier = state.nonces.range(..number).find(|(_, nonce)| nonce.end.is_none());
    hold(Rule::NonceEnd, earlier.is_none(), || {
        format!("nonce {:?} has no end yet", earlier.map(|(n, _)| n))
    })?;
    let lines = executed.map_or_else(Vec::new, |batch| state.paid_by(batch));
    let flying = state.claims.iter().filter(|(_, claim)| state.flies_on(claim) == Some(number));
    let flying: Vec<u32> = flying.map(|(claim, _)| *claim).collect();
    let (paid, again): (Vec<u32>, Vec<u32>) = lines.iter().partition(|claim| flying.contains(claim));
    let returned: Vec<u32> = flying.into_iter().filter(|claim| !lines.contains(claim)).collect();
    let done = if returned.is_empty() {
        let keeps = state.members.get(&member).is_some_and(|member| member.holds("treasurer"));
        hold(Rule::Role, keeps, || format!("member {member} is no treasurer"))?;
        true
    } else {
        seconded(state, &nonce.words, &says, member, &returned)?
    };
    check_verdict(outcome, done)?;
    if !done {
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
        let item = Suspense { out: true, amount: twice, ..Suspense::default() };
        state.suspense.insert(envelope.seq, item);
    }
    if let Some(nonce) = state.nonces.get_mut(&number) {
        nonce.words.clear();
        let seq = envelope.seq;
        nonce.end = Some(End { seq, tx_hash, executed, paid, returned, moves: moves.clone() });
    }
    Ok(moves)
}

/// The exact inverse of an end, while nothing was built on it.
pub fn withdraw(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["nonce", "reason"], &[])?;
    asked.digest("reason")?;
    let number = asked.long("nonce")?;
    let last =
        state.nonces.iter().filter(|(_, nonce)| nonce.end.is_some()).map(|(number, _)| *number).next_back();
    hold(Rule::TakenBack, last == Some(number), || format!("the last nonce with an end is {last:?}"))?;
    let Some(nonce) = state.nonces.get_mut(&number) else { return Ok(Vec::new()) };
    let Some(end) = nonce.end.take() else { return Ok(Vec::new()) };
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
