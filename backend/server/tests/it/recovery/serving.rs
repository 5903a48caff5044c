//! The real program, serving.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// The program as it serves, and what it answers.
pub struct Serving {
    child: Child,
    url: String,
}

impl Serving {
    /// Starts it on a port of its own; `limit` is the largest file it may write, in blocks of 512 bytes.
    pub fn start(data: &Path, database: &str, limit: Option<u64>) -> Self {
        let serve = format!(
            "{}exec {} serve --listen 127.0.0.1:0",
            // A write beyond it fails, as on a disk that does; without the trap it would end the process.
            limit.map(|blocks| format!("trap '' XFSZ; ulimit -f {blocks}; ")).unwrap_or_default(),
            env!("CARGO_BIN_EXE_bounty-ledger")
        );
        let mut child = Command::new("sh")
            .args(["-c", &serve])
            .env("BOUNTY_LEDGER_DATA", data)
            .env("DATABASE_URL", database)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        let Some(url) = url else { panic!("it does not listen: {line:?} {}", Self::said(&mut child)) };
        Self { url: url.trim_end_matches('/').to_owned(), child }
    }

    fn said(child: &mut Child) -> String {
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }

    pub async fn register(&self, handle: &str) -> Result<(StatusCode, Value), reqwest::Error> {
        let body = json!({ "handle": handle, "password": "seventeen green otters" });
        let answer =
            Client::new().post(format!("{}/api/v1/auth/register", self.url)).json(&body).send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    /// Asks for something; the status, and the code where it is refused.
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        let answer = Client::new().get(format!("{}{path}", self.url)).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    /// What it says of itself: the status, and the lists of reasons and warnings as one text.
    pub async fn readiness(&self) -> (StatusCode, String) {
        let answer = Client::new().get(format!("{}/readyz", self.url)).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Waits for its end; gives the exit code and what it said.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if start.elapsed() > Duration::from_mins(3) {
                self.child.kill().unwrap();
                panic!("it did not end: {}", Self::said(&mut self.child));
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        (status.code(), Self::said(&mut self.child))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
