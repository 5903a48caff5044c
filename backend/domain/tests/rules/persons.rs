//! What one person may do once, or together, whichever of their accounts asks; and second looks among disputes.

use domain::command::{FileSubmission, ReleaseSlot, TakeSlot};
use domain::submission::{Sample, Stage};
use domain::value::Count;
use domain::words::{Choice, ClaimKind, Role};

use crate::common::*;

/// Dora's number: an account of Ana's.
const DORA: u32 = 10;

/// Dora joins, with an address of her own, and is Ana.
fn dora_is_ana(ledger: &mut Ledger) {
    ledger.does(LEAD, add_member("dora", &[Role::Contributor]));
    ledger.does(DORA, record_address(address(10)));
    ledger.does(LEAD, linking(ANA, DORA, true));
}

#[test]
fn a_slot_is_taken_by_a_person_and_claimed_or_given_back_with_any_account() {
    let mut ledger = pilot();
    dora_is_ana(&mut ledger);
    let offer = ledger.posts(bounty("bounties", "10", 2));
    ledger.does(ANA, take_slot(offer));
    assert_eq!(ledger.refuses(DORA, take_slot(offer)).code(), "slot_held");
    ledger.does(DORA, release_slot(offer));
    assert_eq!(ledger.program.bounty(offer).unwrap().taken(ledger.now), Count::ZERO);

    ledger.does(ANA, TakeSlot { member: Some(member_number(DORA)), ..take_slot(offer) });
    ledger.does(BEN, take_slot(offer));
    let claimed = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    let named = ReleaseSlot { member: Some(member_number(DORA)), ..release_slot(offer) };
    assert_eq!(ledger.refuses(ANA, named).code(), "slot_claimed", "Ana's claim is made of Dora's slot");
    assert_eq!(ledger.approves(claimed), "approved");
    let late = bounty_claim(&ledger, DORA, offer, "10");
    assert_eq!(ledger.refuses(DORA, late).code(), "slots_taken", "the other is Ben's");
}

#[test]
fn of_two_slots_that_became_one_persons_the_one_without_a_claim_is_given_back() {
    let mut ledger = pilot();
    ledger.does(LEAD, add_member("dora", &[Role::Contributor]));
    let offer = ledger.posts(bounty("bounties", "10", 2));
    ledger.does(ANA, take_slot(offer));
    ledger.does(DORA, take_slot(offer));
    ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    ledger.does(LEAD, linking(ANA, DORA, true));

    ledger.does(ANA, release_slot(offer));

    assert_eq!(ledger.program.bounty(offer).unwrap().taken(ledger.now), Count::new(1));
    assert_eq!(ledger.refuses(DORA, release_slot(offer)).code(), "slot_claimed");
}

#[test]
fn two_slots_without_a_claim_that_became_one_persons_are_given_back_together() {
    let mut ledger = pilot();
    ledger.does(LEAD, add_member("dora", &[Role::Contributor]));
    let offer = ledger.posts(bounty("bounties", "10", 2));
    ledger.does(ANA, take_slot(offer));
    ledger.does(DORA, take_slot(offer));
    ledger.does(LEAD, linking(ANA, DORA, true));
    assert_eq!(ledger.program.bounty(offer).unwrap().taken(ledger.now), Count::new(2));

    ledger.does(DORA, release_slot(offer));

    assert_eq!(ledger.program.bounty(offer).unwrap().taken(ledger.now), Count::ZERO);
    assert_eq!(ledger.refuses(ANA, release_slot(offer)).code(), "no_slot_held");
}

#[test]
fn one_person_challenges_one_claim_at_a_time_and_none_of_their_own() {
    let mut ledger = pilot();
    dora_is_ana(&mut ledger);
    let bens = ledger.approved(BEN, "marketing", "10");
    let cleos = ledger.approved(CLEO, "marketing", "10");
    let anas = ledger.approved(ANA, "marketing", "10");
    ledger.does(ANA, challenge(bens));

    assert_eq!(ledger.refuses(DORA, challenge(cleos)).code(), "one_challenge");
    assert_eq!(ledger.refuses(DORA, challenge(anas)).code(), "own_claim");
    ledger.does(DORA, release(bens));
    assert_eq!(ledger.refuses(DORA, challenge(bens)).code(), "held_before");
    ledger.does(DORA, challenge(cleos));
    assert_eq!(ledger.refuses(ANA, challenge(bens)).code(), "one_challenge");

    ledger.does(LEAD, linking(ANA, DORA, false));
    assert_eq!(ledger.refuses(ANA, challenge(bens)).code(), "held_before");
    let lead = ledger.approved(CLEO, "operations", "10");
    ledger.does(ANA, challenge(lead));
}

#[test]
fn one_person_holds_a_claim_once_and_ends_no_hold_on_their_own() {
    let mut ledger = pilot();
    let anas = ledger.approved(ANA, "marketing", "10");
    ledger.does(LEAD, linking(OUTSIDE, TREASURER, true));
    ledger.does(OUTSIDE, hold_back(anas));
    ledger.does(TREASURER, release(anas));
    assert_eq!(ledger.refuses(TREASURER, hold_back(anas)).code(), "held_before");

    ledger.does(ALTERNATE, hold_back(anas));
    ledger.does(LEAD, linking(LEAD, ANA, true));
    assert_eq!(ledger.refuses(LEAD, release(anas)).code(), "own_claim");
}

#[test]
fn two_accounts_of_one_reviewer_reverse_nothing_together() {
    let mut ledger = pilot_where(|policy| policy.lanes.normal.rejections = Count::new(3));
    let number = ledger.approved(ANA, "marketing", "10");
    ledger.does(ALTERNATE, reverse(number));
    let mut later = ledger.clone();
    ledger.does(LEAD, linking(OUTSIDE, ALTERNATE, true));
    assert_eq!(ledger.refuses(OUTSIDE, reverse(number)).code(), "reversal_counted");

    later.does(OUTSIDE, reverse(number));
    later.does(LEAD, linking(OUTSIDE, ALTERNATE, true));
    later.does(SECOND_OUTSIDE, reverse(number));
    assert_eq!(later.state(number), "approved", "two persons, with three votes");
    later.does(LEAD, reverse(number));
    assert_eq!(later.state(number), "reversed");
}

#[test]
fn a_vote_to_reverse_no_longer_counts_once_its_caster_has_a_stake() {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "10");
    ledger.does(OUTSIDE, reverse(number));
    ledger.does(OUTSIDE, conflict(ANA, true));
    assert_eq!(ledger.refuses(OUTSIDE, reverse(number)).code(), "conflict_declared");

    ledger.does(SECOND_OUTSIDE, reverse(number));
    assert_eq!(ledger.state(number), "approved");

    ledger.does(OUTSIDE, conflict(ANA, false));
    ledger.does(ALTERNATE, reverse(number));
    assert_eq!(ledger.state(number), "reversed");
}

#[test]
fn a_rejection_by_an_account_that_its_person_overruled_opens_no_appeal() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    ledger.does(OUTSIDE, rejection(&ledger, OUTSIDE, number, domain::words::Ground::Duplicate));
    ledger.does(LEAD, linking(OUTSIDE, SECOND_OUTSIDE, true));
    ledger.votes(SECOND_OUTSIDE, number, Choice::Reject);
    assert_eq!(ledger.state(number), "submitted", "one person rejected it");

    ledger.votes(ALTERNATE, number, Choice::Reject);

    assert!(matches!(ledger.submission(number).stage, Stage::Rejected { objective: false, .. }));
}

#[test]
fn one_person_waits_and_has_credits_over_all_accounts() {
    let mut ledger = pilot_where(|policy| {
        policy.cooldown_hours = Count::new(6);
        policy.claim_credits = Count::new(2);
    });
    dora_is_ana(&mut ledger);
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "1"));
    let soon = claim(&ledger, DORA, "marketing", "1");
    assert_eq!(ledger.refuses(DORA, soon).code(), "cooling_down");
    ledger.wait(6);
    ledger.files(DORA, claim(&ledger, DORA, "marketing", "1"));
    let soon = claim(&ledger, ANA, "marketing", "1");
    assert_eq!(ledger.refuses(ANA, soon).code(), "cooling_down");
    ledger.wait(6);

    let third = claim(&ledger, ANA, "marketing", "1");

    assert_eq!(ledger.refuses(ANA, third.clone()).code(), "no_credit_left");
    ledger.does(LEAD, linking(ANA, DORA, false));
    ledger.files(ANA, third);
}

#[test]
fn a_lead_is_paid_in_arrears_over_all_accounts() {
    let mut ledger = pilot();
    ledger.does(LEAD, linking(LEAD, TREASURER, true));
    ledger.does(LEAD, grant(TREASURER, Role::Lead));
    ledger.now = at("2026-03-08T00:00:00Z");
    let pay = |ledger: &Ledger, lead| of_kind(ClaimKind::Lead, claim(ledger, lead, "lead", "100"));
    ledger.files(LEAD, pay(&ledger, LEAD));

    let second = pay(&ledger, TREASURER);
    assert_eq!(ledger.refuses(TREASURER, second.clone()).code(), "pay_in_arrears");
    ledger.wait(168);
    ledger.files(TREASURER, second);
}

#[test]
fn nobody_contests_a_claim_of_another_account_of_theirs() {
    let mut ledger = pilot();
    dora_is_ana(&mut ledger);
    let first = claim(&ledger, ANA, "marketing", "10");
    let number = ledger.files(ANA, first.clone());

    let contests = Some(submission_number(number));
    let second = FileSubmission { contests, payee: address(10), ..first };

    assert_eq!(ledger.refuses(DORA, second.clone()).code(), "nothing_contested");
    ledger.does(LEAD, linking(ANA, DORA, false));
    ledger.files(DORA, second);
}

#[test]
fn a_claim_that_does_not_pass_loses_its_challenge_and_the_votes_to_reverse_it() {
    let mut ledger = pilot_where(|policy| policy.lanes.small.rejections = Count::new(2));
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    ledger.does(BEN, challenge(number));
    ledger.does(ALTERNATE, reverse(number));

    ledger.does(SECOND_OUTSIDE, check(number, false));
    ledger.does(ANA, revision(&ledger, number, "4"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");

    assert_eq!(ledger.submission(number).held_at(ledger.now), None);
    ledger.does(SECOND_OUTSIDE, reverse(number));
    assert_eq!(ledger.state(number), "approved");
    ledger.does(ALTERNATE, reverse(number));
    assert_eq!(ledger.state(number), "reversed");
}

#[test]
fn a_claim_leaves_the_sample_when_it_is_reopened_or_reversed() {
    let mut ledger = pilot();
    let sampled = |ledger: &mut Ledger| {
        let number = ledger.files(ANA, claim(ledger, ANA, "marketing", "2"));
        assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
        assert_eq!(ledger.submission(number).sample, Sample::Awaited);
        number
    };
    let reopened = sampled(&mut ledger);
    let reversed = sampled(&mut ledger);
    let passed = sampled(&mut ledger);
    ledger.does(ALTERNATE, check(passed, true));

    ledger.does(ANA, reopen(reopened));
    ledger.does(ALTERNATE, reverse(reversed));
    ledger.does(ANA, reopen(passed));

    for number in [reopened, reversed, passed] {
        assert_eq!(ledger.submission(number).sample, Sample::Out);
        assert_eq!(ledger.refuses(ALTERNATE, check(number, true)).code(), "no_sample_awaited");
    }
}

#[test]
fn what_does_not_pass_after_its_period_was_closed_lapses() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    ledger.now = at("2026-04-06T00:00:00Z");
    ledger.does(LEAD, close_period());

    ledger.does(SECOND_OUTSIDE, check(number, false));

    assert_eq!(ledger.moved(), ["1/marketing/encumbered -> 1/marketing/lapsed 5"]);
    let again = revision(&ledger, number, "5");
    assert_eq!(ledger.refuses(ANA, again).code(), "period_closed");
}

#[test]
fn one_person_alone_cannot_decide_for_a_slot_that_others_took() {
    let mut ledger = pilot();
    for reviewer in [SECOND_OUTSIDE, ALTERNATE] {
        ledger.does(LEAD, revoke(reviewer, Role::Reviewer));
    }
    let offer = ledger.posts(bounty("bounties", "20", 1));
    let number = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "15"));
    ledger.wait(168);
    ledger.does(BEN, take_slot(offer));

    let alone = vote(&ledger, OUTSIDE, number, Choice::Approve);
    assert_eq!(ledger.refuses(OUTSIDE, alone).code(), "slots_taken");
    ledger.does(BEN, release_slot(offer));
    ledger.does(OUTSIDE, alone);

    assert_eq!(ledger.state(number), "approved");
    assert!(ledger.submission(number).single_handed);
    ledger.does(ANA, reopen(number));
    assert!(!ledger.submission(number).single_handed);
}
