//! Invites, accounts of one person, stakes, signed votes, alternates, samples.

use reqwest::Method;
use serde_json::{Value, json};

use super::Door;
use crate::app::world::address;
use crate::http::Person;
use crate::http::cast::{Cast, PILOT, approve, but, claim, file, file_as, program, vote};

/// A program that looks twice at small claims, and whose votes are not signed.
const CAREFUL: &str = "/programs/careful";
/// A program whose votes are signed.
const SIGNED: &str = "/programs/signed";

async fn open(lead: &Person<'_>, slug: &str, safe: u64, policy: Value) {
    let mut file = but(program(), json!({ "slug": slug, "safe": address(safe) }));
    file["policy"] = but(file["policy"].clone(), policy);
    let members = file["members"].as_array_mut().unwrap();
    members[7]["roles"] = json!(["alternate"]);
    lead.post("/programs", &file).await.json(201);
}

/// Files a claim of alice's in another program than the pilot.
async fn filed(alice: &Person<'_>, at: &str, n: u64, amount: &str) -> (Value, Value) {
    let filed = alice.post(&format!("{at}/submissions"), &claim(n, amount)).await.json(201);
    (filed["submission"]["number"].clone(), filed["submission"]["digest"].clone())
}

pub async fn meet(door: &mut Door<'_>, before: &Cast<'_>) {
    // The clock has gone on since they signed in.
    let api = before.lead.api;
    let people = &Cast {
        lead: api.sign_in("lead").await,
        reviewers: [api.sign_in("first-reviewer").await, api.sign_in("second-reviewer").await],
        treasurer: api.sign_in("treasurer").await,
        alice: api.sign_in("alice").await,
        bob: api.sign_in("bob").await,
        alternate: api.sign_in("alternate").await,
    };
    let lead = &people.lead;
    open(lead, "careful", 930, json!({ "sample_at_least": 1, "signed_votes": "off" })).await;
    open(lead, "signed", 931, json!({ "signed_votes": "demanded" })).await;
    for program in ["careful", "signed"] {
        let own = json!({ "program": program, "address": address(5) });
        people.alice.post("/me/addresses", &own).await.json(200);
    }
    invites(door, people).await;
    stakes(door, people).await;
    signatures(door, people).await;
    second_looks(door, people).await;
    links(door, people).await;
}

async fn invites(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, api) = (&people.lead, door.api);
    let invites = format!("{PILOT}/invites");
    let stranger = api.person("stranger").await;
    let join = |secret: &Value| stranger.ask(&format!("{PILOT}/join"), &json!({ "secret": secret }));
    let withdraw = |invite: &str| {
        let request = api.request(Method::DELETE, &format!("/api/v1{invites}/{invite}"));
        request.bearer_auth(&lead.token).header("idempotency-key", api.key())
    };
    door.refuses(stranger.ask(&format!("{PILOT}/join"), &json!({})), 403, "invite_needed").await;
    door.refuses(join(&json!("0".repeat(64))), 404, "no_such_invite").await;
    door.refuses(withdraw(&"0".repeat(64)), 404, "no_such_invite").await;
    let made = lead.post(&invites, &json!({ "roles": ["contributor"] })).await.json(201);
    let digest = made["invite"]["invite"].as_str().unwrap();
    lead.delete(&format!("{invites}/{digest}")).await.json(200);
    let body = door.refuses(withdraw(digest), 409, "invite_closed").await;
    assert_eq!(body["state"], "withdrawn");
    door.refuses(join(&made["secret"]), 409, "invite_closed").await;
    let short = but(program(), json!({ "slug": "short", "safe": address(932) }));
    let mut short = short;
    short["policy"]["invite_hours"] = json!(0);
    lead.post("/programs", &short).await.json(201);
    let made = lead.post("/programs/short/invites", &json!({ "roles": ["auditor"] })).await.json(201);
    let late = stranger.ask("/programs/short/join", &json!({ "secret": made["secret"] }));
    door.refuses(late, 409, "invite_expired").await;
}

async fn stakes(door: &mut Door<'_>, people: &Cast<'_>) {
    let (alice, [first, second]) = (&people.alice, &people.reviewers);
    let conflicts = format!("{PILOT}/conflicts");
    let with = |stands: bool| json!({ "with": 6, "stands": stands, "reason": "We share a flat." });
    door.refuses(first.ask(&conflicts, &with(false)), 409, "no_conflict").await;
    first.post(&conflicts, &with(true)).await.json(200);
    door.refuses(first.ask(&conflicts, &with(true)), 409, "conflict_known").await;
    let bobs = but(claim(60, "6"), json!({ "payee": address(6) }));
    let (number, digest) = file_as(&people.bob, &bobs).await;
    let votes = format!("{PILOT}/submissions/{number}/votes");
    let body = door.refuses(first.ask(&votes, &vote("approve", &digest)), 403, "conflict_declared").await;
    assert_eq!(body["with"], "6");

    let nodes = format!("{PILOT}/nodes");
    let node =
        |operated: bool| json!({ "address": address(5), "operated": operated, "note": "An orchestrator." });
    door.refuses(second.ask(&nodes, &node(false)), 409, "node_unchanged").await;
    second.post(&nodes, &node(true)).await.json(200);
    let (number, digest) = file(alice, 61, "6").await;
    let votes = format!("{PILOT}/submissions/{number}/votes");
    door.refuses(second.ask(&votes, &vote("approve", &digest)), 403, "own_payee").await;
    // Who ever operated it has a stake; for what follows, somebody else has it.
    second.post(&nodes, &node(false)).await.json(200);
    door.refuses(second.ask(&votes, &vote("approve", &digest)), 403, "own_payee").await;
}

async fn signatures(door: &mut Door<'_>, people: &Cast<'_>) {
    let (alice, [first, _]) = (&people.alice, &people.reviewers);
    let signature = format!("0x{}1b", "11".repeat(64));
    let (number, digest) = filed(alice, SIGNED, 62, "2").await;
    let votes = format!("{SIGNED}/submissions/{number}/votes");
    let approval = vote("approve", &digest);
    door.refuses(first.ask(&votes, &approval), 422, "signature_needed").await;
    let alone = but(approval.clone(), json!({ "signature": signature }));
    door.refuses(first.ask(&votes, &alone), 422, "signature_incomplete").await;
    let (number, digest) = filed(alice, CAREFUL, 62, "6").await;
    let votes = format!("{CAREFUL}/submissions/{number}/votes");
    let signed = but(vote("approve", &digest), json!({ "signature": signature }));
    door.refuses(first.ask(&votes, &signed), 422, "signatures_off").await;
}

async fn second_looks(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, alice, [first, second]) = (&people.lead, &people.alice, &people.reviewers);
    let alternate = &people.alternate;
    let (number, digest) = filed(alice, CAREFUL, 63, "6").await;
    let alternates = format!("{CAREFUL}/submissions/{number}/alternates");
    let votes = format!("{CAREFUL}/submissions/{number}/votes");
    door.refuses(alternate.ask(&votes, &vote("approve", &digest)), 403, "not_called").await;
    door.refuses(lead.ask(&alternates, &json!({ "member": 7 })), 422, "not_an_alternate").await;
    door.refuses(lead.ask(&alternates, &json!({ "member": 8 })), 409, "too_early_to_call").await;
    let recusal = vote("recuse", &digest);
    first.post(&votes, &recusal).await.json(200);
    lead.post(&alternates, &json!({ "member": 8 })).await.json(200);
    door.refuses(lead.ask(&alternates, &json!({ "member": 8 })), 409, "called_already").await;
    let (number, digest) = filed(alice, CAREFUL, 64, "6").await;
    let conflict = json!({ "with": 5, "stands": true, "reason": "We share a flat." });
    alternate.post(&format!("{CAREFUL}/conflicts"), &conflict).await.json(200);
    let alternates = format!("{CAREFUL}/submissions/{number}/alternates");
    door.refuses(lead.ask(&alternates, &json!({ "member": 8 })), 422, "not_callable").await;

    let sample = format!("{CAREFUL}/submissions/{number}/sample");
    let passed = json!({ "passed": true, "reason": "Seen again." });
    door.refuses(first.ask(&sample, &passed), 409, "no_sample_awaited").await;
    let votes = format!("{CAREFUL}/submissions/{number}/votes");
    second.post(&votes, &vote("recuse", &digest)).await.json(200);
    let (number, digest) = filed(alice, CAREFUL, 65, "2").await;
    let votes = format!("{CAREFUL}/submissions/{number}/votes");
    let approved = first.post(&votes, &vote("approve", &digest)).await.json(200);
    assert_eq!((&approved["state"], &approved["sampled"]), (&json!("approved"), &json!(true)));
    let sample = format!("{CAREFUL}/submissions/{number}/sample");
    door.refuses(first.ask(&sample, &passed), 403, "own_approval").await;
    let seen = crate::http::cast::observation(1_000);
    people.treasurer.post(&format!("{CAREFUL}/safe/observations"), &seen).await.json(200);
    let batch = json!({ "submissions": [number], "evidence_up": true });
    door.refuses(people.treasurer.ask(&format!("{CAREFUL}/batches"), &batch), 409, "sample_unchecked").await;
}

async fn links(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, alice, [first, _]) = (&people.lead, &people.alice, &people.reviewers);
    let members = format!("{SIGNED}/members");
    let link =
        |other: u32, linked: bool| json!({ "other": other, "linked": linked, "reason": "One person." });
    door.refuses(alice.ask(&format!("{members}/6/links"), &link(7, true)), 403, "lead_links").await;
    door.refuses(lead.ask(&format!("{members}/5/links"), &link(6, false)), 409, "not_linked").await;
    alice.post(&format!("{members}/5/links"), &link(6, true)).await.json(200);
    door.refuses(lead.ask(&format!("{members}/6/links"), &link(5, true)), 422, "same_person").await;
    let own = json!({ "program": "signed", "address": address(5) });
    let body = door.refuses(people.bob.ask("/me/addresses", &own), 422, "other_accounts_address").await;
    assert_eq!(body["member"], "5");
    let (number, digest) = filed(alice, SIGNED, 66, "2").await;
    let votes = format!("{SIGNED}/submissions/{number}/votes");
    // A signature is refused before it is looked at whose address it is: it has to be somebody's own.
    let fake = json!({ "signature": format!("0x{}1b", "11".repeat(64)), "signer": address(5) });
    first.post(&votes, &but(vote("approve", &digest), fake)).await.refused(422, "malformed");
    first.post(&format!("{SIGNED}/leave"), &json!({})).await.json(200);
    door.refuses(first.ask(&format!("{SIGNED}/leave"), &json!({})), 409, "no_roles_left").await;
    let (number, digest) = file(alice, 67, "2").await;
    approve(&people.reviewers[0], &number, &digest).await;
}
