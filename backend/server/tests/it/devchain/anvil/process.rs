//! The node's process: where it listens, and that it never outlives its holder.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::devchain::{Devchain, DevchainError};

use crate::common::node::{contracts, devchain, run};

fn place(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

fn answers(place: SocketAddr) -> bool {
    TcpStream::connect(place).is_ok()
}

#[test]
fn it_listens_on_loopback_under_the_chain_id_of_arbitrum_one() {
    run(async {
        let chain = devchain().await;

        assert!(place(chain.url()).ip().is_loopback(), "{}", chain.url());
        let question = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = client.post(chain.url()).json(&question).send().await.unwrap();
        assert_eq!(answer.json::<Value>().await.unwrap()["result"], "0xa4b1");
    });
}

#[test]
fn it_ends_with_its_value() {
    let place = run(async {
        let chain = devchain().await;
        let place = place(chain.url());
        assert!(answers(place));
        place
    });

    assert!(!answers(place));
}

#[test]
fn it_ends_with_a_thread_that_panics() {
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        run(async {
            let chain = devchain().await;
            tell.send(place(chain.url())).unwrap();
            panic!("as a test does that fails");
        });
    });

    assert!(thread.join().is_err());

    assert!(!answers(told.recv().unwrap()));
}

/// Plays both parts: the holder, in a process of its own, and whoever kills that.
#[test]
fn it_ends_with_a_process_that_is_killed() {
    const HOLDER: &str = "BOUNTY_LEDGER_TEST_HOLDER";
    const NAME: &str = "devchain::anvil::process::it_ends_with_a_process_that_is_killed";
    if std::env::var_os(HOLDER).is_some() {
        run(async {
            let chain = devchain().await;
            println!("\nholds {}", chain.url());
            std::future::pending::<()>().await;
        });
    }
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--nocapture"])
        .env(HOLDER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stdout.take().unwrap()).lines().map(Result::unwrap);
    let held = lines.find_map(|line| line.strip_prefix("holds ").map(place)).unwrap();
    assert!(answers(held));

    holder.kill().unwrap();
    holder.wait().unwrap();

    let start = Instant::now();
    while answers(held) {
        assert!(start.elapsed() < Duration::from_secs(30), "the node still answers at {held}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn without_the_packages_it_says_how_to_get_them() {
    let empty = tempfile::tempdir().unwrap();

    let error = run(Devchain::start(empty.path())).unwrap_err();

    assert!(matches!(error, DevchainError::Silent { .. }), "{error:?}");
    assert!(error.to_string().contains("scripts/contracts install"), "{error}");
    assert!(error.to_string().contains("not found"), "{error}");
}

#[test]
fn with_a_package_missing_it_names_the_file() {
    let partly = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(contracts().join("anvil"), partly.path().join("anvil")).unwrap();

    let error = run(Devchain::start(partly.path())).unwrap_err();

    assert!(matches!(error, DevchainError::Unreadable { .. }), "{error:?}");
    assert!(error.to_string().contains("deployment.json"), "{error}");
}
