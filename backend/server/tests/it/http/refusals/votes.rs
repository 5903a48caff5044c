//! Who may vote on what, and in which order.

use serde_json::{Value, json};

use super::Door;
use crate::http::Answer;
use crate::http::cast::{Cast, PILOT, approve, but, cast, claim, file, file_as, revision, vote};

fn votes(claim: &Value) -> String {
    format!("{PILOT}/submissions/{claim}/votes")
}

pub async fn meet(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, alice, [first, second]) = (&people.lead, &people.alice, &people.reviewers);
    let (number, digest) = file(alice, 20, "6").await;
    let approval = vote("approve", &digest);
    door.refuses(lead.ask(&votes(&number), &approval), 403, "role_needed").await;
    door.refuses(first.ask(&votes(&json!(99)), &approval), 404, "no_such_submission").await;
    let stale = vote("approve", &json!("0".repeat(64)));
    let body = door.refuses(first.ask(&votes(&number), &stale), 409, "stale_revision").await;
    assert_eq!(body["current"], digest, "it says what to read");
    let late = but(approval.clone(), json!({ "ordinal": 2 }));
    let body = door.refuses(first.ask(&votes(&number), &late), 409, "ordinal_out_of_turn").await;
    assert_eq!((&body["given"], &body["expected"]), (&json!("2"), &json!("1")));
    approve(first, &number, &digest).await;
    let body = door.refuses(first.ask(&votes(&number), &approval), 409, "ordinal_out_of_turn").await;
    assert_eq!(body["expected"], "2");

    // Who declared a conflict is out, also for later revisions.
    cast(second, &number, &digest, "recuse").await.json(200);
    let body = door.refuses(second.ask(&votes(&number), &approval), 403, "recused").await;
    assert_eq!(body["submission"], number.to_string());
    let back = but(vote("needs_changes", &digest), json!({ "ordinal": 2 }));
    Answer::of(first.ask(&votes(&number), &back).send().await.unwrap()).await.json(200);
    door.refuses(first.ask(&votes(&number), &approval), 409, "revision_awaited").await;
    let revise = format!("{PILOT}/submissions/{number}/revisions");
    let revised = alice.post(&revise, &revision(21, "6")).await.json(201);
    let next = vote("approve", &revised["submission"]["digest"]);
    door.refuses(first.ask(&votes(&number), &approval), 409, "stale_revision").await;
    door.refuses(second.ask(&votes(&number), &next), 403, "recused").await;

    // One approval decides a small claim; nobody votes on it, or revises it, any more.
    let (small, digest) = file_as(alice, &claim(22, "2")).await;
    approve(first, &small, &digest).await;
    let body =
        door.refuses(second.ask(&votes(&small), &vote("reject", &digest)), 409, "already_decided").await;
    assert_eq!(body["state"], "approved");
    let revise = format!("{PILOT}/submissions/{small}/revisions");
    door.refuses(alice.ask(&revise, &revision(23, "1")), 409, "already_decided").await;

    lead.post(&format!("{PILOT}/members/5/roles"), &json!({ "role": "reviewer" })).await.json(200);
    let digest = &revised["submission"]["digest"];
    door.refuses(alice.ask(&votes(&number), &vote("approve", digest)), 403, "own_claim").await;
}
