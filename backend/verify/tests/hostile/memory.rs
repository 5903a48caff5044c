//! What hostile input costs: never more memory than a few members.

use std::env;
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use domain::value::Digest;
use verify::receipts::{MAX_RECEIPT, MAX_SIGNS};
use verify::{Code, Limits, MAX_FINDINGS, Options, SALT, Unusable, archive};

use crate::make::{Entry, GOLDEN, bomb, golden, pack, packed, up_to, verify_within};

/// What all of it may take beyond what the process had before.
const BOUND_KB: u64 = 64 << 10;

/// The most memory that this process has had (`VmHWM`).
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Reads, and counts what was taken.
struct Counted<'a> {
    bytes: &'a [u8],
    taken: usize,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.bytes.read(into)?;
        self.taken += read;
        Ok(read)
    }
}

/// Where the bombs lie, for the process that refuses them.
const BOMBS: &str = "BOUNTY_LEDGER_TEST_BOMBS";

const NAMES: [&str; 11] = [
    "endless", "nested", "empty", "document", "report", "many", "deep", "wordy", "named", "files", "receipts",
];

/// They are made in one process and refused in another: what a process freed before, it takes again unseen.
#[test]
fn bombs_are_refused_early_and_within_64_mebibytes() {
    if let Some(folder) = env::var_os(BOMBS) {
        return refuse(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in NAMES.iter().zip(bombs()) {
        fs::write(folder.path().join(name), bytes).unwrap();
    }

    let this = ["--exact", "memory::bombs_are_refused_early_and_within_64_mebibytes", "--show-output"];
    let output =
        Command::new(env::current_exe().unwrap()).args(this).env(BOMBS, folder.path()).output().unwrap();

    let (said, fault) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{fault}");
    let counts: Vec<&str> = said.lines().filter(|line| line.starts_with("count: ")).collect();
    let [count] = counts[..] else { panic!("nothing was measured: {said}{fault}") };
    println!("{count}");
}

/// The bombs in the order of their names.
fn bombs() -> [Vec<u8>; 11] {
    const GIBIBYTES: usize = 4_096;
    let limits = Limits::default();
    let endless_line = bomb(&up_to("events.jsonl", limits.events_bytes), b'{', GIBIBYTES);
    let nested_line = bomb(&up_to("events.jsonl", limits.events_bytes), b'[', GIBIBYTES);
    let empty_lines = bomb(&up_to("events.jsonl", limits.events_bytes), b'\n', GIBIBYTES);
    let document = bomb(&up_to("documents/", limits.document), 0, GIBIBYTES);
    let report = bomb(&up_to("report.csv", limits.file), b'"', GIBIBYTES);
    let many = {
        let mut entries = golden();
        let place = entries.iter().position(|entry| entry.name().starts_with("batches/")).unwrap();
        let stray = (0..20_000_u32).map(|n| Entry::new(&format!("documents/{n:064x}"), b""));
        entries.splice(place..place, stray);
        pack(&entries)
    };
    let deep = {
        let mut entries = golden();
        entries[3] = Entry::new("events.jsonl", &[vec![b'['; 1 << 20], vec![b'\n']].concat());
        pack(&entries)
    };
    // Names of a mebibyte, which every error would repeat.
    let wordy = {
        let line = format!("{{\"\\u001b[2J{}\":1}}\n", "x".repeat((1 << 20) - 100));
        let mut entries = golden();
        entries[3] = Entry::new("events.jsonl", line.repeat(9).as_bytes());
        pack(&entries)
    };
    // Events that name the same few documents again and again: a mebibyte of them packs into a few kilobytes.
    let named = {
        let members: Vec<String> =
            (0..10_000_u32).map(|n| format!("{{\"name\":\"{:064x}\",\"roles\":[]}}", n % 300)).collect();
        let first = String::from_utf8(golden()[3].content.clone()).unwrap();
        let first = first.lines().next().unwrap();
        let (before, rest) = first.split_once("\"members\":[").unwrap();
        let (_, after) = rest.split_once("],\"multi_send\"").unwrap();
        let line = format!("{before}\"members\":[{}],\"multi_send\"{after}\n", members.join(","));
        let mut entries = golden();
        entries[3] = Entry::new("events.jsonl", line.repeat(300).as_bytes());
        packed(&entries)
    };
    // Files of batches that no journal has.
    let files = {
        let mut entries = golden();
        let all = 1_000..101_000_u32;
        entries.extend(all.flat_map(|n| {
            ["airdrop.csv", "annotated.csv"].map(|file| Entry::new(&format!("batches/{n}/{file}"), b""))
        }));
        packed(&entries)
    };
    let receipts = packed(&with_receipts(&hostile_receipts()));
    [endless_line, nested_line, empty_lines, document, report, many, deep, wordy, named, files, receipts]
}

/// How many documents are no receipts.
const RECEIPTS: usize = 9;

/// Documents that events name as receipts: as large as any document, as large and as wide as a receipt may be in each
/// way that costs a parser most, too wide, and nested without an end.
fn hostile_receipts() -> [Vec<u8>; RECEIPTS] {
    let largest = usize::try_from(Limits::default().document).unwrap() - SALT;
    let filled = |text: String| {
        let spaces = MAX_RECEIPT - text.len();
        format!("{text}{}", " ".repeat(spaces)).into_bytes()
    };
    let objects = |count: usize| format!("[{}{{}}]", "{\"\":0},".repeat(count));
    let text = "x".repeat(MAX_RECEIPT - 64);
    [
        vec![b'['; largest],
        vec![b' '; MAX_RECEIPT + 1],
        filled(objects(MAX_SIGNS / 3 - 1)),
        filled(objects(MAX_SIGNS)),
        filled(format!("[{}0]", "0,".repeat(MAX_SIGNS - 1))),
        filled("[".repeat(MAX_SIGNS)),
        filled("{\"logs\":".repeat(MAX_SIGNS / 2)),
        filled(format!("{{\"transactionHash\":\"0x{text}\"}}")),
        filled(format!("{{\"{text}\":null}}")),
    ]
}

/// The golden bundle with more events, each of which names one of these as a receipt.
fn with_receipts(contents: &[Vec<u8>]) -> Vec<Entry> {
    let mut entries = golden();
    let journal = String::from_utf8(entries[3].content.clone()).unwrap();
    let word = journal.lines().find(|line| line.contains("\"kind\":\"word_confirmed\"")).unwrap();
    let (before, rest) = word.split_once("\"receipt\":\"").unwrap();
    let (_, after) = rest.split_at(64);
    let mut lines = journal.clone();
    let place = entries.iter().position(|entry| entry.name().starts_with("batches/")).unwrap();
    for (n, content) in contents.iter().enumerate() {
        let document = [&[7; SALT], &content[..]].concat();
        let digest = Digest::sha256(&[&document]);
        writeln!(lines, "{before}\"receipt\":\"{digest}{after}").unwrap();
        entries.insert(place + n, Entry::new(&format!("documents/{digest}"), &document));
    }
    entries[3] = Entry::new("events.jsonl", lines.as_bytes());
    entries
}

/// Refuses all of them, and measures what that takes.
fn refuse(folder: &Path) {
    let limits = Limits::default();
    let bombs = NAMES.map(|name| fs::read(folder.join(name)).unwrap());
    let [endless_line, nested_line, empty_lines, document, report, many, deep, wordy, named, files, receipts] =
        bombs;
    let before = peak_kb();

    for (name, bytes) in [("endless", &endless_line), ("nested", &nested_line)] {
        let mut counted = Counted { bytes, taken: 0 };
        let refused = archive(std::io::BufReader::new(&mut counted), &Options::default());
        assert!(matches!(refused, Err(Unusable::LongEvent { .. })), "{name}: {refused:?}");
        assert!(counted.taken < 64 << 10, "{name}: {} bytes read before it was refused", counted.taken);
    }
    let mut counted = Counted { bytes: &empty_lines, taken: 0 };
    let refused = archive(std::io::BufReader::new(&mut counted), &Options::default());
    assert!(matches!(refused, Err(Unusable::NoJournal { limit: 1_000 })), "{refused:?}");
    assert!(counted.taken < 64 << 10, "{} bytes read before it was refused", counted.taken);
    // The document ends where it says, and what comes behind is no header.
    for bytes in [&document, &report] {
        let refused = verify_within(bytes, limits);
        assert!(matches!(refused, Err(Unusable::Archive { .. })), "{refused:?}");
    }
    let outcome = verify_within(&many, limits).unwrap();
    assert_eq!((outcome.findings.list().len(), outcome.findings.more()), (MAX_FINDINGS, 19_000));
    assert!(outcome.to_string().contains("and 19000 more"));
    let refused = verify_within(&many, Limits { members: 20_000, ..limits });
    assert!(matches!(refused, Err(Unusable::TooMany { what: "members", .. })), "{refused:?}");
    let outcome = verify_within(&deep, limits).unwrap();
    assert!(!outcome.is_sound());
    let outcome = verify_within(&wordy, limits).unwrap();
    let (text, json) = (outcome.to_string(), outcome.to_json().unwrap());
    assert!(text.len() < 100_000 && json.len() < 200_000, "{} {}", text.len(), json.len());
    assert!(!text.contains('\u{1b}') && !json.contains('\u{1b}'), "what is printed changes no terminal");
    assert!(named.len() < 4 << 20 && files.len() < 8 << 20, "{} {}", named.len(), files.len());
    let outcome = verify_within(&named, limits).unwrap();
    assert!(!outcome.is_sound() && outcome.checked.documents_named < 400, "{outcome}");
    let few = Limits { namings: 200, ..limits };
    let refused = verify_within(&named, few);
    assert!(matches!(refused, Err(Unusable::TooMany { what: "documents named", limit: 200 })), "{refused:?}");
    let outcome = verify_within(&files, limits).unwrap();
    assert_eq!((outcome.findings.list().len(), outcome.findings.more()), (MAX_FINDINGS, 199_000));
    let outcome = verify_within(&receipts, limits).unwrap();
    let unreadable = outcome.findings.list().iter().filter(|it| it.code == Code::DocumentUnreadable);
    assert_eq!(unreadable.count(), RECEIPTS, "{outcome}");
    assert!(verify_within(GOLDEN, limits).unwrap().is_sound());

    let taken = peak_kb().saturating_sub(before);
    assert!(taken < BOUND_KB, "{taken} kB");
    println!("count: kB that hostile bundles took at most {taken}");
}
