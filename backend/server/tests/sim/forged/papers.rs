//! Forgeries of captures, documents that have to go, and policies.

use serde_json::{Value, json};

use super::people::link;
use super::{Forgery, asks, plus, verdict};
use crate::auditor::Rule;

pub const FORGERIES: &[Forgery] = &[
    (Rule::List, "a claim with eleven captures", |journal| {
        let place = journal.one("submission_filed", |_| true)?;
        let digest = |number: usize| json!(format!("{number:02}").repeat(32));
        journal.asked(place)["captures"] = (0..11).map(digest).collect();
        Some(())
    }),
    (Rule::List, "a capture that a claim shows twice", |journal| {
        let place =
            journal.one("submission_revised", |event| event["data"]["asked"]["captures"] != json!([]))?;
        let captures = journal.asked(place)["captures"].as_array_mut()?;
        captures.push(captures[0].clone());
        Some(())
    }),
    (Rule::Erasure, "a document that goes by two accounts of its author", |journal| {
        let place = journal.one("document_erased", |event| verdict(event) == "done")?;
        let author = journal.asked(place)["author"].clone();
        let actor = journal.events[place]["actor"].clone();
        link(journal, place, author, actor)
    }),
    (Rule::Erasure, "a document that goes for another cause than its author named", |journal| {
        // Whoever named both causes may be agreed with in either.
        let named = journal.all("document_erased", |event| asks(event, "class") == "unlawful");
        let named: Vec<_> =
            named.iter().map(|place| asks(&journal.events[*place], "document").to_owned()).collect();
        let place = journal.one("document_erased", |event| {
            verdict(event) == "done" && !named.iter().any(|document| *document == asks(event, "document"))
        })?;
        journal.asked(place)["class"] = json!("unlawful");
        Some(())
    }),
    (Rule::Erasure, "a document of somebody else", |journal| {
        let place = journal.one("document_erased", |event| {
            verdict(event) == "counted" && event["data"]["asked"]["author"] != "1"
        })?;
        journal.events[place]["actor"] = json!("1");
        Some(())
    }),
    (Rule::Erasure, "a document said to be of no claim", |journal| {
        let place = journal.one("document_erased", |event| !asks(event, "submission").is_empty())?;
        journal.asked(place).as_object_mut()?.remove("submission").map(|_| ())
    }),
    (Rule::StillNeeded, "what a rejection rests on goes while it can be appealed against", |journal| {
        journal.forge_policy("appeal_hours", json!("8760"));
        // Somebody erases what is said of a claim whose last decision was its rejection.
        let erased = journal.all("document_erased", |event| !asks(event, "submission").is_empty());
        let rejected = |place: &usize| {
            let number = &journal.events[*place]["data"]["asked"]["submission"];
            let about = |event: &Value| event["data"]["asked"]["submission"] == *number;
            let last = journal.all("vote_cast", about).into_iter().rfind(|vote| vote < place);
            let appealed =
                journal.all("rejection_appealed", about).into_iter().rfind(|appeal| appeal < place);
            last > appealed && last.is_some_and(|last| verdict(&journal.events[last]) == "rejected")
        };
        erased.iter().any(rejected).then_some(())
    }),
    (Rule::Number, "a version of the policy left out", |journal| {
        let place = journal.one("policy_changed", |_| true)?;
        plus(&mut journal.outcome(place)["version"], 1);
        Some(())
    }),
    (Rule::PolicyCited, "an appeal by the version before", |journal| {
        let place = journal.one("rejection_appealed", |event| event["data"]["outcome"]["policy"] != "1")?;
        plus(&mut journal.outcome(place)["policy"], -1);
        Some(())
    }),
    (Rule::PolicyCited, "an offer taken by the version before", |journal| {
        let place = journal.one("offer_accepted", |event| event["data"]["outcome"]["policy"] != "1")?;
        plus(&mut journal.outcome(place)["policy"], -1);
        Some(())
    }),
];
