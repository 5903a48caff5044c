//! The rules of a program as people write them down and read them.

use std::collections::BTreeMap;

use domain::payday::Payday;
use domain::policy::{LaneRules, Lanes, PersonShare, Policy};
use domain::value::{Amount, Count, Slug};
use domain::words::{SignedVotes, Weekday, YesNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::opening::{amount, displayed};
use super::shape;

/// The rules a program decides by; hours and counts are whole numbers. What is left out is as in the pilot, but for
/// what each program says for itself: without `person_share_percent` and `single_handed_hours` there is no such rule.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyFile {
    pub address_changed_hours: u32,
    pub address_unproven_hours: u32,
    /// How old a revision is when a lead may call an alternate to vote on it.
    pub alternate_hours: u32,
    pub appeal_hours: u32,
    pub batch_lines: u32,
    pub challenge_hours: u32,
    /// Claims without a bounty that one person may file in a period; 0 for as many as they like.
    pub claim_credits: u32,
    pub claim_grace_hours: u32,
    pub cooldown_hours: u32,
    pub decision_grace_hours: u32,
    /// How long after a revision its decision is due.
    pub decision_hours: u32,
    /// Whether somebody looks, before a batch is proposed, that the evidence of its claims is still up.
    pub evidence_up: bool,
    pub hold_hours: u32,
    /// How long an invite can be used.
    pub invite_hours: u32,
    pub lead_pay_hours: u32,
    /// How long before it is in force a policy is announced that loosens something.
    pub notice_hours: u32,
    pub observation_hours: u32,
    pub open_claims: u32,
    /// Whether anybody with an account may join as a contributor.
    pub open_joining: bool,
    /// When people are paid; nothing is refused for it.
    pub payday: PaydayFile,
    /// The most that a probe bounty reserves.
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub probe_limit: Amount,
    pub renewal_hours: u32,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub retro_limit: Amount,
    /// How many small claims of a period get a second look in any case.
    pub sample_at_least: u32,
    /// Of how many further ones one does; 0 for none.
    pub sample_one_in: u32,
    /// Whether reviewers sign their votes with their wallets.
    #[schema(value_type = String, pattern = "^(demanded|off|offered)$")]
    pub signed_votes: SignedVotes,
    /// How old a revision is when the only outside reviewer decides it alone; without it nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub single_handed_hours: Option<u32>,
    pub slot_hours: u32,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub small_limit: Amount,
    #[serde(deserialize_with = "amount", serialize_with = "displayed")]
    #[schema(value_type = shape::Lpt)]
    pub small_person_limit: Amount,
    /// Percent of a category's allotment that one person may ask for; categories left out have no limit.
    #[schema(value_type = BTreeMap<shape::ShortName, u32>)]
    pub person_share_percent: BTreeMap<Slug, u32>,
    pub lanes: LanesFile,
}

/// The days of a week, in UTC, by whose end something is done.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaydayFile {
    #[schema(value_type = String, pattern = "^(monday|tuesday|wednesday|thursday|friday|saturday|sunday)$")]
    pub claims_by: Weekday,
    #[schema(value_type = String, pattern = "^(monday|tuesday|wednesday|thursday|friday|saturday|sunday)$")]
    pub votes_by: Weekday,
    #[schema(value_type = String, pattern = "^(monday|tuesday|wednesday|thursday|friday|saturday|sunday)$")]
    pub batch_on: Weekday,
    /// 1 for every week, 2 for every other.
    #[schema(minimum = 1)]
    pub every_weeks: u32,
}

impl From<PaydayFile> for Payday {
    fn from(file: PaydayFile) -> Self {
        let PaydayFile { claims_by, votes_by, batch_on, every_weeks } = file;
        Self { batch_on, claims_by, every_weeks: Count::new(every_weeks), votes_by }
    }
}

impl From<Payday> for PaydayFile {
    fn from(payday: Payday) -> Self {
        let Payday { batch_on, claims_by, every_weeks, votes_by } = payday;
        Self { claims_by, votes_by, batch_on, every_weeks: every_weeks.get() }
    }
}

/// What a claim of each lane needs.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LanesFile {
    pub small: LaneFile,
    pub normal: LaneFile,
    pub retro: LaneFile,
    pub lead: LaneFile,
}

/// What a claim of one lane needs.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneFile {
    pub approvals: u32,
    pub outside: u32,
    pub rejections: u32,
    pub objection_hours: u32,
}

impl From<LaneFile> for LaneRules {
    fn from(lane: LaneFile) -> Self {
        Self {
            approvals: Count::new(lane.approvals),
            objection_hours: Count::new(lane.objection_hours),
            outside: Count::new(lane.outside),
            rejections: Count::new(lane.rejections),
        }
    }
}

impl From<&PolicyFile> for Policy {
    fn from(file: &PolicyFile) -> Self {
        let shares = file.person_share_percent.iter();
        Self {
            address_changed_hours: Count::new(file.address_changed_hours),
            address_unproven_hours: Count::new(file.address_unproven_hours),
            alternate_hours: Count::new(file.alternate_hours),
            appeal_hours: Count::new(file.appeal_hours),
            batch_lines: Count::new(file.batch_lines),
            challenge_hours: Count::new(file.challenge_hours),
            claim_credits: Count::new(file.claim_credits),
            claim_grace_hours: Count::new(file.claim_grace_hours),
            cooldown_hours: Count::new(file.cooldown_hours),
            decision_grace_hours: Count::new(file.decision_grace_hours),
            decision_hours: Count::new(file.decision_hours),
            evidence_up: YesNo::from(file.evidence_up),
            hold_hours: Count::new(file.hold_hours),
            invite_hours: Count::new(file.invite_hours),
            lanes: Lanes {
                lead: file.lanes.lead.into(),
                normal: file.lanes.normal.into(),
                retro: file.lanes.retro.into(),
                small: file.lanes.small.into(),
            },
            lead_pay_hours: Count::new(file.lead_pay_hours),
            notice_hours: Count::new(file.notice_hours),
            observation_hours: Count::new(file.observation_hours),
            open_claims: Count::new(file.open_claims),
            open_joining: YesNo::from(file.open_joining),
            payday: file.payday.into(),
            person_shares: shares
                .map(|(category, percent)| PersonShare { category: *category, percent: Count::new(*percent) })
                .collect(),
            probe_limit: file.probe_limit,
            renewal_hours: Count::new(file.renewal_hours),
            retro_limit: file.retro_limit,
            sample_at_least: Count::new(file.sample_at_least),
            sample_one_in: Count::new(file.sample_one_in),
            signed_votes: file.signed_votes,
            single_handed_hours: file.single_handed_hours.map(Count::new),
            slot_hours: Count::new(file.slot_hours),
            small_limit: file.small_limit,
            small_person_limit: file.small_person_limit,
        }
    }
}

impl Default for PolicyFile {
    fn default() -> Self {
        (&Policy::default()).into()
    }
}

impl From<&LaneRules> for LaneFile {
    fn from(rules: &LaneRules) -> Self {
        Self {
            approvals: rules.approvals.get(),
            objection_hours: rules.objection_hours.get(),
            outside: rules.outside.get(),
            rejections: rules.rejections.get(),
        }
    }
}

impl From<&Policy> for PolicyFile {
    fn from(policy: &Policy) -> Self {
        let shares = policy.person_shares.iter();
        Self {
            address_changed_hours: policy.address_changed_hours.get(),
            address_unproven_hours: policy.address_unproven_hours.get(),
            alternate_hours: policy.alternate_hours.get(),
            appeal_hours: policy.appeal_hours.get(),
            batch_lines: policy.batch_lines.get(),
            challenge_hours: policy.challenge_hours.get(),
            claim_credits: policy.claim_credits.get(),
            claim_grace_hours: policy.claim_grace_hours.get(),
            cooldown_hours: policy.cooldown_hours.get(),
            decision_grace_hours: policy.decision_grace_hours.get(),
            decision_hours: policy.decision_hours.get(),
            evidence_up: policy.evidence_up == YesNo::Yes,
            hold_hours: policy.hold_hours.get(),
            invite_hours: policy.invite_hours.get(),
            lanes: LanesFile {
                lead: (&policy.lanes.lead).into(),
                normal: (&policy.lanes.normal).into(),
                retro: (&policy.lanes.retro).into(),
                small: (&policy.lanes.small).into(),
            },
            lead_pay_hours: policy.lead_pay_hours.get(),
            notice_hours: policy.notice_hours.get(),
            observation_hours: policy.observation_hours.get(),
            open_claims: policy.open_claims.get(),
            open_joining: policy.open_joining == YesNo::Yes,
            payday: policy.payday.into(),
            person_share_percent: shares.map(|share| (share.category, share.percent.get())).collect(),
            probe_limit: policy.probe_limit,
            renewal_hours: policy.renewal_hours.get(),
            retro_limit: policy.retro_limit,
            sample_at_least: policy.sample_at_least.get(),
            sample_one_in: policy.sample_one_in.get(),
            signed_votes: policy.signed_votes,
            single_handed_hours: policy.single_handed_hours.map(Count::get),
            slot_hours: policy.slot_hours.get(),
            small_limit: policy.small_limit,
            small_person_limit: policy.small_person_limit,
        }
    }
}
