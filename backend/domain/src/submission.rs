//! Submissions, their revisions, and the votes on them.

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Serialize};

use crate::policy::LaneRules;
use crate::snapshot;
use crate::value::{
    Address, Amount, BatchNumber, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, RevisionNumber,
    Seq, Slug, SubmissionNumber, Timestamp,
};
use crate::words::{Choice, ClaimKind, Ground, HoldKind, Lane, YesNo};

/// One version of a submission; votes bind to its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub number: RevisionNumber,
    pub digest: Digest,
    pub amount: Amount,
    /// Documents that show the evidence as it was seen.
    pub captures: Vec<Digest>,
    pub channel: Slug,
    pub evidence: Vec<Digest>,
    pub function: Slug,
    pub lane: Lane,
    pub payee: Address,
    /// The version of the policy that decides about it.
    pub policy: Count,
    pub promoted: YesNo,
    /// How much of the work is the claimant's, in percent; all of it if absent.
    pub share: Option<Count>,
    pub texts: Digest,
    pub made: Seq,
    pub made_at: Timestamp,
}

/// What a revision's digest covers, as a JCS object: what reviewers judge; absent keys left out.
#[derive(Serialize)]
pub(crate) struct RevisionDigest<'a> {
    pub amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounty: Option<BountyNumber>,
    pub category: Slug,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contests: Option<SubmissionNumber>,
    pub evidence: &'a [Digest],
    pub function: Slug,
    pub kind: ClaimKind,
    pub payee: Address,
    pub period: PeriodNumber,
    /// The version of the policy in force.
    pub policy: Count,
    /// The program's identity.
    pub program: Digest,
    pub revision: RevisionNumber,
    /// In percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<Count>,
    pub submission: SubmissionNumber,
    pub texts: Digest,
}

impl RevisionDigest<'_> {
    /// SHA-256 of the canonical JSON.
    pub fn digest(&self) -> Result<Digest, serde_json::Error> {
        serde_json::to_vec(self).map(|bytes| Digest::sha256(&[&bytes]))
    }
}

/// A reviewer's latest vote on a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    pub choice: Choice,
    /// Which vote of this reviewer on this revision it is, counted from 1.
    pub ordinal: Count,
    pub cast: Seq,
    /// What a rejection rests on.
    pub ground: Option<Ground>,
    /// The document that says why.
    pub reason: Digest,
}

/// The latest vote of each reviewer on the current revision.
pub type Ballots = RedBlackTreeMapSync<MemberNumber, Ballot>;

/// The approvals that counted when a submission was decided, in the order of the reviewers' numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    members: Vec<MemberNumber>,
    reasons: Vec<Digest>,
}

impl FromIterator<(MemberNumber, Digest)> for Approvals {
    fn from_iter<I: IntoIterator<Item = (MemberNumber, Digest)>>(approvals: I) -> Self {
        let (members, reasons) = approvals.into_iter().unzip();
        Self { members, reasons }
    }
}

impl Approvals {
    /// Each reviewer with the document that says why.
    pub fn iter(&self) -> impl Iterator<Item = (MemberNumber, Digest)> {
        self.members.iter().copied().zip(self.reasons.iter().copied())
    }
}

/// Approvals that a decided submission keeps through its later stages.
pub type Approvers = Arc<Approvals>;

/// Where a submission stands, with what is known there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Waiting for reviewers.
    Submitted {
        #[serde(with = "snapshot::map")]
        ballots: Ballots,
    },
    /// A new revision is awaited.
    NeedsChanges {
        /// What the reviewer who asked for it would approve.
        offer: Option<Amount>,
    },
    /// Reviewers agree, the budget cannot carry it yet.
    Agreed { approvers: Approvers, decided: Seq, decided_at: Timestamp },
    /// The money is spoken for.
    Approved { approvers: Approvers, decided_at: Timestamp },
    /// Part of a batch that the Safe may execute.
    InBatch {
        approvers: Approvers,
        /// The last one proposed; all that hold it stand on the same nonce.
        batch: BatchNumber,
        decided_at: Timestamp,
        nonce: Seq,
    },
    /// Paid once for all.
    Paid {
        approvers: Approvers,
        /// The batch whose execution paid it; none if another transaction did.
        batch: Option<BatchNumber>,
        decided_at: Timestamp,
        payment: Payment,
    },
    Rejected {
        decided_at: Timestamp,
        /// Whether a reviewer rejected it on a ground that can be looked up.
        objective: bool,
    },
    /// Taken back by its claimant.
    Withdrawn { decided_at: Timestamp },
    /// Approved once, and taken back by the reviewers.
    Reversed { decided_at: Timestamp },
}

/// How a claim was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub event: Seq,
    pub at: Timestamp,
    /// What was paid: less than was approved where two persons settled it with less.
    pub amount: Amount,
    /// What came back of it.
    pub refunded: Amount,
}

impl Payment {
    /// What was paid and did not come back.
    pub fn kept(&self) -> Amount {
        self.amount.saturating_sub(self.refunded)
    }
}

impl Stage {
    /// Every word of [`Stage::name`].
    pub const NAMES: [&str; 9] = [
        "submitted",
        "needs_changes",
        "agreed",
        "approved",
        "in_batch",
        "paid",
        "rejected",
        "withdrawn",
        "reversed",
    ];

    /// The state's word in the API, in tables and in refusals.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Submitted { .. } => "submitted",
            Self::NeedsChanges { .. } => "needs_changes",
            Self::Agreed { .. } => "agreed",
            Self::Approved { .. } => "approved",
            Self::InBatch { .. } => "in_batch",
            Self::Paid { .. } => "paid",
            Self::Rejected { .. } => "rejected",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Reversed { .. } => "reversed",
        }
    }

    /// Who approved it; nobody before it is decided.
    pub fn approvers(&self) -> &[MemberNumber] {
        self.approvals().map_or(&[], |approvals| &approvals.members)
    }

    /// The approvals that decided it; none before it is decided.
    pub const fn approvals(&self) -> Option<&Approvers> {
        match self {
            Self::Agreed { approvers, .. }
            | Self::Approved { approvers, .. }
            | Self::InBatch { approvers, .. }
            | Self::Paid { approvers, .. } => Some(approvers),
            Self::Submitted { .. }
            | Self::NeedsChanges { .. }
            | Self::Rejected { .. }
            | Self::Withdrawn { .. }
            | Self::Reversed { .. } => None,
        }
    }

    pub const fn decided_at(&self) -> Option<Timestamp> {
        match self {
            Self::Submitted { .. } | Self::NeedsChanges { .. } => None,
            Self::Agreed { decided_at, .. }
            | Self::Approved { decided_at, .. }
            | Self::InBatch { decided_at, .. }
            | Self::Paid { decided_at, .. }
            | Self::Rejected { decided_at, .. }
            | Self::Withdrawn { decided_at }
            | Self::Reversed { decided_at } => Some(*decided_at),
        }
    }

    /// Whether the money question is still open: such claims count against a person's open claims.
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Submitted { .. } | Self::NeedsChanges { .. } | Self::Agreed { .. } => true,
            Self::Approved { .. }
            | Self::InBatch { .. }
            | Self::Paid { .. }
            | Self::Rejected { .. }
            | Self::Withdrawn { .. }
            | Self::Reversed { .. } => false,
        }
    }

    /// Whether the submission holds its evidence, and counts against shares and limits.
    pub const fn is_live(&self) -> bool {
        match self {
            Self::Submitted { .. }
            | Self::NeedsChanges { .. }
            | Self::Agreed { .. }
            | Self::Approved { .. }
            | Self::InBatch { .. }
            | Self::Paid { .. } => true,
            Self::Rejected { .. } | Self::Withdrawn { .. } | Self::Reversed { .. } => false,
        }
    }
}

/// Whether an approved claim is checked once more before it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sample {
    /// Not in the sample.
    Out,
    /// In the sample, and not checked yet.
    Awaited,
    /// Checked by this reviewer.
    Passed { by: MemberNumber },
}

/// A contributor's work claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    pub number: SubmissionNumber,
    pub claimant: MemberNumber,
    pub kind: ClaimKind,
    pub bounty: Option<BountyNumber>,
    pub period: PeriodNumber,
    pub category: Slug,
    pub filed_at: Timestamp,
    pub revision: Revision,
    pub stage: Stage,
    /// The claim whose evidence this one says is its own.
    pub contests: Option<SubmissionNumber>,
    /// Whether a slot of its bounty is its own: it was approved once, and the slot stays used.
    pub slot: bool,
    /// Reviewers who declared a conflict; they take no part in any revision.
    pub recused: Vec<MemberNumber>,
    /// Holds and challenges, the last of which may stand still.
    pub holds: Vec<Hold>,
    /// Reviewers who voted to take the approval back, with the events of their votes.
    pub reversals: Vec<(MemberNumber, Seq)>,
    /// Whether its rejection was appealed against.
    pub appealed: bool,
    /// Alternates called to vote on it, on every revision.
    pub called: Vec<MemberNumber>,
    pub sample: Sample,
    /// Whether the only outside reviewer decided alone.
    pub single_handed: bool,
    /// The last event that touched it.
    pub touched: Seq,
}

/// What keeps an approved claim out of batches for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub by: MemberNumber,
    pub kind: HoldKind,
    pub since: Seq,
    /// When it ended or will end.
    pub until: Timestamp,
}

/// A claim on a piece of evidence for a function, as a submission holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holding {
    pub submission: SubmissionNumber,
    /// In percent.
    pub share: u32,
}

/// The whole of a piece of work, in percent.
pub const WHOLE: u32 = 100;

impl Submission {
    /// The hold or challenge that stands at a time.
    pub fn held_at(&self, at: Timestamp) -> Option<&Hold> {
        self.holds.last().filter(|hold| at < hold.until)
    }

    /// The bounty for one of whose slots it waits.
    pub fn contends(&self) -> Option<BountyNumber> {
        let waits = matches!(self.stage, Stage::Submitted { .. } | Stage::NeedsChanges { .. });
        self.bounty.filter(|_| waits && !self.slot)
    }

    /// What it says is its own of each piece of its evidence.
    pub(crate) fn holding(&self) -> Holding {
        Holding { submission: self.number, share: self.revision.share.map_or(WHOLE, Count::get) }
    }

    /// The evidence that it holds for its function; none once it asks for nothing any more.
    pub(crate) fn held(&self) -> (&[Digest], Slug, u32) {
        let evidence = if self.stage.is_live() { self.revision.evidence.as_slice() } else { &[] };
        (evidence, self.revision.function, self.holding().share)
    }
}

/// What one person says of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    pub choice: Choice,
    /// Whether none of the person's accounts is a lead.
    pub outside: bool,
}

/// The votes that count, sorted by what they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub approvals: u32,
    /// Approvals by people who are not leads.
    pub outside: u32,
    pub rejections: u32,
}

impl Tally {
    /// Counts voices, one for each person.
    pub fn of(voices: impl IntoIterator<Item = Voice>) -> Self {
        let mut tally = Self::default();
        for Voice { choice, outside } in voices {
            match choice {
                Choice::Approve => {
                    tally.approvals = tally.approvals.saturating_add(1);
                    tally.outside = tally.outside.saturating_add(u32::from(outside));
                }
                Choice::Reject => tally.rejections = tally.rejections.saturating_add(1),
                Choice::NeedsChanges | Choice::Recuse => {}
            }
        }
        tally
    }

    pub const fn approves(&self, rules: &LaneRules) -> bool {
        self.approvals >= rules.approvals.get() && self.outside >= rules.outside.get()
    }

    pub const fn rejects(&self, rules: &LaneRules) -> bool {
        self.rejections >= rules.rejections.get()
    }
}
