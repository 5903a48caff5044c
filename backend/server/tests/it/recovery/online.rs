//! A rebuild while others write.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection;
use server::app::{DataLock, Rebuilt};
use server::db::Target;

use crate::app::history::play;
use crate::app::world::{ALICE, BOB, CAROL, address, run};
use crate::common::{TestDb, on_both};

/// Every table that is made from the journal.
const PROJECTIONS: [&str; 16] = [
    "entries",
    "accounts",
    "categories",
    "periods",
    "allotments",
    "members",
    "addresses",
    "bounties",
    "submissions",
    "revisions",
    "evidence",
    "votes",
    "observations",
    "funding",
    "batches",
    "payouts",
];

on_both! {
    fn a_rebuild_beside_a_busy_server_ends_in_the_journals_rows(test: TestDb) {
        run(async {
            let world = play(test).await;
            let mut conn = test.open();
            for table in PROJECTIONS {
                // Half of each is gone, and a part of what is left is wrong.
                let half = format!("DELETE FROM {table} WHERE CAST(substr(CAST({} AS TEXT), 1, 1) AS TEXT) IN \
                    ('1', '3', 'a', 'b', '0')", first_key(table));
                conn.batch_execute(&half).unwrap();
            }
            let wrong = format!("UPDATE submissions SET amount = '{:039}'", 7);
            conn.batch_execute(&wrong).unwrap();
            drop(conn);
            let done = AtomicBool::new(false);
            let (rebuilt, written) = std::thread::scope(|scope| {
                let writing = scope.spawn(|| run(async {
                    let mut written = 0_u32;
                    while !done.load(Ordering::SeqCst) || written < 30 {
                        let member = [ALICE, BOB, CAROL][usize::try_from(written % 3).unwrap()];
                        // A row that somebody took away cannot be in the way of a new one.
                        world.record(member, &address(5_000 + u64::from(written))).await.unwrap();
                        written += 1;
                    }
                    written
                }));
                let rebuilt = Rebuilt::make_beside(&test.target, None);
                done.store(true, Ordering::SeqCst);
                (rebuilt, writing.join().unwrap())
            });

            let [rebuilt] = rebuilt.unwrap().try_into().unwrap();

            assert!(rebuilt.changed.len() >= 12, "{:?}", rebuilt.changed);
            let [again] = Rebuilt::make_beside(&test.target, None).unwrap().try_into().unwrap();
            assert_eq!(again.changed, Vec::<&str>::new());
            assert!(again.program == Some(world.program().await));
            world.check(test).await;
            println!("count: events written beside a rebuild {written}");
        });
    }

    // Rows that nobody made, under keys that the journal will need: all wrong rows go before any right one comes.
    fn rows_in_each_others_place_are_put_right(test: TestDb) {
        run(async {
            let world = play(test).await;
            let before = world.dump().await;
            let mut conn = test.open();
            // Both hold a submission that belongs to the other: one alone would break the uniqueness of payouts.
            conn.batch_execute(
                "CREATE TABLE kept AS SELECT * FROM payouts; DELETE FROM payouts; \
                 INSERT INTO payouts SELECT k.program, k.batch, k.line, \
                    (SELECT max(o.submission) + min(o.submission) - k.submission FROM kept o), k.payee, k.amount FROM kept k \
                    WHERE k.submission IN (SELECT max(submission) FROM kept UNION SELECT min(submission) FROM kept); \
                 DROP TABLE kept",
            )
            .unwrap();

            let [rebuilt] = Rebuilt::make_beside(&test.target, None).unwrap().try_into().unwrap();

            assert_eq!(rebuilt.changed, ["payouts"]);
            assert_eq!(world.dump().await, before);
        });
    }
}

/// The first column of a table's key behind the program.
fn first_key(table: &str) -> &'static str {
    match table {
        "entries" | "observations" | "funding" => "seq",
        "accounts" => "account",
        "categories" => "slug",
        "allotments" => "category",
        "addresses" => "substr(address, 3)",
        "revisions" | "votes" => "submission",
        "evidence" => "key",
        "payouts" => "line",
        _ => "number",
    }
}

/// On SQLite a server holds the data folder; a rebuild goes on beside it, another writing command does not.
#[test]
fn a_rebuild_needs_no_lock_of_the_data_folder() {
    let test = &TestDb::sqlite();
    run(play(test));
    let Target::Sqlite(path) = &test.target else { unreachable!() };
    let _server = DataLock::take(std::path::Path::new(path).parent().unwrap()).unwrap();
    test.open().batch_execute("DELETE FROM votes").unwrap();
    let rebuild = || {
        Command::new(env!("CARGO_BIN_EXE_bounty-ledger"))
            .args(["rebuild", "--database-url", &test.url()])
            .env_remove("DATABASE_URL")
            .output()
            .unwrap()
    };

    let (first, second) = (rebuild(), rebuild());

    assert_eq!(first.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&first.stdout).contains("are mended: votes"));
    assert_eq!(second.status.code(), Some(0));
}
