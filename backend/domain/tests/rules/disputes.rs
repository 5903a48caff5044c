//! Offers and what is left of them; claims doubted, held, appealed, reopened, reversed.

use domain::command::{CastVote, FileSubmission, PostBounty, ReviseSubmission, TakeSlot};
use domain::value::Count;
use domain::words::{Choice, ClaimKind, Ground, Role, YesNo};

use crate::common::*;

#[test]
fn closing_frees_at_once_what_no_claim_waits_for() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 3));
    let one = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));

    ledger.does(LEAD, close_bounty(offer));

    assert_eq!(ledger.moved(), ["1/bounties/reserved -> 1/bounties/available 20"]);
    ledger.does(ANA, withdraw(one));
    assert_eq!(ledger.moved(), ["1/bounties/reserved -> 1/bounties/available 10"]);
    let late = bounty_claim(&ledger, BEN, offer, "10");
    assert_eq!(ledger.refuses(BEN, late).code(), "bounty_ended");
}

#[test]
fn an_appeal_on_a_closed_bounty_reserves_its_reward_again_if_there_is_money() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 1));
    let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    ledger.does(LEAD, close_bounty(offer));
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, rejection(&ledger, reviewer, hosted, Ground::Proof));
    }
    assert_eq!(ledger.balance("1/bounties/reserved"), "0");

    ledger.does(ANA, appeal(hosted));

    assert_eq!(ledger.moved(), ["1/bounties/available -> 1/bounties/reserved 10"]);
    assert_eq!(ledger.approves(hosted), "approved");
    assert_eq!(ledger.balance("1/bounties/encumbered"), "10");
}

#[test]
fn a_lost_role_takes_a_vote_for_reversal_with_it() {
    let mut ledger = pilot();
    let claimed = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    ledger.approves(claimed);
    ledger.does(OUTSIDE, reverse(claimed));

    ledger.does(LEAD, revoke(OUTSIDE, Role::Reviewer));
    ledger.does(ALTERNATE, reverse(claimed));
    assert_eq!(ledger.state(claimed), "approved");

    ledger.does(LEAD, grant(OUTSIDE, Role::Reviewer));
    ledger.does(OUTSIDE, reverse(claimed));
    assert_eq!(ledger.state(claimed), "reversed");
}

#[test]
fn a_counter_offer_is_accepted_as_a_new_revision_with_its_amount() {
    let mut ledger = pilot();
    let claimed = ledger.files(ANA, claim(&ledger, ANA, "marketing", "20"));
    let before = ledger.submission(claimed).revision.clone();
    ledger.does(OUTSIDE, counter_offer(&ledger, OUTSIDE, claimed, "12"));

    ledger.does(ANA, accept_offer(claimed, "12"));

    let after = ledger.submission(claimed).revision.clone();
    assert_eq!((after.amount, after.texts, after.payee), (amount("12"), before.texts, before.payee));
    assert_eq!(after.number.get(), 2);
    assert_ne!(after.digest, before.digest);
    assert_eq!(ledger.approves(claimed), "approved");
    assert_eq!(ledger.balance("1/marketing/encumbered"), "12");
}

#[test]
fn of_two_slots_one_taken_leaves_one_for_the_others() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 2));
    ledger.does(ANA, take_slot(offer));
    assert_eq!(ledger.program.bounty(offer).unwrap().taken(ledger.now), Count::new(1));

    let bens = ledger.files(BEN, bounty_claim(&ledger, BEN, offer, "10"));
    assert_eq!(ledger.approves(bens), "approved");
    let late = bounty_claim(&ledger, CLEO, offer, "10");
    assert_eq!(ledger.refuses(CLEO, late).code(), "slots_taken");

    let anas = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    ledger.wait(121);
    let late = bounty_claim(&ledger, CLEO, offer, "10");
    assert_eq!(ledger.refuses(CLEO, late).code(), "slots_taken", "her claim keeps it");
    assert_eq!(ledger.approves(anas), "approved");
}

#[test]
fn a_taken_slot_comes_free_with_time_or_with_its_rejected_claim() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 1));
    ledger.does(LEAD, TakeSlot { member: Some(member_number(ANA)), ..take_slot(offer) });
    let early = bounty_claim(&ledger, BEN, offer, "10");
    assert_eq!(ledger.refuses(BEN, early).code(), "slots_taken");
    ledger.wait(120);
    let bens = ledger.files(BEN, bounty_claim(&ledger, BEN, offer, "10"));

    ledger.does(ANA, take_slot(offer));
    let anas = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    let vote = vote(&ledger, OUTSIDE, bens, Choice::Approve);
    ledger.does(OUTSIDE, vote);
    let second = crate::common::vote(&ledger, ALTERNATE, bens, Choice::Approve);
    assert_eq!(ledger.refuses(ALTERNATE, second).code(), "slots_taken", "Ana's claim has it");
    ledger.rejects(anas);

    assert_eq!(ledger.votes(ALTERNATE, bens, Choice::Approve), "approved");
}

#[test]
fn a_reopened_claim_has_its_slot_still_and_competes_for_money_like_any_other() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 1));
    let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    ledger.approves(hosted);

    ledger.does(ANA, reopen(hosted));

    assert_eq!(ledger.moved(), ["1/bounties/encumbered -> 1/bounties/available 10"]);
    assert_eq!(ledger.state(hosted), "needs_changes");
    let other = ledger.files(BEN, claim(&ledger, BEN, "bounties", "50"));
    ledger.approves(other);
    let third = ledger.files(CLEO, claim(&ledger, CLEO, "bounties", "50"));
    ledger.approves(third);
    let last = ledger.files(LEAD, claim(&ledger, LEAD, "bounties", "20"));
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.votes(reviewer, last, Choice::Approve);
    }
    assert_eq!(ledger.balance("1/bounties/available"), "5");
    ledger.does(ANA, revision(&ledger, hosted, "10"));
    assert_eq!(ledger.approves(hosted), "agreed");

    ledger.does(LEAD, allot(&[("bounties", "130")]));
    ledger.ask_as_system(approve_waiting(hosted)).unwrap();
    assert_eq!(ledger.state(hosted), "approved");
    assert_eq!(ledger.program.bounty(offer).unwrap().slots_left(), 0);
}

#[test]
fn a_challenge_keeps_a_claim_out_of_batches_for_three_days_at_most() {
    let mut ledger = pilot();
    ledger.is_ready_to_pay();
    let claimed = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let other = ledger.files(CLEO, claim(&ledger, CLEO, "marketing", "10"));
    ledger.approves(claimed);
    ledger.approves(other);
    ledger.wait(47);
    ledger.does(BEN, challenge(claimed));

    let second = ledger.refuses(BEN, challenge(other));
    assert_eq!(second.code(), "one_challenge");
    ledger.wait(71);
    ledger.sees_the_safe();
    let early = batch(&ledger, &[claimed]);
    assert_eq!(ledger.refuses(TREASURER, early).code(), "on_hold");
    assert_eq!(ledger.refuses(CLEO, challenge(claimed)).code(), "on_hold");

    ledger.wait(1);
    let paid = batch(&ledger, &[claimed]);
    ledger.does(TREASURER, paid);
    ledger.does(BEN, challenge(other));
}

#[test]
fn a_hold_ends_when_it_is_released_and_is_not_laid_twice_by_one_person() {
    let mut ledger = pilot();
    ledger.is_ready_to_pay();
    let claimed = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    ledger.approves(claimed);
    ledger.does(TREASURER, hold_back(claimed));
    assert_eq!(ledger.refuses(OUTSIDE, release(claimed)).code(), "not_your_hold");

    ledger.does(TREASURER, release(claimed));

    assert_eq!(ledger.refuses(TREASURER, hold_back(claimed)).code(), "held_before");
    ledger.wait(48);
    ledger.sees_the_safe();
    let paid = batch(&ledger, &[claimed]);
    ledger.does(TREASURER, paid);
}

#[test]
fn a_rejection_on_judgement_alone_is_final() {
    let mut ledger = pilot();
    let claimed = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    ledger.rejects(claimed);
    assert_eq!(ledger.refuses(ANA, appeal(claimed)).code(), "nothing_to_look_up");

    let looked_up = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    ledger.does(OUTSIDE, rejection(&ledger, OUTSIDE, looked_up, Ground::Window));
    assert_eq!(ledger.votes(ALTERNATE, looked_up, Choice::Reject), "rejected");
    ledger.does(ANA, appeal(looked_up));
    ledger.rejects(looked_up);
    assert_eq!(ledger.refuses(ANA, appeal(looked_up)).code(), "appealed_before");
}

#[test]
fn co_workers_share_a_piece_of_work_up_to_the_whole_of_it() {
    let mut ledger = pilot();
    let share = |percent, claim| FileSubmission { share: Some(Count::new(percent)), ..claim };
    let work = claim(&ledger, ANA, "marketing", "6");
    ledger.files(ANA, share(60, work.clone()));
    let over = share(41, FileSubmission { payee: address(8), ..work.clone() });
    assert_eq!(ledger.refuses(BEN, over.clone()).code(), "evidence_used");

    let bens = ledger.files(BEN, share(40, over));
    let whole = FileSubmission { payee: address(9), ..work };
    assert_eq!(ledger.refuses(CLEO, whole).code(), "evidence_used");

    let more = ReviseSubmission { share: Some(Count::new(45)), ..revision(&ledger, bens, "6") };
    assert_eq!(ledger.refuses(BEN, more).code(), "evidence_used");
}

#[test]
fn a_share_of_a_bounty_asks_its_share_of_the_reward() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 2));
    let half = FileSubmission { share: Some(Count::new(50)), ..bounty_claim(&ledger, ANA, offer, "5.1") };

    let refusal = ledger.refuses(ANA, half.clone());

    assert!(refusal.to_string().contains("reward of 5 LPT"), "{refusal}");
    ledger.files(ANA, FileSubmission { amount: amount("5"), ..half });
}

#[test]
fn of_a_claim_and_one_that_contests_it_one_is_approved() {
    let mut ledger = pilot();
    let work = claim(&ledger, ANA, "marketing", "10");
    let anas = ledger.files(ANA, work.clone());
    let contests = Some(submission_number(anas));
    let bens = ledger.files(BEN, FileSubmission { payee: address(8), contests, ..work.clone() });
    let third = FileSubmission { payee: address(9), contests, ..work };
    assert_eq!(ledger.refuses(CLEO, third).code(), "evidence_used", "of two, one is contested");

    assert_eq!(ledger.approves(bens), "approved");

    let vote_one = vote(&ledger, OUTSIDE, anas, Choice::Approve);
    ledger.does(OUTSIDE, vote_one);
    let deciding = vote(&ledger, ALTERNATE, anas, Choice::Approve);
    let refusal = ledger.refuses(ALTERNATE, deciding);
    assert_eq!(refusal.code(), "evidence_used");
    assert!(refusal.to_string().contains("submission 2"), "{refusal}");
    ledger.rejects(anas);
}

#[test]
fn a_probe_bounty_reserves_10_at_most() {
    let mut ledger = pilot();
    let probe = |reward| PostBounty { probe: YesNo::Yes, ..bounty("bounties", reward, 2) };

    assert_eq!(ledger.refuses(LEAD, probe("5.000000000000000001")).code(), "over_probe_limit");
    ledger.posts(probe("5"));
}

#[test]
fn a_lead_is_paid_weekly_in_arrears() {
    let mut ledger = pilot();
    let pay = |ledger: &Ledger| of_kind(ClaimKind::Lead, claim(ledger, LEAD, "lead", "100"));
    let early = pay(&ledger);
    assert_eq!(ledger.refuses(LEAD, early).code(), "pay_in_arrears");
    ledger.now = at("2026-03-08T00:00:00Z");
    let first = pay(&ledger);
    ledger.files(LEAD, first);
    ledger.wait(167);
    let second = pay(&ledger);
    assert_eq!(ledger.refuses(LEAD, second).code(), "pay_in_arrears");
    ledger.wait(1);
    let second = pay(&ledger);
    ledger.files(LEAD, second);
}

#[test]
fn a_cohort_may_make_people_wait_between_claims_and_count_them() {
    let mut charter = charter();
    charter.policy.cooldown_hours = Count::new(6);
    charter.policy.claim_credits = Count::new(2);
    let mut ledger = started_with(&charter);
    ledger.does(LEAD, allot(&[("marketing", "50"), ("bounties", "100"), ("operations", "25")]));
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "1"));
    let soon = claim(&ledger, ANA, "marketing", "1");
    assert_eq!(ledger.refuses(ANA, soon).code(), "cooling_down");
    ledger.wait(6);
    ledger.files(ANA, claim(&ledger, ANA, "marketing", "1"));
    ledger.wait(6);

    let third = claim(&ledger, ANA, "marketing", "1");

    assert_eq!(ledger.refuses(ANA, third).code(), "no_credit_left");
    let offer = ledger.posts(bounty("bounties", "10", 1));
    ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
}

#[test]
fn a_rejection_says_what_it_rests_on() {
    let mut ledger = pilot();
    let claimed = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let bare = CastVote { ground: None, ..vote(&ledger, OUTSIDE, claimed, Choice::Reject) };

    assert_eq!(ledger.refuses(OUTSIDE, bare).code(), "ground_needed");
}

#[test]
fn a_claim_rejected_as_a_duplicate_of_one_that_contests_it_can_be_appealed_for() {
    let mut ledger = pilot();
    let work = claim(&ledger, ANA, "marketing", "10");
    let anas = ledger.files(ANA, work.clone());
    let contests = Some(submission_number(anas));
    ledger.files(BEN, FileSubmission { payee: address(8), contests, ..work });
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, rejection(&ledger, reviewer, anas, Ground::Duplicate));
    }

    ledger.does(ANA, appeal(anas));

    assert_eq!(ledger.approves(anas), "approved");
}

#[test]
fn nobody_who_voted_before_an_appeal_finds_that_vote_counted_after_it() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let before = vote(&ledger, SECOND_OUTSIDE, number, Choice::Approve);
    ledger.does(SECOND_OUTSIDE, before);
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
    }
    ledger.does(ANA, appeal(number));

    assert_eq!(ledger.refuses(SECOND_OUTSIDE, before).code(), "stale_revision");
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
}

#[test]
fn a_reversal_ends_the_challenge_and_a_close_the_slots_without_a_claim() {
    let mut ledger = pilot();
    let claimed = ledger.approved(ANA, "marketing", "10");
    let other = ledger.approved(CLEO, "marketing", "10");
    ledger.does(BEN, challenge(claimed));
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, reverse(claimed));
    }
    ledger.does(BEN, challenge(other));

    let offer = ledger.posts(bounty("bounties", "10", 1));
    let hosted = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "10"));
    ledger.does(BEN, take_slot(offer));
    ledger.does(LEAD, close_bounty(offer));
    assert_eq!(ledger.approves(hosted), "approved");
}

#[test]
fn a_bounty_has_a_thousand_slots_at_most() {
    let mut ledger = pilot();
    ledger.posts(bounty("bounties", "0.001", 1_000));
    assert_eq!(ledger.refuses(LEAD, bounty("bounties", "0.001", 1_001)).code(), "too_many");
}
