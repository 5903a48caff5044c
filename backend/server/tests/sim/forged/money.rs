//! Forgeries of claims, votes and batches.

use serde_json::{Value, json};

use super::journal::Journal;
use super::{Forgery, asks, one_decides, plus, text, verdict};
use crate::auditor::Rule;

pub const FORGERIES: &[Forgery] = &[
    (Rule::Bounty, "a claim above its reward", |journal| {
        let place = journal.one("submission_filed", |event| asks(event, "kind") == "bounty")?;
        let bounty = journal.asked(place)["bounty"].clone();
        let posted = journal.one("bounty_posted", |event| event["data"]["outcome"]["bounty"] == bounty)?;
        let mut amount = journal.asked(posted)["reward"].clone();
        plus(&mut amount, 1);
        journal.asked(place)["amount"] = amount;
        Some(())
    }),
    (Rule::Bounty, "a claim of kind bounty without one", |journal| {
        let place = journal.one("submission_filed", |event| asks(event, "kind") == "expense")?;
        journal.asked(place)["kind"] = json!("bounty");
        Some(())
    }),
    (Rule::SlotLeft, "a slot less than was paid", |journal| {
        // Whatever was reserved for it, so that no balance gives it away.
        let place = journal.one("bounty_posted", |event| asks(event, "slots") == "3")?;
        let bounty = journal.outcome(place)["bounty"].clone();
        journal.asked(place)["slots"] = json!("1");
        let reward = journal.asked(place)["reward"].clone();
        for side in [0, 1] {
            journal.events[place]["post"][side][2] = reward.clone();
        }
        let claims =
            journal.all("submission_filed", |event| event["data"]["asked"].get("bounty") == Some(&bounty));
        (claims.len() > 2).then_some(())
    }),
    (Rule::FilingTime, "a claim of a period that is over", |journal| {
        let periods = journal.all("period_opened", |_| true);
        let first = journal.outcome(*periods.first()?)["period"].clone();
        let place =
            *journal.all("submission_filed", |event| event["data"]["asked"]["period"] != first).last()?;
        journal.asked(place)["period"] = first;
        Some(())
    }),
    (Rule::OpenClaims, "more open claims than allowed", |journal| {
        journal.forge_policy("open_claims", json!("1"));
        Some(())
    }),
    (Rule::LeadKind, "a contributor's lead claim", |journal| {
        let place = journal.one("submission_filed", |event| {
            asks(event, "kind") == "expense" && event["data"]["outcome"]["lane"] != "lead"
        })?;
        journal.asked(place)["kind"] = json!("lead");
        Some(())
    }),
    (Rule::Payee, "somebody else's address", |journal| {
        let place = journal.one("submission_filed", |_| true)?;
        let actor = journal.events[place]["actor"].clone();
        let other = journal.all("address_recorded", |event| event["actor"] != actor);
        journal.asked(place)["payee"] = journal.asked(*other.first()?)["address"].clone();
        Some(())
    }),
    (Rule::Evidence, "two claims on one piece of evidence", |journal| {
        let place = *journal.all("submission_filed", |_| true).last()?;
        let number = |event: &Value| event["data"]["outcome"]["submission"].clone();
        // What is in a batch lets go of its evidence no more.
        let batch = *journal.all("batch_proposed", |_| true).first()?;
        let paid = journal.asked(batch)["payouts"][0]["submission"].clone();
        let revised = journal.all("submission_revised", |event| event["data"]["asked"]["submission"] == paid);
        let filed = journal.one("submission_filed", |event| number(event) == paid)?;
        let holder = journal.asked(revised.last().copied().unwrap_or(filed)).clone();
        for key in ["evidence", "function"] {
            journal.asked(place)[key] = holder[key].clone();
        }
        for key in ["contests", "share"] {
            journal.asked(place).as_object_mut()?.remove(key);
        }
        // Unless it came out of its batch, and was given up.
        let given_up = ["submission_reopened", "reversal_voted", "submission_revised"].iter().any(|kind| {
            let about = |event: &Value| event["data"]["asked"]["submission"] == paid;
            journal.all(kind, about).last().is_some_and(|last| *last > batch)
        });
        let alone = journal.asked(place)["kind"] != "bounty" && holder.get("share").is_none();
        let fits = alone && !given_up;
        (fits && batch < place).then_some(())
    }),
    (Rule::Share, "a person's share is a hundredth", |journal| {
        let categories = journal.asked(0)["categories"].as_array()?.clone();
        let share = |category: &Value| json!({"category": category["slug"], "percent": "1"});
        journal.forge_policy("person_shares", categories.iter().map(share).collect());
        Some(())
    }),
    (Rule::RetroLimit, "retroactive claims above their limit", |journal| {
        journal.forge_policy("retro_limit", json!("1"));
        journal.one("submission_filed", |event| asks(event, "kind") == "retro").map(|_| ())
    }),
    (Rule::Claimant, "somebody else's revision", |journal| {
        let place = journal.one("submission_revised", |event| event["actor"] != "1")?;
        journal.events[place]["actor"] = json!("1");
        Some(())
    }),
    (Rule::Lane, "a claim in an easier lane", |journal| {
        let place = journal.one("submission_filed", |event| event["data"]["outcome"]["lane"] != "small")?;
        journal.outcome(place)["lane"] = json!("small");
        Some(())
    }),
    (Rule::RevisionDigest, "a digest of another claim", |journal| {
        let places = journal.all("submission_filed", |_| true);
        let (first, last) = (*places.first()?, *places.last()?);
        journal.outcome(last)["digest"] = journal.outcome(first)["digest"].clone();
        journal.keep_digests = true;
        Some(())
    }),
    (Rule::OwnClaim, "a vote on one's own claim", |journal| {
        let reviewer = journal.all("submission_filed", |event| event["actor"] == "2").first().copied()?;
        let number = journal.outcome(reviewer)["submission"].clone();
        let place =
            *journal.all("vote_cast", |event| event["data"]["asked"]["submission"] == number).first()?;
        journal.events[place]["actor"] = json!("2");
        Some(())
    }),
    (Rule::Stage, "a vote after the decision", |journal| {
        let place = journal.one("vote_cast", |event| event["data"]["outcome"]["verdict"] == "rejected")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Recused, "a vote of somebody who recused", |journal| {
        let place = journal.one("vote_cast", |event| {
            asks(event, "choice") == "recuse" && event["data"]["outcome"]["verdict"] == "counted"
        })?;
        let again = journal.repeat(place);
        journal.asked(again)["choice"] = json!("approve");
        plus(&mut journal.asked(again)["ordinal"], 1);
        Some(())
    }),
    (Rule::StaleVote, "a vote on the revision before", |journal| {
        let revised = *journal.all("submission_revised", |_| true).first()?;
        let number = journal.asked(revised)["submission"].clone();
        let filed =
            journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == number)?;
        let votes = journal.all("vote_cast", |event| event["data"]["asked"]["submission"] == number);
        let later = votes.into_iter().find(|place| *place > revised)?;
        journal.asked(later)["revision"] = journal.outcome(filed)["digest"].clone();
        Some(())
    }),
    (Rule::Ordinal, "a vote that skips one", |journal| {
        let place = journal.one("vote_cast", |_| true)?;
        plus(&mut journal.asked(place)["ordinal"], 1);
        Some(())
    }),
    (Rule::Verdict, "an approval that is only counted", |journal| {
        let place = journal.one("vote_cast", |event| event["data"]["outcome"]["verdict"] == "approved")?;
        journal.outcome(place)["verdict"] = json!("counted");
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::Verdict, "one approval too few", |journal| {
        // The first of two approvals of a claim never was, where its lane is not content with one.
        let approved = journal.all("vote_cast", |event| {
            let outcome = &event["data"]["outcome"];
            outcome["verdict"] == "approved" && outcome.get("single_handed").is_none()
        });
        let first = approved.into_iter().find_map(|last| {
            let number = journal.events[last]["data"]["asked"]["submission"].clone();
            let reviewer = journal.events[last]["actor"].clone();
            let revision = journal.events[last]["data"]["asked"]["revision"].clone();
            if one_decides(journal, &revision, "approvals") {
                return None;
            }
            let votes = journal.all("vote_cast", |event| {
                let asked = &event["data"]["asked"];
                asked["submission"] == number && asked["revision"] == revision && event["actor"] != reviewer
            });
            let [only] = votes.as_slice() else { return None };
            let approves = asks(&journal.events[*only], "choice") == "approve";
            approves.then_some(*only)
        })?;
        journal.drop(first);
        Some(())
    }),
    (Rule::Verdict, "an approval by votes for something else", |journal| {
        let place = journal.one("vote_cast", |event| {
            asks(event, "choice") == "reject" && event["data"]["outcome"]["verdict"] == "counted"
        })?;
        journal.outcome(place)["verdict"] = json!("rejected");
        Some(())
    }),
    (Rule::Shortfall, "a wei more is missing", |journal| {
        let place = journal.one("vote_cast", |event| event["data"]["outcome"]["verdict"] == "agreed")?;
        plus(&mut journal.outcome(place)["missing"], 1);
        Some(())
    }),
    (Rule::Waiting, "a claim that waits although there is money", |journal| {
        let places = journal.all("waiting_approved", |_| true);
        let place = *places.first().filter(|place| **place + 1 < journal.len())?;
        journal.drop(place);
        Some(())
    }),
    (Rule::Waiting, "the second oldest comes first", |journal| {
        let place = journal.one("waiting_approved", |_| true)?;
        plus(&mut journal.asked(place)["submission"], 1);
        Some(())
    }),
    (Rule::Waiting, "nothing waits for money", |journal| {
        let place = journal.one("waiting_approved", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Observation, "a block that comes again", |journal| {
        let fresh = journal.all("safe_observed", |event| event["data"]["asked"].get("corrects").is_none());
        let place = *fresh.get(1)?;
        journal.asked(place)["block"] = json!("0");
        Some(())
    }),
    (Rule::Transfer, "a transfer that counts twice", |journal| {
        let place = journal.one("funding_recorded", |_| true)?;
        let post = journal.events[place]["post"].clone();
        let again = journal.repeat(place);
        journal.events[again]["post"] = post;
        Some(())
    }),
    (Rule::Shape, "a payday that never comes", |journal| {
        journal.policy()["payday"]["every_weeks"] = json!("0");
        Some(())
    }),
    (Rule::Lines, "more lines than signers can review", |journal| {
        journal.forge_policy("batch_lines", json!("1"));
        journal.one("batch_proposed", |event| event["data"]["asked"]["payouts"].get(1).is_some()).map(|_| ())
    }),
    (Rule::NotApproved, "a claim that is paid twice", |journal| {
        let place = *journal.all("batch_proposed", |_| true).last()?;
        let again = journal.repeat(place);
        plus(&mut journal.asked(again)["nonce"], 1);
        plus(&mut journal.outcome(again)["batch"], 1);
        Some(())
    }),
    (Rule::Payout, "a payout of a wei more", |journal| {
        let place = journal.one("batch_proposed", |event| event["post"] != json!([]))?;
        plus(&mut journal.asked(place)["payouts"][0]["amount"], 1);
        plus(&mut journal.outcome(place)["total"], 1);
        plus(&mut journal.events[place]["post"][0][2], 1);
        plus(&mut journal.events[place]["post"][1][2], 1);
        // What was not approved cannot be encumbered either, unless other claims are.
        Some(())
    }),
    (Rule::Payout, "a payout to somebody else", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        journal.asked(place)["payouts"][0]["payee"] = json!(format!("0x{}", "77".repeat(20)));
        Some(())
    }),
    (Rule::Objection, "a batch while people may object", |journal| {
        for lane in ["lead", "normal", "retro", "small"] {
            journal.policy()["lanes"][lane]["objection_hours"] = json!("8760");
        }
        journal.one("batch_proposed", |_| true).map(|_| ())
    }),
    (Rule::Observed, "a Safe that nobody looked at", |journal| {
        journal.forge_policy("observation_hours", json!("0"));
        Some(())
    }),
    (Rule::Nonce, "a nonce that is skipped", |journal| {
        let next = |event: &Value| asks(event, "beside") == "no" && asks(event, "adopts").is_empty();
        let place = journal.one("batch_proposed", next)?;
        plus(&mut journal.asked(place)["nonce"], 1);
        Some(())
    }),
    (Rule::Target, "a batch that calls the Safe itself", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        journal.asked(place)["to"] = journal.asked(0)["safe"].clone();
        Some(())
    }),
    (Rule::SafeBalance, "a batch of money that is not there", |journal| {
        for place in journal.all("safe_observed", |_| true) {
            journal.asked(place)["balance"] = json!("0");
        }
        journal.one("batch_proposed", |_| true).map(|_| ())
    }),
    (Rule::SafeBalance, "a batch of money that nobody gave", |journal| {
        for place in journal.all("funding_recorded", |_| true) {
            journal.asked(place)["amount"] = json!("1");
        }
        let mut fundings = journal.all("funding_recorded", |_| true);
        fundings.extend(journal.all("funding_withdrawn", |_| true));
        for place in fundings {
            for side in [0, 1] {
                journal.events[place]["post"][side][2] = json!("1");
            }
        }
        // What came without a word was a gift in the end.
        let given = journal.one("inflow_classified", |event| {
            verdict(event) == "done" && asks(event, "submission").is_empty()
        });
        journal.one("batch_proposed", |_| true).filter(|_| given.is_none()).map(|_| ())
    }),
    (Rule::Total, "a total of a wei less", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        plus(&mut journal.outcome(place)["total"], -1);
        Some(())
    }),
    (Rule::Root, "a batch on another journal", |journal| {
        let place = journal.one("batch_proposed", |_| true)?;
        journal.outcome(place)["root"] = json!("cd".repeat(32));
        journal.keep_roots = true;
        Some(())
    }),
];

/// The journal is one that every forgery above can begin with.
pub fn is_rich(journal: &Journal) -> bool {
    let many = ["batch_proposed", "waiting_approved", "submission_revised", "bounty_posted", "safe_observed"];
    many.iter().all(|kind| journal.all(kind, |event| !text(&event["seq"]).is_empty()).len() > 2)
}
