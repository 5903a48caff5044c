//! Projections are made again from the journal, byte for byte, or not at all.

use diesel::connection::SimpleConnection;
use domain::event::Recorded;
use server::app::{Error, Rebuilt};
use server::db::Target;
use server::db::rows::{Event, Program};

use super::history::play;
use super::isolation::{damage, unlock_events};
use super::world::{ALICE, World, address, run, slug};
use crate::common::{TestDb, on_both};

fn execute(test: &TestDb, sql: &str) {
    test.open().batch_execute(sql).unwrap();
}

/// Replaces text in an event's bytes.
fn rewrite(test: &TestDb, seq: u64, from: &str, to: &str) {
    unlock_events(test);
    let bytes = match test.target {
        Target::Sqlite(_) => format!("CAST(replace(CAST(bytes AS TEXT), '{from}', '{to}') AS BLOB)"),
        Target::Postgres(_) => {
            format!("convert_to(replace(convert_from(bytes, 'UTF8'), '{from}', '{to}'), 'UTF8')")
        }
    };
    execute(test, &format!("UPDATE events SET bytes = {bytes} WHERE seq = {seq}"));
}

/// The rebuild refuses, and no table changes.
async fn refuses(test: &TestDb, world: &World, expected: impl Fn(&Error) -> bool) {
    let before = world.dump().await;
    let Err(refused) = Rebuilt::make(&test.target, None) else { panic!("the rebuild took it") };
    let Error::InProgram { slug, error } = refused else { panic!("{refused:?}") };
    assert!(slug == "pilot" && expected(&error), "{error:?}");
    assert_eq!(world.dump().await, before);
}

on_both! {
    fn a_rebuild_changes_nothing_where_nothing_is_wrong(test: TestDb) {
        run(async {
            let world = play(test).await;
            let before = world.dump().await;

            let [rebuilt] = Rebuilt::make(&test.target, None).unwrap().try_into().unwrap();

            assert_eq!(world.dump().await, before);
            assert_eq!(rebuilt.changed, Vec::<&str>::new());
            assert_eq!(rebuilt.slug, "pilot");
            let rows: usize = before.iter().skip(3).map(|(_, rows)| rows.len()).sum();
            assert_eq!(rebuilt.rows, rows);
            assert!(rebuilt.program == Some(world.program().await));
            println!("count: projection rows rebuilt {rows}");
        });
    }

    fn damaged_projections_are_repaired_and_named(test: TestDb) {
        run(async {
            let world = play(test).await;
            let before = world.dump().await;
            let all: Vec<&str> = before.iter().skip(3).map(|(table, _)| *table).collect();
            let more = "000000000000000000000000000000000000009";
            execute(test, &format!("UPDATE accounts SET balance = '{more}' WHERE account = '1/bounties/available'"));
            execute(test, "DELETE FROM votes WHERE submission = 2");
            execute(test, &format!(
                "INSERT INTO evidence SELECT program, '{}', 'host', 1, 100, 1 FROM heads", "ab".repeat(32)
            ));

            let [rebuilt] = Rebuilt::make(&test.target, Some(slug("pilot"))).unwrap().try_into().unwrap();

            assert_eq!(rebuilt.changed, ["accounts", "evidence", "votes"]);
            assert_eq!(world.dump().await, before);
            // And each table alone, emptied.
            for table in &all {
                execute(test, &format!("DELETE FROM {table}"));
                let [rebuilt] = Rebuilt::make(&test.target, None).unwrap().try_into().unwrap();
                assert_eq!(rebuilt.changed, [*table]);
                assert_eq!(world.dump().await, before, "{table}");
            }
            println!("count: projections emptied and rebuilt {}", all.len());
        });
    }

    fn the_writer_goes_on_after_a_rebuild(test: TestDb) {
        run(async {
            let world = play(test).await;
            Rebuilt::make(&test.target, None).unwrap();
            world.record(ALICE, &address(77)).await.unwrap();
            world.check(test).await;
        });
    }

    fn a_damaged_event_stops_the_rebuild(test: TestDb) {
        run(async {
            let world = play(test).await;
            damage(test, &world.id().await, 12);
            refuses(test, &world, |error| matches!(error, Error::Journal(_))).await;
        });
    }

    fn a_plausible_event_that_nobody_decided_stops_the_rebuild(test: TestDb) {
        run(async {
            let world = play(test).await;
            world.record(ALICE, &address(77)).await.unwrap();
            // Another address in the last event: canonical, and allowed by every rule.
            let last = world.program().await.size().get() - 1;
            rewrite(test, last, &address(77), &address(78));
            refuses(test, &world, |error| matches!(error, Error::Journal(_))).await;
            // Nor is it enough to fix its hash: the head knows another one.
            fix_leaf(test, last);
            refuses(test, &world, |error| matches!(error, Error::HeadDiffers)).await;
        });
    }

    fn an_outcome_that_its_command_does_not_lead_to_stops_the_rebuild(test: TestDb) {
        run(async {
            let world = play(test).await;
            let counted = world.events(test).await.into_iter().find(|event| {
                event.kind == "vote_cast" && String::from_utf8_lossy(&event.bytes).contains(r#""verdict":"counted""#)
            });
            let seq = u64::try_from(counted.unwrap().seq).unwrap();
            rewrite(test, seq, r#""verdict":"counted""#, r#""verdict":"rejected""#);
            fix_leaf(test, seq);
            refuses(test, &world, |error| matches!(error, Error::Altered { seq: found } if found.get() == seq)).await;
        });
    }

    fn columns_beside_the_bytes_must_say_what_the_bytes_say(test: TestDb) {
        run(async {
            let world = play(test).await;
            unlock_events(test);
            for (column, value) in [
                ("leaf", "ab".repeat(32)),
                ("at", "2026-01-05T12:00:00.000009Z".to_owned()),
                ("actor", "9".to_owned()),
                ("kind", "vote_cast".to_owned()),
                ("cause_key", "cd".repeat(32)),
                ("cause_request", "cd".repeat(32)),
            ] {
                execute(test, "CREATE TABLE kept AS SELECT * FROM events WHERE seq = 5");
                execute(test, &format!("UPDATE events SET {column} = '{value}' WHERE seq = 5"));
                let right = |error: &Error| match error {
                    Error::Journal(server::db::journal::JournalError::Columns { column: found, .. }) => *found == column,
                    _ => false,
                };
                refuses(test, &world, right).await;
                execute(test, &format!("UPDATE events SET {column} = (SELECT {column} FROM kept) WHERE seq = 5"));
                execute(test, "DROP TABLE kept");
            }
            assert!(Rebuilt::make(&test.target, None).is_ok(), "all was put back");
        });
    }

    fn a_lost_end_of_the_journal_stops_the_rebuild(test: TestDb) {
        run(async {
            let world = play(test).await;
            unlock_events(test);
            execute(test, "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)");
            refuses(test, &world, |error| matches!(error, Error::HeadDiffers)).await;
        });
    }

    fn a_program_that_is_not_there_is_named(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let missing = Rebuilt::make(&test.target, Some(slug("nobody")));
            assert!(matches!(missing, Err(Error::NoSuchProgram { slug }) if slug == "nobody"));
            world.check(test).await;
        });
    }
}

/// Puts another text into the last event, with its hash: all of it sound, and nobody asked for it.
pub async fn forge_last_event(test: &TestDb, world: &World, from: &str, to: &str) {
    let last = world.program().await.size().get() - 1;
    rewrite(test, last, from, to);
    fix_leaf(test, last);
}

/// Makes the hash beside an event's bytes right again.
fn fix_leaf(test: &TestDb, seq: u64) {
    let mut conn = test.open();
    let row = Program::list(&mut conn).unwrap().remove(0);
    let seq = i64::try_from(seq).unwrap();
    let bytes =
        Event::list(&mut conn, &row.id).unwrap().into_iter().find(|event| event.seq == seq).unwrap().bytes;
    let leaf = Recorded::from_bytes(&bytes).unwrap().leaf;
    conn.batch_execute(&format!("UPDATE events SET leaf = '{leaf}' WHERE seq = {seq}")).unwrap();
}
