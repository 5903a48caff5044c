//! A database that is busy is asked again, after pauses in which others may work.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use server::app::Error;
use server::db::Target;

use super::world::{ALICE, BOB, Held, World, address, run};
use crate::common::{TestDb, on_both};

/// Makes every write of this address fail as if somebody else held a lock.
fn busy_at(test: &TestDb, address: &str) {
    let trigger = match test.target {
        Target::Sqlite(_) => format!(
            "CREATE TRIGGER busy AFTER INSERT ON addresses WHEN NEW.address = '{address}' \
             BEGIN SELECT RAISE(ABORT, 'database is locked'); END"
        ),
        Target::Postgres(_) => format!(
            "CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'; END $$; \
             CREATE TRIGGER busy AFTER INSERT ON addresses FOR EACH ROW WHEN (NEW.address = '{address}') \
             EXECUTE FUNCTION busy()"
        ),
    };
    test.open().batch_execute(&trigger).unwrap();
}

on_both! {
    fn a_busy_database_is_asked_again_after_pauses_without_a_lock(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            busy_at(test, &address(100));
            let start = Instant::now();
            let caller = tokio::spawn({
                let world = world.clone();
                async move { world.record(ALICE, &address(100)).await }
            });

            // Whoever comes in a pause gets the lock at once.
            let mut meanwhile = 0;
            while !caller.is_finished() {
                Held::take(test).release();
                meanwhile += u32::from(!caller.is_finished());
                tokio::time::sleep(Duration::from_millis(10)).await;
            }

            let answer = caller.await.unwrap();
            assert!(matches!(answer, Err(Error::Busy { retry_after_s: 1 })), "{answer:?}");
            // 20, 40, 80 and 160 ms between five tries.
            assert!(start.elapsed() >= Duration::from_millis(300), "{:?}", start.elapsed());
            assert!(meanwhile >= 2, "the lock was free {meanwhile} times");
            world.record(BOB, &address(101)).await.unwrap();
            world.check(test).await;
        });
    }
}
