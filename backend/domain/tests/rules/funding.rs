//! Money that came in, and what is taken back because it was recorded wrongly.

use domain::value::Seq;

use crate::common::*;

/// Funds the Safe; the event that says so.
fn funded(ledger: &mut Ledger, lpt: &str) -> Seq {
    ledger.does(TREASURER, funding(ledger, lpt));
    ledger.journal.last().unwrap().event.seq
}

#[test]
fn a_wrong_funding_is_withdrawn_by_its_exact_inverse_and_may_be_recorded_again() {
    let mut ledger = pilot();
    let wrong = funding(&ledger, "7500");
    ledger.does(TREASURER, wrong);
    let event = ledger.journal.last().unwrap().event.seq;
    let twice = ledger.refuses(TREASURER, wrong);

    ledger.does(TREASURER, withdraw_funding(event));

    assert_eq!(twice.code(), "funding_known");
    assert_eq!(ledger.moved(), ["contributed -> safe 7500"]);
    assert_eq!((ledger.balance("safe"), ledger.balance("contributed")), ("0".to_owned(), "0".to_owned()));
    ledger.does(TREASURER, domain::command::RecordFunding { amount: amount("750"), ..wrong });
    assert_eq!(ledger.balance("safe"), "750");
    let again = ledger.refuses(TREASURER, withdraw_funding(event));
    assert_eq!(again.to_string(), format!("what event {event} recorded was withdrawn already"));
    assert_eq!(ledger.refuses(TREASURER, wrong).code(), "funding_known");
}

#[test]
fn a_funding_that_batches_need_is_not_withdrawn() {
    let mut ledger = pilot();
    let first = funded(&mut ledger, "15");
    let second = funded(&mut ledger, "10");
    let paid = ledger.approved(ANA, "marketing", "20");
    ledger.wait(50);
    ledger.does(TREASURER, observation(&ledger, 0, "750"));
    ledger.does(TREASURER, batch(&ledger, &[paid]));

    let refusal = ledger.refuses(TREASURER, withdraw_funding(first));

    assert_eq!(
        refusal.to_string(),
        format!(
            "event {first} recorded 15 LPT, and the Safe has 5 LPT beside what batches pay: 10 LPT is missing"
        )
    );
    funded(&mut ledger, "5");
    ledger.does(TREASURER, withdraw_funding(second));
    assert_eq!(ledger.balance("safe"), "20");
    assert_eq!(ledger.refuses(TREASURER, withdraw_funding(first)).code(), "funding_needed");
}

#[test]
fn only_a_funding_is_withdrawn() {
    let mut ledger = pilot();

    let refusal = ledger.refuses(TREASURER, withdraw_funding(Seq::new(3)));

    assert_eq!(refusal.to_string(), "event 3 recorded no funding");
}
