//! Periods, allotments, bounties: more than there is, or than the rules give.

use serde_json::{Value, json};

use super::Door;
use crate::http::cast::{Cast, PILOT, bounty, but, february};

fn allotments(amounts: &Value) -> Value {
    json!({ "period": 1, "allotments": amounts })
}

pub async fn meet(door: &mut Door<'_>, people: &Cast<'_>) {
    let lead = &people.lead;
    periods(door, people).await;
    let path = format!("{PILOT}/allotments");
    let nothing = allotments(&json!({}));
    door.refuses(lead.ask(&path, &nothing), 422, "empty_list").await;
    door.refuses(
        lead.ask(&path, &json!({ "period": 9, "allotments": { "lead": "500" } })),
        404,
        "no_such_period",
    )
    .await;
    door.refuses(lead.ask(&path, &allotments(&json!({ "nowhere": "1" }))), 404, "no_such_category").await;
    // In this order: too much for the line, for all, for the others' floors.
    let all = json!({ "bounties": "150.1", "lead": "500", "marketing": "100", "operations": "50" });
    let body = door.refuses(lead.ask(&path, &allotments(&all)), 422, "above_ceiling").await;
    assert_eq!(
        (&body["category"], &body["asked"], &body["ceiling"]),
        (&json!("bounties"), &json!("150.1"), &json!("150"))
    );
    let all = but(all, json!({ "bounties": "150" }));
    let body = door.refuses(lead.ask(&path, &allotments(&all)), 422, "over_cap").await;
    assert_eq!((&body["excess"], &body["cap"]), (&json!("50"), &json!("750")));
    let starving = json!({ "bounties": "150", "marketing": "100", "operations": "0" });
    let body = door.refuses(lead.ask(&path, &allotments(&starving)), 422, "floor_needed").await;
    assert_eq!((&body["left"], &body["needed"]), (&json!("0"), &json!("25")));

    bounties(door, people).await;
    // Bounty 1 holds 60 of 125.
    lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
    let body = door
        .refuses(lead.ask(&path, &allotments(&json!({ "bounties": "59.9" }))), 409, "below_committed")
        .await;
    assert_eq!((&body["asked"], &body["committed"]), (&json!("59.9"), &json!("60")));
}

async fn periods(door: &mut Door<'_>, people: &Cast<'_>) {
    let path = format!("{PILOT}/periods");
    let ask = |changes: Value| people.lead.ask(&path, &but(february(), changes));
    door.refuses(ask(json!({ "cap": "0" })), 422, "zero_amount").await;
    door.refuses(ask(json!({ "ends_at": "2026-02-01T00:00:00Z" })), 422, "empty_span").await;
    let body =
        door.refuses(ask(json!({ "starts_at": "2026-01-31T23:59:59Z" })), 422, "period_overlaps").await;
    assert_eq!(body["period"], "1");
    let body = door.refuses(ask(json!({ "cap": "750.5" })), 422, "over_program_cap").await;
    assert_eq!((&body["excess"], &body["cap"]), (&json!("0.5"), &json!("1500")));
    door.refuses(ask(json!({ "cap": "674.9" })), 422, "floors_above_cap").await;
    let most = "340282366920938463463.374607431768211455";
    door.refuses(ask(json!({ "cap": most })), 422, "amount_too_large").await;
}

async fn bounties(door: &mut Door<'_>, people: &Cast<'_>) {
    let path = format!("{PILOT}/bounties");
    let ask = |changes: Value| people.lead.ask(&path, &but(bounty(), changes));
    door.refuses(ask(json!({ "period": 2 })), 404, "no_such_period").await;
    door.refuses(ask(json!({ "category": "nowhere" })), 404, "no_such_category").await;
    door.refuses(ask(json!({ "reward": "0" })), 422, "zero_amount").await;
    door.refuses(ask(json!({ "slots": 0 })), 422, "empty_list").await;
    let body = door.refuses(ask(json!({ "slots": 1_001 })), 422, "too_many").await;
    assert_eq!((&body["list"], &body["limit"]), (&json!("slots"), &json!("1000")));
    door.refuses(ask(json!({ "closes_at": "2026-01-01T00:00:00Z" })), 422, "empty_span").await;
    let body =
        door.refuses(ask(json!({ "closes_at": "2026-01-05T12:00:00Z" })), 422, "window_unusable").await;
    assert_eq!(body["from"], "2026-01-05T12:00:00.000000Z");
    let late = json!({ "opens_at": "2026-02-06T00:00:00Z", "closes_at": "2026-02-07T00:00:00Z" });
    let body = door.refuses(ask(late), 422, "window_unusable").await;
    assert_eq!(body["until"], "2026-02-06T00:00:00.000000Z");
    let most = "340282366920938463463.374607431768211455";
    door.refuses(ask(json!({ "reward": most, "slots": 2 })), 422, "amount_too_large").await;
    let body = door.refuses(ask(json!({ "reward": "41.7" })), 409, "over_budget").await;
    let told = [&body["category"], &body["available"], &body["needed"], &body["missing"]];
    assert_eq!(told, ["bounties", "125", "125.1", "0.1"]);
}
