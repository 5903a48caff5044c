//! Policies that change: announced, versioned, and never for what was claimed before.

use domain::command::ChangePolicy;
use domain::event::Fact;
use domain::policy::{LaneRules, Policy};
use domain::value::{Count, Timestamp};
use domain::words::{Choice, ClaimKind, Lane, SignedVotes, YesNo};

use crate::common::*;

/// Another policy than the pilot's.
fn other(change: impl FnOnce(&mut Policy)) -> ChangePolicy {
    let mut policy = policy();
    change(&mut policy);
    ChangePolicy { after: Count::new(1), policy, reason: digest("what the forum said") }
}

fn from(ledger: &mut Ledger, asked: ChangePolicy) -> Timestamp {
    let after = ledger.program.policies().last().unwrap().number;
    let Fact::PolicyChanged { outcome, .. } = ledger.does(LEAD, ChangePolicy { after, ..asked }) else {
        panic!("a policy")
    };
    outcome.from
}

#[test]
fn what_tightens_is_in_force_at_once_and_what_loosens_after_its_notice() {
    let mut ledger = pilot();
    let now = ledger.now;

    let tightened = from(&mut ledger, other(|policy| policy.open_claims = Count::new(3)));
    let loosened = from(&mut ledger, other(|policy| policy.open_claims = Count::new(20)));

    assert_eq!((tightened, loosened), (now, now.plus_hours(Count::new(168))));
    let versions: Vec<u32> = ledger.program.policies().iter().map(|version| version.number.get()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(ledger.program.policy_at(now).open_claims, Count::new(3));
    assert_eq!(ledger.program.policy_at(loosened).open_claims, Count::new(20));
    let just_before = Timestamp::from_micros(loosened.micros() - 1).unwrap();
    assert_eq!(ledger.program.policy_at(just_before).open_claims, Count::new(3));
}

#[test]
fn a_claim_is_decided_by_the_policy_it_was_made_under() {
    let mut ledger = pilot();
    let before = ledger.files(ANA, claim(&ledger, ANA, "marketing", "6"));

    ledger.does(LEAD, other(|policy| policy.lanes.normal.approvals = Count::new(3)));
    let after = ledger.files(BEN, claim(&ledger, BEN, "marketing", "6"));

    assert_eq!(ledger.approves(before), "approved");
    assert_eq!(ledger.approves(after), "counted");
    assert_eq!(ledger.votes(ALTERNATE, after, Choice::Approve), "approved");
    let cited = [before, after].map(|number| ledger.submission(number).revision.policy.get());
    assert_eq!(cited, [1, 2]);
}

#[test]
fn a_new_revision_is_decided_by_the_policy_in_force_then() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, claim(&ledger, ANA, "marketing", "6"));
    let digest = ledger.submission(number).revision.digest;
    ledger.does(LEAD, other(|policy| policy.lanes.normal.approvals = Count::new(3)));

    ledger.does(ANA, revision(&ledger, number, "6"));

    assert_ne!(ledger.submission(number).revision.digest, digest);
    assert_eq!(ledger.submission(number).revision.policy, Count::new(2));
    assert_eq!(ledger.approves(number), "counted");
}

#[test]
fn objection_periods_are_those_that_a_claim_was_made_under() {
    let mut ledger = pilot();
    let before = ledger.approved(ANA, "marketing", "6");
    ledger.does(LEAD, other(|policy| policy.lanes.normal.objection_hours = Count::new(100)));
    let after = ledger.approved(BEN, "marketing", "6");
    ledger.wait(48);
    ledger.is_ready_to_pay();

    let late = batch(&ledger, &[before, after]);
    assert_eq!(ledger.refuses(TREASURER, late).code(), "objection_period");
    ledger.does(TREASURER, batch(&ledger, &[before]));
}

#[test]
fn what_was_announced_can_be_called_off_before_it_is_in_force() {
    let mut ledger = pilot();
    let loosened = from(&mut ledger, other(|policy| policy.retro_limit = amount("50")));
    ledger.wait(24);

    let called_off = from(&mut ledger, other(|policy| policy.invite_hours = Count::new(24)));

    assert_eq!(called_off, loosened, "in its place, and never before it");
    assert_eq!(ledger.program.policy_at(loosened).retro_limit, amount("25"));
    assert_eq!(ledger.program.policy_at(ledger.now).invite_hours, policy().invite_hours);
}

#[test]
fn a_policy_that_is_no_other_changes_nothing() {
    let mut ledger = pilot();

    let same = ledger.refuses(LEAD, other(|_| {}));

    assert_eq!(same.code(), "nothing_changes");
    assert_eq!(ledger.program.policies().len(), 1);
}

/// Every value whose change lets more money go, sooner or past fewer eyes waits; and none waits the other way.
#[test]
fn every_value_that_loosens_takes_notice() {
    type Change = fn(&mut Policy);
    let looser: [(&str, Change, Change); 24] = [
        (
            "approvals",
            |p| p.lanes.normal.approvals = Count::new(1),
            |p| p.lanes.normal.approvals = Count::new(3),
        ),
        (
            "objection_hours",
            |p| p.lanes.small.objection_hours = Count::new(23),
            |p| {
                p.lanes.small.objection_hours = Count::new(25);
            },
        ),
        ("outside", |p| p.lanes.lead.outside = Count::new(1), |p| p.lanes.normal.outside = Count::new(2)),
        (
            "rejections",
            |p| p.lanes.retro.rejections = Count::new(3),
            |p| p.lanes.retro.rejections = Count::new(1),
        ),
        (
            "address_changed_hours",
            |p| p.address_changed_hours = Count::new(47),
            |p| {
                p.address_changed_hours = Count::new(49);
            },
        ),
        (
            "address_unproven_hours",
            |p| p.address_unproven_hours = Count::new(47),
            |p| {
                p.address_unproven_hours = Count::new(49);
            },
        ),
        ("alternate_hours", |p| p.alternate_hours = Count::new(167), |p| p.alternate_hours = Count::new(169)),
        ("challenge_hours", |p| p.challenge_hours = Count::new(71), |p| p.challenge_hours = Count::new(73)),
        (
            "claim_grace_hours",
            |p| p.claim_grace_hours = Count::new(121),
            |p| {
                p.claim_grace_hours = Count::new(119);
            },
        ),
        ("hold_hours", |p| p.hold_hours = Count::new(167), |p| p.hold_hours = Count::new(169)),
        ("lead_pay_hours", |p| p.lead_pay_hours = Count::new(167), |p| p.lead_pay_hours = Count::new(169)),
        ("notice_hours", |p| p.notice_hours = Count::new(167), |p| p.notice_hours = Count::new(169)),
        (
            "observation_hours",
            |p| p.observation_hours = Count::new(25),
            |p| p.observation_hours = Count::new(23),
        ),
        (
            "single_handed_hours",
            |p| p.single_handed_hours = Some(Count::new(167)),
            |p| p.single_handed_hours = None,
        ),
        ("batch_lines", |p| p.batch_lines = Count::new(21), |p| p.batch_lines = Count::new(19)),
        ("open_claims", |p| p.open_claims = Count::new(13), |p| p.open_claims = Count::new(11)),
        (
            "person_shares",
            |p| p.person_shares[0].percent = Count::new(41),
            |p| {
                p.person_shares[0].percent = Count::new(39);
            },
        ),
        ("person_shares", |p| p.person_shares.clear(), |p| p.cooldown_hours = Count::new(1)),
        ("probe_limit", |p| p.probe_limit = amount("11"), |p| p.probe_limit = amount("9")),
        ("retro_limit", |p| p.retro_limit = amount("26"), |p| p.retro_limit = amount("24")),
        ("sample_at_least", |p| p.sample_at_least = Count::new(2), |p| p.sample_at_least = Count::new(4)),
        ("sample_one_in", |p| p.sample_one_in = Count::ZERO, |p| p.sample_one_in = Count::new(3)),
        ("evidence_up", |p| p.evidence_up = YesNo::No, |p| p.claim_credits = Count::new(10)),
        ("small_limit", |p| p.small_limit = amount("6"), |p| p.small_person_limit = amount("9")),
    ];
    for (value, loosen, tighten) in looser {
        let (before, mut after) = (policy(), policy());
        loosen(&mut after);
        assert_eq!(before.loosened_to(&after), Some(value));
        let mut after = policy();
        tighten(&mut after);
        assert_eq!(before.loosened_to(&after), None, "{value} the other way");
    }
    let strict = Policy { signed_votes: SignedVotes::Demanded, open_joining: YesNo::No, ..policy() };
    let open = Policy { open_joining: YesNo::Yes, ..strict.clone() };
    let unsigned = Policy { signed_votes: SignedVotes::Offered, ..strict.clone() };
    let paced = Policy { cooldown_hours: Count::new(6), claim_credits: Count::new(10), ..strict.clone() };
    assert_eq!(strict.loosened_to(&open), Some("open_joining"));
    assert_eq!(open.loosened_to(&strict), None);
    assert_eq!(strict.loosened_to(&unsigned), Some("signed_votes"));
    assert_eq!(unsigned.loosened_to(&strict), None);
    let unpaced = Policy { cooldown_hours: Count::ZERO, ..paced.clone() };
    assert_eq!(paced.loosened_to(&unpaced), Some("cooldown_hours"));
    let uncounted = Policy { claim_credits: Count::ZERO, ..paced.clone() };
    assert_eq!(paced.loosened_to(&uncounted), Some("claim_credits"));
}

fn lane(approvals: u32, outside: u32, rejections: u32, objection_hours: u32) -> LaneRules {
    LaneRules {
        approvals: Count::new(approvals),
        objection_hours: Count::new(objection_hours),
        outside: Count::new(outside),
        rejections: Count::new(rejections),
    }
}

/// The pilot's lanes, line by line of what its policy promises.
#[test]
fn the_pilots_lanes_are_what_its_policy_promises() {
    let policy = policy();

    // Small claims: one approval, not the lead's alone; 24 hours to object.
    assert_eq!(policy.lane(Lane::Small), &lane(1, 1, 1, 24));
    assert_eq!((policy.small_limit, policy.small_person_limit), (amount("5"), amount("10")));
    // Normal ones: two, at least one from outside; 48 hours.
    assert_eq!(policy.lane(Lane::Normal), &lane(2, 1, 2, 48));
    // Retroactive ones and those of whoever runs the program: two from outside; seven days.
    assert_eq!(policy.lane(Lane::Retro), &lane(2, 2, 2, 168));
    assert_eq!(policy.lane(Lane::Lead), &lane(2, 2, 2, 168));
    assert_eq!(policy.retro_limit, amount("25"));
}

#[test]
fn evidence_is_looked_at_before_a_batch_unless_the_policy_says_otherwise() {
    let mut ledger = pilot();
    let number = ledger.approved(ANA, "marketing", "6");
    ledger.wait(48);
    ledger.is_ready_to_pay();
    let unlooked = domain::command::ProposeBatch { evidence_up: YesNo::No, ..batch(&ledger, &[number]) };
    assert_eq!(
        ledger.refuses(TREASURER, unlooked.clone()).to_string(),
        "look first whether the evidence of every claim is still up, and say so"
    );

    ledger.does(LEAD, other(|policy| policy.evidence_up = YesNo::No));
    ledger.wait(168);
    ledger.sees_the_safe();
    ledger.does(TREASURER, unlooked);

    assert_eq!(ledger.state(number), "in_batch");
}

#[test]
fn a_claim_has_at_most_ten_captures() {
    let mut ledger = pilot();
    let captures = |count: u8| (0..count).map(|place| digest(&format!("capture {place}"))).collect();
    let asked =
        domain::command::FileSubmission { captures: captures(11), ..claim(&ledger, ANA, "marketing", "6") };
    assert_eq!(ledger.refuses(ANA, asked.clone()).to_string(), "captures has at most 10 entries");

    let number = ledger.files(ANA, domain::command::FileSubmission { captures: captures(10), ..asked });

    assert_eq!(ledger.submission(number).revision.captures.len(), 10);
    let documents = ledger.journal.last().unwrap().event.fact.command().documents();
    assert_eq!(documents.len(), 11);
}

/// The sort of claim decides its lane, whoever changed the policy since.
#[test]
fn who_comes_to_run_the_program_is_held_to_the_lead_lane_of_the_same_version() {
    let mut ledger = pilot();
    let number = ledger.files(ANA, of_kind(ClaimKind::Expense, claim(&ledger, ANA, "marketing", "4")));
    ledger.does(LEAD, grant(ANA, domain::words::Role::Treasurer));
    ledger.does(LEAD, other(|policy| policy.lanes.lead.approvals = Count::new(3)));

    assert_eq!(ledger.votes(OUTSIDE, number, Choice::Approve), "counted");
    assert_eq!(ledger.votes(SECOND_OUTSIDE, number, Choice::Approve), "approved");
}

/// A policy that held everything up for ever could never be taken back: its own notice would hold that up.
#[test]
fn nothing_in_a_policy_waits_longer_than_a_year() {
    let whole = serde_json::to_value(policy()).unwrap();
    let mut tried = 0;
    let mut hours = Vec::new();
    for (name, value) in whole.as_object().unwrap() {
        hours.extend(name.ends_with("_hours").then(|| vec![name.clone()]));
        for inner in value
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(lane, rules)| rules.as_object().map(|_| lane))
        {
            hours.push(vec![name.clone(), inner.clone(), "objection_hours".to_owned()]);
        }
    }
    for path in hours {
        for (hours, fits) in [(8_760, true), (8_761, false)] {
            let mut changed = whole.clone();
            for name in ["claim_grace_hours", "decision_grace_hours"] {
                changed[name] = "8760".into();
            }
            let place = path.iter().fold(&mut changed, |place, name| &mut place[name]);
            *place = hours.to_string().into();
            let policy: Policy = serde_json::from_value(changed).unwrap();
            let asked = ChangePolicy { after: Count::new(1), policy, reason: digest("longer") };
            let mut ledger = pilot();
            match ledger.ask(LEAD, asked) {
                Ok(_) => assert!(fits, "{path:?}"),
                Err(refusal) => {
                    assert!(
                        !fits && refusal.to_string().ends_with("at most 8760 hours"),
                        "{path:?}: {refusal}"
                    );
                }
            }
            tried += 1;
        }
    }
    // 16 of its own, the lead's alone, and one for each lane.
    assert_eq!(tried, 2 * 21);
}
