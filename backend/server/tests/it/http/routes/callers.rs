//! Guessing passwords, from one address or from many.

use reqwest::Method;
use serde_json::json;

use crate::app::world::run;
use crate::common::on_both;
use crate::http::{Answer, Api, PASSWORD};

/// A login with the wrong password from an address, or what is said to be one.
async fn guess(api: &Api, handle: &str, from: &str) -> Answer {
    attempt(api, handle, "not the password", from).await
}

async fn attempt(api: &Api, handle: &str, password: &str, from: &str) -> Answer {
    let request = api.request(Method::POST, "/api/v1/auth/login").header("x-forwarded-for", from);
    let request = request.json(&json!({ "handle": handle, "password": password }));
    Answer::of(request.send().await.unwrap()).await
}

#[track_caller]
fn must_wait(answer: Answer, seconds: &str) {
    let answer = answer.refused(429, "too_many_requests");
    assert_eq!(answer.header("retry-after"), Some(seconds));
}

on_both! {
    fn an_account_that_is_guessed_at_waits_wherever_the_guesses_come_from(test: TestDb) {
        run(async {
            let api = Api::start(test);
            api.by_password("alice").await;
            for n in 0..5 {
                guess(&api, "alice", &format!("203.0.113.{n}")).await.refused(401, "wrong_credentials");
            }
            must_wait(attempt(&api, "alice", PASSWORD, "203.0.113.9").await, "1");
            // Others are not held up, and after the wait neither is she.
            guess(&api, "bob", "203.0.113.9").await.refused(401, "wrong_credentials");
            api.clock.set("2026-01-05T12:00:01Z".parse().unwrap());
            attempt(&api, "alice", PASSWORD, "203.0.113.9").await.json(200);
            api.stop().await;
        });
    }

    fn behind_a_trusted_proxy_each_caller_has_attempts_of_their_own(test: TestDb) {
        run(async {
            let api = Api::start(test);
            for n in 0..20 {
                guess(&api, &format!("user-{n}"), "198.51.100.1").await.refused(401, "wrong_credentials");
            }
            must_wait(guess(&api, "one-more", "198.51.100.1").await, "60");
            guess(&api, "one-more", "198.51.100.2").await.refused(401, "wrong_credentials");
            // Only what the nearest proxy says counts: what comes before it is the caller's own word.
            must_wait(guess(&api, "one-more", "192.0.2.1, 198.51.100.1").await, "60");
            must_wait(guess(&api, "one-more", "192.0.2.1, 198.51.100.1, 127.0.0.1").await, "60");
            api.stop().await;
        });
    }

    fn where_no_proxy_is_trusted_nobody_can_say_to_be_somebody_else(test: TestDb) {
        run(async {
            let api = Api::start_with(test, |settings| settings.trusted_proxies = Vec::new());
            for n in 0..20 {
                guess(&api, &format!("user-{n}"), &format!("203.0.113.{n}")).await.refused(401, "wrong_credentials");
            }
            must_wait(guess(&api, "one-more", "203.0.113.200").await, "60");
            api.stop().await;
        });
    }
}
