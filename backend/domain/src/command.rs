//! What people ask for. One command makes exactly one event, which holds the whole command.
//!
//! Fields are declared in alphabetical order: they are written as canonical JSON (RFC 8785).

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

mod budget;
mod chain;
mod claims;
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
use crate::words::{Operation, PeriodKind, Role, Source, YesNo};

pub use disputes::{
    AcceptOffer, AddComment, AppealRejection, ChallengeSubmission, CloseBounty, HoldSubmission, ReleaseSlot,
    ReleaseSubmission, ReopenSubmission, ReversalCast, ReverseSubmission, StandsUntil, TakeSlot,
    WithdrawSubmission,
};

pub use chain::{
    AttestExecution, ClassifyInflow, ConfirmWord, ConsumeNonce, ProposeRejection, RecordFinding,
    RecordInflow, RecordOutflow, RecordRefund, RecordSignature, Seconded, SettleOutflow, WithdrawExecution,
    WithdrawTransfer,
};

pub use claims::{
    ApproveWaiting, CastVote, FileSubmission, ReviseSubmission, SubmissionFiled, SubmissionRevised, VoteCast,
    WaitingApproved,
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

    /// The cause of one of several commands that a call leads to, counted from 0: the first has the call's own, and the
    /// key of another is `SHA-256(key ‖ part)`, the part as four bytes, the highest first.
    #[must_use]
    pub fn of_part(self, part: u32) -> Self {
        let Self(key, request) = self;
        match part {
            0 => self,
            part => Self(Digest::sha256(&[key.bytes(), &part.to_be_bytes()]), request),
        }
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
    /// The document with the receipt; of what the ledger itself read only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Digest>,
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
    /// The batch whose lines these are, where a wallet chose another nonce or MultiSend for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopts: Option<BatchNumber>,
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
