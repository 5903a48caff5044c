//! Refusals of what is seen of the Safe, of funding, and of batches.

use domain::command::{ObserveSafe, Payout, ProposeBatch, RecordFunding};
use domain::refusal::{Refusal, Remedy};
use domain::value::{Address, Amount, Count, Seq};
use domain::words::Operation;

use super::{Case, case};
use crate::common::*;

/// A second look at the Safe, after block 1 with nonce 5.
fn observed(spoil: fn(ObserveSafe) -> ObserveSafe) -> Refusal {
    let mut ledger = pilot();
    ledger.does(TREASURER, observation(&ledger, 5, "750"));
    let observation = spoil(observation(&ledger, 5, "750"));
    ledger.refuses(TREASURER, observation)
}

/// Two approved claims past their objection period, 60 LPT together, and the money to pay them.
fn payable() -> Ledger {
    let mut ledger = pilot();
    ledger.approved(ANA, "marketing", "20");
    ledger.approved(BEN, "bounties", "40");
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 5, "750"));
    ledger
}

/// A batch of both claims, spoiled.
fn proposed(spoil: fn(&mut ProposeBatch)) -> Refusal {
    let mut ledger = payable();
    let mut batch = batch(&ledger, &[1, 2]);
    spoil(&mut batch);
    ledger.refuses(TREASURER, batch)
}

pub(super) fn cases() -> Vec<Case> {
    [on_the_safe(), on_batches(), on_targets()].into_iter().flatten().collect()
}

fn on_the_safe() -> Vec<Case> {
    use Remedy::{AskDifferently, AskSomeoneElse, AskWhenThingsChange};
    vec![
        case("role_needed", AskSomeoneElse, "one of these roles: treasurer", || {
            let mut ledger = pilot();
            let observation = observation(&ledger, 0, "750");
            ledger.refuses(LEAD, observation)
        }),
        case("threshold_above_owners", AskDifferently, "3 owners has a threshold of 1 to 3, not 4", || {
            observed(|safe| ObserveSafe { threshold: Count::new(4), ..safe })
        }),
        case("threshold_above_owners", AskDifferently, "not 0", || {
            observed(|safe| ObserveSafe { threshold: Count::ZERO, ..safe })
        }),
        case("empty_list", AskDifferently, "owners needs", || {
            observed(|safe| ObserveSafe { owners: vec![], ..safe })
        }),
        case("too_many", AskDifferently, "owners has at most 100", || {
            observed(|safe| ObserveSafe { owners: (0..101).map(address).collect(), ..safe })
        }),
        case("repeated", AskDifferently, "modules names", || {
            observed(|safe| ObserveSafe { modules: vec![address(1), address(1)], ..safe })
        }),
        case("observed_before", AskDifferently, "block 1 is not after block 1", || {
            observed(|safe| ObserveSafe { block: Seq::new(1), ..safe })
        }),
        case("nonce_went_back", AskDifferently, "it was 5 already, not 4", || {
            observed(|safe| ObserveSafe { nonce: Seq::new(4), ..safe })
        }),
        case("owner_refused", AskDifferently, "0x0000000000000000000000000000000000000000 cannot be", || {
            observed(|safe| ObserveSafe { owners: vec![address(0xa1), Address::ZERO], ..safe })
        }),
        case("owner_refused", AskDifferently, "it is zero, the token or the Safe itself", || {
            observed(|safe| ObserveSafe { owners: vec![address(0xa1), address(TOKEN)], ..safe })
        }),
        case("owner_refused", AskDifferently, "it is zero, the token or the Safe itself", || {
            observed(|safe| ObserveSafe { owners: vec![address(SAFE), address(0xa1)], ..safe })
        }),
        case("owner_refused", AskDifferently, "an owner or the guard of the Safe", || {
            observed(|safe| ObserveSafe { guard: Some(Address::ZERO), ..safe })
        }),
        case("not_the_last_observation", AskDifferently, "can be corrected: event 9", || {
            observed(|safe| ObserveSafe { corrects: Some(Seq::new(8)), ..safe })
        }),
        case("safe_unobserved", AskWhenThingsChange, "has not been observed", || {
            let mut ledger = pilot();
            let observation = observation(&ledger, 0, "750");
            ledger.refuses(TREASURER, ObserveSafe { corrects: Some(Seq::ZERO), ..observation })
        }),
        case("zero_amount", AskDifferently, "at least", || {
            let mut ledger = pilot();
            let funding = funding(&ledger, "0");
            ledger.refuses(TREASURER, funding)
        }),
        case("funding_known", AskWhenThingsChange, "transfer 0 of transaction 0x", || {
            let mut ledger = pilot();
            let funding = funding(&ledger, "750");
            ledger.does(TREASURER, funding);
            ledger.refuses(TREASURER, RecordFunding { amount: amount("1"), ..funding })
        }),
        case("safe_itself", AskDifferently, "is the program's own Safe", || {
            let mut ledger = pilot();
            let funding = funding(&ledger, "1");
            ledger.refuses(TREASURER, RecordFunding { sender: Some(address(SAFE)), ..funding })
        }),
        case("amount_too_large", AskDifferently, "more than can be counted", || {
            let mut ledger = pilot();
            let first = funding(&ledger, "1");
            ledger.does(TREASURER, RecordFunding { amount: Amount::from_wei(u128::MAX), ..first });
            let second = funding(&ledger, "0.000000000000000001");
            ledger.refuses(TREASURER, second)
        }),
    ]
}

fn on_batches() -> Vec<Case> {
    use Remedy::{AskDifferently, AskForSomethingElse, AskWhenThingsChange};
    vec![
        case("empty_list", AskDifferently, "payouts needs", || proposed(|batch| batch.payouts.clear())),
        case("too_many", AskDifferently, "payouts has at most 20", || {
            proposed(|batch| batch.payouts = vec![batch.payouts[0]; 21])
        }),
        case("repeated", AskDifferently, "payouts names", || {
            proposed(|batch| batch.payouts = vec![batch.payouts[0]; 2])
        }),
        case("no_such_submission", AskForSomethingElse, "no submission 9", || {
            proposed(|batch| batch.payouts[1].submission = submission_number(9))
        }),
        case("not_approved", AskWhenThingsChange, "is submitted: only approved", || {
            let mut ledger = payable();
            let number = ledger.files(CLEO, claim(&ledger, CLEO, "marketing", "1"));
            let batch = batch(&ledger, &[1, number]);
            ledger.refuses(TREASURER, batch)
        }),
        case("already_batched", AskWhenThingsChange, "submission 1 is already in batch 1", || {
            let mut ledger = payable();
            ledger.does(TREASURER, batch(&ledger, &[1]));
            let again = batch(&ledger, &[1, 2]);
            ledger.refuses(TREASURER, again)
        }),
        case(
            "payout_differs",
            AskDifferently,
            "approved for 40 LPT to 0x0808080808080808080808080808080808080808",
            || proposed(|batch| batch.payouts[1].amount = amount("40.1")),
        ),
        case("payout_differs", AskDifferently, "approved for 20 LPT to 0x0707", || {
            proposed(|batch| batch.payouts[0] = Payout { payee: address(8), ..batch.payouts[0] })
        }),
        case(
            "objection_period",
            AskWhenThingsChange,
            "can be objected to until 2026-03-06T09:00:00.000000Z",
            || {
                let mut ledger = payable();
                let number = ledger.approved(CLEO, "marketing", "6");
                let batch = batch(&ledger, &[1, number]);
                ledger.refuses(TREASURER, batch)
            },
        ),
        case(
            "address_cooling",
            AskWhenThingsChange,
            "which may be paid from 2026-03-06T09:00:00.000000Z",
            || {
                let mut ledger = pilot();
                ledger.does(ANA, record_address(address(0x77)));
                let mut claim = claim(&ledger, ANA, "marketing", "20");
                claim.payee = address(0x77);
                let number = ledger.files(ANA, claim);
                ledger.approves(number);
                ledger.wait(95);
                ledger.sees_the_safe();
                let batch = batch(&ledger, &[number]);
                ledger.refuses(TREASURER, batch)
            },
        ),
        case("safe_unobserved", AskWhenThingsChange, "has not been observed", || {
            let mut ledger = pilot();
            let number = ledger.approved(ANA, "marketing", "20");
            ledger.wait(48);
            let batch = batch(&ledger, &[number]);
            ledger.refuses(TREASURER, batch)
        }),
        case("observation_stale", AskWhenThingsChange, "more than 24 hours ago", || {
            let mut ledger = payable();
            ledger.wait(24);
            ledger.now = domain::value::Timestamp::from_micros(ledger.now.micros() + 1).unwrap();
            let batch = batch(&ledger, &[1, 2]);
            ledger.refuses(TREASURER, batch)
        }),
        case("nonce_out_of_turn", AskDifferently, "nonce of the Safe is 5, not 6", || {
            proposed(|batch| batch.nonce = Seq::new(6))
        }),
        case("nonce_out_of_turn", AskDifferently, "nonce of the Safe is 6, not 5", || {
            let mut ledger = payable();
            let batch = batch(&ledger, &[1]);
            ledger.does(TREASURER, batch.clone());
            // Its claim is in a batch by now, and that is not what is wrong with it.
            ledger.refuses(TREASURER, batch)
        }),
        case(
            "over_safe_balance",
            AskWhenThingsChange,
            "comes to 60 LPT, and beside open batches the Safe can pay 50 LPT: 10 LPT",
            || {
                let mut ledger = payable();
                ledger.does(TREASURER, observation(&ledger, 5, "50"));
                let batch = batch(&ledger, &[1, 2]);
                ledger.refuses(TREASURER, batch)
            },
        ),
    ]
}

fn on_targets() -> Vec<Case> {
    let says = "is not what this batch must call";
    let wrong = |meet| case("wrong_target", Remedy::AskDifferently, says, meet);
    vec![
        wrong(|| proposed(|batch| batch.to = address(TOKEN))),
        wrong(|| proposed(|batch| batch.to = address(OTHER_CONTRACT))),
        wrong(|| proposed(|batch| batch.operation = Operation::Call)),
        wrong(|| proposed(|batch| batch.payouts.truncate(1))),
    ]
}
