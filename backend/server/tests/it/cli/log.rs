//! What a server writes into its log about requests, and what it never writes.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use domain::value::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};
use server::app::{Clock, TotpSecret};

use super::{PILOT, ok, program};

const PASSWORD: &str = "seventeen green otters";
const NUMBER: u64 = 918_273_645_546_372;

#[test]
fn each_request_leaves_one_line_of_json_without_any_secret() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["program", "open", PILOT]);
    let mut server = program(folder.path())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("BOUNTY_LEDGER_LOG", "json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let url = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap().trim_end_matches('/');

    let (asked, secrets) = tokio::runtime::Runtime::new().unwrap().block_on(ask(url));
    server.kill().unwrap();
    let mut text = String::new();
    server.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    server.wait().unwrap();

    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (id, level, method, route, status, operation, code) in &asked {
        let mut of_it = lines.iter().filter(|line| line["span"]["request.id"] == **id);
        let line = of_it.next().unwrap_or_else(|| panic!("{route} left no line: {text}"));
        assert_eq!(of_it.next(), None, "{route}");
        assert_eq!((&line["level"], &line["http.status"]), (&json!(level), &json!(status)), "{line}");
        assert_eq!(
            (&line["span"]["http.method"], &line["span"]["http.route"]),
            (&json!(method), &json!(route))
        );
        assert_eq!((&line["operation"], &line["code"]), (&json!(operation), &json!(code)), "{line}");
        assert!(line["latency_us"].as_u64().is_some_and(|us| us > 0), "{line}");
    }
    for secret in &secrets {
        assert!(secret.len() > 8 && !text.contains(secret), "{secret} is in the log");
    }
    println!("count: requests looked up in the log {}", asked.len());
}

/// Request id, level, method, route, status, operation and code.
type Line =
    (String, &'static str, &'static str, &'static str, u16, Option<&'static str>, Option<&'static str>);

fn in_an_hour() -> String {
    let now = Clock::System.now().unwrap();
    Timestamp::from_micros(now.micros() + 3_600_000_000).unwrap().to_string()
}

/// Asks for this and that; gives the lines that must be in the log, and what must not be.
async fn ask(url: &str) -> (Vec<Line>, Vec<String>) {
    const AUTH: [&str; 2] = ["/api/v1/auth/register", "/api/v1/auth/login"];
    let api = format!("{url}/api/v1");
    let client = Client::new();
    let post = |path: &str, body: &Value| client.post(format!("{api}{path}")).json(body).send();
    let login = |password: &str| json!({ "handle": "somebody-new", "password": password });
    let mut asked: Vec<Line> = Vec::new();
    let mut note = |response: &reqwest::Response, level, method, route, operation, code| {
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        asked.push((id, level, method, route, response.status().as_u16(), operation, code));
    };

    let registered = post("/auth/register", &login(PASSWORD)).await.unwrap();
    note(&registered, "INFO", "POST", AUTH[0], Some("register"), None);
    let wrong = post("/auth/login", &login("a guess of mine that is wrong")).await.unwrap();
    note(&wrong, "WARN", "POST", AUTH[1], Some("login"), Some("wrong_credentials"));
    let number = json!({ "handle": "somebody-new", "password": NUMBER });
    let malformed = post("/auth/login", &number).await.unwrap();
    note(&malformed, "INFO", "POST", AUTH[1], Some("login"), Some("malformed"));
    let right = post("/auth/login", &login(PASSWORD)).await.unwrap();
    note(&right, "INFO", "POST", AUTH[1], Some("login"), None);
    let cookie = right.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let token = right.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();

    let refresh = client.post(format!("{api}/auth/refresh")).header("cookie", &cookie).send().await.unwrap();
    note(&refresh, "INFO", "POST", "/api/v1/auth/refresh", Some("refresh"), None);
    let get = |path: &str, token: &str| client.get(format!("{api}{path}")).bearer_auth(token).send();
    let me = get("/me", &token).await.unwrap();
    note(&me, "INFO", "GET", "/api/v1/me", Some("get_me"), None);
    let forged = get("/me", &format!("{token}x")).await.unwrap();
    note(&forged, "WARN", "GET", "/api/v1/me", Some("get_me"), Some("invalid_token"));
    let periods = client.post(format!("{api}/programs/degen-pilot/periods")).bearer_auth(&token);
    let forbidden = periods.json(&json!({ "cap": "a body of mine" })).send().await.unwrap();
    let route = "/api/v1/programs/{slug}/periods";
    note(&forbidden, "WARN", "POST", route, Some("open_period"), Some("forbidden"));
    let missing = get("/programs/degen-pilot/bounties/77123456", &token).await.unwrap();
    let route = "/api/v1/programs/{slug}/bounties/{bounty}";
    note(&missing, "INFO", "GET", route, Some("get_bounty"), Some("no_such_bounty"));
    let nowhere = get("/nowhere?access_token=slipped-into-the-address", &token).await.unwrap();
    note(&nowhere, "INFO", "GET", "unmatched", None, Some("no_such_path"));
    let head = client.head(format!("{api}/programs")).send().await.unwrap();
    note(&head, "INFO", "HEAD", "/api/v1/programs", Some("list_programs"), None);

    let begun = client.post(format!("{api}/me/second-factor")).bearer_auth(&token).send().await.unwrap();
    note(&begun, "INFO", "POST", "/api/v1/me/second-factor", Some("begin_second_factor"), None);
    let begun: Value = begun.json().await.unwrap();
    let shared = begun["secret"].as_str().unwrap().to_owned();
    let code = TotpSecret::read(&shared).unwrap().code_at(Clock::System.now().unwrap());
    let confirm = client.post(format!("{api}/me/second-factor/confirm")).bearer_auth(&token);
    let confirmed = confirm.json(&json!({ "code": code })).send().await.unwrap();
    let route = "/api/v1/me/second-factor/confirm";
    note(&confirmed, "INFO", "POST", route, Some("confirm_second_factor"), None);
    let confirmed: Value = confirmed.json().await.unwrap();
    let without = post("/auth/login", &login(PASSWORD)).await.unwrap();
    note(&without, "WARN", "POST", AUTH[1], Some("login"), Some("second_factor_needed"));
    let guess = json!({ "handle": "somebody-new", "password": PASSWORD, "code": "guess-of-a-code" });
    let guessed = post("/auth/login", &guess).await.unwrap();
    note(&guessed, "WARN", "POST", AUTH[1], Some("login"), Some("wrong_code"));
    let new = json!({ "name": "my-script", "scopes": ["read"], "expires_at": in_an_hour() });
    let made = client.post(format!("{api}/me/tokens")).bearer_auth(&token).json(&new).send().await.unwrap();
    note(&made, "INFO", "POST", "/api/v1/me/tokens", Some("make_token"), None);
    let made: Value = made.json().await.unwrap();
    let script = made["secret"].as_str().unwrap().to_owned();
    let me = get("/me", &script).await.unwrap();
    note(&me, "INFO", "GET", "/api/v1/me", Some("get_me"), None);

    let mut secrets = vec![PASSWORD.to_owned(), NUMBER.to_string(), token, shared, script];
    secrets.push("guess-of-a-code".to_owned());
    let codes = confirmed["recovery_codes"].as_array().unwrap().iter();
    secrets.extend(codes.map(|code| code.as_str().unwrap().to_owned()));
    secrets.extend(cookie.split('=').map(str::to_owned));
    secrets.extend(
        ["a guess of mine", "somebody-new", "a body of mine", "slipped-into-the-address"].map(str::to_owned),
    );
    (asked, secrets)
}
