//! Input that cannot be used: exit 2, a message that says where and what to do, and nothing written.

use std::fs;
use std::path::Path;

use server::app::DataLock;

use crate::recovery::damage::checkpoint;

use super::{PILOT, ok, run, stderr};

/// Opens the pilot with one text replaced; gives what was said.
fn refused(from: &str, to: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let pilot = fs::read_to_string(PILOT).unwrap();
    assert!(pilot.contains(from), "{from}");
    let file = folder.path().join("program.toml");
    fs::write(&file, pilot.replacen(from, to, 1)).unwrap();
    let data = folder.path().join("data");

    let output = run(&data, &["program", "open", file.to_str().unwrap()]);

    assert_eq!(output.status.code(), Some(2), "{from} -> {to}");
    let said = stderr(&output);
    // Nothing was written: the untouched file still opens.
    ok(&data, &["program", "open", PILOT]);
    said
}

#[test]
fn a_program_file_is_refused_with_line_and_column() {
    let cases = [
        ("slug = ", "nonsense = 1\nslug = ", "line 9, column 1", "unknown field `nonsense`"),
        ("safe_version = \"1.4.1\"", "", "line 1, column 1", "missing field `safe_version`"),
        ("cap = \"750\"", "cap = \"7.5e2\"", "line 17, column 7", "no sign, exponent, space or comma"),
        ("cap = \"750\"", "cap = \"0.0000000000000000001\"", "line 17, column 7", "at most 18 decimals"),
        (
            "cap = \"750\"",
            "cap = \"340282366920938463464\"",
            "line 17, column 7",
            "at most 340282366920938463463",
        ),
        ("289ba1701C2F", "289Ba1701C2F", "line 19, column 9", "checksum (EIP-55) is wrong"),
        (
            "roles = [\"lead\"]",
            "roles = [\"boss\"]",
            "line 34, column 30",
            "expected one of: alternate auditor",
        ),
        ("floor = \"100\"", "flor = \"100\"", "line 26, column", "unknown field `flor`"),
        ("kind = \"month\"", "kind = \"year\"", "line 43, column 8", "expected one of: month quarter"),
        ("starts_at = \"2026-12-01T00:00:00Z\"", "starts_at = \"soon\"", "line 44, column 13", "RFC 3339"),
    ];
    for (from, to, place, what) in cases {
        let said = refused(from, to);
        assert!(said.contains(place) && said.contains(what), "{from} -> {to}: {said}");
    }
    println!("count: bad program files {}", cases.len());
}

#[test]
fn a_program_that_contradicts_itself_is_refused_with_the_numbers() {
    for (from, to, what) in [
        (
            "bounties = \"125\"\nmarketing = \"50\"",
            "bounties = \"150\"\nmarketing = \"100\"",
            "25 LPT over the 750 cap",
        ),
        ("bounties = \"125\"", "bounties = \"151\"", "151 LPT for bounties is above its ceiling of 150 LPT"),
        (
            "bounties = \"125\"\nmarketing = \"50\"\noperations = \"25\"",
            "bounties = \"150\"\nmarketing = \"80\"",
            "leaves 20 LPT unallotted, and other categories' floors still need 25 LPT",
        ),
        ("floor = \"100\"", "floor = \"160\"", "the floor of 160 LPT is above the ceiling of 150 LPT"),
        ("roles = [\"lead\"]", "roles = [\"reviewer\"]", "must have the role lead"),
        (
            "chain_id = 42161",
            "chain_id = 1",
            "on chain 1 the token is 0x58b6A8A3302369DAEc383334672404Ee733aB239",
        ),
        ("chain_id = 42161", "chain_id = 5", "no LPT token is known on this chain"),
        ("safe_version = \"1.4.1\"", "safe_version = \"1.2.0\"", "Safe 1.3.0, 1.4.1 or 1.5.0"),
        ("approvals = 1, outside = 1", "approvals = 1, outside = 2", "no more outside approvals"),
        (
            "ends_at = \"2027-01-01T00:00:00Z\"",
            "ends_at = \"2026-12-01T00:00:00Z\"",
            "it must end after it starts",
        ),
    ] {
        let said = refused(from, to);
        assert!(said.contains(what), "{from} -> {to}: {said}");
    }
}

#[test]
fn a_slug_and_a_safe_belong_to_one_program() {
    let folder = tempfile::tempdir().unwrap();
    let opened = ok(folder.path(), &["program", "open", PILOT]);
    let with = |from: &str, to: &str| {
        let file = folder.path().join("other.toml");
        fs::write(&file, fs::read_to_string(PILOT).unwrap().replacen(from, to, 1)).unwrap();
        run(folder.path(), &["program", "open", file.to_str().unwrap()])
    };

    let again = ok(folder.path(), &["program", "open", PILOT]);
    let same_slug = with("name = \"Livepeer DEGEN pilot\"", "name = \"Another\"");
    let same_safe = with("\"degen-pilot\"", "\"other\"");

    assert_eq!(again, format!("This file opened the program before; nothing was written now.\n\n{opened}"));
    assert_eq!((same_slug.status.code(), same_safe.status.code()), (Some(2), Some(2)));
    assert!(stderr(&same_slug).contains("there is a program degen-pilot already"), "{}", stderr(&same_slug));
    assert!(stderr(&same_safe).contains("already belongs to program degen-pilot"), "{}", stderr(&same_safe));
}

#[test]
fn what_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let message = |data: &Path, arguments: &[&str]| {
        let output = run(data, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        stderr(&output)
    };
    assert!(message(&nowhere, &["export", "batch", "1"]).contains("there is no ledger in"));
    assert!(message(&nowhere, &["rebuild"]).contains("there is no ledger in"));
    assert!(!nowhere.exists());
    assert!(message(&nowhere, &["program", "open", "none.toml"]).contains("cannot read none.toml"));
    assert!(message(&nowhere, &["safe", "inspect", "none.json"]).contains("cannot read none.json"));
    ok(folder.path(), &["program", "open", PILOT]);
    assert!(message(folder.path(), &["export", "batch", "1"]).contains("there is no batch 1"));
    let other = message(folder.path(), &["export", "ledger", "--program", "other"]);
    assert!(other.contains("this ledger has no program other; it has: degen-pilot"), "{other}");
    assert!(message(Path::new("Cargo.toml"), &["serve"]).contains("it is a file, not a folder"));
    assert!(message(folder.path(), &["rebuild", "--program", "other"]).contains("there is no program other"));
    let secret = message(folder.path(), &["rebuild", "--database-url", "mysql://me:secret@host/db"]);
    assert!(secret.contains("must begin with sqlite:") && !secret.contains("secret"), "{secret}");
}

#[test]
fn a_copy_that_is_a_part_only_is_called_so() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["program", "open", PILOT]);
    // A process that ends may leave its last commits in the file ending in -wal.
    checkpoint(&folder.path().join("bounty-ledger.sqlite"));
    let whole = fs::read(folder.path().join("bounty-ledger.sqlite")).unwrap();
    let copy = folder.path().join("copy");
    fs::create_dir(&copy).unwrap();
    // Cut off; nothing yet of what the file ending in -wal holds; something else.
    let parts: [&[u8]; 4] =
        [&whole[..whole.len() / 2], &whole[..4_096], b"", b"this is no database of any kind"];
    for part in parts {
        fs::write(copy.join("bounty-ledger.sqlite"), part).unwrap();
        let output = run(&copy, &["export", "ledger"]);
        assert_eq!(output.status.code(), Some(2));
        let said = stderr(&output);
        assert!(said.contains("ending in -wal and -shm") && said.contains("a part"), "{said}");
    }
    fs::write(copy.join("bounty-ledger.sqlite"), &whole).unwrap();
    ok(&copy, &["export", "ledger"]);
}

#[test]
fn a_folder_in_use_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let _lock = DataLock::take(folder.path()).unwrap();
    for arguments in [&["demo", "--no-serve"][..], &["program", "open", PILOT]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("in use by another bounty-ledger process"), "{}", stderr(&output));
    }
}

#[test]
fn a_signer_is_warned_and_told() {
    let folder = tempfile::tempdir().unwrap();
    ok(folder.path(), &["demo", "--now", "2026-11-22T12:00:00Z", "--no-serve"]);
    let file = folder.path().join("exports/batch-1/transaction-builder.json");
    let changed = folder.path().join("changed.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&changed, text.replacen("8000000000000000000", "9000000000000000000", 1)).unwrap();
    let unreadable = folder.path().join("unreadable.json");
    fs::write(&unreadable, "{").unwrap();
    let inspect = |path: &Path| run(folder.path(), &["safe", "inspect", path.to_str().unwrap()]);

    let (clean, warned, broken) = (inspect(&file), inspect(&changed), inspect(&unreadable));

    assert_eq!(
        (clean.status.code(), warned.status.code(), broken.status.code()),
        (Some(0), Some(1), Some(2))
    );
    assert!(super::stdout(&warned).contains("checksum_bad"), "{}", super::stdout(&warned));
}
