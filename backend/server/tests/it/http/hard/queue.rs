//! More writes than can wait: who comes then is sent away, and nobody who waits is forgotten.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use server::app::{App, Error};
use tokio::task::JoinHandle;

use crate::app::world::{Held, run};
use crate::common::{TestDb, on_both};
use crate::http::cast::{PILOT, but, february, open};
use crate::http::{Answer, Api, PASSWORD};

/// A writer that is held up, and so many who wait for it that nobody else may.
pub struct Flood {
    held: Held,
    first: JoinHandle<Answer>,
    waiting: Vec<JoinHandle<Result<(), Error>>>,
}

impl Flood {
    /// Holds the database, lets one request wait for it, and fills the queue behind that.
    pub async fn begin(test: &TestDb, app: &App, write: RequestBuilder) -> Self {
        let held = Held::take(test);
        let first = tokio::spawn(async move { Answer::of(write.send().await.unwrap()).await });
        held_up(app).await;
        let mut waiting: Vec<JoinHandle<Result<(), Error>>> = Vec::new();
        let start = Instant::now();
        // Signing out asks the writer and nobody else.
        while !waiting.iter().any(JoinHandle::is_finished) {
            assert!(start.elapsed() < Duration::from_secs(8), "the queue takes more than {}", waiting.len());
            for _ in 0..100 {
                let app = app.clone();
                waiting.push(tokio::spawn(async move { app.logout("nobody's").await }));
            }
            tokio::task::yield_now().await;
        }
        Self { held, first, waiting }
    }

    /// Lets go, and waits for everybody: the answer to the first request, and how many were written and sent away.
    pub async fn end(self) -> (Answer, usize, usize) {
        self.held.release();
        let first = self.first.await.unwrap();
        let (mut written, mut sent_away) = (0, 0);
        for waiting in self.waiting {
            match waiting.await.unwrap() {
                Ok(()) => written += 1,
                Err(Error::Busy { .. }) => sent_away += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        (first, written, sent_away)
    }
}

/// Waits until the writer waits for the database: it then does nothing else.
async fn held_up(app: &App) {
    let start = Instant::now();
    let mut times = 0;
    while times < 2 {
        assert!(start.elapsed() < Duration::from_secs(5), "the writer never waited");
        let idle = tokio::time::timeout(Duration::from_millis(150), app.drain()).await;
        times = if idle.is_err() { times + 1 } else { 0 };
    }
}

on_both! {
    fn a_full_queue_sends_writers_away_and_serves_readers(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let size = api.get(PILOT).await.json(200)["journal"]["size"].as_u64().unwrap();
            let code = api.code_of("alice").await;
            let flood = Flood::begin(test, &api.app, people.lead.ask(&format!("{PILOT}/periods"), &february())).await;

            let credentials = |handle: &str| json!({ "handle": handle, "password": PASSWORD });
            let new = json!({ "period": 1, "allotments": { "operations": "26" } });
            let refresh = api.request(Method::POST, "/api/v1/auth/logout").header("cookie", "__Host-bounty-ledger-refresh=x");
            for answer in [
                people.lead.post(&format!("{PILOT}/allotments"), &new).await,
                people.alice.post("/me/addresses", &json!({ "program": "pilot", "address": crate::app::world::address(5) })).await,
                api.post("/auth/register", &credentials("late")).await,
                api.post("/auth/login", &but(credentials("alice"), json!({ "code": code }))).await,
                Answer::of(refresh.send().await.unwrap()).await,
            ] {
                let answer = answer.refused(503, "busy");
                assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
            }
            api.get(PILOT).await.json(200);
            api.get(&format!("{PILOT}/submissions")).await.json(200);
            people.lead.get("/me").await.json(200);
            let healthy = api.request(Method::GET, "/healthz").send().await.unwrap();
            assert_eq!(healthy.status(), 200);
            let (first, written, sent_away) = flood.end().await;

            assert_eq!(first.json(201)["seq"], size);
            // 1,024 may wait; some of them only asked whether it moves.
            assert!(written >= 1_000 && sent_away >= 1, "{written} written, {sent_away} sent away");
            // Whoever was sent away comes back, and what was refused was not done.
            assert_eq!(people.lead.post(&format!("{PILOT}/allotments"), &new).await.json(200)["seq"], size + 1);
            api.post("/auth/register", &credentials("late")).await.json(201);
            println!("count: callers at a full queue over HTTP {}", written + sent_away);
            api.stop().await;
        });
    }

    fn a_writer_that_is_held_up_makes_the_server_not_ready(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let held = Held::take(test);
            let write = people.lead.ask(&format!("{PILOT}/periods"), &february());
            let write = tokio::spawn(async move { Answer::of(write.send().await.unwrap()).await });
            held_up(&api.app).await;

            let start = Instant::now();
            let ready = api.request(Method::GET, "/readyz").send().await.unwrap();

            let body = Answer::of(ready).await.json(503);
            assert!(body["reasons"].to_string().contains("takes more than 3 s"), "{body}");
            assert!(start.elapsed() < Duration::from_secs(5));
            held.release();
            write.await.unwrap().json(201);
            let ready = api.request(Method::GET, "/readyz").send().await.unwrap();
            assert_eq!(Answer::of(ready).await.json(200)["reasons"], json!([]));
            api.stop().await;
        });
    }
}
