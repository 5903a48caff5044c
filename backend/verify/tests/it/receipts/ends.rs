//! Ends of nonces, what was found on them, and words about them that are confirmed: false claims are found.

use domain::command::{ObserveSafe, RecordOutflow, WithdrawExecution};
use domain::event::Fact;
use domain::value::{Amount, Count, Digest, Seq};
use domain::words::{Consumption, FindingKind, Source};
use serde_json::{Value, json};

use super::{bent, consumed, differs, does_instead, fact, logs, place, resting, with};
use crate::common::bundle::{judged, members, verify};
use crate::common::receipt::{Transaction, stranger};
use crate::common::story::{LEAD, TREASURER, Twist, story};
use crate::common::treasury::settle;
use crate::common::{Ledger, address, batch_number, reject, submission};

fn found(kind: FindingKind) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::FindingRecorded { asked } if asked.finding == kind)
}

#[test]
fn a_nonce_that_others_took_paid_none_of_its_lines() {
    let ledger = story(Twist::None);
    let at = place(&ledger, consumed(Consumption::Replaced));
    let batch = ledger.program.batch(batch_number(8)).unwrap();
    let line = (batch.payouts[1].payee, batch.payouts[1].amount);
    let instead = |instead: &dyn Fn(Transaction) -> Transaction| does_instead(&ledger, at, instead);

    differs(&instead(&|tx| tx.strange(9, &[stranger("1"), line])), at, "pays what a line of nonce 9 would");
    differs(&instead(&|tx| tx.runs(&ledger, 8, None)), at, "the Safe ran batch 8 in it");
    differs(&instead(&|tx| tx.fails(&ledger, 8)), at, "the Safe ran batch 8 in it");
    differs(&instead(&|tx| tx.strange(10, &[])), at, "nothing in it that may have consumed nonce 9");
    // A batch of another nonce consumed that one.
    differs(&instead(&|tx| tx.runs(&ledger, 7, None)), at, "nothing in it that may have consumed nonce 9");
    differs(&instead(&|tx| tx.pays(line.0, line.1)), at, "nothing in it that may have consumed nonce 9");
    for fine in [
        instead(&|tx| tx.strange(9, &[(line.0, Amount::from_wei(1))])),
        instead(&|tx| tx.strange(9, &[]).pays(line.0, line.1)),
        // A Safe that logs no nonces.
        instead(&|tx| tx.ends(Digest::sha256(&[b"of others"]), true)),
        instead(&|tx| tx.runs(&ledger, 7, None).strange(9, &[])),
    ] {
        assert!(fine.is_empty(), "{fine:?}");
    }
}

#[test]
fn a_batch_that_failed_did() {
    let ledger = story(Twist::None);
    let at = place(&ledger, consumed(Consumption::Failed));
    let instead = |instead: &dyn Fn(Transaction) -> Transaction| does_instead(&ledger, at, instead);
    let none = "no batch on nonce 11 failed in it";

    differs(&instead(&|tx| tx.runs(&ledger, 10, None)), at, none);
    differs(&instead(&|tx| tx.fails(&ledger, 7)), at, none);
    differs(&instead(&|tx| tx.strange(11, &[])), at, none);
    differs(&instead(&|tx| tx.ends(Digest::sha256(&[b"of others"]), false)), at, none);
    assert!(instead(&|tx| tx.fails(&ledger, 7).fails(&ledger, 10)).is_empty());
}

#[test]
fn a_finding_is_what_the_receipt_shows() {
    let ledger = story(Twist::None);
    let line = |batch: u32, place: usize| {
        let line = ledger.program.batch(batch_number(batch)).unwrap().payouts[place];
        (line.payee, line.amount)
    };
    let at = place(&ledger, found(FindingKind::Elsewhere));
    let instead = |instead: &dyn Fn(Transaction) -> Transaction| does_instead(&ledger, at, instead);
    let none = "no transaction of others in it pays what a line of nonce 12 would pay";
    let less = |(to, _)| (to, Amount::from_wei(1));
    differs(&instead(&|tx| tx.strange(12, &[less(line(11, 0))])), at, none);
    differs(&instead(&|tx| tx.strange(13, &[line(11, 0)])), at, none);
    differs(&instead(&|tx| tx.runs(&ledger, 11, None)), at, none);
    differs(&instead(&|tx| tx.strange(12, &[]).pays(line(11, 0).0, line(11, 0).1)), at, none);
    assert!(instead(&|tx| tx.strange(12, &[stranger("3"), line(11, 1)])).is_empty());

    let at = place(&ledger, found(FindingKind::Mismatched));
    let instead = |instead: &dyn Fn(Transaction) -> Transaction| does_instead(&ledger, at, instead);
    let none = "no batch on nonce 13 moved anything else in it than its lines";
    differs(&instead(&|tx| tx.runs(&ledger, 12, None)), at, none);
    differs(&instead(&|tx| tx.fails(&ledger, 12)), at, none);
    differs(&instead(&|tx| tx.runs(&ledger, 11, Some(&[line(11, 0)]))), at, none);
    differs(&instead(&|tx| tx.strange(13, &[line(12, 0)])), at, none);
    assert!(instead(&|tx| tx.runs(&ledger, 12, Some(&[line(12, 0)]))).is_empty());
}

#[test]
fn an_end_is_contradicted_by_another_one() {
    let ledger = story(Twist::None);
    let at = place(&ledger, found(FindingKind::Contradicted));
    let instead = |instead: &dyn Fn(Transaction) -> Transaction| does_instead(&ledger, at, instead);
    let none = "nothing in it that may have consumed nonce 15";
    differs(&instead(&|tx| tx.strange(14, &[])), at, none);
    differs(&instead(&|tx| tx.runs(&ledger, 14, None)), at, none);
    differs(&instead(&|tx| tx.pays(address(1), Amount::LPT)), at, none);
    assert!(instead(&|tx| tx.fails(&ledger, 15)).is_empty());
    // The end is the one that was stated, the transaction is another.
    assert!(instead(&|tx| tx.runs(&ledger, 15, None)).is_empty());

    // The transaction that members named: what they said of it may be false, and not what it shows.
    let named = |instead: &dyn Fn(Transaction) -> Transaction| {
        let mut ledger = ledger.clone();
        let attested = ledger.program.nonce(Seq::new(15)).unwrap().end.as_ref().unwrap().tx_hash;
        let transaction = instead(Transaction { hash: attested, ..Transaction::new(&ledger, "") });
        let other = ledger.receipt(&transaction);
        judged(&ledger, |events| {
            let Fact::FindingRecorded { asked } = &mut events[at].fact else { panic!() };
            (asked.receipt, asked.tx_hash) = (other, attested);
        })
    };
    differs(&named(&|tx| tx.runs(&ledger, 15, None)), at, "shows the end of nonce 15 as members attested it");
    for fine in [
        named(&|tx| Transaction { succeeded: false, ..tx }),
        named(&|tx| tx.fails(&ledger, 15)),
        named(&|tx| tx.runs(&ledger, 15, Some(&[]))),
    ] {
        assert!(fine.is_empty(), "{fine:?}");
    }
}

/// What members stated is confirmed by a receipt that shows just that: of each kind.
#[test]
fn a_word_is_confirmed_by_what_was_stated() {
    let ledger = story(Twist::None);
    let places: Vec<usize> = resting(&ledger)
        .into_iter()
        .filter(|at| matches!(fact(&ledger, *at), Fact::WordConfirmed { .. }))
        .collect();
    let [executed, mismatched, ref transfers @ ..] = places[..] else { panic!() };
    assert_eq!(transfers.len(), 4);
    let (line, whole) = {
        let batch = ledger.program.batch(batch_number(9)).unwrap();
        ((batch.payouts[0].payee, batch.payouts[0].amount), batch.payouts.len())
    };
    assert_eq!(whole, 2);
    differs(
        &does_instead(&ledger, executed, |tx| tx.runs(&ledger, 9, Some(&[line]))),
        executed,
        "batch 9 moved in it is not its lines",
    );
    // The lines are the same, the nonce is another.
    differs(
        &does_instead(&ledger, executed, |tx| tx.runs(&ledger, 8, None)),
        executed,
        "did not run batch 9",
    );
    let none = "no transaction of others in it pays what a line of nonce 12 would pay";
    differs(&does_instead(&ledger, mismatched, |tx| tx.strange(12, &[])), mismatched, none);
    differs(&does_instead(&ledger, mismatched, |tx| tx.runs(&ledger, 11, None)), mismatched, none);
    let other = does_instead(&ledger, mismatched, |tx| tx.runs(&ledger, 11, Some(&[])));
    assert!(other.is_empty(), "{other:?}");
    for at in transfers {
        let tampered = |edit: &dyn Fn(&mut Value)| with(&ledger, *at, edit);
        differs(&tampered(&|json| bent(&mut logs(json)[0]["data"])), *at, "the event says otherwise");
        differs(
            &tampered(&|json| logs(json)[0]["logIndex"] = json!("0x77")),
            *at,
            "is no transfer of the token",
        );
        let turned = |json: &mut Value| logs(json)[0]["topics"].as_array_mut().unwrap().swap(1, 2);
        differs(&tampered(&turned), *at, "the event says otherwise");
    }
}

/// The Safe is seen at a nonce that it was seen behind: the chain took another way.
fn sees_again(ledger: &mut Ledger, nonce: u64) {
    let last = ledger.program.observation().unwrap();
    let (corrects, nonce) = (Some(last.recorded), Seq::new(nonce));
    let observed = ObserveSafe { corrects, nonce, source: Source::Chain, ..last.safe.clone() };
    ledger.reads(observed);
}

/// Batch 16 pays claims 29 and 30 on nonce 16. What is proposed for it later was not there before.
#[test]
fn what_was_read_is_judged_by_what_was_proposed_before() {
    let mut ledger = story(Twist::None);
    let rejection = reject(ledger.program.charter(), Seq::new(16));
    let of_others = Transaction::new(&ledger, "sixteen").ends(rejection.safe_tx_hash, true);
    let receipt = ledger.receipt(&of_others);
    ledger.looks(17);
    ledger.reads_consumption(16, Consumption::Replaced, &of_others, receipt);
    let gone = WithdrawExecution { nonce: Seq::new(16), reason: None };
    ledger.reads(gone);
    // It pays a line of nobody's batch, so far.
    let early = Transaction::new(&ledger, "early").strange(16, &[ledger.line(31)]);
    let receipt = ledger.receipt(&early);
    ledger.finds(16, FindingKind::Elsewhere, &early, receipt);
    let found = usize::try_from(ledger.program.size().get()).unwrap() - 1;
    ledger.reads(gone);
    sees_again(&mut ledger, 16);
    ledger.does(TREASURER, rejection);
    let beside = ledger.batch_on(&[29, 30, 31], Seq::new(16));
    ledger.does(TREASURER, beside);

    let outcome = verify(&members(&ledger));

    differs(&outcome.findings, found, "pays what a line of nonce 16 would pay");
    assert_eq!(outcome.checked.receipts, 20, "{outcome}");
}

/// What pays a claim that is settled pays nothing that is in flight.
#[test]
fn a_nonce_is_replaced_by_what_pays_only_what_was_settled_before() {
    let mut ledger = story(Twist::None);
    let (payee, amount) = ledger.line(29);
    let event = ledger.program.size();
    let outflow = RecordOutflow {
        amount,
        log_index: Count::ZERO,
        receipt: None,
        recipient: Some(payee),
        source: Source::Attested,
        tx_hash: Digest::ZERO,
    };
    ledger.does(TREASURER, outflow);
    settle(&mut ledger, [LEAD, TREASURER], event, Some(submission(29)));
    let again = Transaction::new(&ledger, "again").strange(16, &[(payee, amount)]);
    let receipt = ledger.receipt(&again);
    ledger.looks(17);
    ledger.reads_consumption(16, Consumption::Replaced, &again, receipt);

    let outcome = verify(&members(&ledger));

    assert!(outcome.is_sound(), "{outcome}");
    assert_eq!(outcome.checked.receipts, 20, "{outcome}");
}
