//! Disks that fill up or fail, connections that break.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::command::RecordAddress;
use reqwest::StatusCode;
use server::app::{Clock, Error, SetClock, Writer};
use server::db::open_write;

use super::serving::Serving;
use crate::app::isolation::job;
use crate::app::world::{ALICE, NOON, World, address, run, time};
use crate::common::TestDb;

/// SQLite refuses to grow its file: nothing is written, the callers are told, and it goes on when there is room.
#[test]
fn a_full_disk_refuses_writes_and_stops_nothing() {
    let test = &TestDb::sqlite();
    run(async {
        let world = World::open(test).await;
        let program = world.program().await;
        let mut conn = test.open();
        conn.batch_execute("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(200000))")
            .unwrap();
        let pages: i64 = sql::<BigInt>("PRAGMA page_count").get_result(&mut conn).unwrap();
        conn.batch_execute(&format!("PRAGMA max_page_count = {pages}")).unwrap();
        let (writer, _) = Writer::start(conn, Clock::Set(SetClock::at(time(NOON))));
        let record = |n: u64| RecordAddress { address: address(n).parse().unwrap(), proof: None }.into();

        let mut written = 0_u64;
        let refused = loop {
            match writer.submit(job(&program, ALICE, record(1_000 + written), &written.to_string())).await {
                Ok(_) => written += 1,
                Err(error) => break error,
            }
        };

        assert!(matches!(refused, Error::Full), "{refused:?}");
        for again in 0..3 {
            let refused = writer.submit(job(&program, ALICE, record(2_000 + again), "again")).await;
            assert!(matches!(refused, Err(Error::Full)), "{refused:?}");
        }
        let events = u64::try_from(world.events(test).await.len()).unwrap();
        assert_eq!(events, program.size().get() + written);
        world.check(test).await;

        test.open().batch_execute("DROP TABLE filler").unwrap();
        let written = writer.submit(job(&program, ALICE, record(2_000), "again")).await;
        assert!(written.is_ok(), "{written:?}");
        world.check(test).await;
    });
}

/// The disk fails while it writes: who waits is told, the process ends with code 2, and a restart has all it
/// acknowledged.
#[test]
fn a_failing_disk_is_answered_and_ends_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.sqlite").display());
    // The tables are made without a limit; the last to close a file puts its log away.
    drop(Serving::start(folder.path(), &url, None));
    drop(open_write(&url.parse().unwrap()).unwrap());
    run(async {
        let serving = Serving::start(folder.path(), &url, Some(160));
        let mut registered = Vec::new();
        let refused = loop {
            let handle = format!("person-{}", registered.len());
            match serving.register(&handle).await.unwrap() {
                (StatusCode::CREATED, _) => registered.push(handle),
                other => break other,
            }
            assert!(registered.len() < 200, "the limit was never met");
        };

        assert_eq!(refused.0, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.1["code"], "stopped");
        let (code, said) = serving.ended();
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("disk I/O error. The disk or its driver fails"), "{said}");
        assert!(said.contains("start it again"), "{said}");
        assert!(!said.contains("panicked"), "{said}");

        let restarted = Serving::start(folder.path(), &url, None);
        for handle in &registered {
            let (status, body) = restarted.register(handle).await.unwrap();
            assert_eq!(
                (status, body["code"].as_str()),
                (StatusCode::CONFLICT, Some("handle_taken")),
                "{handle}"
            );
        }
        assert_eq!(restarted.register("somebody-new").await.unwrap().0, StatusCode::CREATED);
        println!("count: accounts acknowledged before a disk failed {}", registered.len());
    });
}

/// The connection breaks: who waits is told, and the process ends with code 2.
mod a_lost_connection_ends_the_process {
    use super::*;

    #[test]
    fn postgres() {
        let test = &TestDb::postgres();
        let folder = tempfile::tempdir().unwrap();
        run(async {
            let serving = Serving::start(folder.path(), &test.url(), None);
            assert_eq!(serving.register("somebody").await.unwrap().0, StatusCode::CREATED);
            let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            sql::<BigInt>(cut).get_result::<i64>(&mut test.open()).unwrap();

            let (status, body) = serving.register("nobody").await.unwrap();

            assert_eq!((status, body["code"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("stopped")));
            let (code, said) = serving.ended();
            assert_eq!(code, Some(2), "{said}");
            assert!(said.contains("start it again") && !said.contains("panicked"), "{said}");
            let restarted = Serving::start(folder.path(), &test.url(), None);
            assert_eq!(restarted.register("somebody").await.unwrap().0, StatusCode::CONFLICT);
            assert_eq!(restarted.register("nobody").await.unwrap().0, StatusCode::CREATED);
        });
    }
}
