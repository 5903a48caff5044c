//! The audit sample: small claims that a second reviewer looks at before they are paid.

use domain::submission::Sample;
use domain::value::Digest;
use domain::words::Choice;

use crate::common::*;

/// Files and approves a small claim; its number and whether it is in the sample.
fn small(ledger: &mut Ledger, person: u32, lpt: &str) -> (u32, bool) {
    let number = ledger.files(person, claim(ledger, person, "marketing", lpt));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    (number, ledger.submission(number).sample == Sample::Awaited)
}

#[test]
fn the_first_small_claims_of_a_period_are_sampled_and_then_some_by_the_chance_of_hashes() {
    let mut ledger = pilot();
    let mut drawn = Vec::new();
    for claims in 0..40 {
        let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "0.25"));
        let leaf = ledger.program.last_leaf();
        let digest = ledger.submission(number).revision.digest;
        ledger.votes(OUTSIDE, number, Choice::Approve);
        let hash = Digest::sha256(&[leaf.bytes(), digest.bytes()]).to_string();
        let chance = u64::from_str_radix(&hash[..16], 16).unwrap().is_multiple_of(4);
        let sampled = ledger.submission(number).sample == Sample::Awaited;
        assert_eq!(sampled, claims < 3 || chance, "claim {claims}");
        drawn.push(chance);
    }
    assert!(drawn[3..].contains(&true) && drawn[3..].contains(&false));
}

#[test]
fn other_lanes_are_not_sampled_and_neither_is_a_program_that_wants_none() {
    let mut ledger = pilot();
    let normal = ledger.approved(ANA, "marketing", "6");
    assert_eq!(ledger.submission(normal).sample, Sample::Out);

    let mut ledger = pilot_where(|policy| {
        policy.sample_at_least = domain::value::Count::ZERO;
        policy.sample_one_in = domain::value::Count::ZERO;
    });
    assert!((0..10).all(|_| !small(&mut ledger, ANA, "1").1));
}

#[test]
fn a_sampled_claim_is_paid_after_another_reviewer_passed_it() {
    let mut ledger = pilot();
    let (number, sampled) = small(&mut ledger, ANA, "5");
    assert!(sampled);
    ledger.wait(24);
    ledger.does(TREASURER, funding(&ledger, "750"));
    ledger.does(TREASURER, observation(&ledger, 0, "750"));
    let payout = batch(&ledger, &[number]);
    assert_eq!(ledger.refuses(TREASURER, payout.clone()).code(), "sample_unchecked");
    assert_eq!(ledger.refuses(OUTSIDE, check(number, true)).code(), "own_approval");
    // Another account of who approved it is no second reviewer.
    ledger.does(LEAD, linking(OUTSIDE, ALTERNATE, true));
    assert_eq!(ledger.refuses(ALTERNATE, check(number, true)).code(), "own_approval");

    ledger.does(SECOND_OUTSIDE, check(number, true));

    ledger.does(TREASURER, payout);
    assert_eq!(ledger.state(number), "in_batch");
}

#[test]
fn a_sampled_claim_that_does_not_pass_is_sent_back_and_its_money_is_free() {
    let mut ledger = pilot();
    let (number, _) = small(&mut ledger, ANA, "5");

    ledger.does(SECOND_OUTSIDE, check(number, false));

    assert_eq!(ledger.moved(), ["1/marketing/encumbered -> 1/marketing/available 5"]);
    assert_eq!(ledger.state(number), "needs_changes");
    ledger.does(ANA, revision(&ledger, number, "4"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    assert_eq!(ledger.submission(number).sample, Sample::Awaited);
}

#[test]
fn a_bounty_claim_that_does_not_pass_keeps_its_slot_and_is_paid_like_any_other_the_next_time() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "5", 1));
    let number = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "4"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    assert_eq!(ledger.program.bounty(offer).unwrap().slots_left(), 0);

    ledger.does(SECOND_OUTSIDE, check(number, false));
    ledger.does(ANA, revision(&ledger, number, "3"));

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
    assert_eq!(ledger.moved(), ["1/bounties/available -> 1/bounties/encumbered 3"]);
    assert_eq!(ledger.program.bounty(offer).unwrap().slots_left(), 0);
}

#[test]
fn money_that_a_sampled_claim_gives_back_carries_one_that_waits() {
    let mut ledger = pilot();
    let (number, _) = small(&mut ledger, ANA, "5");
    let waiting = ledger.files(BEN, claim(&ledger, BEN, "marketing", "46"));
    assert_eq!(ledger.approves(waiting), "agreed");

    ledger.does(SECOND_OUTSIDE, check(number, false));

    assert_eq!(ledger.program.due().map(domain::value::SubmissionNumber::get), Some(waiting));
    ledger.ask_as_system(approve_waiting(waiting)).unwrap();
    assert_eq!(ledger.state(waiting), "approved");
}

#[test]
fn a_small_claim_that_waited_for_money_is_sampled_when_it_is_approved() {
    let mut ledger = pilot();
    ledger.approved(BEN, "marketing", "48");
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "4"));
    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "agreed");
    assert_eq!(ledger.submission(number).sample, Sample::Out);

    ledger.does(LEAD, allot(&[("marketing", "60")]));
    ledger.ask_as_system(approve_waiting(number)).unwrap();

    assert_eq!(ledger.submission(number).sample, Sample::Awaited);
}
