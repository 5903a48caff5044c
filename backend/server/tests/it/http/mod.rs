//! The HTTP API as strangers see it: a real server on a port of its own, on a real database.

mod cast;
mod checked;
mod docs;
mod documented;
mod faults;
mod hard;
mod head;
mod limits;
mod matrix;
mod operations;
mod pages;
mod panics;
mod prepared;
mod preview;
mod problems;
mod refusals;
mod routes;
mod scenarios;
mod separations;
mod settled;
mod tags;
mod walk;
mod wallets;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, ServiceConfig};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use domain::value::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use server::app::{App, Clock, Entropy, HashCost, Keys, Passwords, SetClock, SignIn, TotpSecret};
use server::db::AnyConn;
use server::http::{self, Settings};
use tempfile::TempDir;

use crate::app::world::{NOON, pilot, time};
use crate::common::TestDb;
use crate::transaction_service::service_at::ServiceAt;

const PASSWORD: &str = "seventeen green otters";
/// Whom the server's tokens are from.
const ISSUER: &str = "http://127.0.0.1";

/// A server that runs until the test drops it.
struct Api {
    url: String,
    client: Client,
    app: App,
    clock: SetClock,
    /// Holds the key that signs access tokens.
    folder: TempDir,
    handle: ServerHandle,
    keys: AtomicU64,
    /// Where it shares batches, if it does.
    service: Option<ServiceAt>,
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
    headers: HeaderMap,
    /// What came, as it came.
    text: String,
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
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
        documented::check(&asked, status, &body["code"]);
        Self { status, replayed, content_type, etag, headers, text, body }
    }

    /// A header's text; none if it is not there.
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
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

/// Looks at how many rows there are of everything that a request can add: a refused one adds none.
struct Stock(AnyConn);

impl Stock {
    fn of(test: &TestDb) -> Self {
        Self(test.open())
    }

    fn count(&mut self) -> String {
        let tables = [
            "programs",
            "events",
            "documents",
            "entries",
            "users",
            "memberships",
            "refresh_tokens",
            "sessions",
            "second_factors",
            "recovery_codes",
            "api_tokens",
            "sign_in_links",
            "wallets",
            "notices",
            "addresses",
            "submissions",
            "revisions",
            "votes",
            "batches",
            "uploads",
        ];
        let counts = tables.map(|table| format!("'{table} ' || (SELECT count(*) FROM {table})"));
        diesel::select(sql::<Text>(&counts.join(" || ' ' || "))).get_result(&mut self.0).unwrap()
    }
}

fn more(config: &mut ServiceConfig) {
    async fn panic() -> &'static str {
        panic!("a defect of ours")
    }
    http::checked_reads(config);
    config.route("/panic", web::get().to(panic));
}

impl Api {
    fn start(test: &TestDb) -> Self {
        Self::start_with(test, |_| {})
    }

    /// A server with other settings. Callers say where they come from, unless those settings do not believe them.
    fn start_with(test: &TestDb, change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_as(test, |app| app, change)
    }

    /// A server that shares the pilot's batches with a Safe Transaction Service of its own.
    fn start_sharing(test: &TestDb) -> Self {
        let at = ServiceAt::start();
        {
            let mut service = at.service();
            service.safe.address = pilot().safe;
            service.owners = cast::owners(cast::CROWD);
        }
        let api = Self::start_as(test, |app| app.with_service(Some(at.client())), |_| {});
        Self { service: Some(at), ..api }
    }

    /// A server with other settings, over a ledger that has more about it.
    fn start_as(test: &TestDb, with: impl FnOnce(App) -> App, change: impl FnOnce(&mut Settings)) -> Self {
        let clock = SetClock::at(time(NOON));
        let app = App::start(&test.target, Clock::Set(clock.clone()), Entropy::System).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::in_folder(folder.path(), &Entropy::System).unwrap();
        let cost = HashCost { memory_kib: 64, passes: 1, lanes: 1 };
        let sign_in = SignIn::new(ISSUER, keys, Passwords::new(cost, None).unwrap());
        let app = with(app.with_sign_in(sign_in));
        let mut settings = Settings {
            body_patience: Duration::from_millis(500),
            farewell_s: 1,
            trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
            more,
            ..Settings::default()
        };
        change(&mut settings);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (server, listening) = http::server(&app, listener, &settings).unwrap();
        tokio::spawn(server);
        let url = format!("http://{}", listening.address);
        let (client, keys) = (Client::new(), AtomicU64::new(1));
        Self { url, client, app, clock, folder, handle: listening.handle, keys, service: None }
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
        self.sign_in(handle).await
    }

    /// Signs in somebody who registered, with a second factor that they have from now on: their tokens last ten
    /// minutes of the clock.
    async fn sign_in(&self, handle: &str) -> Person<'_> {
        let body = json!({ "handle": handle, "password": PASSWORD, "code": self.code_of(handle).await });
        let token = self.post("/auth/login", &body).await.json(200)["access_token"].clone();
        Person { api: self, token: token.as_str().unwrap().to_owned() }
    }

    /// A code that is good now, of a new second factor of somebody who registered.
    async fn code_of(&self, handle: &str) -> String {
        let account = self.app.find_account(handle).await.unwrap().unwrap();
        let secret = TotpSecret::draw().unwrap();
        self.app.set_second_factor(account, &secret).await.unwrap();
        secret.code_at(self.app.now().unwrap())
    }

    /// Registers somebody and signs them in by their password alone.
    async fn by_password(&self, handle: &str) -> Person<'_> {
        let body = json!({ "handle": handle, "password": PASSWORD });
        self.post("/auth/register", &body).await.json(201);
        let token = self.post("/auth/login", &body).await.json(200)["access_token"].clone();
        Person { api: self, token: token.as_str().unwrap().to_owned() }
    }

    /// So many hours later.
    fn after_hours(&self, hours: i64) {
        let now = self.app.now().unwrap();
        self.clock.set(Timestamp::from_micros(now.micros() + hours * 3_600_000_000).unwrap());
    }

    /// Posts without a token, from an address that nobody else has.
    async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::POST, &format!("/api/v1{path}")).json(body);
        Answer::of(request.header("x-forwarded-for", self.caller()).send().await.unwrap()).await
    }

    /// An address that nobody else has.
    fn caller(&self) -> String {
        let n = self.keys.fetch_add(1, Ordering::SeqCst);
        format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255)
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

    /// A request that posts with a key of its own; it is still to be sent.
    fn ask(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.api.request(Method::POST, &format!("/api/v1{path}"));
        request.bearer_auth(&self.token).header("idempotency-key", self.api.key()).json(body)
    }

    async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.ask_to_delete(path).send().await.unwrap()).await
    }

    /// A request that deletes with a key of its own; it is still to be sent.
    fn ask_to_delete(&self, path: &str) -> RequestBuilder {
        let request = self.api.request(Method::DELETE, &format!("/api/v1{path}"));
        request.bearer_auth(&self.token).header("idempotency-key", self.api.key())
    }
}
