//! Every problem that is no refusal of the rules: requests, accounts, and the ledger itself.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use server::http::problem;

use super::queue::Flood;
use super::{begin_body, raw_answer};
use crate::app::isolation::damage;
use crate::app::queue::fail_at_commit;
use crate::app::world::{address, run};
use crate::common::{TestDb, on_both};
use crate::http::cast::{Cast, PILOT, but, february, fund, open, program};
use crate::http::faults::fill_the_disk;
use crate::http::routes::captures::{JPEG, upload};
use crate::http::{Answer, Api, PASSWORD, Stock};

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
            faults(&mut met, test, &people).await;

            let all: BTreeSet<&str> = problem::CODES.iter().map(|(code, ..)| *code).collect();
            assert_eq!(met.codes, all, "a code that no request is answered with, or one that is none");
            println!("count: problem codes met over HTTP {}", met.codes.len());
            api.stop().await;
        });
    }
}
