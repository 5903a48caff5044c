//! Forgeries of offers, slots, shares and the pace of claims.

use serde_json::{Value, json};

use super::journal::Journal;
use super::{Forgery, asks, plus};
use crate::auditor::Rule;

const END_OF_TIME: &str = "9999-12-31T23:59:59.999999Z";

pub const FORGERIES: &[Forgery] = &[
    (Rule::Probe, "a probe for more than a feeler costs", |journal| {
        journal.forge_policy("probe_limit", json!("0"));
        journal.one("bounty_posted", |event| asks(event, "probe") == "yes").map(|_| ())
    }),
    (Rule::Ended, "a bounty that ends twice", |journal| {
        let place = journal.one("bounty_closed", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Ended, "a slot of a closed bounty", |journal| {
        let place = journal.one("bounty_closed", |_| true)?;
        let taken = journal.all("slot_taken", |event| event["data"]["asked"].get("member").is_none());
        let mut event = journal.events[*taken.first().filter(|taken| **taken < place)?].clone();
        event["data"]["asked"]["bounty"] = journal.asked(place)["bounty"].clone();
        event["at"] = journal.events[place]["at"].clone();
        journal.insert(place + 1, event);
        Some(())
    }),
    (Rule::Ended, "a claim on a closed bounty", |journal| {
        let closed = *journal.all("bounty_closed", |_| true).first()?;
        let claims = journal.all("submission_filed", |event| asks(event, "kind") == "bounty");
        let place = claims.into_iter().find(|place| *place > closed)?;
        journal.asked(place)["bounty"] = journal.asked(closed)["bounty"].clone();
        Some(())
    }),
    (Rule::Postings, "a closed bounty that goes on promising", |journal| {
        let place = journal.one("bounty_closed", |event| event["post"] != json!([]))?;
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::Postings, "a closed bounty that promises its claims nothing", |journal| {
        let place = journal.one("bounty_closed", |event| event["post"] != json!([]))?;
        let post = &mut journal.events[place]["post"];
        plus(&mut post[0][2], 1);
        plus(&mut post[1][2], 1);
        Some(())
    }),
    (Rule::Postings, "an appeal that nothing is kept for", |journal| {
        let place = journal.one("rejection_appealed", |event| event["post"] != json!([]))?;
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::Postings, "a slot used twice by one claim", |journal| {
        // It was approved, given up and approved again: now what is available pays, and not the next slot's reserve.
        let place = journal.one("vote_cast", |event| {
            let number = asks(event, "submission");
            let filed =
                journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == *number);
            let bounty = filed.is_some_and(|filed| asks(&journal.events[filed], "kind") == "bounty");
            let account = event["post"][0][0].as_str().unwrap_or_default();
            bounty && event["data"]["outcome"]["verdict"] == "approved" && account.ends_with("/available")
        })?;
        let account = journal.events[place]["post"][0][0].as_str()?.replace("available", "reserved");
        journal.events[place]["post"][0][0] = json!(account);
        Some(())
    }),
    (Rule::SlotHeld, "two slots for one person", |journal| {
        let place = journal.one("slot_taken", |_| true)?;
        journal.repeat(place);
        (journal.policy()["slot_hours"] != "0").then_some(())
    }),
    (Rule::SlotHeld, "a slot given back twice", |journal| {
        let place = journal.one("slot_released", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::SlotTaken, "a slot that somebody else has taken", |journal| {
        let only = journal.all("bounty_posted", |event| asks(event, "slots") == "1");
        let only: Vec<Value> =
            only.into_iter().map(|place| journal.outcome(place)["bounty"].clone()).collect();
        let place = journal.one("slot_taken", |event| {
            let asked = &event["data"]["asked"];
            asked.get("member").is_none() && only.contains(&asked["bounty"])
        })?;
        let actor = journal.events[place]["actor"].clone();
        let again = journal.repeat(place);
        let others = journal.all("submission_filed", |event| event["actor"] != actor);
        journal.events[again]["actor"] = journal.events[*others.last()?]["actor"].clone();
        (journal.policy()["slot_hours"] != "0").then_some(())
    }),
    (Rule::SlotOwner, "a slot for somebody else", |journal| {
        let leads = leads(journal);
        let place = journal.one("slot_taken", |event| !leads.contains(&event["actor"]))?;
        journal.asked(place)["member"] = json!("1");
        Some(())
    }),
    (Rule::Until, "a slot for good", |journal| {
        let place = journal.one("slot_taken", |_| true)?;
        journal.outcome(place)["until"] = json!(END_OF_TIME);
        Some(())
    }),
    (Rule::Cooldown, "two claims without a rest", |journal| {
        journal.forge_policy("cooldown_hours", json!("8760"));
        Some(())
    }),
    (Rule::Credits, "more claims than credits", |journal| {
        journal.forge_policy("claim_credits", json!("1"));
        Some(())
    }),
    (Rule::LeadPay, "a lead who is paid ahead", |journal| {
        journal.forge_policy("lead_pay_hours", json!("8760"));
        journal.one("submission_filed", |event| asks(event, "kind") == "lead").map(|_| ())
    }),
    (Rule::Shape, "a share of all of it", |journal| {
        let place = journal.one("submission_filed", |event| event["data"]["asked"].get("share").is_some())?;
        journal.asked(place)["share"] = json!("100");
        Some(())
    }),
    (Rule::Bounty, "a whole reward for a part of the work", |journal| {
        let place = journal.one("submission_filed", |event| asks(event, "kind") == "bounty")?;
        let bounty = journal.asked(place)["bounty"].clone();
        let posted = journal.one("bounty_posted", |event| event["data"]["outcome"]["bounty"] == bounty)?;
        let reward = journal.asked(posted)["reward"].clone();
        (journal.asked(place)["amount"], journal.asked(place)["share"]) = (reward, json!("99"));
        Some(())
    }),
    (Rule::Evidence, "shares of more than all of it", |journal| {
        let (first, second) = pair(journal, |one, other| {
            let sum = |event: &Value| asks(event, "share").parse::<u32>().unwrap_or(0);
            sum(one) + sum(other) == 100 && shares_work(one, other)
        })?;
        let number = journal.outcome(first)["submission"].clone();
        let touched = (first + 1..second).any(|place| changes(&journal.events[place], &number));
        plus(&mut journal.asked(second)["share"], 1);
        (!touched && journal.asked(second)["share"] != "100").then_some(())
    }),
    (Rule::Contested, "a contest with oneself", |journal| {
        let (first, second) = pair(journal, |one, other| {
            one["actor"] == other["actor"] && other["data"]["asked"].get("contests").is_some()
        })?;
        journal.asked(second)["contests"] = journal.outcome(first)["submission"].clone();
        Some(())
    }),
    (Rule::Promised, "two who are paid for all of it", |journal| {
        // Both were approved; the second now contests the first's evidence from the beginning.
        let approved = journal.all("vote_cast", |event| event["data"]["outcome"]["verdict"] == "approved");
        let vote = |journal: &Journal, number: &Value| {
            let mut of = approved.iter().copied();
            of.find(|place| journal.events[*place]["data"]["asked"]["submission"] == *number)
        };
        let (first, second) = pair(journal, |one, other| {
            let number = |event: &Value| event["data"]["outcome"]["submission"].clone();
            let (Some(begun), Some(end)) = (vote(journal, &number(one)), vote(journal, &number(other)))
            else {
                return false;
            };
            let filed: usize = other["seq"].as_str().unwrap().parse().unwrap();
            let ended = |event: &Value| changes(event, &number(one)) || changes(event, &number(other));
            let disturbed = (0..end).any(|place| ended(&journal.events[place]));
            let alone = [one, other].iter().all(|event| event["data"]["asked"].get("share").is_none());
            let batched = (0..filed).any(|place| pays(&journal.events[place], &number(one)));
            one["actor"] != other["actor"]
                && begun < end
                && alone
                && !disturbed
                && !batched
                && asks(other, "kind") != "bounty"
        })?;
        for key in ["evidence", "function"] {
            journal.asked(second)[key] = journal.asked(first)[key].clone();
        }
        journal.asked(second)["contests"] = journal.outcome(first)["submission"].clone();
        Some(())
    }),
];

/// Whoever was a lead at any time.
pub fn leads(journal: &Journal) -> Vec<Value> {
    let granted = journal.all("role_granted", |event| asks(event, "role") == "lead");
    let granted = granted.into_iter().map(|place| journal.events[place]["data"]["asked"]["member"].clone());
    granted.chain([json!("1")]).collect()
}

/// Two claims, one filed after the other.
fn pair(journal: &Journal, fits: impl Fn(&Value, &Value) -> bool) -> Option<(usize, usize)> {
    let filed = journal.all("submission_filed", |_| true);
    let pairs = filed.iter().flat_map(|first| filed.iter().map(move |second| (*first, *second)));
    let mut pairs = pairs.filter(|(first, second)| first < second);
    pairs.find(|(first, second)| fits(&journal.events[*first], &journal.events[*second]))
}

fn shares_work(one: &Value, other: &Value) -> bool {
    let evidence = |event: &Value| event["data"]["asked"]["evidence"].as_array().cloned().unwrap_or_default();
    let (of_one, of_other) = (evidence(one), evidence(other));
    let contests = [one, other].iter().any(|event| event["data"]["asked"].get("contests").is_some());
    asks(one, "function") == asks(other, "function")
        && !contests
        && of_one.iter().any(|key| of_other.contains(key))
}

/// Whether a claim says something else after an event, or asks for nothing any more.
fn changes(event: &Value, number: &Value) -> bool {
    let kinds = ["submission_revised", "offer_accepted", "submission_withdrawn", "submission_reopened"];
    let ends = ["rejected", "reversed", "needs_changes"];
    let verdict = event["data"]["outcome"]["verdict"].as_str().unwrap_or_default();
    let about = event["data"]["asked"]["submission"] == *number;
    about && (kinds.contains(&event["kind"].as_str().unwrap_or_default()) || ends.contains(&verdict))
}

fn pays(event: &Value, number: &Value) -> bool {
    let payouts = event["data"]["asked"]["payouts"].as_array();
    payouts.is_some_and(|payouts| payouts.iter().any(|line| line["submission"] == *number))
}
