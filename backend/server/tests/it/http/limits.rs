//! Too much at once: who asks is told when to come again.

use reqwest::Method;
use serde_json::json;

use super::{Api, PASSWORD};
use crate::app::world::run;
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
}
