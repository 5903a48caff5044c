//! What owners of the Safe agreed to, and what a wallet made of a batch.

use domain::command::{ProposeBatch, RecordSignature};
use domain::event::{Event, Fact};
use domain::value::Address;
use domain::words::{SigningForm, YesNo};
use safe::Form;
use safe::deployments::DEPLOYMENTS;
use verify::{Code, payment};

use crate::common::bundle::judged;
use crate::common::chain::owner;
use crate::common::story::{Twist, story};
use crate::common::{Ledger, batch_number, propose};
use crate::rewritten::{demands, forged, place};

fn signs(form: SigningForm) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::SignatureRecorded { asked } if asked.form == form)
}

/// What is found when an owner's agreement is another one.
fn agrees(ledger: &Ledger, form: SigningForm, edit: impl FnOnce(&mut RecordSignature)) -> (usize, Vec<Code>) {
    let mut seq = 0;
    let found = judged(ledger, |events| {
        seq = place(events, signs(form));
        let Fact::SignatureRecorded { asked } = &mut events[seq].fact else { panic!() };
        edit(asked);
    });
    assert!(
        found
            .list()
            .iter()
            .all(|finding| finding.seq.is_some_and(|at| at.get() == u64::try_from(seq).unwrap())),
        "{found:?}"
    );
    (seq, found.list().iter().map(|finding| finding.code).collect())
}

#[test]
fn a_signature_is_of_its_owner_its_batch_and_its_form() {
    let ledger = story(Twist::None);
    let hash = |batch: u32| ledger.program.batch(batch_number(batch)).unwrap().safe_tx_hash;
    let other = [SigningForm::EthSign, SigningForm::Eip712];
    for (n, form, signed, other) in [
        (1, SigningForm::Eip712, Form::TypedData, other[0]),
        (2, SigningForm::EthSign, Form::EthSign, other[1]),
    ] {
        let by =
            |key: u8, batch: u32, form: Form| Some(owner(key).sign(&hash(batch), form).unwrap().signature);
        let found = |edit: &dyn Fn(&mut RecordSignature)| agrees(&ledger, form, edit).1;
        assert_eq!(found(&|asked| asked.signature = by(n, 7, signed)), []);
        assert_eq!(found(&|asked| asked.form = other), [Code::SignatureDiffers]);
        assert_eq!(found(&|asked| asked.signature = by(3 - n, 7, signed)), [Code::SignatureDiffers]);
        assert_eq!(found(&|asked| asked.signature = by(n, 8, signed)), [Code::SignatureDiffers]);
        assert_eq!(found(&|asked| asked.signature = by(n, 6, signed)), [Code::SignatureDiffers]);
        assert_eq!(found(&|asked| asked.signature = by(9, 7, signed)), [Code::SignatureDiffers]);
    }
}

/// Neither a hash approved in the Safe nor a contract's word can be judged: they are counted apart.
#[test]
fn what_no_key_signed_is_counted_and_not_taken_for_a_signature() {
    let ledger = story(Twist::None);
    let outcome = forged(&ledger, |events| {
        let seq = place(events, signs(SigningForm::Eip712));
        let Fact::SignatureRecorded { asked } = &mut events[seq].fact else { panic!() };
        (asked.form, asked.signature) = (SigningForm::ApprovedHash, None);
    });
    assert!(outcome.is_sound() && outcome.checked.signatures == 1, "{outcome}");
    assert!(
        outcome.to_string().contains("3 agreements of owners in the Safe itself, or of contracts"),
        "{outcome}"
    );
}

/// The batch that adopts another one's lines.
fn adopting(events: &mut [Event]) -> (usize, &mut ProposeBatch) {
    let seq =
        place(events, |fact| matches!(fact, Fact::BatchProposed { asked, .. } if asked.adopts.is_some()));
    let Fact::BatchProposed { asked, .. } = &mut events[seq].fact else { panic!() };
    (seq, asked)
}

/// The same by way of another contract, with the hashes that this makes.
fn through(asked: &mut ProposeBatch, ledger: &Ledger, to: Address) {
    let (safe, tx) = payment::transaction(ledger.program.charter(), &asked.payouts, asked.nonce).unwrap();
    let hashes = safe::SafeTx { to, ..tx }.hashes(&safe);
    asked.to = to;
    (asked.message_hash, asked.safe_tx_hash) = (hashes.message, hashes.safe_tx);
}

/// The rules let a wallet choose: which contracts it can choose from, they do not know.
#[test]
fn an_adopted_batch_goes_through_a_known_multi_send_only() {
    let ledger = story(Twist::None);
    let [old, _, own, new] = DEPLOYMENTS;
    for to in
        [old.multi_send_call_only, new.multi_send_call_only, own.multi_send, Address::from_bytes([5; 20])]
    {
        let mut seq = 0;
        let outcome = forged(&ledger, |events| {
            let (place, asked) = adopting(events);
            seq = place;
            through(asked, &ledger, to);
        });
        demands(&outcome, Code::PaymentDiffers, seq);
    }
    let mut seq = 0;
    let other_nonce = forged(&ledger, |events| {
        let (place, asked) = adopting(events);
        seq = place;
        *asked = ProposeBatch {
            adopts: asked.adopts,
            ..propose(ledger.program.charter(), asked.payouts.clone(), asked.nonce.next().unwrap())
        };
        asked.nonce = ledger.program.batch(batch_number(9)).unwrap().nonce;
    });
    demands(&other_nonce, Code::PaymentDiffers, seq);
    let other_lines = forged(&ledger, |events| {
        let (place, asked) = adopting(events);
        seq = place;
        asked.payouts.reverse();
        let adopts = asked.adopts;
        *asked =
            ProposeBatch { adopts, ..propose(ledger.program.charter(), asked.payouts.clone(), asked.nonce) };
    });
    demands(&other_lines, Code::Refused, seq);
}

/// Of Safe 1.3.0 there are two, of which a wallet takes either.
#[test]
fn a_wallet_may_take_either_multi_send_of_its_version_and_nobody_else_may() {
    let ledger = story(Twist::None);
    let mut charter = ledger.program.charter().clone();
    let [canonical, eip155, newer, _] = DEPLOYMENTS;
    (charter.safe_version, charter.multi_send) = ("1.3.0".parse().unwrap(), canonical.multi_send_call_only);
    let batch = ledger.program.batch(batch_number(8)).unwrap();
    let own = propose(&charter, batch.payouts.clone(), batch.nonce);
    for (to, adopts, fine) in [
        (canonical.multi_send_call_only, false, true),
        (canonical.multi_send_call_only, true, true),
        (eip155.multi_send_call_only, true, true),
        (eip155.multi_send_call_only, false, false),
        (newer.multi_send_call_only, true, false),
        (eip155.multi_send, true, false),
    ] {
        let (safe, tx) = payment::transaction(&charter, &own.payouts, own.nonce).unwrap();
        let hashes = safe::SafeTx { to, ..tx }.hashes(&safe);
        let asked = ProposeBatch {
            adopts: adopts.then_some(batch_number(8)),
            message_hash: hashes.message,
            safe_tx_hash: hashes.safe_tx,
            to,
            ..own.clone()
        };
        assert_eq!(payment::is_encoded(&charter, &asked), Ok(fine), "{to} {adopts}");
        let kept = domain::batch::Batch {
            domain_hash: hashes.domain,
            message_hash: hashes.message,
            safe_tx_hash: hashes.safe_tx,
            to,
            ..batch.clone()
        };
        let known = to != newer.multi_send_call_only && to != eip155.multi_send;
        assert_eq!(payment::rebuilt(&charter, &kept).unwrap().is_some(), known, "{to} {adopts}");
        assert_eq!(payment::adopted(&charter, &own.payouts, own.nonce, to).unwrap().is_some(), known);
    }
    // A single line calls the token, whatever a wallet chooses.
    let single = propose(&charter, own.payouts[..1].to_vec(), own.nonce);
    let chosen = |to| payment::adopted(&charter, &single.payouts, single.nonce, to).unwrap().is_some();
    assert!(chosen(charter.token) && !chosen(eip155.multi_send_call_only));
    assert_eq!(own.beside, YesNo::No);
}
