//! Signing up, in, on and out.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::app::world::run;
use crate::common::on_both;
use crate::http::cast::{but, open};
use crate::http::{Answer, Api, PASSWORD};

const COOKIE: &str = "__Host-bounty-ledger-refresh";

fn credentials(handle: &str, password: &str) -> Value {
    json!({ "handle": handle, "password": password })
}

/// The refresh token that an answer sets, and the cookie's attributes in the order of the alphabet.
fn cookie(answer: &Answer) -> (String, Vec<String>) {
    let cookie = answer.header("set-cookie").unwrap_or_else(|| panic!("{answer:?}"));
    let mut parts = cookie.split("; ").map(str::to_owned);
    let token = parts.next().unwrap().strip_prefix(&format!("{COOKIE}=")).unwrap().to_owned();
    let mut attributes: Vec<String> = parts.collect();
    attributes.sort();
    (token, attributes)
}

/// A call that only the refresh cookie speaks for.
fn with_cookie(api: &Api, call: &str, token: &str) -> RequestBuilder {
    api.request(Method::POST, &format!("/api/v1/auth/{call}")).header("cookie", format!("{COOKIE}={token}"))
}

async fn send(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.unwrap()).await
}

/// Registers somebody and signs them in: their refresh token.
async fn session(api: &Api, handle: &str) -> String {
    api.post("/auth/register", &credentials(handle, PASSWORD)).await.json(201);
    cookie(&api.post("/auth/login", &credentials(handle, PASSWORD)).await).0
}

on_both! {
    fn who_registers_may_sign_in(test: TestDb) {
        run(async {
            let api = Api::start(test);

            let registered = api.post("/auth/register", &credentials("alice", PASSWORD)).await.json(201);
            let login = api.post("/auth/login", &credentials("alice", PASSWORD)).await;

            assert_eq!(registered["handle"], "alice");
            let (refresh, attributes) = cookie(&login);
            assert_eq!(attributes, ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Strict", "Secure"]);
            assert_eq!(login.header("cache-control"), Some("no-store"));
            let body = login.json(200);
            assert!(!body.to_string().contains(&refresh), "scripts never see the refresh token");
            assert_eq!((&body["account"], &body["token_type"]), (&registered["account"], &json!("Bearer")));
            assert_eq!(body["expires_at"], "2026-01-05T12:10:00.000000Z");
            let me = api.request(Method::GET, "/api/v1/me").bearer_auth(body["access_token"].as_str().unwrap());
            let me = send(me).await.json(200);
            assert_eq!((&me["account"], &me["handle"], &me["programs"]), (&registered["account"], &json!("alice"), &json!([])));
            api.stop().await;
        });
    }

    fn what_is_no_handle_or_no_password_is_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            api.post("/auth/register", &credentials("alice", PASSWORD)).await.json(201);
            for (handle, password, field) in [
                ("Alice", PASSWORD, "handle"),
                ("a", PASSWORD, "handle"),
                ("bob\u{0}", PASSWORD, "handle"),
                ("bob", "too short", "password"),
                ("bob", &"a b".repeat(43), "password"),
                ("bob", "password-password", "password"),
            ] {
                let answer = api.post("/auth/register", &credentials(handle, password)).await.refused(422, "malformed");
                assert_eq!(answer.body["errors"][0]["field"], field, "{handle}: {answer:?}");
                assert!(!answer.body.to_string().contains(PASSWORD), "a password is not repeated: {answer:?}");
            }
            api.post("/auth/register", &credentials("alice", "another password of hers")).await.refused(409, "handle_taken");
            api.post("/auth/login", &credentials("alice", PASSWORD)).await.json(200);
            api.stop().await;
        });
    }

    fn a_wrong_password_and_a_handle_nobody_has_are_answered_alike(test: TestDb) {
        run(async {
            let api = Api::start(test);
            api.post("/auth/register", &credentials("alice", PASSWORD)).await.json(201);
            let mut told = Vec::new();
            for (handle, password) in [("alice", "not her password"), ("nobody", PASSWORD), ("No Handle", PASSWORD), ("alice", "")] {
                let answer = api.post("/auth/login", &credentials(handle, password)).await.refused(401, "wrong_credentials");
                assert_eq!((answer.header("www-authenticate"), answer.header("set-cookie")), (Some("Bearer"), None));
                told.push(answer.body);
            }
            assert!(told.iter().all(|body| *body == told[0]), "{told:?}");
            api.stop().await;
        });
    }

    fn a_refresh_token_is_good_once_and_a_second_use_ends_the_session(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let first = session(&api, "alice").await;
            api.clock.set("2026-01-05T12:15:00Z".parse().unwrap());

            let refreshed = send(with_cookie(&api, "refresh", &first)).await;

            let (second, attributes) = cookie(&refreshed);
            assert_eq!(attributes, ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Strict", "Secure"]);
            assert_ne!(first, second);
            let body = refreshed.json(200);
            assert_eq!(body["expires_at"], "2026-01-05T12:25:00.000000Z");
            let token = body["access_token"].as_str().unwrap();
            send(api.request(Method::GET, "/api/v1/me").bearer_auth(token)).await.json(200);
            let (third, _) = cookie(&send(with_cookie(&api, "refresh", &second)).await);
            // Somebody has a copy: nobody can say who, so all of them are out.
            send(with_cookie(&api, "refresh", &first)).await.refused(401, "session_ended");
            send(with_cookie(&api, "refresh", &third)).await.refused(401, "session_ended");
            // Another sign-in is another session.
            let other = cookie(&api.post("/auth/login", &credentials("alice", PASSWORD)).await).0;
            assert_eq!(send(with_cookie(&api, "refresh", &other)).await.status, 200);
            api.stop().await;
        });
    }

    fn without_a_refresh_token_of_ours_nothing_is_refreshed(test: TestDb) {
        run(async {
            let api = Api::start(test);
            session(&api, "alice").await;
            send(api.request(Method::POST, "/api/v1/auth/refresh")).await.refused(401, "unauthenticated");
            for token in ["", "nonsense", &"0".repeat(64), &"x".repeat(4_000), "\"quoted\"", "%00"] {
                let answer = send(with_cookie(&api, "refresh", token)).await.refused(401, "session_ended");
                assert_eq!(answer.header("set-cookie"), None);
            }
            api.stop().await;
        });
    }

    fn signing_out_ends_the_session_and_takes_the_cookie_back(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let token = session(&api, "alice").await;

            let out = send(with_cookie(&api, "logout", &token)).await;

            assert_eq!((out.status, &out.body), (204, &json!("")));
            let (gone, attributes) = cookie(&out);
            assert_eq!(gone, "");
            assert_eq!(attributes, ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Strict", "Secure"]);
            send(with_cookie(&api, "refresh", &token)).await.refused(401, "session_ended");
            // Again, or without ever having signed in: nothing is left to end.
            assert_eq!(send(with_cookie(&api, "logout", &token)).await.status, 204);
            assert_eq!(send(api.request(Method::POST, "/api/v1/auth/logout")).await.status, 204);
            api.stop().await;
        });
    }

    fn another_sites_page_can_neither_refresh_nor_sign_out(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let token = session(&api, "alice").await;
            let host = api.url.strip_prefix("http://").unwrap().to_owned();
            for (header, value) in [
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
                ("origin", "https://evil.example"),
                ("origin", "null"),
                ("origin", &format!("http://{host}.evil.example")),
                ("origin", &format!("http://evil.example/{host}")),
            ] {
                for call in ["refresh", "logout"] {
                    let answer = send(with_cookie(&api, call, &token).header(header, value)).await;
                    assert_eq!(answer.refused(403, "forbidden").header("set-cookie"), None, "{header}: {value}");
                }
            }
            // What browsers say, they say before the origin.
            let both = with_cookie(&api, "refresh", &token).header("sec-fetch-site", "cross-site").header("origin", format!("http://{host}"));
            send(both).await.refused(403, "forbidden");
            let mut token = token;
            for (header, value) in [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "none"), ("origin", &format!("http://{host}"))] {
                let answer = send(with_cookie(&api, "refresh", &token).header(header, value)).await;
                assert_eq!(answer.status, 200, "{header}: {value}: the refused calls above used nothing up");
                token = cookie(&answer).0;
            }
            api.stop().await;
        });
    }

    fn who_leads_or_pays_has_a_shorter_session(test: TestDb) {
        run(async {
            let api = Api::start(test);
            open(&api).await;
            for (handle, expected) in [("lead", "Max-Age=3600"), ("treasurer", "Max-Age=3600"), ("alice", "Max-Age=86400"), ("first-reviewer", "Max-Age=86400")] {
                let code = api.code_of(handle).await;
                let login = api.post("/auth/login", &but(credentials(handle, PASSWORD), json!({ "code": code }))).await;
                let (_, attributes) = cookie(&login);
                assert!(attributes.contains(&expected.to_owned()), "{handle}: {attributes:?}");
            }
            api.stop().await;
        });
    }

    fn an_access_token_ends_after_ten_minutes(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let alice = api.person("alice").await;
            api.clock.set("2026-01-05T12:10:29Z".parse().unwrap());
            alice.get("/me").await.json(200);
            api.clock.set("2026-01-05T12:10:30Z".parse().unwrap());
            let answer = alice.get("/me").await.refused(401, "invalid_token");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
            assert!(answer.body["detail"].as_str().unwrap().contains("expired"), "{answer:?}");
            api.stop().await;
        });
    }

    fn what_is_no_bearer_token_is_said_to_be_missing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let alice = api.person("alice").await;
            let ask = |header: String| send(api.request(Method::GET, "/api/v1/me").header("authorization", header));
            for header in [alice.token.clone(), "Bearer".to_owned(), format!("Basic {}", alice.token), format!("Token {}", alice.token)] {
                ask(header).await.refused(401, "unauthenticated");
            }
            for header in ["Bearer ".to_owned(), format!("Bearer {0} {0}", alice.token), format!("Bearer {}", "x".repeat(5_000))] {
                assert_eq!(ask(header).await.status, 401);
            }
            // The scheme's name is the same in any case (RFC 9110).
            ask(format!("bEaReR {}", alice.token)).await.json(200);
            api.stop().await;
        });
    }
}
