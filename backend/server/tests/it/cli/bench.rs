//! The benchmarks: that they run, and where. What they measure is no matter for a test.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use serde_json::Value;

use super::{run, stderr, stdout};
use crate::common::TestDb;

/// Runs `bench --quick --format json`; without pgbench in reach if `path` is empty.
fn bench(data: &Path, path: Option<&str>, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bounty-ledger"));
    command.args(["bench", "--quick", "--format", "json"]).args(more);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.env_remove("DATABASE_URL").env("BOUNTY_LEDGER_DATA", data).output().unwrap()
}

fn figures(output: &Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_str(&stdout(output)).unwrap()
}

/// What is measured without PostgreSQL.
const ALONE: [&str; 16] = [
    "B1",
    "B4",
    "signed-in",
    "report",
    "report-as-of",
    "report-http",
    "report-as-of-http",
    "decide",
    "decide-flat",
    "B5",
    "B5-chain",
    "B5-memory",
    "start-up",
    "signatures",
    "receipt",
    "follow-memory",
];

/// A further figure of a comparison, by its name.
fn note(figures: &Value, id: &str, name: &str) -> Option<u64> {
    let comparison = figures["comparisons"].as_array()?.iter().find(|comparison| comparison["id"] == id)?;
    comparison["notes"].as_array()?.iter().find(|note| note[0] == name)?[1].as_u64()
}

fn ids(figures: &Value, list: &str) -> Vec<String> {
    figures[list].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_benchmarks_use_a_folder_of_their_own_and_leave_nothing() {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("bounty-ledger.sqlite"), "somebody's ledger").unwrap();

    let found = figures(&bench(data.path(), Some(""), &[]));

    assert_eq!(ids(&found, "comparisons"), ALONE);
    assert_eq!(ids(&found, "skipped"), ["B2"]);
    for comparison in found["comparisons"].as_array().unwrap() {
        for key in ["ours", "theirs", "permille"] {
            assert!(comparison[key].as_u64().unwrap() > 0, "{key} of {comparison}");
        }
    }
    for id in ["B1", "B4", "signed-in", "report-http", "report-as-of-http"] {
        assert_eq!(note(&found, id, "busy errors"), Some(0), "{id}");
    }
    for (id, name) in
        [("B1", "p99 µs"), ("B4", "p99 µs"), ("B4", "p99 µs in process"), ("signed-in", "GET /me a second")]
    {
        assert!(note(&found, id, name).unwrap() > 0, "{name} of {id}");
    }
    for (id, name) in [
        ("decide", "events before the long window"),
        ("B5", "bytes unpacked"),
        ("B5-memory", "KiB of the state at most"),
        ("start-up", "ms from a snapshot an eighth older"),
        ("start-up", "bytes of disk for each event"),
        ("start-up", "bytes of snapshot for each event"),
        ("start-up", "bytes of memory for each event"),
    ] {
        assert!(note(&found, id, name).unwrap() > 0, "{name} of {id}");
    }
    let left: Vec<_> = fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["bounty-ledger.sqlite"]);
    assert_eq!(fs::read_to_string(data.path().join("bounty-ledger.sqlite")).unwrap(), "somebody's ledger");
}

#[test]
fn parts_are_measured_alone_and_their_text_says_what_met_its_aim() {
    let data = tempfile::tempdir().unwrap();

    let output = run(data.path(), &["bench", "--quick", "--only", "b4,signed-in"]);

    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    let begun: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ') && !line.is_empty()).collect();
    assert!(
        matches!(begun[..], [b4, signed] if b4.starts_with("B4  ") && signed.starts_with("signed-in  ")),
        "{text}"
    );
    assert_eq!(text.matches("ratio ").count(), 2, "{text}");
    assert!(!text.contains('\r') && !stderr(&output).contains('\r'), "steps are for terminals");
    let unknown = run(data.path(), &["bench", "--only", "B3"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("signed-in"), "{}", stderr(&unknown));
}

#[test]
fn a_process_is_weighed_with_what_it_holds_and_says_why_it_cannot() {
    let data = tempfile::tempdir().unwrap();
    let weighed = |load: &str, path: &str| run(data.path(), &["bench", "--weigh", load, "--weighed", path]);

    let nothing = weighed("nothing", "-");

    assert_eq!(nothing.status.code(), Some(0), "{}", stderr(&nothing));
    let numbers: Vec<u64> = stdout(&nothing).split_whitespace().map(|kib| kib.parse().unwrap()).collect();
    assert!(matches!(numbers[..], [most, now] if most >= now && now > 1_000), "{numbers:?}");
    for load in ["state", "verify", "start"] {
        let nowhere = data.path().join("nowhere");
        let failed = weighed(load, nowhere.to_str().unwrap());
        assert_eq!((failed.status.code(), stdout(&failed)), (Some(2), String::new()), "{load}");
        assert!(!stderr(&failed).is_empty(), "{load}");
    }
}

#[test]
fn figures_are_no_csv() {
    let data = tempfile::tempdir().unwrap();
    let output = run(data.path(), &["bench", "--quick", "--format", "csv"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("possible values: table, json"), "{}", stderr(&output));
}

mod approvals_are_compared_with_pgbench_on_databases_that_go_away {
    use super::*;

    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        datname: String,
    }

    #[test]
    fn postgres() {
        let (data, test) = (tempfile::tempdir().unwrap(), TestDb::postgres());

        let found = figures(&bench(data.path(), None, &["--only", "B2", "--postgres", &test.url()]));

        if ids(&found, "skipped").is_empty() {
            assert_eq!(ids(&found, "comparisons"), ["B2"]);
            assert!(found["comparisons"][0]["theirs"].as_u64().unwrap() > 0, "{found}");
            assert_eq!(note(&found, "B2", "busy errors"), Some(0));
        } else {
            assert!(found["skipped"][0]["reason"].as_str().unwrap().contains("pgbench"), "{found}");
        }
        let databases = "SELECT datname::text FROM pg_database WHERE datname LIKE 'bounty\\_ledger\\_bench%'";
        let left: Vec<Name> = sql_query(databases).load(&mut test.open()).unwrap();
        assert!(left.is_empty(), "{:?}", left.iter().map(|name| &name.datname).collect::<Vec<_>>());
    }
}
