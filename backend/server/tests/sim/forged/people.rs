//! Forgeries of invites, links, stakes, signatures, alternates and second looks.

use serde_json::{Value, json};

use super::journal::Journal;
use super::offers::leads;
use super::{Forgery, asks, one_decides, plus, verdict};
use crate::auditor::Rule;

/// A vote that takes a stand, and the filing of its claim, which still says whom it pays.
fn stated(journal: &Journal) -> Option<(usize, usize)> {
    let of = |event: &Value| event["data"]["asked"]["submission"].clone();
    let revised = journal.all("submission_revised", |_| true);
    let revised: Vec<_> = revised.iter().map(|place| of(&journal.events[*place])).collect();
    let vote = journal
        .one("vote_cast", |event| asks(event, "choice") != "recuse" && !revised.contains(&of(event)))?;
    let submission = of(&journal.events[vote]);
    let filed =
        journal.one("submission_filed", |event| event["data"]["outcome"]["submission"] == submission)?;
    Some((vote, filed))
}

pub const FORGERIES: &[Forgery] = &[
    (Rule::Invite, "a secret that is used twice", |journal| {
        let place = journal.one("member_joined", |event| has(event, "asked", "secret"))?;
        let again = journal.repeat(place);
        let member: u32 = journal.outcome(again)["member"].as_str()?.parse().ok()?;
        journal.outcome(again)["member"] = json!((member + 1).to_string());
        Some(())
    }),
    (Rule::Invite, "an invite for another secret", |journal| {
        let place = journal.one("member_joined", |event| has(event, "asked", "secret"))?;
        journal.asked(place)["secret"] = json!("11".repeat(32));
        Some(())
    }),
    (Rule::Invite, "an open door that was none", |journal| {
        let place = journal.one("member_joined", |event| has(event, "asked", "secret"))?;
        journal.asked(place).as_object_mut()?.remove("secret");
        journal.forge_policy("open_joining", json!("no"));
        Some(())
    }),
    (Rule::Number, "a member whose number is left out", |journal| {
        let place = journal.one("member_added", |_| true)?;
        plus(&mut journal.outcome(place)["member"], 1);
        Some(())
    }),
    (Rule::Invite, "an invite for good", |journal| {
        let place = journal.one("member_invited", |_| true)?;
        journal.outcome(place)["until"] = json!("9999-12-31T23:59:59.999999Z");
        Some(())
    }),
    (Rule::Invite, "an invite withdrawn twice", |journal| {
        let place = journal.one("invite_withdrawn", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::RoleHeld, "a member who leaves twice", |journal| {
        let place = journal.one("member_left", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Link, "a link of strangers by a stranger", |journal| {
        let stranger = json!("6");
        let place = journal.one("members_linked", |event| {
            let asked = &event["data"]["asked"];
            asks(event, "linked") == "yes" && asked["member"] != stranger && asked["other"] != stranger
        })?;
        let leads = leads(journal).contains(&stranger);
        journal.events[place]["actor"] = stranger;
        (!leads).then_some(())
    }),
    (Rule::Verdict, "an approval by two accounts of one person", |journal| {
        let approved = journal.all("vote_cast", |event| {
            verdict(event) == "approved" && !has(event, "outcome", "single_handed")
        });
        let (first, last) = approved.into_iter().find_map(|last| {
            let asked = &journal.events[last]["data"]["asked"];
            let votes =
                journal.all("vote_cast", |event| event["data"]["asked"]["revision"] == asked["revision"]);
            // Two voted in all, so both of them count.
            let [first, second] = votes.as_slice() else { return None };
            let both = *second == last && !one_decides(journal, &asked["revision"], "approvals");
            both.then_some((*first, last))
        })?;
        let [one, other] = [first, last].map(|place| journal.events[place]["actor"].clone());
        link(journal, last, one, other)
    }),
    (Rule::Sample, "a second look by who approved", |journal| {
        let checked = journal.all("sample_checked", |_| true);
        let (place, approver) = checked.into_iter().find_map(|place| {
            let number = &journal.events[place]["data"]["asked"]["submission"];
            let approval = |event: &Value| {
                ["approved", "agreed"].contains(&verdict(event))
                    && event["data"]["asked"]["submission"] == *number
            };
            let approved = journal.all("vote_cast", approval).into_iter().rfind(|vote| *vote < place)?;
            Some((place, journal.events[approved]["actor"].clone()))
        })?;
        journal.events[place]["actor"] = approver;
        Some(())
    }),
    (Rule::Link, "two members linked twice", |journal| {
        let place = journal.one("members_linked", |event| asks(event, "linked") == "yes")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Link, "a link that was never there is taken apart", |journal| {
        let place = *journal.all("members_linked", |event| asks(event, "linked") == "yes").first()?;
        journal.asked(place)["linked"] = json!("no");
        Some(())
    }),
    (Rule::Declared, "a conflict that is declared twice", |journal| {
        let place = journal.one("conflict_declared", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Declared, "a node that is declared twice", |journal| {
        let place = journal.one("node_declared", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Stake, "a vote on a claim that pays the reviewer's node", |journal| {
        let (vote, filed) = stated(journal)?;
        let declared = *journal.all("node_declared", |event| asks(event, "operated") == "yes").first()?;
        let mut node = journal.events[declared].clone();
        node["actor"] = journal.events[vote]["actor"].clone();
        node["at"] = journal.events[vote]["at"].clone();
        node["data"]["asked"]["address"] = journal.asked(filed)["payee"].clone();
        journal.insert(vote, node);
        Some(())
    }),
    (Rule::Stake, "a vote on a claim of somebody with whom a conflict stands", |journal| {
        let (vote, filed) = stated(journal)?;
        let declared = *journal.all("conflict_declared", |event| asks(event, "stands") == "yes").first()?;
        let mut conflict = journal.events[declared].clone();
        conflict["actor"] = journal.events[vote]["actor"].clone();
        conflict["at"] = journal.events[vote]["at"].clone();
        conflict["data"]["asked"]["with"] = journal.events[filed]["actor"].clone();
        journal.insert(vote, conflict);
        Some(())
    }),
    (Rule::Called, "an alternate who was called twice", |journal| {
        let place = journal.one("alternate_called", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Called, "a vote of an alternate whom nobody called", |journal| {
        let places = journal.all("alternate_called", |_| true);
        let called = places.into_iter().find(|place| {
            let asked = &journal.events[*place]["data"]["asked"];
            let voted = journal.all("vote_cast", |event| {
                event["actor"] == asked["member"]
                    && event["data"]["asked"]["submission"] == asked["submission"]
            });
            !voted.is_empty()
        })?;
        journal.drop(called);
        Some(())
    }),
    (Rule::Signed, "a signature without its signer", |journal| {
        let place = journal.one("vote_cast", |event| has(event, "asked", "signer"))?;
        journal.asked(place).as_object_mut()?.remove("signer");
        Some(())
    }),
    (Rule::Signed, "a vote signed by an address of somebody else", |journal| {
        let place = journal.one("vote_cast", |event| has(event, "asked", "signer"))?;
        let actor = journal.events[place]["actor"].clone();
        let other = *journal.all("address_recorded", |event| event["actor"] != actor).first()?;
        journal.asked(place)["signer"] = journal.asked(other)["address"].clone();
        Some(())
    }),
    (Rule::Sample, "a claim that slipped out of the sample", |journal| {
        let place = journal.one("vote_cast", |event| has(event, "outcome", "sampled"))?;
        journal.outcome(place).as_object_mut()?.remove("sampled");
        Some(())
    }),
    (Rule::Sample, "a second look by nobody", |journal| {
        let place = journal.one("sample_checked", |event| asks(event, "passed") == "yes")?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Sample, "a claim that is paid without its second look", |journal| {
        let checked = journal.all("sample_checked", |event| asks(event, "passed") == "yes");
        let place = checked.into_iter().find(|place| {
            let number = &journal.events[*place]["data"]["asked"]["submission"];
            let paid = journal.all("batch_proposed", |event| {
                let lines = event["data"]["asked"]["payouts"].as_array().unwrap();
                lines.iter().any(|line| line["submission"] == *number)
            });
            !paid.is_empty()
        })?;
        journal.drop(place);
        Some(())
    }),
    (Rule::SlotHeld, "a slot for each account of one person", |journal| {
        let place = journal.one("slot_taken", |event| !has(event, "asked", "member"))?;
        let taker = journal.events[place]["actor"].clone();
        let other = somebody_else(journal, &taker)?;
        let again = journal.repeat(place);
        journal.events[again]["actor"] = other.clone();
        link(journal, again, taker, other)?;
        (journal.policy()["slot_hours"] != "0").then_some(())
    }),
    (Rule::OneChallenge, "a challenge by each account of one person", |journal| {
        let place = journal.one("submission_challenged", |_| true)?;
        let actor = journal.events[place]["actor"].clone();
        let number = journal.asked(place)["submission"].clone();
        let others = journal.all("submission_filed", |event| {
            event["actor"] != actor && event["data"]["outcome"]["submission"] != number
        });
        let other = *others.first().filter(|other| **other < place)?;
        let doubted = journal.outcome(other)["submission"].clone();
        let doubter = somebody_else(journal, &actor)?;
        if journal.events[other]["actor"] == doubter {
            return None;
        }
        let again = journal.repeat(place);
        journal.asked(again)["submission"] = doubted;
        journal.events[again]["actor"] = doubter.clone();
        link(journal, again, actor, doubter)?;
        (journal.policy()["challenge_hours"] != "0").then_some(())
    }),
    (Rule::ReversalOnce, "a reversal by two accounts of one person", |journal| {
        let reversed =
            journal.all("reversal_voted", |event| event["data"]["outcome"]["verdict"] == "reversed");
        let (first, second) = reversed.into_iter().find_map(|last| {
            let number = &journal.events[last]["data"]["asked"]["submission"];
            let votes =
                journal.all("reversal_voted", |event| event["data"]["asked"]["submission"] == *number);
            // Two voted in all, so both of them count.
            let [first, second] = votes.as_slice() else { return None };
            (verdict(&journal.events[*first]) == "counted").then_some((*first, *second))
        })?;
        let [one, other] = [first, second].map(|place| journal.events[place]["actor"].clone());
        link(journal, second, one, other)
    }),
    (Rule::SingleHanded, "a decision alone that hides it", |journal| {
        let place = journal.one("vote_cast", |event| has(event, "outcome", "single_handed"))?;
        journal.outcome(place).as_object_mut()?.remove("single_handed");
        Some(())
    }),
];

/// Somebody who files claims, and is not this member.
fn somebody_else(journal: &Journal, member: &Value) -> Option<Value> {
    let others = journal.all("submission_filed", |event| event["actor"] != *member);
    Some(journal.events[*others.last()?]["actor"].clone())
}

/// Just before an event, the first member says that two are one person.
pub fn link(journal: &mut Journal, place: usize, one: Value, other: Value) -> Option<()> {
    let said = *journal.all("members_linked", |event| asks(event, "linked") == "yes").first()?;
    let mut link = journal.events[said].clone();
    link["actor"] = json!("1");
    link["at"] = journal.events[place]["at"].clone();
    (link["data"]["asked"]["member"], link["data"]["asked"]["other"]) = (one, other);
    journal.insert(place, link);
    // What was repeated in this place has the fresh key already.
    let key = journal.events[place]["cause"][1].clone();
    journal.events[place]["cause"][0] = key;
    Some(())
}

fn has(event: &Value, part: &str, field: &str) -> bool {
    event["data"][part].get(field).is_some()
}

/// The journal is one that some forgery above can begin with.
pub fn is_rich(journal: &Journal) -> bool {
    ["member_joined", "members_linked"].iter().all(|kind| !journal.all(kind, |_| true).is_empty())
}
