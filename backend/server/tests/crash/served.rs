//! The program as a process of its own, and where its ledger lies.

use std::fs::{self, File};
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use server::db::Target;
use tempfile::TempDir;

use crate::common::TestDb;
use crate::rng::Rng;

/// Longer than anything takes, also on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whether many more rounds are wanted.
pub fn is_long() -> bool {
    std::env::var_os("BOUNTY_LEDGER_TEST_LONG").is_some()
}

/// Chance that is another one in every run: what a crash meets is decided by the machine anyway.
pub fn fresh() -> Rng {
    Rng::new(getrandom::u64().unwrap())
}

/// Runs a test's futures on several threads.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap().block_on(work)
}

/// Where a ledger lies: its database, and the folder of its keys.
pub struct Home {
    data: TempDir,
    pub url: String,
    pub target: Target,
}

impl Home {
    pub fn of(test: &TestDb) -> Self {
        Self::at(test.url())
    }

    pub fn at(url: String) -> Self {
        Self { data: tempfile::tempdir().unwrap(), target: url.parse().unwrap(), url }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// The program on this ledger.
    pub fn command(&self, program: &[&str]) -> Command {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).env("BOUNTY_LEDGER_DATA", self.data.path());
        command.env("DATABASE_URL", &self.url).env("RUST_LOG", "warn");
        // Each start takes another port; tokens are for the same service.
        command.env("BOUNTY_LEDGER_PUBLIC_URL", "http://localhost");
        command
    }

    /// The program as it serves.
    pub fn serve(&self) -> Command {
        self.command(&[env!("CARGO_BIN_EXE_bounty-ledger"), "serve", "--listen", "127.0.0.1:0"])
    }

    /// Runs a command of the program that must succeed.
    pub fn ok(&self, arguments: &[&str]) {
        let program = [&[env!("CARGO_BIN_EXE_bounty-ledger")], arguments].concat();
        let Output { status, stdout, stderr } = self.command(&program).output().unwrap();
        let said = String::from_utf8_lossy(&stdout) + String::from_utf8_lossy(&stderr);
        assert_eq!(status.code(), Some(0), "{arguments:?}: {said}");
    }

    /// What servers said on their standard error.
    pub fn said(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.path("said.log")
    }

    fn log_file(&self) -> File {
        File::options().create(true).append(true).open(self.log()).unwrap()
    }
}

/// A server that runs until it is ended or dropped.
pub struct Served {
    child: Child,
    pub url: String,
    /// What it says on its standard error, and servers before it said.
    pub log: PathBuf,
}

impl Served {
    /// Starts it and waits until it listens.
    pub fn start(home: &Home, command: &mut Command) -> Self {
        let mut served = Self::begin(home, command);
        let mut line = String::new();
        BufReader::new(served.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://"));
        let Some(url) = url else { panic!("it does not listen: {line:?} {}", home.said()) };
        url.trim_end_matches('/').clone_into(&mut served.url);
        served
    }

    /// Starts it and waits for nothing.
    pub fn begin(home: &Home, command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(home.log_file());
        Self { child: command.spawn().unwrap(), url: String::new(), log: home.log() }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(self) {
        let process = self.child.id().to_string();
        self.stop_process(&process);
    }

    /// As [`Served::stop`], where the server is a child of what was started.
    pub fn stop_process(self, process: &str) {
        let kill = format!("kill -TERM {process}");
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
        assert_eq!(self.ended().0, Some(0));
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end; gives its exit code, none if a signal ended it, and what servers here said so far.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let start = Instant::now();
        while self.is_running() {
            assert!(start.elapsed() < PATIENCE, "it does not end: {}", said(&self.log));
            std::thread::sleep(Duration::from_millis(5));
        }
        (self.child.wait().unwrap().code(), said(&self.log))
    }
}

fn said(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
