//! Forged events about nonces, transfers, captures and erased documents: what the rules and the verifier find.

use domain::command::{Actor, EraseDocument, ProposeBatch};
use domain::event::{Event, Fact};
use domain::value::{Amount, BatchNumber, Digest};
use domain::words::Seconding;
use verify::captures::MAX_CAPTURE;
use verify::{BatchFile, Code, Member, Outcome};

use crate::common::bundle::{Members, erased, forge, get, members, put, verify, with_document};
use crate::common::story::{FIRST_CONTRIBUTOR, OUTSIDE, SECOND, TREASURER, Twist, story};
use crate::common::{Ledger, member};
use crate::rewritten::{demands, forged, place};

/// The places of the events of which something holds.
fn places(events: &[Event], is: impl Fn(&Fact) -> bool) -> Vec<usize> {
    (0..events.len()).filter(|seq| is(&events[*seq].fact)).collect()
}

fn executed(fact: &Fact, number: u32) -> bool {
    let Fact::BatchExecuted { asked, .. } = fact else { return false };
    asked.batch == BatchNumber::new(number).unwrap()
}

fn codes(outcome: &Outcome) -> Vec<(Code, Option<u64>)> {
    let findings = outcome.findings.list().iter();
    findings.map(|finding| (finding.code, finding.seq.map(domain::value::Seq::get))).collect()
}

#[test]
fn an_execution_that_leaves_somebody_unpaid_takes_two_persons() {
    let ledger = story(Twist::None);
    let mut seq = 0;
    let by_one = forged(&ledger, |events| {
        let words = places(events, |fact| executed(fact, 5));
        seq = words[1];
        events[seq].actor = events[words[0]].actor;
    });
    demands(&by_one, Code::Refused, seq);

    let by_nobody = forged(&ledger, |events| {
        seq = places(events, |fact| executed(fact, 5))[1];
        events[seq].actor = Actor::Member(member(FIRST_CONTRIBUTOR));
    });
    demands(&by_nobody, Code::Refused, seq);

    let unseconded = forged(&ledger, |events| {
        seq = places(events, |fact| executed(fact, 5))[0];
        events.remove(seq);
    });
    demands(&unseconded, Code::DecidedOtherwise, seq);

    let too_soon = forged(&ledger, |events| {
        let words = places(events, |fact| executed(fact, 5));
        seq = words[0];
        let second = events.remove(words[1]);
        (events[seq].fact, events[seq].postings) = (second.fact, second.postings);
    });
    demands(&too_soon, Code::DecidedOtherwise, seq);

    let other_transaction = forged(&ledger, |events| {
        seq = places(events, |fact| executed(fact, 5))[1];
        let Fact::BatchExecuted { asked, .. } = &mut events[seq].fact else { panic!() };
        asked.tx_hash = Digest::sha256(&[b"another"]);
    });
    demands(&other_transaction, Code::DecidedOtherwise, seq);

    // Where everybody is paid, one treasurer's word suffices; nobody else's does.
    let by_a_reviewer = forged(&ledger, |events| {
        seq = place(events, |fact| executed(fact, 1));
        events[seq].actor = Actor::Member(member(OUTSIDE));
    });
    demands(&by_a_reviewer, Code::Refused, seq);
}

#[test]
fn amounts_that_moved_without_a_batch_are_those_recorded() {
    let ledger = story(Twist::None);
    let wei = Amount::from_wei(1);
    let more = |amount: &mut Amount| *amount = amount.checked_add(wei).unwrap();
    let mut seq = 0;
    let unposted = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::InflowRecorded { .. }));
        let Fact::InflowRecorded { asked } = &mut events[seq].fact else { panic!() };
        more(&mut asked.amount);
    });
    demands(&unposted, Code::DecidedOtherwise, seq);

    // What is recorded otherwise as a whole is classified otherwise.
    let recorded = forged(&ledger, |events| {
        let place = place(events, |fact| matches!(fact, Fact::InflowRecorded { .. }));
        let Fact::InflowRecorded { asked } = &mut events[place].fact else { panic!() };
        more(&mut asked.amount);
        for posting in &mut events[place].postings {
            more(&mut posting.2);
        }
        seq = places(events, |fact| matches!(fact, Fact::InflowClassified { .. }))[1];
    });
    demands(&recorded, Code::DecidedOtherwise, seq);

    let refunded = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::RefundRecorded { .. }));
        let Fact::RefundRecorded { asked } = &mut events[seq].fact else { panic!() };
        let over: Amount = "1.75".parse().unwrap();
        asked.amount = over;
        for posting in &mut events[seq].postings {
            posting.2 = over;
        }
    });
    demands(&refunded, Code::Refused, seq);

    let settled = forged(&ledger, |events| {
        let words = places(events, |fact| matches!(fact, Fact::OutflowSettled { .. }));
        seq = words[1];
        for place in &words[..2] {
            let Fact::OutflowSettled { asked, .. } = &mut events[*place].fact else { panic!() };
            asked.submission = None;
        }
    });
    demands(&settled, Code::DecidedOtherwise, seq);
}

#[test]
fn a_policy_is_not_in_force_before_its_notice() {
    let ledger = story(Twist::None);
    let mut seq = 0;
    let outcome = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::PolicyChanged { .. }));
        let at = events[seq].at;
        let Fact::PolicyChanged { outcome, .. } = &mut events[seq].fact else { panic!() };
        assert!(outcome.from > at);
        outcome.from = at;
    });
    demands(&outcome, Code::DecidedOtherwise, seq);
}

#[test]
fn a_rejection_with_another_hash_is_found() {
    let ledger = story(Twist::None);
    let other = Digest::sha256(&[b"another"]);
    for which in 0..3 {
        let mut seq = 0;
        let outcome = forged(&ledger, |events| {
            seq = place(events, |fact| matches!(fact, Fact::RejectionProposed { .. }));
            let Fact::RejectionProposed { asked, .. } = &mut events[seq].fact else { panic!() };
            *[&mut asked.domain_hash, &mut asked.message_hash, &mut asked.safe_tx_hash][which] = other;
        });
        demands(&outcome, Code::PaymentDiffers, seq);
        assert_eq!(outcome.checked.rejections, 1, "{outcome}");
    }
    let number = BatchNumber::new(6).unwrap();
    let mut poor = members(&ledger);
    poor.retain(|(member, _)| *member != Member::Batch(number, BatchFile::TypedData));
    let [finding] = &verify(&poor).findings.list().to_vec()[..] else { panic!() };
    assert_eq!(
        (finding.code, finding.file.as_deref()),
        (Code::FileMissing, Some("batches/6/typed-data.json"))
    );
}

#[test]
fn a_batch_without_lines_is_no_rejection() {
    let ledger = story(Twist::None);
    let mut seq = 0;
    let outcome = forged(&ledger, |events| {
        seq = place(events, |fact| matches!(fact, Fact::BatchProposed { .. }));
        let Fact::BatchProposed { asked, .. } = &mut events[seq].fact else { panic!() };
        **asked = ProposeBatch { payouts: Vec::new(), ..ProposeBatch::clone(asked) };
    });
    demands(&outcome, Code::PaymentImpossible, seq);
}

/// The two events that erase the reason of a vote.
fn reason_erased(events: &[Event]) -> Vec<usize> {
    let reason = reason_gone(events).document;
    places(events, |fact| matches!(fact, Fact::DocumentErased { asked, .. } if asked.document == reason))
}

/// Of a capture, a reason and a handle that go: what is asked of the reason.
fn reason_gone(events: &[Event]) -> EraseDocument {
    let mut gone = events.iter().filter_map(|event| match &event.fact {
        Fact::DocumentErased { asked, outcome } if outcome.verdict == Seconding::Done => Some(asked),
        _ => None,
    });
    **gone.nth(1).unwrap()
}

/// Changes what both of them say.
fn says(events: &mut [Event], edit: impl Fn(&mut EraseDocument)) -> Vec<usize> {
    let words = reason_erased(events);
    for place in &words {
        let Fact::DocumentErased { asked, .. } = &mut events[*place].fact else { panic!() };
        edit(asked);
    }
    words
}

/// The rules take the author's word for whose a document is: the verifier does not.
#[test]
fn an_erasure_by_somebody_who_is_not_the_author_is_found() {
    let ledger = story(Twist::None);
    let mut words = Vec::new();
    let mut check = |edit: &dyn Fn(&mut Vec<Event>) -> Vec<usize>| {
        let outcome = forged(&ledger, |events| words = edit(events));
        let wrong: Vec<_> =
            words.iter().map(|seq| (Code::ErasureDiffers, u64::try_from(*seq).ok())).collect();
        assert_eq!(codes(&outcome)[..2], wrong, "{outcome}");
        outcome
    };
    let by_another = check(&|events| {
        let words = says(events, |asked| asked.author = member(SECOND));
        events[words[0]].actor = Actor::Member(member(SECOND));
        words
    });
    // All else keeps the rules.
    assert_eq!(codes(&by_another).len(), 2, "{by_another}");
    let events: Vec<Event> = ledger.journal.iter().map(|recorded| recorded.event.clone()).collect();
    let EraseDocument { author, submission, .. } = reason_gone(&events);
    let theirs = format!("it is of member {author}, and about submission {}", submission.unwrap());
    assert!(by_another.findings.list()[0].words.ends_with(&theirs), "{by_another}");

    // So could somebody erase what a claim still rests on.
    let of_none = check(&|events| says(events, |asked| asked.submission = None));
    assert_eq!(codes(&of_none).len(), 2, "{of_none}");
    let reversed = ledger.program.submissions().find(|claim| claim.stage.name() == "reversed");
    let of_another = reversed.map(|claim| claim.number);
    check(&|events| says(events, |asked| asked.submission = of_another));

    // What was never named cannot be erased, and what it stands for has to be there.
    let strange = check(&|events| says(events, |asked| asked.document = Digest::sha256(&[b"stray"])));
    assert!(strange.findings.list()[0].words.contains("no event before it names this document"), "{strange}");
    assert!(codes(&strange).iter().any(|(code, _)| *code == Code::DocumentMissing), "{strange}");
}

#[test]
fn an_erasure_that_nobody_agreed_to_lets_nothing_go() {
    let ledger = story(Twist::None);
    let (mut first, mut named) = (0, 0);
    let unseconded = forged(&ledger, |events| {
        let words = reason_erased(events);
        let reason = reason_gone(events).document;
        first = words[0];
        events.remove(words[1]);
        named = place(events, |fact| matches!(fact, Fact::VoteCast { asked, .. } if asked.reason == reason));
    });
    let missing = (Code::DocumentMissing, u64::try_from(named).ok());
    assert!(codes(&unseconded).contains(&missing), "{unseconded}");
    assert_eq!(unseconded.checked.documents_erased, 2);

    let alone = forged(&ledger, |events| {
        let words = reason_erased(events);
        events.remove(words[1]);
        let Fact::DocumentErased { outcome, .. } = &mut events[first].fact else { panic!() };
        outcome.verdict = Seconding::Done;
    });
    demands(&alone, Code::DecidedOtherwise, first);

    let by_one = forged(&ledger, |events| {
        let words = reason_erased(events);
        events[words[1]].actor = events[words[0]].actor;
        first = words[1];
    });
    demands(&by_one, Code::Refused, first);
}

#[test]
fn what_was_erased_and_is_still_there_is_found() {
    let ledger = story(Twist::None);
    let bundle = members(&ledger);
    let gone = erased(&ledger);
    assert_eq!(gone.len(), 3);
    for (digest, event) in gone {
        for bytes in [ledger.gone[&digest].clone(), b"something else in its place".to_vec()] {
            let outcome = verify(&with_document(&ledger, &bundle, digest, bytes));
            assert_eq!(codes(&outcome), [(Code::DocumentRemains, Some(event))], "{outcome}");
            let file = outcome.findings.list()[0].file.clone();
            assert_eq!(file, Some(format!("documents/{digest}")), "{outcome}");
            assert_eq!((outcome.checked.documents, outcome.checked.documents_erased), (246, 3));
        }
    }
    let annotated = get(&bundle, Member::Batch(BatchNumber::FIRST, BatchFile::Annotated));
    let annotated = std::str::from_utf8(annotated).unwrap();
    assert!(annotated.contains("[erased]") && !annotated.contains("contributor-1\""), "{annotated}");
}

/// The bundle of a ledger that has other documents, and a claim with captures that names them.
fn claims(edit: impl FnOnce(&mut Ledger, &mut domain::command::FileSubmission)) -> Outcome {
    let mut ledger = story(Twist::None);
    let captured = |recorded: &domain::event::Recorded| matches!(&recorded.event.fact, Fact::SubmissionFiled { asked, .. } if !asked.captures.is_empty());
    let place = ledger.journal.iter().position(captured).unwrap();
    ledger = crate::common::shorter(&ledger, place);
    let Fact::SubmissionFiled { asked, .. } = &story(Twist::None).journal[place].event.fact else { panic!() };
    let mut asked = domain::command::FileSubmission::clone(asked);
    edit(&mut ledger, &mut asked);
    ledger.now = ledger.program.last_at();
    ledger.files(FIRST_CONTRIBUTOR + 1, asked);
    verify(&members(&ledger))
}

#[test]
fn captures_are_those_that_the_claims_text_names() {
    let fine = claims(|_, _| {});
    assert!(fine.is_sound(), "{fine}");
    let edits: [fn(&mut Vec<Digest>); 3] = [|list| list.reverse(), |list| list.truncate(1), Vec::clear];
    for edit in edits {
        let outcome = claims(|_, asked| edit(&mut asked.captures));
        let [(code, Some(_))] = codes(&outcome)[..] else { panic!("{outcome}") };
        assert_eq!(code, Code::EvidenceDiffers);
    }
}

#[test]
fn a_capture_is_a_picture_or_pages_of_at_most_5_mebibytes() {
    let other = |content: Vec<u8>| {
        claims(|ledger, asked| {
            let capture = ledger.keep(&content);
            let mut text: serde_json::Value =
                serde_json::from_slice(&ledger.documents[&asked.texts][16..]).unwrap();
            text["captures"] = serde_json::json!([capture.to_string()]);
            (asked.captures, asked.texts) = (vec![capture], ledger.paper(&text));
        })
    };
    let png = |length: usize| {
        let mut content = crate::common::treasury::PNG.to_vec();
        content.resize(length, 0);
        content
    };
    assert!(other(png(MAX_CAPTURE)).is_sound());
    for content in [png(MAX_CAPTURE + 1), b"<svg/>".to_vec(), b"{\"reason\":\"Fine.\"}".to_vec(), Vec::new()]
    {
        let outcome = other(content);
        let [(code, Some(_))] = codes(&outcome)[..] else { panic!("{outcome}") };
        assert_eq!(code, Code::DocumentUnreadable);
    }
}

/// A text is no capture, and a capture is no text.
#[test]
fn a_document_is_what_each_of_its_namings_says() {
    let ledger = story(Twist::None);
    let bundle: Members = members(&ledger);
    let mut swapped = bundle.clone();
    let capture = bundle.iter().find(|(_, bytes)| bytes.ends_with(crate::common::treasury::PDF)).unwrap();
    put(&mut swapped, capture.0, b"0123456789abcdef{\"reason\":\"Fine.\"}".to_vec());
    let outcome = verify(&swapped);
    assert_eq!(outcome.findings.list()[0].code, Code::DocumentDiffers, "{outcome}");

    let Member::Document(capture) = capture.0 else { panic!() };
    let mut seq = 0;
    let outcome = verify(&forge(&ledger, |events| {
        seq = places(events, |fact| matches!(fact, Fact::SubmissionWithdrawn { .. }))[1];
        let Fact::SubmissionWithdrawn { asked } = &mut events[seq].fact else { panic!() };
        asked.reason = capture;
        assert_ne!(events[seq].actor, Actor::Member(member(TREASURER)));
    }));
    assert_eq!(codes(&outcome), [(Code::DocumentUnreadable, u64::try_from(seq).ok())], "{outcome}");
}
