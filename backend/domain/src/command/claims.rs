//! What is claimed, revised and voted on, and what it led to.

use serde::{Deserialize, Serialize};

use crate::value::{
    Address, Amount, BountyNumber, Count, Digest, PeriodNumber, RevisionNumber, Signature, Slug,
    SubmissionNumber,
};
use crate::words::{Choice, ClaimKind, Ground, Lane, Verdict, YesNo};

/// Claims money for work, with evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSubmission {
    pub amount: Amount,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounty: Option<BountyNumber>,
    /// Documents that are pictures or PDFs of the evidence, as it was seen.
    pub captures: Vec<Digest>,
    pub category: Slug,
    /// Where the work was seen: x, discord, youtube, …
    pub channel: Slug,
    /// The claim whose evidence this one says is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contests: Option<SubmissionNumber>,
    /// Bound evidence keys: [`crate::evidence::EvidenceKey::bound_to`].
    pub evidence: Vec<Digest>,
    /// What the claimant did in it: host, co-host, guest, author, graphic, …
    pub function: Slug,
    pub kind: ClaimKind,
    pub payee: Address,
    pub period: PeriodNumber,
    /// Whether somebody else also paid for it.
    pub promoted: YesNo,
    /// How much of the work is the claimant's, in percent; all of it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Count>,
    /// The document with title, summary and links.
    pub texts: Digest,
}

/// Replaces what a submission says by a new revision; votes on the old one no longer count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviseSubmission {
    pub amount: Amount,
    pub captures: Vec<Digest>,
    pub channel: Slug,
    pub evidence: Vec<Digest>,
    pub function: Slug,
    pub payee: Address,
    /// Another period, if its own was closed since it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<PeriodNumber>,
    pub promoted: YesNo,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Count>,
    pub submission: SubmissionNumber,
    pub texts: Digest,
}

/// A reviewer's vote on one revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CastVote {
    pub choice: Choice,
    /// What a rejection rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// What the reviewer would approve, when the claim is sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<Amount>,
    /// Which vote of this reviewer on this revision it is, counted from 1.
    pub ordinal: Count,
    /// The document with the reason.
    pub reason: Digest,
    /// The revision's digest: binds amount, payee, category and evidence.
    pub revision: Digest,
    /// The vote as typed data, signed by `signer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// One of the reviewer's recorded addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<Address>,
    pub submission: SubmissionNumber,
}

/// Approves an agreed submission that freed money can now carry. Only the ledger itself asks this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproveWaiting {
    pub submission: SubmissionNumber,
}

outcome!(
    /// The submission that was filed, and what its revision is held to.
    SubmissionFiled {
        /// The revision's digest: what votes bind to.
        digest: Digest,
        lane: Lane,
        /// The version of the policy that decides about it.
        policy: Count,
        submission: SubmissionNumber,
    }
);
outcome!(
    /// The revision that was made, and what it is held to.
    SubmissionRevised {
        digest: Digest,
        lane: Lane,
        policy: Count,
        revision: RevisionNumber,
    }
);
outcome!(
    /// What a vote led to; the amounts only where the budget could not carry it.
    VoteCast {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        available: Option<Amount>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        missing: Option<Amount>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needed: Option<Amount>,
        /// The claim is one of the sample that is checked before it is paid.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sampled: Option<YesNo>,
        /// The only outside reviewer decided alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        single_handed: Option<YesNo>,
        verdict: Verdict,
    }
);
outcome!(
    /// What became of a submission that waited for the budget.
    WaitingApproved {
        /// As in a vote.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sampled: Option<YesNo>,
    }
);
