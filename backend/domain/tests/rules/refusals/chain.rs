//! Refusals of what is said of nonces, and of LPT that moved without a batch.

use domain::command::{RecordInflow, RecordOutflow, RecordRefund};
use domain::refusal::Remedy;
use domain::value::{Amount, Seq};
use domain::words::{Consumption, Role};

use super::{Case, case};
use crate::common::*;

/// Claims of Ana's and Ben's of 20 LPT each, the first paid on nonce 0, the second in batch 2 on nonce 1.
fn paying() -> Ledger {
    let mut ledger = pilot();
    for person in [ANA, BEN] {
        ledger.approved(person, "marketing", "20");
    }
    ledger.wait(48);
    ledger.is_ready_to_pay();
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, executed(1));
    ledger.does(TREASURER, batch(&ledger, &[2]));
    ledger
}

/// The same, where the Safe was seen behind nonce 1.
fn consumed_one() -> Ledger {
    let mut ledger = paying();
    ledger.sees(2);
    ledger
}

/// The same, where Ben has come to run the program.
fn with_ben() -> Ledger {
    let mut ledger = paying();
    ledger.does(LEAD, grant(BEN, Role::Treasurer));
    ledger
}

pub(super) fn cases() -> Vec<Case> {
    [proposing(), ending(), withdrawing(), recording(), counting(), explaining()]
        .into_iter()
        .flatten()
        .collect()
}

fn proposing() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("nonce_consumed", AskWhenThingsChange, "say what became of its batches", || {
            let mut ledger = paying();
            let late = candidate(&ledger, 1, &[2]);
            ledger.does(TREASURER, observation(&ledger, 2, "730"));
            ledger.refuses(TREASURER, late)
        }),
        case("nonce_consumed", AskWhenThingsChange, "consumed nonce 1: nothing more", || {
            let mut ledger = paying();
            ledger.does(TREASURER, observation(&ledger, 2, "730"));
            ledger.refuses(TREASURER, rejection_of(1))
        }),
        case("nonce_ended", AskWhenThingsChange, "of nonce 0 is known already", || {
            let mut ledger = paying();
            // Its claim is in flight on another one: the nonce is what is wrong with it.
            let late = candidate(&ledger, 0, &[2]);
            ledger.refuses(TREASURER, late)
        }),
        case("nonce_ended", AskWhenThingsChange, "of nonce 0 is known already", || {
            paying().refuses(TREASURER, rejection_of(0))
        }),
        case("proposed_before", AskWhenThingsChange, "batch 2 is this very transaction", || {
            let mut ledger = paying();
            let mut again = candidate(&ledger, 1, &[2]);
            again.safe_tx_hash = batch(&ledger, &[2]).safe_tx_hash;
            ledger.refuses(TREASURER, again)
        }),
        case("proposed_before", AskWhenThingsChange, "batch 3 is this very transaction", || {
            let mut ledger = paying();
            ledger.does(TREASURER, rejection_of(1));
            ledger.refuses(TREASURER, rejection_of(1))
        }),
        case("outflow_unexplained", AskWhenThingsChange, "7 LPT left the Safe, recorded in event", || {
            let mut ledger = paying();
            ledger.loses("7");
            let more = candidate(&ledger, 1, &[2]);
            ledger.refuses(TREASURER, more)
        }),
        case("nothing_proposed", AskForSomethingElse, "nothing is proposed for nonce 2", || {
            paying().refuses(TREASURER, rejection_of(2))
        }),
        case("nothing_proposed", AskForSomethingElse, "nothing is proposed for nonce 2", || {
            let mut ledger = paying();
            let number = ledger.approved(CLEO, "marketing", "1");
            ledger.wait(48);
            ledger.sees_the_safe();
            let beside = candidate(&ledger, 2, &[number]);
            ledger.refuses(TREASURER, beside)
        }),
        case("role_needed", AskSomeoneElse, "treasurer", || paying().refuses(LEAD, rejection_of(1))),
    ]
}

fn ending() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_batch", AskForSomethingElse, "no batch 9", || paying().refuses(TREASURER, executed(9))),
        case("nothing_proposed", AskForSomethingElse, "for nonce 2", || {
            paying().refuses(TREASURER, consumed(2, Consumption::Failed))
        }),
        case("nonce_ended", AskWhenThingsChange, "of nonce 0 is known", || {
            paying().refuses(TREASURER, executed(1))
        }),
        case("nonce_ended", AskWhenThingsChange, "was that wrong, withdraw it", || {
            paying().refuses(TREASURER, consumed(0, Consumption::Replaced))
        }),
        case("earlier_nonce_open", AskWhenThingsChange, "consumes nonce 0 before nonce 1", || {
            let mut ledger = paying();
            ledger.does(TREASURER, withdraw_execution(0));
            ledger.refuses(TREASURER, executed(2))
        }),
        case("earlier_nonce_open", AskWhenThingsChange, "consumes nonce 0 before nonce 1", || {
            let mut ledger = paying();
            ledger.does(TREASURER, withdraw_execution(0));
            ledger.refuses(TREASURER, consumed(1, Consumption::Failed))
        }),
        case("said_before", AskSomeoneElse, "somebody else who runs the program", || {
            let mut ledger = consumed_one();
            ledger.does(LEAD, consumed(1, Consumption::Failed));
            ledger.refuses(LEAD, consumed(1, Consumption::Failed))
        }),
        case("said_before", AskSomeoneElse, "you said so in event", || {
            let mut ledger = paying();
            ledger.does(TREASURER, rejection_of(1));
            ledger.sees(2);
            ledger.does(LEAD, executed(3));
            ledger.refuses(LEAD, executed(3))
        }),
        case("own_money", AskSomeoneElse, "submission 2 is your own", || {
            let mut ledger = with_ben();
            ledger.sees(2);
            ledger.refuses(BEN, consumed(1, Consumption::Failed))
        }),
        case("own_money", AskSomeoneElse, "two others who run the program", || {
            let mut ledger = with_ben();
            ledger.does(TREASURER, rejection_of(1));
            ledger.sees(2);
            ledger.refuses(BEN, executed(3))
        }),
        case("safe_short", AskWhenThingsChange, "know of 15 LPT in the Safe", || {
            let mut ledger = paying();
            ledger.loses("715");
            ledger.refuses(TREASURER, executed(2))
        }),
    ]
}

fn withdrawing() -> Vec<Case> {
    use Remedy::{AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("nothing_proposed", AskForSomethingElse, "for nonce 2", || {
            paying().refuses(TREASURER, withdraw_execution(2))
        }),
        case("nonce_open", AskWhenThingsChange, "nothing was said yet", || {
            paying().refuses(TREASURER, withdraw_execution(1))
        }),
        case("later_nonce_ended", AskWhenThingsChange, "withdraw the later one first", || {
            let mut ledger = paying();
            ledger.does(TREASURER, executed(2));
            ledger.refuses(TREASURER, withdraw_execution(0))
        }),
        case("went_on", AskWhenThingsChange, "submission 2 has gone on since, and is in_batch", || {
            let mut ledger = consumed_one();
            for person in [TREASURER, LEAD] {
                ledger.does(person, consumed(1, Consumption::Failed));
            }
            ledger.does(TREASURER, batch(&ledger, &[2]));
            ledger.refuses(TREASURER, withdraw_execution(1))
        }),
        case("refunded_since", AskWhenThingsChange, "3 LPT of submission 1 came back", || {
            let mut ledger = paying();
            ledger.does(TREASURER, refund(&ledger, 1, "3"));
            ledger.refuses(TREASURER, withdraw_execution(0))
        }),
        case("explained_before", AskWhenThingsChange, "said already what the transfer", || {
            let mut ledger = paying();
            let event = ledger.loses("20");
            for person in [TREASURER, LEAD] {
                ledger.does(person, settle(event, Some(2)));
            }
            ledger.does(TREASURER, executed(2));
            let again = ledger.last_event();
            for person in [TREASURER, LEAD] {
                ledger.does(person, settle(again, None));
            }
            ledger.refuses(TREASURER, withdraw_execution(1))
        }),
    ]
}

fn recording() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("zero_amount", AskDifferently, "at least", || {
            let mut ledger = paying();
            let nothing = inflow(&ledger, "0");
            ledger.refuses(TREASURER, nothing)
        }),
        case("zero_amount", AskDifferently, "at least", || {
            let mut ledger = paying();
            let nothing = outflow(&ledger, "0");
            ledger.refuses(TREASURER, nothing)
        }),
        case("zero_amount", AskDifferently, "at least", || {
            let mut ledger = paying();
            let nothing = refund(&ledger, 1, "0");
            ledger.refuses(TREASURER, nothing)
        }),
        case("funding_known", AskWhenThingsChange, "is already recorded", || {
            let mut ledger = paying();
            let known = inflow(&ledger, "1");
            ledger.does(TREASURER, known);
            ledger.refuses(TREASURER, known)
        }),
        case("funding_known", AskWhenThingsChange, "is already recorded", || {
            let mut ledger = paying();
            let known = outflow(&ledger, "1");
            ledger.does(TREASURER, known);
            ledger.refuses(TREASURER, known)
        }),
        case("funding_known", AskWhenThingsChange, "is already recorded", || {
            let mut ledger = paying();
            let known = refund(&ledger, 1, "1");
            ledger.does(TREASURER, known);
            ledger.refuses(TREASURER, known)
        }),
        case("amount_too_large", AskDifferently, "than can be counted", || {
            let mut ledger = paying();
            let mut endless = inflow(&ledger, "1");
            endless.amount = Amount::from_wei(u128::MAX);
            ledger.refuses(TREASURER, endless)
        }),
        case("safe_short", AskWhenThingsChange, "how the other 1 LPT came in", || {
            let mut ledger = paying();
            let more = outflow(&ledger, "731");
            ledger.refuses(TREASURER, more)
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            let mut ledger = paying();
            let nowhere = RecordRefund { submission: submission_number(9), ..refund(&ledger, 1, "1") };
            ledger.refuses(TREASURER, nowhere)
        }),
        case("not_paid", AskDifferently, "submission 2 is in_batch", || {
            let mut ledger = paying();
            let unpaid = refund(&ledger, 2, "1");
            ledger.refuses(TREASURER, unpaid)
        }),
        case(
            "over_paid",
            AskDifferently,
            "20 LPT was paid and did not come back yet: this is 1 LPT more",
            || {
                let mut ledger = paying();
                let more = refund(&ledger, 1, "21");
                ledger.refuses(TREASURER, more)
            },
        ),
        case("no_such_transfer", AskForSomethingElse, "event 3 recorded no such transfer", || {
            paying().refuses(TREASURER, withdraw_transfer(Seq::new(3)))
        }),
        case("funding_withdrawn", AskWhenThingsChange, "was withdrawn already", || {
            let mut ledger = paying();
            let event = ledger.receives("1");
            ledger.does(TREASURER, withdraw_transfer(event));
            ledger.refuses(TREASURER, withdraw_transfer(event))
        }),
        case("explained_before", AskWhenThingsChange, "said already what", || {
            let (mut ledger, event) = explained();
            ledger.refuses(TREASURER, withdraw_transfer(event))
        }),
        case("safe_short", AskWhenThingsChange, "know of 10 LPT in the Safe", || {
            let mut ledger = paying();
            let event = ledger.receives("20");
            ledger.loses("740");
            ledger.refuses(TREASURER, withdraw_transfer(event))
        }),
        case("refund_used", AskWhenThingsChange, "freed 20 LPT, and 15 LPT is free now: 5 LPT", || {
            let mut ledger = paying();
            ledger.does(TREASURER, refund(&ledger, 1, "20"));
            let event = ledger.last_event();
            ledger.approved(CLEO, "marketing", "15");
            ledger.refuses(TREASURER, withdraw_transfer(event))
        }),
        case("funding_needed", AskWhenThingsChange, "the Safe has 5 LPT beside what batches pay", || {
            let mut ledger = paying();
            ledger.does(TREASURER, refund(&ledger, 1, "20"));
            let event = ledger.last_event();
            ledger.loses("725");
            ledger.refuses(TREASURER, withdraw_transfer(event))
        }),
    ]
}

/// Transfers of the Safe to itself, and what a batch paid: neither is a transfer of its own.
fn counting() -> Vec<Case> {
    use Remedy::AskDifferently;
    vec![
        case("safe_itself", AskDifferently, "e2 is the program's own Safe", || {
            let mut ledger = paying();
            let round = RecordInflow { sender: Some(address(SAFE)), ..inflow(&ledger, "1") };
            ledger.refuses(TREASURER, round)
        }),
        case("safe_itself", AskDifferently, "what it sends to itself", || {
            let mut ledger = paying();
            let round = RecordOutflow { recipient: Some(address(SAFE)), ..outflow(&ledger, "1") };
            ledger.refuses(TREASURER, round)
        }),
        case("safe_itself", AskDifferently, "neither comes in nor leaves", || {
            let mut ledger = paying();
            let round = RecordRefund { sender: Some(address(SAFE)), ..refund(&ledger, 1, "1") };
            ledger.refuses(TREASURER, round)
        }),
        case("paid_by_batch", AskDifferently, "batch 1 paid these 20 LPT to 0x0707", || {
            let mut ledger = paying();
            let paid = paid_by_batch_1(&ledger);
            ledger.refuses(TREASURER, paid)
        }),
    ]
}

/// What batch 1 paid for Ana's claim, as the chain shows it.
fn paid_by_batch_1(ledger: &Ledger) -> RecordOutflow {
    let recipient = Some(ledger.program.submission(submission_number(1)).unwrap().revision.payee);
    RecordOutflow { recipient, tx_hash: executed(1).tx_hash, ..outflow(ledger, "20") }
}

/// An inflow that was a contribution.
fn explained() -> (Ledger, Seq) {
    let mut ledger = paying();
    let event = ledger.receives("1");
    for person in [LEAD, TREASURER] {
        ledger.does(person, classify(event, None));
    }
    (ledger, event)
}

fn explaining() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("no_such_transfer", AskForSomethingElse, "event 3 recorded no such transfer", || {
            paying().refuses(LEAD, classify(Seq::new(3), None))
        }),
        case("no_such_transfer", AskForSomethingElse, "event 3 recorded no such transfer", || {
            paying().refuses(LEAD, settle(Seq::new(3), None))
        }),
        case("other_direction", AskDifferently, "is an outflow: settle it", || {
            let mut ledger = paying();
            let event = ledger.loses("1");
            ledger.refuses(LEAD, classify(event, None))
        }),
        case("other_direction", AskDifferently, "is an inflow: classify it", || {
            let mut ledger = paying();
            let event = ledger.receives("1");
            ledger.refuses(LEAD, settle(event, None))
        }),
        case("funding_withdrawn", AskWhenThingsChange, "was withdrawn already", || {
            let mut ledger = paying();
            let event = ledger.receives("1");
            ledger.does(TREASURER, withdraw_transfer(event));
            ledger.refuses(LEAD, classify(event, None))
        }),
        case("funding_withdrawn", AskWhenThingsChange, "was withdrawn already", || {
            let mut ledger = paying();
            let event = ledger.loses("1");
            ledger.does(TREASURER, withdraw_transfer(event));
            ledger.refuses(LEAD, settle(event, None))
        }),
        case("explained_before", AskWhenThingsChange, "two persons said already", || {
            let (mut ledger, event) = explained();
            ledger.refuses(OUTSIDE, classify(event, None))
        }),
        case("explained_before", AskWhenThingsChange, "two persons said already", || {
            let mut ledger = paying();
            let event = ledger.loses("1");
            for person in [LEAD, TREASURER] {
                ledger.does(person, settle(event, None));
            }
            ledger.refuses(OUTSIDE, settle(event, None))
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            let mut ledger = paying();
            let event = ledger.receives("1");
            ledger.refuses(LEAD, classify(event, Some(9)))
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            let mut ledger = paying();
            let event = ledger.loses("1");
            ledger.refuses(LEAD, settle(event, Some(9)))
        }),
        case("not_paid", AskDifferently, "submission 2 is in_batch", || {
            let mut ledger = paying();
            let event = ledger.receives("1");
            ledger.refuses(LEAD, classify(event, Some(2)))
        }),
        case("over_paid", AskDifferently, "this is 1 LPT more", || {
            let mut ledger = paying();
            let event = ledger.receives("21");
            ledger.refuses(LEAD, classify(event, Some(1)))
        }),
        case("not_owed", AskDifferently, "submission 1 is paid: only what is approved", || {
            let mut ledger = paying();
            let event = ledger.loses("1");
            ledger.refuses(LEAD, settle(event, Some(1)))
        }),
        case("own_money", AskSomeoneElse, "submission 2 is your own", || {
            let mut ledger = with_ben();
            let event = ledger.loses("20");
            ledger.refuses(BEN, settle(event, Some(2)))
        }),
        case("own_money", AskSomeoneElse, "submission 1 is your own", || {
            let mut ledger = paying();
            ledger.does(LEAD, grant(ANA, Role::Treasurer));
            let event = ledger.receives("20");
            ledger.refuses(ANA, classify(event, Some(1)))
        }),
        case("said_before", AskSomeoneElse, "you said so", || {
            let mut ledger = paying();
            let event = ledger.receives("1");
            ledger.does(LEAD, classify(event, None));
            ledger.refuses(LEAD, classify(event, None))
        }),
        case("said_before", AskSomeoneElse, "you said so", || {
            let mut ledger = paying();
            let event = ledger.loses("1");
            ledger.does(LEAD, settle(event, None));
            ledger.refuses(LEAD, settle(event, None))
        }),
    ]
}
