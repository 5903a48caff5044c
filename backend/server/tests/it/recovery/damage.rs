//! Damage that lies in the database when a command starts: exit 2, and words that say what to do.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use server::db::Target;

use crate::app::history::play;
use crate::app::isolation::unlock_events;
use crate::app::world::run;
use crate::common::on_both;

/// Starts the program; it must end by itself.
pub fn ends(data: &Path, database: Option<&str>, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bounty-ledger"));
    command.args(arguments).env("BOUNTY_LEDGER_DATA", data).env_remove("DATABASE_URL");
    command.envs(database.map(|url| ("DATABASE_URL", url)));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_mins(3) {
            child.kill().unwrap();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().unwrap()
}

/// The command is refused with exit 2 and these words, all of them on one line.
#[track_caller]
pub fn refuses(what: &str, output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{what}: {said}");
    let line = said.lines().find(|line| line.starts_with("bounty-ledger: "));
    let told = line.is_some_and(|line| words.iter().all(|word| line.contains(word)));
    assert!(told, "{what}: {said}");
    assert!(!said.contains("panicked"), "{what}: {said}");
}

pub const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];
pub const EXPORT: &[&str] = &["export", "batch", "1"];
pub const REBUILD: &[&str] = &["rebuild"];
/// A name, the SQL that harms, the words that must be said, and the commands that must say them.
type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a [&'a [&'a str]]);
/// A name, and what is done to the file.
type Harm<'a> = (&'a str, &'a dyn Fn(&Path));
/// What is harmed, and put back from a copy.
const TABLES: [&str; 4] = ["events", "heads", "documents", "accounts"];

on_both! {
    fn damaged_rows_are_named_with_what_to_do(test: TestDb) {
        run(play(test));
        unlock_events(test);
        let mut conn = test.open();
        for table in TABLES {
            conn.batch_execute(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).unwrap();
        }
        let padded = match test.target {
            Target::Sqlite(_) => "CAST(CAST(bytes AS TEXT) || ' ' AS BLOB)",
            Target::Postgres(_) => "bytes || ' '::bytea",
        };
        let altered = format!("UPDATE events SET bytes = {padded} WHERE seq = 3");
        let hash = "ab".repeat(32);
        let leaf = format!("UPDATE heads SET leaf = '{hash}'");
        let text = match test.target {
            Target::Sqlite(_) => "UPDATE documents SET content = CAST('{}' AS BLOB)",
            Target::Postgres(_) => "UPDATE documents SET content = '{}'::bytea",
        };
        let all: &[&[&str]] = &[SERVE, EXPORT, REBUILD];
        let texts: &[&[&str]] = &[EXPORT, REBUILD];
        let backup = "estore a backup";
        let cases: &[Case<'_>] = &[
            ("an altered event", &altered, &["event 3 of program", "not canonical", backup], all),
            ("a missing event", "DELETE FROM events WHERE seq = 3", &["event 4 does not follow: event 3 is next", backup], all),
            ("the first event missing", "DELETE FROM events WHERE seq = 0", &["event", backup], all),
            (
                "two events in each other's place",
                "UPDATE events SET seq = 1000000 WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4; \
                 UPDATE events SET seq = 4 WHERE seq = 1000000",
                &["events.seq", backup],
                all,
            ),
            ("a column beside the bytes", "UPDATE events SET kind = 'vote_cast' WHERE seq = 5", &["events.kind", backup], all),
            ("the last event missing", "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
                &["does not end where its head says", backup], all),
            ("another leaf in the head", &leaf, &["does not end where its head says", backup], all),
            ("a head of more events", "UPDATE heads SET size = size + 1", &["does not end where its head says", backup], all),
            ("no head", "DELETE FROM heads", &["does not end where its head says", backup], all),
            ("altered texts", text, &["restore a backup"], &[EXPORT]),
            ("altered texts", text, &["is missing or altered. Restore a backup"], &[REBUILD]),
            ("lost texts", "DELETE FROM documents", &["is missing or altered. Restore a backup"], texts),
        ];
        let folder = tempfile::tempdir().unwrap();
        let mut tried = 0;
        for (what, harm, words, commands) in cases {
            conn.batch_execute(harm).unwrap();
            for command in *commands {
                refuses(&format!("{what}, {}", command[0]), &ends(folder.path(), Some(&test.url()), command), words);
                tried += 1;
            }
            for table in TABLES {
                conn.batch_execute(&format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}")).unwrap();
            }
        }
        println!("count: commands refused over damaged rows {tried}");

        // What a newer program wrote is no damage, and no backup mends it.
        let (read, written) = match test.target {
            Target::Sqlite(_) => ("CAST(bytes AS TEXT)", "CAST(later AS BLOB)"),
            Target::Postgres(_) => ("convert_from(bytes, 'UTF8')", "convert_to(later, 'UTF8')"),
        };
        let later = format!("replace(replace({read}, '\"v\":\"1\"', '\"v\":\"2\"'), '\"kind\":\"', '\"kind\":\"later_')");
        let written = written.replace("later", &later);
        conn.batch_execute(&format!("UPDATE events SET bytes = {written} WHERE seq = 3")).unwrap();
        for command in all {
            let output = ends(folder.path(), Some(&test.url()), command);
            let words = ["event 3 of program", "rules version \"2\"", "newer than this program: use the newer one"];
            refuses(&format!("newer rules, {}", command[0]), &output, &words);
            let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
            assert!(!said.contains("damaged") && !said.contains("backup"), "{said}");
        }
        conn.batch_execute("DELETE FROM events; INSERT INTO events SELECT * FROM kept_events").unwrap();

        // A wrong row of a table that follows from the journal is mended, and said so: exit 1, then 0.
        conn.batch_execute("DELETE FROM accounts WHERE account = 'safe'").unwrap();
        for (code, words) in [(1, "held other rows before and are mended: accounts"), (0, "all invariants hold")] {
            let output = ends(folder.path(), Some(&test.url()), REBUILD);
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(code), "{said}{}", String::from_utf8_lossy(&output.stderr));
            assert!(said.contains(words), "{said}");
        }
    }
}

/// Overwrites a part of a file.
pub fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

/// Brings all that was written into the file itself.
pub fn checkpoint(path: &Path) {
    let mut conn = server::db::open_write(&Target::Sqlite(path.to_str().unwrap().to_owned())).unwrap();
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

/// Makes the first page of a table unreadable, in the file itself.
pub fn garble_table(path: &str, table: &str) {
    checkpoint(Path::new(path));
    let mut conn = server::db::open_write(&Target::Sqlite(path.to_owned())).unwrap();
    let page = format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'");
    let page: i64 = sql::<BigInt>(&page).get_result(&mut conn).unwrap();
    let size: i64 = sql::<BigInt>("PRAGMA page_size").get_result(&mut conn).unwrap();
    drop(conn);
    let at = u64::try_from((page - 1) * size).unwrap();
    overwrite(Path::new(path), at, &vec![0xa5; usize::try_from(size).unwrap()]);
}

/// A file that is no SQLite file any more, or not all of it: every command says so, and none makes it worse.
#[test]
fn a_damaged_file_is_named_with_what_to_do() {
    const NOW: &str = "2026-11-22T12:00:00Z";
    let demo: &[&str] = &["demo", "--now", NOW, "--no-serve"];
    let played = tempfile::tempdir().unwrap();
    assert_eq!(ends(played.path(), None, demo).status.code(), Some(0));
    checkpoint(&played.path().join("bounty-ledger.sqlite"));
    let sound = fs::read(played.path().join("bounty-ledger.sqlite")).unwrap();
    let size = u64::try_from(sound.len()).unwrap();
    let cut = |path: &Path| {
        OpenOptions::new().write(true).open(path).unwrap().set_len(size / 2).unwrap();
    };
    let odd = |path: &Path| {
        OpenOptions::new().write(true).open(path).unwrap().set_len(size - 1_000).unwrap();
    };
    let cases: &[Harm<'_>] = &[
        ("cut in half", &cut),
        ("cut within a page", &odd),
        ("its first page overwritten", &|path| overwrite(path, 0, &[0xa5; 4_096])),
        ("another kind of file", &|path| fs::write(path, "a text\n".repeat(1_000)).unwrap()),
        ("the programs garbled", &|path| garble_table(path.to_str().unwrap(), "programs")),
        ("the journal garbled", &|path| garble_table(path.to_str().unwrap(), "events")),
        ("the heads garbled", &|path| garble_table(path.to_str().unwrap(), "heads")),
    ];
    let mut tried = 0;
    for (what, harm) in cases {
        for command in [SERVE, EXPORT, REBUILD, demo] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("bounty-ledger.sqlite");
            fs::write(&path, &sound).unwrap();
            harm(&path);
            let mut before = Vec::new();
            fs::File::open(&path).unwrap().read_to_end(&mut before).unwrap();

            let output = ends(folder.path(), None, command);

            refuses(&format!("{what}, {}", command[0]), &output, &["amaged", "estore a backup"]);
            assert!(fs::read(&path).unwrap() == before, "{what}, {}: the file was changed", command[0]);
            tried += 1;
        }
    }
    // What is read only later is found by the start as well, as long as the file is small.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bounty-ledger.sqlite");
    fs::write(&path, &sound).unwrap();
    garble_table(path.to_str().unwrap(), "votes");
    refuses("the votes garbled", &ends(folder.path(), None, SERVE), &["is damaged", "restore a backup"]);
    println!("count: commands refused over a damaged file {}", tried + 1);
}
