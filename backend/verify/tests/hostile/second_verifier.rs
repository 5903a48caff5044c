//! docs/verify.py on what is made to harm it: it ends with words, and within bounded memory.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tar::EntryType;
use verify::{Limits, Unusable};

use crate::make::{Entry, GOLDEN, bomb, golden, golden_tar, gzip, pack, up_to, verify};
use crate::python::{Said, second};

fn ask(bytes: &[u8]) -> Said {
    let place = tempfile::tempdir().unwrap();
    let bundle = place.path().join("bundle.tar.gz");
    fs::write(&bundle, bytes).unwrap();
    second(&bundle, &[])
}

fn refused(what: &str, bytes: &[u8]) {
    let said = ask(bytes);
    assert_eq!(said.status, 2, "{what}: {said:?}");
}

fn with(place: usize, entry: Entry) -> Vec<u8> {
    let mut entries = golden();
    entries.insert(place, entry);
    pack(&entries)
}

/// An archive with other events.
fn of_events(events: &[u8]) -> Vec<u8> {
    let mut entries = golden();
    entries[3] = Entry::new("events.jsonl", events);
    pack(&entries)
}

#[test]
fn hostile_entries_are_refused() {
    for name in [
        "../checkpoint",
        "/etc/passwd",
        "documents/../keys.json",
        "a\u{1b}[2Jb",
        "batches/01/airdrop.csv",
        "",
    ] {
        for place in [0, 4, golden().len()] {
            refused(name, &with(place, Entry::new(name, b"evil")));
        }
    }
    for kind in [EntryType::Symlink, EntryType::Directory, EntryType::GNULongName, EntryType::XHeader] {
        refused("another kind", &with(0, Entry::of_kind(kind, "checkpoint", b"16 size=1000000\n")));
    }
    let all = golden().len();
    for place in [0, 1, 3, 10, all - 16, all - 5, all - 1] {
        refused("twice", &with(place, golden()[place].clone()));
        let mut late = golden();
        let moved = late.remove(place);
        late.push(moved);
        if place + 1 < all {
            refused("late", &pack(&late));
        }
    }
}

#[test]
fn damaged_archives_are_refused() {
    let whole = golden_tar();
    for end in (0..GOLDEN.len()).step_by(4_999).chain([GOLDEN.len() - 9, GOLDEN.len() - 1]) {
        refused("cut", &GOLDEN[..end]);
    }
    for end in (0..whole.len()).step_by(512 * 97).chain([whole.len() - 512, whole.len() - 1_024]) {
        refused("cut", &gzip(&whole[..end]));
    }
    for place in [7, 100, 130, 156, 160, 400, 512 + golden()[0].content.len(), 1_023] {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        refused("changed", &gzip(&changed));
    }
    refused("behind", &[GOLDEN, b"x"].concat());
    refused("behind", &[GOLDEN, GOLDEN].concat());
    refused("another member behind", &[GOLDEN, &gzip(b"")[..]].concat());
    refused("zeros behind", &[GOLDEN, &[0; 64]].concat());
    for place in 0..10 {
        let mut other = GOLDEN.to_vec();
        other[place] ^= 1;
        refused("another gzip header", &other);
    }
    refused("behind", &gzip(&[&whole[..], &[0; 512]].concat()));
    for other in [&b""[..], b"x", b"PK\x03\x04", &gzip(b""), &gzip(&[0; 512]), &gzip(&[0; 1_024])] {
        refused("no archive", other);
    }
    refused("no events", &pack(&golden()[..3]));
    refused("no line", &of_events(b""));
}

#[test]
fn bombs_are_refused_in_little_memory() {
    let limits = Limits::default();
    for (name, limit) in [
        ("checkpoint", limits.file),
        ("keys.json", limits.file),
        ("report.csv", limits.file),
        ("documents/", limits.document),
        ("batches/", limits.batch),
    ] {
        refused(name, &bomb(&up_to(name, limit + 1), 0, 1));
        refused(name, &bomb(&up_to(name, limit), b'"', 1_024));
    }
    for byte in *b"{[\"1\n" {
        refused("events", &bomb(&up_to("events.jsonl", limits.events_bytes), byte, 1_024));
    }
}

/// Lines that are no events are findings, and the rest is checked all the same.
#[test]
fn hostile_events_are_findings() {
    let golden = golden()[3].content.clone();
    let first = String::from_utf8(golden.split(|byte| *byte == b'\n').next().unwrap().to_vec()).unwrap();
    let deep = "[".repeat(1 << 19);
    let posting = |post: &str| first.replace("\"post\":[]", &format!("\"post\":{post}"));
    let capture =
        |list: &str| first.replace("\"categories\"", &format!("\"captures\":{list},\"categories\""));
    for (line, words) in [
        (String::new(), "has not the shape"),
        ("[]".to_owned(), "is spelled"),
        ("\"actor\"".to_owned(), "is spelled"),
        ("{}".to_owned(), "is spelled"),
        (format!(" {first}"), "holds something else"),
        (first.replace("\"actor\":\"1\",", ""), "is spelled"),
        (first.replace("\"demo\":\"yes\"", "\"demo\":\"yes\",\"demo\":\"yes\""), "is spelled"),
        (deep.clone(), "has not the shape"),
        (format!("{deep}{}", "]".repeat(1 << 19)), "has not the shape"),
        ("1".repeat(1 << 20), "holds something else"),
        ("\u{1b}[2J".to_owned(), "holds something else"),
        ("\u{e9}".to_owned(), "holds something else"),
        (posting("null"), "holds something else"),
        (posting("[[\"safe\",\"D\",\"1\"]]"), "does not balance"),
        (posting("[[\"safe\",\"D\",\"1\"],[\"contributed\",\"C\",\"2\"]]"), "does not balance"),
        (posting("[[\"safe\",\"D\",\"0\"],[\"contributed\",\"C\",\"0\"]]"), "does not balance"),
        (posting("[[\"safe\",\"\",\"1\"],[\"contributed\",\"DC\",\"1\"]]"), "does not balance"),
        (posting("[[\"safe\",\"D\",\"01\"],[\"contributed\",\"C\",\"01\"]]"), "spells a number"),
        (posting("[[\"contributed\",\"D\",\"1\"],[\"safe\",\"C\",\"1\"]]"), "takes more from safe than"),
        (posting("[\"safe\",\"contributed\"]"), "does not balance"),
        (posting("[[\"Safe\",\"D\",\"1\"],[\"contributed\",\"C\",\"1\"]]"), "names no such thing"),
        (first.replace("program_opened", "PROGRAM"), "names no such thing"),
        (first.replace("program_opened", "document_erased"), "has not the shape"),
        (first.replace("program_opened", "member_joined"), "has not the shape"),
        (first.replace("\"actor\":\"1\"", "\"actor\":\"nobody\""), "spells a number"),
        (capture("[\"zz\"]"), "non-hexadecimal"),
        (capture("[[]]"), "has not the shape"),
        (capture("\"00\""), "has not the shape"),
        (capture(&format!("[\"{}\"]", "0".repeat(1 << 18))), "which is missing"),
        (first.replace("\"kind\":\"program_opened\"", "\"kind\":[]"), "has not the shape"),
        (first.replace("\"seq\":\"0\"", &format!("\"seq\":\"{}\"", "9".repeat(5_000))), "spells a number"),
        (first.replace("\"at\":\"2026-02-25", "\"at\":\"2026-02-30"), "day is out of range"),
        (first.replace("\"at\":\"2026-02-25", "\"at\":\"2026-2-25"), "spells its time"),
    ] {
        assert_ne!(line, first);
        let said = ask(&of_events(&[line.as_bytes(), b"\n", &golden].concat()));
        let found = said.out.lines().find(|found| found.starts_with("  event 0: ") && found.contains(words));
        assert!(said.status == 1 && found.is_some(), "{}: {words}: {said:?}", &line[..line.len().min(99)]);
    }
    let other = first.replace("00000007\",\"seq\":\"0\"", "00000008\",\"seq\":\"327\"");
    let said = ask(&of_events(&[&golden[..], other.as_bytes(), b"\n"].concat()));
    assert!(said.out.contains("\n  event 327: belongs to another program\n"), "{said:?}");
    for (lines, status) in [(1_000, 1), (1_001, 2)] {
        let many = ask(&of_events(&[&b"{}\n".repeat(lines), &golden[..]].concat()));
        assert!(
            many.status == status && many.out.lines().count() < 1_100,
            "{} lines",
            many.out.lines().count()
        );
        assert_eq!(many.err.contains("more than 1000 lines are no events"), status == 2, "{}", many.err);
    }
}

/// Both say that they cannot judge, whatever later rules put into an event.
#[test]
fn events_of_later_rules_are_refused_by_both() {
    let golden = golden()[3].content.clone();
    let first = String::from_utf8(golden.split(|byte| *byte == b'\n').next().unwrap().to_vec()).unwrap();
    let later = first.replace("\"v\":\"1\"", "\"v\":\"2\"");
    for line in [
        later.clone(),
        later.replace("program_opened", "program_closed"),
        later.replace("{\"actor\"", "{\"about\":\"1\",\"actor\""),
        later.replace("\"v\":\"2\"", "\"v\":\"2\",\"witness\":[1]"),
        later.replace("\"post\":[]", "\"post\":{}"),
    ] {
        let bytes = of_events(&[&golden[..], line.as_bytes(), b"\n"].concat());
        refused(&line, &bytes);
        let refused = verify(&bytes);
        assert!(matches!(refused, Err(Unusable::UnknownRules { .. })), "{line}: {refused:?}");
    }
}

#[test]
fn folders_with_links_and_strangers_are_refused() {
    let spoiled = |spoil: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().unwrap();
        for entry in golden() {
            let path = folder.path().join(entry.name());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, &entry.content).unwrap();
        }
        spoil(folder.path());
        second(folder.path(), &[]).status
    };
    assert_eq!(spoiled(&|_| {}), 0);
    assert_eq!(spoiled(&|root| fs::write(root.join("notes.txt"), "x").unwrap()), 2);
    assert_eq!(spoiled(&|root| fs::write(root.join(".hidden"), "x").unwrap()), 2);
    assert_eq!(spoiled(&|root| symlink("/", root.join("elsewhere")).unwrap()), 2);
    for empty in ["batches/77", "documents/deeper", "deeper"] {
        assert_eq!(spoiled(&|root| fs::create_dir(root.join(empty)).unwrap()), 2, "{empty}");
    }
    for name in ["checkpoint", "events.jsonl", "batches/1/airdrop.csv"] {
        assert_eq!(
            spoiled(&|root| {
                fs::rename(root.join(name), root.with_extension("elsewhere")).unwrap();
                symlink(root.with_extension("elsewhere"), root.join(name)).unwrap();
            }),
            2,
            "{name}"
        );
    }
}

#[test]
fn a_kept_checkpoint_that_is_none_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let (bundle, kept) = (place.path().join("bundle.tar.gz"), place.path().join("kept"));
    fs::write(&bundle, GOLDEN).unwrap();
    for spoiled in [&b""[..], b"bounty-ledger/\n1\nx\n", &[0xff; 128], &vec![b'x'; 1 << 20]] {
        fs::write(&kept, spoiled).unwrap();
        assert_eq!(second(&bundle, &[&kept]).status, 2);
    }
    let nowhere = place.path().join("nowhere");
    for said in [second(&bundle, &[&nowhere]), second(&nowhere, &[])] {
        assert_eq!(said.status, 2, "{said:?}");
        let path = nowhere.display();
        assert_eq!(said.err, format!("this cannot be used: '{path}: No such file or directory'\n"));
    }
}
