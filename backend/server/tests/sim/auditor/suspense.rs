//! LPT that moves without a batch: in suspense until two persons say what it was, sent back, or recorded wrongly.

use super::books::{Books, Move, line};
use super::budget::sum;
use super::chain::{Refund, Suspense};
use super::claim::Stage;
use super::nonces::{check_verdict, seconded};
use super::payouts::spoken_for;
use super::readings::{check_undone, reason, shown, source};
use super::rule::{Broken, Rule, broken, hold};
use super::state::{State, Word};
use super::value::{Fields, Wei};
use super::{Effect, Envelope};

/// What names a transfer of the chain, once at a time.
pub fn transfer(state: &State, asked: &Fields<'_>) -> Result<(String, u64), Broken> {
    for side in ["recipient", "sender"] {
        let is_safe = asked.maybe(side, Fields::address)? == Some(state.charter.safe.as_str());
        hold(Rule::Round, !is_safe, || format!("its {side} is the Safe"))?;
    }
    let transfer = (asked.digest("tx_hash")?.to_owned(), asked.count("log_index")?);
    let fundings = state.fundings.iter().filter(|funding| funding.withdrawn.is_none());
    let funded = fundings.map(|funding| (funding.tx_hash.clone(), funding.log_index));
    let moved = state.suspense.values().filter(|item| item.withdrawn.is_none());
    let moved = moved.filter_map(|item| item.transfer.clone());
    let refunds = state.refunds.values().filter(|refund| refund.withdrawn.is_none());
    let refunded = refunds.map(|refund| refund.transfer.clone());
    let known = funded.chain(moved).chain(refunded).any(|other| other == transfer);
    hold(Rule::Transfer, !known, || "the transfer is recorded already".to_owned())?;
    Ok(transfer)
}

pub fn record(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let out = envelope.kind == "outflow_recorded";
    let other = if out { "recipient" } else { "sender" };
    let needed = ["amount", "log_index", "source", "tx_hash"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["receipt", other])?;
    let source = shown(&asked, envelope)?;
    let (transfer, amount) = (transfer(state, &asked)?, asked.money("amount")?);
    // The ledger itself can tell one transfer of a transaction from another.
    let said = asked.maybe("recipient", Fields::address)?.filter(|_| envelope.actor.is_some());
    if let Some(recipient) = said {
        check_uncounted(state, &transfer.0, recipient, amount)?;
    }
    let transfer = Some(transfer);
    state.suspense.insert(envelope.seq, Suspense { out, source, amount, transfer, ..Suspense::default() });
    Ok(vec![if out {
        Move::new("suspense_out", "safe", amount)
    } else {
        Move::new("safe", "suspense_in", amount)
    }])
}

/// No batch that this transaction executed has such a line.
fn check_uncounted(state: &State, tx_hash: &str, payee: &str, amount: Wei) -> Result<(), Broken> {
    let ends = state.nonces.values().filter_map(|nonce| nonce.end.as_ref());
    let executed = ends.filter(|end| end.tx_hash == tx_hash).filter_map(|end| end.executed);
    for batch in executed.filter_map(|number| state.batches.get(&number)) {
        let same = batch.lines.iter().find(|line| line.payee == payee && line.amount == amount);
        hold(Rule::Counted, same.is_none(), || {
            format!("it is a line of the batch on nonce {}", batch.nonce)
        })?;
    }
    Ok(())
}

/// Where money goes that a claim needs no more.
fn free(state: &State, period: u32) -> &'static str {
    let closed = state.periods.get(&period).is_some_and(|period| period.closing.is_some());
    if closed { "lapsed" } else { "available" }
}

/// What came back of a paid claim, at most what did not before.
fn refund(state: &mut State, number: u32, amount: Wei, from: &str, seq: Option<u64>) -> Effect {
    let Some(claim) = state.claims.get(&number) else {
        return broken(Rule::Unknown, format!("no submission {number}"));
    };
    let Stage::Paid { batch, amount: paid, refunded } = claim.stage else {
        return broken(Rule::Refund, format!("submission {number} is {}", claim.stage.word()));
    };
    let after = refunded.checked_add(amount).filter(|after| *after <= paid);
    let Some(refunded) = after else {
        return broken(Rule::Refund, format!("{amount} back of {paid}, {refunded} before"));
    };
    let spent = line(claim.period, &claim.category, "spent");
    let to = free(state, claim.period);
    let moves = vec![
        Move::new(from, spent, amount),
        Move::within(claim.period, &claim.category, "expended", to, amount),
    ];
    if let (Some(seq), Some(claim)) = (seq, state.claims.get_mut(&number)) {
        claim.stage = Stage::Paid { batch, amount: paid, refunded };
        claim.touched = seq;
    }
    Ok(moves)
}

pub fn record_refund(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let needed = ["amount", "log_index", "source", "submission", "tx_hash"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["sender"])?;
    let source = source(&asked, envelope)?;
    let (transfer, amount) = (transfer(state, &asked)?, asked.money("amount")?);
    let submission = asked.number("submission")?;
    let moves = refund(state, submission, amount, "safe", Some(envelope.seq))?;
    state.refunds.insert(envelope.seq, Refund { submission, source, amount, transfer, withdrawn: None });
    Ok(moves)
}

pub fn withdraw(state: &mut State, books: &Books, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["event"], &["reason"])?;
    reason(&asked, envelope)?;
    let event = asked.long("event")?;
    if let Some(known) = state.refunds.get(&event).cloned() {
        hold(Rule::Transfer, known.withdrawn.is_none(), || "it was withdrawn already".to_owned())?;
        check_undone(envelope, known.source)?;
        let kept = sum([spoken_for(state)?, books.balance("suspense_in"), known.amount])?;
        let safe = books.balance("safe");
        hold(Rule::SafeBalance, kept <= safe, || format!("{kept} of {safe} are spoken for"))?;
        let Some(claim) = state.claims.get(&known.submission) else { return Ok(Vec::new()) };
        let (from, spent) = (free(state, claim.period), line(claim.period, &claim.category, "spent"));
        let moves = vec![
            Move::new(spent, "safe", known.amount),
            Move::within(claim.period, &claim.category, from, "expended", known.amount),
        ];
        if let Some(known) = state.refunds.get_mut(&event) {
            known.withdrawn = Some(envelope.seq);
        }
        if let Some(claim) = state.claims.get_mut(&known.submission)
            && let Stage::Paid { batch, amount, refunded } = claim.stage
        {
            claim.stage = Stage::Paid { batch, amount, refunded: refunded - known.amount };
            claim.touched = envelope.seq;
        }
        return Ok(moves);
    }
    let item = state.suspense.get_mut(&event).filter(|item| item.transfer.is_some());
    let Some(item) = item else {
        return broken(Rule::Unknown, format!("event {event} recorded nothing of the kind"));
    };
    hold(Rule::Explained, item.explained.is_none(), || "it was explained".to_owned())?;
    hold(Rule::Transfer, item.withdrawn.is_none(), || "it was withdrawn already".to_owned())?;
    check_undone(envelope, item.source)?;
    item.withdrawn = Some(envelope.seq);
    item.words.clear();
    Ok(vec![if item.out {
        Move::new("safe", "suspense_out", item.amount)
    } else {
        Move::new("suspense_in", "safe", item.amount)
    }])
}

/// Two persons say what something in suspense was.
pub fn explain(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked", "outcome"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["event", "reason"], &["submission"])?;
    let outcome = Fields::of("outcome", data.value("outcome"), &["verdict"], &[])?;
    asked.digest("reason")?;
    let (event, submission) = (asked.long("event")?, asked.maybe("submission", Fields::number)?);
    let (member, out) = (envelope.actor.unwrap_or_default(), envelope.kind == "outflow_settled");
    let Some(item) = state.suspense.get(&event).filter(|item| item.out == out).cloned() else {
        return broken(Rule::Unknown, format!("event {event} recorded nothing of the kind"));
    };
    let open = item.explained.is_none() && item.withdrawn.is_none();
    hold(Rule::Explained, open, || format!("explained in {:?}, or withdrawn", item.explained))?;
    if let Some(number) = submission {
        hold(Rule::Unknown, state.claims.contains_key(&number), || format!("no submission {number}"))?;
    }
    let says = format!("{submission:?}");
    let done = seconded(state, &item.words, &says, member, submission.as_slice())?;
    check_verdict(&outcome, done)?;
    let seq = done.then_some(envelope.seq);
    let moves = match (submission, out) {
        (None, false) => vec![Move::new("suspense_in", "contributed", item.amount)],
        (Some(number), false) => refund(state, number, item.amount, "suspense_in", seq)?,
        (None, true) => vec![Move::new("lost", "suspense_out", item.amount)],
        (Some(number), true) => settle(state, number, item.amount, seq)?,
    };
    let Some(item) = state.suspense.get_mut(&event) else { return Ok(Vec::new()) };
    if !done {
        item.words.push(Word { member, seq: envelope.seq, says });
        return Ok(Vec::new());
    }
    item.words.clear();
    item.explained = Some((envelope.seq, submission));
    Ok(moves)
}

/// An outflow paid a claim that was owed: once for all.
fn settle(state: &mut State, number: u32, amount: Wei, seq: Option<u64>) -> Effect {
    let Some(claim) = state.claims.get(&number) else { return Ok(Vec::new()) };
    let from = match claim.stage {
        Stage::Approved => "encumbered",
        Stage::InBatch(_) => "inflight",
        _ => return broken(Rule::Owed, format!("submission {number} is {}", claim.stage.word())),
    };
    let owed = claim.revision().amount;
    let paid = owed.min(amount);
    let within = |from, to, amount| Move::within(claim.period, &claim.category, from, to, amount);
    let moves = vec![
        Move::new(line(claim.period, &claim.category, "spent"), "suspense_out", paid),
        within(from, "expended", paid),
        within(from, free(state, claim.period), owed - paid),
        Move::new("lost", "suspense_out", amount - paid),
    ];
    if let (Some(seq), Some(claim)) = (seq, state.claims.get_mut(&number)) {
        claim.stage = Stage::Paid { batch: None, amount: paid, refunded: 0 };
        claim.awaits_check = false;
        claim.touched = seq;
    }
    Ok(moves)
}
