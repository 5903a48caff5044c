//! `reconcile` where it cannot read anything: what is missing is said, and nothing is written.

use std::path::Path;
use std::process::Output;

use server::app::DataLock;

use super::{PILOT, ok, program, stderr};

/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:9";

fn reconcile(data: &Path, node: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = program(data);
    if let Some(node) = node {
        command.env("BOUNTY_LEDGER_RPC_URL", node);
    }
    command.arg("reconcile").args(arguments).output().unwrap()
}

fn refused(data: &Path, node: Option<&str>, arguments: &[&str]) -> String {
    let output = reconcile(data, node, arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
    stderr(&output)
}

#[test]
fn without_a_node_it_says_which_setting_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["program", "open", PILOT]);

    let said = refused(folder.path(), None, &[]);

    assert!(said.contains("set its URL as rpc_url") && said.contains("BOUNTY_LEDGER_RPC_URL"), "{said}");
}

#[test]
fn what_is_no_hash_is_refused_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    for hash in ["", "0x", "12", &"0".repeat(63), &format!("0x{}g", "0".repeat(63)), &"0".repeat(66)] {
        let said = refused(folder.path(), Some(NOBODY), &["--tx", hash]);
        assert!(said.contains("a hash is 64 hex digits after 0x"), "{hash}: {said}");
    }
    // Of either size, with 0x or without: the next thing that is missing is the ledger.
    for hash in ["AbCd".repeat(16), format!("0x{}", "ef".repeat(32))] {
        let said = refused(folder.path(), Some(NOBODY), &["--tx", &hash]);
        assert!(said.contains("there is no ledger in"), "{hash}: {said}");
    }
}

#[test]
fn a_ledger_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["program", "open", PILOT]);
    let _lock = DataLock::take(folder.path()).unwrap();

    let said = refused(folder.path(), Some(NOBODY), &[]);

    assert!(said.contains("in use by another bounty-ledger process"), "{said}");
}

#[test]
fn a_node_that_is_not_there_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["program", "open", PILOT]);
    let before = ok(folder.path(), &["export", "ledger"]);

    let said = refused(folder.path(), Some(NOBODY), &[]);

    assert!(said.contains("the chain cannot be read") && said.contains("cannot be reached"), "{said}");
    assert_eq!(ok(folder.path(), &["export", "ledger"]), before);
    let other = refused(folder.path(), Some(NOBODY), &["--program", "other"]);
    assert!(other.contains("this ledger has no program other"), "{other}");
}
