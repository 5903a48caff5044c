//! Bundles with a byte, a line or a file that is not as it was: each is found, and named.
//!
//! Findings are never taken back, so a case ends with the first one that names what was changed. What comes
//! before the change is verified once and cloned.

use std::sync::LazyLock;

use domain::value::{BatchNumber, Digest};
use verify::{BatchFile, Code, Events, Finding, Findings, Member, Options, Unusable, Verifier};

use crate::common::bundle::{Members, get, members, put, try_verify};
use crate::common::story::{Twist, story};

pub static BUNDLE: LazyLock<Members> = LazyLock::new(|| members(&story(Twist::None)));

/// What bytes are changed by: neighbours in the order of digits, and letters of another case.
const PATTERNS: [u8; 2] = [0x01, 0x20];

/// The lines of `events.jsonl`, without their ends.
pub fn journal() -> Vec<&'static [u8]> {
    let bytes = get(&BUNDLE, Member::Events);
    bytes.strip_suffix(b"\n").unwrap().split(|byte| *byte == b'\n').collect()
}

/// The verification before each line.
fn before_each(journal: &[&[u8]]) -> Vec<Events> {
    let mut findings = Findings::default();
    let mut events = Events::new(&[]);
    let before = journal.iter().map(|line| {
        let before = events.clone();
        events.push(line, &mut findings).unwrap();
        before
    });
    let before = before.collect();
    assert!(findings.is_empty());
    before
}

/// Whether something is wrong with the event of this place, or with the link to the one behind it.
fn names(finding: &Finding, place: usize) -> bool {
    let place = u64::try_from(place).unwrap();
    finding.seq.is_some_and(|seq| (place..=place + 1).contains(&seq.get()))
}

/// Whether lines that begin at a place show what is wrong with it.
fn shows(before: &Events, place: usize, lines: &[&[u8]]) -> bool {
    let mut events = before.clone();
    let mut findings = Findings::default();
    for line in lines {
        match events.push(line, &mut findings) {
            Ok(()) => {}
            Err(Unusable::UnknownRules { seq, .. }) => return seq.get() == u64::try_from(place).unwrap(),
            Err(error) => panic!("{error}"),
        }
        if let Some(first) = findings.list().first() {
            assert!(names(first, place), "event {place}: {first:?}");
            return true;
        }
    }
    false
}

/// Whether the whole verification shows that a journal is another one.
fn shows_at_last(journal: &[&[u8]], code: Code) -> bool {
    let mut members = BUNDLE.clone();
    put(&mut members, Member::Events, [&journal.join(&b'\n')[..], b"\n"].concat());
    let outcome = try_verify(&members, &[]).unwrap();
    outcome.findings.list().iter().any(|finding| finding.code == code)
}

#[test]
fn every_byte_of_every_event_counts() {
    let journal = journal();
    let before = before_each(&journal);
    let mut count = 0_u64;
    let mut at_last = 0_u64;
    for (place, line) in journal.iter().enumerate() {
        // The end of a line counts as its last byte: changed, it joins the next line.
        let joined = journal.get(place + 1).map(|next| [line, &b"\n"[..], next].concat());
        let next = journal.get(place + 1).copied();
        let mut changed = joined.clone().unwrap_or_else(|| line.to_vec());
        for byte in 0..line.len() + usize::from(joined.is_some()) {
            for pattern in PATTERNS {
                changed[byte] ^= pattern;
                let ends = byte == line.len();
                let first = if ends { &changed[..] } else { &changed[..line.len()] };
                let lines: Vec<&[u8]> = [Some(first), next.filter(|_| !ends)].into_iter().flatten().collect();
                let found = shows(&before[place], place, &lines) || {
                    // Nothing stands behind the last event but the root.
                    at_last += 1;
                    let mut all = journal.clone();
                    all[place] = first;
                    place + 1 == journal.len() && shows_at_last(&all, Code::RootDiffers)
                };
                assert!(found, "byte {byte} of event {place}, changed by {pattern:#x}");
                changed[byte] ^= pattern;
                count += 1;
            }
        }
    }
    assert!(at_last > 0, "the last event's cause is seen by the root alone");
    assert!(count >= 50_000, "{count}");
    println!("count: tampered bundles, each found and named {count}");
}

#[test]
fn every_line_stands_where_it_stands_and_once() {
    let journal = journal();
    let before = before_each(&journal);
    let mut count = 0_u64;
    for place in 0..journal.len() {
        let rest = &journal[place..];
        let doubled = [&rest[..1], rest].concat();
        assert!(shows(&before[place], place, &doubled), "event {place} doubled");
        count += 1;
        if let [first, second, ..] = rest {
            assert!(shows(&before[place], place, &rest[1..]), "event {place} dropped");
            assert!(shows(&before[place], place, &[second, first]), "event {place} swapped with the next");
            count += 2;
        } else {
            assert!(shows_at_last(&journal[..place], Code::SizeDiffers), "the last event dropped");
            assert!(shows_at_last(&journal[..place], Code::RootDiffers), "the last event dropped");
            count += 1;
        }
    }
    println!("count: tampered bundles, each found and named {count}");
}

#[test]
fn the_last_line_ends_and_nothing_follows_it() {
    let bytes = get(&BUNDLE, Member::Events);
    for (spoiled, code) in [
        (bytes.strip_suffix(b"\n").unwrap().to_vec(), Code::LineEnd),
        ([bytes, b"\n"].concat(), Code::NotAnEvent),
        ([bytes, b"{}\n"].concat(), Code::NotAnEvent),
        ([bytes, b"{"].concat(), Code::LineEnd),
        ([b"\n", bytes].concat(), Code::NotAnEvent),
    ] {
        let mut members = BUNDLE.clone();
        put(&mut members, Member::Events, spoiled);
        let outcome = try_verify(&members, &[]).unwrap();
        assert!(outcome.findings.list().iter().any(|finding| finding.code == code), "{code}: {outcome}");
    }
    // Changed line ends are one finding: the events are what they were.
    let mut returned = BUNDLE.clone();
    put(
        &mut returned,
        Member::Events,
        String::from_utf8(bytes.to_vec()).unwrap().replace('\n', "\r\n").into_bytes(),
    );
    let outcome = try_verify(&returned, &[]).unwrap();
    let [finding] = outcome.findings.list() else { panic!("{outcome}") };
    assert!(finding.code == Code::LineEnd && finding.words.contains("lines end in CR LF"), "{outcome}");
    let mut empty = BUNDLE.clone();
    put(&mut empty, Member::Events, Vec::new());
    assert!(matches!(try_verify(&empty, &[]), Err(Unusable::NoEvents)));
}

/// A verification that has taken all members but those of some rank.
fn without(rank: impl Fn(&Member) -> bool) -> Verifier {
    let mut verifier = Verifier::new(&Options::default());
    for (member, bytes) in BUNDLE.iter().filter(|(member, _)| !rank(member)) {
        verifier.take(*member, &mut bytes.as_slice()).unwrap();
    }
    assert!(verifier.findings().is_empty());
    verifier
}

pub fn found<'a>(findings: &'a Findings, member: &Member) -> Option<&'a Finding> {
    findings.list().iter().find(|finding| finding.file.as_deref() == Some(&member.to_string()))
}

/// Changes every byte of a member by each of these patterns; `judge` says whether it was found.
fn each_byte(bytes: &[u8], patterns: &[u8], mut judge: impl FnMut(&[u8]) -> bool) -> u64 {
    let mut changed = bytes.to_vec();
    let mut count = 0;
    for place in 0..bytes.len() {
        for pattern in patterns {
            changed[place] ^= pattern;
            assert!(judge(&changed), "byte {place}, changed by {pattern:#x}");
            changed[place] ^= pattern;
            count += 1;
        }
    }
    let longer = [bytes, b"\n"].concat();
    assert!(judge(&longer) && judge(&bytes[..bytes.len() - 1]) && judge(&[]));
    count + 3
}

#[test]
fn every_byte_of_every_document_counts() {
    let before = without(|member| member.rank() == 4 || member.rank() == 5);
    let mut count = 0;
    for (member, bytes) in BUNDLE.iter().filter(|(member, _)| matches!(member, Member::Document(_))) {
        count += each_byte(bytes, &PATTERNS, |changed| {
            let mut verifier = before.clone();
            verifier.take(*member, &mut &changed[..]).unwrap();
            let finding = found(verifier.findings(), member);
            finding.is_some_and(|finding| finding.code == Code::DocumentDiffers && finding.seq.is_some())
        });
    }
    println!("count: tampered bundles, each found and named {count}");
}

#[test]
fn every_byte_of_every_file_of_a_batch_counts() {
    let before = without(|member| member.rank() == 5);
    let mut count = 0;
    for (member, bytes) in BUNDLE.iter().filter(|(member, _)| member.rank() == 5) {
        count += each_byte(bytes, &PATTERNS[..1], |changed| {
            let mut verifier = before.clone();
            verifier.take(*member, &mut &changed[..]).unwrap();
            found(verifier.findings(), member).is_some_and(|finding| finding.code == Code::FileDiffers)
        });
    }
    println!("count: tampered bundles, each found and named {count}");
}

#[test]
fn every_byte_of_checkpoint_keys_and_report_counts() {
    let mut count = 0;
    for member in [Member::Checkpoint, Member::Keys, Member::Report] {
        let before = without(|other| *other == member);
        count += each_byte(get(&BUNDLE, member), &PATTERNS, |changed| {
            let mut verifier = before.clone();
            verifier.take(member, &mut &changed[..]).unwrap();
            found(&verifier.finish().unwrap().findings, &member).is_some()
        });
    }
    println!("count: tampered bundles, each found and named {count}");
}

#[test]
fn what_is_missing_is_named() {
    let mut count = 0;
    for (place, (member, _)) in BUNDLE.iter().enumerate() {
        let mut members = BUNDLE.clone();
        members.remove(place);
        if *member == Member::Events {
            assert!(matches!(try_verify(&members, &[]), Err(Unusable::OutOfOrder { .. })));
            continue;
        }
        let outcome = try_verify(&members, &[]).unwrap();
        let finding = found(&outcome.findings, member).unwrap_or_else(|| panic!("{member}: {outcome}"));
        let code = if member.rank() == 4 { Code::DocumentMissing } else { Code::FileMissing };
        assert_eq!((finding.code, finding.seq.is_some()), (code, member.rank() == 4));
        count += 1;
    }
    println!("count: tampered bundles, each found and named {count}");
}

#[test]
fn what_nothing_names_is_named() {
    let document = Member::Document(Digest::sha256(&[b"stray"]));
    let none = BatchNumber::new(17).unwrap();
    let rejection = BatchNumber::new(6).unwrap();
    for (member, code) in [
        (document, Code::DocumentExtra),
        (Member::Batch(none, BatchFile::Airdrop), Code::FileExtra),
        // A rejection pays nobody.
        (Member::Batch(rejection, BatchFile::Airdrop), Code::FileExtra),
        (Member::Batch(rejection, BatchFile::TransactionBuilder), Code::FileExtra),
    ] {
        let mut members = BUNDLE.clone();
        let place = members.iter().position(|(known, _)| known.rank() > member.rank());
        members.insert(place.unwrap_or(members.len()), (member, b"stray".to_vec()));
        let outcome = try_verify(&members, &[]).unwrap();
        let [finding] = outcome.findings.list() else { panic!("{outcome}") };
        assert_eq!((finding.code, finding.file.as_deref()), (code, Some(member.to_string().as_str())));
    }
}

#[test]
fn what_comes_twice_or_late_is_refused() {
    for place in 0..BUNDLE.len() {
        let mut twice = BUNDLE.clone();
        twice.insert(place, BUNDLE[place].clone());
        let name = BUNDLE[place].0.to_string();
        let refused = try_verify(&twice, &[]);
        assert!(
            matches!(&refused, Err(Unusable::OutOfOrder { name: found }) if *found == name),
            "{refused:?}"
        );
    }
    let first = BUNDLE.iter().position(|(member, _)| member.rank() == 4).unwrap();
    let mut late = BUNDLE.clone();
    late.swap(first, first + 1);
    assert!(matches!(try_verify(&late, &[]), Err(Unusable::OutOfOrder { .. })));
}

/// A document in another's place is found by its digest, two that swapped their names both.
#[test]
fn documents_that_swapped_places_are_both_named() {
    let documents: Vec<usize> =
        (0..BUNDLE.len()).filter(|place| matches!(BUNDLE[*place].0, Member::Document(_))).collect();
    for pair in documents.windows(2) {
        let mut members = BUNDLE.clone();
        let [one, other] = [pair[0], pair[1]];
        (members[one].1, members[other].1) = (members[other].1.clone(), members[one].1.clone());
        let outcome = try_verify(&members, &[]).unwrap();
        for place in [one, other] {
            assert_eq!(found(&outcome.findings, &BUNDLE[place].0).unwrap().code, Code::DocumentDiffers);
        }
    }
    println!("count: tampered bundles, each found and named {}", documents.len() - 1);
}
