//! The values a program decides by. All per program, public, and written into its first event.

mod defaults;

use serde::{Deserialize, Serialize};

use crate::payday::Payday;
use crate::snapshot;
use crate::value::{Amount, Count, Seq, Slug, Timestamp};
use crate::words::{Lane, SignedVotes, YesNo};

/// What a claim of one lane needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LaneRules {
    /// Approvals that decide.
    pub approvals: Count,
    /// Hours between approval and the first batch that may carry it.
    pub objection_hours: Count,
    /// How many of the approvals must come from reviewers who are not leads.
    pub outside: Count,
    /// Rejections that decide.
    pub rejections: Count,
}

/// The rules of every lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lanes {
    pub lead: LaneRules,
    pub normal: LaneRules,
    pub retro: LaneRules,
    pub small: LaneRules,
}

/// The most that one person may ask for in a category, as a share of its current allotment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonShare {
    pub category: Slug,
    /// 1 to 100.
    pub percent: Count,
}

/// The longest time that a policy holds anything up, in hours: a year.
pub const MAX_HOURS: u32 = 8_760;

/// The policy of a program: durations in hours, amounts in LPT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// How long a changed payout address cools off before a batch may use it.
    pub address_changed_hours: Count,
    /// How much longer an address waits that its owner has not proven by a signature.
    pub address_unproven_hours: Count,
    /// How old a revision is when a lead may call an alternate to vote on it.
    pub alternate_hours: Count,
    /// How long after a rejection it can be appealed against.
    pub appeal_hours: Count,
    /// The most payouts in one batch: signers must be able to review it on a device.
    pub batch_lines: Count,
    /// How long a challenge keeps a claim out of batches.
    pub challenge_hours: Count,
    /// Claims without a bounty that one person may file in a period; 0 for as many as they like.
    pub claim_credits: Count,
    /// How long after a period's end its claims may still be filed.
    pub claim_grace_hours: Count,
    /// How long one person waits between two claims.
    pub cooldown_hours: Count,
    /// How long after a period's end its last decisions are due; not before its claims.
    pub decision_grace_hours: Count,
    /// How long after a revision its decision is due.
    pub decision_hours: Count,
    /// Whether somebody looks, before a batch is proposed, that the evidence of its claims is still up.
    pub evidence_up: YesNo,
    /// How long those who run the program can keep a claim out of batches.
    pub hold_hours: Count,
    /// How long an invite can be used.
    pub invite_hours: Count,
    pub lanes: Lanes,
    /// A lead claims their pay in arrears: so long after the last time, and after the period began.
    pub lead_pay_hours: Count,
    /// How long before it is in force a policy is announced that loosens something.
    pub notice_hours: Count,
    /// How old the last look at the Safe may be when a batch is proposed.
    pub observation_hours: Count,
    /// Undecided claims one person may have at a time.
    pub open_claims: Count,
    /// Whether anybody with an account may join as a contributor.
    pub open_joining: YesNo,
    pub payday: Payday,
    pub person_shares: Vec<PersonShare>,
    /// The most that a probe bounty reserves.
    pub probe_limit: Amount,
    /// How long before a period's end its renewal is due.
    pub renewal_hours: Count,
    /// All retroactive claims of a period together.
    pub retro_limit: Amount,
    /// How many approvals of the small lane are checked in each period before chance decides.
    pub sample_at_least: Count,
    /// Of how many later approvals of the small lane one is checked; 0 for none.
    pub sample_one_in: Count,
    pub signed_votes: SignedVotes,
    /// How old a revision is when the only outside reviewer decides alone; absent if nobody ever does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single_handed_hours: Option<Count>,
    /// How long a slot stays taken without a claim.
    pub slot_hours: Count,
    /// The largest claim in the small lane.
    pub small_limit: Amount,
    /// All small-lane claims of one person in a period together.
    pub small_person_limit: Amount,
}

impl Policy {
    pub fn lane(&self, lane: Lane) -> &LaneRules {
        match lane {
            Lane::Lead => &self.lanes.lead,
            Lane::Normal => &self.lanes.normal,
            Lane::Retro => &self.lanes.retro,
            Lane::Small => &self.lanes.small,
        }
    }

    /// Every time in it, in hours, by its name.
    pub fn hours(&self) -> impl Iterator<Item = (&'static str, Count)> {
        let times = [
            ("address_changed_hours", self.address_changed_hours),
            ("address_unproven_hours", self.address_unproven_hours),
            ("alternate_hours", self.alternate_hours),
            ("appeal_hours", self.appeal_hours),
            ("challenge_hours", self.challenge_hours),
            ("claim_grace_hours", self.claim_grace_hours),
            ("cooldown_hours", self.cooldown_hours),
            ("decision_grace_hours", self.decision_grace_hours),
            ("decision_hours", self.decision_hours),
            ("hold_hours", self.hold_hours),
            ("invite_hours", self.invite_hours),
            ("lead_pay_hours", self.lead_pay_hours),
            ("notice_hours", self.notice_hours),
            ("observation_hours", self.observation_hours),
            ("renewal_hours", self.renewal_hours),
            ("slot_hours", self.slot_hours),
        ];
        let objections = Lane::ALL.iter().map(|lane| ("objection_hours", self.lane(*lane).objection_hours));
        let alone = self.single_handed_hours.map(|hours| ("single_handed_hours", hours));
        times.into_iter().chain(objections).chain(alone)
    }

    /// The share of a category that one person may ask for, in percent; `None` if unlimited.
    pub fn person_share(&self, category: Slug) -> Option<Count> {
        self.person_shares.iter().find(|share| share.category == category).map(|share| share.percent)
    }
}

/// A policy, and from when on it decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Counted from 1.
    pub number: Count,
    /// It decides about revisions from then on, until a later one does.
    pub from: Timestamp,
    /// The event that announced it.
    pub recorded: Seq,
    #[serde(with = "snapshot::json")]
    pub policy: Policy,
}

/// The first version of every program's policy.
pub const FIRST_VERSION: Count = Count::new(1);

/// A value, and whether going from one to the other loosens it.
type Loosened = (&'static str, bool);

impl LaneRules {
    const fn loosened_to(&self, after: &Self) -> [Loosened; 4] {
        [
            ("approvals", after.approvals.get() < self.approvals.get()),
            ("objection_hours", after.objection_hours.get() < self.objection_hours.get()),
            ("outside", after.outside.get() < self.outside.get()),
            ("rejections", after.rejections.get() > self.rejections.get()),
        ]
    }
}

impl Policy {
    /// The first value that lets more money go, sooner, or past fewer eyes under another policy than under this one.
    pub fn loosened_to(&self, after: &Self) -> Option<&'static str> {
        let lanes = Lane::ALL.iter().flat_map(|lane| self.lane(*lane).loosened_to(after.lane(*lane)));
        let loosened = lanes.chain(self.loosened_waits(after)).chain(self.loosened_limits(after));
        loosened.into_iter().find(|(_, loosened)| *loosened).map(|(value, _)| value)
    }

    fn loosened_waits(&self, after: &Self) -> [Loosened; 11] {
        let alone = match (self.single_handed_hours, after.single_handed_hours) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(after)) => after < before,
        };
        [
            ("address_changed_hours", after.address_changed_hours < self.address_changed_hours),
            ("address_unproven_hours", after.address_unproven_hours < self.address_unproven_hours),
            ("alternate_hours", after.alternate_hours < self.alternate_hours),
            ("challenge_hours", after.challenge_hours < self.challenge_hours),
            ("claim_grace_hours", after.claim_grace_hours > self.claim_grace_hours),
            ("cooldown_hours", after.cooldown_hours < self.cooldown_hours),
            ("hold_hours", after.hold_hours < self.hold_hours),
            ("lead_pay_hours", after.lead_pay_hours < self.lead_pay_hours),
            ("notice_hours", after.notice_hours < self.notice_hours),
            ("observation_hours", after.observation_hours > self.observation_hours),
            ("single_handed_hours", alone),
        ]
    }

    fn loosened_limits(&self, after: &Self) -> [Loosened; 12] {
        // 0 is no limit where something is counted out, and no sample where it is drawn.
        let credits = |policy: &Self| policy.claim_credits.get().checked_sub(1).unwrap_or(u32::MAX);
        let every = |policy: &Self| policy.sample_one_in.get().checked_sub(1).unwrap_or(u32::MAX);
        let shares = self
            .person_shares
            .iter()
            .any(|share| after.person_share(share.category).is_none_or(|percent| percent > share.percent));
        [
            ("batch_lines", after.batch_lines > self.batch_lines),
            ("claim_credits", credits(after) > credits(self)),
            ("evidence_up", self.evidence_up == YesNo::Yes && after.evidence_up == YesNo::No),
            ("open_claims", after.open_claims > self.open_claims),
            ("open_joining", self.open_joining == YesNo::No && after.open_joining == YesNo::Yes),
            ("person_shares", shares),
            ("probe_limit", after.probe_limit > self.probe_limit),
            ("retro_limit", after.retro_limit > self.retro_limit),
            ("sample_at_least", after.sample_at_least < self.sample_at_least),
            ("sample_one_in", every(after) > every(self)),
            ("signed_votes", after.signed_votes.strength() < self.signed_votes.strength()),
            (
                "small_limit",
                after.small_limit > self.small_limit || after.small_person_limit > self.small_person_limit,
            ),
        ]
    }
}
