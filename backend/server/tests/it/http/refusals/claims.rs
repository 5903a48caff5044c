//! What a claim may ask, when, and on what evidence.

use serde_json::{Value, json};

use super::{Door, STRICT};
use crate::app::world::address;
use crate::http::cast::{Cast, PILOT, approve, bounty, but, claim, evidence, file_as, revision};

pub async fn meet(door: &mut Door<'_>, people: &Cast<'_>) {
    let alice = &people.alice;
    let path = format!("{PILOT}/submissions");
    let ask = |changes: Value| alice.ask(&path, &but(claim(1, "10"), changes));
    door.refuses(people.treasurer.ask(&path, &claim(1, "10")), 422, "payee_not_yours").await;
    door.refuses(ask(json!({ "period": 2 })), 404, "no_such_period").await;
    door.refuses(ask(json!({ "category": "nowhere" })), 404, "no_such_category").await;
    door.refuses(ask(json!({ "amount": "0" })), 422, "zero_amount").await;
    door.refuses(ask(json!({ "amount": "50.1" })), 422, "above_ceiling").await;
    door.refuses(ask(json!({ "kind": "lead" })), 403, "lead_only").await;
    door.refuses(ask(json!({ "evidence": [] })), 422, "empty_list").await;
    door.refuses(ask(json!({ "evidence": [evidence(1), evidence(1)] })), 422, "repeated").await;
    let eleven: Vec<Value> = (0..11).map(evidence).collect();
    let body = door.refuses(ask(json!({ "evidence": eleven })), 422, "too_many").await;
    assert_eq!((&body["list"], &body["limit"]), (&json!("evidence"), &json!("10")));
    let body = door
        .refuses(ask(json!({ "category": "bounties", "amount": "50.1" })), 422, "over_person_share")
        .await;
    let told = [&body["category"], &body["percent"], &body["limit"], &body["asked"]];
    assert_eq!(told, ["bounties", "40", "50", "50.1"]);
    let retro = json!({ "kind": "retro", "category": "marketing", "amount": "25.1" });
    let body = door.refuses(ask(retro), 422, "over_retro_limit").await;
    assert_eq!((&body["limit"], &body["asked"]), (&json!("25"), &json!("25.1")));
    for_bounties(door, people).await;

    let (first, _) = file_as(alice, &claim(1, "1")).await;
    let again = but(claim(1, "1"), json!({ "payee": address(6) }));
    let body = door.refuses(people.bob.ask(&path, &again), 409, "evidence_used").await;
    assert_eq!(body["first"], first.to_string(), "it names who was first");
    let (other, _) = file_as(alice, &claim(2, "1")).await;
    let path = format!("{PILOT}/submissions/{other}/revisions");
    door.refuses(alice.ask(&path, &revision(1, "1")), 409, "evidence_used").await;
    let to_bob = but(revision(2, "1"), json!({ "payee": address(6) }));
    door.refuses(people.bob.ask(&path, &to_bob), 403, "not_your_claim").await;
    door.refuses(alice.ask(&path, &to_bob), 422, "payee_not_yours").await;
    let elsewhere = but(revision(2, "1"), json!({ "period": 2 }));
    let body = door.refuses(alice.ask(&path, &elsewhere), 422, "period_stays").await;
    assert_eq!((&body["submission"], &body["period"]), (&json!(other.to_string()), &json!("1")));
    let nowhere = format!("{PILOT}/submissions/99/revisions");
    door.refuses(alice.ask(&nowhere, &revision(2, "1")), 404, "no_such_submission").await;
    one_at_a_time(door, people).await;
}

/// Bounty 1 has three slots of 20 LPT; 2 opens later; 3 has one slot.
async fn for_bounties(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, alice, bob) = (&people.lead, &people.alice, &people.bob);
    let bounties = format!("{PILOT}/bounties");
    let later = json!({ "opens_at": "2026-01-10T00:00:00Z", "slots": 1 });
    lead.post(&bounties, &but(bounty(), later)).await.json(201);
    lead.post(&bounties, &but(bounty(), json!({ "slots": 1 }))).await.json(201);
    let path = format!("{PILOT}/submissions");
    let work = |n: u64, number: u32| {
        but(claim(n, "20"), json!({ "kind": "bounty", "category": "bounties", "bounty": number }))
    };
    let ask = |changes: Value| alice.ask(&path, &but(work(3, 1), changes));
    door.refuses(ask(json!({ "bounty": null })), 422, "kind_needs_bounty").await;
    let body = door.refuses(ask(json!({ "kind": "expense" })), 422, "kind_has_no_bounty").await;
    assert_eq!(body["kind"], "expense");
    door.refuses(ask(json!({ "bounty": 99 })), 404, "no_such_bounty").await;
    door.refuses(ask(json!({ "category": "operations" })), 422, "bounty_mismatch").await;
    door.refuses(ask(json!({ "function": "guest" })), 422, "bounty_mismatch").await;
    let body = door.refuses(ask(json!({ "amount": "20.000000000000000001" })), 422, "over_reward").await;
    assert_eq!((&body["reward"], &body["bounty"]), (&json!("20"), &json!("1")));
    let body = door.refuses(ask(json!({ "bounty": 2 })), 409, "outside_window").await;
    assert_eq!(body["opens_at"], "2026-01-10T00:00:00.000000Z");

    // The last slot: whoever is approved first has it, and the other is told.
    let (first, digest) = file_as(alice, &work(4, 3)).await;
    let (second, other) = file_as(bob, &but(work(5, 3), json!({ "payee": address(6) }))).await;
    for reviewer in &people.reviewers {
        approve(reviewer, &first, &digest).await;
    }
    approve(&people.reviewers[0], &second, &other).await;
    let vote = crate::http::cast::vote("approve", &other);
    let votes = format!("{PILOT}/submissions/{second}/votes");
    let body = door.refuses(people.reviewers[1].ask(&votes, &vote), 409, "no_slot_left").await;
    assert_eq!((&body["bounty"], &body["slots"]), (&json!("3"), &json!("1")));
    door.refuses(alice.ask(&path, &work(6, 3)), 409, "no_slot_left").await;
}

/// In the program that looks at one claim of a person at a time, and in a period that has not begun.
async fn one_at_a_time(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, alice) = (&people.lead, &people.alice);
    alice.post("/me/addresses", &json!({ "program": "strict", "address": address(5) })).await.json(200);
    let path = format!("{STRICT}/submissions");
    alice.post(&path, &claim(1, "1")).await.json(201);
    let body = door.refuses(alice.ask(&path, &claim(2, "1")), 409, "too_many_open_claims").await;
    assert_eq!(body["limit"], "1");
    lead.post(&format!("{PILOT}/periods"), &crate::http::cast::february()).await.json(201);
    let early = but(claim(7, "1"), json!({ "period": 2 }));
    let body = door.refuses(alice.ask(&format!("{PILOT}/submissions"), &early), 409, "outside_period").await;
    assert_eq!(body["from"], "2026-02-01T00:00:00.000000Z");
}
