//! Alternates, decisions that are due, and reviewers who decide alone.

use domain::event::Fact;
use domain::value::{Count, Timestamp};
use domain::words::{Choice, Role, YesNo};

use crate::common::*;

/// The pilot with an alternate of number 10, and Ana's normal claim of 10 LPT.
fn with_alternate() -> (Ledger, u32) {
    let mut ledger = pilot();
    ledger.does(LEAD, add_member("dora", &[Role::Alternate]));
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    (ledger, number)
}

/// The pilot with the lead who reviews and one outside reviewer, and Ana's normal claim of 10 LPT.
fn short(single_handed: u32) -> (Ledger, u32) {
    let mut ledger = pilot_where(|policy| policy.single_handed_hours = Some(Count::new(single_handed)));
    for reviewer in [LEAD, SECOND_OUTSIDE, ALTERNATE] {
        ledger.does(LEAD, revoke(reviewer, Role::Reviewer));
    }
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    (ledger, number)
}

fn just_before(moment: Timestamp) -> Timestamp {
    Timestamp::from_micros(moment.micros() - 1).unwrap()
}

#[test]
fn an_alternate_votes_where_a_lead_called_them_once_the_revision_is_old() {
    let (mut ledger, number) = with_alternate();
    let from = ledger.now.plus_hours(Count::new(168));
    ledger.now = just_before(from);
    assert_eq!(ledger.refuses(LEAD, call(10, number)).code(), "too_early_to_call");
    ledger.now = from;
    ledger.does(LEAD, call(10, number));

    assert_eq!(ledger.votes(10, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    let other = ledger.files(BEN, claim(&ledger, BEN, "marketing", "10"));
    assert_eq!(ledger.refuses(10, vote(&ledger, 10, other, Choice::Approve)).code(), "not_called");
}

#[test]
fn an_alternate_is_called_at_once_where_the_quorum_is_out_of_reach_without_one() {
    let (mut ledger, number) = with_alternate();
    for reviewer in [LEAD, OUTSIDE] {
        assert_eq!(ledger.votes(reviewer, number, Choice::Recuse), "counted");
    }
    assert_eq!(ledger.refuses(LEAD, call(10, number)).code(), "too_early_to_call");
    // One of the two who are left says no: with an alternate, the other one could still approve it.
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Reject), "counted");

    ledger.does(LEAD, call(10, number));

    assert_eq!(ledger.votes(10, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn a_claim_is_out_of_reach_once_no_alternate_is_left_to_call() {
    let (mut ledger, number) = with_alternate();
    for reviewer in [LEAD, OUTSIDE] {
        ledger.votes(reviewer, number, Choice::Recuse);
    }
    ledger.votes(ALTERNATE, number, Choice::Reject);
    ledger.does(LEAD, call(10, number));

    assert_eq!(ledger.votes(10, number, Choice::Recuse), "rejected");
}

#[test]
fn who_was_called_stays_called_and_votes_lapse_with_the_role() {
    let (mut ledger, number) = with_alternate();
    ledger.wait(168);
    ledger.does(LEAD, call(10, number));
    ledger.votes(SECOND_OUTSIDE, number, Choice::NeedsChanges);
    ledger.does(ANA, revision(&ledger, number, "9"));
    assert_eq!(ledger.votes(10, number, Choice::Approve), "counted");

    ledger.does(LEAD, revoke(10, Role::Alternate));
    ledger.does(LEAD, grant(10, Role::Alternate));

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(10, number, Choice::Approve), "approved");
}

#[test]
fn the_only_outside_reviewer_decides_alone_after_the_wait_and_it_says_so() {
    let (mut ledger, number) = short(168);
    let from = ledger.now.plus_hours(Count::new(168));
    ledger.now = just_before(from);
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    ledger.now = from;

    let fact = ledger.does(OUTSIDE, vote(&ledger, OUTSIDE, number, Choice::Approve));

    let Fact::VoteCast { outcome, .. } = fact else { panic!("{fact:?}") };
    assert_eq!((outcome.verdict.as_str(), outcome.single_handed), ("approved", Some(YesNo::Yes)));
    assert!(ledger.submission(number).single_handed);
}

#[test]
fn a_lead_never_decides_alone_and_neither_does_one_of_two() {
    let (mut ledger, number) = short(0);
    ledger.does(LEAD, grant(LEAD, Role::Reviewer));
    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));
    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");

    let (mut ledger, number) = short(0);
    ledger.does(LEAD, grant(ALTERNATE, Role::Reviewer));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    // Two accounts of one person are one reviewer.
    ledger.does(LEAD, linking(OUTSIDE, ALTERNATE, true));
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
}

#[test]
fn a_decision_is_due_while_reviewers_are_to_make_it() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let due = |ledger: &Ledger| ledger.program.decision_due(ledger.submission(number));
    assert_eq!(due(&ledger), Some(ledger.now.plus_hours(Count::new(120))));

    ledger.votes(OUTSIDE, number, Choice::NeedsChanges);
    assert_eq!(due(&ledger), None);
    ledger.wait(10);
    ledger.does(ANA, revision(&ledger, number, "9"));
    assert_eq!(due(&ledger), Some(ledger.now.plus_hours(Count::new(120))));
    ledger.approves(number);
    assert_eq!(due(&ledger), None);
}
