//! The pilot's people, and what they usually do.

use domain::value::Address;
use safe::signature::Form;
use safe::signer::LocalKey;
use serde_json::{Value, json};

use super::{Answer, Api, Person};
use crate::app::world::{NOON, address, pilot};

pub const PILOT: &str = "/programs/pilot";
/// The code of a Safe 1.4.1.
pub const SINGLETON: &str = "0x41675C099F32341bf84BFc5382aF534df5C7461a";

/// Members 1 to 6 in their order, and 8.
pub struct Cast<'a> {
    pub lead: Person<'a>,
    pub reviewers: [Person<'a>; 2],
    pub treasurer: Person<'a>,
    pub alice: Person<'a>,
    pub bob: Person<'a>,
    /// Member 8, a third reviewer.
    pub alternate: Person<'a>,
}

/// Everybody registers, and the lead opens the pilot.
pub async fn open(api: &Api) -> Cast<'_> {
    open_where(api, json!({})).await
}

/// As [`open`], with other values of the policy.
pub async fn open_where(api: &Api, policy: Value) -> Cast<'_> {
    let file = program();
    let policy = but(file["policy"].clone(), policy);
    open_from(api, &but(file, json!({ "policy": policy }))).await
}

/// As [`open`], from another file.
pub async fn open_from<'a>(api: &'a Api, file: &Value) -> Cast<'a> {
    let lead = api.person("lead").await;
    let reviewers = [api.person("first-reviewer").await, api.person("second-reviewer").await];
    let treasurer = api.person("treasurer").await;
    let (alice, bob) = (api.person("alice").await, api.person("bob").await);
    let alternate = api.person("alternate").await;
    let opened = lead.post("/programs", file).await.json(201);
    assert_eq!((&opened["seq"], &opened["program"]["slug"]), (&json!(0), &json!("pilot")));
    Cast { lead, reviewers, treasurer, alice, bob, alternate }
}

/// The pilot's program file as JSON.
pub fn program() -> Value {
    serde_json::to_value(pilot()).unwrap()
}

/// A body with other values; a null leaves a field out.
pub fn but(mut body: Value, changes: Value) -> Value {
    let (Some(fields), Value::Object(changes)) = (body.as_object_mut(), changes) else { panic!("objects") };
    for (name, value) in changes {
        if value.is_null() {
            fields.remove(&name)
        } else {
            fields.insert(name, value)
        };
    }
    body
}

/// A claim of alice's on operations, with evidence of its own for every `n`.
pub fn claim(n: u64, amount: &str) -> Value {
    json!({
        "kind": "expense", "period": 1, "category": "operations", "function": "host", "channel": "x",
        "title": "Microphones", "summary": "Two of them.", "promoted": false, "amount": amount,
        "payee": address(5), "evidence": [evidence(n)],
    })
}

pub fn evidence(n: u64) -> Value {
    json!({ "url": format!("https://x.com/livepeer/status/{n}"), "captured_at": NOON })
}

/// What a claim of [`claim`] may be replaced by.
pub fn revision(n: u64, amount: &str) -> Value {
    but(claim(n, amount), json!({ "kind": null, "period": null, "category": null }))
}

/// Three slots of 20 LPT in January.
pub fn bounty() -> Value {
    json!({
        "period": 1, "category": "bounties", "function": "host", "title": "Host a space",
        "brief": "An hour on X about transcoding.", "reward": "20", "slots": 3,
        "opens_at": "2026-01-01T00:00:00Z", "closes_at": "2026-02-01T00:00:00Z",
    })
}

pub fn february() -> Value {
    json!({ "kind": "month", "starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z", "cap": "700" })
}

/// A hash of the chain.
pub fn hash(n: u8) -> String {
    format!("0x{}", format!("{n:02x}").repeat(32))
}

/// As many owners as a Safe has where everybody brings a signature of another one.
pub const CROWD: u64 = 40;

/// An owner of the Safe.
pub fn owner(n: u64) -> LocalKey {
    LocalKey::from_seed(format!("owner {n}").as_bytes())
}

/// As many owners, from the first on.
pub fn owners(count: u64) -> Vec<Address> {
    (1..=count).map(|n| owner(n).address()).collect()
}

/// What an owner's wallet gives for a batch.
pub fn signature(batch: &Value, owner: &LocalKey, form: Form) -> Value {
    let hash = batch["safe_tx_hash"].as_str().unwrap()[2..].parse().unwrap();
    json!({ "signature": safe::hex::encode(&owner.sign(&hash, form).unwrap().bytes()) })
}

/// What a wallet shows of a batch for which it chose the nonce and the contract that it calls.
pub async fn in_wallet(api: &Api, batch: &str, nonce: u64, to: &str) -> Value {
    let typed = api.get(&format!("{batch}/typed-data.json")).await.json(200);
    but(typed["message"].clone(), json!({ "nonce": nonce, "to": to }))
}

/// The Safe with two owners, who both have to sign.
pub fn observation(block: u64) -> Value {
    json!({
        "block": block, "block_hash": hash(0xab), "nonce": 7, "owners": owners(2),
        "threshold": 2, "singleton": SINGLETON, "modules": [], "balance": "750",
    })
}

pub fn funding(tx: u8) -> Value {
    json!({ "amount": "750", "tx_hash": hash(tx), "log_index": 0 })
}

/// A reviewer's first vote on a revision.
pub fn vote(choice: &str, digest: &Value) -> Value {
    let ground = if choice == "reject" { json!("criteria_not_met") } else { Value::Null };
    let vote = json!({ "choice": choice, "revision": digest, "ordinal": 1, "reason": "Done as said." });
    but(vote, json!({ "ground": ground }))
}

pub async fn record_address(alice: &Person<'_>) {
    let new = json!({ "program": "pilot", "address": address(5) });
    let recorded = alice.post("/me/addresses", &new).await.json(200);
    assert_eq!(recorded["address"]["member"], 5);
    assert_eq!(alice.get("/me/addresses?program=pilot").await.json(200)["items"][0], recorded["address"]);
}

/// Files a claim of alice's; gives its number and the digest that votes bind to.
pub async fn file(alice: &Person<'_>, n: u64, amount: &str) -> (Value, Value) {
    file_as(alice, &claim(n, amount)).await
}

/// Files a claim; gives its number and the digest that votes bind to.
pub async fn file_as(claimant: &Person<'_>, claim: &Value) -> (Value, Value) {
    let filed = claimant.post(&format!("{PILOT}/submissions"), claim).await.json(201);
    (filed["submission"]["number"].clone(), filed["submission"]["digest"].clone())
}

/// Casts a first vote.
pub async fn cast(reviewer: &Person<'_>, number: &Value, digest: &Value, choice: &str) -> Answer {
    reviewer.post(&format!("{PILOT}/submissions/{number}/votes"), &vote(choice, digest)).await
}

pub async fn approve(reviewer: &Person<'_>, number: &Value, digest: &Value) -> Value {
    cast(reviewer, number, digest, "approve").await.json(200)
}

impl Cast<'_> {
    /// Files a claim of alice's that both reviewers approve.
    pub async fn approved(&self, n: u64, amount: &str) -> Value {
        let (number, digest) = file(&self.alice, n, amount).await;
        approve(&self.reviewers[0], &number, &digest).await;
        assert_eq!(approve(&self.reviewers[1], &number, &digest).await["state"], "approved");
        number
    }
}

/// The treasurer states that the Safe exists and holds 750 LPT.
pub async fn fund(treasurer: &Person<'_>) {
    treasurer.post(&format!("{PILOT}/safe/observations"), &observation(1_000)).await.json(200);
    let funded = treasurer.post(&format!("{PILOT}/funding"), &funding(0xab)).await.json(200);
    assert_eq!(funded["safe"]["payable"], "750");
}
