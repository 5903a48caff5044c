//! Forgeries of owners who sign, and of batches that a wallet made.

use serde_json::{Value, json};

use super::reading::{by_ledger, find, nonce_of, see};
use super::{Forgery, asks, plus};
use crate::auditor::Rule;

/// Whether a wallet made this batch on a nonce of its own.
fn elsewhere(event: &Value) -> bool {
    !asks(event, "adopts").is_empty() && asks(event, "beside") == "no"
}

fn payouts(event: &Value) -> &Vec<Value> {
    event["data"]["asked"]["payouts"].as_array().unwrap()
}

pub const FORGERIES: &[Forgery] = &[
    (Rule::Actor, "the ledger itself signs", |journal| {
        let place = journal.one("signature_recorded", |_| true)?;
        by_ledger(&mut journal.events[place]);
        Some(())
    }),
    (Rule::Unknown, "a signature of no batch", |journal| {
        let place = journal.one("signature_recorded", |_| true)?;
        journal.asked(place)["batch"] = json!("4000000");
        Some(())
    }),
    (Rule::Owner, "a stranger who signs", |journal| {
        let place = journal.one("signature_recorded", |_| true)?;
        journal.asked(place)["owner"] = json!(format!("0x{}", "5c".repeat(20)));
        Some(())
    }),
    (Rule::Owner, "an owner who signs twice", |journal| {
        let place = journal.one("signature_recorded", |_| true)?;
        let again = journal.repeat(place);
        journal.events[again]["actor"] = json!("1");
        Some(())
    }),
    (Rule::Owner, "an owner who signs twice in two forms", |journal| {
        let place = journal.one("signature_recorded", |event| asks(event, "form") == "eip712")?;
        let again = journal.repeat(place);
        journal.asked(again)["form"] = json!("approved_hash");
        journal.asked(again).as_object_mut()?.remove("signature").map(|_| ())
    }),
    (Rule::Owner, "an owner who is none any more", |journal| {
        let place = journal.one("signature_recorded", |_| true)?;
        let batch = journal.asked(place)["batch"].clone();
        let nonce = nonce_of(journal, &batch)?;
        see(journal, place, &nonce)?;
        journal.asked(place)["owners"] = json!([format!("0x{}", "5c".repeat(20))]);
        journal.asked(place)["threshold"] = json!("1");
        Some(())
    }),
    (Rule::Form, "typed data that nobody signed", |journal| {
        let place = journal.one("signature_recorded", |event| asks(event, "form") == "eip712")?;
        journal.asked(place).as_object_mut()?.remove("signature").map(|_| ())
    }),
    (Rule::Form, "an approved hash with a signature", |journal| {
        let place = journal.one("signature_recorded", |event| asks(event, "form") == "eth_sign")?;
        journal.asked(place)["form"] = json!("approved_hash");
        Some(())
    }),
    (Rule::Form, "a contract with the signature of a key", |journal| {
        let place = journal.one("signature_recorded", |event| asks(event, "form") == "eip712")?;
        journal.asked(place)["form"] = json!("contract");
        Some(())
    }),
    (Rule::Form, "a signature with what a contract accepts", |journal| {
        let place = journal.one("signature_recorded", |event| asks(event, "form") == "eip712")?;
        journal.asked(place)["contract"] = json!("00");
        Some(())
    }),
    (Rule::Shape, "half a byte of a contract's", |journal| {
        let place = journal.one("signature_recorded", |event| asks(event, "form") == "contract")?;
        journal.asked(place)["contract"] = json!("000");
        Some(())
    }),
    (Rule::Shape, "more than a contract may say", |journal| {
        let place = journal.one("signature_recorded", |event| asks(event, "form") == "contract")?;
        journal.asked(place)["contract"] = json!("00".repeat(4097));
        Some(())
    }),
    (Rule::FindingStands, "a signature while a finding stands", |journal| {
        let place = journal.one("signature_recorded", |_| true)?;
        let nonce = nonce_of(journal, &journal.events[place]["data"]["asked"]["batch"])?;
        find(journal, place, &nonce, "mismatched");
        Some(())
    }),
    (Rule::Nonce, "a signature of what cannot be executed any more", |journal| {
        let place = journal.one("signature_recorded", |_| true)?;
        let mut nonce = nonce_of(journal, &journal.events[place]["data"]["asked"]["batch"])?;
        plus(&mut nonce, 1);
        see(journal, place, &nonce)
    }),
    (Rule::Adopted, "a wallet's batch with other lines", |journal| {
        let place = *journal.all("batch_proposed", |event| !asks(event, "adopts").is_empty()).last()?;
        let lines = payouts(&journal.events[place]).clone();
        let other = *journal.all("batch_proposed", |event| *payouts(event) != lines).first()?;
        journal.asked(place)["adopts"] = journal.outcome(other)["batch"].clone();
        (other < place).then_some(())
    }),
    (Rule::Adopted, "a wallet's batch with the lines in another order", |journal| {
        let place = journal
            .one("batch_proposed", |event| !asks(event, "adopts").is_empty() && payouts(event).len() > 1)?;
        journal.asked(place)["payouts"].as_array_mut()?.reverse();
        // What moves follows the lines.
        let posts = journal.events[place]["post"].as_array()?.chunks(2).rev().flatten().cloned().collect();
        journal.events[place]["post"] = posts;
        Some(())
    }),
    (Rule::Unknown, "a wallet's batch of no other", |journal| {
        let place = journal.one("batch_proposed", |event| !asks(event, "adopts").is_empty())?;
        journal.asked(place)["adopts"] = json!("4000000");
        Some(())
    }),
    (Rule::Nonce, "a nonce that no wallet chose", |journal| {
        let place = journal.one("batch_proposed", elsewhere)?;
        plus(&mut journal.asked(place)["nonce"], 1_000_000);
        journal.asked(place).as_object_mut()?.remove("adopts").map(|_| ())
    }),
    (Rule::Nonce, "a wallet's batch on a nonce that is consumed", |journal| {
        let place = journal.one("batch_proposed", elsewhere)?;
        let mut nonce = journal.asked(place)["nonce"].clone();
        plus(&mut nonce, 1);
        see(journal, place, &nonce)
    }),
    (Rule::Target, "another MultiSend that no wallet chose", |journal| {
        let multi_send = journal.asked(0)["multi_send"].clone();
        let place = journal.one("batch_proposed", |event| {
            let asked = &event["data"]["asked"];
            asked.get("adopts").is_some() && asked["operation"] == "1" && asked["to"] != multi_send
        })?;
        journal.asked(place).as_object_mut()?.remove("adopts");
        // It may stand on a nonce of the wallet's, too.
        (journal.asked(place)["beside"] == "yes").then_some(())
    }),
    (Rule::Target, "a wallet's batch that calls the Safe itself", |journal| {
        let safe = journal.asked(0)["safe"].clone();
        let place = journal.one("batch_proposed", |event| !asks(event, "adopts").is_empty())?;
        journal.asked(place)["to"] = safe;
        Some(())
    }),
];
