//! Claims, their evidence and limits, and the bounties they are made for.

use domain::command::{FileSubmission, PostBounty, ReviseSubmission};
use domain::words::{Choice, ClaimKind};

use crate::common::*;

#[test]
fn a_rejected_claim_frees_its_evidence() {
    let mut ledger = pilot();
    let first = claim(&ledger, ANA, "marketing", "10");
    let number = ledger.files(ANA, first.clone());
    let again = FileSubmission { payee: address(8), ..first };
    assert_eq!(ledger.refuses(BEN, again.clone()).code(), "evidence_used");

    ledger.votes(OUTSIDE, number, Choice::Reject);
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Reject), "rejected");

    ledger.does(BEN, again.clone());
    assert_eq!(ledger.refuses(ANA, FileSubmission { payee: address(7), ..again }).code(), "evidence_used");
}

#[test]
fn the_same_evidence_carries_claims_for_different_functions() {
    let mut ledger = pilot();
    let host = claim(&ledger, ANA, "marketing", "10");
    ledger.files(ANA, host.clone());

    let guest = FileSubmission { function: slug("guest"), payee: address(8), ..host };
    let number = ledger.files(BEN, guest);

    let mut as_host = revision(&ledger, number, "10");
    as_host.function = slug("author");
    assert_eq!(ledger.refuses(BEN, as_host).code(), "evidence_used");
}

#[test]
fn a_revision_keeps_its_own_evidence_and_frees_what_it_drops() {
    let mut ledger = pilot();
    let first = claim(&ledger, ANA, "marketing", "10");
    let number = ledger.files(ANA, first.clone());
    let fresh = evidence(&ledger, "https://youtu.be/abc");

    ledger.does(ANA, revision(&ledger, number, "9"));
    let moved = ReviseSubmission { evidence: vec![fresh], ..revision(&ledger, number, "9") };
    ledger.does(ANA, moved);

    ledger.files(BEN, FileSubmission { payee: address(8), ..first.clone() });
    let taken = FileSubmission { evidence: vec![fresh], payee: address(8), ..first };
    assert_eq!(ledger.refuses(BEN, taken).code(), "evidence_used");
}

#[test]
fn an_approved_bounty_claim_returns_what_it_did_not_ask_of_the_reward() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "20", 2));
    assert_eq!(ledger.moved(), ["1/bounties/available -> 1/bounties/reserved 40"]);
    let number = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "12.5"));

    assert_eq!(ledger.approves(number), "approved");

    assert_eq!(
        ledger.moved(),
        [
            "1/bounties/reserved -> 1/bounties/encumbered 12.5",
            "1/bounties/reserved -> 1/bounties/available 7.5"
        ]
    );
    assert_eq!(ledger.balance("1/bounties/reserved"), "20");
    assert_eq!(ledger.balance("1/bounties/available"), "92.5");
    assert_eq!(ledger.program.bounty(offer).unwrap().slots_left(), 1);
}

#[test]
fn a_claim_of_the_whole_reward_moves_no_zero_line() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "20", 1));
    let number = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "20"));

    ledger.approves(number);

    assert_eq!(ledger.moved(), ["1/bounties/reserved -> 1/bounties/encumbered 20"]);
}

#[test]
fn of_more_claims_than_slots_the_last_deciding_vote_is_refused() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "20", 1));
    let first = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "20"));
    let second = ledger.files(BEN, bounty_claim(&ledger, BEN, offer, "20"));
    ledger.votes(OUTSIDE, second, Choice::Approve);
    ledger.approves(first);

    let deciding = vote(&ledger, SECOND_OUTSIDE, second, Choice::Approve);
    let refusal = ledger.refuses(SECOND_OUTSIDE, deciding);

    assert_eq!(
        refusal.to_string(),
        "all 1 slots of bounty 1 are used: reject the claim, or post another bounty for it"
    );
    assert_eq!(ledger.votes(SECOND_OUTSIDE, second, Choice::Reject), "counted");
    assert_eq!(ledger.votes(ALTERNATE, second, Choice::Reject), "rejected");
}

#[test]
fn a_claim_is_in_time_until_the_last_microsecond() {
    let mut ledger = pilot();
    let closes_at = at("2026-03-10T00:00:00Z");
    let offer = ledger.posts(PostBounty { closes_at, ..bounty("bounties", "20", 5) });
    let mut tries = |moment: &str| {
        ledger.now = at(moment);
        let for_bounty = bounty_claim(&ledger, ANA, offer, "1");
        let plain = claim(&ledger, BEN, "marketing", "1");
        let for_bounty = ledger.ask(ANA, for_bounty).map_err(|refusal| refusal.code()).err();
        let plain = ledger.ask(BEN, plain);
        (for_bounty, plain.map_err(|refusal| refusal.code()).err())
    };

    assert_eq!(tries("2026-03-09T23:59:59.999999Z"), (None, None));
    assert_eq!(tries("2026-03-10T00:00:00Z"), (Some("outside_window"), None));
    assert_eq!(tries("2026-04-05T23:59:59.999999Z"), (Some("outside_window"), None));
    assert_eq!(tries("2026-04-06T00:00:00Z"), (Some("outside_period"), Some("outside_period")));
}

#[test]
fn a_claim_sent_back_is_revised_however_late() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "20", 1));
    let for_bounty = ledger.files(ANA, bounty_claim(&ledger, ANA, offer, "20"));
    let plain = ledger.files(BEN, claim(&ledger, BEN, "marketing", "10"));
    for number in [for_bounty, plain] {
        ledger.votes(OUTSIDE, number, Choice::NeedsChanges);
    }

    ledger.now = at("2026-04-06T00:00:00Z");

    ledger.does(ANA, revision(&ledger, for_bounty, "19"));
    ledger.does(BEN, revision(&ledger, plain, "9"));
    assert_eq!(ledger.approves(for_bounty), "approved");
    assert_eq!(ledger.approves(plain), "approved");
}

#[test]
fn no_claim_asks_for_more_than_its_category_may_ever_hold() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "100"));
    let offer = ledger.posts(bounty("operations", "20", 1));
    let over = claim(&ledger, BEN, "operations", "50.000000000000000001");
    assert_eq!(ledger.refuses(BEN, over).code(), "above_ceiling");

    let over = revision(&ledger, number, "100.000000000000000001");
    assert_eq!(
        ledger.refuses(ANA, over).to_string(),
        "100.000000000000000001 LPT for marketing is above its ceiling of 100 LPT"
    );
    let over = bounty_claim(&ledger, CLEO, offer, "51");
    assert_eq!(ledger.refuses(CLEO, over).code(), "above_ceiling");
}

/// Else the same evidence would carry a claim for the bounty and another beside it.
#[test]
fn a_bountys_claim_names_its_function_in_every_revision() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "20", 1));
    let right = bounty_claim(&ledger, ANA, offer, "20");
    let wrong = FileSubmission { function: slug("guest"), ..right.clone() };
    assert_eq!(ledger.refuses(ANA, wrong).code(), "bounty_mismatch");

    let number = ledger.files(ANA, right);
    let wrong = ReviseSubmission { function: slug("guest"), ..revision(&ledger, number, "20") };
    assert_eq!(ledger.refuses(ANA, wrong).code(), "bounty_mismatch");
}

#[test]
fn a_bounty_is_posted_only_while_somebody_could_claim_it() {
    let mut ledger = pilot();
    let window = |opens_at: &str, closes_at: &str| PostBounty {
        opens_at: at(opens_at),
        closes_at: at(closes_at),
        ..bounty("bounties", "1", 1)
    };
    let now = "2026-03-02T09:00:00Z";

    ledger.posts(window("2026-02-01T00:00:00Z", "2026-03-02T09:00:00.000001Z"));
    ledger.posts(window("2026-04-05T23:59:59.999999Z", "2026-05-01T00:00:00Z"));
    for unusable in [
        window("2026-02-01T00:00:00Z", now),
        window("2026-04-06T00:00:00Z", "2026-05-01T00:00:00Z"),
        window("2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"),
    ] {
        assert_eq!(ledger.refuses(LEAD, unusable).code(), "window_unusable");
    }

    // A window may outlast the period's time for claims, but not begin after it.
    let long = window("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z");
    ledger.now = at("2026-04-05T23:59:59.999999Z");
    ledger.posts(long);
    ledger.now = at("2026-04-06T00:00:00Z");
    assert_eq!(ledger.refuses(LEAD, long).code(), "window_unusable");
}

#[test]
fn a_persons_share_follows_the_current_allotment_and_counts_every_live_claim() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "bounties", "50"));
    let more = claim(&ledger, ANA, "bounties", "0.1");
    assert_eq!(ledger.refuses(ANA, more.clone()).code(), "over_person_share");

    // A revision counts in place of what it replaces.
    ledger.does(ANA, revision(&ledger, number, "49.9"));
    let over = revision(&ledger, number, "50.000000000000000001");
    assert_eq!(ledger.refuses(ANA, over).code(), "over_person_share");
    ledger.does(ANA, more);
    ledger.does(LEAD, allot(&[("bounties", "150")]));
    ledger.does(ANA, claim(&ledger, ANA, "bounties", "10"));
    // Others, and other lines, are not touched by it.
    ledger.does(BEN, claim(&ledger, BEN, "bounties", "60"));
    ledger.does(ANA, claim(&ledger, ANA, "marketing", "50"));
}

#[test]
fn retroactive_claims_of_all_people_share_one_limit() {
    let mut ledger = pilot();
    let first = ledger.files(ANA, of_kind(ClaimKind::Retro, claim(&ledger, ANA, "marketing", "15")));
    ledger.files(BEN, of_kind(ClaimKind::Retro, claim(&ledger, BEN, "operations", "10")));
    let third = of_kind(ClaimKind::Retro, claim(&ledger, CLEO, "marketing", "0.000000000000000001"));
    assert_eq!(ledger.refuses(CLEO, third.clone()).code(), "over_retro_limit");

    ledger.votes(OUTSIDE, first, Choice::Reject);
    ledger.votes(SECOND_OUTSIDE, first, Choice::Reject);

    ledger.does(CLEO, third);
}

#[test]
fn a_decided_claim_no_longer_counts_as_open() {
    let mut charter = charter();
    charter.policy.open_claims = domain::value::Count::new(1);
    charter.policy.address_unproven_hours = domain::value::Count::ZERO;
    let mut ledger = Ledger::open(&charter).unwrap();
    ledger.does(ANA, record_address(address(7)));
    ledger.does(LEAD, period("750", "2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z"));
    ledger.does(LEAD, allot(&[("marketing", "50")]));
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    let next = claim(&ledger, ANA, "marketing", "10");
    assert_eq!(ledger.refuses(ANA, next.clone()).code(), "too_many_open_claims");

    ledger.votes(OUTSIDE, number, Choice::NeedsChanges);
    assert_eq!(ledger.refuses(ANA, next.clone()).code(), "too_many_open_claims");
    ledger.does(ANA, revision(&ledger, number, "10"));
    ledger.approves(number);

    ledger.does(ANA, next);
}

#[test]
fn an_address_that_looks_like_a_known_one_is_flagged() {
    let mut ledger = pilot();
    let mut bytes = [0x55; 20];
    bytes[..2].copy_from_slice(&[7, 7]);
    bytes[18..].copy_from_slice(&[7, 7]);
    let twin = domain::value::Address::from_bytes(bytes);

    ledger.does(BEN, record_address(twin));
    ledger.does(CLEO, record_address(address(0x99)));

    assert_eq!(ledger.program.address(&twin).unwrap().twin, Some(address(7)));
    assert_eq!(ledger.program.address(&address(0x99)).unwrap().twin, None);
}
