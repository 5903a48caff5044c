//! What a verification says beyond the first finding: which come first, and what is checked all the same.

use domain::event::{Event, Fact};
use domain::value::{BatchNumber, Digest, Seq};
use verify::{BatchFile, Checkpoint, Code, MAX_FINDINGS, Member, Unusable};

use crate::common::bundle::{checkpoint, get, put, try_verify};
use crate::common::story::{Twist, story};
use crate::tampered::{BUNDLE, found, journal};

/// Whoever rewrites history could put a thousand small things in the way of the word that says so.
#[test]
fn the_gravest_findings_are_never_crowded_out() {
    let ledger = story(Twist::None);
    let kept = Checkpoint { root: Digest::sha256(&[b"another"]), ..checkpoint(&ledger.program) };
    let mut members = BUNDLE.clone();
    let place = members.iter().position(|(member, _)| member.rank() > 4).unwrap();
    let stray = |n: u32| (Member::Document(Digest::sha256(&[&n.to_be_bytes()])), Vec::new());
    members.splice(place..place, (0..1_500).map(stray));
    put(&mut members, Member::Checkpoint, Checkpoint { size: Seq::new(7), ..kept }.to_string().into_bytes());
    put(&mut members, Member::Report, b"no report".to_vec());

    let outcome = try_verify(&members, &[kept]).unwrap();

    let codes: Vec<Code> = outcome.findings.list().iter().map(|finding| finding.code).collect();
    // The bytes and their root come before anything else.
    assert_eq!(codes[..4], [Code::SizeDiffers, Code::RootDiffers, Code::KeptDiffers, Code::DocumentExtra]);
    assert_eq!(codes.last(), Some(&Code::FileDiffers), "{codes:?}");
    assert_eq!((codes.len(), outcome.findings.more()), (MAX_FINDINGS + 1, 1_500 + 4 - 1_001));

    // Also among events.
    let mut members = BUNDLE.clone();
    let events = get(&BUNDLE, Member::Events);
    let backwards: Vec<&[u8]> = events.split_inclusive(|byte| *byte == b'\n').rev().collect();
    let bytes = [events, &backwards.concat().repeat(5), &b"{}\n".repeat(1_000)].concat();
    put(&mut members, Member::Events, bytes);
    let outcome = try_verify(&members, &[kept]).unwrap();
    assert!(outcome.findings.more() > 1_000, "{}", outcome.findings.more());
    for code in [Code::NotAnEvent, Code::RootDiffers, Code::KeptDiffers] {
        assert!(outcome.findings.list().iter().any(|finding| finding.code == code), "{code}: {outcome}");
    }
}

/// What an event says of its own number is not where it stands.
#[test]
fn a_missing_document_is_of_the_event_that_stands_there() {
    let ledger = story(Twist::None);
    let last = ledger.journal.last().unwrap();
    let Fact::PeriodClosed { asked } = &last.event.fact else { panic!("a closing, with a reason") };
    let named = Member::Document(asked.variance);
    for number in [77, 1 << 28, u64::MAX - 9] {
        let forged = Event { seq: Seq::new(number), ..last.event.clone() }.record().unwrap();
        let mut lines = journal();
        *lines.last_mut().unwrap() = &forged.bytes;
        let mut members = BUNDLE.clone();
        put(&mut members, Member::Events, [&lines.join(&b'\n')[..], b"\n"].concat());
        members.retain(|(member, _)| *member != named);

        let outcome = try_verify(&members, &[]).unwrap();

        let finding = found(&outcome.findings, &named).unwrap();
        assert_eq!((finding.code, finding.seq), (Code::DocumentMissing, Some(last.event.seq)), "{finding:?}");
    }
}

/// One break does not hide the next: what does not depend on it is checked all the same.
#[test]
fn the_verification_goes_on_behind_a_finding() {
    let mut members = BUNDLE.clone();
    let mut lines: Vec<Vec<u8>> = journal().iter().map(|line| line.to_vec()).collect();
    lines[5].push(b' ');
    let text = String::from_utf8(lines[150].clone()).unwrap();
    lines[150] = text.replacen("2026-03", "2026-02", 1).into_bytes();
    put(&mut members, Member::Events, [&lines.join(&b'\n')[..], b"\n"].concat());
    let batch = Member::Batch(BatchNumber::FIRST, BatchFile::Airdrop);
    let document = members.iter().rev().find(|(member, _)| member.rank() == 4).unwrap().0;
    put(&mut members, document, b"altered".to_vec());

    let outcome = try_verify(&members, &[]).unwrap();

    let named = |code, seq| {
        let findings = outcome.findings.list();
        assert!(
            findings.iter().any(|finding| finding.code == code && finding.seq == seq),
            "{code}: {outcome}"
        );
    };
    named(Code::NotCanonical, Some(Seq::new(5)));
    named(Code::ChainBroken, Some(Seq::new(6)));
    named(Code::TimeBackwards, Some(Seq::new(150)));
    named(Code::RootDiffers, None);
    assert_eq!(found(&outcome.findings, &document).unwrap().code, Code::DocumentDiffers);
    // Without a state there is nothing to compare the batch's files with, and that is said.
    assert!(found(&outcome.findings, &batch).is_none());
    assert!(outcome.unchecked.iter().any(|gap| gap.words.contains("event 5 does not follow")), "{outcome}");
}

/// A journal of the same length as another one, of which nothing can be read: nobody waits for its end.
#[test]
fn beyond_a_thousand_lines_that_are_no_events_it_is_no_journal() {
    let bytes = get(&BUNDLE, Member::Events);
    let mut members = BUNDLE.clone();
    put(&mut members, Member::Events, [bytes, &b"\n".repeat(1_000)[..]].concat());
    assert!(!try_verify(&members, &[]).unwrap().is_sound());
    put(&mut members, Member::Events, [bytes, &b"\n".repeat(1_001)[..]].concat());
    let refused = try_verify(&members, &[]);
    assert!(matches!(refused, Err(Unusable::NoJournal { limit: verify::MAX_UNREAD })), "{refused:?}");
}

/// What the events name that cannot be read is not known: no document is called one that nobody names.
#[test]
fn a_dropped_event_is_no_altered_one_and_its_documents_are_no_strangers() {
    let bytes = get(&BUNDLE, Member::Events);
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let mut members = BUNDLE.clone();
    let dropped = [&lines[..40], &lines[41..]].concat().concat();
    put(&mut members, Member::Events, dropped);
    let outcome = try_verify(&members, &[]).unwrap();
    let broken = outcome.findings.list().iter().find(|finding| finding.code == Code::ChainBroken).unwrap();
    assert!(broken.words.ends_with("events between them are missing, doubled or moved"), "{outcome}");

    let other = Checkpoint { size: Seq::new(3), ..outcome.checkpoint };
    let wrong = try_verify(&BUNDLE, &[other]).unwrap().to_string();
    assert!(wrong.contains("unsigned, and this journal continues none that you kept"), "{wrong}");
    let own = try_verify(&BUNDLE, &[]).unwrap();
    assert!(own.to_string().contains("Compare it with one you kept: --since"), "{own}");
    let kept = try_verify(&BUNDLE, &[own.checkpoint, own.checkpoint]).unwrap().to_string();
    assert!(kept.contains("the checkpoint is unsigned: it is the one you kept"), "{kept}");
    assert_eq!(kept.matches("continues the checkpoint you kept").count(), 2, "{kept}");
}
