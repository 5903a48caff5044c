//! The demo month: on the command line, and on both databases.

use std::fs;

use domain::value::Timestamp;
use serde_json::Value;
use server::app::Rebuilt;
use server::demo;

use super::{ok, run, stderr};
use crate::common::{TestDb, on_both, with_both};

const NOW: &str = "2026-11-22T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

#[test]
fn the_demo_prints_the_budget_and_writes_the_files_of_each_batch() {
    let folder = tempfile::tempdir().unwrap();

    let printed = ok(folder.path(), &["demo", "--now", NOW, "--no-serve"]);

    assert!(printed.starts_with("DEMO"), "{printed}");
    for line in ["lead ", "bounties ", "marketing ", "operations ", "total "] {
        assert!(printed.lines().any(|printed| printed.starts_with(line)), "{line}: {printed}");
    }
    for state in
        ["1 agreed", "1 rejected", "1 needs_changes", "1 submitted", "2 approved", "3 in_batch", "19 paid"]
    {
        assert!(printed.contains(state), "{state}: {printed}");
    }
    for batch in [
        "batch 2: 12 payouts, 282 LPT, executed",
        "batch 3: 3 payouts, 119 LPT, open",
        "batch 4: a rejection",
    ] {
        assert!(printed.contains(batch), "{batch}: {printed}");
    }
    for (batch, files) in [
        ("batch-1", &verify::BatchFile::ALL[..]),
        ("batch-2", &verify::BatchFile::ALL),
        ("batch-3", &verify::BatchFile::ALL),
        ("batch-4", &[verify::BatchFile::TypedData]),
    ] {
        let mut written: Vec<String> = fs::read_dir(folder.path().join("exports").join(batch))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        written.sort();
        let mut expected: Vec<&str> = files.iter().map(|file| file.name()).collect();
        expected.sort_unstable();
        assert_eq!(written, expected);
    }
    // Whoever copies the file alone has all of it.
    let log = fs::metadata(folder.path().join("bounty-ledger.sqlite-wal"));
    assert!(log.as_ref().map_or(true, |log| log.len() == 0), "{log:?}");
}

/// Nobody has to look for it in the journal: where each scene is, and when the last challenge ends.
#[test]
fn the_demo_says_what_there_is_to_see() {
    let folder = tempfile::tempdir().unwrap();

    let printed = ok(folder.path(), &["demo", "--now", NOW, "--no-serve"]);

    let seen = printed.split("What there is to see:\n\n").nth(1).unwrap().split("\n\n").next().unwrap();
    assert_eq!(
        seen.lines()
            .map(str::trim)
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>(),
        [
            "periods in evaluation period 1, claims until 2026-11-26 00:00 UTC, decisions until 2026-12-03 00:00 UTC",
            "counter-offers taken claim 10, 15 LPT",
            "slots taken bounty 7, to be claimed until 2026-11-08 09:00 UTC",
            "bounty 2, to be claimed until 2026-11-24 10:00 UTC",
            "claims challenged claim 12, ended 2026-10-30 19:00 UTC",
            "claim 28, stands until 2026-11-24 12:00 UTC",
            "claims reopened claim 17",
            "allotments moved 4 LPT from bounties to operations, for which claim 14 had waited",
            "alternates called claim 6",
            "claim 18",
            "claim 25",
            "second looks claim 4",
            "claim 13",
            "batches executed batch 1, as the treasurer says",
            "batch 2, as the treasurer says",
            "rejections proposed batch 4, on nonce 2",
            "waiting for money claim 22",
            "overdue decisions claim 23",
        ]
    );
}

/// A signer's self-check finds in both files exactly the lines that the ledger recorded.
#[test]
fn the_exported_files_pay_the_batch_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["demo", "--now", NOW, "--no-serve"]);
    let mut lines = 0;
    for batch in ["batch-1", "batch-2", "batch-3"] {
        let exports = folder.path().join("exports").join(batch);
        let mut annotated = csv::Reader::from_path(exports.join("annotated.csv")).unwrap();
        let batch: Vec<(String, String)> = annotated
            .records()
            .map(Result::unwrap)
            .map(|record| (record.get(12).unwrap().to_owned(), record.get(11).unwrap().to_owned()))
            .collect();
        lines += batch.len();
        for file in ["transaction-builder.json", "typed-data.json"] {
            let path = exports.join(file);

            let printed = ok(folder.path(), &["safe", "inspect", path.to_str().unwrap(), "--format", "json"]);

            let inspection: Value = serde_json::from_str(&printed).unwrap();
            let transfers: Vec<(String, String)> = inspection["transfers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|transfer| {
                    let text = |key: &str| transfer[key].as_str().unwrap().to_owned();
                    (text("recipient"), text("amount_wei"))
                })
                .collect();
            assert_eq!(transfers, batch, "{}", path.display());
            assert_eq!(inspection["chain_id"], "42161");
        }
        let builder = fs::read_to_string(exports.join("transaction-builder.json")).unwrap();
        let builder: Value = serde_json::from_str(&builder).unwrap();
        assert!(builder["meta"]["description"].as_str().unwrap().starts_with("DEMO – do not sign"));
        let path = exports.join("transaction-builder.json");
        let printed = ok(folder.path(), &["safe", "inspect", path.to_str().unwrap()]);
        assert!(printed.contains("\nDescription  \"DEMO – do not sign"), "{printed}");
        let airdrop = fs::read_to_string(exports.join("airdrop.csv")).unwrap();
        assert_eq!(airdrop.lines().count(), batch.len() + 1);
    }
    assert_eq!(lines, 22);
    println!("count: demo payouts inspected {lines}");
}

#[test]
fn the_same_now_writes_the_same_journal_and_a_demo_is_played_once() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = ok(one.path(), &["demo", "--now", NOW, "--no-serve"]);
    let second = ok(two.path(), &["demo", "--now", NOW, "--no-serve"]);
    let ledger = |folder: &tempfile::TempDir| ok(folder.path(), &["export", "ledger", "--format", "csv"]);
    assert_eq!(ledger(&one), ledger(&two));
    let root = |printed: &str| printed.lines().find(|line| line.contains("journal root")).unwrap().to_owned();
    assert_eq!(root(&first), root(&second));

    let again = ok(one.path(), &["demo", "--now", "2027-03-01T00:00:00Z", "--no-serve"]);

    let told = "held the demo already; it was not played again, and --now is only when it is looked at";
    assert!(again.contains(told), "{again}");
    let as_it_is = ok(one.path(), &["demo", "--no-serve"]);
    assert!(as_it_is.contains("it was not played again. Another"), "{as_it_is}");
    assert_eq!(root(&again), root(&first));
}

#[test]
fn a_demo_never_enters_a_real_ledger() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["program", "open", super::PILOT]);

    let output = run(folder.path(), &["demo", "--no-serve"]);

    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("something else than a finished demo"), "{}", stderr(&output));
}

on_both! {
    // Every decision of the month, made again from its event, gives the same event; every table is made anew
    // to the same bytes.
    fn the_demo_replays_and_rebuilds_to_the_same_bytes(db: TestDb) {
        let slug = demo::slug().unwrap();
        let before = block_on(async {
            let (app, fresh) = demo::open_or_play(&db.target, now()).await.unwrap();
            assert!(fresh);
            app.dump(slug).await.unwrap()
        });

        let rebuilt = Rebuilt::make(&db.target, None).unwrap();

        let [rebuilt] = &rebuilt[..] else { panic!("one program") };
        assert_eq!(rebuilt.changed, Vec::<&str>::new());
        let after = block_on(async {
            let (app, fresh) = demo::open_or_play(&db.target, now()).await.unwrap();
            assert!(!fresh);
            app.dump(slug).await.unwrap()
        });
        assert_eq!(after, before);
        let program = rebuilt.program.as_ref().unwrap();
        println!("count: demo events decided again {}", program.size());
        println!("count: demo rows rebuilt {}", rebuilt.rows);
    }
}

with_both! {
    fn the_demo_is_the_same_on_either_database(sqlite: TestDb, postgres: TestDb) {
        let dump = |db: &TestDb| block_on(async {
            let (app, _) = demo::open_or_play(&db.target, now()).await.unwrap();
            app.dump(demo::slug().unwrap()).await.unwrap()
        });
        assert_eq!(dump(sqlite), dump(postgres));
    }
}
