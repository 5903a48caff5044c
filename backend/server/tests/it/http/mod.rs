//! The HTTP API as strangers see it: a real server on a port of its own, on a real database.

mod docs;
mod documented;
mod head;
mod identities;
mod limits;
mod pages;
mod panics;
mod preview;
mod problems;
mod tags;
mod walk;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, ServiceConfig};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use server::app::{AccessKeys, App, Clock, Entropy, HashCost, Passwords, SetClock, SignIn};
use server::http::{self, Settings};

use crate::app::world::{NOON, time};
use crate::common::TestDb;

const PASSWORD: &str = "seventeen green otters";

/// A server that runs until the test drops it.
struct Api {
    url: String,
    client: Client,
    app: App,
    handle: ServerHandle,
    keys: AtomicU64,
}

/// Somebody who signed in.
struct Person<'a> {
    api: &'a Api,
    token: String,
}

/// An answer: status, headers that matter, JSON.
#[derive(Debug)]
struct Answer {
    status: u16,
    replayed: bool,
    content_type: String,
    etag: Option<String>,
    body: Value,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let (etag, content_type) = (header("etag"), header("content-type").unwrap_or_default());
        let replayed = header("idempotent-replayed").as_deref() == Some("true");
        let status = response.status().as_u16();
        let asked = response.url().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        documented::check(&asked, status, &body["code"]);
        Self { status, replayed, content_type, etag, body }
    }

    /// The answer, which must be a problem with this status and code.
    #[track_caller]
    fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{self:?}");
        assert_eq!(self.content_type, "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert!(self.body["detail"].is_string() && self.body["title"].is_string());
        self
    }

    /// The JSON of an answer that must have this status.
    #[track_caller]
    fn json(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.body
    }
}

fn panics(config: &mut ServiceConfig) {
    async fn panic() -> &'static str {
        panic!("a defect of ours")
    }
    config.route("/panic", web::get().to(panic));
}

impl Api {
    fn start(test: &TestDb) -> Self {
        let clock = Clock::Set(SetClock::at(time(NOON)));
        let app = App::start(&test.target, clock, Entropy::System).unwrap();
        let keys = AccessKeys::for_this_process(&Entropy::System).unwrap();
        let cost = HashCost { memory_kib: 64, passes: 1, lanes: 1 };
        let sign_in = SignIn::new("http://127.0.0.1", keys, Passwords::new(cost, None).unwrap());
        let app = app.with_sign_in(sign_in);
        let settings = Settings {
            body_patience: Duration::from_millis(500),
            farewell_s: 1,
            more: panics,
            ..Settings::default()
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (server, listening) = http::server(&app, listener, &settings).unwrap();
        tokio::spawn(server);
        let url = format!("http://{}", listening.address);
        Self { url, client: Client::new(), app, handle: listening.handle, keys: AtomicU64::new(1) }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = format!("{}{path}", self.url);
        documented::asked(&method, &address);
        self.client.request(method, address)
    }

    async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, &format!("/api/v1{path}")).send().await.unwrap()).await
    }

    /// Registers somebody and signs them in.
    async fn person(&self, handle: &str) -> Person<'_> {
        let body = json!({ "handle": handle, "password": PASSWORD });
        self.post("/auth/register", &body).await.json(201);
        let token = self.post("/auth/login", &body).await.json(200)["access_token"].clone();
        Person { api: self, token: token.as_str().unwrap().to_owned() }
    }

    /// Posts without a token.
    async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, &format!("/api/v1{path}")).json(body);
        Answer::of(request.send().await.unwrap()).await
    }

    fn key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::SeqCst))
    }

    async fn stop(self) {
        self.handle.stop(true).await;
        self.app.drain().await;
    }
}

impl Person<'_> {
    async fn get(&self, path: &str) -> Answer {
        let request = self.api.request(Method::GET, &format!("/api/v1{path}")).bearer_auth(&self.token);
        Answer::of(request.send().await.unwrap()).await
    }

    /// Posts with a key of its own.
    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, body, &self.api.key()).await
    }

    async fn post_with(&self, path: &str, body: &Value, key: &str) -> Answer {
        let request = self.api.request(Method::POST, &format!("/api/v1{path}"));
        let request = request.bearer_auth(&self.token).header("idempotency-key", key).json(body);
        Answer::of(request.send().await.unwrap()).await
    }

    async fn delete(&self, path: &str) -> Answer {
        let request = self.api.request(Method::DELETE, &format!("/api/v1{path}"));
        let request = request.bearer_auth(&self.token).header("idempotency-key", self.api.key());
        Answer::of(request.send().await.unwrap()).await
    }
}
