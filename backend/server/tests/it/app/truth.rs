//! What leaves the house says only what was decided, and only from texts nobody altered.

use std::process::Command;

use diesel::connection::SimpleConnection;
use domain::words::{Choice, ClaimKind, Ground, Verdict};
use server::app::{App, Clock, DataLock, Entropy, Error, FieldError, Rebuilt};
use server::db::journal::JournalError;

use super::history::{claim, funding, observation, play, proposed};
use super::world::{ALICE, LEAD, REVIEWER, REVIEWER_2, TREASURER, World, filed, outcome, run};
use crate::common::{TestDb, on_both};

/// The alternate reviewer of the pilot.
const ALTERNATE: u32 = 8;

async fn approvals(world: &World, batch: u32) -> String {
    let number = domain::value::BatchNumber::new(batch).unwrap();
    let files = world.app.export_batch(world.slug, number).await.unwrap().files;
    let (_, annotated) = files.last().unwrap();
    let mut table = csv::Reader::from_reader(annotated.as_bytes());
    let column = table.headers().unwrap().iter().position(|name| name == "approvals").unwrap();
    table.records().map(|row| row.unwrap()[column].to_owned()).collect()
}

/// Alters what the database holds by hand.
fn by_hand(test: &TestDb, sql: &str) {
    test.open().batch_execute(sql).unwrap();
}

on_both! {
    fn who_took_an_approval_back_is_not_named_as_an_approver(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            world.app.observe_safe(world.ask(TREASURER, "look"), &observation(1)).await.unwrap();
            let funding = funding("100", 0);
            world.app.record_funding(world.ask(TREASURER, "fund"), &funding).await.unwrap();
            let number = filed(&world.file(ALICE, &claim(ALICE, ClaimKind::Expense, "operations", "8", 1)).await.unwrap());
            let mut ballot = world.ballot(number, Choice::Approve).await;
            for (ordinal, choice) in [(1, Choice::Approve), (2, Choice::Reject)] {
                (ballot.ordinal, ballot.choice) = (ordinal, choice);
                ballot.ground = (choice == Choice::Reject).then_some(Ground::Other);
                world.app.cast_vote(world.ask(REVIEWER, &world.key()), number, &ballot).await.unwrap();
            }
            world.vote(REVIEWER_2, number, Choice::Approve).await.unwrap();
            let decided = world.vote(ALTERNATE, number, Choice::Approve).await.unwrap();
            assert_eq!(outcome(&decided).verdict, Verdict::Approved);

            let batch = proposed(&world.batch(&[number.get()]).await).batch.get();

            let approvals = approvals(&world, batch).await;
            assert!(approvals.contains("second-reviewer") && approvals.contains("alternate"), "{approvals}");
            assert!(!approvals.contains("first-reviewer"), "{approvals}");
        });
    }

    // Both read the same next nonce: whoever comes second gets the one after it, and no refusal about a number
    // that nobody typed.
    fn two_treasurers_at_once_propose_on_consecutive_nonces(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            world.app.observe_safe(world.ask(TREASURER, "look"), &observation(1)).await.unwrap();
            world.app.record_funding(world.ask(TREASURER, "fund"), &funding("100", 0)).await.unwrap();
            for n in [1, 2] {
                let new = claim(ALICE, ClaimKind::Expense, "operations", "8", n);
                let number = filed(&world.file(ALICE, &new).await.unwrap());
                world.vote(REVIEWER, number, Choice::Approve).await.unwrap();
                world.vote(REVIEWER_2, number, Choice::Approve).await.unwrap();
            }

            let (one, other) = tokio::join!(world.batch(&[1]), world.batch(&[2]));

            let mut batches = [proposed(&one).batch.get(), proposed(&other).batch.get()];
            batches.sort_unstable();
            assert_eq!(batches, [1, 2]);
            let nonces: Vec<u64> = world.program().await.batches().map(|batch| batch.nonce.get()).collect();
            assert_eq!(nonces, [3, 4]);
        });
    }

    fn an_altered_or_lost_text_is_never_exported_and_stops_a_rebuild(test: TestDb) {
        run(async {
            let world = play(test).await;
            let first = domain::value::BatchNumber::FIRST;
            let original = world.app.export_batch(world.slug, first).await.unwrap();
            let changes = match test.target {
                server::db::Target::Sqlite(_) => "UPDATE documents SET content = CAST('{\"name\":\"Evil\"}' AS BLOB)",
                server::db::Target::Postgres(_) => "UPDATE documents SET content = '{\"name\":\"Evil\"}'::bytea",
            };
            assert!(!original.files.is_empty());

            by_hand(test, changes);
            let altered = world.app.export_batch(world.slug, first).await;
            let rebuilt = Rebuilt::make(&test.target, None);
            by_hand(test, "DELETE FROM documents");
            let lost = world.app.export_batch(world.slug, first).await;

            assert!(matches!(altered, Err(Error::Journal(JournalError::Corrupt(_)))), "{altered:?}");
            let in_program = matches!(&rebuilt, Err(Error::InProgram { error, .. }) if matches!(**error, Error::DocumentLost { .. }));
            assert!(in_program, "{rebuilt:?}");
            assert!(matches!(lost, Err(Error::DocumentLost { .. })), "{lost:?}");
        });
    }

    fn a_safe_of_another_version_than_the_programs_is_not_observed(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let before = world.dump().await;
            let mut other = observation(1);
            other.singleton = "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552".to_owned();

            let refused = world.app.observe_safe(world.ask(TREASURER, "look"), &other).await;

            let says = |error: &Error| matches!(
                error,
                Error::Malformed { field, error: FieldError::OtherVersion { found, named } }
                    if field == "singleton" && found == "1.3.0" && named == "1.4.1"
            );
            assert!(refused.as_ref().is_err_and(says), "{refused:?}");
            assert_eq!(world.dump().await, before);
        });
    }

    fn what_does_not_print_is_no_title_and_no_handle(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            for hidden in ["a\u{202e}b", "a\nb", "a\u{0}b", "a\u{2066}b", "a\u{200b}b"] {
                let mut new = claim(ALICE, ClaimKind::Expense, "operations", "8", 1);
                new.title = hidden.to_owned();
                let refused = world.file(ALICE, &new).await;
                let says = |error: &Error| matches!(error, Error::Malformed { field, error: FieldError::Unprintable } if field == "title");
                assert!(refused.as_ref().is_err_and(says), "{refused:?}");
            }
            let mut lines = claim(ALICE, ClaimKind::Expense, "operations", "8", 1);
            lines.summary = "Two lines:\nthis is the second.".to_owned();
            assert!(world.file(ALICE, &lines).await.is_ok());
        });
    }

    fn a_reader_neither_writes_nor_waits_for_the_writer(test: TestDb) {
        run(async {
            let world = play(test).await;
            let reader = App::start_reading(&test.target).unwrap();

            let files = reader.export_batch(world.slug, domain::value::BatchNumber::FIRST).await.unwrap();
            let written = reader.allot(world.ask(LEAD, "write"), &server::app::Allotments {
                period: "1".to_owned(),
                allotments: [("operations".to_owned(), "30".to_owned())].into(),
                reason: None,
            }).await;
            let empty = App::start_reading(&test.empty_like().target);
            let start = |change: &str| {
                test.open().batch_execute(change).unwrap();
                App::start_reading(&test.target)
            };
            let newer = start("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')");
            let older = start("DELETE FROM __diesel_schema_migrations WHERE version > '20261122000002'");

            assert_eq!(files, world.app.export_batch(world.slug, domain::value::BatchNumber::FIRST).await.unwrap());
            assert!(written.is_err(), "{written:?}");
            assert!(matches!(older, Err(Error::OldTables)), "{older:?}");
            assert!(matches!(newer, Err(Error::NewTables)), "{newer:?}");
            assert!(matches!(empty, Err(Error::NoTables { .. })), "{empty:?}");
        });
    }

    fn an_older_program_writes_nothing_into_a_newer_ledger(test: TestDb) {
        run(async {
            let world = play(test).await;
            let before = world.dump().await;
            let later = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')";
            test.open().batch_execute(later).unwrap();

            let started = App::start(&test.target, Clock::System, Entropy::System);
            let rebuilt = Rebuilt::make(&test.target, None);
            let beside = Rebuilt::make_beside(&test.target, None);

            assert!(matches!(started, Err(Error::NewTables)), "{started:?}");
            assert!(matches!(rebuilt, Err(Error::NewTables)), "{rebuilt:?}");
            assert!(matches!(beside, Err(Error::NewTables)), "{beside:?}");
            assert_eq!(world.dump().await, before);
        });
    }
}

/// A URL that names the SQLite file does not get round the lock of its folder.
#[test]
fn a_url_to_a_locked_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("bounty-ledger.sqlite").display());
    drop(App::start(&url.parse().unwrap(), Clock::System, Entropy::System).unwrap());
    let _lock = DataLock::take(folder.path()).unwrap();

    let pilot = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/degen-pilot.toml");
    let output = Command::new(env!("CARGO_BIN_EXE_bounty-ledger"))
        .args(["program", "open", pilot, "--database-url", &url])
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("in use by another bounty-ledger process"), "{said}");
}
