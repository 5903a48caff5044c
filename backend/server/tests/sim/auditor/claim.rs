//! What a claim says, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use super::value::{Micros, Wei};

/// One version of a claim.
#[derive(Clone, Debug)]
pub struct Revision {
    pub digest: String,
    pub amount: Wei,
    /// Documents that show the evidence.
    pub captures: Vec<String>,
    pub channel: String,
    pub evidence: Vec<String>,
    pub function: String,
    pub lane: &'static str,
    pub payee: String,
    /// The version of the policy that decides about it.
    pub policy: u64,
    /// How much of the work is the claimant's, in percent; all of it if absent.
    pub share: Option<u64>,
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
    /// What a rejection rests on.
    pub ground: Option<&'static str>,
    /// What would be approved.
    pub offer: Option<Wei>,
    pub reason: String,
    pub cast: u64,
    pub at: String,
    /// Signature and signer.
    pub signed: Option<[String; 2]>,
}

/// What keeps a claim out of batches.
#[derive(Clone, Debug)]
pub struct Hold {
    pub by: u32,
    /// The kind of the event.
    pub kind: String,
    pub until: Micros,
}

/// Something that happened to a claim beside its revisions and votes.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    pub seq: u64,
    pub kind: String,
    /// `None` for the ledger itself.
    pub member: Option<u32>,
    /// A document with words.
    pub text: Option<String>,
    pub until: Option<String>,
    pub verdict: Option<&'static str>,
    pub at: String,
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Submitted,
    /// Sent back, perhaps with an offer.
    NeedsChanges(Option<Wei>),
    /// Waits for budget since this event.
    Agreed(u64),
    Approved,
    /// By its number; all that hold the claim stand on one nonce.
    InBatch(u32),
    /// By a batch or an outflow: so much, of which so much came back.
    Paid {
        batch: Option<u32>,
        amount: Wei,
        refunded: Wei,
    },
    Rejected,
    Withdrawn,
    Reversed,
}

impl Stage {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::NeedsChanges(_) => "needs_changes",
            Self::Agreed(_) => "agreed",
            Self::Approved => "approved",
            Self::InBatch(_) => "in_batch",
            Self::Paid { .. } => "paid",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Reversed => "reversed",
        }
    }

    /// The batch it is in, or that paid it.
    pub const fn batch(self) -> Option<u32> {
        match self {
            Self::InBatch(batch) => Some(batch),
            Self::Paid { batch, .. } => batch,
            _ => None,
        }
    }

    /// Waits for votes or for a revision.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Submitted | Self::NeedsChanges(_))
    }

    /// Promised money, or will be when there is some.
    pub const fn is_promised(self) -> bool {
        matches!(self, Self::Agreed(_) | Self::Approved | Self::InBatch(_) | Self::Paid { .. })
    }

    /// Undecided: the money is neither spoken for nor refused.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Submitted | Self::NeedsChanges(_) | Self::Agreed(_))
    }
}

#[derive(Clone, Debug)]
pub struct Claim {
    pub claimant: u32,
    pub kind: &'static str,
    pub bounty: Option<u32>,
    pub period: u32,
    pub category: String,
    /// The claim whose evidence this one says is its own.
    pub contests: Option<u32>,
    pub filed: Micros,
    pub filed_at: String,
    pub stage: Stage,
    /// Whether a slot of its bounty is its own for good.
    pub slot: bool,
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
    pub holds: Vec<Hold>,
    /// Who voted to take the approval back, with the events.
    pub reversals: Vec<(u32, u64)>,
    /// Whether a live rejection rested on what can be looked up when it was rejected.
    pub objective: bool,
    /// The event of its appeal.
    pub appealed: Option<u64>,
    pub history: Vec<Moment>,
    /// The last event about it.
    pub touched: u64,
}

impl Claim {
    pub fn revision(&self) -> &Revision {
        self.revisions.last().expect("a claim is filed with a revision")
    }

    /// Whether it holds its evidence and counts against limits.
    pub fn is_live(&self) -> bool {
        !matches!(self.stage, Stage::Rejected | Stage::Withdrawn | Stage::Reversed)
    }

    /// Of its evidence, in percent.
    pub fn share(&self) -> u64 {
        self.revision().share.unwrap_or(100)
    }

    /// The bounty for one of whose slots it waits.
    pub fn waits_for(&self) -> Option<u32> {
        self.bounty.filter(|_| self.stage.is_waiting() && !self.slot)
    }

    /// How often a reviewer has voted on the current revision.
    pub fn cast(&self, reviewer: u32) -> u64 {
        let theirs = self.votes.iter().filter(|vote| vote.reviewer == reviewer);
        let current = theirs.filter(|vote| vote.revision == self.revisions.len());
        u64::try_from(current.count()).unwrap_or(u64::MAX)
    }

    /// The latest vote of each reviewer on the current revision.
    pub fn ballots(&self) -> BTreeMap<u32, &Vote> {
        let current = self.votes.iter().filter(|vote| vote.revision == self.revisions.len());
        current.map(|vote| (vote.reviewer, vote)).collect()
    }

    /// What keeps it back at a moment.
    pub fn held(&self, at: Micros) -> Option<&Hold> {
        self.holds.last().filter(|hold| at < hold.until)
    }
}
