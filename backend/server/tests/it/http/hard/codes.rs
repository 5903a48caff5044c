//! Every problem that is no refusal of the rules: requests, accounts, and the ledger itself.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use reqwest::{Method, RequestBuilder};
use safe::signature::Form;
use serde_json::{Value, json};
use server::http::problem;

use super::queue::Flood;
use super::{begin_body, raw_answer};
use crate::accounts::forger::{Forger, claims_of};
use crate::app::isolation::damage;
use crate::app::queue::fail_at_commit;
use crate::app::world::{address, lpt, pilot, run};
use crate::chain::safe_at::SafeAt;
use crate::common::{TestDb, on_both};
use crate::http::cast::{
    Cast, PILOT, but, february, fund, hash, in_wallet, observation, open, owner, owners, program,
    record_address, signature,
};
use crate::http::faults::fill_the_disk;
use crate::http::routes::captures::{JPEG, upload};
use crate::http::wallets::{address_of, key};
use crate::http::{Answer, Api, ISSUER, PASSWORD, Person, Stock};

/// Asks for what cannot be had, and keeps the codes that came.
struct Met<'a> {
    api: &'a Api,
    stock: Stock,
    codes: BTreeSet<&'static str>,
}

impl Met<'_> {
    /// Sends a request that is answered so, and that adds nothing to the ledger.
    async fn answers(&mut self, request: RequestBuilder, status: u16, code: &'static str) -> Answer {
        let before = self.stock.count();
        let answer = Answer::of(request.send().await.unwrap()).await.refused(status, code);
        assert_eq!(self.stock.count(), before, "{code}");
        // Damage lasts until an operator mends it.
        let again = status == 429 || status == 503 && code != "damaged" || code == "conflict";
        assert_eq!(answer.header("retry-after").is_some(), again, "{code}: {answer:?}");
        self.codes.insert(code);
        answer
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.api.request(Method::POST, &format!("/api/v1{path}")).header("x-forwarded-for", self.api.caller())
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.api.request(Method::GET, path)
    }
}

/// What is wrong with a request before anybody looks at what it asks for.
async fn requests(met: &mut Met<'_>, people: &Cast<'_>) {
    let lead = &people.lead;
    let periods = format!("{PILOT}/periods");
    let typed = || {
        let request =
            met.api.request(Method::POST, &format!("/api/v1{PILOT}/periods")).bearer_auth(&lead.token);
        request.header("content-type", "application/json")
    };
    let keyed = || typed().header("idempotency-key", "a-key");
    let requests = [
        (met.get("/api/v1/nothing"), 404, "no_such_path"),
        (met.get("/api/v1/programs").header("x-more", "x".repeat(16 * 1024)), 431, "head_too_large"),
        (met.api.request(Method::PUT, "/api/v1/programs"), 405, "method_not_allowed"),
        (met.post(&periods).json(&february()), 401, "unauthenticated"),
        (met.post(&periods).bearer_auth("x").json(&february()), 401, "invalid_token"),
        (met.get("/api/v1/programs/nobody"), 404, "no_such_program"),
        (met.get("/api/v1/programs/pilot/batches/1"), 404, "not_found"),
        (typed().body(february().to_string()), 400, "idempotency_key_missing"),
        (
            typed().header("idempotency-key", "a key").body(february().to_string()),
            400,
            "idempotency_key_malformed",
        ),
        (keyed().header("content-encoding", "gzip").body("{}"), 415, "unsupported_media_type"),
        (keyed().body(" ".repeat(64 * 1024 + 1)), 413, "too_large"),
        (keyed().body("{"), 400, "unreadable"),
        (keyed().body("{}"), 422, "malformed"),
    ];
    for (request, status, code) in requests {
        met.answers(request, status, code).await;
    }
    let mut slow = begin_body(met.api);
    let slow = tokio::task::spawn_blocking(move || raw_answer(&mut slow)).await.unwrap();
    slow.refused(408, "too_slow");
    met.codes.insert("too_slow");
}

/// Accounts, members, and names that are taken.
async fn accounts(met: &mut Met<'_>, people: &Cast<'_>) {
    let lead = &people.lead;
    let wrong = json!({ "handle": "alice", "password": "not her password" });
    let taken = json!({ "handle": "alice", "password": PASSWORD });
    met.answers(met.post("/auth/login").json(&wrong), 401, "wrong_credentials").await;
    met.answers(met.post("/auth/register").json(&taken), 409, "handle_taken").await;
    for _ in 0..4 {
        met.answers(met.post("/auth/login").json(&wrong), 401, "wrong_credentials").await;
    }
    met.answers(met.post("/auth/login").json(&wrong), 429, "too_many_requests").await;
    factors(met, people).await;
    wallets(met, people).await;
    let cookie = met.post("/auth/refresh").header("cookie", "__Host-bounty-ledger-refresh=x");
    met.answers(cookie, 401, "session_ended").await;
    met.answers(met.post("/auth/refresh").header("sec-fetch-site", "cross-site"), 403, "forbidden").await;
    let same_slug = but(program(), json!({ "safe": address(900) }));
    met.answers(lead.ask("/programs", &same_slug), 409, "slug_taken").await;
    let same_safe = but(program(), json!({ "slug": "other" }));
    met.answers(lead.ask("/programs", &same_safe), 409, "safe_taken").await;
    let again = json!({ "handle": "alice", "roles": ["auditor"] });
    met.answers(lead.ask(&format!("{PILOT}/members"), &again), 409, "already_member").await;
    lead.post_with(&format!("{PILOT}/periods"), &february(), "a-key").await.json(201);
    let other =
        met.post(&format!("{PILOT}/periods")).bearer_auth(&lead.token).header("idempotency-key", "a-key");
    met.answers(other.json(&but(february(), json!({ "cap": "1" }))), 422, "idempotency_key_reused").await;
    for _ in 0..20 {
        upload(&people.bob, None, JPEG).await.json(200);
    }
    let path = format!("/api/v1{PILOT}/captures");
    let one_more = met.api.request(Method::POST, &path).bearer_auth(&people.bob.token).body(JPEG);
    met.answers(one_more, 409, "uploads_wait").await;
    let texts = met.api.app.program("pilot".parse().unwrap()).await.unwrap().charter().texts;
    let document = format!("{PILOT}/documents/{texts}");
    for person in [lead, &people.treasurer] {
        person.post(&format!("{document}/erase"), &json!({ "class": "mistake" })).await.json(200);
    }
    met.answers(met.get(&format!("/api/v1{document}")), 410, "erased").await;
    fund(&people.treasurer).await;
    let nothing = people.treasurer.ask(&format!("{PILOT}/batches"), &json!({ "submissions": [] }));
    met.answers(nothing, 422, "unpayable").await;
}

/// What signing in takes besides a password, and what tokens are for.
async fn factors(met: &mut Met<'_>, people: &Cast<'_>) {
    let api = met.api;
    api.person("guesser").await;
    let right = json!({ "handle": "guesser", "password": PASSWORD });
    met.answers(met.post("/auth/login").json(&right), 401, "second_factor_needed").await;
    let guess = but(right, json!({ "code": "a-guess" }));
    met.answers(met.post("/auth/login").json(&guess), 401, "wrong_code").await;
    met.answers(people.bob.ask("/me/second-factor", &json!({})), 409, "second_factor_stands").await;
    let weak = api.by_password("weak").await;
    met.answers(weak.ask_to_delete("/me/second-factor"), 409, "no_second_factor").await;
    let new = json!({ "handle": "weak", "roles": ["treasurer"] });
    people.lead.post(&format!("{PILOT}/members"), &new).await.json(201);
    met.answers(weak.ask(&format!("{PILOT}/funding"), &json!({})), 403, "second_factor_missing").await;
    let token = |n: u32| json!({ "name": format!("{n}"), "scopes": ["submit"], "expires_at": "2026-06-01T00:00:00Z" });
    let mut script = String::new();
    for n in 0..20 {
        let made = people.bob.post("/me/tokens", &token(n)).await.json(201);
        made["secret"].as_str().unwrap().clone_into(&mut script);
    }
    met.answers(people.bob.ask("/me/tokens", &token(20)), 409, "too_many_tokens").await;
    met.answers(met.get("/api/v1/me").bearer_auth(&script), 403, "scope_needed").await;
    let claims = claims_of(&people.bob.token);
    let forger = Forger::new(api.folder.path(), ISSUER, claims["sub"].as_str().unwrap(), &people.bob.token);
    let stale = forger.with("auth_time", Some(json!(0)));
    let request = met.api.request(Method::DELETE, "/api/v1/me/second-factor").bearer_auth(stale);
    met.answers(request, 403, "fresh_proof_needed").await;
}

/// What wallets sign, and whose they are.
async fn wallets(met: &mut Met<'_>, people: &Cast<'_>) {
    let (api, bob) = (met.api, &people.bob);
    let unknown = api.signed_in_with(&key("unknown")).await;
    met.answers(met.post("/auth/siwe/verify").json(&unknown), 401, "unknown_wallet").await;
    let linking = api.linking_with("bob", &key("bobs")).await;
    met.answers(met.post("/auth/siwe/verify").json(&linking), 422, "other_message").await;
    bob.post("/me/wallets", &linking).await.json(200);
    met.answers(bob.ask("/me/wallets", &linking), 401, "nonce_spent").await;
    let again = api.linking_with("bob", &key("bobs")).await;
    met.answers(bob.ask("/me/wallets", &again), 409, "wallet_taken").await;
    for n in 1..10 {
        let more = api.linking_with("bob", &key(&format!("bobs {n}"))).await;
        bob.post("/me/wallets", &more).await.json(200);
    }
    let more = api.linking_with("bob", &key("one too many")).await;
    met.answers(bob.ask("/me/wallets", &more), 409, "too_many_wallets").await;
    let new = but(api.signed_in_with(&key("walter")).await, json!({ "handle": "walter" }));
    let walter = api.post("/auth/siwe/verify", &new).await.json(200);
    let walter = Person { api, token: walter["access_token"].as_str().unwrap().to_owned() };
    let last = walter.ask_to_delete(&format!("/me/wallets/{}", address_of(&key("walter"))));
    met.answers(last, 409, "last_wallet").await;
}

/// What a batch lacks, and what a Safe Transaction Service does about it. Gives an approved claim.
async fn batches(met: &mut Met<'_>, test: &TestDb, people: &Cast<'_>) -> Value {
    let (alice, treasurer, batch) = (&people.alice, &people.treasurer, format!("{PILOT}/batches/1"));
    record_address(alice).await;
    let (one, two) = (people.approved(1, "6").await, people.approved(2, "6").await);
    let new = json!({ "submissions": [one], "evidence_up": true });
    let proposed = treasurer.post(&format!("{PILOT}/batches"), &new).await.json(201)["batch"].clone();
    let execution = format!("/api/v1{batch}/exec-transaction.json");
    met.answers(met.get(&execution), 409, "too_few_signatures").await;
    let shown = in_wallet(met.api, &batch, 7, proposed["to"].as_str().unwrap()).await;
    let more = but(shown, json!({ "value": "1" }));
    met.answers(treasurer.ask(&format!("{batch}/adopt"), &more), 422, "other_lines").await;
    let approved = json!({ "form": "approved_hash", "owner": owner(1).address() });
    met.answers(alice.ask(&format!("{batch}/signatures"), &approved), 409, "no_node").await;
    met.answers(alice.ask(&format!("{batch}/service"), &json!({})), 409, "no_service").await;

    let signed = signature(&proposed, &owner(1), Form::TypedData);
    alice.post(&format!("{batch}/signatures"), &signed).await.json(200);
    let sharing = Api::start_sharing(test);
    let alice = sharing.sign_in("alice").await;
    let pull = format!("{batch}/service/confirmations");
    met.answers(alice.ask(&pull, &json!({})), 409, "not_shared").await;
    sharing.service.as_ref().unwrap().service().key = Some("another");
    for path in [pull, format!("{batch}/service")] {
        met.answers(alice.ask(&path, &json!({})), 502, "service_failed").await;
    }
    sharing.stop().await;
    two
}

/// What the chain shows otherwise, or not at all.
async fn on_chain(met: &mut Met<'_>, test: &TestDb, approved: &Value) {
    let file = pilot();
    let safe = SafeAt::start(file.safe, file.token, &owners(2), 7, lpt("750"));
    let reading = Api::start_as(test, |app| app.with_nodes(Some(safe.nodes())), |_| {});
    let (treasurer, batch) = (reading.sign_in("treasurer").await, format!("{PILOT}/batches/1"));
    let looks = treasurer.ask(&format!("{PILOT}/safe/observations"), &observation(2_000));
    met.answers(looks, 409, "read_here").await;
    let by_owner = |form: &str| json!({ "form": form, "owner": owner(2).address(), "signature": "0x01" });
    for form in ["approved_hash", "contract"] {
        met.answers(treasurer.ask(&format!("{batch}/signatures"), &by_owner(form)), 409, "not_confirmed")
            .await;
    }
    let execution = format!("{batch}/execution");
    let ask = |tx_hash: String| treasurer.ask(&execution, &json!({ "tx_hash": tx_hash }));
    met.answers(ask(hash(0x99)), 409, "no_transaction").await;
    met.answers(ask(safe.elsewhere(false)), 409, "not_final").await;
    met.answers(ask(safe.elsewhere(true)), 422, "not_executed").await;
    safe.runs(&address(66));
    let new = json!({ "submissions": [approved], "evidence_up": true });
    let batches = format!("{PILOT}/batches");
    // The first one also records how the Safe stands.
    treasurer.post(&batches, &new).await.refused(409, "unknown_singleton");
    met.answers(treasurer.ask(&batches, &new), 409, "unknown_singleton").await;
    let shown = in_wallet(met.api, &batch, 9, &file.token.to_string()).await;
    met.answers(treasurer.ask(&format!("{batch}/adopt"), &shown), 409, "unknown_singleton").await;
    safe.fails();
    for request in [ask(hash(0x99)), treasurer.ask(&batches, &new)] {
        met.answers(request, 502, "chain_unreadable").await;
    }
    reading.stop().await;
}

/// What is wrong with the ledger, or with the machine it runs on; at the end it has stopped.
async fn faults(met: &mut Met<'_>, test: &TestDb, people: &Cast<'_>) {
    let (lead, alice) = (&people.lead, &people.alice);
    let own = |n: u64| alice.ask("/me/addresses", &json!({ "program": "pilot", "address": address(n) }));
    met.answers(met.get("/panic"), 500, "internal").await;
    met.api.clock.set("2026-01-05T11:58:59Z".parse().unwrap());
    let (token, body) =
        (met.api.sign_in("bob").await.token, json!({ "program": "pilot", "address": address(6) }));
    let early = met.post("/me/addresses").bearer_auth(token).header("idempotency-key", "early").json(&body);
    met.answers(early, 503, "clock").await;
    met.api.clock.set("2026-01-05T12:00:00Z".parse().unwrap());
    fill_the_disk(test, true);
    met.answers(own(103), 503, "storage_full").await;
    fill_the_disk(test, false);
    fail_at_commit(test, &address(104));
    met.answers(own(104), 409, "conflict").await;
    let flood = Flood::begin(test, &met.api.app, own(105)).await;
    let busy = Answer::of(own(106).send().await.unwrap()).await.refused(503, "busy");
    assert_eq!(busy.header("retry-after"), Some("1"));
    met.codes.insert("busy");
    flood.end().await.0.json(200);
    test.open().batch_execute("ALTER TABLE addresses RENAME TO mislaid").unwrap();
    let stopped = Answer::of(own(107).send().await.unwrap()).await.refused(503, "stopped");
    assert_eq!(stopped.header("retry-after"), Some("5"));
    Answer::of(lead.ask(&format!("{PILOT}/periods"), &february()).send().await.unwrap())
        .await
        .refused(503, "stopped");
    met.codes.insert("stopped");
    test.open().batch_execute("ALTER TABLE mislaid RENAME TO addresses").unwrap();
    let id = met.api.app.program("pilot".parse().unwrap()).await.unwrap().id().to_string();
    damage(test, &id, 1);
    let restarted = Api::start(test);
    met.answers(restarted.request(Method::GET, "/api/v1/programs/pilot"), 503, "damaged").await;
    restarted.stop().await;
}

on_both! {
    fn every_problem_of_requests_accounts_and_the_ledger_is_met(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let mut met = Met { api: &api, stock: Stock::of(test), codes: BTreeSet::new() };

            requests(&mut met, &people).await;
            accounts(&mut met, &people).await;
            let approved = batches(&mut met, test, &people).await;
            on_chain(&mut met, test, &approved).await;
            faults(&mut met, test, &people).await;

            let all: BTreeSet<&str> = problem::CODES.iter().map(|(code, ..)| *code).collect();
            assert_eq!(met.codes, all, "a code that no request is answered with, or one that is none");
            println!("count: problem codes met over HTTP {}", met.codes.len());
            api.stop().await;
        });
    }
}
