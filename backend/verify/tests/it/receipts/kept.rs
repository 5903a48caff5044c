//! Receipts that are there, missing, damaged or erased, and what they are worth to what members attested.

use domain::command::{EraseDocument, RecordInflow, WithdrawExecution, WithdrawTransfer};
use domain::event::{Event, Fact};
use domain::value::{Amount, Count, Digest, Seq};
use domain::words::{Consumption, Erasure, FindingKind, Seconding, Source};
use verify::{Code, Gap, Limits, Member, Options, Unusable, Verifier};

use super::{codes, consumed, fact, place, receipt};
use crate::common::bundle::{forge, get, members, verify};
use crate::common::receipt::Transaction;
use crate::common::story::{LEAD, OUTSIDE, TREASURER, Twist, story};
use crate::common::{Ledger, member, shorter};

/// As long as a word is not confirmed by a receipt that shows it, it is a mere word.
#[test]
fn what_is_confirmed_is_attested_no_more() {
    let ledger = story(Twist::None);
    let at = place(&ledger, |fact| matches!(fact, Fact::WordConfirmed { .. }));
    let said = |ledger: &Ledger, edit: &dyn Fn(&mut Vec<Event>)| {
        let outcome = verify(&forge(ledger, edit));
        let attested = outcome.unchecked.iter().find(|gap| gap.code == Gap::Attested).unwrap();
        let attested = attested.words.split(' ').next().unwrap().parse::<u64>().unwrap();
        (attested, outcome.checked.receipts, outcome.findings.list().len())
    };
    assert_eq!(said(&ledger, &|_| {}), (20, 19, 0));
    let mut other = ledger.clone();
    let empty = other.keep(Transaction::new(&ledger, "").json().to_string().as_bytes());
    assert_eq!(said(&other, &|events| *receipt(&mut events[at].fact).unwrap() = empty), (21, 18, 1));
    // Before the word was confirmed.
    let cut = shorter(&ledger, at);
    let (before, ..) = said(&cut, &|_| {});
    assert_eq!(said(&shorter(&ledger, at + 1), &|_| {}).0 + 1, before);
}

#[test]
fn a_receipt_that_is_missing_or_damaged_is_found_and_named() {
    let ledger = story(Twist::None);
    let at = place(&ledger, consumed(Consumption::Failed));
    let digest = *receipt(&mut fact(&ledger, at)).unwrap();
    let mut missing = members(&ledger);
    missing.retain(|(member, _)| *member != Member::Document(digest));
    let outcome = verify(&missing);
    assert_eq!(codes(&outcome.findings), [(Code::DocumentMissing, at)], "{outcome}");
    assert_eq!(outcome.checked.receipts, 18);

    let mut damaged = members(&ledger);
    let (_, bytes) = damaged.iter_mut().find(|(member, _)| *member == Member::Document(digest)).unwrap();
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    let outcome = verify(&damaged);
    assert_eq!(codes(&outcome.findings), [(Code::DocumentDiffers, at)], "{outcome}");
    assert_eq!(outcome.checked.receipts, 18);
}

/// Whoever names a receipt as their own reason could have it erased, by the rules.
#[test]
fn a_receipt_that_was_erased_is_found() {
    let mut ledger = story(Twist::None);
    let erase = |ledger: &mut Ledger, author: u32, agrees: u32, document: Digest| {
        let (class, submission) = (Erasure::Personal, None);
        let asked = EraseDocument { author: member(author), class, document, submission };
        ledger.does(author, asked);
        let Fact::DocumentErased { outcome, .. } = ledger.does(agrees, asked) else { panic!() };
        assert_eq!(outcome.verdict, Seconding::Done);
        let content = ledger.documents.remove(&document).unwrap();
        ledger.gone.insert(document, content);
    };
    let at = place(&ledger, consumed(Consumption::Failed));
    let digest = *receipt(&mut fact(&ledger, at)).unwrap();
    erase(&mut ledger, LEAD, OUTSIDE, digest);
    let outcome = verify(&members(&ledger));
    let found: Vec<Code> = outcome.findings.list().iter().map(|finding| finding.code).collect();
    assert_eq!(found, [Code::ErasureDiffers, Code::ErasureDiffers, Code::ReceiptErased], "{outcome}");

    // Named first by a member, it passes for theirs.
    let mut ledger = shorter(&story(Twist::None), at);
    ledger.now = ledger.program.last_at();
    let Fact::NonceConsumed { asked, .. } = fact(&story(Twist::None), at) else { panic!() };
    let bytes = story(Twist::None).documents[&digest].clone();
    ledger.documents.insert(digest, bytes);
    let event = ledger.program.size();
    let inflow = RecordInflow {
        amount: Amount::from_wei(1),
        log_index: Count::ZERO,
        receipt: None,
        sender: None,
        source: Source::Attested,
        tx_hash: Digest::ZERO,
    };
    ledger.does(TREASURER, inflow);
    ledger.does(TREASURER, WithdrawTransfer { event, reason: Some(digest) });
    let at = ledger.reads(*asked);
    erase(&mut ledger, TREASURER, OUTSIDE, digest);
    let outcome = verify(&members(&ledger));
    let place = usize::try_from(at.get()).unwrap();
    assert_eq!(codes(&outcome.findings), [(Code::ReceiptErased, place)], "{outcome}");
}

/// One receipt can be named any number of times: what is said of it is kept until it comes.
#[test]
fn what_is_said_of_receipts_is_bounded() {
    let mut ledger = story(Twist::None);
    let (nonce, transaction) = (Seq::new(16), Transaction::new(&ledger, "again and again"));
    let receipt = ledger.receipt(&transaction);
    for _ in 0..300 {
        ledger.finds(16, FindingKind::Mismatched, &transaction, receipt);
        ledger.reads(WithdrawExecution { nonce, reason: None });
    }
    let bundle = members(&ledger);
    let within = |namings: u64| {
        let limits = Limits { namings, ..Limits::default() };
        let mut verifier = Verifier::new(&Options { limits, ..Options::default() });
        verifier
            .take(Member::Events, &mut get(&bundle, Member::Events))
            .map(|()| verifier.findings().is_empty())
    };
    assert!(within(319).unwrap());
    let what = "statements that rest on receipts";
    let refused = within(318);
    assert!(
        matches!(refused, Err(Unusable::TooMany { what: found, limit: 318 }) if found == what),
        "{refused:?}"
    );
    let outcome = verify(&bundle);
    assert_eq!((outcome.findings.list().len(), outcome.checked.receipts), (300, 19));
}
