//! The Safe as observed, money that came in, batches.

use super::books::{Books, Move};
use super::budget::sum;
use super::chain::{Batch, Funding, Line, Nonce, Observation};
use super::claim::Stage;
use super::people::next;
use super::readings::{check_undone, reason, shown, source};
use super::rule::{Broken, Rule, broken, hold};
use super::state::State;
use super::suspense::transfer;
use super::tree::Tree;
use super::value::{Fields, Wei, distinct, few, hex, plus_hours};
use super::{Effect, Envelope};

const ZERO: &str = "0x0000000000000000000000000000000000000000";

pub fn observe(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let needed =
        ["balance", "block", "block_hash", "modules", "nonce", "owners", "singleton", "source", "threshold"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["corrects", "guard"])?;
    let source = source(&asked, envelope)?;
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<String>>();
    let seen = Observation {
        at: envelope.at,
        at_text: envelope.at_text.to_owned(),
        seq: envelope.seq,
        balance: asked.amount("balance")?,
        block: asked.long("block")?,
        block_hash: asked.digest("block_hash")?.to_owned(),
        guard: asked.maybe("guard", Fields::address)?.map(str::to_owned),
        modules: owned(asked.addresses("modules")?),
        nonce: asked.long("nonce")?,
        owners: owned(asked.addresses("owners")?),
        singleton: asked.address("singleton")?.to_owned(),
        source,
        threshold: asked.count("threshold")?,
    };
    few("owners", &seen.owners, 100)?;
    distinct("modules", &seen.modules)?;
    let owners = u64::try_from(seen.owners.len()).unwrap_or(u64::MAX);
    hold(Rule::Observation, (1..=owners).contains(&seen.threshold), || {
        format!("{} of {owners} owners sign", seen.threshold)
    })?;
    let nobody = [ZERO, &state.charter.safe, &state.charter.token];
    let ours = seen.owners.iter().chain(&seen.guard).any(|address| nobody.contains(&address.as_str()));
    hold(Rule::Observation, !ours, || "an owner or guard that cannot be one".to_owned())?;
    let follows = match (state.observations.last(), asked.maybe("corrects", Fields::long)?) {
        (None, corrects) => corrects.is_none(),
        (Some(last), Some(corrects)) => {
            check_undone(envelope, last.source)?;
            corrects == last.seq
        }
        (Some(last), None) => seen.block > last.block && seen.nonce >= last.nonce,
    };
    hold(Rule::Observation, follows, || {
        format!("block {} and nonce {} do not follow", seen.block, seen.nonce)
    })?;
    state.observations.push(seen);
    Ok(Vec::new())
}

pub fn fund(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let needed = ["amount", "log_index", "source", "tx_hash"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["receipt", "sender"])?;
    let source = shown(&asked, envelope)?;
    let (tx_hash, log_index) = transfer(state, &asked)?;
    let sender = asked.maybe("sender", Fields::address)?;
    let stand = state.fundings.iter().filter(|funding| funding.withdrawn.is_none());
    let known = stand.filter_map(|funding| funding.sender.as_deref()).any(|other| Some(other) == sender);
    hold(Rule::Funder, known || envelope.actor.is_some(), || format!("{sender:?} never funded anything"))?;
    let funding = Funding {
        seq: envelope.seq,
        amount: asked.money("amount")?,
        tx_hash,
        log_index,
        sender: sender.map(str::to_owned),
        source,
        withdrawn: None,
    };
    let moves = vec![Move::new("safe", "contributed", funding.amount)];
    state.fundings.push(funding);
    Ok(moves)
}

/// What was recorded wrongly is taken back, as far as no batch needs it.
pub fn withdraw(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["event"], &["reason"])?;
    let (event, reason) = (asked.long("event")?, reason(&asked, envelope)?);
    let all = sum([spoken_for(state)?, books.balance("suspense_in")])?;
    let Some(funding) = state.fundings.iter_mut().find(|funding| funding.seq == event) else {
        return broken(Rule::Unknown, format!("event {event} recorded no funding"));
    };
    hold(Rule::Transfer, funding.withdrawn.is_none(), || "it was withdrawn already".to_owned())?;
    check_undone(envelope, funding.source)?;
    let left = books.balance("safe").checked_sub(funding.amount);
    hold(Rule::SafeBalance, left.is_some_and(|left| all <= left), || format!("batches ask {all}"))?;
    funding.withdrawn = Some((envelope.seq, reason));
    Ok(vec![Move::new("contributed", "safe", funding.amount)])
}

pub fn propose(state: &mut State, books: &Books, tree: &Tree, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = [
        "beside",
        "domain_hash",
        "evidence_up",
        "message_hash",
        "nonce",
        "operation",
        "payouts",
        "safe_tx_hash",
        "to",
    ];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["adopts"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["batch", "root", "size", "total"], &[])?;
    let (number, expected) = (outcome.number("batch")?, next(&state.batches));
    hold(Rule::Number, number == expected, || format!("batch {number}, not {expected}"))?;
    let up = asked.word("evidence_up", &["no", "yes"])? == "yes";
    hold(Rule::EvidenceUp, up || !state.policy_at(envelope.at).evidence_up, || "nobody looked".to_owned())?;
    let stopped = state.suspense.iter().find(|(_, item)| item.out && item.is_open());
    hold(Rule::Suspense, stopped.is_none(), || format!("an outflow is unexplained: {stopped:?}"))?;
    let lines = lines(state, &asked, envelope)?;
    let hash = |field| asked.digest(field).map(str::to_owned);
    let batch = Batch {
        nonce: asked.long("nonce")?,
        total: outcome.amount("total")?,
        to: asked.address("to")?.to_owned(),
        operation: asked.word("operation", &["0", "1"])?,
        hashes: [hash("domain_hash")?, hash("message_hash")?, hash("safe_tx_hash")?],
        root: outcome.digest("root")?.to_owned(),
        seq: envelope.seq,
        at: envelope.at_text.to_owned(),
        signings: Vec::new(),
        lines,
    };
    check_transaction(state, &batch, &asked, envelope)?;
    let total = sum(batch.lines.iter().map(|line| line.amount))?;
    hold(Rule::Total, batch.total == total, || format!("a total of {}, not {total}", batch.total))?;
    check_balance(state, books, batch.nonce, total)?;
    let (size, root) = (outcome.long("size")?, hex(&tree.root()));
    let journal = size == envelope.seq && batch.root == root;
    hold(Rule::Root, journal, || format!("size {size}, root {}, not {root}", batch.root))?;
    let mut moves = Vec::new();
    for line in &batch.lines {
        let Some(claim) = state.claims.get_mut(&line.submission) else { continue };
        if claim.stage == Stage::Approved {
            moves.push(Move::within(claim.period, &claim.category, "encumbered", "inflight", line.amount));
        }
        claim.stage = Stage::InBatch(number);
        claim.touched = envelope.seq;
    }
    put(state, number, batch);
    Ok(moves)
}

fn lines(state: &State, asked: &Fields<'_>, envelope: &Envelope<'_>) -> Result<Vec<Line>, Broken> {
    let mut lines = Vec::new();
    for payout in asked.list("payouts")? {
        let payout = Fields::of("payout", Some(payout), &["amount", "payee", "submission"], &[])?;
        lines.push(Line {
            amount: payout.amount("amount")?,
            payee: payout.address("payee")?.to_owned(),
            submission: payout.number("submission")?,
        });
    }
    let most = usize::try_from(state.policy_at(envelope.at).batch_lines.min(100)).unwrap_or(100);
    hold(Rule::Lines, (1..=most).contains(&lines.len()), || {
        format!("{} lines, not 1 to {most}", lines.len())
    })?;
    let named: Vec<u32> = lines.iter().map(|line| line.submission).collect();
    few("payouts", &named, most)?;
    for line in &lines {
        check_line(state, line, asked.long("nonce")?, envelope)?;
    }
    Ok(lines)
}

/// A line pays an approved claim as it was approved, after its waiting times.
fn check_line(state: &State, line: &Line, nonce: u64, envelope: &Envelope<'_>) -> Result<(), Broken> {
    let Some(claim) = state.claims.get(&line.submission) else {
        return broken(Rule::Unknown, format!("no submission {}", line.submission));
    };
    let flies = state.flies_on(claim) == Some(nonce);
    hold(Rule::NotApproved, claim.stage == Stage::Approved || flies, || {
        format!("submission {} is {}", line.submission, claim.stage.word())
    })?;
    let revision = claim.revision();
    let same = line.amount == revision.amount && line.payee == revision.payee;
    hold(Rule::Payout, same, || {
        format!("{} to {} for submission {}", line.amount, line.payee, line.submission)
    })?;
    if flies {
        return Ok(());
    }
    let stands = claim.held(envelope.at);
    hold(Rule::OnHold, stands.is_none(), || format!("submission {}: {stands:?}", line.submission))?;
    let decided = claim.decided.as_ref().map_or(envelope.at, |(at, _)| *at);
    let until = plus_hours(decided, state.rules_of(claim).objection_hours);
    hold(Rule::Objection, envelope.at >= until, || format!("objections until {until}"))?;
    let usable = state.places.get(&line.payee).is_some_and(|place| envelope.at >= place.usable_from);
    hold(Rule::Cooling, usable, || format!("{} cools off", line.payee))?;
    hold(Rule::Sample, !claim.awaits_check, || {
        format!("submission {} waits for a second look", line.submission)
    })
}

fn check_transaction(
    state: &State,
    batch: &Batch,
    asked: &Fields<'_>,
    envelope: &Envelope<'_>,
) -> Result<(), Broken> {
    let beside = asked.word("beside", &["no", "yes"])? == "yes";
    let adopts = asked.maybe("adopts", Fields::number)?;
    if let Some(number) = adopts {
        let Some(adopted) = state.batches.get(&number) else {
            return broken(Rule::Unknown, format!("no batch {number}"));
        };
        hold(Rule::Adopted, adopted.lines == batch.lines, || format!("batch {number} has other lines"))?;
    }
    let Some(seen) = state.observations.last() else {
        return broken(Rule::Observed, "the Safe was never observed");
    };
    let until = plus_hours(seen.at, state.policy_at(envelope.at).observation_hours);
    hold(Rule::Observed, envelope.at <= until, || format!("seen at {}", seen.at_text))?;
    let taken = state.nonces.contains_key(&batch.nonce);
    hold(Rule::Beside, beside == taken, || {
        format!("beside others is {beside}, proposed for nonce {} is {taken}", batch.nonce)
    })?;
    if taken {
        check_candidate(state, batch.nonce, &batch.hashes[2])?;
    } else if adopts.is_some() {
        // The wallet chose it.
        let consumed = batch.nonce < seen.nonce;
        hold(Rule::Nonce, !consumed, || format!("nonce {} is consumed", batch.nonce))?;
    } else {
        let free = (seen.nonce..=u64::MAX).find(|nonce| !state.nonces.contains_key(nonce));
        hold(Rule::Nonce, Some(batch.nonce) == free, || format!("nonce {}, not {free:?}", batch.nonce))?;
    }
    let charter = &state.charter;
    let target = match (batch.lines.len(), adopts) {
        (1, _) => ("0", &charter.token),
        // Any MultiSendCallOnly: of those that are none, the auditor knows a few.
        (_, Some(_)) if ![ZERO, &charter.safe, &charter.token].contains(&&*batch.to) => ("1", &batch.to),
        (_, _) => ("1", &charter.multi_send),
    };
    hold(Rule::Target, (batch.operation, &batch.to) == target, || format!("it calls {}", batch.to))
}

/// More can be proposed for a nonce, and signed.
pub fn check_open(state: &State, number: u64) -> Result<(), Broken> {
    let Some(nonce) = state.nonces.get(&number) else {
        return broken(Rule::Nonce, format!("nothing was proposed for nonce {number}"));
    };
    let consumed = state.observations.last().is_some_and(|seen| number < seen.nonce);
    hold(Rule::Nonce, nonce.end.is_none() && !consumed, || format!("nonce {number} is consumed"))?;
    hold(Rule::FindingStands, nonce.finding.is_none(), || {
        format!("event {:?} found otherwise", nonce.finding)
    })
}

/// More is proposed for an open nonce, each transaction once.
fn check_candidate(state: &State, number: u64, safe_tx_hash: &str) -> Result<(), Broken> {
    check_open(state, number)?;
    let candidates = state.nonces.get(&number).map_or(&[][..], |nonce| &nonce.candidates);
    let hashes = candidates.iter().filter_map(|batch| state.batches.get(batch));
    let again = hashes.map(|batch| &batch.hashes[2]).any(|hash| hash == safe_tx_hash);
    hold(Rule::Candidate, !again, || format!("{safe_tx_hash} is proposed already"))
}

/// One more candidate for a nonce; what was said of it before counts no longer.
fn put(state: &mut State, number: u32, batch: Batch) {
    let nonce = state.nonces.entry(batch.nonce).or_default();
    nonce.candidates.push(number);
    nonce.words.clear();
    state.batches.insert(number, batch);
}

/// A transaction that pays nobody.
pub fn reject(state: &mut State, tree: &Tree, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let needed = ["domain_hash", "message_hash", "nonce", "safe_tx_hash"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &[])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["batch", "root", "size", "total"], &[])?;
    let (number, expected) = (outcome.number("batch")?, next(&state.batches));
    hold(Rule::Number, number == expected, || format!("batch {number}, not {expected}"))?;
    let hash = |field| asked.digest(field).map(str::to_owned);
    let batch = Batch {
        nonce: asked.long("nonce")?,
        total: outcome.amount("total")?,
        to: state.charter.safe.clone(),
        operation: "0",
        hashes: [hash("domain_hash")?, hash("message_hash")?, hash("safe_tx_hash")?],
        root: outcome.digest("root")?.to_owned(),
        seq: envelope.seq,
        at: envelope.at_text.to_owned(),
        signings: Vec::new(),
        lines: Vec::new(),
    };
    check_candidate(state, batch.nonce, &batch.hashes[2])?;
    let known = state.nonces.get(&batch.nonce).map_or(&[][..], |nonce| &nonce.candidates);
    let mut known = known.iter().filter_map(|batch| state.batches.get(batch));
    let again = known.any(|batch| batch.lines.is_empty());
    hold(Rule::Candidate, !again, || format!("nonce {} has a rejection already", batch.nonce))?;
    hold(Rule::Total, batch.total == 0, || format!("a rejection of {}", batch.total))?;
    let (size, root) = (outcome.long("size")?, hex(&tree.root()));
    let journal = size == envelope.seq && batch.root == root;
    hold(Rule::Root, journal, || format!("size {size}, root {}, not {root}", batch.root))?;
    put(state, number, batch);
    Ok(Vec::new())
}

/// What a nonce asks for: what was executed, or without an end its dearest candidate.
fn asks(state: &State, nonce: &Nonce) -> Wei {
    let total = |batch: &u32| state.batches.get(batch).map_or(0, |batch| batch.total);
    match &nonce.end {
        Some(end) => end.executed.as_ref().map_or(0, total),
        None => nonce.candidates.iter().map(total).max().unwrap_or(0),
    }
}

/// What the nonces without an end ask for.
pub fn spoken_for(state: &State) -> Result<Wei, Broken> {
    let open = state.nonces.values().filter(|nonce| nonce.end.is_none());
    sum(open.map(|nonce| asks(state, nonce)))
}

/// What the Safe was seen to hold covers the nonces from then on; what the books hold covers all without an end.
fn check_balance(state: &State, books: &Books, number: u64, total: Wei) -> Result<(), Broken> {
    let Some(seen) = state.observations.last() else { return Ok(()) };
    let before = state.nonces.get(&number).map_or(0, |nonce| asks(state, nonce));
    // Of the candidates for a nonce at most one is executed: here, this one.
    let all = sum([spoken_for(state)? - before, total])?;
    let open = state.nonces.range(seen.nonce..).map(|(_, nonce)| asks(state, nonce));
    let open = sum([sum(open)? - before, total])?;
    let suspense = books.balance("suspense_in");
    let (there, given) =
        (seen.balance.saturating_sub(suspense), books.balance("safe").saturating_sub(suspense));
    hold(Rule::SafeBalance, open <= there && all <= given, || {
        format!("{open} open of {there} seen, {all} in all of {given} given")
    })
}
