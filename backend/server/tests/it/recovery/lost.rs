//! What somebody took away: the file beside its log, a table, the row of a program.

use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection;
use reqwest::StatusCode;
use serde_json::json;
use server::db::Target;

use super::damage::{EXPORT, REBUILD, SERVE, checkpoint, ends, overwrite, refuses};
use super::serving::Serving;
use crate::app::history::play;
use crate::app::world::run;
use crate::common::{TestDb, on_both};

const DEMO: &[&str] = &["demo", "--now", "2026-11-22T12:00:00Z", "--no-serve"];

/// A new ledger in the place of the old one would throw away the commits in its log.
#[test]
fn no_new_ledger_is_made_over_what_is_left_of_one() {
    let test = &TestDb::sqlite();
    let Target::Sqlite(path) = &test.target else { unreachable!() };
    // Whoever closes a file last puts its log away.
    let open = test.open();
    run(play(test));
    let log = fs::read(format!("{path}-wal")).unwrap();
    checkpoint(Path::new(path));
    let sound = fs::read(path).unwrap();
    drop(open);
    assert!(log.len() > 100_000, "{}", log.len());
    let mut tried = 0;
    for (what, file, log, words) in [
        ("only the log", None, Some(&log), "the file is gone"),
        ("an emptied file and its log", Some(Vec::new()), Some(&log), "it has 0 bytes"),
        ("an emptied file", Some(Vec::new()), None, "it has 0 bytes"),
        ("an emptied file and an emptied log", Some(Vec::new()), Some(&Vec::new()), "it has 0 bytes"),
    ] {
        for command in [SERVE, EXPORT, REBUILD, DEMO] {
            let folder = tempfile::tempdir().unwrap();
            let file_at = folder.path().join("bounty-ledger.sqlite");
            let log_at = folder.path().join("bounty-ledger.sqlite-wal");
            file.as_ref().inspect(|bytes| fs::write(&file_at, bytes).unwrap());
            log.inspect(|bytes| fs::write(&log_at, bytes).unwrap());

            let output = ends(folder.path(), None, command);

            refuses(&format!("{what}, {}", command[0]), &output, &["is damaged", words, "restore a backup"]);
            assert_eq!(fs::read(&file_at).ok(), file, "{what}, {}", command[0]);
            assert!(fs::read(&log_at).ok().as_ref() == log, "{what}, {}: the log was changed", command[0]);
            tried += 1;
        }
    }
    println!("count: commands refused over a lost file {tried}");

    // The bytes that say how the file is built, and its tables with them.
    let folder = tempfile::tempdir().unwrap();
    let file_at = folder.path().join("bounty-ledger.sqlite");
    fs::write(&file_at, &sound).unwrap();
    overwrite(Path::new(&file_at), 24, &[0x55; 40]);
    for command in [SERVE, EXPORT, REBUILD, DEMO] {
        let output = ends(folder.path(), None, command);
        refuses(
            &format!("its header, {}", command[0]),
            &output,
            &["bounty-ledger.sqlite is damaged", "restore a backup"],
        );
    }
}

on_both! {
    fn a_table_that_is_gone_is_named(test: TestDb) {
        run(play(test));
        test.open().batch_execute("ALTER TABLE votes RENAME TO mislaid").unwrap();
        let folder = tempfile::tempdir().unwrap();
        for command in [SERVE, EXPORT, REBUILD] {
            let output = ends(folder.path(), Some(&test.url()), command);
            refuses(command[0], &output, &["lacks tables that it once had: votes. ", "restore a backup"]);
        }
        test.open().batch_execute("ALTER TABLE mislaid RENAME TO votes").unwrap();
        assert_eq!(ends(folder.path(), Some(&test.url()), REBUILD).status.code(), Some(0));
    }

    fn events_of_no_program_are_found(test: TestDb) {
        run(play(test));
        let without_keys = match test.target {
            Target::Sqlite(_) => "PRAGMA foreign_keys = OFF",
            Target::Postgres(_) => "SET session_replication_role = replica",
        };
        test.open().batch_execute(&format!("{without_keys}; DELETE FROM programs")).unwrap();
        let folder = tempfile::tempdir().unwrap();

        let served = ends(folder.path(), Some(&test.url()), SERVE);
        let rebuilt = ends(folder.path(), Some(&test.url()), REBUILD);

        refuses("serve", &served, &["rows of events belong to program", "estore a backup"]);
        let said = String::from_utf8_lossy(&rebuilt.stdout);
        assert_eq!(rebuilt.status.code(), Some(1), "{said}{}", String::from_utf8_lossy(&rebuilt.stderr));
        assert!(!said.contains("There is no program"), "{said}");
        for words in [" rows of events belong to program", " rows of heads belong", " rows of documents belong", "Restore a backup"] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}

/// Whoever asks first is told what it is, and so is whoever watches: not a moment later.
#[test]
fn whoever_meets_a_damaged_page_is_told_so_and_the_server_is_not_ready_at_once() {
    let test = &TestDb::sqlite();
    run(play(test));
    let Target::Sqlite(path) = &test.target else { unreachable!() };
    for asks in ["reads", "writes"] {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("ledger.sqlite");
        checkpoint(Path::new(path));
        fs::copy(path, &copy).unwrap();
        run(async {
            let serving = Serving::start(folder.path(), &format!("sqlite:{}", copy.display()), None);
            assert_eq!(serving.readiness().await.0, StatusCode::OK);
            let size = usize::try_from(fs::metadata(&copy).unwrap().len()).unwrap();
            overwrite(&copy, 0, &vec![0x55; size]);

            // What is in memory is answered from there.
            let (status, body) = match asks {
                "reads" => serving.get("/api/v1/programs/pilot/submissions").await,
                _ => serving.register("somebody").await.unwrap(),
            };
            let (ready, said) = serving.readiness().await;

            assert_eq!(
                (status, &body["code"]),
                (StatusCode::SERVICE_UNAVAILABLE, &json!("damaged")),
                "{asks}: {body}"
            );
            assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE, "{asks}: {said}");
            assert!(said.contains("restore a backup"), "{asks}: {said}");
            let (status, body) = serving.register("nobody").await.unwrap();
            assert_eq!(
                (status, &body["code"]),
                (StatusCode::SERVICE_UNAVAILABLE, &json!("damaged")),
                "{asks}: {body}"
            );
        });
    }
}

/// Readiness follows the disk, whether somebody writes or not.
#[test]
fn a_server_is_not_ready_while_there_is_no_room_and_ready_when_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.sqlite").display());
    run(async {
        let serving = Serving::start(folder.path(), &url, None);
        let mut conn = server::db::open_write(&url.parse().unwrap()).unwrap();
        conn.batch_execute(
            "CREATE TRIGGER full BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
        )
        .unwrap();
        // In the place of the file that would take room: it cannot be written.
        let room = folder.path().join("ledger.sqlite-room");
        fs::create_dir(&room).unwrap();

        let (status, body) = serving.register("somebody").await.unwrap();
        assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("storage_full")));
        for _ in 0..2 {
            let (ready, said) = serving.readiness().await;
            assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE, "{said}");
            assert!(said.contains("nothing can be written: the disk is full"), "{said}");
        }
        fs::remove_dir(&room).unwrap();
        let (ready, said) = serving.readiness().await;

        assert_eq!(ready, StatusCode::OK, "{said}");
        assert!(!said.contains("full"), "{said}");
        assert!(!room.exists());
    });
}
