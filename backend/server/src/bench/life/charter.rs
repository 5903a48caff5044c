//! The program of a made-up life: two approvals for most claims, a day for objections, budgets that never run dry
//! but one.

use domain::command::{AddMember, Category, OpenProgram};
use domain::payday::Payday;
use domain::policy::{LaneRules, Lanes, PersonShare, Policy};
use domain::value::{Address, Amount, Count, Digest, Seq, Slug};
use domain::words::{Role, SignedVotes, Weekday, YesNo};

use super::LifeError;

/// What the program is opened with, beside its people.
pub(super) const LEAD: u32 = 1;
pub(super) const TREASURER: u32 = 2;
pub(super) const FIRST_REVIEWER: u32 = 3;
pub(super) const REVIEWERS: u32 = 9;
pub(super) const FIRST_CONTRIBUTOR: u32 = FIRST_REVIEWER + REVIEWERS;
/// Those who are there from the beginning.
pub(super) const CONTRIBUTORS: u32 = 30;
/// Whose claims wait until more is allotted.
pub(super) const TIGHT: &str = "translations";
/// Whose bounties are posted.
pub(super) const BOUNTIES: &str = "bounties";
pub(super) const CATEGORIES: [&str; 4] = [BOUNTIES, "marketing", "operations", TIGHT];
const CHAIN: u64 = 42_161;

pub(super) fn slug(text: &str) -> Result<Slug, LifeError> {
    text.parse().map_err(|_| LifeError::Lost)
}

pub(super) fn lpt(count: u64) -> Amount {
    Amount::from_wei(u128::from(count).saturating_mul(Amount::LPT.wei()))
}

/// An address of nobody's, different for each number.
pub(super) fn address(kind: &str, number: u64) -> Address {
    let digest = Digest::sha256(&[kind.as_bytes(), &number.to_be_bytes()]);
    Address::from_bytes(digest.bytes().first_chunk().copied().unwrap_or_default())
}

fn lane(approvals: u32, hours: u32) -> LaneRules {
    LaneRules {
        approvals: Count::new(approvals),
        objection_hours: Count::new(hours),
        outside: Count::new(1),
        rejections: Count::new(approvals),
    }
}

/// The roles of a member who is there from the beginning.
fn roles(number: u32) -> Vec<Role> {
    match number {
        LEAD => vec![Role::Lead],
        TREASURER => vec![Role::Treasurer],
        number if number < FIRST_CONTRIBUTOR => vec![Role::Reviewer],
        _ => vec![Role::Contributor],
    }
}

/// Opens a program whose members have these names.
pub(super) fn charter(names: &[Digest], texts: Digest) -> Result<OpenProgram, LifeError> {
    let version = "1.4.1".parse().map_err(|_| LifeError::Lost)?;
    let ceiling = lpt(1_000_000_000);
    let category = |name: &&str| Ok(Category { ceiling, floor: Amount::ZERO, slug: slug(name)? });
    let members = (1..).zip(names).map(|(number, name)| AddMember { name: *name, roles: roles(number) });
    Ok(OpenProgram {
        cap: lpt(1_000_000_000_000),
        categories: CATEGORIES.iter().map(category).collect::<Result<_, LifeError>>()?,
        chain: Seq::new(CHAIN),
        demo: YesNo::Yes,
        members: members.collect(),
        multi_send: safe::deployments::multi_send_call_only(version, CHAIN).ok_or(LifeError::Lost)?,
        policy: Policy {
            address_changed_hours: Count::new(48),
            address_unproven_hours: Count::new(12),
            alternate_hours: Count::new(168),
            appeal_hours: Count::new(168),
            batch_lines: Count::new(20),
            challenge_hours: Count::new(72),
            claim_credits: Count::ZERO,
            claim_grace_hours: Count::new(120),
            cooldown_hours: Count::ZERO,
            decision_grace_hours: Count::new(288),
            decision_hours: Count::new(120),
            evidence_up: YesNo::Yes,
            hold_hours: Count::new(168),
            invite_hours: Count::new(168),
            lanes: Lanes { lead: lane(2, 24), normal: lane(2, 24), retro: lane(2, 24), small: lane(1, 12) },
            lead_pay_hours: Count::ZERO,
            notice_hours: Count::new(168),
            observation_hours: Count::new(24),
            open_claims: Count::new(12),
            open_joining: YesNo::No,
            payday: Payday {
                batch_on: Weekday::Friday,
                claims_by: Weekday::Sunday,
                every_weeks: Count::new(1),
                votes_by: Weekday::Wednesday,
            },
            person_shares: vec![PersonShare { category: slug(BOUNTIES)?, percent: Count::new(40) }],
            probe_limit: lpt(10),
            renewal_hours: Count::new(168),
            retro_limit: ceiling,
            sample_at_least: Count::ZERO,
            sample_one_in: Count::ZERO,
            signed_votes: SignedVotes::Off,
            single_handed_hours: None,
            slot_hours: Count::new(120),
            small_limit: lpt(5),
            small_person_limit: ceiling,
        },
        refused_payees: Vec::new(),
        safe: address("safe", 1),
        safe_version: "1.4.1".parse().map_err(|_| LifeError::Lost)?,
        texts,
        token: address("token", 1),
    })
}
