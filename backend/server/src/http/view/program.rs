//! Programs and the rules they decide by.

use std::collections::BTreeMap;

use domain::Program;
use domain::policy::{LaneRules, Policy};
use domain::value::Address;
use domain::words::YesNo;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Checksummed, Lpt};
use crate::app::{Error, Texts, shape};
use crate::db::{Corrupt, read_text, rows};

/// A program in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramSummary {
    #[schema(value_type = shape::ShortName)]
    pub slug: String,
    pub chain_id: u64,
    pub safe: Checksummed,
    #[schema(value_type = shape::Moment)]
    pub opened_at: String,
}

impl TryFrom<rows::Program> for ProgramSummary {
    type Error = Error;

    fn try_from(row: rows::Program) -> Result<Self, Error> {
        let chain = row.chain_id.parse().map_err(|_| Corrupt { table: "programs", column: "chain_id" })?;
        let safe: Address = read_text("programs", "safe", &row.safe)?;
        Ok(Self { slug: row.slug, chain_id: chain, safe: safe.into(), opened_at: row.opened_at })
    }
}

/// A program as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramView {
    #[schema(value_type = shape::ShortName)]
    pub slug: String,
    pub name: Option<String>,
    pub description: Option<String>,
    /// What the program does not pay for.
    pub scope_excludes: Option<String>,
    /// Leaf hash of its first event: what it is called outside this server.
    #[schema(value_type = shape::Digest)]
    pub identity: String,
    /// Whether this is a demo, in which nothing is real.
    pub demo: bool,
    pub cap: Lpt,
    pub chain_id: u64,
    pub token: Checksummed,
    pub safe: Checksummed,
    pub safe_version: String,
    pub categories: Vec<CategoryView>,
    pub policy: PolicyView,
    pub journal: JournalView,
}

/// A budget line with the range it is planned for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryView {
    #[schema(value_type = shape::ShortName)]
    pub slug: String,
    pub floor: Lpt,
    pub ceiling: Lpt,
}

/// Where a journal ends.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JournalView {
    /// How many events there are.
    pub size: u64,
    /// RFC 6962 Merkle root.
    #[schema(value_type = shape::Digest)]
    pub root: String,
    /// Leaf hash of the last event.
    #[schema(value_type = shape::Digest)]
    pub leaf_hash: String,
    #[schema(value_type = shape::Moment)]
    pub at: String,
}

/// The values a program decides by; hours and counts are whole numbers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyView {
    pub address_changed_hours: u32,
    pub address_unproven_hours: u32,
    pub alternate_hours: u32,
    pub batch_lines: u32,
    pub claim_grace_hours: u32,
    pub decision_hours: u32,
    pub invite_hours: u32,
    pub observation_hours: u32,
    pub open_claims: u32,
    pub open_joining: bool,
    pub retro_limit: Lpt,
    pub sample_at_least: u32,
    pub sample_one_in: u32,
    #[schema(pattern = "^(demanded|off|offered)$")]
    pub signed_votes: String,
    /// Absent if nobody decides alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub single_handed_hours: Option<u32>,
    pub small_limit: Lpt,
    pub small_person_limit: Lpt,
    /// Percent of a category's allotment that one person may ask for.
    pub person_share_percent: BTreeMap<String, u32>,
    pub lanes: LanesView,
}

/// What a claim of each lane needs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LanesView {
    pub small: LaneView,
    pub normal: LaneView,
    pub retro: LaneView,
    pub lead: LaneView,
}

/// What a claim of one lane needs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LaneView {
    pub approvals: u32,
    /// How many of the approvals come from reviewers who are not leads.
    pub outside: u32,
    pub rejections: u32,
    pub objection_hours: u32,
}

impl From<&LaneRules> for LaneView {
    fn from(rules: &LaneRules) -> Self {
        Self {
            approvals: rules.approvals.get(),
            outside: rules.outside.get(),
            rejections: rules.rejections.get(),
            objection_hours: rules.objection_hours.get(),
        }
    }
}

impl From<&Policy> for PolicyView {
    fn from(policy: &Policy) -> Self {
        let shares = policy.person_shares.iter();
        Self {
            address_changed_hours: policy.address_changed_hours.get(),
            address_unproven_hours: policy.address_unproven_hours.get(),
            alternate_hours: policy.alternate_hours.get(),
            batch_lines: policy.batch_lines.get(),
            claim_grace_hours: policy.claim_grace_hours.get(),
            decision_hours: policy.decision_hours.get(),
            invite_hours: policy.invite_hours.get(),
            observation_hours: policy.observation_hours.get(),
            open_claims: policy.open_claims.get(),
            open_joining: policy.open_joining == YesNo::Yes,
            retro_limit: policy.retro_limit.into(),
            sample_at_least: policy.sample_at_least.get(),
            sample_one_in: policy.sample_one_in.get(),
            signed_votes: policy.signed_votes.to_string(),
            single_handed_hours: policy.single_handed_hours.map(domain::value::Count::get),
            small_limit: policy.small_limit.into(),
            small_person_limit: policy.small_person_limit.into(),
            person_share_percent: shares
                .map(|share| (share.category.to_string(), share.percent.get()))
                .collect(),
            lanes: LanesView {
                small: (&policy.lanes.small).into(),
                normal: (&policy.lanes.normal).into(),
                retro: (&policy.lanes.retro).into(),
                lead: (&policy.lanes.lead).into(),
            },
        }
    }
}

impl From<&Program> for JournalView {
    fn from(program: &Program) -> Self {
        Self {
            size: program.size().get(),
            root: program.root().to_string(),
            leaf_hash: program.last_leaf().to_string(),
            at: program.last_at().to_string(),
        }
    }
}

impl ProgramView {
    pub fn new(program: &Program, slug: &str, texts: &Texts) -> Self {
        let charter = program.charter();
        let text = |field| texts.field(&charter.texts, field);
        let categories = program.categories().iter().map(|category| CategoryView {
            slug: category.slug.to_string(),
            floor: category.floor.into(),
            ceiling: category.ceiling.into(),
        });
        Self {
            slug: slug.to_owned(),
            name: text("name"),
            description: text("description"),
            scope_excludes: text("scope_excludes"),
            identity: program.identity().to_string(),
            demo: charter.demo == YesNo::Yes,
            cap: charter.cap.into(),
            chain_id: charter.chain.get(),
            token: charter.token.into(),
            safe: charter.safe.into(),
            safe_version: charter.safe_version.to_string(),
            categories: categories.collect(),
            policy: program.policy().into(),
            journal: program.into(),
        }
    }
}
