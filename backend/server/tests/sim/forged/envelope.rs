//! Forgeries of the envelope, of people and of the budget.

use serde_json::{Value, json};

use super::journal::Journal;
use super::{Forgery, a_year_after, plus, text};
use crate::auditor::Rule;

pub const FORGERIES: &[Forgery] = &[
    (Rule::Canonical, "the version is a number", |journal| {
        journal.events[7]["v"] = json!(1);
        Some(())
    }),
    (Rule::Shape, "a claim without a channel", |journal| {
        let place = journal.one("submission_filed", |_| true)?;
        journal.asked(place).as_object_mut()?.remove("channel");
        Some(())
    }),
    (Rule::Shape, "a vote with a word more", |journal| {
        let place = journal.one("vote_cast", |_| true)?;
        journal.asked(place)["weight"] = json!("2");
        Some(())
    }),
    (Rule::Shape, "an amount with a leading zero", |journal| {
        let place = journal.one("funding_recorded", |_| true)?;
        let amount = format!("0{}", text(&journal.asked(place)["amount"]));
        journal.asked(place)["amount"] = json!(amount);
        Some(())
    }),
    (Rule::Version, "rules that nobody knows", |journal| {
        journal.events[9]["v"] = json!("2");
        Some(())
    }),
    (Rule::Sequence, "a gap", |journal| {
        let last = journal.len() - 1;
        journal.events[last]["seq"] = json!((last + 1).to_string());
        Some(())
    }),
    (Rule::Chain, "another event before", |journal| {
        let place = journal.len() / 2;
        journal.events[place]["prev"] = json!("ab".repeat(32));
        journal.keep_prev = Some(place);
        Some(())
    }),
    (Rule::Program, "an event of another program", |journal| {
        let place = journal.len() / 2;
        journal.events[place]["program"] = json!("00000000-0000-4000-8000-000000000000");
        Some(())
    }),
    (Rule::Time, "an event before the one before", |journal| {
        let later =
            (1..journal.len()).find(|place| journal.events[*place]["at"] != journal.events[0]["at"])?;
        journal.events[later + 1]["at"] = journal.events[0]["at"].clone();
        Some(())
    }),
    (Rule::Cause, "a member's event without a cause", |journal| {
        let place = journal.one("vote_cast", |_| true)?;
        journal.events[place]["cause"] = json!([]);
        Some(())
    }),
    (Rule::KeySpent, "one key, two events", |journal| {
        let place = journal.one("vote_cast", |_| true)?;
        journal.events[place]["cause"][0] = journal.events[1]["cause"][0].clone();
        Some(())
    }),
    (Rule::Actor, "nobody we know", |journal| {
        let place = journal.one("vote_cast", |_| true)?;
        journal.events[place]["actor"] = json!("4000000000");
        Some(())
    }),
    (Rule::Actor, "the ledger itself votes", |journal| {
        let place = journal.one("vote_cast", |_| true)?;
        (journal.events[place]["actor"], journal.events[place]["cause"]) = (json!("system"), json!([]));
        Some(())
    }),
    (Rule::Role, "the auditor proposes a batch", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        journal.events[place]["actor"] = json!(auditor(journal)?);
        Some(())
    }),
    (Rule::Opening, "the program opens twice", |journal| {
        let opening = journal.events[0].clone();
        let mut again = journal.events[journal.len() - 1].clone();
        for key in ["actor", "data", "kind", "post"] {
            again[key] = opening[key].clone();
        }
        journal.insert(journal.len(), again);
        Some(())
    }),
    (Rule::List, "a claim with the same evidence twice", |journal| {
        let place = journal.one("submission_filed", |_| true)?;
        let key = journal.asked(place)["evidence"][0].clone();
        journal.asked(place)["evidence"] = json!([key, key]);
        Some(())
    }),
    (Rule::ZeroAmount, "a transfer of nothing", |journal| {
        let place = journal.one("funding_recorded", |_| true)?;
        (journal.asked(place)["amount"], journal.events[place]["post"]) = (json!("0"), json!([]));
        Some(())
    }),
    (Rule::Number, "a claim's number is left out", |journal| {
        let place = journal.one("submission_filed", |_| true)?;
        plus(&mut journal.outcome(place)["submission"], 1);
        Some(())
    }),
    (Rule::Unknown, "money for a period that is not there", |journal| {
        let place = journal.one("allotted", |_| true)?;
        journal.asked(place)["period"] = json!("4000");
        Some(())
    }),
    (Rule::RoleHeld, "a role is given twice", |journal| {
        let place = journal.one("role_granted", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::LastLead, "nobody leads", |journal| {
        // The first lead's role is taken before anybody else got it.
        let mut event = journal.events[1].clone();
        let none =
            journal.asked(0)["members"].as_array()?.iter().skip(1).all(|member| {
                member["roles"].as_array().is_some_and(|roles| !roles.contains(&json!("lead")))
            });
        (event["actor"], event["kind"], event["post"]) = (json!("1"), json!("role_revoked"), json!([]));
        event["data"] = json!({"asked": {"member": "1", "role": "lead"}});
        journal.insert(1, event);
        none.then_some(())
    }),
    (Rule::PayeeRefused, "the token is a payee", |journal| {
        let place = journal.one("address_recorded", |_| true)?;
        journal.asked(place)["address"] = journal.asked(0)["token"].clone();
        Some(())
    }),
    (Rule::AddressTaken, "an address of two people", |journal| {
        let places = journal.all("address_recorded", |_| true);
        let (first, last) = (*places.first()?, *places.last()?);
        journal.asked(last)["address"] = journal.asked(first)["address"].clone();
        (first != last).then_some(())
    }),
    (Rule::UsableFrom, "an address that does not cool off", |journal| {
        let place = journal
            .one("address_recorded", |event| event["data"]["outcome"]["usable_from"] != event["at"])?;
        journal.outcome(place)["usable_from"] = journal.events[place]["at"].clone();
        Some(())
    }),
    (Rule::Twin, "a look-alike that nobody marks", |journal| {
        let place =
            journal.one("address_recorded", |event| event["data"]["outcome"].get("twin").is_some())?;
        journal.outcome(place).as_object_mut()?.remove("twin");
        Some(())
    }),
    (Rule::Span, "periods that overlap", |journal| {
        let periods = journal.all("period_opened", |_| true);
        let [first, second, ..] = periods.as_slice() else { return None };
        journal.asked(*second)["starts_at"] = journal.asked(*first)["starts_at"].clone();
        Some(())
    }),
    (Rule::ProgramCap, "a period above the program's cap", |journal| {
        let place = journal.one("period_opened", |_| true)?;
        let mut cap = journal.asked(0)["cap"].clone();
        plus(&mut cap, 1);
        journal.asked(place)["cap"] = cap.clone();
        post(journal, place, &cap);
        Some(())
    }),
    (Rule::Floors, "a period that cannot carry its floors", |journal| {
        let floors =
            journal.asked(0)["categories"].as_array()?.iter().any(|category| category["floor"] != "0");
        let place = journal.one("period_opened", |_| true)?;
        journal.asked(place)["cap"] = json!("1");
        post(journal, place, &json!("1"));
        floors.then_some(())
    }),
    (Rule::Ceiling, "more than a category may be given", |journal| {
        let place = journal.one("allotted", |_| true)?;
        journal.asked(place)["allotments"][0]["amount"] = json!(u128::MAX.to_string());
        Some(())
    }),
    (Rule::Ceiling, "a claim above its category's ceiling", |journal| {
        let place = journal.one("submission_filed", |_| true)?;
        journal.asked(place)["amount"] = json!(u128::MAX.to_string());
        Some(())
    }),
    (Rule::Cap, "allotments above the cap", |journal| {
        // The ceilings come to more than the period has.
        let categories = journal.asked(0)["categories"].as_array()?.clone();
        let place = journal.one("allotted", |_| true)?;
        let all = categories.iter().map(|line| json!({"amount": line["ceiling"], "category": line["slug"]}));
        journal.asked(place)["allotments"] = all.collect();
        Some(())
    }),
    (Rule::Slots, "a bounty with too many slots", |journal| {
        let place = journal.one("bounty_posted", |_| true)?;
        journal.asked(place)["slots"] = json!("1001");
        Some(())
    }),
    (Rule::Window, "a bounty that nobody can claim", |journal| {
        let place =
            journal.one("bounty_posted", |event| event["at"] != event["data"]["asked"]["opens_at"])?;
        let at = journal.events[place]["at"].clone();
        journal.asked(place)["opens_at"] = journal.events[0]["at"].clone();
        journal.asked(place)["closes_at"] = at;
        Some(())
    }),
    (Rule::Window, "a bounty of a period that is over", |journal| {
        let first = *journal.all("period_opened", |_| true).first()?;
        let period = journal.outcome(first)["period"].clone();
        let place =
            *journal.all("bounty_posted", |event| event["data"]["asked"]["period"] != period).last()?;
        journal.asked(place)["period"] = period;
        Some(())
    }),
    (Rule::Balance, "debits and credits differ", |journal| {
        let place = journal.one("allotted", |event| event["post"] != json!([]))?;
        plus(&mut journal.events[place]["post"][0][2], 1);
        Some(())
    }),
    (Rule::Negative, "more than there is", |journal| {
        let place = journal.one("bounty_posted", |_| true)?;
        post(journal, place, &json!("1000000000000000000000000000000"));
        Some(())
    }),
    (Rule::Postings, "a wei too few", |journal| {
        let place = journal.one("bounty_posted", |_| true)?;
        let mut amount = journal.events[place]["post"][0][2].clone();
        plus(&mut amount, -1);
        post(journal, place, &amount);
        Some(())
    }),
    (Rule::Postings, "a payout posted elsewhere", |journal| {
        let place = journal.one("batch_proposed", |event| event["post"] != json!([]))?;
        let account = text(&journal.events[place]["post"][1][0]).replace("inflight", "available");
        journal.events[place]["post"][1][0] = json!(account);
        Some(())
    }),
    (Rule::Cooling, "a payee that cools off for a year", |journal| {
        journal.forge_policy("address_changed_hours", json!("0"));
        journal.forge_policy("address_unproven_hours", json!("8760"));
        for place in journal.all("address_recorded", |_| true) {
            journal.asked(place).as_object_mut()?.remove("proof");
            let from = a_year_after(&journal.events[place]);
            journal.outcome(place)["usable_from"] = from;
        }
        journal.one("batch_proposed", |_| true).map(|_| ())
    }),
];

/// Who only audits, and never became a treasurer.
fn auditor(journal: &mut Journal) -> Option<String> {
    let members = journal.asked(0)["members"].as_array()?;
    let place = members.iter().position(|member| member["roles"] == json!(["auditor"]))?;
    let number = (place + 1).to_string();
    let granted = json!({"asked": {"member": number, "role": "treasurer"}});
    journal.all("role_granted", |event| event["data"] == granted).is_empty().then_some(number)
}

/// Posts the one movement of an event with another amount.
fn post(journal: &mut Journal, place: usize, amount: &Value) {
    for side in [0, 1] {
        journal.events[place]["post"][side][2] = amount.clone();
    }
}
