//! What the events of a program add up to, in plain maps.

use std::collections::{BTreeMap, BTreeSet};

use super::value::{Micros, Wei};

pub const ROLES: &[&str] = &["alternate", "auditor", "contributor", "lead", "reviewer", "treasurer"];

/// A budget line and the range it is planned for.
#[derive(Clone, Debug)]
pub struct Category {
    pub slug: String,
    pub floor: Wei,
    pub ceiling: Wei,
}

/// What a claim of one lane needs.
#[derive(Clone, Copy, Debug)]
pub struct LaneRules {
    pub approvals: u64,
    pub objection_hours: u64,
    pub outside: u64,
    pub rejections: u64,
}

#[derive(Clone, Debug)]
pub struct Policy {
    pub address_changed_hours: u64,
    pub address_unproven_hours: u64,
    pub alternate_hours: u64,
    pub batch_lines: u64,
    pub claim_grace_hours: u64,
    pub decision_hours: u64,
    pub invite_hours: u64,
    pub lanes: BTreeMap<&'static str, LaneRules>,
    pub observation_hours: u64,
    pub open_claims: u64,
    pub open_joining: bool,
    /// Percent of a category's allotment.
    pub person_shares: BTreeMap<String, u64>,
    pub retro_limit: Wei,
    pub sample_at_least: u64,
    pub sample_one_in: u64,
    pub signed_votes: &'static str,
    pub single_handed_hours: Option<u64>,
    pub small_limit: Wei,
    pub small_person_limit: Wei,
}

/// What a program was opened with.
#[derive(Clone, Debug)]
pub struct Charter {
    pub cap: Wei,
    pub categories: Vec<Category>,
    pub multi_send: String,
    pub policy: Policy,
    pub refused_payees: BTreeSet<String>,
    pub safe: String,
    pub token: String,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    /// Each role with the event that gave it.
    pub roles: BTreeMap<&'static str, u64>,
    pub added: u64,
}

impl Member {
    pub fn holds(&self, role: &str) -> bool {
        self.roles.contains_key(role)
    }

    /// Whether this member runs the program.
    pub fn is_insider(&self) -> bool {
        ["alternate", "lead", "reviewer", "treasurer"].iter().any(|role| self.holds(role))
    }
}

/// A recorded payout address.
#[derive(Clone, Debug)]
pub struct Place {
    pub owner: u32,
    pub position: u32,
    pub recorded: u64,
    pub proof: Option<String>,
    pub twin: Option<String>,
    pub usable_from: Micros,
    /// As the event writes it.
    pub usable_text: String,
}

#[derive(Clone, Debug)]
pub struct Period {
    pub kind: &'static str,
    pub cap: Wei,
    pub starts_at: Micros,
    pub ends_at: Micros,
    /// Both ends as the event writes them.
    pub span: [String; 2],
    pub opened: u64,
    /// What each category was given, one after another, with the events.
    pub given: BTreeMap<String, Vec<(Wei, u64)>>,
}

impl Period {
    /// The allotment in force.
    pub fn allotment(&self, category: &str) -> Wei {
        self.given.get(category).and_then(|versions| versions.last()).map_or(0, |(amount, _)| *amount)
    }

    /// The first allotment.
    pub fn original(&self, category: &str) -> Wei {
        self.given.get(category).and_then(|versions| versions.first()).map_or(0, |(amount, _)| *amount)
    }
}

#[derive(Clone, Debug)]
pub struct Bounty {
    pub period: u32,
    pub category: String,
    pub function: String,
    pub brief: String,
    pub reward: Wei,
    pub slots: u64,
    /// Slots whose claims were approved.
    pub used: u64,
    pub opens_at: Micros,
    pub closes_at: Micros,
    /// Both ends as the event writes them.
    pub window: [String; 2],
    pub posted: u64,
}

/// One version of a claim.
#[derive(Clone, Debug)]
pub struct Revision {
    pub digest: String,
    pub amount: Wei,
    pub channel: String,
    pub evidence: Vec<String>,
    pub function: String,
    pub lane: &'static str,
    pub payee: String,
    pub texts: String,
    pub made: u64,
    pub made_at: String,
    /// The same as a number.
    pub made_micros: Micros,
}

/// A vote as it was cast, on the revision of this number.
#[derive(Clone, Debug)]
pub struct Vote {
    pub revision: usize,
    pub reviewer: u32,
    pub ordinal: u64,
    pub choice: &'static str,
    pub reason: String,
    pub cast: u64,
    pub at: String,
    /// Signature and signer.
    pub signed: Option<[String; 2]>,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Submitted,
    NeedsChanges,
    /// Waits for budget since this event.
    Agreed(u64),
    Approved,
    InBatch(u32),
    Rejected,
}

impl Stage {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::NeedsChanges => "needs_changes",
            Self::Agreed(_) => "agreed",
            Self::Approved => "approved",
            Self::InBatch(_) => "in_batch",
            Self::Rejected => "rejected",
        }
    }

    /// The batch it is in.
    pub const fn batch(self) -> Option<u32> {
        match self {
            Self::InBatch(batch) => Some(batch),
            Self::Submitted | Self::NeedsChanges | Self::Agreed(_) | Self::Approved | Self::Rejected => None,
        }
    }

    /// Undecided: the money is neither spoken for nor refused.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::NeedsChanges | Self::Agreed(_))
    }
}

#[derive(Clone, Debug)]
pub struct Claim {
    pub claimant: u32,
    pub kind: &'static str,
    pub bounty: Option<u32>,
    pub period: u32,
    pub category: String,
    pub filed_at: String,
    pub stage: Stage,
    /// When it was decided, and as the event writes it.
    pub decided: Option<(Micros, String)>,
    pub revisions: Vec<Revision>,
    pub votes: Vec<Vote>,
    pub recused: BTreeSet<u32>,
    /// Alternates called to vote on it.
    pub called: BTreeSet<u32>,
    /// Who approved it, while it waits for a second look.
    pub approvers: BTreeSet<u32>,
    pub awaits_check: bool,
    /// Whether a slot of its bounty is its own.
    pub slot: bool,
    /// The last event about it.
    pub touched: u64,
}

impl Claim {
    pub fn revision(&self) -> &Revision {
        self.revisions.last().expect("a claim is filed with a revision")
    }

    /// Whether it holds its evidence and counts against limits: all but rejected ones do.
    pub fn is_live(&self) -> bool {
        self.stage != Stage::Rejected
    }

    /// The latest vote of each reviewer on the current revision.
    pub fn ballots(&self) -> BTreeMap<u32, &Vote> {
        let current = self.votes.iter().filter(|vote| vote.revision == self.revisions.len());
        current.map(|vote| (vote.reviewer, vote)).collect()
    }
}

/// What was said of the Safe.
#[derive(Clone, Debug)]
pub struct Observation {
    pub at: Micros,
    pub at_text: String,
    pub seq: u64,
    pub balance: Wei,
    pub block: u64,
    pub block_hash: String,
    pub guard: Option<String>,
    pub modules: Vec<String>,
    pub nonce: u64,
    pub owners: Vec<String>,
    pub singleton: String,
    pub threshold: u64,
}

#[derive(Clone, Debug)]
pub struct Funding {
    pub seq: u64,
    pub amount: Wei,
    pub tx_hash: String,
    pub log_index: u64,
    pub sender: Option<String>,
}

/// One line of a batch.
#[derive(Clone, Debug)]
pub struct Line {
    pub amount: Wei,
    pub payee: String,
    pub submission: u32,
}

#[derive(Clone, Debug)]
pub struct Batch {
    pub nonce: u64,
    pub lines: Vec<Line>,
    pub total: Wei,
    pub to: String,
    pub operation: &'static str,
    /// Domain hash, message hash, safeTxHash.
    pub hashes: [String; 3],
    pub root: String,
    pub seq: u64,
    pub at: String,
}

/// A posting as the journal has it, with its event.
#[derive(Clone, Debug)]
pub struct Entry {
    pub seq: u64,
    pub line: u32,
    pub account: String,
    pub side: &'static str,
    pub amount: Wei,
    /// After the whole event.
    pub balance_after: Wei,
}

/// An event as lists show it.
#[derive(Clone, Debug)]
pub struct Headline {
    pub at: Micros,
    pub at_text: String,
    pub kind: String,
    pub actor: String,
    pub leaf: String,
    pub cause: Option<[String; 2]>,
}

/// An invite, and whether it can still be used.
#[derive(Clone, Debug)]
pub struct Invite {
    pub roles: BTreeSet<&'static str>,
    pub until: Micros,
    pub open: bool,
}

/// Everything the events of a program say.
#[derive(Clone, Debug)]
pub struct State {
    pub identity: String,
    pub charter: Charter,
    pub members: BTreeMap<u32, Member>,
    pub places: BTreeMap<String, Place>,
    pub periods: BTreeMap<u32, Period>,
    pub bounties: BTreeMap<u32, Bounty>,
    pub claims: BTreeMap<u32, Claim>,
    pub observations: Vec<Observation>,
    pub fundings: Vec<Funding>,
    pub batches: BTreeMap<u32, Batch>,
    /// By the SHA-256 of the secret.
    pub invites: BTreeMap<String, Invite>,
    /// Two accounts of one person each, the lower number first.
    pub links: BTreeSet<(u32, u32)>,
    /// Reviewer and member, while it stands.
    pub conflicts: BTreeSet<(u32, u32)>,
    /// Address and member, with whether it is operated now.
    pub nodes: BTreeMap<(String, u32), bool>,
    /// How many approvals of each period were sampled.
    pub sampled: BTreeMap<u32, u64>,
    /// The leaf hash of the last event.
    pub prev: String,
}

impl State {
    /// The lane a claim is judged in now.
    pub fn lane_now(&self, claim: &Claim) -> &'static str {
        if self.is_insider(claim.claimant) { "lead" } else { claim.revision().lane }
    }

    pub fn rules_of(&self, claim: &Claim) -> LaneRules {
        self.charter.policy.lanes[self.lane_now(claim)]
    }

    pub fn category(&self, slug: &str) -> Option<&Category> {
        self.charter.categories.iter().find(|category| category.slug == slug)
    }

    /// The live claims of a period.
    pub fn live_claims(&self, period: u32) -> impl Iterator<Item = (u32, &Claim)> {
        let live = self.claims.iter().filter(move |(_, claim)| claim.is_live() && claim.period == period);
        live.map(|(number, claim)| (*number, claim))
    }
}
