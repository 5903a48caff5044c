//! Forgeries of LPT that moves without a batch, and of what the Safe holds.

use serde_json::{Value, json};

use super::journal::Journal;
use super::people::link;
use super::reading::{by_ledger, is_read};
use super::{Forgery, asks, plus, verdict};
use crate::auditor::Rule;

/// More LPT than there is.
const TOO_MUCH: i128 = 1_000_000_000_000_000_000_000_000_000;

/// A first word about what lies in suspense, and the second one for the same.
fn two_words(journal: &Journal, kind: &str) -> Option<(usize, usize)> {
    let done = journal.one(kind, |event| verdict(event) == "done")?;
    let said = |event: &Value| {
        let same =
            |field| event["data"]["asked"].get(field) == journal.events[done]["data"]["asked"].get(field);
        verdict(event) == "counted" && ["event", "submission"].into_iter().all(same)
    };
    let first = journal.all(kind, said).into_iter().rfind(|place| *place < done)?;
    Some((first, done))
}

pub const FORGERIES: &[Forgery] = &[
    (Rule::Negative, "an outflow of more than the Safe holds", |journal| {
        let place = journal.one("outflow_recorded", |_| true)?;
        plus(&mut journal.asked(place)["amount"], TOO_MUCH);
        for side in [0, 1] {
            plus(&mut journal.events[place]["post"][side][2], TOO_MUCH);
        }
        Some(())
    }),
    (Rule::Transfer, "an outflow recorded twice", |journal| {
        let place = journal.one("outflow_recorded", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Round, "an outflow that never left the Safe", |journal| {
        let (safe, place) = (journal.asked(0)["safe"].clone(), journal.one("outflow_recorded", |_| true)?);
        journal.asked(place)["recipient"] = safe;
        Some(())
    }),
    (Rule::Round, "a contribution of the Safe's own", |journal| {
        let (safe, place) = (journal.asked(0)["safe"].clone(), journal.one("funding_recorded", |_| true)?);
        journal.asked(place)["sender"] = safe;
        Some(())
    }),
    (Rule::Counted, "an outflow that is a line of a batch", |journal| {
        let end = *journal.all("batch_executed", |event| verdict(event) == "done").first()?;
        let batch = journal.asked(end)["batch"].clone();
        let proposed = journal.all("batch_proposed", |event| event["data"]["outcome"]["batch"] == batch);
        let line = journal.asked(*proposed.first()?)["payouts"][0].clone();
        let mut event = journal.events[journal.one("outflow_recorded", |event| !is_read(event))?].clone();
        (event["actor"], event["at"]) =
            (journal.events[proposed[0]]["actor"].clone(), journal.events[end]["at"].clone());
        let tx_hash = journal.asked(end)["tx_hash"].clone();
        (event["data"]["asked"]["tx_hash"], event["data"]["asked"]["recipient"]) =
            (tx_hash, line["payee"].clone());
        event["data"]["asked"]["amount"] = line["amount"].clone();
        for side in [0, 1] {
            event["post"][side][2] = line["amount"].clone();
        }
        journal.insert(end + 1, event);
        Some(())
    }),
    (Rule::Postings, "an outflow that nobody has to explain", |journal| {
        let place = journal.one("outflow_recorded", |_| true)?;
        journal.events[place]["post"][0][0] = json!("lost");
        Some(())
    }),
    (Rule::Postings, "an inflow that is a gift at once", |journal| {
        let place = journal.one("inflow_recorded", |_| true)?;
        journal.events[place]["post"][1][0] = json!("contributed");
        Some(())
    }),
    (Rule::TwoPersons, "two accounts of one person who settle an outflow", |journal| {
        let (first, done) = two_words(journal, "outflow_settled")?;
        let [one, other] = [first, done].map(|place| journal.events[place]["actor"].clone());
        link(journal, done, one, other)
    }),
    (Rule::TwoPersons, "two accounts of one person who say what came in", |journal| {
        let (first, done) = two_words(journal, "inflow_classified")?;
        let [one, other] = [first, done].map(|place| journal.events[place]["actor"].clone());
        link(journal, done, one, other)
    }),
    (Rule::TwoPersons, "an outflow that pays another claim than was said first", |journal| {
        let place = journal.one("outflow_settled", |event| {
            verdict(event) == "done" && !asks(event, "submission").is_empty()
        })?;
        let number = journal.asked(place)["submission"].clone();
        let owed =
            |event: &Value| verdict(event) == "approved" && event["data"]["asked"]["submission"] != number;
        let other = journal.all("vote_cast", owed).into_iter().rfind(|other| *other < place)?;
        journal.asked(place)["submission"] = journal.asked(other)["submission"].clone();
        Some(())
    }),
    (Rule::OwnMoney, "another account of the claimant who says what an outflow paid", |journal| {
        let place = journal.one("outflow_settled", |event| !asks(event, "submission").is_empty())?;
        let number = journal.asked(place)["submission"].clone();
        let filed =
            journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == number)?;
        let [claimant, speaker] = [filed, place].map(|place| journal.events[place]["actor"].clone());
        link(journal, place, claimant, speaker)
    }),
    (Rule::Refund, "a refund of what was never paid", |journal| {
        let place = journal.one("refund_recorded", |_| true)?;
        let given_up = *journal.all("submission_withdrawn", |_| true).first()?;
        journal.asked(place)["submission"] = journal.asked(given_up)["submission"].clone();
        (given_up < place).then_some(())
    }),
    (Rule::Postings, "a refund after which the claim cost as much as before", |journal| {
        let place = journal.one("refund_recorded", |_| true)?;
        journal.events[place]["post"].as_array_mut()?.truncate(2);
        Some(())
    }),
    (Rule::Explained, "an outflow withdrawn that was explained", |journal| {
        let settled = journal.one("outflow_settled", |event| verdict(event) == "done")?;
        let mut event = journal.events[journal.one("transfer_withdrawn", |_| true)?].clone();
        event["at"] = journal.events[settled]["at"].clone();
        event["data"]["asked"]["event"] = journal.asked(settled)["event"].clone();
        event["post"] = json!([]);
        // What an execution paid again is no transfer that anybody recorded.
        let recorded: usize = journal.asked(settled)["event"].as_str()?.parse().ok()?;
        let is_transfer = journal.kind(recorded) == "outflow_recorded";
        journal.insert(settled + 1, event);
        is_transfer.then_some(())
    }),
    (Rule::TakenBack, "an end taken back after a refund", |journal| {
        let refund = journal.one("refund_recorded", |_| true)?;
        let number = journal.asked(refund)["submission"].clone();
        let pays = |event: &Value| {
            let lines = event["data"]["asked"]["payouts"].as_array().unwrap();
            lines.iter().any(|line| line["submission"] == number)
        };
        let batch = journal.all("batch_proposed", pays).into_iter().rfind(|batch| *batch < refund)?;
        let nonce = journal.asked(batch)["nonce"].clone();
        let mut event = journal.events[journal.one("execution_withdrawn", |_| true)?].clone();
        event["at"] = journal.events[refund]["at"].clone();
        (event["data"]["asked"]["nonce"], event["post"]) = (nonce, json!([]));
        journal.insert(refund + 1, event);
        Some(())
    }),
    (Rule::SafeBalance, "fundings withdrawn that a batch counts on", |journal| {
        let batch = *journal.all("batch_proposed", |_| true).last()?;
        let given = journal.all("inflow_classified", |event| {
            verdict(event) == "done" && asks(event, "submission").is_empty()
        });
        if !given.is_empty() {
            return None;
        }
        let taken: Vec<Value> = (journal.all("funding_withdrawn", |_| true).into_iter())
            .filter(|place| *place < batch)
            .map(|place| journal.events[place]["data"]["asked"]["event"].clone())
            .collect();
        let mut left = journal.all("funding_recorded", |event| !taken.contains(&event["seq"]));
        left.retain(|place| *place < batch);
        let amount = |place: &usize| asks(&journal.events[*place], "amount").parse::<u128>().unwrap();
        left.sort_by_key(|place| std::cmp::Reverse(amount(place)));
        let mut event = journal.events[journal.one("funding_withdrawn", |_| true)?].clone();
        // The ledger itself may take back any of them.
        by_ledger(&mut event);
        event["at"] = journal.events[batch]["at"].clone();
        for (place, funding) in (batch + 1..).zip(left) {
            let amount = journal.asked(funding)["amount"].clone();
            event["data"]["asked"]["event"] = journal.events[funding]["seq"].clone();
            event["post"] = json!([["contributed", "D", amount], ["safe", "C", amount]]);
            journal.insert(place, event.clone());
        }
        Some(())
    }),
];
