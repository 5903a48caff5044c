//! Forgeries of what became of nonces, of LPT in suspense, of policies and of erasures.

use serde_json::{Value, json};

use super::journal::Journal;
use super::reading::{is_read, see, treasurer};
use super::{Forgery, asks, plus, text, verdict};
use crate::auditor::Rule;

/// The number of the next batch that is proposed at a place.
fn next_batch(journal: &Journal, place: usize) -> Value {
    let proposed = |at: &usize| ["batch_proposed", "rejection_proposed"].contains(&journal.kind(*at));
    json!((1 + (0..place).filter(proposed).count()).to_string())
}

/// A first word about a nonce, and the second one that made it an end, with claims that are owed again.
fn two_words(journal: &Journal, kind: &str) -> Option<(usize, usize)> {
    let done = *journal
        .all(kind, |event| !is_read(event) && verdict(event) == "done" && event["post"] != json!([]))
        .last()?;
    let said = |event: &Value| {
        let same = |field| event["data"]["asked"][field] == journal.events[done]["data"]["asked"][field];
        verdict(event) == "counted" && ["batch", "nonce", "how", "tx_hash"].into_iter().all(same)
    };
    let first = journal.all(kind, said).into_iter().rfind(|place| *place < done)?;
    Some((first, done))
}

/// Puts a rejection for a nonce before a place.
fn reject(journal: &mut Journal, place: usize, nonce: &Value) -> Option<()> {
    let mut event = journal.events[journal.one("rejection_proposed", |_| true)?].clone();
    event["actor"] = treasurer(journal, place)?;
    event["at"] = journal.events[place]["at"].clone();
    event["data"]["asked"]["nonce"] = nonce.clone();
    event["data"]["asked"]["safe_tx_hash"] = json!("ab".repeat(32));
    event["data"]["outcome"]["batch"] = next_batch(journal, place);
    journal.insert(place, event);
    Some(())
}

pub const FORGERIES: &[Forgery] = &[
    (Rule::NonceEnd, "an execution that pays twice", |journal| {
        let place = journal.one("batch_executed", |event| verdict(event) == "done")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::NonceEnd, "the end of a nonce before an earlier one", |journal| {
        let ends = journal.all("batch_executed", |event| verdict(event) == "done");
        let (first, last) = (*ends.first()?, *ends.last()?);
        let mut event = journal.events[last].clone();
        event["at"] = journal.events[first]["at"].clone();
        event["post"] = json!([]);
        let batch = event["data"]["asked"]["batch"].clone();
        let proposed = journal.one("batch_proposed", |event| event["data"]["outcome"]["batch"] == batch)?;
        if proposed > first || first == last {
            return None;
        }
        journal.insert(first, event);
        Some(())
    }),
    (Rule::TwoPersons, "claims owed again by the word of one", |journal| {
        let place = journal.one("nonce_consumed", |event| verdict(event) == "counted")?;
        journal.outcome(place)["verdict"] = json!("done");
        Some(())
    }),
    (Rule::TwoPersons, "another execution than was said, by the word of one", |journal| {
        let place = journal.one("batch_executed", |event| verdict(event) == "counted")?;
        journal.outcome(place)["verdict"] = json!("done");
        Some(())
    }),
    (Rule::TwoPersons, "one person who says it twice", |journal| {
        let (first, done) = two_words(journal, "nonce_consumed")?;
        journal.events[done]["actor"] = journal.events[first]["actor"].clone();
        Some(())
    }),
    (Rule::TwoPersons, "a word of another transaction", |journal| {
        let (_, done) = two_words(journal, "nonce_consumed")?;
        journal.asked(done)["tx_hash"] = json!("ef".repeat(32));
        Some(())
    }),
    (Rule::TwoPersons, "a word that lapsed with its speaker's roles", |journal| {
        let (first, done) = two_words(journal, "nonce_consumed")?;
        let mut event = journal.events[journal.one("member_left", |_| true)?].clone();
        event["actor"] = journal.events[first]["actor"].clone();
        event["at"] = journal.events[done]["at"].clone();
        journal.insert(done, event);
        Some(())
    }),
    (Rule::TwoPersons, "a word from before another candidate", |journal| {
        let (_, done) = two_words(journal, "nonce_consumed")?;
        let nonce = journal.asked(done)["nonce"].clone();
        // Until it is seen again that the Safe has consumed the nonce, more may be proposed for it.
        let mut behind = nonce.clone();
        plus(&mut behind, 1);
        see(journal, done, &nonce)?;
        reject(journal, done + 1, &nonce)?;
        see(journal, done + 2, &behind)
    }),
    (Rule::OwnMoney, "a claimant who says that they are owed again", |journal| {
        let place = journal.one("nonce_consumed", |event| verdict(event) == "counted")?;
        let nonce = journal.asked(place)["nonce"].clone();
        let proposed = journal.all("batch_proposed", |event| event["data"]["asked"]["nonce"] == nonce);
        let claim = journal.asked(*proposed.first()?)["payouts"][0]["submission"].clone();
        let filed =
            journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == claim)?;
        let claimant = journal.events[filed]["actor"].clone();
        let mut granted = journal.events[journal.one("role_granted", |event| event["actor"] == "1")?].clone();
        granted["at"] = journal.events[place]["at"].clone();
        granted["data"]["asked"] = json!({"member": claimant, "role": "lead"});
        journal.events[place]["actor"] = claimant;
        journal.insert(place, granted);
        Some(())
    }),
    (Rule::OwnMoney, "a claimant who says what an outflow paid", |journal| {
        let place = journal.one("outflow_settled", |event| !asks(event, "submission").is_empty())?;
        let claim = journal.asked(place)["submission"].clone();
        let filed =
            journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == claim)?;
        let claimant = journal.events[filed]["actor"].clone();
        let mut granted = journal.events[journal.one("role_granted", |event| event["actor"] == "1")?].clone();
        granted["at"] = journal.events[place]["at"].clone();
        granted["data"]["asked"] = json!({"member": claimant, "role": "lead"});
        journal.events[place]["actor"] = claimant;
        journal.insert(place, granted);
        Some(())
    }),
    (Rule::Nonce, "a candidate for a nonce that has an end", |journal| {
        let place = journal.one("nonce_consumed", |event| verdict(event) == "done")?;
        let nonce = journal.asked(place)["nonce"].clone();
        reject(journal, place + 1, &nonce)
    }),
    (Rule::NotApproved, "a line on two nonces", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        let again = journal.repeat(place);
        plus(&mut journal.asked(again)["nonce"], 1);
        plus(&mut journal.outcome(again)["batch"], 1);
        Some(())
    }),
    (Rule::Candidate, "the same transaction twice", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        let again = journal.repeat(place);
        journal.asked(again)["beside"] = json!("yes");
        plus(&mut journal.outcome(again)["batch"], 1);
        Some(())
    }),
    (Rule::Candidate, "a rejection twice for a nonce", |journal| {
        let place = journal.one("rejection_proposed", |_| true)?;
        let again = journal.repeat(place);
        journal.asked(again)["safe_tx_hash"] = json!("ab".repeat(32));
        plus(&mut journal.outcome(again)["batch"], 1);
        Some(())
    }),
    (Rule::Beside, "a batch that shares a nonce unmeant", |journal| {
        let place = journal.one("batch_proposed", |event| asks(event, "beside") == "yes")?;
        journal.asked(place)["beside"] = json!("no");
        Some(())
    }),
    (Rule::Beside, "a batch beside nothing", |journal| {
        let place = journal.one("batch_proposed", |event| asks(event, "beside") == "no")?;
        journal.asked(place)["beside"] = json!("yes");
        Some(())
    }),
    (Rule::Nonce, "a batch beside one that was executed", |journal| {
        let end = *journal.all("batch_executed", |event| verdict(event) == "done").first()?;
        let batch = journal.asked(end)["batch"].clone();
        let executed = journal.one("batch_proposed", |event| event["data"]["outcome"]["batch"] == batch)?;
        let nonce = journal.asked(executed)["nonce"].clone();
        let place = *journal.all("batch_proposed", |event| asks(event, "beside") == "no").last()?;
        (journal.asked(place)["nonce"], journal.asked(place)["beside"]) = (nonce, json!("yes"));
        (end < place).then_some(())
    }),
    (Rule::EvidenceUp, "evidence at which nobody looked", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        journal.forge_policy("evidence_up", json!("yes"));
        journal.asked(place)["evidence_up"] = json!("no");
        Some(())
    }),
    (Rule::Suspense, "a batch while an outflow is unexplained", |journal| {
        let mut event = journal.events[journal.one("outflow_recorded", |event| !is_read(event))?].clone();
        let place = journal.one("batch_proposed", |_| true)?;
        let treasurer = journal.events[place]["actor"].clone();
        (event["actor"], event["at"]) = (treasurer, journal.events[place]["at"].clone());
        event["data"]["asked"]["tx_hash"] = json!("cd".repeat(32));
        event["data"]["asked"]["amount"] = json!("1");
        for side in [0, 1] {
            event["post"][side][2] = json!("1");
        }
        journal.insert(place, event);
        Some(())
    }),
    (Rule::Postings, "an execution that pays less than it says", |journal| {
        let place = journal.one("batch_executed", |event| event["post"] != json!([]))?;
        for posting in journal.events[place]["post"].as_array_mut()? {
            posting[2] = json!("1");
        }
        Some(())
    }),
    (Rule::TakenBack, "an end taken back that is not the last", |journal| {
        let place = journal.one("execution_withdrawn", |event| asks(event, "nonce") != "0")?;
        plus(&mut journal.asked(place)["nonce"], -1);
        Some(())
    }),
    (Rule::TakenBack, "an end taken back twice", |journal| {
        let place = journal.one("execution_withdrawn", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Transfer, "an inflow that was a funding", |journal| {
        let place = journal.one("inflow_recorded", |_| true)?;
        // One that was taken back can be told again.
        let gone = journal.all("funding_withdrawn", |_| true);
        let gone: Vec<_> =
            gone.iter().map(|place| asks(&journal.events[*place], "event").to_owned()).collect();
        let stands =
            |event: &Value| !event["seq"].as_str().is_some_and(|seq| gone.iter().any(|gone| gone == seq));
        let funding = *journal.all("funding_recorded", stands).first()?;
        for field in ["tx_hash", "log_index"] {
            let value = journal.asked(funding)[field].clone();
            journal.asked(place)[field] = value;
        }
        (funding < place).then_some(())
    }),
    (Rule::Transfer, "a transfer that is withdrawn twice", |journal| {
        let place = journal.one("transfer_withdrawn", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Refund, "a refund beyond what was paid", |journal| {
        let place = journal.one("refund_recorded", |_| true)?;
        journal.asked(place)["amount"] = json!("1000000000000000000000000000");
        Some(())
    }),
    (Rule::Explained, "an outflow settled twice", |journal| {
        let place = journal.one("outflow_settled", |event| verdict(event) == "done")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Explained, "an inflow classified twice", |journal| {
        let place = journal.one("inflow_classified", |event| verdict(event) == "done")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::TwoPersons, "suspense explained by one person", |journal| {
        let place = journal.one("outflow_settled", |event| verdict(event) == "counted")?;
        journal.outcome(place)["verdict"] = json!("done");
        Some(())
    }),
    (Rule::TwoPersons, "a contribution by the word of one", |journal| {
        let place = journal.one("inflow_classified", |event| verdict(event) == "counted")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Owed, "an outflow that pays a rejected claim", |journal| {
        let place = *journal.all("outflow_settled", |event| verdict(event) == "counted").last()?;
        let rejected = *journal.all("vote_cast", |event| verdict(event) == "rejected").first()?;
        journal.asked(place)["submission"] = journal.asked(rejected)["submission"].clone();
        (rejected < place).then_some(())
    }),
    (Rule::Notice, "a policy in force before its notice", |journal| {
        let place = journal
            .one("policy_changed", |event| text(&event["data"]["outcome"]["from"]) > text(&event["at"]))?;
        journal.outcome(place)["from"] = journal.events[place]["at"].clone();
        Some(())
    }),
    (Rule::Notice, "a policy that loosens something by the way", |journal| {
        let at_once = |event: &Value| event["data"]["outcome"]["from"] == event["at"];
        journal.forge_policy("notice_hours", json!("48"));
        let place = journal.one("policy_changed", at_once)?;
        journal.asked(place)["policy"]["lanes"]["normal"]["rejections"] = json!("9");
        Some(())
    }),
    (Rule::Unchanged, "a policy that is what it was", |journal| {
        let place = journal.one("policy_changed", |_| true)?;
        journal.repeat(place);
        let version = journal.outcome(place)["version"].clone();
        journal.asked(place + 1)["after"] = version;
        Some(())
    }),
    (Rule::Number, "a change of another version than the last", |journal| {
        let place = journal.one("policy_changed", |_| true)?;
        plus(&mut journal.asked(place)["after"], 1);
        Some(())
    }),
    (Rule::PolicyCited, "a revision by another version", |journal| {
        let place = journal.one("submission_filed", |_| true)?;
        plus(&mut journal.outcome(place)["policy"], 1);
        Some(())
    }),
    (Rule::PolicyCited, "a revision that keeps to the version before", |journal| {
        let place = journal.one("submission_revised", |event| event["data"]["outcome"]["policy"] != "1")?;
        journal.outcome(place)["policy"] = json!("1");
        Some(())
    }),
    (Rule::Erasure, "a document that goes without its author's word", |journal| {
        let place = journal.one("document_erased", |event| verdict(event) == "counted")?;
        let document = journal.asked(place)["document"].clone();
        let done = |event: &Value| verdict(event) == "done" && event["data"]["asked"]["document"] == document;
        journal.one("document_erased", done)?;
        for place in journal.all("document_erased", |event| {
            verdict(event) == "counted" && event["data"]["asked"]["document"] == document
        }) {
            // Said of nothing else, so that no number changes.
            let author = journal.asked(place)["author"].clone();
            let asked = json!({"address": format!("0x{}", "5f".repeat(20)), "note": "5f".repeat(32), "operated": "yes"});
            let event = &mut journal.events[place];
            (event["kind"], event["actor"]) = (json!("node_declared"), author);
            event["data"] = json!({"asked": asked});
        }
        Some(())
    }),
    (Rule::Erasure, "a document that goes twice", |journal| {
        let place = journal.one("document_erased", |event| verdict(event) == "done")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Erasure, "a document that nobody brought", |journal| {
        let place = journal.one("document_erased", |event| verdict(event) == "counted")?;
        journal.asked(place)["document"] = json!("77".repeat(32));
        Some(())
    }),
    (Rule::StillNeeded, "what an undecided claim says is erased", |journal| {
        let filed = journal.one("submission_filed", |_| true)?;
        let (number, texts) =
            (journal.outcome(filed)["submission"].clone(), journal.asked(filed)["texts"].clone());
        let mut event = journal.events[filed].clone();
        let author = event["actor"].clone();
        event["kind"] = json!("document_erased");
        event["data"] = json!({
            "asked": {"author": author, "class": "mistake", "document": texts, "submission": number},
            "outcome": {"verdict": "counted"},
        });
        journal.insert(filed + 1, event);
        Some(())
    }),
];
