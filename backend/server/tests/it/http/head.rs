//! HEAD is answered as GET, without the body.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::Api;
use super::cast::{PILOT, approve, file, fund, open, record_address};
use super::operations::reads;
use crate::app::world::run;
use crate::common::on_both;

/// Status, headers and body of an answer; not what differs from one request to the next.
async fn answer(request: RequestBuilder) -> (u16, BTreeMap<String, String>, String) {
    let response = request.send().await.unwrap();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str())).collect();
    (response.status().as_u16(), headers, response.text().await.unwrap())
}

on_both! {
    fn head_is_answered_as_get_without_the_body(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let (number, digest) = file(&cast.alice, 1, "10").await;
            for reviewer in &cast.reviewers {
                approve(reviewer, &number, &digest).await;
            }
            fund(&cast.treasurer).await;
            let batch = json!({ "submissions": [number], "evidence_up": true });
            cast.treasurer.post(&format!("{PILOT}/batches"), &batch).await.json(201);
            let mut paths: Vec<String> = reads("pilot").into_iter().map(|(_, path)| path).collect();
            paths.push("/api/v1/me/addresses?program=pilot".to_owned());
            paths.push("/api/v1/nothing".to_owned());
            let service = ["/", "/healthz", "/readyz", "/style.css", "/api/docs/", "/api/openapi.json", "/api/errors"];
            paths.extend(service.map(str::to_owned));

            let mut found = 0;
            for path in &paths {
                let ask = |method| api.request(method, path).bearer_auth(&cast.alice.token);
                let (status, headers, body) = answer(ask(Method::GET)).await;
                assert!(!body.is_empty(), "{path}");
                assert_eq!(answer(ask(Method::HEAD)).await, (status, headers.clone(), String::new()), "{path}");
                found += usize::from(status == 200);
                let Some(tag) = headers.get("etag") else { continue };
                let known = answer(ask(Method::HEAD).header("if-none-match", tag)).await;
                assert_eq!((known.0, known.1.get("etag")), (304, Some(tag)), "{path}");
            }

            // There is no bounty 1, no document of zeros, nothing at an unknown address; once no program was named.
            assert!(found > 25 && found + 8 > paths.len(), "{found} of {}", paths.len());
            let metrics = answer(api.request(Method::HEAD, "/metrics")).await;
            assert_eq!((metrics.0, metrics.2), (200, String::new()));
            println!("count: addresses asked by HEAD {}", paths.len() + 1);
            api.stop().await;
        });
    }

    fn nothing_follows_the_head_of_an_answer_and_405_names_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            open(&api).await;
            let path = "/api/v1/programs/pilot/periods";
            let request = format!("HEAD {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
            let mut stream = TcpStream::connect(api.url.strip_prefix("http://").unwrap()).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            assert!(text.starts_with("HTTP/1.1 200") && text.ends_with("\r\n\r\n"), "{text}");

            let allow = async |method, path: &str| {
                let (status, headers, _) = answer(api.request(method, path)).await;
                assert_eq!(status, 405, "{path}");
                headers["allow"].clone()
            };
            assert_eq!(allow(Method::PUT, path).await, "GET, HEAD, POST");
            assert_eq!(allow(Method::HEAD, "/api/v1/auth/login").await, "POST");
            assert_eq!(allow(Method::POST, "/style.css").await, "GET, HEAD");
            api.stop().await;
        });
    }
}
