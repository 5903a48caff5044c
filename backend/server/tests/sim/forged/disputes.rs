//! Forgeries of what happens to claims beside their revisions and votes.

use serde_json::{Value, json};

use super::journal::Journal;
use super::offers::leads;
use super::{Forgery, a_year_after, asks, plus};
use crate::auditor::Rule;

const END_OF_TIME: &str = "9999-12-31T23:59:59.999999Z";

pub const FORGERIES: &[Forgery] = &[
    (Rule::OfferTaken, "an offer accepted for another amount", |journal| {
        let place = journal.one("offer_accepted", |_| true)?;
        plus(&mut journal.asked(place)["amount"], 1);
        Some(())
    }),
    (Rule::OfferTaken, "an offer that nobody made", |journal| {
        let place = journal.one("offer_accepted", |_| true)?;
        let number = journal.asked(place)["submission"].clone();
        let offers = journal.all("vote_cast", |event| event["data"]["asked"].get("offer").is_some());
        let offers = offers.into_iter().filter(|offer| *offer < place);
        let about = |offer: &usize| journal.events[*offer]["data"]["asked"]["submission"] == number;
        let offer = offers.rev().find(about)?;
        journal.asked(offer).as_object_mut()?.remove("offer");
        Some(())
    }),
    (Rule::Offer, "an approval with an offer", |journal| {
        let place = journal.one("vote_cast", |event| asks(event, "choice") == "approve")?;
        journal.asked(place)["offer"] = json!("1");
        Some(())
    }),
    (Rule::Offer, "an offer above everything", |journal| {
        let place = journal.one("vote_cast", |event| asks(event, "choice") == "needs_changes")?;
        journal.asked(place)["offer"] = json!(u128::MAX.to_string());
        Some(())
    }),
    (Rule::Ground, "a rejection that rests on nothing", |journal| {
        let place = journal.one("vote_cast", |event| asks(event, "choice") == "reject")?;
        journal.asked(place).as_object_mut()?.remove("ground");
        Some(())
    }),
    (Rule::StaleVote, "a vote from before an appeal counted after it", |journal| {
        let place = journal.one("rejection_appealed", |_| true)?;
        let number = journal.events[place]["data"]["asked"]["submission"].clone();
        let on_it = |event: &Value| event["data"]["asked"]["submission"] == number;
        let votes = journal.all("vote_cast", on_it);
        let before = *votes.iter().rfind(|vote| **vote < place)?;
        let after = *votes.iter().find(|vote| **vote > place)?;
        let revision = journal.events[before]["data"]["asked"]["revision"].clone();
        journal.asked(after)["revision"] = revision;
        Some(())
    }),
    (Rule::Unknown, "a word about no claim", |journal| {
        let place = journal.one("comment_added", |_| true)?;
        journal.asked(place)["submission"] = json!("999999");
        Some(())
    }),
    (Rule::Claimant, "somebody else takes a claim back", |journal| {
        let place = journal.one("submission_withdrawn", |event| event["actor"] != "2")?;
        journal.events[place]["actor"] = json!("2");
        Some(())
    }),
    (Rule::Stage, "an approved claim taken back", |journal| {
        let place = approval(journal)?;
        let about = about(journal, place, "submission_withdrawn")?;
        journal.insert(place + 1, about);
        Some(())
    }),
    (Rule::Postings, "a claim given up whose money stays", |journal| {
        let place = journal.one("submission_reopened", |_| true)?;
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::AppealTime, "an appeal that comes too late", |journal| {
        journal.forge_policy("appeal_hours", json!("0"));
        journal.one("rejection_appealed", |_| true).map(|_| ())
    }),
    (Rule::AppealOnce, "a claim appealed for twice", |journal| {
        let place = journal.one("rejection_appealed", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::AppealGround, "an appeal against an opinion", |journal| {
        let place = journal.one("rejection_appealed", |_| true)?;
        let number = journal.asked(place)["submission"].clone();
        let against = journal.all("vote_cast", |event| {
            event["data"]["asked"]["submission"] == number && asks(event, "choice") == "reject"
        });
        for vote in against {
            journal.asked(vote)["ground"] = json!("other");
        }
        Some(())
    }),
    (Rule::Held, "a claim released twice", |journal| {
        let place = journal.one("submission_released", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Held, "a claim that two keep back", |journal| {
        let place = journal.one("submission_held", |event| event["actor"] != "6")?;
        let again = journal.repeat(place);
        journal.events[again]["kind"] = json!("submission_challenged");
        journal.events[again]["actor"] = json!("6");
        (journal.policy()["hold_hours"] != "0").then_some(())
    }),
    (Rule::HeldTwice, "a claim held twice", |journal| {
        let place = journal.one("submission_held", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::OneChallenge, "two challenges at a time", |journal| {
        let place = journal.one("submission_challenged", |_| true)?;
        let (actor, number) =
            (journal.events[place]["actor"].clone(), journal.asked(place)["submission"].clone());
        let others = journal.all("submission_filed", |event| {
            event["actor"] != actor && event["data"]["outcome"]["submission"] != number
        });
        let other = journal.outcome(*others.first().filter(|other| **other < place)?)["submission"].clone();
        let again = journal.repeat(place);
        journal.asked(again)["submission"] = other;
        (journal.policy()["challenge_hours"] != "0").then_some(())
    }),
    (Rule::Until, "a challenge for good", |journal| {
        let place = journal.one("submission_challenged", |_| true)?;
        journal.outcome(place)["until"] = json!(END_OF_TIME);
        Some(())
    }),
    (Rule::OwnClaim, "a hold on one's own claim", |journal| {
        let place = journal.one("submission_held", |_| true)?;
        let filed = filing(journal, place)?;
        journal.events[place]["actor"] = journal.events[filed]["actor"].clone();
        Some(())
    }),
    (Rule::Role, "an auditor holds a claim", |journal| {
        let place = journal.one("submission_held", |_| true)?;
        let granted = journal.all("role_granted", |event| asks(event, "member") == "6");
        journal.events[place]["actor"] = json!("6");
        granted.is_empty().then_some(())
    }),
    (Rule::Released, "somebody else's hold released", |journal| {
        let leads = leads(journal);
        let place = journal.one("submission_released", |event| event["actor"] != "6")?;
        let number = journal.asked(place)["submission"].clone();
        let theirs = ["submission_held", "submission_challenged"].iter().any(|kind| {
            let by = |event: &Value| event["actor"] == "6" && event["data"]["asked"]["submission"] == number;
            !journal.all(kind, by).is_empty()
        });
        journal.events[place]["actor"] = json!("6");
        (!theirs && !leads.contains(&json!("6"))).then_some(())
    }),
    (Rule::OnHold, "a payout of a claim on hold", |journal| {
        journal.forge_policy("hold_hours", json!("8760"));
        for place in journal.all("submission_held", |_| true) {
            let until = a_year_after(&journal.events[place]);
            journal.outcome(place)["until"] = until;
        }
        let place = *journal.all("batch_proposed", |_| true).first()?;
        let number = journal.asked(place)["payouts"][0]["submission"].clone();
        let mut event = journal.events[place].clone();
        (event["kind"], event["actor"], event["post"]) = (json!("submission_held"), json!("1"), json!([]));
        event["data"] = json!({
            "asked": {"reason": "ab".repeat(32), "submission": number}, "outcome": {"until": a_year_after(&event)},
        });
        journal.insert(place, event);
        Some(())
    }),
    (Rule::Reversal, "an approval taken back by too few", |journal| {
        let place =
            journal.one("reversal_voted", |event| event["data"]["outcome"]["verdict"] == "counted")?;
        journal.outcome(place)["verdict"] = json!("reversed");
        Some(())
    }),
    (Rule::Reversal, "an approval that stays although enough take it back", |journal| {
        let place =
            journal.one("reversal_voted", |event| event["data"]["outcome"]["verdict"] == "reversed")?;
        journal.outcome(place)["verdict"] = json!("counted");
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::ReversalOnce, "one reviewer, two votes", |journal| {
        let place =
            journal.one("reversal_voted", |event| event["data"]["outcome"]["verdict"] == "counted")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Postings, "a reversal whose money stays", |journal| {
        let place =
            journal.one("reversal_voted", |event| event["data"]["outcome"]["verdict"] == "reversed")?;
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::PeriodStays, "a claim that moves to another period", |journal| {
        let place =
            journal.one("submission_revised", |event| event["data"]["asked"].get("period").is_none())?;
        let filed = filing(journal, place)?;
        let own = journal.asked(filed)["period"].clone();
        let opened = journal.all("period_opened", |event| event["data"]["outcome"]["period"] != own);
        let other = journal.outcome(*opened.first().filter(|opened| **opened < place)?)["period"].clone();
        journal.asked(place)["period"] = other;
        Some(())
    }),
    (Rule::Closed, "a revision in a closed period", |journal| {
        let named = journal.all("submission_revised", |event| event["data"]["asked"].get("period").is_some());
        let moves = |place: &usize| {
            let period = |place: usize| &journal.events[place]["data"]["asked"]["period"];
            filing(journal, *place).is_some_and(|filed| period(filed) != period(*place))
        };
        let place = named.into_iter().find(moves)?;
        journal.asked(place).as_object_mut()?.remove("period");
        Some(())
    }),
    (Rule::Postings, "money of a closed period that is free again", |journal| {
        let place =
            journal.one("submission_reopened", |event| event["post"].to_string().contains("/lapsed"))?;
        let account = journal.events[place]["post"][1][0].as_str()?.replace("lapsed", "available");
        journal.events[place]["post"][1][0] = json!(account);
        Some(())
    }),
    (Rule::NotApproved, "a payout of a claim given up", |journal| {
        let place = journal.one("batch_proposed", |event| event["post"] != json!([]))?;
        let payout = journal.asked(place)["payouts"][0].clone();
        let number = payout["submission"].clone();
        let filed =
            journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == number)?;
        let mut event = journal.events[place].clone();
        let account = event["post"][0][0].as_str()?.to_owned();
        event["kind"] = json!("submission_reopened");
        event["actor"] = journal.events[filed]["actor"].clone();
        event["post"] = json!([
            [account, "D", payout["amount"]],
            [account.replace("encumbered", "available"), "C", payout["amount"]],
        ]);
        event["data"] = json!({"asked": {"reason": "ab".repeat(32), "submission": number}});
        journal.insert(place, event);
        Some(())
    }),
];

/// A vote that approved a claim.
fn approval(journal: &Journal) -> Option<usize> {
    journal.one("vote_cast", |event| event["data"]["outcome"]["verdict"] == "approved")
}

/// Where the claim that an event is about was filed.
fn filing(journal: &Journal, place: usize) -> Option<usize> {
    let number = &journal.events[place]["data"]["asked"]["submission"];
    journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == *number)
}

/// What the claimant could say of a claim a moment after an event about it.
fn about(journal: &Journal, place: usize, kind: &str) -> Option<Value> {
    let mut event = journal.events[place].clone();
    event["actor"] = journal.events[filing(journal, place)?]["actor"].clone();
    (event["kind"], event["post"]) = (json!(kind), json!([]));
    event["data"] =
        json!({"asked": {"reason": "ab".repeat(32), "submission": event["data"]["asked"]["submission"]}});
    Some(event)
}
