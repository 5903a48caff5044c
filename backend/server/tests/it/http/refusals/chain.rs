//! Nonces that ended, LPT that moved without a batch, and documents that have to go: what stands in the way.

use serde_json::{Value, json};

use super::Door;
use crate::app::world::address;
use crate::http::Person;
use crate::http::cast::{PILOT, but, file, hash, observation};
use crate::http::settled::{Elsewhere, OTHER, both, elsewhere, outflow};

fn tx(byte: u8) -> Value {
    json!({ "tx_hash": hash(byte) })
}

fn consumed(byte: u8) -> Value {
    but(tx(byte), json!({ "how": "failed", "reason": "It failed." }))
}

fn batch(claim: u64, changes: Value) -> Value {
    but(json!({ "submissions": [claim], "evidence_up": true }), changes)
}

fn refund(claim: u64, amount: &str) -> Value {
    json!({ "submission": claim, "amount": amount, "tx_hash": hash(0xd7), "log_index": 1 })
}

fn why() -> Value {
    json!({ "reason": "We asked." })
}

/// A nonce is 7 or 8 in that program: batch 1 was paid on 7; batch 3 rejects batch 2 on 8.
pub async fn meet(door: &mut Door<'_>) {
    let world = elsewhere(door.api).await;
    super::owners::meet(door, &world).await;
    while_money_is_missing(door, &world).await;
    once_it_is_found(door, &world).await;
    in_another_order(door, &world).await;
    after_a_rejection(door, &world).await;
    erasures(door).await;
}

/// 6 LPT came and 6 LPT went, and nobody said why.
async fn while_money_is_missing(door: &mut Door<'_>, world: &Elsewhere<'_>) {
    let Elsewhere { lead, reviewer, treasurer, alice, claims, inflow, outflow: outflow_event, .. } = world;
    let batches = format!("{OTHER}/batches");
    let unlooked = batch(claims[2], json!({ "evidence_up": false }));
    door.refuses(treasurer.ask(&batches, &unlooked), 422, "evidence_unlooked").await;
    let body =
        door.refuses(treasurer.ask(&batches, &batch(claims[2], json!({}))), 409, "outflow_unexplained").await;
    assert_eq!([&body["amount"], &body["event"]], ["6", outflow_event.to_string().as_str()]);
    let nothing = json!({});
    let again = treasurer.ask(&format!("{batches}/2/rejection"), &nothing);
    assert_eq!(door.refuses(again, 409, "proposed_before").await["batch"], "3");
    door.refuses(treasurer.ask(&format!("{batches}/1/rejection"), &nothing), 409, "nonce_ended").await;
    door.refuses(treasurer.ask(&format!("{batches}/9/execution"), &tx(1)), 404, "no_such_batch").await;
    let nonces = format!("{OTHER}/nonces");
    let nowhere = treasurer.ask(&format!("{nonces}/99/consumption"), &consumed(1));
    door.refuses(nowhere, 404, "nothing_proposed").await;
    let over = treasurer.ask(&format!("{nonces}/7/consumption"), &consumed(1));
    door.refuses(over, 409, "nonce_ended").await;
    door.refuses(treasurer.ask(&format!("{nonces}/8/withdraw"), &why()), 409, "nonce_open").await;

    let refunds = format!("{OTHER}/refunds");
    let body = door.refuses(treasurer.ask(&refunds, &refund(claims[1], "1")), 422, "not_paid").await;
    assert_eq!(body["state"], "in_batch");
    let body = door.refuses(treasurer.ask(&refunds, &refund(claims[0], "7")), 422, "over_paid").await;
    assert_eq!([&body["kept"], &body["over"]], ["6", "1"]);
    let too_much = but(outflow(1), json!({ "amount": "745" }));
    let body = door.refuses(treasurer.ask(&format!("{OTHER}/outflows"), &too_much), 409, "safe_short").await;
    assert_eq!([&body["booked"], &body["missing"]], ["744", "1"]);

    let its_own = json!({ "amount": "6", "recipient": address(5), "tx_hash": "cd".repeat(32) });
    let its_own = but(outflow(1), its_own);
    let body =
        door.refuses(treasurer.ask(&format!("{OTHER}/outflows"), &its_own), 422, "paid_by_batch").await;
    assert_eq!([&body["batch"], &body["amount"]], ["1", "6"]);
    assert!(body["recipient"].as_str().unwrap().eq_ignore_ascii_case(&address(5)));

    let settle = |event: u64| format!("{OTHER}/outflows/{event}/settle");
    door.refuses(lead.ask(&settle(1), &why()), 404, "no_such_transfer").await;
    let body = door.refuses(lead.ask(&settle(*inflow), &why()), 422, "other_direction").await;
    assert_eq!([&body["what"], &body["instead"]], ["inflow", "classify"]);
    let classify = lead.ask(&format!("{OTHER}/inflows/{outflow_event}/classify"), &why());
    assert_eq!(door.refuses(classify, 422, "other_direction").await["instead"], "settle");
    door.refuses(alice.ask(&settle(*outflow_event), &world.of_hers(2)), 403, "own_money").await;
    door.refuses(lead.ask(&settle(*outflow_event), &world.of_hers(0)), 422, "not_owed").await;
    reviewer.post(&settle(*outflow_event), &why()).await.json(200);
    door.refuses(reviewer.ask(&settle(*outflow_event), &why()), 403, "said_before").await;
    treasurer.post(&settle(*outflow_event), &why()).await.json(200);
    door.refuses(lead.ask(&settle(*outflow_event), &why()), 409, "explained_before").await;
}

/// Nonces are not chosen freely; what rests on what is undone from its end.
async fn once_it_is_found(door: &mut Door<'_>, world: &Elsewhere<'_>) {
    let Elsewhere { treasurer, claims, .. } = world;
    let batches = format!("{OTHER}/batches");
    let on = |nonce: u64| batch(claims[2], json!({ "nonce": nonce }));
    door.refuses(treasurer.ask(&batches, &on(7)), 409, "nonce_ended").await;
    door.refuses(treasurer.ask(&batches, &on(50)), 404, "nothing_proposed").await;

    let withdraw = |nonce: u64| format!("{OTHER}/nonces/{nonce}/withdraw");
    let back = treasurer.post(&format!("{OTHER}/refunds"), &refund(claims[0], "2")).await.json(200);
    let body = door.refuses(treasurer.ask(&withdraw(7), &why()), 409, "refunded_since").await;
    assert_eq!([&body["refunded"], &body["submission"]], ["2", claims[0].to_string().as_str()]);
    spend(&world.lead).await;
    let taken_back = format!("{OTHER}/transfers/{}/withdraw", back["seq"]);
    let body = door.refuses(treasurer.ask(&taken_back, &why()), 409, "refund_used").await;
    assert_eq!([&body["amount"], &body["free"], &body["missing"]], ["2", "0", "2"]);
    allot(&world.lead, "40").await;
    treasurer.post(&taken_back, &why()).await.json(200);
}

/// What is free of the claims' category goes elsewhere.
async fn spend(lead: &Person<'_>) {
    let budget = lead.get(&format!("{OTHER}/budget")).await.json(200);
    let line = budget["lines"].as_array().unwrap().iter().find(|line| line["category"] == "operations");
    let number = |name: &str| line.unwrap()[name].as_str().unwrap().parse::<u32>().unwrap();
    allot(lead, &(number("allotment") - number("available")).to_string()).await;
}

async fn allot(lead: &Person<'_>, operations: &str) {
    let new =
        json!({ "period": 1, "allotments": { "operations": operations }, "reason": "Elsewhere is more." });
    lead.post(&format!("{OTHER}/allotments"), &new).await.json(200);
}

/// The second batch is paid, or the first was not.
async fn in_another_order(door: &mut Door<'_>, world: &Elsewhere<'_>) {
    let treasurer = &world.treasurer;
    let executed = |number: u64| format!("{OTHER}/batches/{number}/execution");
    let withdraw = |nonce: u64| format!("{OTHER}/nonces/{nonce}/withdraw");
    treasurer.post(&executed(2), &tx(0xc2)).await.json(200);
    let body = door.refuses(treasurer.ask(&withdraw(7), &why()), 409, "later_nonce_ended").await;
    assert_eq!([&body["nonce"], &body["later"]], ["7", "8"]);
    for nonce in [8, 7] {
        treasurer.post(&withdraw(nonce), &why()).await.json(200);
    }
    let body = door.refuses(treasurer.ask(&executed(2), &tx(0xc2)), 409, "earlier_nonce_open").await;
    assert_eq!([&body["nonce"], &body["earlier"]], ["8", "7"]);
    treasurer.post(&executed(1), &tx(0xcd)).await.json(200);
}

/// The claim of the rejected batch is owed again, and asked for in another one.
async fn after_a_rejection(door: &mut Door<'_>, world: &Elsewhere<'_>) {
    let Elsewhere { lead, treasurer, claims, .. } = world;
    let seen = but(observation(2_000), json!({ "nonce": 9 }));
    treasurer.post(&format!("{OTHER}/safe/observations"), &seen).await.json(200);
    let (again, nothing) = (format!("{OTHER}/batches/2/rejection"), json!({}));
    assert_eq!(door.refuses(treasurer.ask(&again, &nothing), 409, "nonce_consumed").await["nonce"], "8");
    both([lead, treasurer], &format!("{OTHER}/batches/3/execution"), &tx(0xc3)).await;
    treasurer.post(&format!("{OTHER}/batches"), &batch(claims[1], json!({}))).await.json(201);
    let body =
        door.refuses(treasurer.ask(&format!("{OTHER}/nonces/8/withdraw"), &why()), 409, "went_on").await;
    assert_eq!([&body["submission"], &body["state"]], [claims[1].to_string().as_str(), "in_batch"]);
}

/// A text of alice's in the pilot.
async fn erasures(door: &mut Door<'_>) {
    let [alice, bob, lead] =
        [door.api.sign_in("alice").await, door.api.sign_in("bob").await, door.api.sign_in("lead").await];
    let (number, _) = file(&alice, 961, "1").await;
    let last = door.api.app.program("pilot".parse().unwrap()).await.unwrap().size().get() - 1;
    let events = door.api.get(&format!("{PILOT}/journal?after={}", last - 1)).await.json(200);
    let texts = events["items"][0]["event"]["data"]["asked"]["texts"].as_str().unwrap();
    let erase = format!("{PILOT}/documents/{texts}/erase");
    let class = json!({ "class": "mistake" });
    let body = door.refuses(alice.ask(&erase, &class), 409, "still_needed").await;
    assert_eq!([&body["submission"], &body["state"]], [number.to_string().as_str(), "submitted"]);
    alice.post(&format!("{PILOT}/submissions/{number}/withdraw"), &why()).await.json(200);
    let body = door.refuses(lead.ask(&erase, &class), 403, "author_first").await;
    assert_eq!(body["author"], "5");
    alice.post(&erase, &class).await.json(200);
    door.refuses(bob.ask(&erase, &class), 403, "runners_only").await;
    let done = lead.post(&erase, &class).await.json(200);
    let body = door.refuses(lead.ask(&erase, &class), 409, "erased_before").await;
    assert_eq!(body["event"], done["seq"].to_string());
}
