//! The stories that the rules were written for, each with the answer that was given before there was any code.
//!
//! `docs/testing.md` lists them, and where each is told over HTTP as well.

use domain::command::FileSubmission;
use domain::event::Fact;
use domain::value::Seq;
use domain::words::{Choice, ClaimKind, Role};

use crate::common::*;

/// What a category of period 1 holds: available, reserved, encumbered, in flight, expended, lapsed.
fn books(ledger: &Ledger, category: &str) -> [String; 6] {
    ["available", "reserved", "encumbered", "inflight", "expended", "lapsed"]
        .map(|bucket| ledger.balance(&format!("1/{category}/{bucket}")))
}

/// Claims of Ana's, Ben's and Cleo's on `bounties`, approved and past their objection period, and a Safe with its
/// nonce at 5.
fn payable(amounts: [&str; 3]) -> Ledger {
    let mut ledger = pilot();
    for (person, lpt) in [ANA, BEN, CLEO].into_iter().zip(amounts) {
        ledger.approved(person, "bounties", lpt);
    }
    ledger.wait(48);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 5, "750"));
    ledger
}

fn after_the_period(ledger: &mut Ledger) {
    ledger.now = at("2026-04-06T00:00:00Z");
}

#[test]
fn a_bounty_of_3_times_10_with_one_approval_of_8_keeps_two_slots_and_frees_2() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 3));
    let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "8"));
    assert_eq!(books(&ledger, "bounties"), ["95", "30", "0", "0", "0", "0"]);

    assert_eq!(ledger.approves(hosted), "approved");

    assert_eq!(books(&ledger, "bounties"), ["97", "20", "8", "0", "0", "0"]);
    assert_eq!(ledger.program.bounty(offer).unwrap().slots_left(), 2);
}

#[test]
fn a_retroactive_claim_with_nothing_available_and_20_reserved_waits_for_budget() {
    let mut ledger = pilot();
    ledger.posts(bounty("marketing", "10", 2));
    ledger.approved(BEN, "marketing", "30");
    assert_eq!(books(&ledger, "marketing"), ["0", "20", "30", "0", "0", "0"]);

    let retro = ledger.files(ANA, of_kind(ClaimKind::Retro, claim(&ledger, ANA, "marketing", "12")));

    assert_eq!(ledger.approves(retro), "agreed");
    assert_eq!(ledger.moved(), [""; 0]);
    assert_eq!(books(&ledger, "marketing"), ["0", "20", "30", "0", "0", "0"]);
}

#[test]
fn closing_with_two_undecided_claims_and_two_slots_keeps_20_until_they_are_decided() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 2));
    let one = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    let two = ledger.files(BEN, bounty_claim(&ledger, BEN, offer, "8"));

    ledger.does(LEAD, close_bounty(offer));
    assert_eq!(ledger.moved(), [""; 0]);
    assert_eq!(books(&ledger, "bounties"), ["105", "20", "0", "0", "0", "0"]);

    ledger.rejects(one);
    assert_eq!(ledger.moved(), ["1/bounties/reserved -> 1/bounties/available 10"]);

    assert_eq!(ledger.approves(two), "approved");
    let moved =
        ["1/bounties/reserved -> 1/bounties/encumbered 8", "1/bounties/reserved -> 1/bounties/available 2"];
    assert_eq!(ledger.moved(), moved);
    assert_eq!(books(&ledger, "bounties"), ["117", "0", "8", "0", "0", "0"]);
}

#[test]
fn an_approval_of_10_reversed_frees_the_money_and_the_evidence_and_keeps_the_slot_used() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 2));
    let filed = bounty_claim(&ledger, ANA, offer, "10");
    let hosted = ledger.files(ANA, filed.clone());
    ledger.approves(hosted);
    assert_eq!(books(&ledger, "bounties"), ["105", "10", "10", "0", "0", "0"]);
    let same_work = FileSubmission { payee: address(8), ..filed };
    assert_eq!(ledger.refuses(BEN, same_work.clone()).code(), "evidence_used");

    assert!(matches!(ledger.does(OUTSIDE, reverse(hosted)), Fact::ReversalVoted { .. }));
    assert_eq!(ledger.state(hosted), "approved");
    ledger.does(ALTERNATE, reverse(hosted));

    assert_eq!(ledger.state(hosted), "reversed");
    assert_eq!(ledger.moved(), ["1/bounties/encumbered -> 1/bounties/available 10"]);
    assert_eq!(books(&ledger, "bounties"), ["115", "10", "0", "0", "0", "0"]);
    assert_eq!(ledger.program.bounty(offer).unwrap().slots_left(), 1);
    ledger.files(BEN, same_work);
}

#[test]
fn a_revision_of_15_on_a_reward_of_10_is_over_by_5() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 1));
    let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    let revised = revision(&ledger, hosted, "15");

    let refusal = ledger.refuses(ANA, revised);

    assert_eq!(refusal.code(), "over_reward");
    assert_eq!(refusal.to_string(), "15 LPT is over the reward of 10 LPT of bounty 1, by 5 LPT");
    assert_eq!(ledger.submission(hosted).revision.amount, amount("10"));
}

#[test]
fn two_candidates_on_one_nonce_share_a_line_that_is_in_flight_once() {
    let mut ledger = payable(["20", "15", "10"]);
    ledger.does(TREASURER, batch(&ledger, &[1, 2]));

    ledger.does(TREASURER, candidate(&ledger, 5, &[2, 3]));

    assert_eq!(ledger.moved(), ["1/bounties/encumbered -> 1/bounties/inflight 10"]);
    assert_eq!(books(&ledger, "bounties"), ["80", "0", "0", "45", "0", "0"]);
    assert_eq!([1, 2, 3].map(|number| ledger.state(number)), ["in_batch"; 3]);
    // The Safe needs what the dearer one pays, not both.
    assert_eq!(ledger.program.in_open_batches(), Some(amount("35")));
    assert_eq!(ledger.program.payable(), Some(amount("715")));
    assert_eq!(ledger.program.payable_on(Seq::new(5)), Some(amount("750")));
    assert_eq!(ledger.program.next_nonce(), Some(Seq::new(6)));
}

#[test]
fn a_batch_proposed_before_the_close_of_its_period_is_paid_out_of_that_period_after_it() {
    let mut ledger = payable(["20", "15", "10"]);
    ledger.does(TREASURER, batch(&ledger, &[1, 2, 3]));
    after_the_period(&mut ledger);
    ledger.does(LEAD, close_period());
    assert_eq!(books(&ledger, "bounties"), ["0", "0", "0", "45", "0", "80"]);

    ledger.does(TREASURER, executed(1));

    assert_eq!(ledger.moved()[0], "1/bounties/inflight -> 1/bounties/expended 20");
    assert_eq!(books(&ledger, "bounties"), ["0", "0", "0", "0", "45", "80"]);
}

#[test]
fn a_refund_of_5_after_the_close_lapses() {
    let mut ledger = payable(["20", "15", "10"]);
    ledger.does(TREASURER, batch(&ledger, &[1, 2, 3]));
    ledger.does(TREASURER, executed(1));
    after_the_period(&mut ledger);
    ledger.does(LEAD, close_period());

    ledger.does(TREASURER, refund(&ledger, 1, "5"));

    assert_eq!(ledger.moved(), ["safe -> 1/bounties/spent 5", "1/bounties/expended -> 1/bounties/lapsed 5"]);
    assert_eq!(books(&ledger, "bounties"), ["0", "0", "0", "0", "40", "85"]);
}

#[test]
fn an_allotment_of_125_lowered_to_90_with_100_used_is_refused_at_most_25() {
    let mut ledger = pilot();
    for person in [ANA, BEN] {
        ledger.approved(person, "bounties", "50");
    }

    let refusal = ledger.refuses(LEAD, allot(&[("bounties", "90")]));

    assert_eq!(refusal.code(), "below_committed");
    assert_eq!(
        refusal.to_string(),
        "bounties has 100 LPT promised or paid already: it can be at most 25 LPT lower, not 90 LPT"
    );
    ledger.does(LEAD, allot(&[("bounties", "100")]));
    assert_eq!(ledger.moved(), ["1/bounties/available -> 1/unallotted 25"]);
}

#[test]
fn a_cap_from_750_to_800_gives_50_more_to_allot() {
    let mut ledger = pilot();
    let early = ledger.refuses(LEAD, change_cap("800"));

    ledger.does(LEAD, change_limits(Some("800"), &[]));
    ledger.does(LEAD, change_cap("800"));

    assert_eq!(early.to_string(), "50 LPT over the program's 750 cap");
    assert_eq!(ledger.moved(), ["1/authority -> 1/unallotted 50"]);
    assert_eq!(ledger.balance("1/unallotted"), "100");
    assert_eq!(ledger.balance("1/authority"), "800");
    // What the corners of 750 LPT refused, 800 carry.
    ledger.does(LEAD, allot(&[("bounties", "150"), ("marketing", "100"), ("operations", "50")]));
    assert_eq!(ledger.balance("1/unallotted"), "0");
    assert_eq!(ledger.program.charter().cap, amount("750"));
}

#[test]
fn unknown_50_lpt_in_the_safe_lie_in_suspense_and_touch_no_claim() {
    let mut ledger = payable(["20", "15", "10"]);
    ledger.does(TREASURER, batch(&ledger, &[1]));
    ledger.does(TREASURER, executed(1));
    let (claims, before) =
        (ledger.program.submissions().cloned().collect::<Vec<_>>(), books(&ledger, "bounties"));

    let event = ledger.receives("50");

    assert_eq!(ledger.moved(), ["safe -> suspense_in 50"]);
    assert_eq!(ledger.balance("suspense_in"), "50");
    assert_eq!(ledger.program.submissions().cloned().collect::<Vec<_>>(), claims);
    assert_eq!(books(&ledger, "bounties"), before);
    // It pays nobody until somebody says what it is: of the 730 LPT that are left, 50 may be these.
    assert_eq!(ledger.program.payable(), Some(amount("680")));
    ledger.does(LEAD, classify(event, None));
    assert_eq!(ledger.moved(), [""; 0]);
    ledger.does(TREASURER, classify(event, None));
    assert_eq!(ledger.moved(), ["suspense_in -> contributed 50"]);
    assert_eq!(ledger.balance("contributed"), "800");
    assert_eq!(
        ledger.refuses(OUTSIDE, classify(event, None)).to_string(),
        format!("two persons said already what the transfer of event {event} was")
    );
}

#[test]
fn a_role_lost_before_the_deciding_vote_lapses_the_vote_and_decides_nothing() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");

    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));

    assert_eq!(ledger.moved(), [""; 0]);
    assert_eq!(ledger.state(number), "submitted");
    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "approved");
    assert_eq!(ledger.submission(number).stage.approvers(), [LEAD, SECOND_OUTSIDE].map(member_number));
}

#[test]
fn one_reviewer_with_a_quorum_of_two_leaves_a_claim_undecided_and_one_is_eligible() {
    let mut ledger = pilot_where(|policy| policy.single_handed_hours = None);
    for reviewer in [LEAD, SECOND_OUTSIDE, ALTERNATE] {
        ledger.does(LEAD, revoke(reviewer, Role::Reviewer));
    }
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    ledger.wait(1_000);

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");

    assert_eq!(ledger.state(number), "submitted");
    assert_eq!(ledger.program.eligible(ledger.submission(number)).people, 1);
    // Whoever opens a program so is told for which lanes it is too few.
    let short: Vec<_> = ledger.program.short_lanes().iter().map(|(lane, _)| lane.as_str()).collect();
    assert_eq!(short, ["lead", "normal", "retro"]);
    assert!(pilot().program.short_lanes().is_empty());
}

#[test]
fn two_accounts_of_one_person_are_counted_once_after_linking() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    ledger.does(LEAD, linking(SECOND_OUTSIDE, OUTSIDE, true));

    // The second account's vote replaces the first one's, and is no second one.
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Recuse), "counted");
    assert_eq!(ledger.refuses(OUTSIDE, vote(&ledger, OUTSIDE, number, Choice::Approve)).code(), "recused");
    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
    assert_eq!(ledger.submission(number).stage.approvers(), [LEAD, ALTERNATE].map(member_number));
}

#[test]
fn a_payee_equal_to_a_reviewers_address_is_a_conflict() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    ledger.does(OUTSIDE, node(address(7), true));
    assert_eq!(ledger.refuses(OUTSIDE, vote(&ledger, OUTSIDE, number, Choice::Approve)).code(), "own_payee");

    // Who ever operated it does not come back by declaring that they stopped, nor does another account of theirs.
    ledger.does(OUTSIDE, node(address(7), false));
    ledger.does(LEAD, linking(OUTSIDE, SECOND_OUTSIDE, true));

    for reviewer in [OUTSIDE, SECOND_OUTSIDE] {
        let vote = vote(&ledger, reviewer, number, Choice::Approve);
        assert_eq!(ledger.refuses(reviewer, vote).code(), "own_payee");
    }
    assert_eq!(ledger.votes(LEAD, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(ALTERNATE, number, Choice::Approve), "approved");
}
