//! Whether it lives, whether it can work, what it counts; and what every answer carries.

use diesel::connection::SimpleConnection;
use reqwest::Method;
use serde_json::json;

use crate::app::world::run;
use crate::common::on_both;
use crate::http::cast::{PILOT, february, open};
use crate::http::{Answer, Api};

async fn get(api: &Api, path: &str) -> Answer {
    Answer::of(api.request(Method::GET, path).send().await.unwrap()).await
}

on_both! {
    fn a_server_that_can_work_says_so(test: TestDb) {
        run(async {
            let api = Api::start(test);
            assert_eq!(get(&api, "/healthz").await.json(200), json!({ "status": "ok" }));
            let ready = json!({ "status": "ready", "reasons": [], "warnings": [] });
            assert_eq!(get(&api, "/readyz").await.json(200), ready);
            let front = get(&api, "/").await;
            assert!(front.content_type.starts_with("text/html") && front.text.contains("<h1>Bounty Ledger</h1>"), "{front:?}");
            let document = get(&api, "/api/openapi.json").await.json(200);
            assert_eq!(document, serde_json::to_value(server::http::document()).unwrap());
            api.stop().await;
        });
    }

    fn the_type_of_every_problem_leads_to_what_its_code_means(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let errors = get(&api, "/api/errors").await;
            assert!(errors.status == 200 && errors.content_type.starts_with("text/html"), "{errors:?}");
            let rows = include_str!("../../../../../../docs/errors.md").lines().filter(|line| line.starts_with("| `"));
            let mut codes = 0;
            for row in rows {
                let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
                let (code, words) = (cells[0].trim_matches('`'), *cells.last().unwrap());
                let (_, section) = errors.text.split_once(&format!("<section id=\"{code}\">")).expect(code);
                let section = section.split("</section>").next().unwrap();
                assert!(section.contains(words), "{code}: {section}");
                assert!(cells.len() == 2 || section.contains(&format!(", {} ", cells[1])), "{code}: {section}");
                codes += 1;
            }
            assert_eq!(errors.text.matches("<section id=").count(), codes, "each once");
            assert!(codes > 100, "{codes}");
            let missing = get(&api, "/nothing").await.refused(404, "no_such_path");
            assert_eq!(missing.body["type"], "/api/errors#no_such_path");
            api.stop().await;
        });
    }

    fn the_documentation_is_there_with_and_without_its_slash(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
            let bare = client.get(format!("{}/api/docs", api.url)).send().await.unwrap();
            let location = bare.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
            assert_eq!((bare.status().as_u16(), location.as_deref()), (308, Some("/api/docs/")));
            for path in ["/api/docs", "/api/docs/"] {
                let page = get(&api, path).await;
                assert!(page.status == 200 && page.text.contains("swagger-ui"), "{page:?}");
                let post = Answer::of(api.request(Method::POST, path).send().await.unwrap()).await;
                post.refused(405, "method_not_allowed");
            }
            api.stop().await;
        });
    }

    fn a_server_whose_writer_has_stopped_is_not_ready_and_still_reads(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            // A fault that is no constraint and no lock: a table is gone.
            test.open().batch_execute("ALTER TABLE periods RENAME TO mislaid").unwrap();

            let fault = people.lead.post(&format!("{PILOT}/periods"), &february()).await.refused(503, "stopped");
            assert_eq!(fault.header("retry-after"), Some("5"));
            people.lead.post(&format!("{PILOT}/allotments"), &json!({ "period": 1, "allotments": { "operations": "26" } })).await.refused(503, "stopped");
            api.post("/auth/register", &json!({ "handle": "late", "password": crate::http::PASSWORD })).await.refused(503, "stopped");

            let ready = get(&api, "/readyz").await;
            let body = ready.json(503);
            assert_eq!(body["status"], "not ready");
            assert!(body["reasons"].to_string().contains("the writer has stopped"), "{body}");
            assert_eq!(get(&api, "/healthz").await.status, 200);
            api.get(PILOT).await.json(200);
            people.lead.get("/me").await.json(200);
            test.open().batch_execute("ALTER TABLE mislaid RENAME TO periods").unwrap();
            api.stop().await;
            // A restart goes on where the ledger was: nothing of the refused request was written.
            let again = Api::start(test);
            assert_eq!(again.get(PILOT).await.json(200)["journal"]["size"], 3);
            let lead = again.sign_in("lead").await;
            assert_eq!(lead.post(&format!("{PILOT}/periods"), &february()).await.json(201)["seq"], 3);
            again.stop().await;
        });
    }

    fn requests_are_counted_by_route_and_never_by_name(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            for _ in 0..3 {
                api.get(&format!("{PILOT}/budget")).await.json(200);
            }
            api.get(&format!("{PILOT}/bounties/7")).await.refused(404, "no_such_bounty");
            api.get("/programs/secret-name/budget").await.refused(404, "no_such_program");
            get(&api, "/nothing/secret-name").await.refused(404, "no_such_path");
            people.lead.post(&format!("{PILOT}/periods"), &february()).await.json(201);
            people.alice.post(&format!("{PILOT}/periods"), &february()).await.refused(403, "role_needed");

            let metrics = get(&api, "/metrics").await;

            assert!(metrics.content_type.starts_with("text/plain"), "{metrics:?}");
            for line in [
                "bounty_ledger_http_requests_total{endpoint=\"/api/v1/programs/{slug}/budget\",method=\"GET\",status=\"200\"} 3",
                "bounty_ledger_http_requests_total{endpoint=\"/api/v1/programs/{slug}/budget\",method=\"GET\",status=\"404\"} 1",
                "bounty_ledger_http_requests_total{endpoint=\"/api/v1/programs/{slug}/bounties/{bounty}\",method=\"GET\",status=\"404\"} 1",
                "bounty_ledger_http_requests_total{endpoint=\"/api/v1/programs/{slug}/periods\",method=\"POST\",status=\"201\"} 1",
                "bounty_ledger_http_requests_total{endpoint=\"/api/v1/programs/{slug}/periods\",method=\"POST\",status=\"403\"} 1",
                "bounty_ledger_http_requests_total{endpoint=\"unmatched\",method=\"GET\",status=\"404\"} 1",
            ] {
                assert!(metrics.text.lines().any(|found| found == line), "{line} is not in\n{}", metrics.text);
            }
            for name in ["pilot", "secret-name", "alice"] {
                assert!(!metrics.text.contains(name), "{name} is nobody's business:\n{}", metrics.text);
            }
            assert!(metrics.text.contains("bounty_ledger_http_requests_duration_seconds_bucket"), "{}", metrics.text);
            api.stop().await;
        });
    }

    fn answers_are_packed_for_who_asks_so(test: TestDb) {
        run(async {
            let api = Api::start(test);
            open(&api).await;
            for path in [&format!("/api/v1{PILOT}"), &format!("/api/v1{PILOT}/journal"), "/api/openapi.json", &format!("/api/v1{PILOT}/ledger.csv")] {
                let plain = api.request(Method::GET, path).send().await.unwrap();
                let packed = api.request(Method::GET, path).header("accept-encoding", "gzip").send().await.unwrap();
                for (answer, encoding) in [(&plain, None), (&packed, Some("gzip"))] {
                    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
                    assert_eq!((answer.status().as_u16(), header("content-encoding")), (200, encoding), "{path}");
                }
                let vary = packed.headers()["vary"].to_str().unwrap().to_lowercase();
                assert!(vary.contains("accept-encoding"), "{path}: {vary}");
                assert_eq!(packed.headers().get("etag"), plain.headers().get("etag"), "{path}: a weak tag is of both");
                let (plain, packed) = (plain.bytes().await.unwrap(), packed.bytes().await.unwrap());
                assert!(packed.len() < plain.len(), "{path}: {} {}", packed.len(), plain.len());
                assert_eq!(unpacked(packed.to_vec()).await, plain, "{path}");
            }
            api.stop().await;
        });
    }

    fn every_answer_carries_what_keeps_browsers_from_mischief(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let mut answers = vec![
                get(&api, "/").await, get(&api, "/healthz").await, get(&api, "/readyz").await, get(&api, "/metrics").await,
                get(&api, "/api/errors").await, get(&api, "/api/openapi.json").await, get(&api, "/api/docs/").await, get(&api, "/style.css").await,
                api.get(PILOT).await, api.get(&format!("{PILOT}/ledger.csv")).await, api.get("/nothing").await, api.get("/programs/nobody").await,
                api.get("/me").await, people.lead.get("/me").await, api.get(&format!("{PILOT}/members?limit=0")).await,
                people.alice.post(&format!("{PILOT}/periods"), &february()).await,
                people.lead.post(&format!("{PILOT}/periods"), &february()).await,
                people.lead.post(&format!("{PILOT}/periods"), &february()).await,
                api.post("/auth/login", &json!({ "handle": "lead", "password": "wrong" })).await,
                api.post("/auth/logout", &json!({})).await,
                Answer::of(api.request(Method::PUT, "/api/v1/programs").send().await.unwrap()).await,
                Answer::of(people.lead.ask("/programs", &json!(0)).body(" ".repeat(70_000)).send().await.unwrap()).await,
            ];
            let tag = api.get(PILOT).await.etag.unwrap();
            let unchanged = api.request(Method::GET, &format!("/api/v1{PILOT}")).header("if-none-match", tag);
            answers.push(Answer::of(unchanged.send().await.unwrap()).await);
            let statuses: std::collections::BTreeSet<u16> = answers.iter().map(|answer| answer.status).collect();
            assert!([200, 201, 204, 304, 401, 403, 404, 405, 413, 422].iter().all(|status| statuses.contains(status)), "{statuses:?}");
            let mut ids = std::collections::BTreeSet::new();
            for answer in &answers {
                for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer"), ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin")] {
                    assert_eq!(answer.header(name), Some(value), "{answer:?}");
                }
                let policy = answer.header("content-security-policy").unwrap();
                assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
                assert!(answer.header("cache-control").is_some() && answer.header("server").is_none(), "{answer:?}");
                assert!(ids.insert(answer.header("x-request-id").unwrap().to_owned()), "each request has an id of its own");
                assert_eq!(answer.header("access-control-allow-origin"), None, "nobody else's page reads it");
            }
            api.stop().await;
        });
    }
}

/// What gzip makes of it.
async fn unpacked(bytes: Vec<u8>) -> Vec<u8> {
    tokio::task::spawn_blocking(move || {
        let mut child = std::process::Command::new("gzip")
            .arg("-dc")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        let writing = std::thread::spawn(move || std::io::Write::write_all(&mut input, &bytes).unwrap());
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        assert!(output.status.success());
        output.stdout
    })
    .await
    .unwrap()
}
