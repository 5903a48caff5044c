//! docs/verify.py shares no line with this program: on what it covers, both find the same.

mod samples;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use domain::Program;
use domain::value::Timestamp;
use tempfile::TempDir;
use verify::write::{ArchiveSink, FolderSink, Sink};
use verify::{Checkpoint, Member, Options, Outcome, Unusable};

use crate::common::bundle::{Members, checkpoint, get, members};
use crate::common::python::{Said, second};
use crate::common::story::{Twist, story};
use samples::{Sample, covered, uncovered};

/// Where bundles are written, one at a time.
struct Desk {
    place: TempDir,
    stamp: Timestamp,
}

impl Desk {
    fn new(program: &Program) -> Self {
        Self { place: tempfile::tempdir().unwrap(), stamp: program.last_at() }
    }

    /// Has both verify a bundle, packed or not.
    fn ask(&self, members: &Members, kept: &[Checkpoint], packed: bool) -> (Said, Result<Outcome, Unusable>) {
        let bundle = self.place.path().join("bundle");
        if packed {
            let mut sink = ArchiveSink::new(Vec::new(), self.stamp);
            fill(&mut sink, members);
            fs::write(&bundle, sink.finish().unwrap()).unwrap();
        } else {
            fs::create_dir(&bundle).unwrap();
            fill(&mut FolderSink::new(&bundle, self.stamp), members);
        }
        let files: Vec<_> = (0..kept.len()).map(|n| self.place.path().join(format!("kept-{n}"))).collect();
        for (file, kept) in files.iter().zip(kept) {
            fs::write(file, kept.to_string()).unwrap();
        }
        let files: Vec<&Path> = files.iter().map(std::path::PathBuf::as_path).collect();
        let options = Options { kept: kept.to_vec(), ..Options::default() };
        let both = (second(&bundle, &files), verify::bundle(&bundle, &options));
        if packed { fs::remove_file(bundle) } else { fs::remove_dir_all(bundle) }.unwrap();
        both
    }
}

fn fill(sink: &mut impl Sink, members: &Members) {
    for (member, bytes) in members {
        sink.begin(*member, u64::try_from(bytes.len()).unwrap()).unwrap();
        sink.put(bytes).unwrap();
        sink.end().unwrap();
    }
}

/// The exit status of `bounty-ledger verify`.
fn status(verified: &Result<Outcome, Unusable>) -> i32 {
    match verified {
        Ok(outcome) => i32::from(!outcome.is_sound()),
        Err(_) => 2,
    }
}

#[test]
fn an_untouched_bundle_has_the_same_size_and_root_and_balances_in_both() {
    let ledger = story(Twist::None);
    let desk = Desk::new(&ledger.program);
    let kept = [checkpoint(&ledger.program)];
    for (packed, kept) in [(true, &kept[..]), (true, &[]), (false, &kept), (false, &[])] {
        let (said, verified) = desk.ask(&members(&ledger), kept, packed);
        assert_eq!((said.status, status(&verified)), (0, 0), "{said:?} {verified:?}");
        let first = verified.unwrap().to_string();
        let (first, second): (Vec<&str>, Vec<&str>) = (first.lines().collect(), said.out.lines().collect());
        let find = |lines: &[&str], start: &str| {
            let line =
                lines.iter().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{lines:?}"));
            (*line).to_owned()
        };
        for same in [
            "bounty-ledger/",
            "checked",
            "  327 events,",
            "  root ",
            "  246 of 249 documents, 3 erased",
            "nothing",
        ] {
            let (first, second) = (find(&first, same), find(&second, same));
            assert!(same.ends_with(',') || first == second, "{first}\n{second}");
        }
        assert!(second.contains(&format!("  kept checkpoints: {}", kept.len()).as_str()), "{}", said.out);
        for (account, balance) in ledger.program.books().balances() {
            let line = find(&second, &format!("    {account} "));
            assert!(line.ends_with(&format!(" {balance} LPT")), "{line}");
        }
    }
}

/// Whoever reads only what it prints knows what it left out of the budget.
#[test]
fn it_names_the_columns_of_the_report_at_which_it_did_not_look() {
    let ledger = story(Twist::None);
    let all = members(&ledger);
    let (said, _) = Desk::new(&ledger.program).ask(&all, &[], true);
    let told = said.out.lines().find_map(|line| line.strip_prefix("  report.csv: ")).unwrap();

    let report = std::str::from_utf8(get(&all, Member::Report)).unwrap();
    let head = report.lines().next().unwrap().trim_matches('"').split("\",\"");
    let mut columns: Vec<&str> =
        head.map(|name| name.trim_end_matches("_wei").trim_end_matches("_lpt")).collect();
    columns.dedup();
    columns.retain(|name| !samples::BALANCES.contains(name));
    assert_eq!(told.split(", ").collect::<Vec<_>>(), columns);
}

/// What it says of a balance and what the postings add up to are two different things, in LPT or in wei.
fn check_contradiction(finding: &str) {
    let Some((said, added)) = finding.split_once(", the postings add up to ") else { return };
    let (_, said) = said.rsplit_once(" says ").unwrap();
    assert_ne!(said.replace('\'', "").replace(" and ", ", which is "), added, "{finding}");
}

/// What is said at least once of each kind, so that no check hides behind another one.
const WORDS: [(&str, &str); 35] = [
    ("a byte of an event flipped", ": is spelled otherwise than its canonical bytes"),
    ("a byte of an event flipped", ": the event before it is not the one that it names"),
    ("an event dropped", " stands in its place"),
    ("an event doubled", " stands in its place"),
    ("an event swapped with the one before", ": is earlier than the event before"),
    ("the last line feed gone", ": its line does not end in LF alone"),
    ("carriage returns", ": its line does not end in LF alone"),
    ("no events", "there are no events in it"),
    ("a byte of the checkpoint flipped", "checkpoint: the events make another one"),
    ("a byte of a balance flipped", ", the postings add up to "),
    ("a row of the report dropped", "report.csv: its rows are not"),
    ("a row of zeros dropped", "report.csv: its rows are not"),
    ("a row of zeros doubled", "report.csv: its rows are not"),
    ("a row of zeros invented", "report.csv: its rows are not"),
    ("a file missing", "keys.json: is missing"),
    ("a file twice", "stands twice"),
    ("a byte of a document flipped", ": does not hash to its name"),
    ("a document missing", "which is missing"),
    ("a document twice", "stands twice"),
    ("a document that nothing names", ": no event that was read names it"),
    ("a valid other history", "that you kept is of another history: this one was rewritten"),
    ("events cut off", "that you kept is of 327 events"),
    ("a key spent twice", ": spends a key that was spent before"),
    ("both words by one member", ": nobody else said the same before"),
    ("no second word", ": nobody else said the same before"),
    ("two words of different things", ": nobody else said the same before"),
    ("money that moves at the first word", ": nobody else said the same before"),
    ("another amount recorded than posted", ": posts another amount"),
    ("a document erased by another author", " is of another author or claim than it says"),
    ("a document erased of no claim", " is of another author or claim than it says"),
    ("a document erased that nobody named", " is of another author or claim than it says"),
    ("an erased document still there", " erased it, and it is still there"),
    ("a capture or a receipt missing", "which is missing"),
    ("a byte of a capture or a receipt flipped", ": does not hash to its name"),
    ("said alone as if it was read", ": nobody else said the same before"),
];

/// What it covers, both find, with the same exit status; and each finding says where.
#[test]
fn both_find_what_was_tampered_with() {
    let desk = Desk::new(&story(Twist::None).program);
    let samples = covered();
    assert!(samples.len() >= 200, "{}", samples.len());
    let mut agreed = 0;
    let mut said_of = BTreeMap::<&str, String>::new();
    for (n, Sample { kind, members, kept }) in samples.iter().enumerate() {
        // What stands twice has no place in a folder.
        let packed = n % 2 == 0 || kind.contains("twice");
        let (said, verified) = desk.ask(members, kept, packed);
        // It knows which documents there must be, and not in which order an archive has them.
        let disordered = matches!(verified, Err(Unusable::OutOfOrder { .. })) && said.status == 1;
        let same = said.status == status(&verified) || disordered;
        assert!(said.status > 0 && same, "{kind}, sample {n}: {said:?} {verified:?}");
        if said.status == 1 {
            let (_, findings) = said.out.split_once("\nfindings: ").unwrap();
            let (_, findings) = findings.split_once('\n').unwrap();
            let named = |line: &str| {
                let (place, words) = line.trim_start().split_once(": ").unwrap_or_default();
                let seq = place.strip_prefix("event ").is_some_and(|seq| seq.parse::<i64>().is_ok());
                !words.is_empty() && (seq || place.parse::<Member>().is_ok())
            };
            assert!(findings.lines().all(named), "{findings}");
            findings.lines().for_each(check_contradiction);
        }
        said_of.entry(kind).or_default().extend([said.out, said.err]);
        agreed += 1;
    }
    for (kind, words) in WORDS {
        assert!(said_of[kind].contains(words), "{kind}: {words}");
    }
    println!("count: tampered samples on which docs/verify.py agrees {agreed}");
}

/// What it does not cover, by kind: it finds nothing, and `bounty-ledger verify` does.
#[test]
fn what_it_leaves_out_the_other_finds() {
    let desk = Desk::new(&story(Twist::None).program);
    let samples = uncovered();
    for Sample { kind, members, kept } in &samples {
        let (said, verified) = desk.ask(members, kept, true);
        assert_eq!((said.status, status(&verified) > 0), (0, true), "{kind}: {said:?} {verified:?}");
    }
    println!(
        "count: kinds of tampering that docs/verify.py leaves to bounty-ledger verify {}",
        samples.len()
    );
}
