//! What people ask for. One command makes exactly one event, which holds the whole command.
//!
//! Fields are declared in alphabetical order: they are written as canonical JSON (RFC 8785).

mod budget;
mod chain;
mod disputes;
mod documents;
mod people;
mod policy;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use people::*;

use crate::policy::Policy;
use crate::value::{
    Address, Amount, BatchNumber, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, Signature,
    Slug, SubmissionNumber, Timestamp, as_json_string,
};
use crate::words::{Choice, ClaimKind, Ground, Operation, PeriodKind, Role, Source, YesNo};

pub use disputes::{
    AcceptOffer, AddComment, AppealRejection, ChallengeSubmission, CloseBounty, HoldSubmission, ReleaseSlot,
    ReleaseSubmission, ReopenSubmission, ReversalCast, ReverseSubmission, StandsUntil, TakeSlot,
    WithdrawSubmission,
};

pub use chain::{
    AttestExecution, ClassifyInflow, ConsumeNonce, ProposeRejection, RecordInflow, RecordOutflow,
    RecordRefund, Seconded, SettleOutflow, WithdrawExecution, WithdrawTransfer,
};

pub use documents::EraseDocument;

pub use policy::{ChangePolicy, PolicyChanged};

pub use budget::{ChangeCap, ChangeLimits, ClosePeriod, MoveAllotment, WithdrawFunding};

/// Who asks: a member, or the ledger itself for what follows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    System,
    Member(MemberNumber),
}

/// Why a text is not an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("an actor is a member number or the word system")]
pub struct UnknownActor;

impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => formatter.write_str("system"),
            Self::Member(number) => fmt::Display::fmt(number, formatter),
        }
    }
}

impl FromStr for Actor {
    type Err = UnknownActor;

    fn from_str(text: &str) -> Result<Self, UnknownActor> {
        match text {
            "system" => Ok(Self::System),
            number => number.parse().map(Self::Member).map_err(|_| UnknownActor),
        }
    }
}

as_json_string!(Actor, read: str::parse::<Actor>, write: |actor: &Actor| *actor);

/// What asked for a command: the caller's idempotency key and the request it came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause(
    /// `SHA-256(JCS([member, operationId, key]))`.
    pub Digest,
    /// `SHA-256(method LF path LF body)`.
    pub Digest,
);

impl Cause {
    /// The cause of an API call; on the command line and in the demo, of the equivalent one.
    pub fn of_call(
        member: MemberNumber,
        operation_id: &str,
        key: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Self {
        let member = member.to_string();
        // An array of strings has one canonical spelling, the one serde_json writes.
        let named = serde_json::to_vec(&[&member, operation_id, key]).unwrap_or_default();
        let request = [method.as_bytes(), b"\n", path.as_bytes(), b"\n", body];
        Self(Digest::sha256(&[&named]), Digest::sha256(&request))
    }
}

/// A version of the Safe contracts, such as 1.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractVersion(u8, u8, u8);

/// Why a text is not a contract version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a contract version is three numbers, such as 1.4.1")]
pub struct UnknownVersion;

impl fmt::Display for ContractVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl FromStr for ContractVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let mut parts = text.split('.').map(|part| part.parse().map_err(|_| UnknownVersion));
        let mut next = || parts.next().ok_or(UnknownVersion)?;
        let version = Self(next()?, next()?, next()?);
        if version.to_string() == text { Ok(version) } else { Err(UnknownVersion) }
    }
}

as_json_string!(ContractVersion, read: str::parse::<ContractVersion>, write: |version: &ContractVersion| *version);

/// A budget line with the range it is planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub ceiling: Amount,
    pub floor: Amount,
    pub slug: Slug,
}

/// A member who joins: a name kept as a document, and roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// The document that holds the member's handle.
    pub name: Digest,
    pub roles: Vec<Role>,
}

/// Opens a program; becomes event 0, whose leaf hash is the program's identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenProgram {
    /// The most that all periods together may spend.
    pub cap: Amount,
    pub categories: Vec<Category>,
    /// The chain id (EIP-155).
    pub chain: Seq,
    /// A demo never looks real: its exports and pages say so.
    pub demo: YesNo,
    /// The first is the lead who opens the program.
    pub members: Vec<AddMember>,
    /// MultiSendCallOnly of the Safe's version: what a batch of several payouts calls.
    pub multi_send: Address,
    pub policy: Policy,
    /// Other contracts that must never be paid, beside the token, the Safe and `multi_send`.
    pub refused_payees: Vec<Address>,
    pub safe: Address,
    pub safe_version: ContractVersion,
    /// The document with the program's name, description and scope.
    pub texts: Digest,
    pub token: Address,
}

/// Gives a member a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRole {
    pub member: MemberNumber,
    pub role: Role,
}

/// Takes a role from a member; a reviewer's open votes lapse with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokeRole {
    pub member: MemberNumber,
    pub role: Role,
}

/// Records a payout address of the member who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordAddress {
    pub address: Address,
    /// The address's own signature of typed data that names program, member and address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Signature>,
}

/// Opens a period with a cap of its own; its categories start without money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenPeriod {
    pub cap: Amount,
    /// The first moment after the period.
    pub ends_at: Timestamp,
    pub kind: PeriodKind,
    pub starts_at: Timestamp,
}

/// What a category is to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allotment {
    pub amount: Amount,
    pub category: Slug,
}

/// Sets the allotments of the named categories, all or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allot {
    pub allotments: Vec<Allotment>,
    pub period: PeriodNumber,
    /// The document that says why; needed when an allotment is lowered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Digest>,
}

/// Offers a reward for each of some slots; the money is reserved at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostBounty {
    /// The document with title and brief.
    pub brief: Digest,
    pub category: Slug,
    /// The first moment at which a claim is too late.
    pub closes_at: Timestamp,
    /// The function wanted: host, co-host, author, graphic, …
    pub function: Slug,
    pub opens_at: Timestamp,
    pub period: PeriodNumber,
    /// A feeler in another channel, for little money.
    pub probe: YesNo,
    /// For each slot.
    pub reward: Amount,
    pub slots: Count,
    /// What kind of work it is, where it was made from a template: host, thread, explainer, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Slug>,
}

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

/// What the Safe looked like at a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObserveSafe {
    /// LPT held by the Safe.
    pub balance: Amount,
    pub block: Seq,
    pub block_hash: Digest,
    /// The last observation's event, if this one replaces it because it was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Seq>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<Address>,
    pub modules: Vec<Address>,
    pub nonce: Seq,
    pub owners: Vec<Address>,
    pub singleton: Address,
    pub source: Source,
    pub threshold: Count,
}

/// LPT that a funder sent to the Safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFunding {
    pub amount: Amount,
    /// The place of the Transfer log in its block.
    pub log_index: Count,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
    pub source: Source,
    pub tx_hash: Digest,
}

/// One transfer of a batch: a submission's amount to its frozen payee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    pub amount: Amount,
    pub payee: Address,
    pub submission: SubmissionNumber,
}

/// Proposes a batch of payouts to the Safe as one transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposeBatch {
    /// Whether it is to stand beside what is proposed for the nonce already, so that one of them is executed.
    pub beside: YesNo,
    /// EIP-712 domain separator of the Safe.
    pub domain_hash: Digest,
    /// Whether somebody looked that the evidence of every claim is still up.
    pub evidence_up: YesNo,
    /// EIP-712 hash of the SafeTx struct.
    pub message_hash: Digest,
    pub nonce: Seq,
    pub operation: Operation,
    pub payouts: Vec<Payout>,
    /// What the owners sign.
    pub safe_tx_hash: Digest,
    /// The SafeTx's target: the token for one payout, MultiSendCallOnly for more.
    pub to: Address,
}

/// The number a command was given.
macro_rules! outcome {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)+
        }
    };
}

outcome!(
    /// The member that was added.
    MemberAdded { member: MemberNumber }
);
outcome!(
    /// The period that was opened.
    PeriodOpened { period: PeriodNumber }
);
outcome!(
    /// The bounty that was posted.
    BountyPosted { bounty: BountyNumber }
);
outcome!(
    /// When a recorded address may first be paid.
    AddressRecorded {
        /// A known address that a hurried reader could take for this one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        twin: Option<Address>,
        usable_from: Timestamp,
    }
);
outcome!(
    /// The submission that was filed, and what its revision is held to.
    SubmissionFiled {
        /// The revision's digest: what votes bind to.
        digest: Digest,
        lane: crate::words::Lane,
        /// The version of the policy that decides about it.
        policy: Count,
        submission: SubmissionNumber,
    }
);
outcome!(
    /// The revision that was made, and what it is held to.
    SubmissionRevised {
        digest: Digest,
        lane: crate::words::Lane,
        policy: Count,
        revision: crate::value::RevisionNumber,
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
        verdict: crate::words::Verdict,
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
outcome!(
    /// How long an invite can be used.
    MemberInvited { until: Timestamp }
);
outcome!(
    /// The batch that was proposed, and the journal it was proposed on.
    BatchProposed {
        batch: BatchNumber,
        /// The journal's Merkle root before this event.
        root: Digest,
        /// The journal's size before this event.
        size: Seq,
        total: Amount,
    }
);
