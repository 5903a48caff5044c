//! Too much at once: who asks is told when to come again.

use std::time::Duration;

use domain::value::MemberNumber;
use reqwest::Method;
use serde_json::json;
use server::app::{Ask, NewAddress};

use super::cast::open;
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
}
