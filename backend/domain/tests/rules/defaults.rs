//! The policy that every program is offered: its figures, and what happens at their borders.
//!
//! The pilot of these tests decides by it, so borders that another test walks along are not walked here again:
//! `docs/testing.md` says which test stands at which.

use domain::command::{OpenProgram, RecordAddress};
use domain::payday::Payday;
use domain::policy::{LaneRules, Lanes, PersonShare, Policy};
use domain::value::{Count, Timestamp};
use domain::words::{Choice, ClaimKind, Ground, Lane, Role, SignedVotes, Weekday, YesNo};

use crate::common::*;

/// Hours, as the table of defaults says days.
const DAY: u32 = 24;

fn lane(approvals: u32, outside: u32, rejections: u32, objection_hours: u32) -> LaneRules {
    LaneRules {
        approvals: Count::new(approvals),
        objection_hours: Count::new(objection_hours),
        outside: Count::new(outside),
        rejections: Count::new(rejections),
    }
}

/// Just before some hours are over a thing is as it was, and then it is not: gives both ledgers.
fn around(ledger: &Ledger, hours: u32) -> (Ledger, Ledger) {
    let (mut before, mut after) = (ledger.clone(), ledger.clone());
    after.wait(hours);
    before.now = Timestamp::from_micros(after.now.micros() - 1).unwrap();
    (before, after)
}

#[test]
fn every_value_is_what_the_table_of_defaults_says() {
    let table = Policy {
        // Approvals: small claims 1, normal ones 2 with one from outside, retroactive ones and those of whoever runs
        // the program 2 from outside. As many rejections. Objections: 24 hours, 48 hours, seven days.
        lanes: Lanes {
            small: lane(1, 1, 1, 24),
            normal: lane(2, 1, 2, 48),
            retro: lane(2, 2, 2, 7 * DAY),
            lead: lane(2, 2, 2, 7 * DAY),
        },
        // A small claim is one of up to 5 LPT, and of up to 10 LPT of one person in a period.
        small_limit: amount("5"),
        small_person_limit: amount("10"),
        // All retroactive claims: 25 LPT.
        retro_limit: amount("25"),
        // A decision is due after 5 days, an alternate called after 7.
        decision_hours: Count::new(5 * DAY),
        alternate_hours: Count::new(7 * DAY),
        // A challenge holds a claim for 72 hours at most.
        challenge_hours: Count::new(72),
        // A changed payout address waits for 48 hours, an unproven one for 48 more.
        address_changed_hours: Count::new(48),
        address_unproven_hours: Count::new(48),
        // No time between claims, twelve open ones of one person, no credits.
        cooldown_hours: Count::ZERO,
        open_claims: Count::new(12),
        claim_credits: Count::ZERO,
        // One small claim in four gets a second look, at least three.
        sample_one_in: Count::new(4),
        sample_at_least: Count::new(3),
        // Whether evidence is up is ticked when batching.
        evidence_up: YesNo::Yes,
        signed_votes: SignedVotes::Offered,
        // A lead is paid weekly, in arrears.
        lead_pay_hours: Count::new(7 * DAY),
        // Claims for 5 days after a period's end, decisions for 12.
        claim_grace_hours: Count::new(5 * DAY),
        decision_grace_hours: Count::new(12 * DAY),
        // Loosening a policy takes 7 days' notice.
        notice_hours: Count::new(7 * DAY),
        // Claims by Sunday, votes by Wednesday, a batch every Friday.
        payday: Payday {
            claims_by: Weekday::Sunday,
            votes_by: Weekday::Wednesday,
            batch_on: Weekday::Friday,
            every_weeks: Count::new(1),
        },
        // Twenty lines a batch.
        batch_lines: Count::new(20),
        // A renewal is asked for 7 days before the period ends.
        renewal_hours: Count::new(7 * DAY),
        // A probe bounty comes to 10 LPT.
        probe_limit: amount("10"),
        // What the table leaves open.
        appeal_hours: Count::new(7 * DAY),
        hold_hours: Count::new(7 * DAY),
        invite_hours: Count::new(7 * DAY),
        observation_hours: Count::new(24),
        open_joining: YesNo::No,
        slot_hours: Count::new(5 * DAY),
        // What each program says for itself.
        person_shares: Vec::new(),
        single_handed_hours: None,
    };
    assert_eq!(Policy::default(), table);

    // The pilot's own: nobody has more than 40 % of `bounties`; the only outside reviewer decides alone after 7 days.
    let share = PersonShare { category: slug("bounties"), percent: Count::new(40) };
    let pilot =
        Policy { person_shares: vec![share], single_handed_hours: Some(Count::new(7 * DAY)), ..table };
    assert_eq!(policy(), pilot);
}

#[test]
fn each_lane_is_rejected_by_as_many_as_approve_it() {
    for (person, category, kind, lpt, lane, others) in [
        (ANA, "marketing", ClaimKind::Expense, "5", Lane::Small, [].as_slice()),
        (ANA, "marketing", ClaimKind::Expense, "5.000000000000000001", Lane::Normal, &[OUTSIDE]),
        (ANA, "marketing", ClaimKind::Retro, "5", Lane::Retro, &[OUTSIDE]),
        (LEAD, "lead", ClaimKind::Lead, "5", Lane::Lead, &[OUTSIDE]),
    ] {
        let mut ledger = pilot();
        // So that approval stays within reach after one of them said no.
        ledger.does(LEAD, add_member("dora", &[Role::Reviewer]));
        ledger.wait(7 * DAY);
        let number = ledger.files(person, of_kind(kind, claim(&ledger, person, category, lpt)));
        assert_eq!(ledger.submission(number).revision.lane, lane);
        for reviewer in others {
            assert_eq!(ledger.votes(*reviewer, number, Choice::Reject), "counted", "{lane}");
        }

        assert_eq!(ledger.votes(ALTERNATE, number, Choice::Reject), "rejected", "{lane}");
    }
}

#[test]
fn twelve_claims_of_one_person_may_follow_each_other_at_once_and_a_thirteenth_waits() {
    let mut ledger = pilot();
    for _ in 0..12 {
        ledger.files(ANA, claim(&ledger, ANA, "marketing", "0.5"));
    }
    let thirteenth = claim(&ledger, ANA, "marketing", "0.5");
    assert_eq!(ledger.refuses(ANA, thirteenth.clone()).code(), "too_many_open_claims");

    assert_eq!(ledger.votes(OUTSIDE, 1, Choice::Approve), "approved");

    ledger.files(ANA, thirteenth);
    // Without credits, others are as free as Ana: nobody counted what she filed.
    ledger.files(BEN, claim(&ledger, BEN, "marketing", "0.5"));
}

/// A first address may be paid at once and another one after 48 hours; each waits 48 hours more without a proof.
#[test]
fn an_address_is_paid_after_0_48_or_96_hours_by_whether_it_was_changed_and_proven() {
    for (first, proven, hours) in [(true, true, 0), (true, false, 48), (false, true, 48), (false, false, 96)]
    {
        let mut ledger = pilot_where(|policy| policy.lanes.small.objection_hours = Count::ZERO);
        ledger.is_ready_to_pay();
        let person = if first { ALTERNATE } else { ANA };
        ledger.does(LEAD, revoke(ALTERNATE, Role::Reviewer));
        ledger.does(LEAD, grant(ALTERNATE, Role::Contributor));
        let (payee, proof) = (address(0x77), proven.then(signature));
        ledger.does(person, RecordAddress { address: payee, proof });
        let small = domain::command::FileSubmission { payee, ..claim(&ledger, person, "marketing", "5") };
        let number = ledger.files(person, small);
        assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "approved");
        ledger.does(SECOND_OUTSIDE, check(number, true));

        let (mut before, mut after) = around(&ledger, hours);
        if hours > 0 {
            before.sees_the_safe();
            let early = batch(&before, &[number]);
            assert_eq!(before.refuses(TREASURER, early).code(), "address_cooling", "{first} {proven}");
        }
        after.sees_the_safe();
        after.does(TREASURER, batch(&after, &[number]));
    }
}

#[test]
fn a_claim_is_held_back_for_seven_days() {
    let mut ledger = pilot();
    ledger.is_ready_to_pay();
    let number = ledger.approved(ANA, "marketing", "10");
    ledger.does(LEAD, hold_back(number));

    let (mut before, mut after) = around(&ledger, 7 * DAY);

    before.sees_the_safe();
    let early = batch(&before, &[number]);
    assert_eq!(before.refuses(TREASURER, early).code(), "on_hold");
    after.sees_the_safe();
    after.does(TREASURER, batch(&after, &[number]));
}

#[test]
fn a_rejection_is_appealed_against_for_seven_days() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "10"));
    for reviewer in [OUTSIDE, ALTERNATE] {
        ledger.does(reviewer, rejection(&ledger, reviewer, number, Ground::Proof));
    }

    let (mut before, mut after) = around(&ledger, 7 * DAY);

    assert_eq!(after.refuses(ANA, appeal(number)).code(), "appeal_late");
    before.does(ANA, appeal(number));
}

#[test]
fn a_slot_is_kept_for_five_days() {
    let mut ledger = pilot();
    let offer = ledger.posts(bounty("bounties", "10", 1));
    ledger.does(ANA, take_slot(offer));

    let (mut before, mut after) = around(&ledger, 5 * DAY);

    let early = bounty_claim(&before, BEN, offer, "10");
    assert_eq!(before.refuses(BEN, early).code(), "slots_taken");
    after.files(BEN, bounty_claim(&after, BEN, offer, "10"));
}

#[test]
fn a_lead_is_paid_for_the_seven_days_that_have_passed() {
    let mut ledger = pilot();
    // The period began on the first of March.
    let pay = |ledger: &Ledger| of_kind(ClaimKind::Lead, claim(ledger, LEAD, "lead", "125"));
    for week_over in ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"] {
        let mut early = ledger.clone();
        early.now = Timestamp::from_micros(at(week_over).micros() - 1).unwrap();
        let asked = pay(&early);
        assert_eq!(early.refuses(LEAD, asked).code(), "pay_in_arrears");
        ledger.now = at(week_over);
        ledger.files(LEAD, pay(&ledger));
    }
}

#[test]
fn nobody_joins_uninvited_and_nobody_has_to_sign() {
    let mut ledger = pilot();
    assert_eq!(ledger.ask_as_system(join("dora", None)).unwrap_err().code(), "invite_needed");
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "5"));

    let unsigned = vote(&ledger, OUTSIDE, number, Choice::Approve);

    assert_eq!((unsigned.signature, unsigned.signer), (None, None));
    ledger.does(OUTSIDE, unsigned);
    assert_eq!(ledger.state(number), "approved");
}

/// 500, 125, 50 and 25 of 750: every floor is met, and each line that has a range can reach its ceiling while the
/// others stay as they are.
#[test]
fn after_the_opening_allotment_50_are_left_and_any_one_line_can_grow_to_its_ceiling() {
    let opened = pilot();
    let given = ["lead", "bounties", "marketing", "operations"]
        .map(|category| opened.balance(&format!("1/{category}/available")));
    assert_eq!(given, ["500", "125", "50", "25"]);
    assert_eq!(opened.balance("1/unallotted"), "50");

    for (category, ceiling) in [("bounties", "150"), ("marketing", "100"), ("operations", "50")] {
        opened.clone().does(LEAD, allot(&[(category, ceiling)]));
        let above = allot(&[(category, &format!("{ceiling}.000000000000000001"))]);
        assert_eq!(opened.clone().refuses(LEAD, above).code(), "above_ceiling");
    }
    let two = allot(&[("bounties", "150"), ("marketing", "75.000000000000000001")]);
    assert_eq!(opened.clone().refuses(LEAD, two).to_string(), "0.000000000000000001 LPT over the 750 cap");
    opened.clone().does(LEAD, allot(&[("bounties", "150"), ("marketing", "75")]));
}

#[test]
fn every_waiting_time_may_be_0_at_opening() {
    let no_time = Count::ZERO;
    let at_once = |rules: LaneRules| LaneRules { objection_hours: no_time, ..rules };
    let Lanes { lead, normal, retro, small } = policy().lanes;
    let impatient = Policy {
        address_changed_hours: no_time,
        address_unproven_hours: no_time,
        alternate_hours: no_time,
        appeal_hours: no_time,
        challenge_hours: no_time,
        claim_grace_hours: no_time,
        cooldown_hours: no_time,
        decision_grace_hours: no_time,
        decision_hours: no_time,
        hold_hours: no_time,
        invite_hours: no_time,
        lanes: Lanes {
            lead: at_once(lead),
            normal: at_once(normal),
            retro: at_once(retro),
            small: at_once(small),
        },
        lead_pay_hours: no_time,
        notice_hours: no_time,
        observation_hours: no_time,
        renewal_hours: no_time,
        single_handed_hours: Some(no_time),
        slot_hours: no_time,
        ..policy()
    };
    let mut ledger = started_with(&OpenProgram { policy: impatient, ..charter() });
    ledger.does(LEAD, allot(&[("lead", "500"), ("marketing", "50")]));

    // From an address of this moment to a batch, in one moment.
    ledger.does(ANA, record_address(address(0x77)));
    let payee = address(0x77);
    let asked = domain::command::FileSubmission { payee, ..claim(&ledger, ANA, "marketing", "10") };
    let number = ledger.files(ANA, asked);
    assert_eq!(ledger.approves(number), "approved");
    let pay = ledger.files(LEAD, of_kind(ClaimKind::Lead, claim(&ledger, LEAD, "lead", "125")));
    assert_eq!(ledger.approves(pay), "approved");
    ledger.proposes(&[number, pay]);
    assert_eq!(ledger.balance("1/lead/inflight"), "125");
}
