//! Votes: lanes, quorums, changes of mind, revisions, lost roles.

use domain::command::CastVote;
use domain::value::Count;
use domain::words::{Choice, ClaimKind, Role};

use crate::common::*;

/// Ana's normal claim of 10 LPT.
fn normal() -> (Ledger, u32) {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.submission(number).revision.lane.as_str(), "normal");
    (ledger, number)
}

#[test]
fn a_small_claim_takes_one_approval_from_outside() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    assert_eq!(ledger.submission(number).revision.lane.as_str(), "small");

    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");

    assert_eq!(ledger.moved(), ["1/marketing/available -> 1/marketing/encumbered 5"]);
}

#[test]
fn splitting_work_into_small_claims_does_not_pay() {
    let mut ledger = pilot();
    let mut lane = |person: u32, lpt: &str| {
        let number = ledger.files(person, claim(&ledger, person, "marketing", lpt));
        ledger.submission(number).revision.lane.as_str()
    };

    assert_eq!(lane(ANA, "5"), "small");
    assert_eq!(lane(ANA, "4.5"), "small");
    assert_eq!(lane(ANA, "0.6"), "normal");
    assert_eq!(lane(ANA, "0.5"), "small");
    assert_eq!(lane(ANA, "0.000000000000000001"), "normal");
    assert_eq!(lane(BEN, "5.000000000000000001"), "normal");
    assert_eq!(lane(BEN, "5"), "small");
}

#[test]
fn a_revision_is_laned_anew_without_counting_itself_twice() {
    let mut ledger = pilot();
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    let mut lane = |lpt: &str| {
        ledger.does(ANA, revision(&ledger, number, lpt));
        ledger.submission(number).revision.lane.as_str()
    };

    assert_eq!(lane("4"), "small");
    assert_eq!(lane("5"), "small");
    assert_eq!(lane("5.1"), "normal");
    assert_eq!(lane("5"), "small");
}

#[test]
fn a_normal_claim_makes_no_room_in_the_small_lane_by_being_revised() {
    let mut ledger = pilot();
    for _ in 0..2 {
        ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    }
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "6"));

    ledger.does(ANA, revision(&ledger, number, "4"));

    assert_eq!(ledger.submission(number).revision.lane.as_str(), "normal");
}

#[test]
fn a_normal_claim_takes_two_approvals_one_of_them_from_outside() {
    let (mut ledger, number) = normal();

    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn leads_alone_never_decide() {
    let (mut ledger, number) = normal();
    ledger.does(LEAD, add_member("second lead", &[Role::Lead, Role::Reviewer]));

    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(10, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(10, number, Choice::Approve), "counted");

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn retroactive_and_insider_claims_take_two_approvals_from_outside() {
    let mut ledger = pilot();
    ledger.wait(168);
    let retro = ledger.files(ANA, of_kind(ClaimKind::Retro, claim(&ledger, ANA, "marketing", "4")));
    let lead = ledger.files(LEAD, of_kind(ClaimKind::Lead, claim(&ledger, LEAD, "lead", "4")));
    let treasurer = ledger.files(TREASURER, claim(&ledger, TREASURER, "operations", "4"));
    let lanes = [retro, lead, treasurer].map(|number| ledger.submission(number).revision.lane.as_str());
    assert_eq!(lanes, ["retro", "lead", "lead"]);

    for number in [retro, treasurer] {
        assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
        assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
        assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
    }
    let own = vote(&ledger, LEAD, lead, Choice::Approve);
    assert_eq!(ledger.refuses(LEAD, own).code(), "own_claim");
    assert_eq!(ledger.approves(lead), "approved");
}

#[test]
fn a_reviewers_own_claim_is_an_insiders_and_others_decide_it() {
    let mut ledger = pilot();
    let number = ledger.files(OUTSIDE, claim(&ledger, OUTSIDE, "marketing", "4"));
    assert_eq!(ledger.submission(number).revision.lane.as_str(), "lead");

    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
}

#[test]
fn a_vote_is_changed_by_the_next_ordinal_and_counts_once() {
    let (mut ledger, number) = normal();
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    let repeated = CastVote { ordinal: Count::new(1), ..vote(&ledger, OUTSIDE, number, Choice::Reject) };

    assert_eq!(ledger.refuses(OUTSIDE, repeated).code(), "ordinal_out_of_turn");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Reject), "counted");
    // One rejection now, no approval: the second reviewer's approval does not decide.
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn a_recusal_counts_for_nothing() {
    let (mut ledger, number) = normal();

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Recuse), "counted");

    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
}

#[test]
fn rejections_decide_by_their_own_quorum() {
    let (mut ledger, number) = normal();

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Reject), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Reject), "rejected");

    assert!(ledger.moved().is_empty());
    let late = vote(&ledger, LEAD, number, Choice::Approve);
    assert_eq!(ledger.refuses(LEAD, late).code(), "already_decided");
}

#[test]
fn only_an_approval_approves() {
    let (mut ledger, number) = normal();
    ledger.does(LEAD, add_member("second lead", &[Role::Lead, Role::Reviewer]));
    ledger.votes(LEAD, number, Choice::Approve);
    ledger.votes(10, number, Choice::Approve);
    // The second lead steps down: now one of two approvals comes from outside, and nothing is decided yet.
    ledger.does(LEAD, revoke(10, Role::Lead));

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Recuse), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Reject), "counted");

    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "approved");
}

#[test]
fn a_claim_that_nobody_left_can_approve_is_rejected() {
    let (mut ledger, number) = normal();

    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Recuse), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Recuse), "counted");
    // Left are the lead and one from outside: enough, until that one rejects.
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Reject), "rejected");
}

#[test]
fn who_may_not_approve_is_not_counted_among_those_left() {
    let mut ledger = pilot();
    let number = ledger.files(OUTSIDE, claim(&ledger, OUTSIDE, "marketing", "4"));

    // It takes two from outside: without the claimant there were only two.
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Reject), "rejected");
}

#[test]
fn who_recused_stays_out_whatever_becomes_of_the_claim_and_of_their_role() {
    let (mut ledger, number) = normal();
    ledger.votes(OUTSIDE, number, Choice::Recuse);
    let again = vote(&ledger, OUTSIDE, number, Choice::Approve);
    assert_eq!(ledger.refuses(OUTSIDE, again).code(), "recused");

    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));
    ledger.does(LEAD, grant(OUTSIDE, Role::Reviewer));
    ledger.votes(SECOND_OUTSIDE, number, Choice::NeedsChanges);
    ledger.does(ANA, revision(&ledger, number, "9"));

    for choice in Choice::ALL {
        let vote = vote(&ledger, OUTSIDE, number, *choice);
        assert_eq!(ledger.refuses(OUTSIDE, vote).code(), "recused");
    }
    assert_eq!(ledger.submission(number).recused, [member_number(OUTSIDE)]);
    let other = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, other, Choice::Approve), "counted");
}

#[test]
fn who_recused_is_not_counted_among_those_left_not_even_in_a_later_revision() {
    let (mut ledger, number) = normal();
    ledger.votes(OUTSIDE, number, Choice::Recuse);
    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));
    ledger.does(LEAD, grant(OUTSIDE, Role::Reviewer));
    ledger.votes(SECOND_OUTSIDE, number, Choice::NeedsChanges);
    ledger.does(ANA, revision(&ledger, number, "9"));

    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Recuse), "counted");
    // Left are the lead and one from outside: enough, until that one rejects.
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Reject), "rejected");
}

#[test]
fn who_comes_to_run_the_program_is_voted_on_in_the_leads_lane() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    assert_eq!(ledger.submission(number).revision.lane.as_str(), "small");

    ledger.does(LEAD, grant(ANA, Role::Treasurer));
    assert_eq!(ledger.program.lane_now(ledger.submission(number)).as_str(), "lead");

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn who_runs_the_program_no_longer_keeps_the_lane_of_the_revision() {
    let mut ledger = pilot();
    let number = ledger.files(OUTSIDE, claim(&ledger, OUTSIDE, "marketing", "4"));

    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));

    assert_eq!(ledger.program.lane_now(ledger.submission(number)).as_str(), "lead");
}

#[test]
fn who_approved_is_kept_until_the_payout() {
    let (mut ledger, number) = normal();
    assert!(ledger.submission(number).stage.approvers().is_empty());
    ledger.votes(LEAD, number, Choice::Approve);
    // An approval that lapsed is none, and neither is one that was taken back.
    ledger.does(LEAD, revoke(LEAD, Role::Reviewer));
    ledger.votes(ALTERNATE, number, Choice::Approve);
    ledger.votes(ALTERNATE, number, Choice::Recuse);

    assert_eq!(ledger.approves(number), "approved");

    let approvers = [OUTSIDE, SECOND_OUTSIDE].map(member_number);
    assert_eq!(ledger.submission(number).stage.approvers(), approvers);
    let approvals = ledger.submission(number).stage.approvals().unwrap();
    assert!(approvals.iter().map(|(approver, _)| approver).eq(approvers), "each with their reason");
    ledger.wait(48);
    ledger.proposes(&[number]);
    assert_eq!(
        (ledger.state(number), ledger.submission(number).stage.approvers()),
        ("in_batch", &approvers[..])
    );
}

#[test]
fn recusals_alone_and_too_few_reviewers_alone_reject_nothing() {
    let (mut ledger, number) = normal();
    for reviewer in [OUTSIDE, SECOND_OUTSIDE, ALTERNATE, LEAD] {
        assert_eq!(ledger.votes(reviewer, number, Choice::Recuse), "counted");
    }

    let (mut short, other) = normal();
    short.does(LEAD, revoke(SECOND_OUTSIDE, Role::Reviewer));
    short.does(LEAD, revoke(ALTERNATE, Role::Reviewer));
    short.does(LEAD, revoke(LEAD, Role::Reviewer));
    // One reviewer for two approvals: it is the program that is short of reviewers.
    assert_eq!(short.votes(OUTSIDE, other, Choice::Reject), "counted");
}

#[test]
fn a_claim_sent_back_is_voted_on_again_in_its_next_revision() {
    let (mut ledger, number) = normal();
    ledger.votes(OUTSIDE, number, Choice::Approve);
    let prepared = vote(&ledger, ALTERNATE, number, Choice::Approve);
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::NeedsChanges), "needs_changes");
    assert_eq!(ledger.refuses(ALTERNATE, prepared).code(), "revision_awaited");

    ledger.does(ANA, revision(&ledger, number, "8"));

    assert_eq!(ledger.refuses(ALTERNATE, prepared).code(), "stale_revision");
    // The approval of the old revision is gone, and ordinals start again.
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    assert_eq!(ledger.moved(), ["1/marketing/available -> 1/marketing/encumbered 8"]);
}

#[test]
fn a_revision_while_votes_come_in_makes_them_stale() {
    let (mut ledger, number) = normal();
    ledger.votes(OUTSIDE, number, Choice::Approve);
    let prepared = vote(&ledger, SECOND_OUTSIDE, number, Choice::Approve);

    // The same content again is still another revision.
    ledger.does(ANA, revision(&ledger, number, "10"));

    assert_eq!(ledger.refuses(SECOND_OUTSIDE, prepared).code(), "stale_revision");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
}

#[test]
fn a_revoked_reviewers_votes_lapse_and_a_new_grant_does_not_revive_them() {
    let (mut ledger, number) = normal();
    ledger.votes(OUTSIDE, number, Choice::Approve);

    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));
    let gone = vote(&ledger, OUTSIDE, number, Choice::Approve);
    assert_eq!(ledger.refuses(OUTSIDE, gone).code(), "role_needed");
    ledger.does(LEAD, grant(OUTSIDE, Role::Reviewer));

    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    // The ordinal goes on, although the first vote no longer counts.
    let first = CastVote { ordinal: Count::new(1), ..vote(&ledger, OUTSIDE, number, Choice::Approve) };
    assert_eq!(ledger.refuses(OUTSIDE, first).code(), "ordinal_out_of_turn");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
}

#[test]
fn a_lapsed_rejection_counts_no_longer() {
    let (mut ledger, number) = normal();
    ledger.votes(OUTSIDE, number, Choice::Reject);

    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));

    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Reject), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Reject), "rejected");
}
