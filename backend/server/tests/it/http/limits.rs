//! Too much at once: who asks is told when to come again.

use std::io::{Read, Write};
use std::time::Duration;

use domain::value::MemberNumber;
use reqwest::Method;
use serde_json::json;
use server::app::{Ask, NewAddress, Quotas};
use server::http::HEAD_LIMIT;

use super::cast::{self, PILOT, approve, claim, open, record_address};
use super::hard::{begin_body, connect, raw};
use super::{Api, PASSWORD};
use crate::app::world::{Held, address, run};
use crate::common::on_both;

/// Status, code and `Retry-After` of an answer.
async fn told(request: reqwest::RequestBuilder) -> (u16, String, Option<String>) {
    let response = request.send().await.unwrap();
    let later = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body: serde_json::Value = response.json().await.unwrap();
    (status, body["code"].as_str().unwrap_or_default().to_owned(), later)
}

on_both! {
    fn who_registers_and_signs_in_too_often_is_told_when_to_come_again(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let post = |path, n: u32| {
                let body = json!({ "handle": format!("somebody-{n}"), "password": PASSWORD });
                api.request(Method::POST, path).json(&body)
            };
            for path in ["/api/v1/auth/register", "/api/v1/auth/login"] {
                for n in 0..20 {
                    let (status, code, _) = told(post(path, n)).await;
                    assert!(status < 300, "{path} {n}: {code}");
                }
                let (too_many, later) = ("too_many_requests".to_owned(), Some("60".to_owned()));
                assert_eq!(told(post(path, 20)).await, (429, too_many, later), "{path}");
            }
            api.stop().await;
        });
    }

    fn a_full_queue_is_busy_and_says_when_to_come_again(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            let member = cast.alice.get("/me").await.json(200)["programs"][0]["member"].as_u64().unwrap();
            let member = MemberNumber::new(u32::try_from(member).unwrap()).unwrap();
            let held = Held::take(test);
            let calls: Vec<_> = (0..1_100).map(|n| {
                let app = api.app.clone();
                tokio::spawn(async move {
                    let key = format!("call-{n}");
                    let ask = Ask { program: "pilot".parse().unwrap(), member, key: &key, sent: None };
                    app.record_address(ask, &NewAddress { address: address(1_000 + n), proof: None }).await
                })
            }).collect();
            // All that the queue has no place for were sent away.
            while calls.iter().filter(|call| call.is_finished()).count() < 1_100 - 1_024 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }

            let new = json!({ "program": "pilot", "address": address(5) });
            let ask = || {
                let request = api.request(Method::POST, "/api/v1/me/addresses").bearer_auth(&cast.alice.token);
                request.header("idempotency-key", "mine").json(&new)
            };
            assert_eq!(told(ask()).await, (503, "busy".to_owned(), Some("1".to_owned())));
            let read = api.get("/programs/pilot/budget").await;
            held.release();

            assert_eq!(read.status, 200, "reads go on");
            let mut written = 0;
            for call in calls {
                written += u32::from(call.await.unwrap().is_ok());
            }
            assert_eq!(written, 1_024);
            assert_eq!(told(ask()).await.0, 200, "a refusal spends no key");
            api.stop().await;
        });
    }

    fn who_sends_claims_or_votes_by_the_dozen_is_told_when_to_come_again(test: TestDb) {
        run(async {
            let quotas = Quotas { claims: 2, votes: 1 };
            let api = Api::start_as(test, |app| app.with_quotas(quotas), |_| {});
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let path = format!("{PILOT}/submissions");
            let file = async |n: u64| cast.alice.post(&path, &claim(n, "6")).await;
            let first = file(1).await.json(201)["submission"].clone();
            file(2).await.json(201);
            let third = file(3).await.refused(429, "too_many_requests");
            assert_eq!(third.header("retry-after"), Some("3600"));
            assert!(third.body["detail"].as_str().unwrap().contains("no more than 2 claims and revisions in an hour"), "{third:?}");

            // Others have quotas of their own, and votes another than claims.
            let (number, digest) = (&first["number"], &first["digest"]);
            let [one, two] = &cast.reviewers;
            approve(one, number, digest).await;
            cast::cast(one, number, digest, "approve").await.refused(429, "too_many_requests");
            approve(two, number, digest).await;

            api.after_hours(1);
            file(3).await.refused(401, "invalid_token");
            let alice = api.sign_in("alice").await;
            alice.post(&path, &claim(3, "6")).await.json(201);
            api.stop().await;
        });
    }

    fn a_server_that_is_full_sends_callers_away_and_answers_its_operator(test: TestDb) {
        run(async {
            let api = Api::start_with(test, |settings| {
                settings.at_once = 3;
                settings.body_patience = Duration::from_mins(10);
            });
            let ask = || told(api.request(Method::GET, "/api/v1/programs"));
            let mut slow = Vec::new();
            // Each takes a place once its head was read, unless whoever asks has the last one just then.
            while ask().await.0 == 200 {
                slow.push(begin_body(&api));
            }
            assert_eq!(ask().await, (503, "busy".to_owned(), Some("1".to_owned())));
            for path in ["/healthz", "/readyz", "/metrics"] {
                assert_eq!(api.request(Method::GET, path).send().await.unwrap().status(), 200, "{path}");
            }
            // Whoever hangs up leaves a place.
            drop(slow);
            while ask().await.0 == 503 {}
            assert_eq!(ask().await.0, 200);
            api.stop().await;
        });
    }

    fn an_answer_that_takes_too_long_is_given_up(test: TestDb) {
        run(async {
            let api = Api::start_with(test, |settings| {
                settings.longest = Duration::from_millis(50);
                settings.more = |config| {
                    let never = || std::future::pending::<&'static str>();
                    config.route("/never", actix_web::web::get().to(never));
                };
            });
            let later = Some("1".to_owned());
            assert_eq!(told(api.request(Method::GET, "/never")).await, (503, "busy".to_owned(), later));
            api.stop().await;
        });
    }

    fn a_head_is_as_large_as_a_head_has_to_be(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let with = |length: usize| {
                let request = api.request(Method::GET, "/api/v1/programs").header("x-more", "x".repeat(length));
                async { request.send().await.unwrap().status().as_u16() }
            };
            assert_eq!(with(HEAD_LIMIT / 2).await, 200);
            assert_eq!(with(HEAD_LIMIT).await, 431);
            let long = format!("GET /api/v1/programs?cursor={} HTTP/1.1", "x".repeat(HEAD_LIMIT));
            raw(&api, &long).await.refused(431, "head_too_large");
            // What is larger by far is not read to its end: the connection may break before the answer is.
            let mut stream = connect(&api);
            let larger = format!("GET /api/v1/programs HTTP/1.1\r\nx-more: {}\r\n\r\n", "x".repeat(1024 * 1024));
            let read = tokio::task::spawn_blocking(move || {
                let _ = stream.write_all(larger.as_bytes());
                let mut answer = String::new();
                let _ = stream.read_to_string(&mut answer);
                answer
            });
            let answer = read.await.unwrap();
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
            api.stop().await;
        });
    }

    fn browsers_are_told_to_come_by_https_only_where_they_do(test: TestDb) {
        run(async {
            for https in [false, true] {
                let api = Api::start_with(test, |settings| settings.https = https);
                for path in ["/", "/api/v1/programs", "/api/v1/nothing", "/api/docs/"] {
                    let answer = api.request(Method::GET, path).send().await.unwrap();
                    let told = answer.headers().get("strict-transport-security").map(|value| value.to_str().unwrap());
                    assert_eq!(told, https.then_some("max-age=31536000; includeSubDomains"), "{path}");
                }
                api.stop().await;
            }
        });
    }
}
