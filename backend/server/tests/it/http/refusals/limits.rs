//! The budget in motion, the end of a period, and fundings that were wrong: what stands in the way.

use serde_json::{Value, json};

use super::Door;
use crate::http::cast::{PILOT, bounty, but, funding};

pub async fn meet(door: &mut Door<'_>) {
    fundings(door).await;
    let lead = door.api.sign_in("lead").await;
    let allotments = format!("{PILOT}/allotments");
    let lowered = json!({ "period": 1, "allotments": { "marketing": "40" } });
    let body = door.refuses(lead.ask(&allotments, &lowered), 422, "reason_needed").await;
    assert_eq!([&body["category"], &body["before"], &body["after"]], ["marketing", "50", "40"]);

    let limits = format!("{PILOT}/limits");
    let ranges = |ranges: Value| json!({ "categories": ranges, "reason": "Plans changed." });
    door.refuses(lead.ask(&limits, &ranges(json!([]))), 422, "nothing_changes").await;
    let narrow = ranges(json!([{ "slug": "marketing", "floor": "0", "ceiling": "49" }]));
    let body = door.refuses(lead.ask(&limits, &narrow), 409, "ceiling_below_allotment").await;
    assert_eq!([&body["ceiling"], &body["allotment"], &body["period"]], ["49", "50", "1"]);
    let wide = ranges(json!([{ "slug": "travel", "floor": "700", "ceiling": "700" }]));
    let body = door.refuses(lead.ask(&limits, &wide), 409, "floors_unfunded").await;
    assert_eq!(body["needed"], "700");
    lead.post(&limits, &but(ranges(json!([])), json!({ "cap": "9000" }))).await.json(200);

    let (periods, why) = (format!("{PILOT}/periods"), json!({ "variance": "As planned." }));
    let period = |starts_at: &str, ends_at: &str| json!({ "kind": "month", "starts_at": starts_at, "ends_at": ends_at, "cap": "800" });
    let close = |number: u32| format!("{periods}/{number}/close");
    lead.post(&periods, &period("2025-06-01T00:00:00Z", "2025-07-01T00:00:00Z")).await.json(201);
    lead.post(&close(3), &why).await.json(200);
    door.refuses(lead.ask(&close(3), &why), 409, "period_closed").await;
    let body = door.refuses(lead.ask(&close(2), &why), 409, "period_runs").await;
    assert_eq!(body["until"], "2026-03-06T00:00:00.000000Z");
    lead.post(&allotments, &json!({ "period": 2, "allotments": { "bounties": "100" } })).await.json(200);
    let february = json!({
        "period": 2, "slots": 2, "opens_at": "2026-02-01T00:00:00Z", "closes_at": "2026-03-01T00:00:00Z",
    });
    let posted = lead.post(&format!("{PILOT}/bounties"), &but(bounty(), february)).await.json(201);

    door.api.clock.set("2026-03-06T00:00:00Z".parse().unwrap());
    let lead = door.api.sign_in("lead").await;
    let body = door.refuses(lead.ask(&close(1), &why), 409, "undecided_claims").await;
    assert_eq!(body["period"], "1");
    let body = door.refuses(lead.ask(&close(2), &why), 409, "bounty_promises").await;
    assert_eq!(body["bounty"], posted["bounty"]["number"].to_string());
    assert_eq!((&body["promised"], &body["period"]), (&json!("40"), &json!("2")));
}

/// The batch of the payouts before pays 6 of 750 LPT.
async fn fundings(door: &mut Door<'_>) {
    let treasurer = door.api.sign_in("treasurer").await;
    let why = json!({ "reason": "Another transfer." });
    let path = |event: &Value| format!("{PILOT}/funding/{event}/withdraw");
    door.refuses(treasurer.ask(&path(&json!(1)), &why), 404, "no_such_funding").await;
    let events = door.api.get(&format!("{PILOT}/journal?limit=200")).await.json(200);
    let mut funded = events["items"].as_array().unwrap().iter();
    let funded = funded.find(|event| event["event"]["kind"] == "funding_recorded").unwrap()["seq"].clone();
    let body = door.refuses(treasurer.ask(&path(&funded), &why), 409, "funding_needed").await;
    assert_eq!([&body["amount"], &body["free"], &body["missing"]], ["750", "744", "6"]);
    let more = treasurer.post(&format!("{PILOT}/funding"), &funding(0xad)).await.json(200)["seq"].clone();
    treasurer.post(&path(&more), &why).await.json(200);
    door.refuses(treasurer.ask(&path(&more), &why), 409, "funding_withdrawn").await;
}
