//! What one caller does wrong harms nobody else, and leaves nothing behind.

use std::thread::sleep;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use domain::evidence::EvidenceKey;
use domain::refusal::Refusal;
use domain::value::MemberNumber;
use server::app::{Call, Clock, Error, Job, NewAddress, Receipt, SetClock, Target as JobTarget, Writer};
use server::db::rows::{Event, Evidence, Head, Program};
use server::db::{Stored, Target};

use super::world::{ALICE, BOB, Held, NOON, World, address, expense, pilot, run, slug, time};
use crate::common::{TestDb, on_both};

/// Starts the calls while nobody can write, so that they wait together; then lets them go.
async fn grouped<T: Send + 'static>(
    test: &TestDb,
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let held = Held::take(test);
    let calls: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    sleep(Duration::from_millis(500));
    held.release();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

async fn dump_is_what_it_was(world: &World, before: &server::db::Dump) {
    assert_eq!(&world.dump().await, before);
}

/// The answers that a kind of call must get.
fn count(answers: &[Result<Receipt, Error>], matching: impl Fn(&Result<Receipt, Error>) -> bool) -> usize {
    answers.iter().filter(|answer| matching(answer)).count()
}

on_both! {
    fn only_the_culprit_of_a_group_fails(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            // Evidence that the table holds and memory does not: what one server's bug would look like to another.
            let identity = world.program().await.identity();
            let key = EvidenceKey::from_link("https://x.com/livepeer/status/7").unwrap().bound_to(&identity);
            let row = Evidence {
                program: world.id().await, key: key.store(), function: "host".to_owned(), submission: 999,
                share: 100, alone: 1,
            };
            Evidence::insert(&mut test.open(), &[row]).unwrap();
            let before = world.events(test).await.len();
            let calls = (0..50).map(|n| {
                let world = world.clone();
                async move {
                    match n {
                        // Another's address.
                        20..=34 => world.file(BOB, &expense(ALICE, n)).await,
                        // Nobody.
                        35..=39 => world.record(99, &address(1_000 + n)).await,
                        40..=49 => world.record(ALICE, &address(1_000 + n)).await,
                        _ => world.file(ALICE, &expense(ALICE, n)).await,
                    }
                }
            });

            let answers = grouped(test, calls).await;

            assert!(matches!(answers[7], Err(Error::Conflict)), "{:?}", answers[7]);
            assert_eq!(count(&answers, |answer| matches!(answer, Err(Error::Conflict))), 1);
            assert_eq!(count(&answers, |answer| matches!(answer, Err(Error::Refused(Refusal::PayeeNotYours { .. })))), 15);
            assert_eq!(count(&answers, |answer| matches!(answer, Err(Error::Refused(Refusal::NotAMember { .. })))), 5);
            assert_eq!(count(&answers, Result::is_ok), 29);
            assert_eq!(world.events(test).await.len(), before + 29);
            world.check(test).await;
            // The writer goes on.
            world.file(ALICE, &expense(ALICE, 100)).await.unwrap();
            println!("count: commands in groups with a culprit {}", answers.len());
        });
    }

    fn a_damaged_program_does_not_stop_the_others(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let mut second = pilot();
            second.slug = slug("second");
            second.safe = address(200).parse().unwrap();
            world.app.open_program(&second, true, "open").await.unwrap();
            damage(test, &world.id().await, 3);
            let restarted = world.another(test);
            drop(world);

            let id = Program::list(&mut test.open()).unwrap();
            let id = id.iter().find(|row| row.slug == "pilot").unwrap().id.parse().unwrap();
            let new = NewAddress { address: address(300), proof: None };
            for _ in 0..2 {
                let refused = restarted.app.record_address(restarted.ask(ALICE, "a"), &new).await;
                assert!(matches!(&refused, Err(Error::SetAside(reason)) if matches!(**reason, Error::Journal(_))), "{refused:?}");
                assert!(restarted.app.program(slug("pilot")).await.is_err());
            }
            assert_eq!(Event::list(&mut test.open(), &uuid_text(id)).unwrap().len(), 10);

            let mut elsewhere = restarted.clone();
            elsewhere.slug = slug("second");
            assert!(elsewhere.record(ALICE, &address(300)).await.is_ok());
            elsewhere.check(test).await;
        });
    }

    fn a_journal_that_went_back_is_read_anew_and_never_gets_a_gap(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let head = Head::list(&mut test.open(), &world.id().await).unwrap();
            world.record(ALICE, &address(100)).await.unwrap();
            // Another process restores a backup from before the last event.
            let (mut conn, id) = (test.open(), world.id().await);
            unlock_events(test);
            conn.batch_execute(&format!(
                "DELETE FROM events WHERE program = '{id}' AND seq >= {0}; DELETE FROM addresses WHERE seq >= {0}",
                head[0].size
            ))
            .unwrap();
            Head::upsert(&mut conn, &head).unwrap();

            let receipt = world.record(BOB, &address(101)).await.unwrap();

            assert_eq!(i64::try_from(receipt.seq.get()).unwrap(), head[0].size);
            world.check(test).await;
        });
    }

    fn nothing_is_written_after_a_journal_that_lost_its_end(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let id = world.id().await;
            unlock_events(test);
            let last = world.program().await.size().get() - 1;
            test.open().batch_execute(&format!("DELETE FROM events WHERE program = '{id}' AND seq = {last}")).unwrap();
            let before = world.dump().await;
            let restarted = world.another(test);

            let refused = restarted.record(ALICE, &address(100)).await;

            assert!(matches!(&refused, Err(Error::SetAside(reason)) if matches!(**reason, Error::HeadDiffers)), "{refused:?}");
            dump_is_what_it_was(&restarted, &before).await;
        });
    }

    fn an_opening_with_an_impossible_allotment_leaves_nothing(test: TestDb) {
        run(async {
            let world = World::unopened(test);
            let mut impossible = pilot();
            impossible.allotments.insert(slug("bounties"), "151".parse().unwrap());

            let refused = world.app.open_program(&impossible, true, "open").await;

            assert!(matches!(refused, Err(Error::Refused(Refusal::AboveCeiling { .. }))), "{refused:?}");
            let mut conn = test.open();
            assert_eq!(Program::list(&mut conn).unwrap(), []);
            for table in ["heads", "events", "documents", "entries", "members"] {
                assert_eq!(rows_in(test, table), 0, "{table}");
            }
            let unknown = world.app.program(slug("pilot")).await;
            assert!(matches!(unknown, Err(Error::NoSuchProgram { .. })), "{unknown:?}");
            // Slug, Safe and key are free.
            assert!(world.app.open_program(&pilot(), true, "open").await.is_ok());
            world.check(test).await;
        });
    }

    fn a_slug_and_a_safe_belong_to_one_program(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let before = world.dump().await;
            let (mut same_slug, mut same_safe) = (pilot(), pilot());
            same_slug.safe = address(200).parse().unwrap();
            same_safe.slug = slug("second");

            let slug_taken = world.app.open_program(&same_slug, true, "one").await;
            let safe_taken = world.app.open_program(&same_safe, true, "two").await;

            assert!(matches!(&slug_taken, Err(Error::SlugTaken { slug }) if slug == "pilot"), "{slug_taken:?}");
            assert!(matches!(&safe_taken, Err(Error::SafeTaken { slug, .. }) if slug == "pilot"), "{safe_taken:?}");
            assert_eq!(Program::list(&mut test.open()).unwrap().len(), 1);
            dump_is_what_it_was(&world, &before).await;
        });
    }

    fn a_command_without_its_document_is_refused(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let before = world.dump().await;
            let program = world.program().await;
            let (writer, _) = Writer::start(test.open(), Clock::Set(SetClock::at(time(NOON))));
            let name = domain::value::Digest::sha256(&[b"nowhere"]);
            let command = domain::command::AddMember { name, roles: vec![domain::words::Role::Auditor] }.into();

            let refused = writer.submit(job(&program, 1, command, "k")).await;

            assert!(matches!(refused, Err(Error::DocumentMissing { digest }) if digest == name), "{refused:?}");
            dump_is_what_it_was(&world, &before).await;
        });
    }
}

/// A job of one command without documents.
pub fn job(program: &domain::Program, member: u32, command: domain::event::Command, key: &str) -> Job {
    let member = MemberNumber::new(member).unwrap();
    let cause = domain::command::Cause::of_call(member, "test", key, "POST", "/", b"{}");
    Job {
        target: JobTarget::Existing(program.id()),
        actor: domain::command::Actor::Member(member),
        calls: vec![Call { command, cause: Some(cause), documents: Vec::<domain::journal::Document>::new() }],
        accounts: Vec::new(),
    }
}

fn uuid_text(id: uuid::Uuid) -> String {
    id.store()
}

fn rows_in(test: &TestDb, table: &str) -> i64 {
    use diesel::RunQueryDsl;
    let count = diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!("SELECT count(*) FROM {table}"));
    count.get_result(&mut test.open()).unwrap()
}

/// Takes away what keeps people from changing the journal by hand.
pub fn unlock_events(test: &TestDb) {
    let sql = match test.target {
        Target::Sqlite(_) => "DROP TRIGGER events_keep_update; DROP TRIGGER events_keep_delete",
        Target::Postgres(_) => "DROP TRIGGER events_keep ON events",
    };
    test.open().batch_execute(sql).unwrap();
}

/// Adds a space to the bytes of an event.
pub fn damage(test: &TestDb, program: &str, seq: i64) {
    unlock_events(test);
    let padded = match test.target {
        Target::Sqlite(_) => "CAST(CAST(bytes AS TEXT) || ' ' AS BLOB)",
        Target::Postgres(_) => "bytes || ' '::bytea",
    };
    let sql = format!("UPDATE events SET bytes = {padded} WHERE program = '{program}' AND seq = {seq}");
    test.open().batch_execute(&sql).unwrap();
}
