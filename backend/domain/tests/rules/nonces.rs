//! Candidates for a nonce, and what becomes of it.

use domain::batch::How;
use domain::command::{AttestExecution, ConsumeNonce, ObserveSafe, ProposeBatch, ProposeRejection};
use domain::value::{BatchNumber, Seq};
use domain::words::{Consumption, Operation, Role};

use crate::common::*;

/// Three approved claims past their objection period, of Ana's, Ben's and Cleo's, and a Safe with its nonce at 5.
fn payable() -> Ledger {
    let mut ledger = pilot();
    for (person, lpt) in [(ANA, "20"), (BEN, "15"), (CLEO, "10")] {
        ledger.approved(person, "bounties", lpt);
    }
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 5, "750"));
    ledger
}

fn ended(ledger: &Ledger, nonce: u64) -> Option<How> {
    ledger.program.nonce(Seq::new(nonce)).unwrap().end.as_ref().map(|end| end.how)
}

#[test]
fn two_batches_share_a_nonce_only_where_that_is_meant() {
    let mut ledger = payable();
    let other = batch(&ledger, &[2]);
    ledger.does(TREASURER, batch(&ledger, &[1]));

    // Two treasurers at once: the second one's nonce was free when they looked.
    assert_eq!(ledger.refuses(TREASURER, other).to_string(), "the next free nonce of the Safe is 6, not 5");
    let nothing = candidate(&ledger, 6, &[2]);
    assert_eq!(ledger.refuses(TREASURER, nothing).to_string(), "nothing is proposed for nonce 6");
}

#[test]
fn a_line_stands_on_one_nonce_at_a_time() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));

    let elsewhere = batch(&ledger, &[2, 3]);

    assert_eq!(ledger.refuses(TREASURER, elsewhere).to_string(), "submission 2 is already in batch 1");
}

#[test]
fn the_executed_candidate_pays_and_what_only_others_held_is_owed_again() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));
    ledger.does(TREASURER, candidate(&ledger, 5, &[2, 3]));

    // Claim 1 would be owed again: the Safe has to be seen behind the nonce first, and it takes two persons.
    assert_eq!(
        ledger.refuses(TREASURER, executed(2)).to_string(),
        "the Safe was last seen at nonce 5: what is signed for nonce 5 can still be executed; observe the Safe once it has consumed it"
    );
    ledger.sees(6);
    ledger.does(TREASURER, executed(2));
    assert_eq!(ledger.moved(), [""; 0]);
    assert_eq!(ended(&ledger, 5), None);
    ledger.does(LEAD, executed(2));

    assert_eq!(
        ledger.moved(),
        [
            "1/bounties/inflight -> 1/bounties/expended 15",
            "1/bounties/spent -> safe 15",
            "1/bounties/inflight -> 1/bounties/expended 10",
            "1/bounties/spent -> safe 10",
            "1/bounties/inflight -> 1/bounties/encumbered 20",
        ]
    );
    assert_eq!([1, 2, 3].map(|number| ledger.state(number)), ["approved", "paid", "paid"]);
    assert_eq!(ended(&ledger, 5), Some(How::Executed(BatchNumber::new(2).unwrap())));
    assert_eq!(ledger.balance("safe"), "725");
    // What is owed again is paid on another nonce, once.
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, executed(3));
    assert_eq!(ledger.balance("1/bounties/expended"), "45");
    let paid = batch(&ledger, &[1]);
    assert_eq!(
        ledger.refuses(TREASURER, paid).to_string(),
        "submission 1 is paid: only approved ones are paid"
    );
}

#[test]
fn a_treasurer_alone_says_what_pays_everything_and_nobody_else_does() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));
    assert_eq!(ledger.refuses(LEAD, executed(1)).to_string(), "this takes one of these roles: treasurer");

    ledger.does(TREASURER, executed(1));

    assert_eq!([1, 2, 3].map(|number| ledger.state(number)), ["paid", "paid", "approved"]);
}

#[test]
fn two_persons_say_the_same_and_neither_is_owed_it() {
    let mut ledger = pilot();
    let pay = ledger.files(TREASURER, claim(&ledger, TREASURER, "marketing", "10"));
    assert_eq!(ledger.approves(pay), "approved");
    ledger.wait(168);
    ledger.is_ready_to_pay();
    ledger.does(TREASURER, batch(&ledger, &[pay]));
    ledger.sees(1);
    let failed = consumed(0, Consumption::Failed);

    assert_eq!(
        ledger.refuses(TREASURER, failed).to_string(),
        "submission 1 is your own: two others who run the program have to say what became of it"
    );
    ledger.does(LEAD, failed);
    let first = ledger.last_event();
    assert_eq!(
        ledger.refuses(LEAD, failed).to_string(),
        format!("you said so in event {first}: somebody else who runs the program has to say the same")
    );
    // Another transaction, or another reason why, is not the same.
    ledger.does(OUTSIDE, ConsumeNonce { tx_hash: digest("yet another"), ..failed });
    ledger.does(SECOND_OUTSIDE, ConsumeNonce { how: Consumption::Replaced, ..failed });
    assert_eq!(ledger.state(pay), "in_batch");
    ledger.does(ALTERNATE, failed);

    assert_eq!(ledger.moved(), ["1/marketing/inflight -> 1/marketing/encumbered 10"]);
    assert_eq!(ledger.state(pay), "approved");
}

#[test]
fn a_word_that_its_speaker_corrected_does_not_count() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));
    ledger.sees(6);
    let replaced = consumed(5, Consumption::Replaced);
    let failed = consumed(5, Consumption::Failed);
    ledger.does(OUTSIDE, replaced);
    ledger.does(OUTSIDE, failed);

    ledger.does(TREASURER, replaced);
    assert_eq!(ledger.state(1), "in_batch", "nobody says that but the treasurer");
    // Who comes back to what they said first says it anew, and then two say the same.
    ledger.does(OUTSIDE, replaced);
    assert_eq!(ledger.state(1), "approved");
}

#[test]
fn a_word_lapses_with_the_role_and_when_one_more_candidate_is_proposed() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));
    ledger.sees(6);
    let replaced = consumed(5, Consumption::Replaced);
    ledger.does(OUTSIDE, replaced);
    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));

    ledger.does(TREASURER, replaced);
    assert_eq!(ledger.state(1), "in_batch");
    // The treasurer had mistyped the nonce.
    let corrects = ledger.program.observation().map(|wrong| wrong.recorded);
    ledger.does(TREASURER, ObserveSafe { corrects, ..observation(&ledger, 5, "750") });
    ledger.does(TREASURER, candidate(&ledger, 5, &[1]));
    ledger.sees(6);
    ledger.does(LEAD, replaced);
    assert_eq!(ledger.state(1), "in_batch");
    ledger.does(TREASURER, replaced);

    assert_eq!(ledger.state(1), "approved");
    assert_eq!(ended(&ledger, 5), Some(How::Unpaid(Consumption::Replaced)));
}

#[test]
fn a_rejection_is_a_candidate_that_pays_nobody() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));
    assert_eq!(ledger.refuses(TREASURER, rejection_of(6)).to_string(), "nothing is proposed for nonce 6");

    ledger.does(TREASURER, rejection_of(5));

    let rejection = ledger.program.batch(BatchNumber::new(2).unwrap()).unwrap();
    assert_eq!((rejection.to, rejection.operation), (address(SAFE), Operation::Call));
    assert_eq!((rejection.payouts.len(), rejection.total), (0, amount("0")));
    assert_eq!(ledger.balance("1/bounties/inflight"), "35");
    assert_eq!(
        ledger.refuses(TREASURER, rejection_of(5)).to_string(),
        "batch 2 is this very transaction: sign that one"
    );
    ledger.sees(6);
    ledger.does(TREASURER, executed(2));
    ledger.does(LEAD, executed(2));
    assert_eq!([1, 2].map(|number| ledger.state(number)), ["approved"; 2]);
    assert_eq!(
        (ledger.balance("safe"), ledger.balance("1/bounties/encumbered")),
        ("750".into(), "45".into())
    );
}

#[test]
fn nothing_is_proposed_for_a_nonce_that_is_consumed() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, observation(&ledger, 6, "730"));

    let late = candidate(&ledger, 5, &[2]);

    assert_eq!(ledger.refuses(TREASURER, late.clone()).code(), "nonce_consumed");
    assert_eq!(ledger.refuses(TREASURER, rejection_of(5)).code(), "nonce_consumed");
    ledger.does(TREASURER, executed(1));
    // What became of it was said: that is not asked for again.
    assert_eq!(ledger.refuses(TREASURER, late).code(), "nonce_ended");
    assert_eq!(ledger.refuses(TREASURER, rejection_of(5)).code(), "nonce_ended");
    assert_eq!(ledger.refuses(TREASURER, executed(1)).code(), "nonce_ended");
}

#[test]
fn the_safe_consumes_its_nonces_one_after_another() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, batch(&ledger, &[2]));

    assert_eq!(
        ledger.refuses(TREASURER, executed(2)).to_string(),
        "the Safe consumes nonce 5 before nonce 6: say first what became of that"
    );
    ledger.does(TREASURER, executed(1));
    ledger.does(TREASURER, executed(2));

    assert_eq!(
        ledger.refuses(TREASURER, withdraw_execution(5)).to_string(),
        "what became of nonce 6 rests on what became of nonce 5: withdraw the later one first"
    );
    ledger.does(TREASURER, withdraw_execution(6));
    ledger.does(TREASURER, withdraw_execution(5));
    assert_eq!(
        ledger.moved(),
        ["1/bounties/expended -> 1/bounties/inflight 20", "safe -> 1/bounties/spent 20"]
    );
    assert_eq!([1, 2].map(|number| ledger.state(number)), ["in_batch"; 2]);
    assert_eq!(ledger.refuses(TREASURER, withdraw_execution(5)).code(), "nonce_open");
}

#[test]
fn what_a_false_end_returned_is_in_flight_again_unless_it_went_on() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));
    ledger.does(TREASURER, candidate(&ledger, 5, &[2]));
    ledger.sees(6);
    for person in [TREASURER, LEAD] {
        ledger.does(person, executed(2));
    }
    let mut went_on = ledger.clone();
    went_on.does(ANA, reopen(1));
    assert_eq!(
        went_on.refuses(TREASURER, withdraw_execution(5)).to_string(),
        "submission 1 has gone on since, and is needs_changes: undo that first"
    );
    // Approved again, but for something else than the batch would pay.
    let revised = revision(&went_on, 1, "12");
    went_on.does(ANA, revised);
    went_on.approves(1);
    assert_eq!(
        went_on.refuses(TREASURER, withdraw_execution(5)).to_string(),
        "submission 1 has gone on since, and is approved: undo that first"
    );

    ledger.does(TREASURER, withdraw_execution(5));

    assert_eq!(
        ledger.moved(),
        [
            "1/bounties/expended -> 1/bounties/inflight 15",
            "safe -> 1/bounties/spent 15",
            "1/bounties/encumbered -> 1/bounties/inflight 20",
        ]
    );
    assert_eq!([1, 2].map(|number| ledger.state(number)), ["in_batch"; 2]);
    for person in [TREASURER, LEAD] {
        ledger.does(person, consumed(5, Consumption::Failed));
    }
    assert_eq!([1, 2].map(|number| ledger.state(number)), ["approved"; 2]);
}

#[test]
fn what_was_executed_after_the_safe_was_seen_is_counted_against_what_was_seen() {
    let mut ledger = payable();
    ledger.does(TREASURER, observation(&ledger, 5, "40"));
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, executed(1));

    // 40 LPT were seen before 20 LPT left: 20 LPT are there.
    assert_eq!(ledger.program.payable(), Some(amount("20")));
    let over = batch(&ledger, &[2, 3]);
    assert_eq!(ledger.refuses(TREASURER, over).code(), "over_safe_balance");
    ledger.does(TREASURER, observation(&ledger, 6, "25"));
    ledger.does(TREASURER, batch(&ledger, &[2, 3]));
}

#[test]
fn a_gap_that_a_wrong_look_at_the_safe_left_is_filled_first() {
    let mut ledger = payable();
    ledger.does(TREASURER, observation(&ledger, 50, "750"));
    ledger.does(TREASURER, batch(&ledger, &[1]));
    let wrong = ledger.program.observation().unwrap().recorded;
    ledger.does(TREASURER, ObserveSafe { corrects: Some(wrong), ..observation(&ledger, 49, "750") });

    assert_eq!(ledger.program.next_nonce(), Some(Seq::new(49)));
    ledger.does(TREASURER, batch(&ledger, &[2]));
    assert_eq!(ledger.program.next_nonce(), Some(Seq::new(51)));
    let twice = ProposeBatch { nonce: Seq::new(52), ..batch(&ledger, &[3]) };
    assert_eq!(ledger.refuses(TREASURER, twice).code(), "nonce_out_of_turn");
}

#[test]
fn only_a_batch_that_there_is_was_executed() {
    let mut ledger = payable();
    let none = ledger.refuses(TREASURER, executed(1));
    assert_eq!(none.to_string(), "there is no batch 1");
    ledger.does(TREASURER, batch(&ledger, &[1]));
    let other = AttestExecution { batch: BatchNumber::new(2).unwrap(), ..executed(1) };
    assert_eq!(ledger.refuses(TREASURER, other).code(), "no_such_batch");
}

#[test]
fn a_nonce_has_one_rejection() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, rejection_of(5));

    // All rejections of a nonce are one transaction: one with another hash is none.
    let other = ProposeRejection { safe_tx_hash: digest("another hash"), ..rejection_of(5) };

    assert_eq!(
        ledger.refuses(TREASURER, other).to_string(),
        "batch 2 is this very transaction: sign that one"
    );
}

#[test]
fn a_word_of_whoever_turns_out_to_be_owed_it_does_not_count() {
    let mut ledger = payable();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.sees(6);
    let failed = consumed(5, Consumption::Failed);
    ledger.does(OUTSIDE, failed);
    let words = |ledger: &Ledger| {
        let nonce = ledger.program.nonce(Seq::new(5)).unwrap();
        ledger.program.words_on(nonce).map(|word| word.member.get()).collect::<Vec<_>>()
    };
    assert_eq!(words(&ledger), [OUTSIDE]);
    ledger.does(LEAD, linking(OUTSIDE, ANA, true));
    assert_eq!(words(&ledger), [0; 0]);

    ledger.does(TREASURER, failed);
    assert_eq!(ledger.state(1), "in_batch");
    ledger.does(LEAD, failed);

    assert_eq!(ledger.state(1), "approved");
}
