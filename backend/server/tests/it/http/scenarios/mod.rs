//! The stories that the rules were written for, told by requests: exact answers, and the figures that everybody can read.
//!
//! `docs/testing.md` lists them. Those that another file tells already are not told again.

mod money;
mod people;

use serde_json::{Value, json};

use super::cast::{Cast, PILOT, approve, but, claim, file_as, fund, open, record_address};
use super::routes::listed;
use super::{Api, Person};
use crate::app::world::address;

/// The pilot's people, with alice's and bob's addresses.
async fn start(api: &Api) -> Cast<'_> {
    let people = open(api).await;
    record_address(&people.alice).await;
    people.bob.post("/me/addresses", &json!({ "program": "pilot", "address": address(6) })).await.json(200);
    people
}

/// What a category holds: available, reserved, encumbered, in flight, expended, lapsed.
async fn books(api: &Api, category: &str) -> [String; 6] {
    let budget = api.get(&format!("{PILOT}/budget?period=1")).await.json(200);
    let line = budget["lines"].as_array().unwrap().iter().find(|line| line["category"] == category).unwrap();
    ["available", "reserved", "encumbered", "in_flight", "expended", "lapsed"]
        .map(|column| line[column].as_str().unwrap().to_owned())
}

async fn balance(api: &Api, account: &str) -> String {
    let accounts = listed(api, &format!("{PILOT}/ledger/accounts")).await;
    let row = accounts.iter().find(|row| row["account"] == account);
    row.map_or("0".to_owned(), |row| row["balance"].as_str().unwrap().to_owned())
}

async fn state(api: &Api, number: &Value) -> String {
    let claim = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
    claim["state"].as_str().unwrap().to_owned()
}

/// A bounty of so many slots of 10 LPT; its number.
async fn offered(people: &Cast<'_>, category: &str, slots: u32) -> Value {
    let new = but(super::cast::bounty(), json!({ "category": category, "reward": "10", "slots": slots }));
    people.lead.post(&format!("{PILOT}/bounties"), &new).await.json(201)["bounty"]["number"].clone()
}

/// A claim of alice's for a bounty of `bounties`.
fn hosted(n: u64, bounty: &Value, amount: &str) -> Value {
    but(claim(n, amount), json!({ "kind": "bounty", "category": "bounties", "bounty": bounty }))
}

/// The same claim, as bob would make it.
fn of_bobs(claim: Value) -> Value {
    but(claim, json!({ "payee": address(6) }))
}

/// Both reviewers approve a claim that was filed; the last answer.
async fn approved(people: &Cast<'_>, (number, digest): &(Value, Value)) -> Value {
    assert_eq!(approve(&people.reviewers[0], number, digest).await["verdict"], "counted");
    approve(&people.reviewers[1], number, digest).await
}

/// Claims of alice's on `bounties`, approved, and a funded Safe with its nonce at 7.
async fn payable(people: &Cast<'_>, amounts: &[&str]) -> Vec<Value> {
    let mut numbers = Vec::new();
    for (n, amount) in (1..).zip(amounts) {
        let filed = file_as(&people.alice, &but(claim(n, amount), json!({ "category": "bounties" }))).await;
        assert_eq!(approved(people, &filed).await["state"], "approved");
        numbers.push(filed.0);
    }
    fund(&people.treasurer).await;
    numbers
}

async fn proposed(treasurer: &Person<'_>, claims: &[&Value]) -> Value {
    let new = json!({ "submissions": claims, "evidence_up": true });
    treasurer.post(&format!("{PILOT}/batches"), &new).await.json(201)["batch"].clone()
}

async fn executed(treasurer: &Person<'_>, batch: u32) {
    let path = format!("{PILOT}/batches/{batch}/execution");
    let said = treasurer.post(&path, &json!({ "tx_hash": "cd".repeat(32) })).await.json(200);
    assert_eq!(said["verdict"], "done");
    let paid = treasurer.get(&format!("{PILOT}/submissions?state=paid")).await.json(200)["items"].clone();
    let batches: Vec<&Value> = paid.as_array().unwrap().iter().map(|claim| &claim["batch"]).collect();
    assert!(batches.contains(&&json!(batch)), "{paid}");
}

/// The period is closed, once claims are taken no more; whoever goes on signs in anew, as tokens live a few minutes.
async fn closed<'a>(api: &'a Api, people: &mut Cast<'a>) {
    api.clock.set("2026-02-06T00:00:00Z".parse().unwrap());
    (people.lead, people.treasurer) = (api.sign_in("lead").await, api.sign_in("treasurer").await);
    let path = format!("{PILOT}/periods/1/close");
    let closed =
        people.lead.post(&path, &json!({ "variance": "Fewer Spaces than planned." })).await.json(200);
    assert_eq!(closed["period"]["state"], "closed");
}
