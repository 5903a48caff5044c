//! Conflicts, nodes and signed votes: whose vote is refused, and whose counts no longer.

use domain::command::CastVote;
use domain::words::{Choice, SignedVotes};

use crate::common::*;

fn normal() -> (Ledger, u32) {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    (ledger, number)
}

#[test]
fn a_declared_conflict_keeps_a_reviewer_from_a_persons_claims_while_it_stands() {
    let (mut ledger, number) = normal();
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    ledger.does(LEAD, linking(ANA, BEN, true));
    ledger.does(OUTSIDE, conflict(BEN, true));

    assert_eq!(
        ledger.refuses(OUTSIDE, vote(&ledger, OUTSIDE, number, Choice::Recuse)).code(),
        "conflict_declared"
    );
    assert_eq!(ledger.program.eligible(ledger.submission(number)).people, 3);
    // The vote that was cast counts no longer.
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    let other = ledger.files(CLEO, claim(&ledger, CLEO, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, other, Choice::Approve), "counted");

    ledger.does(OUTSIDE, conflict(BEN, false));

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn who_has_a_conflict_is_not_counted_among_those_left() {
    let (mut ledger, number) = normal();
    for reviewer in [SECOND_OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, conflict(ANA, true));
    }
    ledger.does(LEAD, revoke(LEAD, domain::words::Role::Reviewer));

    // One is left for two approvals: the program is short of reviewers, and nothing is rejected.
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Reject), "counted");
}

#[test]
fn a_vote_may_be_signed_by_an_address_of_the_reviewers_own_where_that_is_offered() {
    let (mut ledger, number) = normal();
    let signed = CastVote {
        signature: Some(signature()),
        signer: Some(address(2)),
        ..vote(&ledger, OUTSIDE, number, Choice::Approve)
    };

    ledger.does(OUTSIDE, signed);
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn where_signed_votes_are_demanded_none_counts_without() {
    let mut ledger = pilot_where(|policy| policy.signed_votes = SignedVotes::Demanded);
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "4"));
    let plain = vote(&ledger, OUTSIDE, number, Choice::Approve);
    assert_eq!(ledger.refuses(OUTSIDE, plain).code(), "signature_needed");

    ledger.does(OUTSIDE, CastVote { signature: Some(signature()), signer: Some(address(2)), ..plain });

    assert_eq!(ledger.state(number), "approved");
}
