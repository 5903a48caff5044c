//! More callers than can wait, and callers who go away.

use std::thread::sleep;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::command::RecordAddress;
use server::app::{Clock, Error, SetClock, Writer};
use server::db::Target;

use super::isolation::job;
use super::world::{ALICE, Held, NOON, World, address, pilot, run, slug, time};
use crate::common::{TestDb, on_both};

const CALLERS: u64 = 4_000;

on_both! {
    fn a_full_queue_sends_callers_away_and_loses_none_of_the_others(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let (writer, _) = Writer::start(test.open(), Clock::Set(SetClock::at(time(NOON))));
            let program = world.program().await;
            let held = Held::take(test);
            let calls: Vec<_> = (0..CALLERS).map(|n| {
                let command = RecordAddress { address: address(1_000 + n).parse().unwrap(), proof: None }.into();
                let (job, writer) = (job(&program, ALICE, command, &n.to_string()), writer.clone());
                tokio::spawn(async move { writer.submit(job).await })
            }).collect();
            sleep(Duration::from_millis(500));
            held.release();

            let (mut written, mut busy) = (0, 0);
            for call in calls {
                match call.await.unwrap() {
                    Ok(_) => written += 1,
                    Err(Error::Busy { retry_after_s: 1 }) => busy += 1,
                    Err(other) => panic!("{other:?}"),
                }
            }

            // One bound for all that waits, the group that is being written too.
            assert_eq!((written, busy), (1_024, CALLERS - 1_024));
            let events = u64::try_from(world.events(test).await.len()).unwrap();
            assert_eq!(events, program.size().get() + written);
            world.check(test).await;
            println!("count: callers at a full queue {CALLERS}");
        });
    }

    fn a_caller_who_goes_away_does_not_lose_a_written_event(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let held = Held::take(test);
            let caller = tokio::spawn({
                let world = world.clone();
                async move { world.record(ALICE, &address(100)).await }
            });
            sleep(Duration::from_millis(300));
            caller.abort();
            assert!(caller.await.unwrap_err().is_cancelled());
            held.release();

            // Behind it in the queue.
            world.record(ALICE, &address(101)).await.unwrap();

            let program = world.program().await;
            assert!(program.address(&address(100).parse().unwrap()).is_some(), "it was written all the same");
            world.check(test).await;
        });
    }

    fn a_commit_that_fails_fails_its_culprit_only(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            // A constraint that is checked at the commit: all statements pass, COMMIT does not.
            fail_at_commit(test, &address(104));
            let held = Held::take(test);
            let calls: Vec<_> = (100..110).map(|n| {
                let world = world.clone();
                tokio::spawn(async move { world.record(ALICE, &address(n)).await })
            }).collect();
            sleep(Duration::from_millis(300));
            held.release();

            for (n, call) in (100..).zip(calls) {
                let answer = call.await.unwrap();
                assert_eq!(matches!(answer, Err(Error::Conflict)), n == 104, "{n}: {answer:?}");
                assert_eq!(answer.is_ok(), n != 104);
            }
            world.check(test).await;
            assert!(world.program().await.address(&address(104).parse().unwrap()).is_none());
        });
    }

    fn who_asks_a_stopped_writer_is_told(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let (writer, thread) = Writer::start(test.open(), Clock::Set(SetClock::at(time(NOON))));
            let program = world.program().await;
            // A fault that is no constraint and no lock: a table is gone.
            test.open().batch_execute("ALTER TABLE addresses RENAME TO mislaid").unwrap();
            let record = |n: u64| RecordAddress { address: address(n).parse().unwrap(), proof: None }.into();

            let first = writer.submit(job(&program, ALICE, record(100), "1")).await;
            assert!(matches!(first, Err(Error::Stopped)), "{first:?}");
            thread.join().unwrap();
            let second = writer.submit(job(&program, ALICE, record(101), "2")).await;
            assert!(matches!(second, Err(Error::Stopped)), "{second:?}");

            test.open().batch_execute("ALTER TABLE mislaid RENAME TO addresses").unwrap();
            world.check(test).await;
            assert!(world.record(ALICE, &address(100)).await.is_ok(), "a restart continues where it was");
        });
    }
}

/// Makes every commit fail that records this address.
pub fn fail_at_commit(test: &TestDb, address: &str) {
    let tables = "CREATE TABLE allowed (address TEXT PRIMARY KEY); \
                  CREATE TABLE asked (address TEXT REFERENCES allowed (address) DEFERRABLE INITIALLY DEFERRED);";
    let trigger = match test.target {
        Target::Sqlite(_) => format!(
            "CREATE TRIGGER ask AFTER INSERT ON addresses WHEN NEW.address = '{address}' \
             BEGIN INSERT INTO asked VALUES (NEW.address); END"
        ),
        Target::Postgres(_) => format!(
            "CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN INSERT INTO asked VALUES (NEW.address); RETURN NEW; END $$; \
             CREATE TRIGGER ask AFTER INSERT ON addresses FOR EACH ROW WHEN (NEW.address = '{address}') \
             EXECUTE FUNCTION ask()"
        ),
    };
    test.open().batch_execute(&format!("{tables} {trigger}")).unwrap();
}

/// PostgreSQL says which transaction wrote a row; SQLite does not.
mod programs_whose_callers_alternate_still_share_commits {
    use super::*;

    #[test]
    fn postgres() {
        let test = &TestDb::postgres();
        run(async {
            let world = World::open(test).await;
            let mut second = world.clone();
            second.slug = slug("second");
            let mut file = pilot();
            file.slug = second.slug;
            file.safe = address(200).parse().unwrap();
            world.app.open_program(&file, true, "open").await.unwrap();
            let held = Held::take(test);
            let calls: Vec<_> = (0..200)
                .map(|n| {
                    let world = if n % 2 == 0 { world.clone() } else { second.clone() };
                    tokio::spawn(async move { world.record(ALICE, &address(1_000 + n)).await })
                })
                .collect();
            sleep(Duration::from_millis(500));
            held.release();
            for call in calls {
                call.await.unwrap().unwrap();
            }

            let written = sql::<BigInt>("SELECT count(DISTINCT xmin::text) FROM addresses");
            let commits: i64 = written.get_result(&mut test.open()).unwrap();
            // Seven of the pilot's opening, one for the first to come, and a group or two for each program.
            assert!(commits <= 12, "{commits} commits for 200 commands");
            world.check(test).await;
            second.check(test).await;
        });
    }
}

/// A connection that is cut: nothing that was answered is lost, and a restart goes on.
mod a_lost_connection_stops_the_writer_and_loses_nothing {
    use super::*;

    #[test]
    fn postgres() {
        let test = &TestDb::postgres();
        run(async {
            let world = World::open(test).await;
            world.record(ALICE, &address(100)).await.unwrap();
            let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            sql::<BigInt>(cut).get_result::<i64>(&mut test.open()).unwrap();

            let calls: Vec<_> = (101..120)
                .map(|n| {
                    let world = world.clone();
                    tokio::spawn(async move { (n, world.record(ALICE, &address(n)).await) })
                })
                .collect();
            for call in calls {
                let (n, answer) = call.await.unwrap();
                assert!(
                    matches!(answer, Err(Error::Stopped | Error::Query(_) | Error::Pool(_))),
                    "{n}: {answer:?}"
                );
            }

            let restarted = world.another(test);
            let program = restarted.program().await;
            assert!(program.address(&address(100).parse().unwrap()).is_some());
            assert!(restarted.record(ALICE, &address(101)).await.is_ok());
            restarted.check(test).await;
        });
    }
}
