//! On what it rests that something happened on the chain; what the ledger itself reads there; owners who sign.

use super::payouts::check_open;
use super::rule::{Broken, Rule, broken, hold};
use super::state::State;
use super::value::Fields;
use super::{Effect, Envelope};

/// What the ledger itself may read, as well as members say it.
pub const READ: &[&str] = &[
    "batch_executed",
    "execution_withdrawn",
    "funding_recorded",
    "funding_withdrawn",
    "inflow_recorded",
    "nonce_consumed",
    "outflow_recorded",
    "safe_observed",
    "transfer_withdrawn",
];

/// How the ledger came to know: a member attests, and it reads itself.
pub fn source(asked: &Fields<'_>, envelope: &Envelope<'_>) -> Result<&'static str, Broken> {
    let source = asked.word("source", &["attested", "chain"])?;
    let expected = if envelope.actor.is_some() { "attested" } else { "chain" };
    hold(Rule::Source, source == expected, || format!("{source} by {:?}", envelope.actor))?;
    Ok(source)
}

/// The same of what comes with the receipt that was read.
pub fn shown(asked: &Fields<'_>, envelope: &Envelope<'_>) -> Result<&'static str, Broken> {
    let receipt = asked.maybe("receipt", Fields::digest)?;
    hold(Rule::Receipt, receipt.is_some() == envelope.actor.is_none(), || {
        format!("receipt {receipt:?} of {:?}", envelope.actor)
    })?;
    source(asked, envelope)
}

/// Why a member says so.
pub fn reason(asked: &Fields<'_>, envelope: &Envelope<'_>) -> Result<Option<String>, Broken> {
    let reason = asked.maybe("reason", Fields::digest)?;
    hold(Rule::Reason, reason.is_some() == envelope.actor.is_some(), || {
        format!("reason {reason:?} of {:?}", envelope.actor)
    })?;
    Ok(reason.map(str::to_owned))
}

/// A member takes back, or corrects, what members said; the ledger itself whatever is wrong.
pub fn check_undone(envelope: &Envelope<'_>, source: &str) -> Result<(), Broken> {
    let may = envelope.actor.is_none() || source == "attested";
    hold(Rule::ReadBack, may, || format!("{:?} takes back what was read", envelope.actor))
}

/// LPT that moved, or the end of a nonce, was attested and stands: now it was read.
pub fn confirm(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["event", "receipt"], &[])?;
    asked.digest("receipt")?;
    let event = asked.long("event")?;
    let State { fundings, nonces, refunds, suspense, .. } = state;
    let ends = nonces.values_mut().filter_map(|nonce| nonce.end.as_mut());
    let ends = ends.filter(|end| end.seq == event).map(|end| &mut end.source);
    let given = fundings.iter_mut().filter(|funding| funding.seq == event && funding.withdrawn.is_none());
    let back = refunds.get_mut(&event).filter(|refund| refund.withdrawn.is_none());
    let moved = suspense.get_mut(&event).filter(|item| item.withdrawn.is_none());
    let sources = ends.chain(given.map(|funding| &mut funding.source));
    let sources = sources.chain(back.map(|refund| &mut refund.source));
    let sources: Vec<_> = sources.chain(moved.map(|item| &mut item.source)).collect();
    hold(Rule::Confirmed, !sources.is_empty(), || format!("event {event} states nothing that stands"))?;
    for source in sources {
        hold(Rule::Confirmed, *source == "attested", || format!("event {event} was read already"))?;
        *source = "chain";
    }
    Ok(Vec::new())
}

/// What was read of a nonce is for people to settle, and what they said of it before counts no longer.
pub fn find(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let asked = Fields::of("asked", data.value("asked"), &["finding", "nonce", "receipt", "tx_hash"], &[])?;
    let finding = asked.word("finding", &["contradicted", "elsewhere", "mismatched"])?;
    asked.digest("receipt")?;
    asked.digest("tx_hash")?;
    let number = asked.long("nonce")?;
    let Some(nonce) = state.nonces.get_mut(&number) else {
        return broken(Rule::Unknown, format!("nothing was proposed for nonce {number}"));
    };
    hold(Rule::Finding, nonce.finding.is_none(), || format!("one stands: event {:?}", nonce.finding))?;
    let fits = (finding == "contradicted") == nonce.end.is_some();
    hold(Rule::Finding, fits, || format!("{finding}, of nonce {number} with the end {:?}", nonce.end))?;
    nonce.finding = Some(envelope.seq);
    nonce.words.clear();
    Ok(Vec::new())
}

/// An owner of the Safe agrees to a batch that may still be executed.
pub fn sign(state: &mut State, envelope: &Envelope<'_>) -> Effect {
    let data = Fields::of("data", Some(envelope.data), &["asked"], &[])?;
    let needed = ["batch", "form", "owner"];
    let asked = Fields::of("asked", data.value("asked"), &needed, &["contract", "signature"])?;
    let (number, owner) = (asked.number("batch")?, asked.address("owner")?);
    let Some(batch) = state.batches.get(&number) else {
        return broken(Rule::Unknown, format!("no batch {number}"));
    };
    check_open(state, batch.nonce)?;
    let seen = state.observations.last();
    let owns = seen.is_some_and(|seen| seen.owners.iter().any(|known| known == owner));
    hold(Rule::Owner, owns, || format!("{owner} is no owner of the Safe"))?;
    let again = batch.signings.iter().find(|(_, known)| known == owner);
    hold(Rule::Owner, again.is_none(), || format!("{owner} agreed already: {again:?}"))?;
    let form = asked.word("form", &["approved_hash", "contract", "eip712", "eth_sign"])?;
    let signature = asked.maybe("signature", Fields::signature)?.is_some();
    let contract = asked.maybe("contract", Fields::bytes)?.is_some();
    let fits = (signature, contract) == (["eip712", "eth_sign"].contains(&form), form == "contract");
    hold(Rule::Form, fits, || format!("{form} with signature {signature}, contract {contract}"))?;
    if let Some(batch) = state.batches.get_mut(&number) {
        batch.signings.push((envelope.seq, owner.to_owned()));
    }
    Ok(Vec::new())
}
