//! What `reconcile` reads, writes and says.

use std::path::{Path, PathBuf};
use std::process::Output;

use domain::value::Digest;
use safe::SafeVersion;
use server::app::DataLock;
use server::devchain::{Devchain, Transaction};

use crate::app::world::run;
use crate::cli::{program, stderr, stdout};
use crate::common::TestDb;
use crate::watching::anvil::{RELAYER, Stage, is_in_batch, is_paid, lpt};

/// Runs the command on the stage's ledger and node; blocks are final after so many more.
fn reconcile(stage: &Stage<'_>, confirmations: u64, tx: Option<Digest>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command
        .env("BOUNTY_LEDGER_RPC_URL", stage.chain.url())
        .env("BOUNTY_LEDGER_CONFIRMATIONS", confirmations.to_string())
        .args(["reconcile", "--database-url", &stage.test.url()]);
    if let Some(tx) = tx {
        command.args(["--tx", &format!("0x{tx}")]);
    }
    command.output().unwrap()
}

/// The lines it printed, each without the number of its event, and how it ended.
fn told(output: &Output) -> (Option<i32>, Vec<String>) {
    let lines = stdout(output);
    let lines =
        lines.lines().map(|line| match line.strip_prefix("event ").and_then(|it| it.split_once(": ")) {
            Some((number, rest)) if number.parse::<u64>().is_ok() => rest.to_owned(),
            _ => line.to_owned(),
        });
    (output.status.code(), lines.collect())
}

/// The folder of its SQLite file, which whoever writes it locks.
fn folder_of(test: &TestDb) -> PathBuf {
    let url = test.url();
    Path::new(url.strip_prefix("sqlite:").unwrap()).parent().unwrap().to_owned()
}

async fn height(chain: &Devchain) -> u64 {
    chain.latest().await.unwrap().number
}

#[test]
fn a_batch_that_was_executed_is_written_once_and_named() {
    run(async {
        let test = TestDb::sqlite();
        let stage = Stage::set(&test, SafeVersion::V1_4_1).await;
        let batch = stage.propose(&[1, 2]).await.unwrap();
        let tx = stage.run(&stage.transaction(batch).await).await.transaction;
        let read = format!("{}: read up to block {}", stage.world.slug, height(&stage.chain).await);

        let (code, lines) = told(&reconcile(&stage, 0, Some(tx)));

        let block = height(&stage.chain).await;
        assert_eq!(
            lines,
            [
                format!("the Safe at block {block}: nonce 1, 717.5 LPT, 2 of 3 owners sign"),
                format!("batch 1 was executed, 32.5 LPT: claims 1, 2 paid; transaction 0x{tx}"),
                read.clone(),
                format!(
                    "transaction 0x{tx} in block {block}: batch 1 was executed, 32.5 LPT: claims 1, 2 paid"
                ),
            ]
        );
        assert_eq!(code, Some(0));
        assert!(is_paid(&stage.program().await, 2));
        let again = told(&reconcile(&stage, 0, None));
        assert_eq!(again, (Some(0), vec!["Nothing new for the books.".to_owned(), read]));
    });
}

#[test]
fn a_transaction_that_is_not_final_or_in_no_block_is_not_done() {
    run(async {
        let test = TestDb::sqlite();
        let stage = Stage::set(&test, SafeVersion::V1_4_1).await;
        let batch = stage.propose(&[1]).await.unwrap();
        let tx = stage.run(&stage.transaction(batch).await).await.transaction;
        let block = height(&stage.chain).await;
        let nothing = Digest::sha256(&[b"no transaction"]);

        let (early, unknown) = (reconcile(&stage, 3, Some(tx)), reconcile(&stage, 0, Some(nothing)));

        assert_eq!(early.status.code(), Some(2));
        let not_final = format!(
            "transaction 0x{tx} is in block {block}, and block {} is the last that is final",
            block - 3
        );
        assert!(stderr(&early).contains(&not_final), "{}", stderr(&early));
        // The other one was written nevertheless.
        assert_eq!(unknown.status.code(), Some(2));
        assert!(
            stderr(&unknown).contains(&format!("no block has transaction 0x{nothing}")),
            "{}",
            stderr(&unknown)
        );
        assert!(stdout(&unknown).contains("batch 1 was executed"), "{}", stdout(&unknown));
    });
}

#[test]
fn what_did_nothing_for_the_program_is_a_finding() {
    run(async {
        let test = TestDb::sqlite();
        let stage = Stage::set(&test, SafeVersion::V1_4_1).await;
        let batch = stage.propose(&[1]).await.unwrap();
        let execution = stage.execution(&stage.transaction(batch).await);
        let tx = stage.chain.send(&execution).await.unwrap();
        // Its nonce is used up.
        let reverted = stage.chain.send(&execution).await.unwrap();
        assert!(tx.succeeded && !reverted.succeeded);
        let unrelated = stage.chain.fund(&RELAYER, lpt("1")).await.unwrap();

        let (twice, other) = (
            reconcile(&stage, 0, Some(reverted.transaction)),
            reconcile(&stage, 0, Some(unrelated.transaction)),
        );

        for (output, what) in
            [(&twice, "was reverted: it changed nothing"), (&other, "holds nothing of this program")]
        {
            assert_eq!(output.status.code(), Some(1), "{}", stderr(output));
            assert!(stdout(output).contains(what), "{}", stdout(output));
        }
    });
}

#[test]
fn what_people_have_to_settle_is_said_until_they_have() {
    run(async {
        let test = TestDb::sqlite();
        let stage = Stage::set(&test, SafeVersion::V1_4_1).await;
        stage.propose(&[1]).await.unwrap();
        let charter = stage.program().await.charter().clone();
        let line = stage.program().await.submissions().next().unwrap().revision.clone();
        let line = safe::Transfer { recipient: line.payee, amount: line.amount };
        // The same line twice: not what the batch is.
        let nonce = domain::value::Seq::new(0);
        let foreign =
            safe::payout_tx(stage.safe.chain_id, stage.safe.version, &charter.token, &[line, line], nonce)
                .unwrap();
        let tx = stage.run(&foreign).await.transaction;
        stage.chain.mint(&RELAYER, lpt("2")).await.unwrap();
        let gift = Transaction::pay_lpt(RELAYER, &stage.safe.address, lpt("2"));
        stage.chain.carry_out(&gift).await.unwrap();

        let (code, lines) = told(&reconcile(&stage, 0, Some(tx)));

        let payee = safe::eip55::checksum(&line.recipient);
        let finding = "a finding that people have to settle: nonce 0 was taken by another transaction, which paid lines of its batches";
        let out = format!("20 LPT left the Safe for {payee}");
        assert_eq!(code, Some(1), "{lines:?}");
        assert_eq!(lines[1], format!("{finding}; transaction 0x{tx}"));
        for line in &lines[2..4] {
            assert_eq!(*line, format!("{out}, and no line of a batch says why; transaction 0x{tx}"));
        }
        let sender = safe::eip55::checksum(&RELAYER);
        assert!(lines[4].starts_with(&format!("2 LPT came in from {sender}, and nobody knows yet what for")));
        assert!(
            lines[5].starts_with("4 findings wait for people to settle: GET /api/v1/programs/"),
            "{lines:?}"
        );
        let about = |line: &str| line.starts_with(&format!("transaction 0x{tx} in block "));
        assert!(about(&lines[7]) && lines[7].ends_with(finding), "{lines:?}");
        assert!(about(&lines[8]) && lines[8].contains(&out), "{lines:?}");
        assert_eq!(lines.len(), 10);
        assert!(is_in_batch(&stage.program().await, 1));
        let (code, lines) = told(&reconcile(&stage, 0, None));
        assert_eq!((code, lines.len()), (Some(1), 3), "{lines:?}");
    });
}

#[test]
fn beside_a_server_on_sqlite_it_leaves_the_chain_to_the_server() {
    run(async {
        let test = TestDb::sqlite();
        let stage = Stage::set(&test, SafeVersion::V1_4_1).await;
        let batch = stage.propose(&[1]).await.unwrap();
        stage.run(&stage.transaction(batch).await).await;
        let _served = DataLock::take(&folder_of(&test)).unwrap();

        let output = reconcile(&stage, 0, None);

        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("in use by another bounty-ledger process"), "{}", stderr(&output));
        assert!(!is_paid(&stage.program().await, 1));
    });
}
