//! Bodies that are none, for every operation that takes one.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use server::http::LIMIT;

use crate::app::world::run;
use crate::common::on_both;
use crate::http::cast::open;
use crate::http::operations::{Asker, Operation, Scene, operations};
use crate::http::{Answer, Api, Stock};

const LEAD: Asker = Asker { handle: "lead", member: Some(1), nth: 1 };

async fn send(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.unwrap()).await
}

/// Every operation that takes a body, with one that it would take.
fn with_bodies(scene: &Scene<'_>) -> Vec<(Operation, String, Value)> {
    let samples = operations().into_iter().map(|operation| (scene.sample(&operation, LEAD), operation));
    samples.filter_map(|(sample, operation)| Some((operation, sample.path, sample.body?))).collect()
}

on_both! {
    fn a_body_that_cannot_be_read_is_refused_before_anything_is_done(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let scene = Scene::set(&api).await;
            let (mut stock, mut asked) = (Stock::of(test), 0);
            let before = stock.count();
            for (operation, path, body) in with_bodies(&scene) {
                let id = &operation.id;
                let ask = || {
                    let request = api.request(operation.method.clone(), &path).bearer_auth(&scene.cast.lead.token);
                    request.header("idempotency-key", api.key()).header("x-forwarded-for", api.caller())
                };
                let json = || ask().header("content-type", "application/json");
                let text = body.to_string();

                let mut more = body.clone();
                more["surprise"] = json!(1);
                let answer = send(ask().json(&more)).await;
                assert_eq!(answer.refused(422, "malformed").body["errors"][0]["field"], "surprise", "{id}");
                for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonl", "text/json", ""] {
                    send(ask().header("content-type", content_type).body(text.clone())).await.refused(415, "unsupported_media_type");
                }
                send(ask().body(text.clone())).await.refused(415, "unsupported_media_type");
                for encoding in ["gzip", "deflate", "br", "identity"] {
                    send(json().header("content-encoding", encoding).body(text.clone())).await.refused(415, "unsupported_media_type");
                }
                send(ask()).await.refused(415, "unsupported_media_type");
                for broken in ["", " ", "{", "{]", "nonsense", "\u{feff}{}", "{'a':1}", &text[..text.len() - 1], &format!("{text}{text}")] {
                    let answer = send(json().body(broken.to_owned())).await;
                    assert_eq!(answer.body["code"], "unreadable", "{id} {broken}");
                    answer.refused(400, "unreadable");
                }
                send(json().body(b"{\"\xff\":1}".to_vec())).await.refused(400, "unreadable");
                for other in ["null", "1", "\"text\"", "true", "[]", "[[]]"] {
                    let answer = send(json().body(other.to_owned())).await;
                    assert_eq!(answer.body["code"], "malformed", "{id} {other}");
                    answer.refused(422, "malformed");
                }
                // Just as much as is taken, all of it read; and one byte more.
                let full = format!("{text}{}", " ".repeat(LIMIT - text.len()));
                assert_eq!(full.len(), 64 * 1024);
                send(json().body(format!("{full} "))).await.refused(413, "too_large");
                more["surprise"] = json!("");
                let rest = LIMIT - more.to_string().len();
                more["surprise"] = json!("x".repeat(rest));
                assert_eq!(more.to_string().len(), LIMIT);
                send(json().body(more.to_string())).await.refused(422, "malformed");
                asked += 1;
            }
            assert_eq!(stock.count(), before);
            println!("count: operations that refuse bodies they cannot read {asked}");
            assert!(asked >= 16, "{asked}");
            api.stop().await;
        });
    }

    fn a_body_is_one_object_and_not_a_list_of_its_values(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let scene = Scene::set(&api).await;
            let mut stock = Stock::of(test);
            let before = stock.count();
            for (operation, path, body) in with_bodies(&scene) {
                let values: Vec<&Value> = body.as_object().unwrap().values().collect();
                let request = api.request(operation.method.clone(), &path).bearer_auth(&scene.cast.lead.token);
                let request = request.header("idempotency-key", api.key()).header("x-forwarded-for", api.caller());
                let answer = send(request.json(&values)).await;
                assert_eq!(answer.status, 422, "{}: {answer:?}", operation.id);
            }
            let role = scene.cast.lead.post("/programs/pilot/members/6/roles", &json!(["auditor"])).await;
            role.refused(422, "malformed");
            assert_eq!(stock.count(), before);
            api.stop().await;
        });
    }

    fn a_body_of_exactly_64_kib_is_taken(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.person("lead").await;
            let text = crate::http::cast::program().to_string();
            let full = format!("{text}{}", " ".repeat(LIMIT - text.len()));
            let ask = |body: String| lead.ask("/programs", &json!(0)).body(body).send();
            Answer::of(ask(format!("{full} ")).await.unwrap()).await.refused(413, "too_large");
            Answer::of(ask(full).await.unwrap()).await.json(201);
            api.stop().await;
        });
    }

    fn a_delete_takes_no_body_and_signing_out_ignores_one(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            people.lead.post("/programs/pilot/members/6/roles", &json!({ "role": "auditor" })).await.json(200);
            let delete = || {
                let request = api.request(Method::DELETE, "/api/v1/programs/pilot/members/6/roles/auditor");
                request.bearer_auth(&people.lead.token).header("idempotency-key", api.key())
            };
            send(delete().body(" ".repeat(LIMIT + 1))).await.refused(413, "too_large");
            send(delete().json(&json!({}))).await.refused(400, "unreadable");
            assert_eq!(send(delete()).await.json(200)["member"]["roles"], json!(["contributor"]));
            assert_eq!(api.post("/auth/logout", &json!({ "everywhere": true })).await.status, 204);
            api.stop().await;
        });
    }
}
