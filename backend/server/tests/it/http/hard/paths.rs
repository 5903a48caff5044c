//! Addresses that are none, and methods that an address does not take.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;

use super::raw;
use crate::app::world::run;
use crate::common::on_both;
use crate::http::cast::open;
use crate::http::operations::operations;
use crate::http::{Answer, Api};

/// What the server offers beside the API; each is only read.
const SERVICE: [&str; 8] =
    ["/", "/healthz", "/readyz", "/metrics", "/style.css", "/api/errors", "/api/openapi.json", "/api/docs/"];

/// Every path with the methods that it takes; names in braces stand for themselves, as anything would.
fn paths() -> BTreeMap<String, BTreeSet<String>> {
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        paths.entry(operation.path).or_default().insert(operation.method.to_string());
    }
    let service = SERVICE.map(|path| (path.to_owned(), BTreeSet::from(["GET".to_owned()])));
    paths.into_iter().chain(service).collect()
}

on_both! {
    fn every_address_says_which_methods_it_takes(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut asked = 0;
            for (path, taken) in paths() {
                let place = path.replace("{slug}", "pilot").replace(['{', '}'], "");
                for method in ["GET", "POST", "DELETE", "PUT", "PATCH", "BREW"] {
                    // A batch may be asked for by any name, also by this one.
                    let other = method == "GET" && path.ends_with("/batches/preview");
                    if taken.contains(method) || other {
                        continue;
                    }
                    let request = api.request(Method::from_bytes(method.as_bytes()).unwrap(), &place);
                    let answer = Answer::of(request.send().await.unwrap()).await;
                    assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
                    let answer = answer.refused(405, "method_not_allowed");
                    let allowed: BTreeSet<String> = answer.header("allow").unwrap().split(", ").map(str::to_owned).collect();
                    // Whoever takes GET may take HEAD as well.
                    let extra: Vec<_> = allowed.difference(&taken).filter(|method| *method != "HEAD").collect();
                    assert!(allowed.is_superset(&taken) && extra.is_empty(), "{method} {path}: {allowed:?}");
                    asked += 1;
                }
            }
            println!("count: wrong methods refused {asked}");
            api.stop().await;
        });
    }

    fn an_address_that_is_none_is_a_problem_and_never_a_page(test: TestDb) {
        run(async {
            let api = Api::start(test);
            open(&api).await;
            for path in [
                "/index.html", "/favicon.ico", "/robots.txt", "/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/programs", "/API/v1/programs",
                "/api/v1/programs/", "/api/v1/programs/pilot/", "/api/v1//programs", "//api/v1/programs", "/api/v1/programs/pilot/budget/now",
                "/api/v1/programs//budget", "/api/v1/programs/pilot/batches/1/transaction-builder.json/", "/api/v1/auth", "/api/v1/me/wallet/1",
                "/healthz/", "/metrics/", "/readyz/x", "/api/errors/over_budget", "/api/openapi.yaml", "/api/openapi.json/", "/style.css/x",
                "/api/docs/nothing-like-this.js", "/api/docs/../../etc/passwd", "/api/docs/%2e%2e/%2e%2e/Cargo.toml", "/..", "/%2e%2e/%2e%2e/etc/passwd",
                "/%00", "/%ff", "/%", "/%zz", "/%F0%9F%A6%80",
                "/api/v1/programs/pilot/bounties/1/slots;v=1",
            ] {
                for method in ["GET", "POST", "DELETE"] {
                    let answer = raw(&api, &format!("{method} {path} HTTP/1.1")).await;
                    let told = String::from_utf8_lossy(&answer.body).to_lowercase();
                    assert!(!told.contains("<html") && !told.contains("<!doctype"), "{method} {path}: {told}");
                    assert_eq!(answer.status, 404, "{method} {path}: {answer:?}");
                    answer.refused(404, "no_such_path");
                }
            }
            // A slash that is written otherwise is part of a name.
            raw(&api, "GET /api/v1/programs/pilot%2Fbudget HTTP/1.1").await.refused(404, "no_such_program");
            api.stop().await;
        });
    }

    fn every_read_of_a_program_that_is_not_there_is_a_problem(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut seen = 0;
            for operation in operations() {
                if operation.method != Method::GET || !operation.path.contains("{slug}") {
                    continue;
                }
                for slug in ["nobody", "No-Body", "%00", "a%20b", "9", &"x".repeat(32), &"x".repeat(5_000)] {
                    let path = operation.path.replace("{slug}", slug).replace("{digest}", &"0".repeat(64)).replace(['{', '}'], "");
                    let path = path.replace("submission", "1").replace("1s", "submissions");
                    let answer = Answer::of(api.request(Method::GET, &path).send().await.unwrap()).await;
                    answer.refused(404, "no_such_program");
                    seen += 1;
                }
            }
            assert!(seen > 100, "{seen}");
            api.stop().await;
        });
    }
}
