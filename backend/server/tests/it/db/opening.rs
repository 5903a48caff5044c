use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use server::db::{self, AnyConn, OpenError, Target};

use crate::common::samples::{self, PROGRAM};
use crate::common::{TestDb, on_both};

/// Tells a child process which database to migrate.
const CHILD_URL: &str = "BOUNTY_LEDGER_TEST_CHILD_URL";

fn setting(conn: &mut AnyConn, query: &str) -> String {
    sql::<Text>(query).get_result(conn).unwrap()
}

on_both! {
    fn read_connections_refuse_writes(test: TestDb) {
        let mut writer = test.open();
        samples::write_everything(&mut writer).unwrap();
        let pool = db::read_pool(&test.target, 2).unwrap();
        let mut reader = pool.get().unwrap();

        let error = db::rows::Account::upsert(&mut reader, &[samples::account("x", 1, 1)]).unwrap_err();
        assert!(error.to_string().contains("read"), "{error}");
        assert!(reader.batch_execute("DROP TABLE entries").is_err());

        // And they see what is committed.
        db::rows::Account::upsert(&mut writer, &[samples::account("x", 1, 1)]).unwrap();
        assert_eq!(db::dump(&mut reader, PROGRAM).unwrap(), db::dump(&mut writer, PROGRAM).unwrap());
    }

    fn a_second_start_migrates_nothing(test: TestDb) {
        let empty = test.empty_like();
        let first = db::migrate(&mut empty.open()).unwrap();
        assert!(first.contains(&"20261122000001".to_owned()) && first.is_sorted());
        assert_eq!(db::migrate(&mut empty.open()).unwrap(), Vec::<String>::new());
    }

    fn two_servers_may_start_at_once(test: TestDb) {
        for round in 0..8 {
            let empty = test.empty_like();
            let children: Vec<_> = (0..4)
                .map(|_| {
                    Command::new(std::env::current_exe().unwrap())
                        .args(["--exact", "db::opening::child_that_migrates", "--ignored", "--nocapture"])
                        .env(CHILD_URL, empty.url())
                        .stdout(Stdio::piped())
                        .stderr(Stdio::piped())
                        .spawn()
                        .unwrap()
                })
                .collect();
            let outputs: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
            let texts: Vec<_> = outputs.iter().map(|output| String::from_utf8_lossy(&output.stdout)).collect();
            assert!(outputs.iter().all(|output| output.status.success()), "round {round}: {outputs:?}");
            let idle = texts.iter().filter(|text| text.contains("migrated 0")).count();
            assert_eq!(idle, 3, "round {round}: exactly one process runs the migrations: {texts:?}");
        }
    }

    fn all_migrations_can_be_taken_back(test: TestDb) {
        let mut conn = test.open();
        let folder = match conn {
            AnyConn::Sqlite(_) => "../../migrations/sqlite",
            AnyConn::Postgres(_) => "../../migrations/postgres",
        };
        let mut steps: Vec<_> = fs::read_dir(folder).unwrap().map(|step| step.unwrap().path()).collect();
        steps.sort();
        for step in steps.iter().rev() {
            conn.batch_execute(&fs::read_to_string(step.join("down.sql")).unwrap()).unwrap();
        }
        conn.batch_execute("DELETE FROM __diesel_schema_migrations").unwrap();
        assert_eq!(db::migrate(&mut conn).unwrap().len(), steps.len(), "nothing was left behind");
    }
}

#[test]
#[ignore = "run by two_servers_may_start_at_once in a process of its own"]
fn child_that_migrates() {
    let target: Target = std::env::var(CHILD_URL).unwrap().parse().unwrap();
    let ran = db::migrate(&mut db::open_write(&target).unwrap()).unwrap();
    println!("migrated {}", ran.len());
}

#[test]
fn sqlite_has_our_settings() {
    let test = TestDb::sqlite();
    for mut conn in [test.open(), db::open_read(&test.target).unwrap()] {
        let pragma = |conn: &mut AnyConn, name: &str| {
            setting(conn, &format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"))
        };
        assert_eq!(pragma(&mut conn, "journal_mode"), "wal");
        assert_eq!(pragma(&mut conn, "synchronous"), "2");
        assert_eq!(pragma(&mut conn, "foreign_keys"), "1");
        assert_eq!(pragma(&mut conn, "trusted_schema"), "0");
        assert_eq!(pragma(&mut conn, "recursive_triggers"), "1");
        assert_eq!(setting(&mut conn, "SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout"), "5000");
    }
}

mod postgres_has_our_settings {
    use super::*;

    #[test]
    fn postgres() {
        let test = TestDb::postgres();
        let mut writer = test.open();
        let mut reader = db::open_read(&test.target).unwrap();
        for (name, written, read) in [
            ("TimeZone", "UTC", "UTC"),
            ("synchronous_commit", "on", "on"),
            ("lock_timeout", "2s", "2s"),
            ("statement_timeout", "5s", "30s"),
            ("default_transaction_read_only", "off", "on"),
        ] {
            assert_eq!(setting(&mut writer, &format!("SHOW {name}")), written, "{name}");
            assert_eq!(setting(&mut reader, &format!("SHOW {name}")), read, "{name}");
        }
    }
}

#[test]
fn a_postgres_that_is_down_is_named_without_its_password() {
    let target: Target = "postgres://me:s3cret@127.0.0.1:1/none".parse().unwrap();
    let start = Instant::now();
    for error in [db::open_write(&target).map(drop), db::read_pool(&target, 2).map(drop)] {
        let message = error.unwrap_err().to_string();
        assert!(message.contains("postgres://me@127.0.0.1:1/none"), "{message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
    assert!(start.elapsed().as_secs() < 5, "no waiting for the pool");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = db::open_write(&"sqlite:/nowhere/ledger.sqlite".parse().unwrap()).unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("/nowhere/ledger.sqlite"), "{error}");
}
