//! The Safe as stated, and batches that cannot be proposed.

use serde_json::{Value, json};

use super::{Door, STRICT};
use crate::app::world::address;
use crate::http::cast::{Cast, PILOT, but, claim, fund, funding, observation, program};

fn batch(claims: &[&Value]) -> Value {
    json!({ "submissions": claims, "evidence_up": true })
}

pub async fn meet(door: &mut Door<'_>, people: &Cast<'_>) {
    let (treasurer, batches) = (&people.treasurer, format!("{PILOT}/batches"));
    let approved = people.approved(30, "6").await;
    let body = door.refuses(treasurer.ask(&batches, &batch(&[&approved])), 409, "safe_unobserved").await;
    assert!(body["detail"].as_str().unwrap().contains("record its state first"));
    statements(door, people).await;
    door.refuses(people.lead.ask(&batches, &batch(&[&approved])), 403, "role_needed").await;
    door.refuses(treasurer.ask(&batches, &batch(&[&json!(99)])), 404, "no_such_submission").await;
    door.refuses(treasurer.ask(&batches, &batch(&[&approved, &approved])), 422, "repeated").await;
    let (open, _) = crate::http::cast::file(&people.alice, 31, "1").await;
    let body = door.refuses(treasurer.ask(&batches, &batch(&[&open])), 409, "not_approved").await;
    assert_eq!(body["state"], "submitted");
    treasurer.post(&batches, &batch(&[&approved])).await.json(201);
    let body = door.refuses(treasurer.ask(&batches, &batch(&[&approved])), 409, "already_batched").await;
    assert_eq!(body["batch"], "1");
    later(door, people).await;
}

/// What a treasurer cannot state.
async fn statements(door: &mut Door<'_>, people: &Cast<'_>) {
    let treasurer = &people.treasurer;
    let (path, money) = (format!("{PILOT}/safe/observations"), format!("{PILOT}/funding"));
    let ask = |block: u64, changes: Value| treasurer.ask(&path, &but(observation(block), changes));
    door.refuses(ask(1_000, json!({ "corrects": 3 })), 409, "safe_unobserved").await;
    door.refuses(ask(1_000, json!({ "owners": [] })), 422, "empty_list").await;
    door.refuses(ask(1_000, json!({ "owners": [address(50), address(50)] })), 422, "repeated").await;
    for threshold in [0, 3] {
        let body =
            door.refuses(ask(1_000, json!({ "threshold": threshold })), 422, "threshold_above_owners").await;
        assert_eq!(body["owners"], "2");
    }
    let file = program();
    door.refuses(ask(1_000, json!({ "owners": [file["safe"]], "threshold": 1 })), 422, "owner_refused").await;
    door.refuses(ask(1_000, json!({ "guard": file["token"] })), 422, "owner_refused").await;
    door.refuses(treasurer.ask(&money, &but(funding(0xab), json!({ "amount": "0" }))), 422, "zero_amount")
        .await;
    fund(treasurer).await;
    let body = door.refuses(treasurer.ask(&money, &funding(0xab)), 409, "funding_known").await;
    assert_eq!([&body["tx_hash"], &body["log_index"]], [&funding(0xab)["tx_hash"], &json!("0")]);
    let round = but(funding(0xad), json!({ "sender": program()["safe"] }));
    let body = door.refuses(treasurer.ask(&money, &round), 422, "safe_itself").await;
    assert_eq!(body["address"], program()["safe"]);
    let body = door.refuses(ask(1_000, json!({})), 422, "observed_before").await;
    assert_eq!((&body["block"], &body["last"]), (&json!("1000"), &json!("1000")));
    let body = door.refuses(ask(1_001, json!({ "nonce": 6 })), 422, "nonce_went_back").await;
    assert_eq!((&body["nonce"], &body["last"]), (&json!("6"), &json!("7")));
    door.refuses(ask(1_001, json!({ "corrects": 1 })), 422, "not_the_last_observation").await;
    let most = "340282366920938463463.374607431768211455";
    let too_much = but(funding(0xac), json!({ "amount": most }));
    door.refuses(treasurer.ask(&money, &too_much), 422, "amount_too_large").await;
}

/// A claim that pays a changed address, from its approval until it could be paid. Money never came.
async fn later(door: &mut Door<'_>, people: &Cast<'_>) {
    let (alice, batches) = (&people.alice, format!("{STRICT}/batches"));
    let observations = format!("{STRICT}/safe/observations");
    people.treasurer.post(&observations, &observation(1_000)).await.json(200);
    alice.post("/me/addresses", &json!({ "program": "strict", "address": address(55) })).await.json(200);
    let changed =
        but(claim(1, "1"), json!({ "payee": address(55), "kind": null, "period": null, "category": null }));
    let revised = alice.post(&format!("{STRICT}/submissions/1/revisions"), &changed).await.json(201);
    let vote = crate::http::cast::vote("approve", &revised["submission"]["digest"]);
    let decided = people.reviewers[0].post(&format!("{STRICT}/submissions/1/votes"), &vote).await.json(200);
    assert_eq!(decided["state"], "approved");

    let body =
        door.refuses(people.treasurer.ask(&batches, &batch(&[&json!(1)])), 409, "objection_period").await;
    assert_eq!(body["until"], "2026-01-06T12:00:00.000000Z");
    door.api.after_hours(24);
    let treasurer = door.api.sign_in("treasurer").await;
    let body = door.refuses(treasurer.ask(&batches, &batch(&[&json!(1)])), 409, "address_cooling").await;
    assert_eq!(body["until"], "2026-01-07T12:00:00.000000Z");
    door.api.after_hours(25);
    let treasurer = door.api.sign_in("treasurer").await;
    let body = door.refuses(treasurer.ask(&batches, &batch(&[&json!(1)])), 409, "observation_stale").await;
    assert_eq!((&body["at"], &body["hours"]), (&json!("2026-01-05T12:00:00.000000Z"), &json!("48")));
    treasurer.post(&observations, &observation(2_000)).await.json(200);
    let body = door.refuses(treasurer.ask(&batches, &batch(&[&json!(1)])), 409, "over_safe_balance").await;
    assert_eq!([&body["total"], &body["payable"], &body["missing"]], ["1", "0", "1"]);
}
