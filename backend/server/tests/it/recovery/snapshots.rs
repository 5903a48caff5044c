//! A start from a snapshot and the tail; what is not believed, and what is kept.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use domain::value::Digest;
use domain::{BUILD, Program};
use server::app::{Error, Watch};
use server::db::Stored;
use server::db::rows::Snapshot;

use super::{HASTY, eventually, watched};
use crate::app::history::play;
use crate::app::isolation::damage;
use crate::app::world::{ALICE, BOB, World, address, pilot, run, slug};
use crate::common::{TestDb, on_both};

fn stored(test: &TestDb, id: &str) -> Vec<Snapshot> {
    Snapshot::list(&mut test.open(), id).unwrap()
}

/// Writes exactly these rows.
fn replace(test: &TestDb, rows: &[Snapshot]) {
    let mut conn = test.open();
    conn.batch_execute("DELETE FROM snapshots").unwrap();
    Snapshot::insert_new(&mut conn, rows).unwrap();
}

/// The size of the newest complete snapshot of this build.
fn newest(test: &TestDb, id: &str) -> i64 {
    stored(test, id)
        .iter()
        .filter(|row| row.build == BUILD && row.part == 0)
        .map(|row| row.size)
        .max()
        .unwrap_or(0)
}

/// Has a snapshot made of the program as it stands.
async fn keep(world: &World, test: &TestDb) {
    let (id, program) = (world.id().await, world.program().await);
    let size = i64::try_from(program.size().get()).unwrap();
    let watched = watched(world, test, HASTY);
    eventually("a snapshot of the whole program", || newest(test, &id) == size);
    drop(watched);
}

/// One row that holds a state.
fn row_of(program: &Program) -> Snapshot {
    let bytes = program.snapshot().unwrap();
    Snapshot {
        program: program.id().store(),
        build: BUILD.to_owned(),
        size: i64::try_from(program.size().get()).unwrap(),
        part: 0,
        parts: 1,
        leaf: program.last_leaf().store(),
        root: program.root().store(),
        digest: Digest::sha256(&[&bytes]).store(),
        bytes,
    }
}

/// What a restarted server makes of it: its program, if it can be loaded.
async fn restarted(world: &World, test: &TestDb) -> Result<Program, Error> {
    world.another(test).app.program(world.slug).await
}

on_both! {
    fn a_start_from_a_snapshot_and_the_tail_is_the_state_of_the_whole_journal(test: TestDb) {
        run(async {
            let world = play(test).await;
            keep(&world, test).await;
            for n in 0..3 {
                world.record(ALICE, &address(900 + n)).await.unwrap();
            }
            let before = world.dump().await;
            // Who replays from the first event would see this one, and refuse.
            damage(test, &world.id().await, 3);
            let (restarted, expected) = (world.another(test), world.program().await);
            let reader = server::app::App::start_reading(&test.target).unwrap();

            assert!(restarted.program().await == expected);
            assert!(reader.program(world.slug).await.unwrap() == expected);
            restarted.record(BOB, &address(950)).await.unwrap();

            assert_eq!(restarted.program().await.size().get(), expected.size().get() + 1);
            assert!(before.iter().all(|(table, _)| *table != "snapshots"));
            println!("count: events behind a start from a snapshot {}", world.program().await.size());
        });
    }

    fn a_snapshot_that_does_not_hold_is_passed_over(test: TestDb) {
        run(async {
            let world = play(test).await;
            keep(&world, test).await;
            let (id, program) = (world.id().await, world.program().await);
            let good = row_of(&program);
            assert_eq!(stored(test, &id).last(), Some(&good), "the stored row is the state's");
            world.record(ALICE, &address(900)).await.unwrap();
            let mut second = pilot();
            second.slug = slug("second");
            second.safe = address(200).parse().unwrap();
            world.app.open_program(&second, true, "second").await.unwrap();
            let other = world.app.program(slug("second")).await.unwrap();
            let expected = world.program().await;
            damage(test, &id, 3);
            let half = good.bytes.len() / 2;
            let mut flipped = good.bytes.clone();
            flipped[half] ^= 1;
            let cut = good.bytes[..half].to_vec();
            let longer = [good.bytes.as_slice(), b"\0"].concat();
            let hashed = |bytes: Vec<u8>| Snapshot { digest: Digest::sha256(&[&bytes]).store(), bytes, ..good.clone() };
            let hash = "ab".repeat(32);
            let older = Snapshot { size: good.size - 1, ..good.clone() };
            let tables: &[(&str, Snapshot)] = &[
                ("a flipped bit", Snapshot { bytes: flipped, ..good.clone() }),
                ("a lost end", Snapshot { bytes: cut.clone(), ..good.clone() }),
                ("a lost end, hashed again", hashed(cut)),
                ("bytes too many, hashed again", hashed(longer)),
                ("another hash", Snapshot { digest: hash.clone(), ..good.clone() }),
                ("another leaf", Snapshot { leaf: hash.clone(), ..good.clone() }),
                ("another root", Snapshot { root: hash.clone(), ..good.clone() }),
                ("another size", older),
                ("a missing part", Snapshot { parts: 2, bytes: good.bytes[..half].to_vec(), ..good.clone() }),
                ("another build", Snapshot { build: hash, ..good.clone() }),
                ("another program's state", Snapshot { program: good.program.clone(), ..row_of(&other) }),
            ];
            for (what, row) in tables {
                replace(test, std::slice::from_ref(row));
                let refused = restarted(&world, test).await;
                // The whole journal was read: its damaged event was met.
                assert!(matches!(refused, Err(Error::SetAside(_))), "{what}: {:?}", refused.map(|state| state.size()));
            }
            replace(test, &[good]);
            assert!(restarted(&world, test).await.unwrap() == expected);
            println!("count: snapshots passed over {}", tables.len());
        });
    }

    fn the_older_one_is_taken_where_the_newer_one_is_damaged(test: TestDb) {
        run(async {
            let world = play(test).await;
            keep(&world, test).await;
            world.record(ALICE, &address(900)).await.unwrap();
            let mut newer = row_of(&world.program().await);
            newer.bytes[7] ^= 1;
            Snapshot::insert_new(&mut test.open(), &[newer]).unwrap();
            damage(test, &world.id().await, 3);
            assert!(restarted(&world, test).await.unwrap() == world.program().await);
        });
    }

    fn the_newest_two_are_kept_and_other_builds_are_left_alone_while_they_are_ahead(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let id = world.id().await;
            let (mut behind, mut ahead) = (row_of(&world.program().await), row_of(&world.program().await));
            (behind.build, behind.size) = ("01".repeat(32), 3);
            (ahead.build, ahead.size) = ("02".repeat(32), 1_000);
            replace(test, &[behind.clone(), ahead.clone()]);
            let watched = watched(&world, test, Watch { quiet: Duration::from_hours(1), ..HASTY });
            let mut sizes = Vec::new();
            for round in 0..4 {
                for n in 0..12 {
                    watched.record(ALICE, &address(1_000 + 12 * round + n)).await.unwrap();
                }
                let size = i64::try_from(watched.program().await.size().get()).unwrap();
                // Ten events more than the last one, or nearly all that there are.
                eventually("another snapshot", || newest(test, &id) > size - 10);
                sizes.push(newest(test, &id));
            }

            let rows = stored(test, &id);
            let ours: Vec<i64> = rows.iter().filter(|row| row.build == BUILD).map(|row| row.size).collect();
            assert_eq!(ours.len(), 2, "{sizes:?} {ours:?}");
            assert_eq!(ours.last(), sizes.last());
            assert!(rows.contains(&ahead) && !rows.contains(&behind));
        });
    }

    fn a_damaged_snapshot_is_made_anew(test: TestDb) {
        run(async {
            let world = play(test).await;
            keep(&world, test).await;
            let id = world.id().await;
            let good = stored(test, &id);
            let mut bad = good.clone();
            bad.last_mut().unwrap().bytes[9] ^= 1;
            replace(test, &bad);
            let restarted = world.another(test);
            restarted.program().await;
            let watched = watched(&restarted, test, HASTY);

            eventually("the snapshot as it was", || stored(test, &id).last() == good.last());

            assert_eq!(watched.app.check().await, server::app::Readiness::default());
        });
    }

    // That it cannot be read now says nothing of it.
    fn a_passing_fault_of_the_database_drops_no_snapshot(test: TestDb) {
        run(async {
            let world = play(test).await;
            keep(&world, test).await;
            let id = world.id().await;
            let good = stored(test, &id);
            test.open().batch_execute("ALTER TABLE snapshots RENAME COLUMN bytes TO away").unwrap();
            let restarted = world.another(test);
            let watched = watched(&restarted, test, HASTY);
            std::thread::sleep(Duration::from_millis(700));
            test.open().batch_execute("ALTER TABLE snapshots RENAME COLUMN away TO bytes").unwrap();
            assert_eq!(stored(test, &id), good);

            // And it goes on where it was.
            for n in 0..12 {
                restarted.record(ALICE, &address(900 + n)).await.unwrap();
            }
            eventually("another snapshot", || newest(test, &id) > good[0].size);
            assert_eq!(watched.app.check().await, server::app::Readiness::default());
        });
    }

    // Whoever writes to the database can write a snapshot that fits: another state with the same journal.
    fn a_well_made_forgery_is_found_by_the_replayer_and_gone_at_the_next_start(test: TestDb) {
        run(async {
            let world = play(test).await;
            let (id, program) = (world.id().await, world.program().await);
            let forged = forge(&program);
            replace(test, &[row_of(&forged)]);
            let restarted = world.another(test);
            assert!(restarted.program().await == forged, "nothing cheap shows it");
            let watched = watched(&restarted, test, HASTY);

            eventually("no more writes", || {
                let refused = run_here(watched.record(ALICE, &address(900)));
                matches!(&refused, Err(Error::SetAside(reason)) if matches!(**reason, Error::MemoryDiffers))
            });

            let reasons = watched.app.check().await.reasons;
            assert!(reasons[0].starts_with("program pilot takes no more writes: what this server holds"), "{reasons:?}");
            eventually("no snapshot", || stored(test, &id).is_empty());
            drop(watched);
            let healed = world.another(test);
            assert_eq!(healed.program().await.audit(), Ok(()));
            healed.record(BOB, &address(901)).await.unwrap();
        });
    }
}

/// Runs a future on a thread of its own, from within another runtime.
fn run_here<T: Send>(work: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| scope.spawn(|| run(work)).join().unwrap())
}

/// Another state that the same journal's size, leaf and root stand beside.
fn forge(program: &Program) -> Program {
    let bytes = program.snapshot().unwrap();
    let fits = |forged: &Program| {
        forged != program
            && forged.id() == program.id()
            && forged.size() == program.size()
            && forged.root() == program.root()
            && forged.last_leaf() == program.last_leaf()
            && forged.last_at() == program.last_at()
            && forged.members().count() == program.members().count()
    };
    (bytes.len() / 2..bytes.len())
        .find_map(|place| {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1;
            Program::from_snapshot(&flipped).ok().filter(fits)
        })
        .unwrap()
}
