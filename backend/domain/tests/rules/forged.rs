//! Journals that were tampered with: what cannot be applied, and what the audit finds in what can.

use domain::audit::Violation;
use domain::books::{BooksError, Posting, Transfer, postings};
use domain::command::{Actor, Allot, Cause, FileSubmission};
use domain::event::{Command, Event, EventError, Fact, Recorded};
use domain::refusal::Refusal;
use domain::value::{BatchNumber, Digest, Seq};
use domain::words::{Choice, Role};
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

    for account in ["contributed", "suspense_in"] {
        let safe = found_after(&[("safe", account, "10")]);
        let expected = format!("I8: {account} holds 10 LPT, and what it stands for comes to 0 LPT");
        assert_eq!(safe.to_string(), expected);
    }
    for account in ["lost", "suspense_out", "1/marketing/spent"] {
        let gone = found_after(&[(account, "1/unallotted", "10"), ("1/unallotted", "1/authority", "10")]);
        assert!(matches!(gone, Violation::CapDiffers { .. }), "{gone}");
    }
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
fn the_audit_finds_a_batch_that_took_the_place_of_another() {
    let mut ledger = pilot();
    let [first, second] = [ANA, BEN].map(|person| ledger.approved(person, "bounties", "20"));
    ledger.wait(48);
    ledger.proposes(&[first]);
    let event = decided(&ledger, TREASURER, batch(&ledger, &[second]));
    let Fact::BatchProposed { asked, mut outcome } = event.fact.clone() else { panic!("a batch") };
    outcome.batch = BatchNumber::FIRST;

    let instead = Event { fact: Fact::BatchProposed { asked, outcome }, ..event };

    assert!(matches!(found(&ledger, instead), Violation::BatchedTwice { .. }));
}

/// Nothing is decided, voted on or paid a second time, whatever the bytes say.
#[test]
fn what_is_past_a_stage_does_not_come_back_to_it() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "20"));
    let voting = ledger.clone();
    ledger.approves(number);
    ledger.wait(48);
    ledger.proposes(&[number]);
    let error = ApplyError::Stage { submission: submission_number(number) };
    let follows = |ledger: &Ledger, fact: Fact| {
        let forged = Event { fact, ..harmless(ledger) };
        ledger.program.clone().apply(&forged.record().unwrap())
    };

    let twice = ledger.journal.last().unwrap().event.fact.clone();
    assert_eq!(follows(&ledger, twice.clone()), Err(error.clone()));
    assert_eq!(follows(&voting, twice), Err(error.clone()));
    let vote = decided(&voting, ALTERNATE, vote(&voting, ALTERNATE, number, Choice::Approve)).fact;
    assert_eq!(follows(&ledger, vote), Err(error));
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

    let submission = submission_number(2);
    assert_eq!(found(&ledger, twice), Violation::EvidenceHeldTwice { submission });
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
}

/// What later rules write may hold what we do not know: the version is read before anything else.
#[test]
fn an_event_of_later_rules_is_told_from_one_that_is_damaged() {
    let ledger = pilot();
    let original = String::from_utf8(harmless(&ledger).to_bytes().unwrap()).unwrap();
    let read = |spelled: &str| Recorded::from_bytes(spelled.as_bytes()).unwrap_err();
    let later = original.replacen("\"v\":\"1\"", "\"v\":\"2\"", 1);
    let kind = format!("\"kind\":\"{}\"", harmless(&ledger).fact.kind());
    for spelled in [
        later.clone(),
        later.replacen(&kind, "\"kind\":\"program_closed\"", 1),
        later.replacen("\"actor\"", "\"about\":\"1\",\"actor\"", 1),
        later.replacen("\"v\":\"2\"", "\"v\":\"2\",\"witness\":[\"1\"]", 1),
        later.replacen("\"asked\":{", "\"asked\":{\"also\":1,", 1),
        later.replacen("\"cause\":[", "\"cause\":[\"ab\",", 1),
    ] {
        let error = read(&spelled);
        assert!(matches!(&error, EventError::UnknownRules { found } if found == "2"), "{spelled}: {error}");
    }
    for spelled in ["{\"v\":2}", "{\"v\":\"1\"}", "{\"v\":\"2\"", "[\"v\",\"2\"]", "{\"v\":[\"2\"]}"] {
        assert!(matches!(read(spelled), EventError::Unreadable(_)), "{spelled}");
    }
}

/// What a member asked for says so; what follows by itself has no cause to show.
#[test]
fn an_event_has_the_cause_its_actor_must_have() {
    let ledger = pilot();
    let event = harmless(&ledger);
    let written = String::from_utf8(event.to_bytes().unwrap()).unwrap();
    let Some(Cause(key, request)) = event.cause else { panic!("a member's cause") };
    let cause = format!("\"cause\":[\"{key}\",\"{request}\"]");
    let spelled = |actor: &str, digests: &str| {
        let bytes = written.replacen("\"actor\":\"1\"", &format!("\"actor\":\"{actor}\""), 1).replacen(
            &cause,
            &format!("\"cause\":[{digests}]"),
            1,
        );
        Recorded::from_bytes(bytes.as_bytes())
    };
    let both = format!("\"{key}\",\"{request}\"");

    for (actor, digests) in [("1", ""), ("1", &both[..66]), ("system", &both)] {
        let read = spelled(actor, digests);
        assert!(matches!(read, Err(EventError::Cause)), "{actor}, {digests}: {read:?}");
    }
    assert!(spelled("1", &both).is_ok() && spelled("system", "").is_ok());
    let without = Event { cause: None, ..event.clone() };
    let of_the_ledger = Event { actor: Actor::System, ..event };
    for forged in [without, of_the_ledger] {
        assert!(matches!(forged.to_bytes(), Err(EventError::Cause)));
        assert!(matches!(forged.record(), Err(EventError::Cause)));
    }
}
