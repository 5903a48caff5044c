//! What a seed sets up: programs like the pilot with other rules, and how rough the run is.

use domain::command::{AddMember, Category, OpenProgram};
use domain::payday::Payday;
use domain::policy::{LaneRules, Lanes, PersonShare, Policy};
use domain::value::{Address, Amount, Count, Digest, Seq};
use domain::words::{Role, SignedVotes, Weekday, YesNo};

use super::values::{lpt, slug};
use crate::rng::Rng;

/// How a run goes.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Commands to be asked, repeats not counted.
    pub commands: u64,
    /// Programs of the ledger.
    pub programs: usize,
    /// Servers that write to one database, in turn.
    pub servers: usize,
    /// Commands that share one commit at most.
    pub group: usize,
    /// Percent of the waves that end in a crash.
    pub crashes: u64,
    /// Percent of the answers that get lost.
    pub lost: u64,
    /// Percent of the commands that are spoiled.
    pub spoiled: u64,
}

impl Scenario {
    pub fn any(rng: &mut Rng) -> Self {
        Self {
            commands: 500 + rng.below(1_000),
            programs: rng.of([1, 1, 2, 3]),
            servers: rng.of([1, 1, 2]),
            group: rng.of([1, 3, 256, 256]),
            crashes: rng.of([0, 4, 8]),
            lost: rng.of([0, 4, 10]),
            spoiled: rng.of([8, 15, 30]),
        }
    }
}

fn address(kind: u8, n: u8) -> Address {
    let mut bytes = [kind; 20];
    bytes[19] = n;
    Address::from_bytes(bytes)
}

/// The contracts of the `n`th program; each has a Safe of its own.
pub fn charter(rng: &mut Rng, n: u8) -> OpenProgram {
    let names = ["lead", "bounties", "marketing", "operations", "events", "docs"];
    let lines = 2 + rng.place(names.len() - 1);
    let categories = names[..lines].iter().map(|name| {
        let floor = if rng.percent(50) { Amount::ZERO } else { lpt(rng, 20) };
        Category { ceiling: floor.checked_add(lpt(rng, 200)).unwrap(), floor, slug: slug(name) }
    });
    let categories: Vec<Category> = categories.collect();
    let member = |roles: &[Role]| AddMember { name: Digest::ZERO, roles: roles.to_vec() };
    let mut members = vec![
        member(&[Role::Lead, Role::Reviewer]),
        member(&[Role::Reviewer]),
        member(&[Role::Reviewer, Role::Contributor]),
        member(&[Role::Reviewer]),
        member(&[Role::Treasurer]),
        member(&[Role::Auditor]),
    ];
    members.extend((0..3 + rng.below(5)).map(|_| member(&[Role::Contributor])));
    let shared = categories.iter().filter_map(|category| {
        let percent = Count::new(rng.of([25, 40, 100]));
        rng.percent(40).then_some(PersonShare { category: category.slug, percent })
    });
    let person_shares: Vec<PersonShare> = shared.collect();
    OpenProgram {
        cap: Amount::from_wei(Amount::LPT.wei() * u128::from(rng.of([2_000_u32, 20_000, 200_000]))),
        categories,
        chain: Seq::new(42_161),
        demo: YesNo::from(rng.percent(50)),
        members,
        multi_send: address(0xe3, 0),
        policy: policy(rng, person_shares),
        refused_payees: vec![address(0xe4, 0)],
        safe: address(0xe2, n),
        safe_version: "1.4.1".parse().unwrap(),
        texts: Digest::ZERO,
        token: address(0xe1, 0),
    }
}

pub fn policy(rng: &mut Rng, person_shares: Vec<PersonShare>) -> Policy {
    Policy {
        address_changed_hours: Count::new(rng.of([0, 12, 48])),
        address_unproven_hours: Count::new(rng.of([0, 0, 24])),
        alternate_hours: Count::new(rng.of([0, 24, 168])),
        appeal_hours: Count::new(rng.of([0, 24, 168, 168])),
        batch_lines: Count::new(rng.of([1, 3, 20])),
        challenge_hours: Count::new(rng.of([0, 12, 72])),
        claim_credits: Count::new(rng.of([0, 0, 4, 10])),
        claim_grace_hours: Count::new(rng.of([0, 24, 120])),
        cooldown_hours: Count::new(rng.of([0, 0, 0, 6])),
        decision_grace_hours: Count::new(rng.of([120, 288])),
        decision_hours: Count::new(rng.of([24, 120])),
        evidence_up: YesNo::from(rng.percent(40)),
        hold_hours: Count::new(rng.of([0, 24, 168])),
        invite_hours: Count::new(rng.of([24, 2_000])),
        lanes: Lanes { lead: lane(rng), normal: lane(rng), retro: lane(rng), small: lane(rng) },
        lead_pay_hours: Count::new(rng.of([0, 24, 168])),
        notice_hours: Count::new(rng.of([0, 0, 24, 96])),
        observation_hours: Count::new(rng.of([12, 48, 100])),
        open_claims: Count::new(rng.of([4, 12])),
        open_joining: YesNo::from(rng.percent(50)),
        payday: payday(rng),
        person_shares,
        probe_limit: lpt(rng, 12),
        renewal_hours: Count::new(rng.of([0, 168])),
        sample_at_least: Count::new(rng.of([0, 3])),
        sample_one_in: Count::new(rng.of([0, 1, 4])),
        signed_votes: *rng.pick(SignedVotes::ALL).unwrap(),
        single_handed_hours: rng.of([None, Some(0), Some(48)]).map(Count::new),
        retro_limit: lpt(rng, 100),
        slot_hours: Count::new(rng.of([0, 12, 120])),
        small_limit: lpt(rng, 6),
        small_person_limit: lpt(rng, 20),
    }
}

/// Any days: nothing is refused for them.
pub fn payday(rng: &mut Rng) -> Payday {
    let [batch_on, claims_by, votes_by] = [0, 1, 2].map(|_| *rng.pick(Weekday::ALL).unwrap());
    Payday { batch_on, claims_by, every_weeks: Count::new(1 + rng.small(3)), votes_by }
}

pub fn lane(rng: &mut Rng) -> LaneRules {
    let approvals = rng.of([1, 1, 2, 2, 3]);
    LaneRules {
        approvals: Count::new(approvals),
        objection_hours: Count::new(rng.of([0, 0, 6, 24])),
        outside: Count::new(1 + rng.small(approvals)),
        rejections: Count::new(1 + rng.small(2)),
    }
}
