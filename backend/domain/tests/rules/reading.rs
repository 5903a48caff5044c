//! What the ledger itself reads on the chain: what it pays, returns, finds, confirms and takes back.

use domain::batch::How;
use domain::command::{ObserveSafe, ProposeBatch, RecordFunding, WithdrawExecution, WithdrawTransfer};
use domain::value::{BatchNumber, Seq};
use domain::words::{Consumption, FindingKind, Source, YesNo};

use crate::common::*;

/// Claims 1 and 2 of 20 and 15 LPT in batch 1 on nonce 0.
fn in_flight() -> Ledger {
    let mut ledger = pilot();
    for (person, lpt) in [(ANA, "20"), (BEN, "15")] {
        ledger.approved(person, "bounties", lpt);
    }
    ledger.wait(48);
    ledger.is_ready_to_pay();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));
    ledger
}

fn states(ledger: &Ledger) -> [&'static str; 2] {
    [1, 2].map(|number| ledger.state(number))
}

#[test]
fn what_the_ledger_reads_pays_without_a_second_word() {
    let mut ledger = in_flight();

    ledger.reads(read_execution(1));

    assert_eq!(states(&ledger), ["paid"; 2]);
    let end = ledger.program.nonce(Seq::ZERO).unwrap().end.clone().unwrap();
    assert_eq!((end.how, end.source), (How::Executed(BatchNumber::FIRST), Source::Chain));
    assert_eq!(ledger.balance("safe"), "715");
}

#[test]
fn money_is_owed_again_only_once_the_safe_was_seen_behind_the_nonce() {
    let mut ledger = in_flight();
    assert_eq!(
        ledger.misreads(read_consumption(0, Consumption::Replaced)).to_string(),
        "the Safe was last seen at nonce 0: what is signed for nonce 0 can still be executed; observe the Safe once it has consumed it"
    );

    ledger.sees(1);
    ledger.reads(read_consumption(0, Consumption::Replaced));

    assert_eq!(states(&ledger), ["approved"; 2]);
    assert_eq!(ledger.balance("1/bounties/encumbered"), "35");
}

#[test]
fn a_finding_keeps_the_lines_in_flight_until_two_persons_settle_it() {
    let mut ledger = in_flight();
    ledger.sees(1);
    ledger.reads(found(0, FindingKind::Elsewhere));
    ledger.reads(read_outflow(&ledger, "20"));
    let outflow = ledger.last_event();
    assert_eq!(states(&ledger), ["in_batch"; 2]);
    let again = batch(&ledger, &[1]);
    assert_eq!(ledger.refuses(TREASURER, again).code(), "outflow_unexplained");

    for person in [LEAD, TREASURER] {
        ledger.does(person, settle(outflow, Some(1)));
    }
    assert_eq!(states(&ledger), ["paid", "in_batch"]);
    // What is left is owed again by the word of two, as mismatched and nothing else.
    assert_eq!(ledger.refuses(LEAD, consumed(0, Consumption::Replaced)).code(), "finding_stands");
    for person in [LEAD, TREASURER] {
        ledger.does(person, consumed(0, Consumption::Mismatched));
    }

    assert_eq!(states(&ledger), ["paid", "approved"]);
    ledger.does(TREASURER, batch(&ledger, &[2]));
}

#[test]
fn a_finding_outlives_what_members_take_back() {
    let mut ledger = in_flight();
    ledger.sees(1);
    ledger.reads(found(0, FindingKind::Elsewhere));
    for person in [LEAD, TREASURER] {
        ledger.does(person, consumed(0, Consumption::Mismatched));
    }

    ledger.does(TREASURER, withdraw_execution(0));

    assert_eq!(states(&ledger), ["in_batch"; 2]);
    let found = ledger.program.nonce(Seq::ZERO).unwrap().finding.unwrap();
    assert_eq!(found.finding, FindingKind::Elsewhere);
    assert_eq!(ledger.refuses(TREASURER, executed(1)).code(), "finding_stands");
}

#[test]
fn words_from_before_a_finding_count_no_longer() {
    let mut ledger = in_flight();
    ledger.sees(1);
    ledger.does(LEAD, consumed(0, Consumption::Replaced));
    ledger.reads(found(0, FindingKind::Mismatched));

    ledger.does(TREASURER, consumed(0, Consumption::Mismatched));

    assert_eq!(states(&ledger), ["in_batch"; 2]);
}

#[test]
fn what_the_ledger_confirms_only_the_chain_takes_back() {
    let mut ledger = in_flight();
    ledger.does(TREASURER, executed(1));
    let attested = ledger.last_event();
    ledger.reads(confirm(attested));
    assert_eq!(ledger.program.stated(attested), Some(Source::Chain));
    assert_eq!(ledger.refuses(TREASURER, withdraw_execution(0)).code(), "read_from_chain");

    // A deep reorganisation.
    ledger.reads(WithdrawExecution { nonce: Seq::ZERO, reason: None });

    assert_eq!(states(&ledger), ["in_batch"; 2]);
    assert_eq!(ledger.balance("safe"), "750");
    ledger.reads(read_execution(1));
    assert_eq!(states(&ledger), ["paid"; 2]);
}

#[test]
fn a_false_attestation_is_taken_back_or_found_where_that_is_too_late() {
    let mut ledger = in_flight();
    ledger.does(TREASURER, executed(1));
    ledger.does(TREASURER, refund(&ledger, 1, "5"));
    let withdrawn = WithdrawExecution { nonce: Seq::ZERO, reason: None };
    assert_eq!(ledger.misreads(withdrawn).code(), "refunded_since");

    ledger.reads(found(0, FindingKind::Contradicted));
    let finding =
        |ledger: &Ledger| ledger.program.nonce(Seq::ZERO).unwrap().finding.map(|found| found.finding);
    assert_eq!(finding(&ledger), Some(FindingKind::Contradicted));
    // Once people have undone what was built on it, the chain has its way.
    let refunded = ledger.program.refunds().next().unwrap().0;
    ledger.does(TREASURER, withdraw_transfer(refunded));
    ledger.reads(withdrawn);

    assert_eq!((states(&ledger), finding(&ledger)), (["in_batch"; 2], None));
}

#[test]
fn a_finding_on_a_chain_that_changed_is_taken_back() {
    let mut ledger = in_flight();
    ledger.reads(found(0, FindingKind::Mismatched));

    ledger.reads(WithdrawExecution { nonce: Seq::ZERO, reason: None });

    assert_eq!(ledger.moved(), [""; 0]);
    ledger.reads(read_execution(1));
    assert_eq!(states(&ledger), ["paid"; 2]);
}

#[test]
fn what_a_known_funder_sends_is_funding_and_anything_else_is_not_for_the_ledger_to_say() {
    let mut ledger = in_flight();
    let funder = Some(address(0xf1));
    ledger.does(TREASURER, RecordFunding { sender: funder, ..funding(&ledger, "5") });
    let (receipt, source) = (Some(digest("a receipt")), Source::Chain);
    let more = RecordFunding { receipt, sender: funder, source, ..funding(&ledger, "10") };
    ledger.reads(more);
    assert_eq!(ledger.moved(), ["safe -> contributed 10"]);

    let stranger = RecordFunding { sender: Some(address(0xf2)), ..more };
    assert_eq!(ledger.misreads(stranger).code(), "unknown_funder");
    ledger.reads(read_inflow(&ledger, "2"));
    assert_eq!(ledger.moved(), ["safe -> suspense_in 2"]);
    let event = ledger.last_event();
    ledger.reads(WithdrawTransfer { event, reason: None });
    assert_eq!(ledger.moved(), ["suspense_in -> safe 2"]);
}

#[test]
fn the_ledger_knows_what_a_batch_paid_from_what_left_beside_it() {
    let mut ledger = in_flight();
    ledger.reads(read_execution(1));
    let payee = ledger.submission(1).revision.payee;
    let tx_hash = executed(1).tx_hash;

    // The same amount to the same payee, a second time in the same transaction.
    let beside = read_outflow(&ledger, "20");
    ledger.reads(domain::command::RecordOutflow { recipient: Some(payee), tx_hash, ..beside });

    assert_eq!(ledger.balance("suspense_out"), "20");
}

#[test]
fn an_observation_of_the_ledgers_own_is_corrected_by_nobody_else() {
    let mut ledger = in_flight();
    ledger.reads(ObserveSafe { source: Source::Chain, ..observation(&ledger, 1, "750") });
    let corrects = Some(ledger.last_event());

    let wrong = ObserveSafe { corrects, ..observation(&ledger, 0, "750") };

    assert_eq!(ledger.refuses(TREASURER, wrong.clone()).code(), "read_from_chain");
    ledger.reads(ObserveSafe { source: Source::Chain, ..wrong });
}

#[test]
fn a_wallet_may_choose_another_nonce_once_the_lines_are_free() {
    let mut ledger = in_flight();
    let adopts = Some(BatchNumber::FIRST);
    let elsewhere = ProposeBatch { adopts, nonce: Seq::new(4), ..batch(&ledger, &[1, 2]) };
    assert_eq!(
        ledger.refuses(TREASURER, elsewhere.clone()).to_string(),
        "submission 1 is already in batch 1"
    );
    // On the same nonce, with another MultiSendCallOnly, it is one more candidate.
    let (safe_tx_hash, to) = (digest("another target"), address(0x88));
    let beside =
        ProposeBatch { adopts, beside: YesNo::Yes, safe_tx_hash, to, ..candidate(&ledger, 0, &[1, 2]) };
    let unasked = ProposeBatch { adopts: None, ..beside.clone() };
    assert_eq!(ledger.refuses(TREASURER, unasked).code(), "wrong_target");
    ledger.does(TREASURER, beside);

    // Once the chain shows that the old nonce is consumed, what was signed for it cannot be executed any more.
    ledger.sees(1);
    ledger.reads(read_consumption(0, Consumption::Replaced));
    ledger.does(TREASURER, elsewhere);

    let nonces: Vec<u64> = ledger.program.nonces().map(|nonce| nonce.number.get()).collect();
    assert_eq!(nonces, [0, 4]);
    assert_eq!(ledger.program.next_nonce(), Some(Seq::new(1)));
}

#[test]
fn signatures_count_as_long_as_their_owners_are() {
    let mut ledger = in_flight();
    ledger.does(ANA, signing(1, 0xa3));
    ledger.does(BEN, signing(1, 0xa1));
    let counting = |ledger: &Ledger| {
        let batch = ledger.program.batch(BatchNumber::FIRST).unwrap();
        ledger.program.signings_of(batch).iter().map(|signing| signing.owner).collect::<Vec<_>>()
    };
    assert_eq!(counting(&ledger), [address(0xa1), address(0xa3)], "ascending");

    let owners = vec![address(0xa2), address(0xa3)];
    ledger.does(TREASURER, ObserveSafe { owners, ..observation(&ledger, 0, "750") });

    assert_eq!(counting(&ledger), [address(0xa3)]);
}
