//! What the events of a program add up to, in plain maps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::chain::{Batch, Funding, Nonce, Observation, Refund, Suspense};
use super::claim::Claim;
use super::value::{Micros, Wei};

pub const ROLES: &[&str] = &["alternate", "auditor", "contributor", "lead", "reviewer", "treasurer"];

/// A budget line and the range it is planned for.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    pub appeal_hours: u64,
    pub batch_lines: u64,
    pub challenge_hours: u64,
    pub claim_credits: u64,
    pub claim_grace_hours: u64,
    pub cooldown_hours: u64,
    pub decision_grace_hours: u64,
    pub decision_hours: u64,
    pub evidence_up: bool,
    pub hold_hours: u64,
    pub invite_hours: u64,
    pub lanes: BTreeMap<&'static str, LaneRules>,
    pub lead_pay_hours: u64,
    pub notice_hours: u64,
    pub observation_hours: u64,
    pub open_claims: u64,
    pub open_joining: bool,
    /// Percent of a category's allotment.
    pub person_shares: BTreeMap<String, u64>,
    pub probe_limit: Wei,
    pub retro_limit: Wei,
    pub sample_at_least: u64,
    pub sample_one_in: u64,
    pub signed_votes: &'static str,
    pub single_handed_hours: Option<u64>,
    pub slot_hours: u64,
    pub small_limit: Wei,
    pub small_person_limit: Wei,
}

/// What a program was opened with.
#[derive(Clone, Debug)]
pub struct Charter {
    pub cap: Wei,
    pub categories: Vec<Category>,
    pub multi_send: String,
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
    /// Every cap it had, with the events and their reasons.
    pub caps: Vec<(Wei, u64, Option<String>)>,
    /// What each category was given, one after another, with the events and their reasons.
    pub given: BTreeMap<String, Vec<(Wei, u64, Option<String>)>>,
    pub closing: Option<Closing>,
}

/// How a period was closed, and the categories that it had then.
#[derive(Clone, Debug)]
pub struct Closing {
    pub seq: u64,
    pub at: String,
    pub variance: String,
    pub categories: Vec<Category>,
}

impl Period {
    /// The allotment in force.
    pub fn allotment(&self, category: &str) -> Wei {
        self.given.get(category).and_then(|versions| versions.last()).map_or(0, |(amount, ..)| *amount)
    }

    /// The first allotment.
    pub fn original(&self, category: &str) -> Wei {
        self.given.get(category).and_then(|versions| versions.first()).map_or(0, |(amount, ..)| *amount)
    }
}

#[derive(Clone, Debug)]
pub struct Bounty {
    pub period: u32,
    pub category: String,
    pub function: String,
    pub brief: String,
    pub probe: &'static str,
    pub reward: Wei,
    pub template: Option<String>,
    pub slots: u64,
    /// Slots whose claims were approved.
    pub used: u64,
    /// Slots that people have taken; some of them for too long already.
    pub takes: Vec<Take>,
    /// The event that ended it.
    pub closed: Option<u64>,
    pub opens_at: Micros,
    pub closes_at: Micros,
    /// Both ends as the event writes them.
    pub window: [String; 2],
    pub posted: u64,
}

/// A slot that somebody has taken.
#[derive(Clone, Debug)]
pub struct Take {
    pub member: u32,
    pub until: Micros,
    /// The claim that was made of it: while it waits for votes or a revision, the slot stays taken.
    pub claim: Option<u32>,
}

impl Bounty {
    pub fn left(&self) -> u64 {
        self.slots.saturating_sub(self.used)
    }

    /// The slots taken at a moment, with who has them.
    pub fn taken(&self, at: Micros) -> impl Iterator<Item = &Take> {
        self.takes.iter().filter(move |take| take.claim.is_some() || at < take.until)
    }

    /// Whether a slot is left that nobody but the person with these accounts has taken.
    pub fn is_free_for(&self, accounts: &BTreeSet<u32>, at: Micros) -> bool {
        let others = self.taken(at).filter(|take| !accounts.contains(&take.member)).count();
        u64::try_from(others).is_ok_and(|others| others < self.left())
    }
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

/// A version of the policy.
#[derive(Clone, Debug)]
pub struct Version {
    pub number: u64,
    /// In force from then on, until the next is.
    pub from: Micros,
    pub policy: Policy,
    /// As the event has it.
    pub said: Value,
}

/// What somebody says of something that takes two persons.
#[derive(Clone, Debug)]
pub struct Word {
    pub member: u32,
    pub seq: u64,
    pub says: String,
}

/// A document, and what was said of its going.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// Whose events named it, and the submissions that these are about.
    pub named: BTreeSet<(Option<u32>, Option<u32>)>,
    pub words: Vec<Word>,
    pub erased: Option<u64>,
}

/// Everything the events of a program say.
#[derive(Clone, Debug)]
pub struct State {
    pub identity: String,
    pub charter: Charter,
    /// The first is what the program was opened with.
    pub versions: Vec<Version>,
    /// The most that all periods together may hold, as it stands.
    pub cap: Wei,
    /// The categories with the ranges in force.
    pub categories: Vec<Category>,
    /// Every range there was, by the event that set it, at its place.
    pub ranges: Vec<(u64, usize, Category)>,
    pub members: BTreeMap<u32, Member>,
    pub places: BTreeMap<String, Place>,
    pub periods: BTreeMap<u32, Period>,
    pub bounties: BTreeMap<u32, Bounty>,
    pub claims: BTreeMap<u32, Claim>,
    pub observations: Vec<Observation>,
    pub fundings: Vec<Funding>,
    pub batches: BTreeMap<u32, Batch>,
    pub nonces: BTreeMap<u64, Nonce>,
    /// By the event that recorded it.
    pub suspense: BTreeMap<u64, Suspense>,
    /// By the event that recorded it.
    pub refunds: BTreeMap<u64, Refund>,
    pub papers: BTreeMap<String, Paper>,
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
        self.policy_of(claim.revision()).lanes[self.lane_now(claim)]
    }

    pub fn category(&self, slug: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.slug == slug)
    }

    /// The categories that a period is held to.
    pub fn categories_of<'a>(&'a self, period: &'a Period) -> &'a [Category] {
        period.closing.as_ref().map_or(&self.categories, |closing| &closing.categories)
    }

    /// The live claims of a period.
    pub fn live_claims(&self, period: u32) -> impl Iterator<Item = (u32, &Claim)> {
        let live = self.claims.iter().filter(move |(_, claim)| claim.is_live() && claim.period == period);
        live.map(|(number, claim)| (*number, claim))
    }
}
