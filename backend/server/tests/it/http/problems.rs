//! What goes wrong, answered as problems.

use reqwest::Method;
use serde_json::json;

use super::{Answer, Api};
use crate::app::world::{pilot, run};
use crate::common::on_both;

on_both! {
    fn bad_requests_are_problems_in_the_order_of_precedence(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.person("lead").await;
            lead.post("/programs", &serde_json::to_value(pilot()).unwrap()).await.json(201);
            let periods = "/api/v1/programs/pilot/periods";
            let send = |request: reqwest::RequestBuilder| async { Answer::of(request.send().await.unwrap()).await };
            let post = || api.request(Method::POST, periods);
            let signed = || post().bearer_auth(&lead.token);
            let keyed = || signed().header("idempotency-key", "k");
            let typed = || keyed().header("content-type", "application/json");

            send(post()).await.refused(401, "unauthenticated");
            send(post().bearer_auth("x.y.z")).await.refused(401, "invalid_token");
            send(post().bearer_auth(format!("{}x", lead.token))).await.refused(401, "invalid_token");
            send(signed()).await.refused(400, "idempotency_key_missing");
            for key in ["", "a b", &"k".repeat(201)] {
                send(signed().header("idempotency-key", key)).await.refused(400, "idempotency_key_malformed");
            }
            send(keyed().body("{}")).await.refused(415, "unsupported_media_type");
            send(typed().body("{")).await.refused(400, "unreadable");
            send(typed().body("[".repeat(10_000))).await.refused(422, "malformed");
            send(typed().body(" ".repeat(70_000))).await.refused(413, "too_large");
            let missing = send(typed().body("{}")).await.refused(422, "malformed");
            assert_eq!(missing.body["errors"][0]["field"], "kind");
            let unknown = json!({ "kind": "month", "starts_at": "x", "ends_at": "x", "cap": "1", "more": 1 });
            let unknown = send(keyed().json(&unknown)).await.refused(422, "malformed");
            assert_eq!(unknown.body["errors"][0]["field"], "more");
            let cap = json!({ "kind": "month", "starts_at": "2026-02-01T00:00:00Z",
                "ends_at": "2026-03-01T00:00:00Z", "cap": "1e3" });
            let cap = send(keyed().json(&cap)).await.refused(422, "malformed");
            assert_eq!(cap.body["errors"][0]["field"], "cap");

            api.get("/programs/nobody").await.refused(404, "no_such_program");
            api.get("/programs/pilot/batches/1").await.refused(404, "not_found");
            api.get("/programs/pilot/bounties/7").await.refused(404, "no_such_bounty");
            api.get("/programs/pilot/bounties/x").await.refused(404, "not_found");
            api.get("/programs/pilot/budget?period=9").await.refused(404, "no_such_period");
            api.get("/programs/pilot/submissions?states=x").await.refused(422, "malformed");
            api.get("/programs/pilot/submissions?cursor=x").await.refused(422, "malformed");
            api.get("/programs/pilot/members?limit=201").await.refused(422, "malformed");
            api.get("/nothing").await.refused(404, "no_such_path");
            send(api.request(Method::PUT, periods)).await.refused(405, "method_not_allowed");
            // A word that one method takes is no number to another.
            api.get("/programs/pilot/batches/preview").await.refused(405, "method_not_allowed");
            api.get("/programs/pilot/batches/other").await.refused(404, "not_found");
            let half = lead.post("/programs/pilot/batches/preview", &json!({ "submissions": [1.5] })).await;
            let half = half.refused(422, "malformed");
            assert!(half.body["detail"].as_str().unwrap().contains("expected a number from 1, such as 7"), "{half:?}");
            api.stop().await;
        });
    }

    fn a_panic_is_a_problem_and_the_server_lives_on(test: TestDb) {
        run(async {
            let api = Api::start(test);
            for _ in 0..3 {
                let answer = api.request(Method::GET, "/panic").send().await.unwrap();
                Answer::of(answer).await.refused(500, "internal");
            }
            assert_eq!(api.request(Method::GET, "/healthz").send().await.unwrap().status(), 200);
            let ready = api.request(Method::GET, "/readyz").send().await.unwrap();
            assert_eq!(ready.json::<serde_json::Value>().await.unwrap()["reasons"], json!([]));
            api.stop().await;
        });
    }
}
