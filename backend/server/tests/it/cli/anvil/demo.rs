//! The demo on a chain: its Safe pays, its ledger reads it, and the next start goes on with both.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use domain::books::Account;
use domain::value::{Address, Amount};
use domain::words::Source;
use safe::SafeAccount;
use safe::calldata::{Argument, calldata};
use serde_json::{Value, json};
use server::app::App;
use server::db::Target;
use server::demo::{self, ChainFolders, Holdings};
use server::devchain::{Devchain, LPT};

use crate::app::world::run;
use crate::cli::serve::Served;
use crate::cli::{ok, program, stderr, stdout};
use crate::common::{TestDb, node};

/// Far more than between two readings of the chain.
const PATIENCE: Duration = Duration::from_mins(2);
const NOW: &str = "2026-11-22T12:00:00Z";

fn with_chain() -> String {
    format!("--with-chain={}", node::contracts().display())
}

fn played(folder: &Path) -> String {
    ok(folder, &["demo", "--now", NOW, "--no-serve", &with_chain()])
}

fn ledger_in(folder: &Path) -> Target {
    Target::Sqlite(folder.join("bounty-ledger.sqlite").to_str().unwrap().to_owned())
}

fn part<'a>(printed: &'a str, from: &str) -> &'a str {
    printed.split(from).nth(1).unwrap_or_else(|| panic!("no {from}: {printed}"))
}

#[test]
fn its_batches_are_paid_by_a_safe_that_is_there() {
    let folder = tempfile::tempdir().unwrap();

    let printed = played(folder.path());

    assert!(printed.starts_with("DEMO"), "{printed}");
    let chain = part(&printed, "\nThe local chain, id 42161, at http://127.0.0.1:");
    for line in [
        "batch 1: 62 LPT paid for 7 claims, read from the chain",
        "batch 2: 282 LPT paid for 12 claims, read from the chain",
        "balances are what the ledger says, to the wei: 406 LPT in the Safe, 344 LPT at 10 payees",
        "on this machine alone and worth nothing",
    ] {
        assert!(chain.contains(line), "{line}: {printed}");
    }
    let seen = ["batches executed       batch 1, as the chain shows", "batch 2, as the chain shows"];
    assert!(seen.iter().all(|line| printed.contains(line)), "{printed}");
    // An auditor needs no node to follow it.
    let bundle = folder.path().join("demo.tar.gz");
    ok(folder.path(), &["export", "bundle", "-o", bundle.to_str().unwrap()]);
    let verdict = ok(folder.path(), &["verify", bundle.to_str().unwrap()]);
    assert!(verdict.contains("3 statements about the chain shown by their receipts"), "{verdict}");
    assert!(verdict.contains("4 signatures of the Safe's owners"), "{verdict}");
}

/// Read past our own words: balances as the token tells them, ends of nonces as the journal has them.
#[test]
fn what_it_says_of_the_chain_is_what_the_chain_says() {
    run(async {
        let test = TestDb::empty_sqlite();
        let folder = tempfile::tempdir().unwrap();
        let folders = ChainFolders { contracts: &node::contracts(), data: folder.path() };

        let (app, chain, fresh) =
            demo::open_or_play_on_chain(&test.target, NOW.parse().unwrap(), folders).await.unwrap();

        assert!(fresh);
        let program = app.program(demo::slug().unwrap()).await.unwrap();
        let kept = std::fs::read_to_string(folder.path().join("local-chain")).unwrap();
        // Another node with the same blocks.
        let node = Devchain::resume(&node::contracts(), &kept).await.unwrap();
        let SafeAccount { address: safe, .. } = *chain.safe();
        assert_eq!((program.charter().safe, program.books().balance(Account::Safe)), (safe, lpt("406")));
        assert_eq!(node.lpt_balance(&safe).await.unwrap(), lpt("406"));
        assert_eq!(node.safe_nonce(&safe).await.unwrap().get(), 2);
        for number in 0..2 {
            let end = program.nonce(domain::value::Seq::new(number)).unwrap().end.clone().unwrap();
            assert_eq!(end.source, Source::Chain);
            assert!(node.receipt(&end.tx_hash).await.unwrap().unwrap().succeeded);
        }
        assert!(program.fundings().all(|(_, funding)| funding.source == Source::Chain));
        let Holdings { safe: held, payees } = chain.holdings(&program).await.unwrap();
        assert_eq!((held.on_chain, held.in_ledger, payees.len()), (lpt("406"), lpt("406"), 10));
        let mut sum = 0;
        for payee in payees {
            assert_eq!(node.lpt_balance(&payee.address).await.unwrap(), payee.in_ledger);
            sum += payee.on_chain.wei();
        }
        assert_eq!(Amount::from_wei(sum), lpt("344"));
        // In its own month, and not ahead of the ledger.
        let newest = i64::try_from(node.latest().await.unwrap().time_s).unwrap();
        assert!(newest * 1_000_000 <= program.last_at().micros());
    });
}

fn lpt(text: &str) -> Amount {
    text.parse().unwrap()
}

/// Blocks have other hashes each time, and with them receipts and observations; who is paid what, and when, is the same.
#[test]
fn the_same_now_plays_the_same_month() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (played(one.path()), played(two.path()));

    let ledger = |folder: &tempfile::TempDir| ok(folder.path(), &["export", "ledger", "--format", "csv"]);
    assert_eq!(ledger(&one), ledger(&two));
    let facts = |printed: &str| {
        let budget = printed.split("Claims: ").next().unwrap().to_owned();
        let until_root = budget.split(" events, journal root").next().unwrap().to_owned();
        let seen =
            part(printed, "What there is to see:").split("\nThe local chain").next().unwrap().to_owned();
        (until_root, seen)
    };
    assert_eq!(facts(&first), facts(&second));
    let safe = |printed: &str| part(printed, "  Safe 1.4.1 at ").lines().next().unwrap().to_owned();
    assert_eq!(safe(&first), safe(&second));
}

#[test]
fn the_next_start_goes_on_with_the_same_chain() {
    let folder = tempfile::tempdir().unwrap();
    let first = played(folder.path());

    let again = played(folder.path());

    assert!(again.contains("held the demo already; it was not played again"), "{again}");
    let chain = |printed: &str| {
        let chain = part(printed, "\nThe local chain, id 42161, at ").split("How to sign in").next().unwrap();
        chain.split_once(": block ").unwrap().1.to_owned()
    };
    assert_eq!(chain(&again), chain(&first));
    let without = ok(folder.path(), &["demo", "--no-serve"]);
    assert!(without.contains("played on a local chain, which does not run now: --with-chain"), "{without}");
}

#[test]
fn a_demo_without_a_chain_gets_none_later() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["demo", "--now", NOW, "--no-serve"]);

    let output = program(folder.path()).args(["demo", "--no-serve", &with_chain()]).output().unwrap();

    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""));
    assert!(stderr(&output).contains("was played without a chain"), "{}", stderr(&output));
}

#[test]
fn a_folder_without_the_node_is_named_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let nowhere = format!("--with-chain={}", folder.path().join("nowhere").display());

    let output = program(&data).args(["demo", "--no-serve", &nowhere]).output().unwrap();

    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(said.contains("nowhere") && said.contains("scripts/contracts install"), "{said}");
    // The next one is not in its way.
    assert!(!data.join("bounty-ledger.sqlite").exists());
}

/// Makes one LPT for an address, as who made the token may.
async fn mint(node: &str, to: &Address) {
    let data =
        calldata("mint(address,uint256)", &[Argument::Address(*to), Argument::Uint(lpt("1").wei().into())]);
    let transaction = json!({
        "from": "0xb5af4138f0f33be0d6414eb25271b9c2dc245fb5",
        "to": LPT,
        "data": safe::hex::encode(&data),
        "gas": "0x100000",
        "gasPrice": "0x0",
    });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_sendTransaction", "params": [transaction] });
    let answer = reqwest::Client::new().post(node).json(&call).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    assert!(answer["result"].is_string(), "{answer}");
}

/// LPT comes in while it is served: the ledger reads it. The chain of the next start has it, too.
#[test]
fn a_served_demo_follows_its_chain_and_keeps_it() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let mut command: Command = program(folder.path());
        command.args(["demo", "--listen", "127.0.0.1:0", &with_chain()]).process_group(0);
        let (mut served, said) = Served::start(&mut command);
        let node = format!("http://{}", part(&said, "id 42161, at http://").split(": block").next().unwrap());
        let path = format!("/api/v1/programs/{}/safe", demo::slug().unwrap());
        let safe = served.get(&path).await;
        assert_eq!(safe["observation"]["source"], "chain");
        let safe: Address = safe["address"].as_str().unwrap().to_lowercase().parse().unwrap();

        mint(&node, &safe).await;

        let start = Instant::now();
        while served.get(&path).await["booked"] != "407" {
            assert!(start.elapsed() < PATIENCE, "it was never read");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        served.press_ctrl_c();
        assert_eq!(served.ended(PATIENCE).code(), Some(0));
        let app = App::start_reading(&ledger_in(folder.path())).unwrap();
        let program = app.program(demo::slug().unwrap()).await.unwrap();
        assert_eq!(program.books().balance(Account::SuspenseIn), lpt("1"));
        let printed = ok(folder.path(), &["demo", "--no-serve", &with_chain()]);
        assert!(printed.contains("to the wei: 407 LPT in the Safe"), "{printed}");
    });
}
