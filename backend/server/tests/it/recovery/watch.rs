//! What the background replayer finds while the server runs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use reqwest::StatusCode;
use server::app::{AuthError, Error, Readiness, Rebuilt, Watch};
use server::db::rows::Head;
use server::db::{Target, rows};
use server::http::Problem;

use super::serving::Serving;
use super::{HASTY, eventually, watched};
use crate::app::history::play;
use crate::app::isolation::{damage, unlock_events};
use crate::app::world::{ALICE, BOB, World, address, pilot, run, slug};
use crate::common::{TestDb, on_both};

fn execute(test: &TestDb, sql: &str) {
    test.open().batch_execute(sql).unwrap();
}

/// What the readiness check says, from within a runtime.
fn readiness(world: &World) -> Readiness {
    std::thread::scope(|scope| scope.spawn(|| run(world.app.check())).join().unwrap())
}

/// Looks through the tables again and again.
const CURIOUS: Watch = Watch { audit: Duration::from_millis(50), ..HASTY };

on_both! {
    fn a_damaged_journal_stops_the_writes_of_its_program_only(test: TestDb) {
        run(async {
            let world = play(test).await;
            let mut second = pilot();
            second.slug = slug("second");
            second.safe = address(200).parse().unwrap();
            world.app.open_program(&second, true, "second").await.unwrap();
            let before = world.dump().await;
            // The writer has its state in memory and would never look.
            damage(test, &world.id().await, 3);
            world.record(ALICE, &address(900)).await.unwrap();
            let watched = watched(&world, test, HASTY);

            eventually("not ready", || !readiness(&watched).reasons.is_empty());

            let refused = watched.record(ALICE, &address(901)).await.unwrap_err();
            let says = refused.to_string();
            assert!(says.contains("event 3 of program") && says.contains("Restore a backup"), "{says}");
            let problem = Problem::from(refused);
            assert_eq!((problem.status.as_u16(), problem.code), (503, "damaged"));
            let reasons = readiness(&watched).reasons;
            assert!(reasons[0].starts_with("program pilot takes no more writes: event 3"), "{reasons:?}");
            assert_eq!(reasons.len(), 1);
            // One event came between; nothing since.
            assert_eq!(watched.dump().await[1].1.len(), before[1].1.len() + 1);
            let mut elsewhere = watched.clone();
            elsewhere.slug = slug("second");
            elsewhere.record(BOB, &address(902)).await.unwrap();
            elsewhere.check(test).await;
        });
    }

    fn an_event_that_nobody_decided_is_found_although_its_bytes_are_sound(test: TestDb) {
        run(async {
            let world = play(test).await;
            world.record(ALICE, &address(900)).await.unwrap();
            crate::app::rebuild::forge_last_event(test, &world, &address(900), &address(901)).await;
            let watched = watched(&world, test, HASTY);
            eventually("not ready", || !readiness(&watched).reasons.is_empty());
            let reasons = readiness(&watched).reasons;
            assert!(reasons[0].contains("does not end where its head says"), "{reasons:?}");
        });
    }

    fn wrong_tables_and_lost_texts_are_named_and_writes_go_on(test: TestDb) {
        run(async {
            let world = play(test).await;
            let watched = watched(&world, test, CURIOUS);
            assert_eq!(readiness(&watched), Readiness::default());
            let more = "000000000000000000000000000000000000009";
            execute(test, &format!("UPDATE accounts SET balance = '{more}' WHERE account = '1/bounties/available'"));
            execute(test, &format!("UPDATE submissions SET amount = '{more}' WHERE number = 2"));

            eventually("a warning", || readiness(&watched).warnings.concat().contains("submissions"));

            let Readiness { reasons, warnings } = readiness(&watched);
            assert_eq!(reasons, Vec::<String>::new());
            assert!(warnings[0].contains("accounts, submissions. Run `bounty-ledger rebuild`"), "{warnings:?}");
            watched.record(ALICE, &address(900)).await.unwrap();
            let [rebuilt] = Rebuilt::make_beside(&test.target, None).unwrap().try_into().unwrap();
            assert_eq!(rebuilt.changed, ["accounts", "submissions"]);
            eventually("no warning any more", || readiness(&watched).warnings.is_empty());

            execute(test, "CREATE TABLE kept AS SELECT * FROM documents WHERE digest = (SELECT min(digest) FROM documents)");
            execute(test, "DELETE FROM documents WHERE digest = (SELECT digest FROM kept)");
            eventually("another warning", || !readiness(&watched).warnings.is_empty());
            let Readiness { reasons, warnings } = readiness(&watched);
            assert_eq!(reasons, Vec::<String>::new());
            assert!(warnings[0].contains(" is missing or altered") && warnings[0].contains("Restore"), "{warnings:?}");
            watched.record(ALICE, &address(901)).await.unwrap();
            execute(test, "INSERT INTO documents SELECT * FROM kept");
            eventually("no warning any more", || readiness(&watched).warnings.is_empty());
        });
    }

    // Between two of the daily looks there is a day: too long for whoever has just run a rebuild.
    fn tables_that_were_wrong_are_looked_at_again_soon(test: TestDb) {
        run(async {
            let world = play(test).await;
            execute(test, "DELETE FROM accounts WHERE account = 'safe'");
            let watched = watched(&world, test, HASTY);
            eventually("a warning", || !readiness(&watched).warnings.is_empty());
            Rebuilt::make_beside(&test.target, None).unwrap();
            eventually("no warning any more", || readiness(&watched).warnings.is_empty());
        });
    }

    fn wrong_tables_are_found_however_much_is_written(test: TestDb) {
        run(async {
            let world = play(test).await;
            execute(test, &format!("UPDATE submissions SET amount = '{:039}' WHERE number = 2", 9));
            let watched = watched(&world, test, HASTY);
            let (done, written) = (AtomicBool::new(false), AtomicU64::new(0));
            std::thread::scope(|scope| {
                for member in [ALICE, BOB] {
                    let (world, done, written) = (&world, &done, &written);
                    scope.spawn(move || run(async move {
                        while !done.load(Ordering::SeqCst) {
                            let n = written.fetch_add(1, Ordering::SeqCst);
                            world.record(member, &address(5_000 + n)).await.unwrap();
                        }
                    }));
                }
                eventually("a warning", || readiness(&watched).warnings.concat().contains("submissions"));
                done.store(true, Ordering::SeqCst);
            });
            println!("count: events written beside a comparison of the tables {}", written.into_inner());
        });
    }

    // A start from a snapshot does not see an old event; the replayer does, a moment later.
    fn a_server_that_started_from_a_snapshot_says_what_it_finds_behind_it(test: TestDb) {
        run(async {
            let world = play(test).await;
            let id = world.id().await;
            let watched = watched(&world, test, HASTY);
            eventually("a snapshot", || !rows::Snapshot::list(&mut test.open(), &id).unwrap().is_empty());
            drop((watched, world));
            damage(test, &id, 3);
            let folder = tempfile::tempdir().unwrap();

            let serving = Serving::start(folder.path(), &test.url(), None);

            let start = Instant::now();
            let (status, said) = loop {
                let (status, said) = serving.readiness().await;
                if status != StatusCode::OK || start.elapsed() > Duration::from_mins(1) {
                    break (status, said);
                }
            };
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{said}");
            assert!(said.contains("program pilot takes no more writes: event 3 of program"), "{said}");
            // Whoever does not need that program is served.
            assert_eq!(serving.register("somebody").await.unwrap().0, StatusCode::CREATED);
        });
    }

    fn balances_are_compared_at_every_start(test: TestDb) {
        run(async {
            let world = play(test).await;
            execute(test, "DELETE FROM accounts WHERE account = 'safe'");
            let restarted = world.another(test);
            restarted.program().await;
            let warnings = restarted.app.check().await.warnings;
            assert!(warnings[0].contains("program pilot: these tables") && warnings[0].contains("accounts"), "{warnings:?}");
            world.another(test).record(ALICE, &address(900)).await.unwrap();
        });
    }

    fn a_restored_backup_is_another_journal_and_no_damage(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let watched = watched(&world, test, HASTY);
            let (id, head) = (world.id().await, Head::list(&mut test.open(), &world.id().await).unwrap());
            for n in 0..30 {
                watched.record(ALICE, &address(100 + n)).await.unwrap();
            }
            eventually("a snapshot", || !rows::Snapshot::list(&mut test.open(), &id).unwrap().is_empty());
            unlock_events(test);
            let restore = format!(
                "DELETE FROM events WHERE seq >= {0}; DELETE FROM addresses WHERE seq >= {0}; DELETE FROM snapshots; \
                 UPDATE heads SET size = {0}, leaf = '{1}', root = '{2}', at = '{3}'",
                head[0].size, head[0].leaf, head[0].root, head[0].at
            );
            execute(test, &format!("BEGIN; {restore}; COMMIT"));

            for n in 0..12 {
                watched.record(BOB, &address(200 + n)).await.unwrap();
            }

            let size = head[0].size + 12;
            eventually("a snapshot of the other journal", || {
                let kept = rows::Snapshot::list(&mut test.open(), &id).unwrap();
                kept.last().is_some_and(|row| row.size > size - 10 && row.size <= size)
            });
            assert_eq!(readiness(&watched).reasons, Vec::<String>::new());
            world.another(test).check(test).await;
        });
    }
}

/// A page of the file that is none any more is found, table by table, and nothing is written after.
#[test]
fn a_garbled_table_stops_all_writes() {
    let test = &TestDb::sqlite();
    run(async {
        let world = play(test).await;
        let Target::Sqlite(path) = &test.target else { unreachable!() };
        super::damage::garble_table(path, "votes");
        let watched = watched(&world, test, HASTY);
        eventually("not ready", || !readiness(&watched).reasons.is_empty());
        let reasons = readiness(&watched).reasons;
        assert!(
            reasons[0].contains("is damaged: ") && reasons[0].contains("restore a backup"),
            "{reasons:?}"
        );
        let refused = watched.record(ALICE, &address(900)).await;
        assert!(matches!(refused, Err(Error::SetAside(_))), "{refused:?}");
        // Accounts lie in the same file.
        let refused = watched.app.register("somebody", "seventeen green otters").await;
        assert!(matches!(&refused, Err(AuthError::Ledger(Error::SetAside(_)))), "{refused:?}");
        assert_eq!(Problem::from(refused.unwrap_err()).code, "damaged");
    });
}
