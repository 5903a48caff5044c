//! Journals that were tampered with: what cannot be applied, and what the audit finds in what can.

use domain::audit::Violation;
use domain::books::{BooksError, Posting, Transfer, postings};
use domain::command::{Actor, Allot, FileSubmission};
use domain::event::{Command, Event, EventError, Fact, Recorded};
use domain::refusal::Refusal;
use domain::value::{BatchNumber, Digest, Seq};
use domain::words::Role;
use domain::{ApplyError, Program, decide};
use uuid::Uuid;

use crate::common::*;

/// What a member's command would lead to, to be spoiled.
fn decided(ledger: &Ledger, member: u32, command: impl Into<Command>) -> Event {
    let asked = request(Actor::Member(member_number(member)), command, ledger.now);
    decide(&ledger.program, &asked).unwrap()
}

/// An event that moves no money, to be spoiled.
fn harmless(ledger: &Ledger) -> Event {
    decided(ledger, LEAD, grant(ANA, Role::Auditor))
}

fn moving(movements: &[(&str, &str, &str)]) -> Vec<Posting> {
    let transfers: Vec<Transfer> = movements
        .iter()
        .map(|(from, to, lpt)| Transfer {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            amount: amount(lpt),
        })
        .collect();
    postings(&transfers)
}

/// What the audit finds after a forged event that can be applied.
fn found(ledger: &Ledger, forged: Event) -> Violation {
    let mut program = ledger.program.clone();
    program.apply(&forged.record().unwrap()).unwrap();
    program.audit().unwrap_err()
}

/// What the audit finds after money that moves with an event that moves none.
fn found_after(movements: &[(&str, &str, &str)]) -> Violation {
    let ledger = pilot();
    let forged = Event { postings: moving(movements), ..harmless(&ledger) };
    found(&ledger, forged)
}

/// What the audit finds after an allotment that nobody checked.
fn found_after_allotting(asked: Allot, movements: &[(&str, &str, &str)]) -> Violation {
    let ledger = pilot();
    let fact = Fact::Allotted { asked: Box::new(asked) };
    let forged = Event { fact, postings: moving(movements), ..harmless(&ledger) };
    found(&ledger, forged)
}

#[test]
fn the_audit_finds_money_that_moved_without_a_decision() {
    let cap = found_after(&[("1/authority", "1/unallotted", "10")]);
    assert!(matches!(cap, Violation::CapDiffers { .. }), "{cap}");

    let allotment = found_after(&[("1/unallotted", "1/marketing/available", "10")]);
    assert!(matches!(allotment, Violation::AllotmentDiffers { .. }), "{allotment}");

    for bucket in ["reserved", "encumbered", "inflight", "expended"] {
        let stands_for = found_after(&[("1/marketing/available", &format!("1/marketing/{bucket}"), "10")]);
        assert!(matches!(stands_for, Violation::BucketDiffers { .. }), "{stands_for}");
    }

    let safe = found_after(&[("safe", "suspense_in", "10")]);
    assert_eq!(safe.to_string(), "funding: the Safe holds 10 LPT in the books, and 0 LPT was contributed");
}

#[test]
fn the_audit_finds_allotments_that_no_rule_would_accept() {
    let asked = allot(&[("operations", "60")]);
    let ceiling = found_after_allotting(asked, &[("1/unallotted", "1/operations/available", "35")]);
    assert!(matches!(ceiling, Violation::AboveCeiling { .. }), "{ceiling}");

    let asked = allot(&[("bounties", "150"), ("marketing", "100"), ("operations", "0")]);
    let floor = found_after_allotting(
        asked,
        &[
            ("1/unallotted", "1/bounties/available", "25"),
            ("1/unallotted", "1/marketing/available", "50"),
            ("1/operations/available", "1/unallotted", "25"),
        ],
    );
    assert!(matches!(floor, Violation::FloorStarved { .. }), "{floor}");
}

#[test]
fn the_audit_finds_a_submission_in_two_batches() {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "20");
    ledger.wait(48);
    ledger.proposes(&[number]);
    let Fact::BatchProposed { asked, mut outcome } = ledger.journal.last().unwrap().event.fact.clone() else {
        panic!("a batch");
    };
    outcome.batch = BatchNumber::new(2).unwrap();

    let twice = Event { fact: Fact::BatchProposed { asked, outcome }, ..harmless(&ledger) };

    assert!(matches!(found(&ledger, twice), Violation::BatchedTwice { .. }));
}

#[test]
fn the_audit_finds_evidence_held_twice_and_payees_that_belong_to_nobody() {
    let mut ledger = pilot();
    let first = claim(&ledger, ANA, "marketing", "10");
    ledger.files(ANA, first.clone());
    let second = claim(&ledger, ANA, "marketing", "10");
    let event = decided(&ledger, ANA, second.clone());
    let spoiled = |asked: FileSubmission| {
        let Fact::SubmissionFiled { outcome, .. } = event.fact else { panic!("a claim") };
        Event { fact: Fact::SubmissionFiled { asked: Box::new(asked), outcome }, ..event.clone() }
    };

    let twice = spoiled(FileSubmission { evidence: first.evidence, ..second.clone() });
    let nobody = spoiled(FileSubmission { payee: address(0x99), ..second });

    assert_eq!(found(&ledger, twice), Violation::IndexDiffers);
    assert_eq!(found(&ledger, nobody), Violation::IndexDiffers);
}

#[test]
fn an_event_that_does_not_follow_is_not_applied() {
    let ledger = pilot();
    let event = harmless(&ledger);
    let apply = |forged: Event| ledger.program.clone().apply(&forged.record().unwrap()).unwrap_err();
    let (seq, next) = (event.seq, event.seq.next().unwrap());

    assert_eq!(
        apply(Event { seq: next, ..event.clone() }),
        ApplyError::OutOfOrder { expected: seq, found: next }
    );
    assert_eq!(apply(Event { prev: Digest::ZERO, ..event.clone() }), ApplyError::BrokenChain { seq });
    assert_eq!(apply(Event { program: Uuid::nil(), ..event.clone() }), ApplyError::OtherProgram);
    let opening = Fact::ProgramOpened { asked: Box::new(charter()) };
    assert_eq!(apply(Event { fact: opening, ..event.clone() }), ApplyError::Opening);
    let stranger = Fact::RoleGranted { asked: Box::new(grant(99, Role::Lead)) };
    assert_eq!(
        apply(Event { fact: stranger, ..event.clone() }),
        ApplyError::Missing(Refusal::NoSuchMember { member: member_number(99) })
    );
    let overdrawn = moving(&[("1/unallotted", "1/marketing/available", "50.5")]);
    assert!(matches!(
        apply(Event { postings: overdrawn.clone(), ..event.clone() }),
        ApplyError::Books(BooksError::Negative { .. })
    ));
    let lopsided = overdrawn[..1].to_vec();
    assert_eq!(apply(Event { postings: lopsided, ..event }), ApplyError::Books(BooksError::Unbalanced));
}

#[test]
fn a_journal_begins_with_an_opening_at_its_start() {
    let ledger = opened();
    let opening = ledger.journal[0].event.clone();
    let begin = |forged: Event| Program::begin(&forged.record().unwrap()).unwrap_err();

    assert_eq!(begin(harmless(&ledger)), ApplyError::Opening);
    let late = Event { seq: Seq::new(1), ..opening.clone() };
    assert_eq!(begin(late), ApplyError::OutOfOrder { expected: Seq::ZERO, found: Seq::new(1) });
    let chained = Event { prev: digest("before"), ..opening };
    assert_eq!(begin(chained), ApplyError::BrokenChain { seq: Seq::ZERO });
}

#[test]
fn bytes_that_are_spelled_differently_are_no_event() {
    let ledger = pilot();
    let original = text(ledger.journal.last().unwrap()).to_owned();
    let read = |bytes: &str| Recorded::from_bytes(bytes.as_bytes()).unwrap_err();
    let not_canonical = [
        original.replacen("{\"actor\"", "{ \"actor\"", 1),
        original.replacen("\"actor\":\"1\",", "", 1).replacen("\"v\":", "\"actor\":\"1\",\"v\":", 1),
        original.replacen("\"lead\"", "\"\\u006cead\"", 1),
        original.clone() + "\n",
    ];
    let unreadable = [
        original.replacen("\"actor\":\"1\"", "\"actor\":1", 1),
        original.replacen("\"actor\":\"1\"", "\"actor\":\"01\"", 1),
        original.replacen("\"actor\"", "\"also\":\"1\",\"actor\"", 1),
        original.replacen("\"period\":\"1\"", "\"period\":\"1\",\"why\":\"1\"", 1),
        original.replacen("allotted", "alloted", 1),
        original.replacen("500000000000000000000", "5e20", 1),
        original[..original.len() - 1].to_owned(),
    ];

    for spelled in &not_canonical {
        assert_ne!(*spelled, original);
        assert!(matches!(read(spelled), EventError::NotCanonical { .. }), "{spelled}");
    }
    for spelled in &unreadable {
        assert_ne!(*spelled, original);
        assert!(matches!(read(spelled), EventError::Unreadable(_)), "{spelled}");
    }
    let later = original.replacen("\"v\":\"1\"", "\"v\":\"2\"", 1);
    assert!(matches!(read(&later), EventError::UnknownRules { found } if found == "2"));
}

/// What a member asked for says so; what follows by itself has no cause to show.
#[test]
fn an_event_has_the_cause_its_actor_must_have() {
    let ledger = pilot();
    let recorded = harmless(&ledger);
    let swap = |actor: Actor, cause| {
        let event = Event { actor, cause, ..recorded.clone() };
        Recorded::from_bytes(&event.to_bytes().unwrap())
    };

    let (without, of_the_ledger) = (swap(recorded.actor, None), swap(Actor::System, recorded.cause));

    assert!(matches!(without, Err(EventError::Cause)), "{without:?}");
    assert!(matches!(of_the_ledger, Err(EventError::Cause)), "{of_the_ledger:?}");
    assert!(swap(recorded.actor, recorded.cause).is_ok() && swap(Actor::System, None).is_ok());
}
