//! LPT that moved without a batch, and what came back.

use domain::command::{AttestExecution, ChangeCap, RecordOutflow};
use domain::refusal::Refusal;
use domain::value::{Count, PeriodNumber, Seq};
use domain::words::Role;

use crate::common::*;

/// A claim of Ana's and one of Ben's, of 20 LPT each: the first is paid.
fn paid() -> Ledger {
    let mut ledger = pilot();
    for person in [ANA, BEN] {
        ledger.approved(person, "marketing", "20");
    }
    ledger.wait(48);
    ledger.is_ready_to_pay();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, executed(1));
    ledger
}

fn balances(ledger: &Ledger, accounts: &[&str]) -> Vec<String> {
    accounts.iter().map(|account| ledger.balance(account)).collect()
}

#[test]
fn a_refund_frees_its_category_and_never_comes_to_more_than_was_paid() {
    let mut ledger = paid();
    assert_eq!(
        ledger.refuses(TREASURER, refund(&ledger.clone(), 2, "1")).to_string(),
        "submission 2 is approved: only what was paid can come back"
    );

    ledger.does(TREASURER, refund(&ledger, 1, "15"));

    assert_eq!(
        ledger.moved(),
        ["safe -> 1/marketing/spent 15", "1/marketing/expended -> 1/marketing/available 15"]
    );
    let over = refund(&ledger, 1, "5.5");
    assert_eq!(
        ledger.refuses(TREASURER, over).to_string(),
        "of submission 1 5 LPT was paid and did not come back yet: this is 0.5 LPT more"
    );
    ledger.does(TREASURER, refund(&ledger, 1, "5"));
    assert_eq!(
        balances(&ledger, &["1/marketing/expended", "1/marketing/available", "safe"]),
        ["0", "30", "750"]
    );
    assert_eq!(ledger.state(1), "paid");
}

#[test]
fn a_refund_that_frees_money_lets_a_waiting_claim_pass() {
    let mut ledger = paid();
    let waiting = ledger.files(CLEO, claim(&ledger, CLEO, "marketing", "15"));
    assert_eq!(ledger.approves(waiting), "agreed");

    ledger.does(TREASURER, refund(&ledger, 1, "5"));
    ledger.ask_as_system(approve_waiting(waiting)).unwrap();

    assert_eq!(ledger.state(waiting), "approved");
    let refunded = Seq::new(ledger.last_event().get() - 1);
    assert_eq!(
        ledger.refuses(TREASURER, withdraw_transfer(refunded)).to_string(),
        format!(
            "the refund of event {refunded} freed 5 LPT, and 0 LPT is free now: 5 LPT was promised since"
        )
    );
    ledger.does(CLEO, reopen(waiting));
    ledger.does(TREASURER, withdraw_transfer(refunded));
    assert_eq!(
        ledger.moved(),
        ["1/marketing/spent -> safe 5", "1/marketing/available -> 1/marketing/expended 5"]
    );
}

#[test]
fn an_inflow_that_turns_out_to_be_a_refund_is_one() {
    let mut ledger = paid();
    let event = ledger.receives("8");
    ledger.does(LEAD, grant(ANA, Role::Reviewer));

    let own = ledger.refuses(ANA, classify(event, Some(1)));
    ledger.does(LEAD, classify(event, Some(1)));
    // Something else than the first said starts anew.
    ledger.does(TREASURER, classify(event, None));
    ledger.does(OUTSIDE, classify(event, Some(1)));

    assert_eq!(own.code(), "own_money");
    assert_eq!(
        ledger.moved(),
        ["suspense_in -> 1/marketing/spent 8", "1/marketing/expended -> 1/marketing/available 8"]
    );
    let over = ledger.receives("13");
    assert_eq!(ledger.refuses(LEAD, classify(over, Some(1))).code(), "over_paid");
    assert_eq!(ledger.refuses(LEAD, classify(over, Some(2))).code(), "not_paid");
}

#[test]
fn an_unexplained_outflow_stops_batches_and_never_a_rejection() {
    let mut ledger = paid();
    ledger.does(TREASURER, batch(&ledger, &[2]));
    let event = ledger.loses("7");
    assert_eq!(ledger.moved(), ["suspense_out -> safe 7"]);

    let next = candidate(&ledger, 1, &[2]);
    assert_eq!(
        ledger.refuses(TREASURER, next.clone()).to_string(),
        format!(
            "7 LPT left the Safe, recorded in event {event}, and nobody said what for: settle it before more is paid"
        )
    );
    ledger.does(TREASURER, rejection_of(1));
    ledger.does(LEAD, settle(event, None));
    ledger.does(OUTSIDE, settle(event, None));

    assert_eq!(ledger.moved(), ["lost -> suspense_out 7"]);
    ledger.does(TREASURER, next);
}

#[test]
fn a_claim_that_another_transaction_paid_is_settled_for_good() {
    for (out, moved, paid_lpt) in [
        (
            "20",
            vec!["1/marketing/spent -> suspense_out 20", "1/marketing/encumbered -> 1/marketing/expended 20"],
            "20",
        ),
        (
            "21.5",
            vec![
                "1/marketing/spent -> suspense_out 20",
                "1/marketing/encumbered -> 1/marketing/expended 20",
                "lost -> suspense_out 1.5",
            ],
            "20",
        ),
        (
            "12",
            vec![
                "1/marketing/spent -> suspense_out 12",
                "1/marketing/encumbered -> 1/marketing/expended 12",
                "1/marketing/encumbered -> 1/marketing/available 8",
            ],
            "12",
        ),
    ] {
        let mut ledger = paid();
        let event = ledger.loses(out);

        ledger.does(TREASURER, settle(event, Some(2)));
        ledger.does(LEAD, settle(event, Some(2)));

        assert_eq!(ledger.moved(), moved);
        assert_eq!(ledger.state(2), "paid");
        let over = refund(&ledger, 2, "20.5");
        let Refusal::OverPaid { kept, .. } = ledger.refuses(TREASURER, over) else {
            panic!("paid {paid_lpt}")
        };
        assert_eq!(kept, amount(paid_lpt));
    }
}

#[test]
fn what_was_settled_and_is_executed_too_is_an_outflow_to_explain() {
    let mut ledger = paid();
    ledger.does(TREASURER, batch(&ledger, &[2]));
    let event = ledger.loses("20");
    for person in [LEAD, OUTSIDE] {
        ledger.does(person, settle(event, Some(2)));
    }
    assert_eq!(ledger.moved()[1], "1/marketing/inflight -> 1/marketing/expended 20");
    // Its batch can still be executed, and asks for what it pays.
    assert_eq!(ledger.program.spoken_for(), amount("20"));

    ledger.does(TREASURER, executed(2));

    assert_eq!(ledger.moved(), ["suspense_out -> safe 20"]);
    assert_eq!(balances(&ledger, &["1/marketing/expended", "suspense_out", "safe"]), ["40", "20", "690"]);
    let again = ledger.last_event();
    let mut explained = ledger.clone();
    for person in [LEAD, OUTSIDE] {
        explained.does(person, settle(again, None));
    }
    assert_eq!(explained.balance("lost"), "20");
    assert_eq!(explained.refuses(TREASURER, withdraw_execution(1)).code(), "explained_before");
    // It is no transfer of its own: it goes with what it is part of.
    assert_eq!(ledger.refuses(TREASURER, withdraw_transfer(again)).code(), "no_such_transfer");
    ledger.does(TREASURER, withdraw_execution(1));
    assert_eq!(balances(&ledger, &["suspense_out", "safe"]), ["0", "710"]);
}

#[test]
fn what_is_settled_was_owed() {
    let mut ledger = paid();
    let event = ledger.loses("20");

    assert_eq!(
        ledger.refuses(LEAD, settle(event, Some(1))).to_string(),
        "submission 1 is paid: only what is approved or in a batch can have been paid"
    );
    assert_eq!(
        ledger.refuses(LEAD, classify(event, None)).to_string(),
        format!("the transfer of event {event} is an outflow: settle it")
    );
}

/// One transaction of the chain may hold more than one execution, and other transfers.
#[test]
fn what_a_batch_paid_is_no_outflow_beside_it_and_another_transfer_of_its_transaction_is() {
    let mut ledger = paid();
    let payee = ledger.program.submission(submission_number(1)).unwrap().revision.payee;
    let of_its = RecordOutflow { tx_hash: executed(1).tx_hash, ..outflow(&ledger, "20") };
    let its_own = RecordOutflow { recipient: Some(payee), ..of_its };
    ledger.does(TREASURER, batch(&ledger, &[2]));
    ledger.does(TREASURER, AttestExecution { tx_hash: its_own.tx_hash, ..executed(2) });

    assert_eq!(
        ledger.refuses(TREASURER, its_own).to_string(),
        format!(
            "batch 1 paid these 20 LPT to {payee} in this very transaction, and they are counted: was there another transfer like it, record that without its recipient"
        )
    );

    let other = ledger.program.submission(submission_number(2)).unwrap().revision.payee;
    let second = RecordOutflow { recipient: Some(other), ..its_own };
    assert!(ledger.refuses(TREASURER, second).to_string().starts_with("batch 2 paid these 20 LPT"));
    for another in [
        of_its,
        RecordOutflow { amount: amount("19"), log_index: Count::new(5), ..its_own },
        RecordOutflow { recipient: Some(address(0x99)), log_index: Count::new(6), ..its_own },
        RecordOutflow { tx_hash: digest("another"), ..its_own },
    ] {
        ledger.does(TREASURER, another);
    }
    let mut undone = paid();
    undone.does(TREASURER, withdraw_execution(0));
    undone.does(TREASURER, its_own);
}

#[test]
fn nothing_leaves_the_books_that_never_came_in() {
    let mut ledger = paid();

    let too_much = outflow(&ledger, "731");

    assert_eq!(
        ledger.refuses(TREASURER, too_much).to_string(),
        "the books know of 730 LPT in the Safe: record first how the other 1 LPT came in"
    );
    ledger.receives("1");
    ledger.does(TREASURER, too_much);
    assert_eq!(ledger.balance("safe"), "0");
}

#[test]
fn a_transfer_of_the_chain_is_recorded_once_and_a_wrong_one_taken_back() {
    let mut ledger = paid();
    let wrong = inflow(&ledger, "50");
    ledger.does(TREASURER, wrong);
    let event = ledger.last_event();
    assert_eq!(ledger.refuses(TREASURER, wrong).code(), "funding_known");

    ledger.does(TREASURER, withdraw_transfer(event));

    assert_eq!(ledger.moved(), ["suspense_in -> safe 50"]);
    assert_eq!(ledger.refuses(TREASURER, withdraw_transfer(event)).code(), "funding_withdrawn");
    assert_eq!(ledger.refuses(LEAD, classify(event, None)).code(), "funding_withdrawn");
    ledger.does(TREASURER, wrong);
    let out = ledger.loses("3");
    ledger.does(TREASURER, withdraw_transfer(out));
    assert_eq!(ledger.moved(), ["safe -> suspense_out 3"]);
}

#[test]
fn what_became_of_a_refunded_claim_is_not_taken_back() {
    let mut ledger = paid();
    ledger.does(TREASURER, refund(&ledger, 1, "5"));
    let refunded = ledger.last_event();

    assert_eq!(
        ledger.refuses(TREASURER, withdraw_execution(0)).to_string(),
        "5 LPT of submission 1 came back since: withdraw the refund first"
    );
    ledger.does(TREASURER, withdraw_transfer(refunded));
    ledger.does(TREASURER, withdraw_execution(0));
    assert_eq!(ledger.state(1), "in_batch");
}

#[test]
fn a_refund_that_lapsed_is_taken_back_only_while_the_program_has_not_given_it_to_another_period() {
    let mut ledger = paid();
    ledger.does(BEN, reopen(2));
    ledger.does(BEN, withdraw(2));
    ledger.now = at("2026-04-06T00:00:00Z");
    ledger.does(LEAD, close_period());
    ledger.does(TREASURER, refund(&ledger, 1, "20"));
    assert_eq!(ledger.moved()[1], "1/marketing/expended -> 1/marketing/lapsed 20");
    let refunded = ledger.last_event();
    ledger.does(LEAD, period("750", "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"));

    assert_eq!(
        ledger.refuses(TREASURER, withdraw_transfer(refunded)).to_string(),
        format!(
            "the refund of event {refunded} freed 20 LPT, and 0 LPT is free now: 20 LPT was promised since"
        )
    );
    ledger.does(LEAD, ChangeCap { period: PeriodNumber::new(2).unwrap(), ..change_cap("730") });
    ledger.does(TREASURER, withdraw_transfer(refunded));
    assert_eq!(ledger.moved()[1], "1/marketing/lapsed -> 1/marketing/expended 20");
}

#[test]
fn whose_word_came_before_it_was_known_that_the_money_is_theirs_does_not_count() {
    let mut ledger = paid();
    let event = ledger.loses("20");
    ledger.does(OUTSIDE, settle(event, Some(2)));
    ledger.does(LEAD, linking(OUTSIDE, BEN, true));

    ledger.does(TREASURER, settle(event, Some(2)));
    assert_eq!(ledger.moved(), [""; 0]);
    let (_, item) = ledger.program.suspense().find(|(seq, _)| *seq == event).unwrap();
    let words: Vec<_> = ledger.program.words_about(item).map(|word| word.member.get()).collect();
    assert_eq!(words, [TREASURER]);
    ledger.does(LEAD, settle(event, Some(2)));

    assert_eq!(ledger.state(2), "paid");
}
