//! What an untouched bundle says, and that it is written twice in the same bytes.

use std::collections::BTreeSet;
use std::io::Read;

use domain::event::{Command, Fact, Kind};
use domain::value::Digest;
use flate2::read::GzDecoder;
use verify::write::{ArchiveSink, FolderSink, Place, PlaceError, Sink, WriteError, write};
use verify::{
    Checked, Gap, Limits, Member, Money, Options, Shape, archive, bundle, chain, documents_of, folder,
};

use crate::common::Ledger;
use crate::common::bundle::{Members, checkpoint, get, members, verify, verify_since};
use crate::common::charter::lpt;
use crate::common::story::{Twist, story};
use crate::signed::signed;

fn archived(ledger: &Ledger) -> Vec<u8> {
    let mut sink = ArchiveSink::new(Vec::new(), ledger.program.last_at());
    write(&ledger.program, &mut ledger.clone(), &mut sink).unwrap();
    sink.finish().unwrap()
}

#[test]
fn an_untouched_bundle_has_no_findings_and_everything_is_counted() {
    let ledger = story(Twist::None);
    let (later, _, _) = signed();
    let kinds: BTreeSet<Kind> = later.journal.iter().map(|recorded| recorded.event.fact.kind()).collect();
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), Kind::ALL);

    let outcome = verify(&members(&ledger));

    assert_eq!(outcome.findings.list(), [], "{outcome}");
    assert_eq!(outcome.checkpoint, checkpoint(&ledger.program));
    let decisions = [
        (Kind::ProgramOpened, 1),
        (Kind::MemberAdded, 5),
        (Kind::RoleGranted, 1),
        (Kind::RoleRevoked, 1),
        (Kind::AddressRecorded, 13),
        (Kind::PeriodOpened, 2),
        (Kind::Allotted, 5),
        (Kind::AllotmentMoved, 1),
        (Kind::CapChanged, 2),
        (Kind::LimitsChanged, 1),
        (Kind::PolicyChanged, 1),
        (Kind::PeriodClosed, 1),
        (Kind::BountyPosted, 9),
        (Kind::SlotTaken, 1),
        (Kind::SlotReleased, 1),
        (Kind::BountyClosed, 1),
        (Kind::SubmissionFiled, 55),
        (Kind::SubmissionRevised, 2),
        (Kind::OfferAccepted, 1),
        (Kind::SubmissionWithdrawn, 2),
        (Kind::CommentAdded, 1),
        (Kind::VoteCast, 112),
        (Kind::RejectionAppealed, 1),
        (Kind::SubmissionReopened, 1),
        (Kind::SubmissionHeld, 1),
        (Kind::SubmissionChallenged, 1),
        (Kind::SubmissionReleased, 1),
        (Kind::ReversalVoted, 2),
        (Kind::WaitingApproved, 1),
        (Kind::SafeObserved, 13),
        (Kind::FundingRecorded, 4),
        (Kind::FundingWithdrawn, 2),
        (Kind::BatchProposed, 14),
        (Kind::RejectionProposed, 2),
        (Kind::BatchExecuted, 11),
        (Kind::NonceConsumed, 6),
        (Kind::ExecutionWithdrawn, 2),
        (Kind::InflowRecorded, 4),
        (Kind::OutflowRecorded, 4),
        (Kind::RefundRecorded, 2),
        (Kind::TransferWithdrawn, 2),
        (Kind::InflowClassified, 4),
        (Kind::OutflowSettled, 10),
        (Kind::WordConfirmed, 6),
        (Kind::FindingRecorded, 3),
        (Kind::SignatureRecorded, 4),
        (Kind::DocumentErased, 7),
    ];
    let checked = Checked {
        events: 327,
        span: Some((ledger.journal[0].event.at, ledger.program.last_at())),
        decisions: decisions.into(),
        kept: Vec::new(),
        batches: 16,
        rejections: 2,
        payouts: 39,
        batch_files: 58,
        documents: 246,
        documents_named: 249,
        documents_erased: 3,
        receipts: 19,
        signatures: 2,
        money: Some(Money {
            contributed: lpt("772"),
            expended: lpt("31"),
            lost: lpt("5.5"),
            safe: lpt("735.5"),
            suspense_in: lpt("0"),
            suspense_out: lpt("0"),
        }),
        periods: Some(2),
    };
    assert_eq!(outcome.checked, checked);
    let gaps: Vec<Gap> = outcome.unchecked.iter().map(|gap| gap.code).collect();
    assert_eq!(
        gaps,
        [Gap::Unsigned, Gap::UnsignedVotes, Gap::Attested, Gap::Unasked, Gap::Unproven, Gap::Approvals,]
    );
    let said = |gap: usize, words: &str| {
        assert!(outcome.unchecked[gap].words.starts_with(words), "{outcome}");
    };
    // 6 looks at the Safe, 2 fundings, 3 ways in, 2 out, 2 refunds, 6 executions, 1 failure, 1 end of another kind, and 3
    // taken back; but 6 of them were confirmed.
    said(2, "20 statements about the chain");
    said(3, "14 receipts are what a node told the ledger");
    // 7 looks at the Safe, and 3 taken back.
    said(4, "10 readings of the chain");
    said(5, "2 agreements of owners");
    let json: serde_json::Value = serde_json::from_str(&outcome.to_json().unwrap()).unwrap();
    let part = |pointer: &str| json.pointer(pointer).unwrap().to_string();
    assert_eq!((part("/checked/documents_erased"), part("/checked/rejections")), ("3".into(), "2".into()));
    assert_eq!(part("/checked/money/lost"), "\"5500000000000000000\"");
    println!("count: events of an untouched bundle {}", checked.events);
}

#[test]
fn the_bytes_alone_give_the_same_root() {
    let ledger = story(Twist::None);
    let chained = chain(get(&members(&ledger), Member::Events)).unwrap();
    assert!(chained.findings.is_empty());
    assert_eq!(chained.checkpoint, checkpoint(&ledger.program));
}

#[test]
fn folder_and_archive_say_the_same_and_the_archive_is_the_same_again() {
    let ledger = story(Twist::None);
    let bytes = archived(&ledger);
    assert_eq!(archived(&story(Twist::None)), bytes);
    let place = tempfile::tempdir().unwrap();
    let root = place.path().join("bundle");
    std::fs::create_dir(&root).unwrap();
    let mut sink = FolderSink::new(&root, ledger.program.last_at());
    write(&ledger.program, &mut ledger.clone(), &mut sink).unwrap();

    let outcome = archive(&bytes[..], &Options::default()).unwrap();

    assert!(outcome.is_sound(), "{outcome}");
    assert_eq!(outcome, folder(&root, &Options::default()).unwrap());
    assert_eq!(outcome, bundle(&root, &Options::default()).unwrap());
    let file = place.path().join("bundle.tar.gz");
    std::fs::write(&file, &bytes).unwrap();
    assert_eq!(outcome, bundle(&file, &Options::default()).unwrap());
    assert_eq!(outcome, verify(&members(&ledger)));
}

/// Other programs read the archive as what it is.
#[test]
fn the_archive_is_a_plain_one() {
    let ledger = story(Twist::None);
    let mtime = u64::try_from(ledger.program.last_at().micros() / 1_000_000).unwrap();
    let found = unpacked(&archived(&ledger), mtime);
    assert_eq!(found, members(&ledger));
    for (member, content) in &found {
        if let Member::Document(digest) = member {
            assert_eq!(Digest::sha256(&[content]), *digest, "sha256sum of a document is its name");
        }
    }
}

/// The golden bundle is what the rules and the format make today. The compression may be another one.
#[test]
fn the_golden_bundle_is_what_is_written() {
    let ledger = story(Twist::None);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/bundle.tar.gz");
    let mtime = u64::try_from(ledger.program.last_at().micros() / 1_000_000).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, archived(&ledger)).unwrap();
    }
    let found = unpacked(&std::fs::read(path).unwrap(), mtime);
    assert!(found == members(&ledger), "{path} is another bundle: run with UPDATE_DOCS=1 to rewrite it");
}

fn unpacked(bytes: &[u8], mtime: u64) -> Members {
    let mut tar = tar::Archive::new(GzDecoder::new(bytes));
    let mut found = Vec::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert!(header.entry_type().is_file());
        assert_eq!(
            (header.mode().unwrap(), header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()),
            (0o644, mtime, 0, 0)
        );
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        found.push((name.parse::<Member>().unwrap(), content));
    }
    found
}

/// What a bundle holds of documents is what commands bring.
#[test]
fn every_document_that_a_command_names_is_named_here() {
    for recorded in story(Twist::None).journal {
        let mut named = Vec::new();
        documents_of(&recorded.event.fact, |digest, shape, bonds| {
            assert_eq!(bonds.is_some(), shape == Shape::Claim);
            named.push(digest);
        });
        let command: Command = recorded.event.fact.command();
        assert_eq!(named, command.documents());
    }
}

#[test]
fn what_is_there_already_is_never_overwritten_and_a_failure_leaves_nothing() {
    let ledger = story(Twist::None);
    let place = tempfile::tempdir().unwrap();
    for name in ["bundle", "bundle.tar.gz"] {
        let path = place.path().join("new/folders").join(name);
        let written = Place::new(&path).unwrap().fill(&ledger.program, &mut ledger.clone()).unwrap();
        assert_eq!(
            (written.checkpoint, written.documents, written.batches),
            (checkpoint(&ledger.program), 246, 16)
        );
        assert!(bundle(&path, &Options::default()).unwrap().is_sound());
        assert!(matches!(Place::new(&path), Err(PlaceError::Taken(_))));

        let mut poor = ledger.clone();
        let stays = |document: &&Digest| ledger.program.erased(document).is_none();
        let first = *poor.documents.keys().find(stays).unwrap();
        poor.documents.remove(&first);
        let failed = Place::new(&place.path().join(name)).unwrap().fill(&ledger.program, &mut poor);
        assert!(matches!(failed, Err(WriteError::Source(_))), "{failed:?}");

        let late = place.path().join("late").join(name);
        let unfilled = Place::new(&late).unwrap();
        std::fs::write(&late, "somebody was faster").unwrap();
        let failed = unfilled.fill(&ledger.program, &mut ledger.clone());
        assert!(matches!(failed, Err(WriteError::Place(PlaceError::Taken(_)))), "{failed:?}");
        assert_eq!(std::fs::read_to_string(&late).unwrap(), "somebody was faster");
        std::fs::remove_file(&late).unwrap();
    }
    let left = |folder: &std::path::Path| std::fs::read_dir(folder).unwrap().count();
    assert_eq!((left(place.path()), left(&place.path().join("late"))), (2, 0));
}

#[test]
fn a_journal_that_does_not_make_the_state_is_not_exported() {
    let ledger = story(Twist::None);
    let mut other = Ledger { journal: story(Twist::ReasonSwapped).journal, ..ledger.clone() };
    let failed = write(&ledger.program, &mut other, &mut Void);
    assert!(matches!(failed, Err(WriteError::OtherJournal)), "{failed:?}");
    let mut short = ledger.clone();
    short.journal.pop();
    let program = short.program.clone();
    let failed = write(&program, &mut Ledger { program: ledger.program, ..short }, &mut Void);
    assert!(failed.is_err(), "{failed:?}");
}

/// What `verify` would refuse is not written: nobody shall find out when an auditor reads it.
#[test]
fn what_a_verifier_would_not_read_is_not_exported() {
    let mut ledger = story(Twist::None);
    let first = Fact::ProgramOpened { asked: Box::new(ledger.program.charter().clone()) };
    let named = first.command().documents()[0];
    let limit = usize::try_from(Limits::default().document).unwrap();
    ledger.documents.insert(named, vec![0; limit]);
    write(&ledger.program, &mut ledger.clone(), &mut Void).unwrap();
    ledger.documents.insert(named, vec![0; limit + 1]);
    let failed = write(&ledger.program, &mut ledger.clone(), &mut Void);
    let Err(WriteError::TooLarge { member, size, limit: most }) = &failed else { panic!("{failed:?}") };
    assert_eq!(
        (member, *most, *size),
        (&format!("documents/{named}"), size - 1, Limits::default().document + 1)
    );
}

/// Takes everything and keeps nothing.
struct Void;

impl Sink for Void {
    fn begin(&mut self, _: Member, _: u64) -> std::io::Result<()> {
        Ok(())
    }

    fn put(&mut self, _: &[u8]) -> std::io::Result<()> {
        Ok(())
    }

    fn end(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_same_checkpoint_is_its_own_continuation() {
    let ledger = story(Twist::None);
    let outcome = verify_since(&members(&ledger), &[checkpoint(&ledger.program)]);
    assert!(outcome.is_sound(), "{outcome}");
    assert_eq!(outcome.checked.kept, [ledger.program.size()]);
    let unsigned = outcome.unchecked.iter().find(|gap| gap.code == Gap::Unsigned).unwrap();
    assert!(unsigned.words.contains("it is the one you kept"), "{outcome}");
    assert!(outcome.to_string().contains("continues the checkpoint you kept, of 327 events"), "{outcome}");
}
