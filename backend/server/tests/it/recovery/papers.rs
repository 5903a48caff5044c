//! What a running server makes of documents that were erased, and of uploads that nobody used.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use domain::event::Fact;
use domain::value::{Digest, MemberNumber};
use domain::words::Erasure;
use server::app::{NewErasure, Readiness, Why};
use server::db::Target;

use super::{HASTY, eventually, watched};
use crate::app::world::{ALICE, LEAD, World, expense, filed, run};
use crate::common::{TestDb, on_both};

fn readiness(world: &World) -> Readiness {
    std::thread::scope(|scope| scope.spawn(|| run(world.app.check())).join().unwrap())
}

fn uploads(test: &TestDb) -> i64 {
    sql::<BigInt>("SELECT count(*) FROM uploads").get_result(&mut test.open()).unwrap()
}

/// A claim that was filed and withdrawn; gives the digest of why.
async fn withdrawn(world: &World, n: u64) -> Digest {
    withdrawn_because(world, n, "Not mine.").await
}

async fn withdrawn_because(world: &World, n: u64, reason: &str) -> Digest {
    let claim = filed(&world.file(ALICE, &expense(ALICE, n)).await.unwrap());
    let why = Why { reason: reason.to_owned() };
    let key = world.key();
    let receipt = world.app.withdraw_submission(world.ask(ALICE, &key), claim, &why).await.unwrap();
    let Fact::SubmissionWithdrawn { asked } = receipt.fact else { panic!("{receipt:?}") };
    asked.reason
}

/// Its author asks, and the lead says the same.
async fn erase(world: &World, document: Digest) {
    for who in [ALICE, LEAD] {
        let (key, new) = (world.key(), NewErasure { class: Erasure::Mistake });
        world.app.erase_document(world.ask(who, &key), document, &new).await.unwrap();
    }
}

/// How often SQLite's file has a text, with everything in it that its log holds.
fn left_of(words: &str, test: &TestDb) -> usize {
    let mut conn = test.open();
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let Target::Sqlite(path) = &test.target else { panic!("PostgreSQL has no file") };
    let file = std::fs::read(path).unwrap();
    file.windows(words.len()).filter(|window| *window == words.as_bytes()).count()
}

#[test]
fn of_what_was_erased_nothing_is_left_in_the_file() {
    let test = &TestDb::sqlite();
    run(async {
        let world = World::open(test).await;
        // One that fits into a page, and one that needs several.
        let short = withdrawn_because(&world, 1, "A short secret.").await;
        let long = withdrawn_because(&world, 2, &"A long secret. ".repeat(500)).await;
        assert!(left_of("A short secret.", test) > 0 && left_of("A long secret.", test) > 400);

        erase(&world, short).await;
        erase(&world, long).await;

        assert_eq!((left_of("A short secret.", test), left_of("A long secret.", test)), (0, 0));
    });
}

on_both! {
    fn what_an_event_erased_is_no_lost_text_and_what_nobody_erased_is(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let (erased, lost) = (withdrawn(&world, 1).await, withdrawn(&world, 2).await);
            erase(&world, erased).await;
            test.open().batch_execute(&format!("DELETE FROM documents WHERE digest = '{lost}'")).unwrap();

            let watched = watched(&world, test, HASTY);

            eventually("a warning", || !readiness(&watched).warnings.is_empty());
            let Readiness { reasons, warnings } = readiness(&watched);
            assert_eq!(reasons, Vec::<String>::new());
            let only = format!("document {lost} is missing or altered");
            assert!(warnings.len() == 1 && warnings[0].contains(&only), "{warnings:?}");

        });
    }

    fn uploads_that_no_claim_named_are_dropped_without_anybody_asking(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let picture = include_bytes!("../../captures/turned.png").to_vec();
            let alice = MemberNumber::new(ALICE).unwrap();
            world.app.upload_capture(world.slug, alice, picture.clone(), None).await.unwrap();
            let now = world.app.now().unwrap().plus_hours(domain::value::Count::new(23));
            world.clock.set(now);
            world.app.upload_capture(world.slug, alice, picture, None).await.unwrap();
            let _watched = watched(&world, test, HASTY);
            std::thread::sleep(std::time::Duration::from_millis(300));
            assert_eq!(uploads(test), 2, "a day has not passed");

            world.clock.set(now.plus_hours(domain::value::Count::new(2)));

            eventually("one is dropped", || uploads(test) == 1);
            std::thread::sleep(std::time::Duration::from_millis(300));
            assert_eq!(uploads(test), 1, "the other waits");
        });
    }
}
