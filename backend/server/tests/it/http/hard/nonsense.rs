//! What is no request at all, and what two readers would read differently.

use std::io::{Read, Write};

use super::{Raw, connect, parse};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, open};

/// Sends these bytes and no more, and reads what comes.
async fn send(api: &Api, bytes: Vec<u8>) -> Option<Raw> {
    let mut stream = connect(api);
    let read = tokio::task::spawn_blocking(move || {
        // The server may close before it has read everything.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok().filter(|_| !bytes.is_empty()).map(|_| parse(&bytes))
    });
    read.await.unwrap()
}

on_both! {
    fn what_is_no_request_is_answered_with_nothing_but_a_status(test: TestDb) {
        run(async {
            let api = Api::start(test);
            for text in [
                "NONSENSE\r\n\r\n",
                "GET /api/v1/programs HTTP/9.9\r\nhost: x\r\n\r\n",
                "GET /{} HTTP/1.1 more\r\nhost: x\r\n\r\n",
                "GET /\u{7f}\u{1} HTTP/1.1\r\nhost: x\r\n\r\n",
                "GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
                "GET / HTTP/1.1\r\nhost: x\r\nspace : 1\r\n\r\n",
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 2x\r\n\r\n{}",
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n{}",
                // Two lengths, or a length and chunks: whoever stands in front may have read another body.
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
                "POST /api/v1/auth/login HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            ] {
                let shown: String = text.chars().take(120).collect();
                let answer = send(&api, text.as_bytes().to_vec()).await.unwrap_or_else(|| panic!("{shown:?} got no answer"));
                assert!([400, 413, 414, 431, 501, 505].contains(&answer.status), "{shown:?}: {answer:?}");
                assert!(answer.body.is_empty(), "{shown:?}: {answer:?}");
            }
            let long = "x".repeat(300_000);
            for text in [format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"), format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {long}\r\n\r\n")] {
                // It closes before all of it has come, so that the answer may be lost.
                let answer = send(&api, text.into_bytes()).await;
                assert!(answer.is_none_or(|answer| [400, 414, 431].contains(&answer.status)));
            }
            assert_eq!(api.request(reqwest::Method::GET, "/healthz").send().await.unwrap().status(), 200);
            api.stop().await;
        });
    }

    fn a_body_that_ends_too_early_does_nothing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let body = serde_json::json!({ "period": 1, "allotments": { "operations": "26" } }).to_string();
            let head = format!(
                "POST /api/v1{PILOT}/allotments HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nidempotency-key: k\r\n\
                 content-type: application/json\r\nconnection: close\r\n", people.lead.token);
            let short = format!("{head}content-length: {}\r\n\r\n{body}", body.len() + 1);
            let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len());
            for text in [&short, &chunked] {
                // Whether the caller is still told or not: what is not all there is not done.
                send(&api, text.clone().into_bytes()).await;
                assert_eq!(api.get(PILOT).await.json(200)["journal"]["size"], 3);
            }
            let whole = send(&api, format!("{chunked}0\r\n\r\n").into_bytes()).await.unwrap();
            assert_eq!(whole.status, 200, "{whole:?}");
            assert_eq!(api.get(PILOT).await.json(200)["journal"]["size"], 4);
            api.stop().await;
        });
    }
}
