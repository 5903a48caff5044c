//! Forgeries of caps, ranges, allotments, closings and fundings.

use serde_json::json;

use super::{Forgery, plus};
use crate::auditor::Rule;

pub const FORGERIES: &[Forgery] = &[
    (Rule::Reason, "an allotment lowered without a word", |journal| {
        let place = journal.one("allotted", |event| {
            let posts = event["post"].as_array().unwrap();
            posts.iter().any(|post| post[0].as_str().unwrap().ends_with("/available") && post[1] == "D")
        })?;
        journal.asked(place).as_object_mut()?.remove("reason").map(|_| ())
    }),
    (Rule::Unchanged, "a cap that is what it was", |journal| {
        let place = journal.one("cap_changed", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Unchanged, "limits that are what they were", |journal| {
        let place = journal.one("limits_changed", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::ProgramCap, "a cap of the program below what periods hold", |journal| {
        let place = journal.one("limits_changed", |_| true)?;
        journal.asked(place)["cap"] = json!("1");
        Some(())
    }),
    (Rule::Ceiling, "a range below what is allotted", |journal| {
        let allotted = journal.one("allotted", |_| true)?;
        let slug = journal.asked(allotted)["allotments"][0]["category"].clone();
        let place = *journal.all("limits_changed", |_| true).iter().find(|place| **place > allotted)?;
        journal.asked(place)["categories"] = json!([{"ceiling": "1", "floor": "0", "slug": slug}]);
        Some(())
    }),
    (Rule::Ceiling, "more moved than the receiver may hold", |journal| {
        let place = journal.one("allotment_moved", |_| true)?;
        let to = journal.asked(place)["to"].clone();
        let categories = journal.asked(0)["categories"].as_array_mut()?;
        let category = categories.iter_mut().find(|category| category["slug"] == to)?;
        category["ceiling"] = category["floor"].clone();
        (category["ceiling"] != "0").then_some(())
    }),
    (Rule::Negative, "more moved than there is", |journal| {
        let place = journal.one("allotment_moved", |_| true)?;
        let more = 1_000_000_000_000_000_000_000_000_000;
        plus(&mut journal.asked(place)["amount"], more);
        for side in [0, 1] {
            plus(&mut journal.events[place]["post"][side][2], more);
        }
        Some(())
    }),
    (Rule::Closed, "a period closed twice", |journal| {
        let place = journal.one("period_closed", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
    (Rule::Closing, "a period closed while claims are taken", |journal| {
        journal.forge_policy("claim_grace_hours", json!("8760"));
        journal.forge_policy("decision_grace_hours", json!("8760"));
        journal.one("period_closed", |_| true).map(|_| ())
    }),
    (Rule::Postings, "money that does not lapse", |journal| {
        let place = journal.one("period_closed", |event| !event["post"].as_array().unwrap().is_empty())?;
        journal.events[place]["post"] = json!([]);
        Some(())
    }),
    (Rule::Transfer, "a funding withdrawn twice", |journal| {
        let place = journal.one("funding_withdrawn", |_| true)?;
        journal.repeat(place);
        Some(())
    }),
];
