//! Every operation of the OpenAPI document, asked by everybody.

use std::collections::BTreeSet;

use domain::permission::{self, Access};
use reqwest::{Method, StatusCode};
use serde_json::json;
use server::http::document;
use utoipa::openapi::path::Operation;

use super::{Answer, Api};
use crate::app::world::{pilot, run};
use crate::common::on_both;

/// Every operation with its method and an address that a program of that name may have.
pub fn operations(slug: &str) -> Vec<(Method, String, Operation)> {
    let paths = document().paths.paths.into_iter().flat_map(|(path, item)| {
        let methods = [(Method::GET, item.get), (Method::POST, item.post), (Method::DELETE, item.delete)];
        methods.map(|(method, operation)| (method, path.clone(), operation))
    });
    let place = |path: &str| {
        let path = path.replace("{slug}", slug).replace("{digest}", &"0".repeat(64));
        path.replace("{role}", "auditor")
            .replace("{member}", "1")
            .replace("{submission}", "1")
            .replace("{bounty}", "1")
            .replace("{batch}", "1")
    };
    paths.filter_map(|(method, path, operation)| Some((method, place(&path), operation?))).collect()
}

on_both! {
    fn nobody_gets_past_the_permission_table(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.person("lead").await;
            lead.post("/programs", &serde_json::to_value(pilot()).unwrap()).await.json(201);
            let stranger = api.person("stranger").await;
            let tampered = format!("{}A", stranger.token);
            let mut asked = 0;
            for (method, path, operation) in operations("pilot") {
                let id = operation.operation_id.unwrap();
                let access = permission::find(&id).unwrap().access;
                if path.contains("/auth/") {
                    continue;
                }
                let request = || {
                    let request = api.request(method.clone(), &path).header("idempotency-key", "k");
                    if method == Method::POST { request.json(&json!({})) } else { request }
                };
                asked += 3;
                let nobody = Answer::of(request().send().await.unwrap()).await;
                let forged = Answer::of(request().bearer_auth(&tampered).send().await.unwrap()).await;
                let other = Answer::of(request().bearer_auth(&stranger.token).send().await.unwrap()).await;
                if access == Access::Public {
                    assert!(nobody.status == 200 || nobody.status == 404, "{id}: {nobody:?}");
                    continue;
                }
                nobody.refused(401, "unauthenticated");
                forged.refused(401, "invalid_token");
                // These name their program in the body or query, which is empty here, or none at all.
                if path.contains("/programs/pilot") && id != "preview_batch" {
                    other.refused(403, "forbidden");
                } else {
                    assert!([200, 403, 422].contains(&other.status), "{id}: {other:?}");
                }
            }
            println!("count: operations asked by nobody, a forger and a stranger {asked}");
            api.stop().await;
        });
    }

    fn every_read_of_a_program_that_is_not_there_is_a_problem(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut seen = BTreeSet::new();
            for (method, path, _) in operations("nobody") {
                if method != Method::GET || !path.contains("nobody") {
                    continue;
                }
                let answer = api.request(method, &path).send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
                Answer::of(answer).await.refused(404, "no_such_program");
                seen.insert(path);
            }
            assert!(seen.len() > 15, "{seen:?}");
            api.stop().await;
        });
    }
}
