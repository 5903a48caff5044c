//! The program as a stranger runs it: its exit codes, what it prints, the files it writes.

mod accounts;
mod anvil;
mod bad_input;
mod bench;
mod bundle;
mod demo;
mod log;
mod reconcile;
mod scenes;
mod serve;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The pilot's program file, as the README names it.
const PILOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/degen-pilot.toml");

/// The program with a data folder.
fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bounty-ledger"));
    command.env_remove("DATABASE_URL").env("BOUNTY_LEDGER_DATA", data);
    command
}

/// Runs the program with a data folder.
fn run(data: &Path, arguments: &[&str]) -> Output {
    program(data).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Runs the program and demands exit 0.
fn ok(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

/// A reader that goes away early, such as `head`, is no fault of the command.
#[test]
fn a_closed_pipe_ends_nothing_but_the_printing() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bounty-ledger"))
        .args(["demo", "--now", "2026-11-22T12:00:00Z", "--no-serve"])
        .env_remove("DATABASE_URL")
        .env("BOUNTY_LEDGER_DATA", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());

    let output = child.wait_with_output().unwrap();

    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
    assert!(folder.path().join("exports/batch-2/annotated.csv").exists());
}
