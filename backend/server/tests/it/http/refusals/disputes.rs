//! Offers and their slots; claims doubted, held, appealed, taken back.

use serde_json::{Value, json};

use super::{Door, STRICT};
use crate::app::world::address;
use crate::http::Person;
use crate::http::cast::{Cast, PILOT, bounty, but, cast, claim, file_as, vote};
use crate::http::prepared::why;

fn place(number: &Value, what: &str) -> String {
    format!("{PILOT}/submissions/{number}/{what}")
}

/// A small claim of alice's on marketing: one approval decides it.
fn small(n: u64) -> Value {
    but(claim(n, "0.5"), json!({ "category": "marketing" }))
}

pub async fn meet(door: &mut Door<'_>, people: &Cast<'_>) {
    on_offers(door, people).await;
    on_slots(door, people).await;
    on_votes(door, people).await;
    on_what_is_approved(door, people).await;
    on_what_is_rejected(door, people).await;
}

async fn on_offers(door: &mut Door<'_>, people: &Cast<'_>) {
    let (alice, first) = (&people.alice, &people.reviewers[0]);
    let (number, digest) = file_as(alice, &small(700)).await;
    door.refuses(alice.ask(&place(&number, "accept"), &json!({ "amount": "1" })), 409, "no_offer").await;
    let offer = but(vote("needs_changes", &digest), json!({ "offer": "0.25" }));
    first.post(&place(&number, "votes"), &offer).await.json(200);
    let more = json!({ "amount": "0.3" });
    let body = door.refuses(alice.ask(&place(&number, "accept"), &more), 422, "offer_differs").await;
    assert_eq!(body["offer"], "0.25");
    alice.post(&place(&number, "withdraw"), &why()).await.json(200);
    door.refuses(alice.ask(&place(&number, "withdraw"), &why()), 409, "already_decided").await;
}

async fn on_slots(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, alice, bob) = (&people.lead, &people.alice, &people.bob);
    let bounties = format!("{PILOT}/bounties");
    let probe = but(bounty(), json!({ "probe": true, "reward": "4", "slots": 3 }));
    let body = door.refuses(lead.ask(&bounties, &probe), 422, "over_probe_limit").await;
    assert_eq!((&body["asked"], &body["limit"]), (&json!("12"), &json!("10")));
    let new = but(bounty(), json!({ "reward": "0.5", "slots": 1 }));
    let offer = lead.post(&bounties, &new).await.json(201)["bounty"]["number"].clone();
    let slots = format!("{bounties}/{offer}/slots");
    let whose = format!("{slots}/5");
    door.refuses(alice.ask_to_delete(&whose), 409, "no_slot_held").await;
    alice.post(&slots, &json!({})).await.json(200);
    door.refuses(alice.ask(&slots, &json!({})), 409, "slot_held").await;
    door.refuses(bob.ask(&slots, &json!({})), 409, "slots_taken").await;
    let claimed = but(
        small(701),
        json!({ "kind": "bounty", "bounty": offer, "category": "bounties", "function": "host" }),
    );
    file_as(alice, &claimed).await;
    let body = door.refuses(alice.ask_to_delete(&whose), 409, "slot_claimed").await;
    assert!(body["submission"].is_string());
    lead.post(&format!("{bounties}/{offer}/close"), &why()).await.json(200);
    door.refuses(bob.ask(&slots, &json!({})), 409, "bounty_ended").await;
}

async fn on_votes(door: &mut Door<'_>, people: &Cast<'_>) {
    let (alice, bob, first) = (&people.alice, &people.bob, &people.reviewers[0]);
    let (number, digest) = file_as(alice, &small(702)).await;
    let votes = place(&number, "votes");
    let bare = but(vote("reject", &digest), json!({ "ground": null }));
    door.refuses(first.ask(&votes, &bare), 422, "ground_needed").await;
    let grounded = but(vote("approve", &digest), json!({ "ground": "other" }));
    door.refuses(first.ask(&votes, &grounded), 422, "ground_misplaced").await;
    let offered = but(vote("approve", &digest), json!({ "offer": "1" }));
    door.refuses(first.ask(&votes, &offered), 422, "offer_misplaced").await;
    let of_bobs = |changes: Value| but(but(small(702), json!({ "payee": address(6) })), changes);
    let submissions = format!("{PILOT}/submissions");
    let shared = of_bobs(json!({ "share": 100 }));
    door.refuses(bob.ask(&submissions, &shared), 422, "share_out_of_range").await;
    let elsewhere = of_bobs(json!({ "contests": number, "evidence": small(703)["evidence"] }));
    door.refuses(bob.ask(&submissions, &elsewhere), 422, "nothing_contested").await;
    file_as(bob, &of_bobs(json!({ "contests": number }))).await;
}

async fn on_what_is_approved(door: &mut Door<'_>, people: &Cast<'_>) {
    let (alice, bob, first) = (&people.alice, &people.bob, &people.reviewers[0]);
    let (number, digest) = file_as(alice, &small(704)).await;
    door.refuses(bob.ask(&place(&number, "challenge"), &why()), 409, "not_approved").await;
    cast(first, &number, &digest, "approve").await.json(200);
    door.refuses(alice.ask(&place(&number, "withdraw"), &why()), 409, "reopen_first").await;
    door.refuses(bob.ask(&place(&number, "release"), &why()), 409, "not_held").await;
    people.treasurer.post(&place(&number, "hold"), &why()).await.json(200);
    door.refuses(bob.ask(&place(&number, "challenge"), &why()), 409, "on_hold").await;
    door.refuses(bob.ask(&place(&number, "release"), &why()), 403, "not_your_hold").await;
    people.treasurer.post(&place(&number, "release"), &why()).await.json(200);
    door.refuses(people.treasurer.ask(&place(&number, "hold"), &why()), 403, "held_before").await;
    bob.post(&place(&number, "challenge"), &why()).await.json(200);
    let (other, digest) = file_as(alice, &small(705)).await;
    cast(first, &other, &digest, "approve").await.json(200);
    let body = door.refuses(bob.ask(&place(&other, "challenge"), &why()), 409, "one_challenge").await;
    assert_eq!(body["first"], number.to_string());
    // An approval of the lead's lane takes two votes to take back.
    let (slow, digest) = file_as(alice, &but(small(706), json!({ "amount": "5.5" }))).await;
    for reviewer in [first, &people.alternate] {
        cast(reviewer, &slow, &digest, "approve").await.json(200);
    }
    first.post(&place(&slow, "reverse"), &why()).await.json(200);
    door.refuses(first.ask(&place(&slow, "reverse"), &why()), 403, "reversal_counted").await;
}

async fn on_what_is_rejected(door: &mut Door<'_>, people: &Cast<'_>) {
    let (alice, first) = (&people.alice, &people.reviewers[0]);
    let (number, digest) = file_as(alice, &small(707)).await;
    door.refuses(alice.ask(&place(&number, "appeal"), &why()), 409, "not_rejected").await;
    cast(first, &number, &digest, "reject").await.json(200);
    door.refuses(alice.ask(&place(&number, "appeal"), &why()), 403, "nothing_to_look_up").await;
    let (number, digest) = file_as(alice, &small(708)).await;
    let looked_up = but(vote("reject", &digest), json!({ "ground": "out_of_window" }));
    first.post(&place(&number, "votes"), &looked_up).await.json(200);
    let appealed = alice.post(&place(&number, "appeal"), &why()).await.json(200);
    door.refuses(first.ask(&place(&number, "votes"), &looked_up), 409, "stale_revision").await;
    let again = but(looked_up, json!({ "revision": appealed["submission"]["digest"] }));
    first.post(&place(&number, "votes"), &again).await.json(200);
    door.refuses(alice.ask(&place(&number, "appeal"), &why()), 403, "appealed_before").await;
}

/// In the program that is slow to trust: nothing can be appealed against, and claims come an hour apart.
pub async fn on_pace(door: &mut Door<'_>) {
    let [lead, bob, first] = ["lead", "bob", "first-reviewer"].map(|handle| door.api.sign_in(handle));
    let (lead, bob, first) = (lead.await, bob.await, first.await);
    bob.post("/me/addresses", &json!({ "program": "strict", "address": address(6) })).await.json(200);
    lead.post("/me/addresses", &json!({ "program": "strict", "address": address(1) })).await.json(200);
    let submissions = format!("{STRICT}/submissions");
    let new = |n| but(small(n), json!({ "payee": address(6) }));
    let pay = but(new(713), json!({ "kind": "lead", "category": "lead", "payee": address(1) }));
    door.refuses(lead.ask(&submissions, &pay), 409, "pay_in_arrears").await;
    let number = rejected(&first, &bob.post(&submissions, &new(710)).await.json(201)).await;
    door.refuses(bob.ask(&format!("{submissions}/{number}/appeal"), &why()), 403, "appeal_late").await;
    door.refuses(bob.ask(&submissions, &new(711)), 409, "cooling_down").await;
    door.api.after_hours(2);
    let (bob, first) = (door.api.sign_in("bob").await, door.api.sign_in("first-reviewer").await);
    rejected(&first, &bob.post(&submissions, &new(711)).await.json(201)).await;
    door.api.after_hours(2);
    let bob = door.api.sign_in("bob").await;
    door.refuses(bob.ask(&submissions, &new(712)), 409, "no_credit_left").await;
}

/// A small claim is rejected as a duplicate; its number.
async fn rejected(reviewer: &Person<'_>, filed: &Value) -> Value {
    let (number, digest) = (&filed["submission"]["number"], &filed["submission"]["digest"]);
    let vote = but(vote("reject", digest), json!({ "ground": "duplicate" }));
    reviewer.post(&format!("{STRICT}/submissions/{number}/votes"), &vote).await.json(200);
    number.clone()
}
