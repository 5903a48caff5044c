//! The program as a server: told to stop, started twice, and serving the demo.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use server::app::{Clock, TotpSecret};

use super::{PILOT, ok, program};
use crate::app::world::{Held, pilot, run as block_on, time};
use crate::common::{TestDb, on_both};

const PASSWORD: &str = "grumpy otters juggle plums";

/// A server in a process of its own, on a port that was free.
pub struct Served {
    child: Child,
    url: String,
    client: Client,
}

impl Served {
    /// Starts the program; what it prints before it listens comes along.
    pub fn start(command: &mut Command) -> (Self, String) {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let url = loop {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended: {said}");
            if let Some(rest) = line.strip_prefix("Bounty Ledger listens at ") {
                break rest.split('/').take(3).collect::<Vec<_>>().join("/");
            }
            said.push_str(&line);
        };
        // What else it says must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        (Self { child, url, client: Client::new() }, said)
    }

    fn place(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.request(Method::POST, path).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    pub async fn get(&self, path: &str) -> Value {
        self.request(Method::GET, path).send().await.unwrap().json().await.unwrap()
    }

    async fn sign_in(&self, handle: &str, password: &str) -> String {
        self.sign_in_with(&json!({ "handle": handle, "password": password })).await
    }

    /// Sets a second factor up, so that leads may write.
    async fn set_second_factor(&self, token: &str) {
        let post = |path: &str| self.request(Method::POST, path).bearer_auth(token);
        let begun: Value = post("/api/v1/me/second-factor").send().await.unwrap().json().await.unwrap();
        let secret = TotpSecret::read(begun["secret"].as_str().unwrap()).unwrap();
        let code = json!({ "code": secret.code_at(Clock::System.now().unwrap()) });
        let confirmed = post("/api/v1/me/second-factor/confirm").json(&code).send().await.unwrap();
        assert_eq!(confirmed.status(), 200);
    }

    async fn sign_in_with(&self, shown: &Value) -> String {
        let (status, body) = self.post("/api/v1/auth/login", shown).await;
        let handle = &shown["handle"];
        assert_eq!(status, 200, "{handle}: {body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Waits until its writer waits for the database: whether it is ready takes it long to say.
    async fn is_held_up(&self) {
        let (start, mut times) = (Instant::now(), 0);
        while times < 2 {
            assert!(start.elapsed() < Duration::from_secs(5), "the writer never waited");
            let ready = self.request(Method::GET, "/readyz").timeout(Duration::from_millis(300)).send().await;
            times = if ready.is_err() { times + 1 } else { 0 };
        }
    }

    /// Asks it to stop, as a service manager does.
    fn tell_to_stop(&self) {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Asks all of its process group to stop, as a terminal does at Ctrl-C; it must have one of its own.
    pub fn press_ctrl_c(&self) {
        let kill = format!("kill -s INT -- -{}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub fn ended(&mut self, patience: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < patience, "it still runs after {patience:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command says that must not start a server: its exit status, and its complaint.
fn refused(data: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let child = program(data).args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut process = Served { child, url: String::new(), client: Client::new() };
    let status = process.ended(Duration::from_secs(10));
    let mut said = String::new();
    process.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (status.code(), said)
}

/// `serve` is what it does if nothing is said; the settings come from the environment.
fn serve(data: &Path, test: &TestDb) -> Command {
    let mut command = program(data);
    command.env("DATABASE_URL", test.url()).env("BOUNTY_LEDGER_LISTEN", "127.0.0.1:0");
    command
}

/// Opens the pilot over HTTP; gives the lead's token.
async fn open(served: &Served) -> String {
    let lead = json!({ "handle": "lead", "password": PASSWORD });
    assert_eq!(served.post("/api/v1/auth/register", &lead).await.0, 201);
    let token = served.sign_in("lead", PASSWORD).await;
    let open = served
        .request(Method::POST, "/api/v1/programs")
        .bearer_auth(&token)
        .header("idempotency-key", "open");
    assert_eq!(open.json(&pilot()).send().await.unwrap().status(), 201);
    served.set_second_factor(&token).await;
    token
}

on_both! {
    fn a_server_told_to_stop_finishes_what_it_began(test: TestDb) {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (mut served, _) = Served::start(&mut serve(folder.path(), test));
            let token = open(&served).await;
            // Somebody who keeps a connection and asks for nothing more does not hold it up.
            let idle = TcpStream::connect(served.place()).unwrap();

            let held = Held::take(test);
            let mut begun = TcpStream::connect(served.place()).unwrap();
            let body = json!({ "period": 1, "allotments": { "operations": "31" } }).to_string();
            let request = format!(
                "POST /api/v1/programs/pilot/allotments HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
                 idempotency-key: last\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
            begun.write_all(format!("{request}{body}").as_bytes()).unwrap();
            served.is_held_up().await;
            served.tell_to_stop();
            let start = Instant::now();
            while TcpStream::connect(served.place()).is_ok() {
                assert!(start.elapsed() < Duration::from_secs(5), "it still takes connections");
                std::thread::sleep(Duration::from_millis(20));
            }
            assert!(served.is_running(), "somebody still waits for an answer");
            held.release();

            let mut answer = String::new();
            begun.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let mut buffer = [0; 64];
            let read = begun.read(&mut buffer).unwrap();
            answer.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            let (status, took) = (served.ended(Duration::from_secs(15)), start.elapsed());
            assert_eq!(status.code(), Some(0));
            assert!(took < Duration::from_secs(10), "it took {took:?}");
            drop(idle);

            // Where it was before: an address of its own makes it another issuer of tokens.
            let (again, _) = Served::start(serve(folder.path(), test).env("BOUNTY_LEDGER_LISTEN", served.place()));
            let budget = again.get("/api/v1/programs/pilot/budget").await;
            assert_eq!(budget["lines"][3]["allotment"], "31", "what was answered is there: {budget}");
            // The key that signs tokens is still the same.
            let me = again.request(Method::GET, "/api/v1/me").bearer_auth(&token).send().await.unwrap();
            assert_eq!(me.status(), 200);
        });
    }
}

#[test]
fn a_folder_has_one_server_at_a_time_and_many_readers() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["program", "open", PILOT]);
    let (mut served, _) = Served::start(program(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]));

    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &[][..], &["program", "open", PILOT]] {
        let (status, said) = refused(folder.path(), arguments);
        assert_eq!(status, Some(2), "{arguments:?}");
        assert!(said.contains("is in use by another bounty-ledger process"), "{said}");
    }
    ok(folder.path(), &["export", "ledger", "--format", "csv"]);
    ok(folder.path(), &["rebuild"]);
    let place = served.place().to_owned();
    let other = tempfile::tempdir().unwrap();
    let (status, said) = refused(other.path(), &["serve", "--listen", &place]);
    assert_eq!(status, Some(2));
    assert!(said.contains("Name another address with --listen"), "{said}");
    served.tell_to_stop();
    assert_eq!(served.ended(Duration::from_secs(10)).code(), Some(0));
    ok(folder.path(), &["rebuild"]);
}

#[test]
fn tokens_name_the_address_that_is_really_listened_at() {
    for (public, listen) in [(None, "127.0.0.1:0"), (Some("https://bounties.example.org"), "127.0.0.1:0")] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program(folder.path());
        command.args(["serve", "--listen", listen]).envs(public.map(|url| ("BOUNTY_LEDGER_PUBLIC_URL", url)));
        let (served, _) = Served::start(&mut command);
        block_on(async {
            let ada = json!({ "handle": "ada", "password": PASSWORD });
            assert_eq!(served.post("/api/v1/auth/register", &ada).await.0, 201);
            let token = served.sign_in("ada", PASSWORD).await;
            let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims;
            let url = public.unwrap_or(&served.url);
            assert_eq!((&claims["iss"], &claims["aud"]), (&json!(url), &json!(format!("{url}/api/v1"))));
        });
    }
}

#[test]
fn a_demo_that_cannot_listen_plays_nothing() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("demo");
    for (listen, expected) in [
        (address.as_str(), "Name another address with --listen"),
        ("0.0.0.0:0", "loopback"),
        ("8080", "invalid value"),
    ] {
        let (status, said) = refused(&folder, &["demo", "--listen", listen]);
        assert_eq!(status, Some(2), "{listen}");
        assert!(said.contains(expected), "{listen}: {said}");
        assert!(!folder.exists(), "{listen}: something was made");
    }
}

#[test]
fn a_demo_lives_in_the_present_or_where_it_was_told_to() {
    for now in [None, Some("2027-03-01T12:00:00Z")] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = program(folder.path());
        command.args(["demo", "--listen", "127.0.0.1:0"]).args(now.map(|now| format!("--now={now}")));
        let before = Clock::System.now().unwrap();
        let (served, _) = Served::start(&mut command);
        block_on(async {
            let ada = json!({ "handle": "ada", "password": PASSWORD });
            assert_eq!(served.post("/api/v1/auth/register", &ada).await.0, 201);
            let asked = Clock::System.now().unwrap();
            let token = served.sign_in("ada", PASSWORD).await;
            let claims = jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims;
            let said = claims["iat"].as_i64().unwrap() * 1_000_000;
            // Tokens tell whole seconds.
            let (asked, took) = (asked.micros() - 1_000_000, asked.micros() - before.micros());
            let (from, until) = match now {
                None => (asked, asked + 5_000_000),
                Some(now) => (time(now).micros() - 1_000_000, time(now).micros() + took),
            };
            assert!((from..=until).contains(&said), "{now:?}: {said} is not in {from}..={until}");
        });
    }
}

#[test]
fn a_member_of_the_demo_with_each_role_signs_in_as_who_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (status, said) = refused(folder.path(), &["demo", "--listen", "0.0.0.0:0"]);
    assert_eq!(status, Some(2));
    assert!(said.contains("loopback"), "{said}");

    let (mut served, said) = Served::start(program(folder.path()).args(["demo", "--listen", "127.0.0.1:0"]));

    assert!(said.starts_with("DEMO") && said.contains("sign-ins.txt"), "{said}");
    let sign_ins = fs::read_to_string(folder.path().join("sign-ins.txt")).unwrap();
    block_on(async {
        let front = served.request(Method::GET, "/").send().await.unwrap().text().await.unwrap();
        assert!(front.contains("Nothing here is real"), "{front}");
        let opened = served.get("/api/v1/programs/degen-pilot").await;
        assert_eq!(opened["demo"], true);
        for (handle, role, expected) in [
            ("lead", "lead", "empty_list"),
            ("reviewer-two", "reviewer", "already_decided"),
            ("treasurer", "treasurer", "zero_amount"),
            ("auditor", "auditor", "role_needed"),
            ("space-co-host", "contributor", "no_such_period"),
        ] {
            let line = sign_ins.lines().find_map(|line| line.strip_prefix(&format!("{handle} ")));
            let mut parts = line.unwrap().split(' ');
            let mut shown = json!({ "handle": handle, "password": parts.next().unwrap() });
            let factor = parts.next().map(|uri| TotpSecret::read(uri).unwrap());
            assert_eq!(factor.is_some(), ["lead", "treasurer"].contains(&handle), "{handle}");
            if let Some(factor) = factor {
                shown["code"] = json!(factor.code_at(Clock::System.now().unwrap()));
            }
            let token = served.sign_in_with(&shown).await;
            let me = served.request(Method::GET, "/api/v1/me").bearer_auth(&token).send().await.unwrap();
            let me: Value = me.json().await.unwrap();
            let held =
                json!({ "program": "degen-pilot", "member": me["programs"][0]["member"], "roles": [role] });
            assert_eq!((&me["handle"], &me["programs"]), (&json!(handle), &json!([held])));
            assert_eq!(told(&served, &token, role).await, expected, "{handle}");
        }
    });
    served.tell_to_stop();
    assert_eq!(served.ended(Duration::from_secs(10)).code(), Some(0));
}

/// Asks for something that is refused whoever asks: with the role for its own sake, without it for the role's.
async fn told(served: &Served, token: &str, role: &str) -> String {
    let zeros = "0".repeat(64);
    let (path, body) = match role {
        "lead" => ("allotments", json!({ "period": 1, "allotments": {} })),
        "treasurer" => ("funding", json!({ "amount": "0", "tx_hash": zeros, "log_index": 0 })),
        "reviewer" => {
            let vote = json!({ "choice": "approve", "revision": zeros, "ordinal": 1, "reason": "Late." });
            ("submissions/1/votes", vote)
        }
        _ => {
            let payee = format!("0x{}", "1".repeat(40));
            let claim = json!({
                "kind": "expense", "period": 9, "category": "operations", "function": "host", "channel": "x", "title": "t",
                "summary": "s", "evidence": [], "promoted": false, "amount": "1", "payee": payee,
            });
            ("submissions", claim)
        }
    };
    let request = served.request(Method::POST, &format!("/api/v1/programs/degen-pilot/{path}"));
    let answer =
        request.bearer_auth(token).header("idempotency-key", "try").json(&body).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned()
}
