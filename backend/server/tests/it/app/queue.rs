//! More callers than can wait, and callers who go away.

use std::thread::sleep;
use std::time::Duration;

use domain::command::RecordAddress;
use server::app::{Clock, Error, SetClock, Writer};

use super::isolation::job;
use super::world::{ALICE, Held, NOON, World, address, run, time};
use crate::common::on_both;

const CALLERS: u64 = 4_000;

on_both! {
    fn a_full_queue_sends_callers_away_and_loses_none_of_the_others(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let (writer, _) = Writer::start(test.open(), Clock::Set(SetClock::at(time(NOON))));
            let program = world.program().await;
            let held = Held::take(test);
            let calls: Vec<_> = (0..CALLERS).map(|n| {
                let command = RecordAddress { address: address(1_000 + n).parse().unwrap() }.into();
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

            // At most: one being written, a queue, and what was taken from it.
            assert!(busy >= CALLERS - 2 * 1_024 - 1 && written >= 1_024, "{written} written, {busy} busy");
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

    fn who_asks_a_stopped_writer_is_told(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let (writer, thread) = Writer::start(test.open(), Clock::Set(SetClock::at(time(NOON))));
            let program = world.program().await;
            // A fault that is no constraint and no lock: the table of documents is gone.
            use diesel::connection::SimpleConnection;
            test.open().batch_execute("ALTER TABLE addresses RENAME TO mislaid").unwrap();
            let record = |n: u64| RecordAddress { address: address(n).parse().unwrap() }.into();

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
