//! Forgeries of what the ledger itself reads on the chain, and of what it finds there.

use serde_json::{Value, json};

use super::journal::Journal;
use super::{Forgery, asks, plus, text, verdict};
use crate::auditor::Rule;

/// What rests on a receipt, if the ledger itself read it.
const SHOWN: &[&str] =
    &["batch_executed", "funding_recorded", "inflow_recorded", "nonce_consumed", "outflow_recorded"];
/// What members give a reason for.
const REASONED: &[&str] =
    &["execution_withdrawn", "funding_withdrawn", "nonce_consumed", "transfer_withdrawn"];

/// Whether the ledger itself says so.
pub fn is_read(event: &Value) -> bool {
    event["actor"] == "system"
}

/// The ledger itself says so, on the grounds that it has.
pub fn by_ledger(event: &mut Value) {
    (event["actor"], event["cause"]) = (json!("system"), json!([]));
    let kind = text(&event["kind"]).to_owned();
    let asked = event["data"]["asked"].as_object_mut().unwrap();
    asked.remove("reason");
    asked.entry("source").and_modify(|source| *source = json!("chain"));
    if SHOWN.contains(&kind.as_str()) {
        asked.insert("receipt".to_owned(), json!("5a".repeat(32)));
    }
}

/// A member says so, on the grounds that members have.
pub fn by_member(event: &mut Value, member: Value) {
    (event["actor"], event["cause"]) = (member, json!(["a1".repeat(32), "a2".repeat(32)]));
    let kind = text(&event["kind"]).to_owned();
    let asked = event["data"]["asked"].as_object_mut().unwrap();
    asked.entry("source").and_modify(|source| *source = json!("attested"));
    if SHOWN.contains(&kind.as_str()) {
        asked.remove("receipt");
    }
    if REASONED.contains(&kind.as_str()) {
        asked.insert("reason".to_owned(), json!("5a".repeat(32)));
    }
}

/// Who was a treasurer last, before a place.
pub fn treasurer(journal: &Journal, place: usize) -> Option<Value> {
    let theirs = ["batch_proposed", "funding_recorded", "rejection_proposed", "safe_observed"];
    let last =
        (0..place).rfind(|at| theirs.contains(&journal.kind(*at)) && !is_read(&journal.events[*at]))?;
    Some(journal.events[last]["actor"].clone())
}

/// Puts an event of the ledger's own before a place.
fn read(journal: &mut Journal, place: usize, kind: &str, asked: &Value) {
    let mut event = journal.events[place].clone();
    (event["kind"], event["post"]) = (json!(kind), json!([]));
    event["data"] = json!({"asked": asked});
    (event["actor"], event["cause"]) = (json!("system"), json!([]));
    journal.insert(place, event);
}

/// Before a place, the ledger itself finds something on a nonce.
pub fn find(journal: &mut Journal, place: usize, nonce: &Value, finding: &str) {
    let (receipt, tx_hash) = ("5a".repeat(32), "5b".repeat(32));
    let asked = json!({"finding": finding, "nonce": nonce, "receipt": receipt, "tx_hash": tx_hash});
    read(journal, place, "finding_recorded", &asked);
}

/// Before a place, the ledger itself corrects the nonce that the Safe was seen at.
pub fn see(journal: &mut Journal, place: usize, nonce: &Value) -> Option<()> {
    let last = (0..place).rfind(|at| journal.kind(*at) == "safe_observed")?;
    let mut asked = journal.events[last]["data"]["asked"].clone();
    (asked["corrects"], asked["nonce"]) = (journal.events[last]["seq"].clone(), nonce.clone());
    asked["source"] = json!("chain");
    read(journal, place, "safe_observed", &asked);
    Some(())
}

/// The nonce that a batch was proposed for.
pub fn nonce_of(journal: &Journal, batch: &Value) -> Option<Value> {
    let proposed = |kind| journal.one(kind, |event| event["data"]["outcome"]["batch"] == *batch);
    let place = proposed("batch_proposed").or_else(|| proposed("rejection_proposed"))?;
    Some(journal.events[place]["data"]["asked"]["nonce"].clone())
}

/// An end by which claims are owed again.
fn owed_again(event: &Value) -> bool {
    let posts = event["post"].as_array().unwrap();
    posts.iter().any(|post| text(&post[0]).ends_with("/encumbered") && post[1] == "C")
}

/// The event that an event names.
fn named<'a>(journal: &'a Journal, event: &Value) -> &'a Value {
    &journal.events[asks(event, "event").parse::<usize>().unwrap()]
}

/// Whether a member takes back what nobody has confirmed, and the ledger itself had read.
fn unreads(journal: &Journal, event: &Value) -> bool {
    is_read(event) && is_read(named(journal, event))
}

pub const FORGERIES: &[Forgery] = &[
    (Rule::Actor, "a member who confirms a word", |journal| {
        let place = journal.one("word_confirmed", |_| true)?;
        by_member(&mut journal.events[place], json!("1"));
        Some(())
    }),
    (Rule::Actor, "a member who finds something on the chain", |journal| {
        let place = journal.one("finding_recorded", |_| true)?;
        by_member(&mut journal.events[place], json!("1"));
        Some(())
    }),
    (Rule::Actor, "the ledger itself says what an outflow was", |journal| {
        let place = journal.one("outflow_settled", |_| true)?;
        by_ledger(&mut journal.events[place]);
        journal.asked(place)["reason"] = json!("5a".repeat(32));
        Some(())
    }),
    (Rule::Source, "a look at the Safe, as if it was read", |journal| {
        let place = journal.one("safe_observed", |event| !is_read(event))?;
        journal.asked(place)["source"] = json!("chain");
        Some(())
    }),
    (Rule::Source, "what the ledger itself attests", |journal| {
        let place = journal.one("inflow_recorded", is_read)?;
        journal.asked(place)["source"] = json!("attested");
        Some(())
    }),
    (Rule::Source, "a refund, as if it was read", |journal| {
        let place = journal.one("refund_recorded", |_| true)?;
        journal.asked(place)["source"] = json!("chain");
        Some(())
    }),
    (Rule::Receipt, "an execution that stands in no receipt", |journal| {
        let place = journal.one("batch_executed", is_read)?;
        journal.asked(place).as_object_mut()?.remove("receipt").map(|_| ())
    }),
    (Rule::Receipt, "an outflow that was read nowhere", |journal| {
        let place = journal.one("outflow_recorded", is_read)?;
        journal.asked(place).as_object_mut()?.remove("receipt").map(|_| ())
    }),
    (Rule::Receipt, "a receipt of a member's", |journal| {
        let place = journal.one("funding_recorded", |event| !is_read(event))?;
        journal.asked(place)["receipt"] = json!("5a".repeat(32));
        Some(())
    }),
    (Rule::Reason, "an end taken back without a word", |journal| {
        let place = journal.one("execution_withdrawn", |event| !is_read(event))?;
        journal.asked(place).as_object_mut()?.remove("reason").map(|_| ())
    }),
    (Rule::Reason, "a nonce that a member says is consumed, and not why", |journal| {
        let place = journal.one("nonce_consumed", |event| !is_read(event))?;
        journal.asked(place).as_object_mut()?.remove("reason").map(|_| ())
    }),
    (Rule::Reason, "a reason of the ledger's own", |journal| {
        let place = journal.one("funding_withdrawn", is_read)?;
        journal.asked(place)["reason"] = json!("5a".repeat(32));
        Some(())
    }),
    (Rule::Funder, "a funding of a stranger's that the ledger itself read", |journal| {
        let place = journal.one("funding_recorded", is_read)?;
        journal.asked(place)["sender"] = json!(format!("0x{}", "5c".repeat(20)));
        Some(())
    }),
    (Rule::Funder, "a funding of nobody's that the ledger itself read", |journal| {
        let place = journal.one("funding_recorded", is_read)?;
        journal.asked(place).as_object_mut()?.remove("sender").map(|_| ())
    }),
    (Rule::Postings, "an inflow that was read and changes nothing", |journal| {
        let place = journal.one("inflow_recorded", is_read)?;
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::ReadBack, "a member who takes back a transfer that was read", |journal| {
        let place = journal.one("transfer_withdrawn", |event| unreads(journal, event))?;
        let member = treasurer(journal, place)?;
        by_member(&mut journal.events[place], member);
        Some(())
    }),
    (Rule::ReadBack, "a member who takes back a funding that was read", |journal| {
        let place = journal.one("funding_withdrawn", |event| unreads(journal, event))?;
        let member = treasurer(journal, place)?;
        by_member(&mut journal.events[place], member);
        Some(())
    }),
    (Rule::ReadBack, "a member who takes back a funding that was confirmed", |journal| {
        let place =
            journal.one("word_confirmed", |event| named(journal, event)["kind"] == "funding_recorded")?;
        let amount = named(journal, &journal.events[place])["data"]["asked"]["amount"].clone();
        let mut event = journal.events[place].clone();
        event["kind"] = json!("funding_withdrawn");
        event["data"]["asked"].as_object_mut()?.remove("receipt");
        event["post"] = json!([["contributed", "D", amount], ["safe", "C", amount]]);
        by_member(&mut event, treasurer(journal, place)?);
        journal.insert(place + 1, event);
        Some(())
    }),
    (Rule::ReadBack, "a member who corrects what the ledger itself saw", |journal| {
        let observed = journal.all("safe_observed", |_| true);
        let own = |place: &usize| {
            let event = &journal.events[*place];
            let corrects = asks(event, "corrects");
            is_read(event)
                && !corrects.is_empty()
                && is_read(&journal.events[corrects.parse::<usize>().unwrap()])
        };
        let place = observed.into_iter().rfind(own)?;
        let member = treasurer(journal, place)?;
        by_member(&mut journal.events[place], member);
        Some(())
    }),
    (Rule::ReadBack, "a member who takes back an execution that was read", |journal| {
        let place = journal.one("batch_executed", |event| is_read(event) && event["post"] != json!([]))?;
        let nonce = nonce_of(journal, &journal.events[place]["data"]["asked"]["batch"])?;
        let mut event = journal.events[place].clone();
        event["kind"] = json!("execution_withdrawn");
        event["data"] = json!({"asked": {"nonce": nonce}});
        let inverse = event["post"]
            .as_array()?
            .iter()
            .map(|post| json!([post[0], if post[1] == "D" { "C" } else { "D" }, post[2]]));
        event["post"] = inverse.collect();
        by_member(&mut event, treasurer(journal, place)?);
        journal.insert(place + 1, event);
        Some(())
    }),
    (Rule::Confirmed, "a word that is confirmed twice", |journal| {
        let place = journal.one("word_confirmed", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Confirmed, "a word that states nothing of the chain", |journal| {
        let place = journal.one("word_confirmed", |_| true)?;
        journal.asked(place)["event"] = json!("0");
        Some(())
    }),
    (Rule::Confirmed, "what the ledger itself read, confirmed", |journal| {
        let read = *journal.all("outflow_recorded", is_read).first()?;
        let place = *journal.all("word_confirmed", |_| true).last().filter(|place| **place > read)?;
        journal.asked(place)["event"] = journal.events[read]["seq"].clone();
        Some(())
    }),
    (Rule::Confirmed, "the first of two words, confirmed", |journal| {
        let said = *journal.all("nonce_consumed", |event| verdict(event) == "counted").first()?;
        let place = *journal.all("word_confirmed", |_| true).last().filter(|place| **place > said)?;
        journal.asked(place)["event"] = journal.events[said]["seq"].clone();
        Some(())
    }),
    (Rule::Confirmed, "a funding that was taken back, confirmed", |journal| {
        let gone = *journal.all("funding_withdrawn", |_| true).first()?;
        let place = *journal.all("word_confirmed", |_| true).last().filter(|place| **place > gone)?;
        journal.asked(place)["event"] = journal.asked(gone)["event"].clone();
        Some(())
    }),
    (Rule::Finding, "a finding twice on a nonce", |journal| {
        let place = journal.one("finding_recorded", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Finding, "a finding that contradicts no end", |journal| {
        let place = journal.one("finding_recorded", |event| asks(event, "finding") != "contradicted")?;
        journal.asked(place)["finding"] = json!("contradicted");
        Some(())
    }),
    (Rule::Finding, "an end that somebody said, found to be another", |journal| {
        let place = journal.one("finding_recorded", |event| asks(event, "finding") == "contradicted")?;
        journal.asked(place)["finding"] = json!("elsewhere");
        Some(())
    }),
    (Rule::Unknown, "a finding on a nonce for which nothing was proposed", |journal| {
        let place = journal.one("finding_recorded", |_| true)?;
        plus(&mut journal.asked(place)["nonce"], 1_000_000);
        Some(())
    }),
    (Rule::FindingStands, "an execution while a finding stands", |journal| {
        let place = journal.one("batch_executed", |event| verdict(event) == "done")?;
        let nonce = nonce_of(journal, &journal.events[place]["data"]["asked"]["batch"])?;
        find(journal, place, &nonce, "mismatched");
        Some(())
    }),
    (Rule::FindingStands, "claims that the ledger itself frees while a finding stands", |journal| {
        let place = journal.one("nonce_consumed", |event| is_read(event) && owed_again(event))?;
        let nonce = journal.asked(place)["nonce"].clone();
        find(journal, place, &nonce, "elsewhere");
        Some(())
    }),
    (Rule::FindingStands, "a nonce that is said to be replaced while a finding stands", |journal| {
        let place = journal.one("nonce_consumed", |event| asks(event, "how") == "mismatched")?;
        journal.asked(place)["how"] = json!("replaced");
        Some(())
    }),
    (Rule::FindingStands, "a batch on a nonce on which a finding stands", |journal| {
        let place = journal.one("batch_proposed", |event| asks(event, "beside") == "yes")?;
        let nonce = journal.asked(place)["nonce"].clone();
        find(journal, place, &nonce, "elsewhere");
        Some(())
    }),
    (Rule::FindingStands, "a rejection of a nonce on which a finding stands", |journal| {
        let place = journal.one("rejection_proposed", |_| true)?;
        let nonce = journal.asked(place)["nonce"].clone();
        find(journal, place, &nonce, "mismatched");
        Some(())
    }),
    (Rule::Mismatched, "a nonce that the ledger itself says is mismatched", |journal| {
        let done = |event: &Value| asks(event, "how") == "mismatched" && verdict(event) == "done";
        let place = journal.one("nonce_consumed", done)?;
        by_ledger(&mut journal.events[place]);
        Some(())
    }),
    (Rule::Mismatched, "a nonce that is mismatched with nothing found", |journal| {
        let place = journal.one("nonce_consumed", |event| asks(event, "how") == "failed")?;
        journal.asked(place)["how"] = json!("mismatched");
        Some(())
    }),
    (Rule::Unconsumed, "claims owed again that may still be paid", |journal| {
        let place = journal.one("nonce_consumed", |event| !is_read(event) && owed_again(event))?;
        let nonce = journal.asked(place)["nonce"].clone();
        see(journal, place, &nonce)
    }),
    (Rule::Unconsumed, "claims that the ledger itself frees while they may be paid", |journal| {
        let place = journal.one("nonce_consumed", |event| is_read(event) && owed_again(event))?;
        let nonce = journal.asked(place)["nonce"].clone();
        see(journal, place, &nonce)
    }),
    (Rule::Unconsumed, "claims beside those of a batch that may still be paid", |journal| {
        let place = journal.one("batch_executed", owed_again)?;
        let nonce = nonce_of(journal, &journal.events[place]["data"]["asked"]["batch"])?;
        see(journal, place, &nonce)
    }),
    (Rule::Unconsumed, "claims freed after a finding, with the Safe seen below it again", |journal| {
        let frees = |event: &Value| asks(event, "how") == "mismatched" && owed_again(event);
        let place = journal.one("nonce_consumed", frees)?;
        let nonce = journal.asked(place)["nonce"].clone();
        see(journal, place, &nonce)
    }),
    (Rule::TwoPersons, "a word from before another finding", |journal| {
        let frees = |event: &Value| asks(event, "how") == "mismatched" && owed_again(event);
        let place = journal.one("nonce_consumed", frees)?;
        let nonce = journal.asked(place)["nonce"].clone();
        // The one that stood is taken back, and the same is found again.
        find(journal, place, &nonce, "mismatched");
        read(journal, place, "execution_withdrawn", &json!({"nonce": nonce}));
        Some(())
    }),
    (Rule::TwoPersons, "what the ledger itself read, and waits for a second word", |journal| {
        let place = journal.one("nonce_consumed", |event| is_read(event) && owed_again(event))?;
        journal.outcome(place)["verdict"] = json!("counted");
        Some(())
    }),
    (Rule::TakenBack, "a finding that a member takes back", |journal| {
        let place = journal.one("finding_recorded", |event| asks(event, "finding") != "contradicted")?;
        let mut event = journal.events[place].clone();
        event["kind"] = json!("execution_withdrawn");
        event["data"] = json!({"asked": {"nonce": journal.asked(place)["nonce"]}});
        by_member(&mut event, treasurer(journal, place)?);
        journal.insert(place + 1, event);
        Some(())
    }),
    (Rule::TakenBack, "a finding taken back that nobody made", |journal| {
        let place = journal.one("batch_proposed", |event| asks(event, "beside") == "no")?;
        let nonce = journal.asked(place)["nonce"].clone();
        read(journal, place + 1, "execution_withdrawn", &json!({"nonce": nonce}));
        Some(())
    }),
];
