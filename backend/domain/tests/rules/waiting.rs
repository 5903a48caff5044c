//! Agreed claims that wait for the budget, and what happens when money comes free.

use domain::words::{Choice, Role};

use crate::common::*;

/// Files an expense claim that the reviewers agree on and the budget cannot carry.
fn agreed(ledger: &mut Ledger, person: u32, category: &str, lpt: &str) -> u32 {
    let number = ledger.files(person, claim(ledger, person, category, lpt));
    assert_eq!(ledger.approves(number), "agreed");
    number
}

/// What the ledger approves by itself, in order, until nothing is due.
fn settles(ledger: &mut Ledger) -> Vec<u32> {
    let mut approved = Vec::new();
    while let Some(due) = ledger.program.due() {
        ledger.ask_as_system(approve_waiting(due.get())).unwrap();
        approved.push(due.get());
    }
    approved
}

#[test]
fn a_claim_the_budget_cannot_carry_waits_and_is_told_what_is_missing() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "60"));
    ledger.votes(OUTSIDE, number, Choice::Approve);
    let deciding = vote(&ledger, SECOND_OUTSIDE, number, Choice::Approve);

    let event = ledger.ask(SECOND_OUTSIDE, deciding).unwrap();

    assert!(event.event.postings.is_empty());
    let outcome = "\"outcome\":{\"available\":\"50000000000000000000\",\"missing\":\"10000000000000000000\",\
                   \"needed\":\"60000000000000000000\",\"verdict\":\"agreed\"}";
    assert!(text(&event).contains(outcome), "{}", text(&event));
    assert_eq!(ledger.state(number), "agreed");
    assert_eq!(ledger.program.due(), None);
}

#[test]
fn freed_money_goes_to_the_oldest_claim_that_fits_in_every_line_it_came_to() {
    let mut ledger = pilot();
    let large = agreed(&mut ledger, ANA, "marketing", "100");
    let second = agreed(&mut ledger, BEN, "marketing", "60");
    let other_line = agreed(&mut ledger, ANA, "operations", "26");
    let third = agreed(&mut ledger, CLEO, "marketing", "55");

    // 10 more for marketing, 5 more for operations, in one event.
    ledger.does(LEAD, allot(&[("operations", "30"), ("marketing", "60")]));

    // The 100 LPT never fit; the 60 take all that is free, so the 55 wait on.
    assert_eq!(settles(&mut ledger), [second, other_line]);
    assert_eq!(ledger.state(large), "agreed");
    assert_eq!(ledger.state(third), "agreed");
    assert_eq!(ledger.balance("1/marketing/available"), "0");
    assert_eq!(ledger.balance("1/marketing/encumbered"), "60");
}

#[test]
fn several_waiting_claims_of_one_line_are_approved_in_the_order_they_were_agreed() {
    let mut ledger = pilot();
    ledger.posts(bounty("marketing", "45", 1));
    let younger = ledger.files(ANA, claim(&ledger, ANA, "marketing", "20"));
    let older = agreed(&mut ledger, BEN, "marketing", "20");
    assert_eq!(ledger.approves(younger), "agreed");
    let last = agreed(&mut ledger, CLEO, "marketing", "20");

    ledger.does(LEAD, allot(&[("marketing", "90")]));

    // 45 LPT are free: two of 20 fit, the third does not.
    assert_eq!(settles(&mut ledger), [older, younger]);
    assert_eq!(ledger.state(last), "agreed");
    assert_eq!(ledger.balance("1/marketing/available"), "5");
}

#[test]
fn what_a_bounty_claim_leaves_of_its_reward_carries_a_waiting_one() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("marketing", "50", 1));
    let waiting = agreed(&mut ledger, BEN, "marketing", "20");
    let number = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "30"));

    assert_eq!(ledger.approves(number), "approved");

    assert_eq!(settles(&mut ledger), [waiting]);
    assert_eq!(ledger.moved(), ["1/marketing/available -> 1/marketing/encumbered 20"]);
}

#[test]
fn members_wait_until_the_ledger_has_approved_what_is_due() {
    let mut ledger = pilot();
    let first = agreed(&mut ledger, ANA, "marketing", "51");
    let second = agreed(&mut ledger, BEN, "operations", "26");
    ledger.does(LEAD, allot(&[("marketing", "60"), ("operations", "30")]));

    assert_eq!(ledger.refuses(LEAD, grant(ANA, Role::Auditor)).code(), "system_first");
    let second_first = ledger.ask_as_system(approve_waiting(second)).unwrap_err();
    assert_eq!(second_first.code(), "not_waiting");
    ledger.ask_as_system(approve_waiting(first)).unwrap();
    assert_eq!(ledger.refuses(LEAD, grant(ANA, Role::Auditor)).code(), "system_first");
    ledger.ask_as_system(approve_waiting(second)).unwrap();

    ledger.does(LEAD, grant(ANA, Role::Auditor));
    assert!(ledger.ask_as_system(approve_waiting(second)).is_err());
}

#[test]
fn a_waiting_claim_keeps_its_evidence_and_its_objection_period_starts_with_the_money() {
    let mut ledger = pilot();
    let waiting = agreed(&mut ledger, ANA, "marketing", "60");
    let again = revision(&ledger, waiting, "50");
    assert_eq!(ledger.refuses(ANA, again).code(), "already_decided");
    ledger.wait(100);

    let approvers = [OUTSIDE, SECOND_OUTSIDE].map(member_number);
    assert_eq!(ledger.submission(waiting).stage.approvers(), approvers);

    ledger.does(LEAD, allot(&[("marketing", "60")]));
    settles(&mut ledger);
    assert_eq!(ledger.submission(waiting).stage.approvers(), approvers);

    ledger.sees_the_safe();
    let refusal = {
        let batch = batch(&ledger, &[waiting]);
        ledger.refuses(TREASURER, batch)
    };
    assert_eq!(refusal.code(), "objection_period");
}
