//! One fact in a program's journal, and its canonical bytes (RFC 8785).
//!
//! An event holds the whole command (`data.asked`) and what it led to (`data.outcome`), so anyone can
//! rebuild the command, decide again, and demand the same event.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;
use uuid::Uuid;

use crate::books::Posting;
use crate::command::{
    AcceptOffer, Actor, AddComment, AddMember, AddressRecorded, Allot, AppealRejection, ApproveWaiting,
    AttestExecution, BatchProposed, BountyPosted, CallAlternate, CastVote, Cause, ChallengeSubmission,
    ChangeCap, ChangeLimits, ChangePolicy, CheckSample, ClassifyInflow, CloseBounty, ClosePeriod,
    ConfirmWord, ConsumeNonce, DeclareConflict, DeclareNode, EraseDocument, FileSubmission, GrantRole,
    HoldSubmission, InviteMember, Join, Leave, LinkMembers, MemberAdded, MemberInvited, MoveAllotment,
    ObserveSafe, OpenPeriod, OpenProgram, PeriodOpened, PolicyChanged, PostBounty, ProposeBatch,
    ProposeRejection, RecordAddress, RecordFinding, RecordFunding, RecordInflow, RecordOutflow, RecordRefund,
    RecordSignature, ReleaseSlot, ReleaseSubmission, ReopenSubmission, ReversalCast, ReverseSubmission,
    ReviseSubmission, RevokeRole, Seconded, SettleOutflow, StandsUntil, SubmissionFiled, SubmissionRevised,
    TakeSlot, VoteCast, WaitingApproved, WithdrawExecution, WithdrawFunding, WithdrawInvite,
    WithdrawSubmission, WithdrawTransfer,
};
use crate::journal::leaf_hash;
use crate::value::{Digest, Seq, Timestamp};
use crate::words::words;

/// The version of the rules that decide today's events.
pub const RULES: &str = "1";

/// Declares every kind of event: its word, its command and, after the arrow, its outcome.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $word:literal : $command:ident $(=> $outcome:ident)?),+ $(,)?) => {
        words!(
            /// The kinds of events, one for each command.
            Kind { $($(#[$doc])* $kind = $word),+ }
        );

        /// What somebody asks for.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Command {
            $($(#[$doc])* $kind(Box<$command>),)+
        }

        impl Command {
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind(_) => Kind::$kind,)+
                }
            }
        }

        $(impl From<$command> for Command {
            fn from(command: $command) -> Self {
                Self::$kind(Box::new(command))
            }
        })+

        /// What happened: a command and its outcome.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Fact {
            $($(#[$doc])* $kind { asked: Box<$command> $(, outcome: $outcome)? },)+
        }

        impl Fact {
            pub fn kind(&self) -> Kind {
                match self {
                    $(Self::$kind { .. } => Kind::$kind,)+
                }
            }

            /// The command as it was asked.
            pub fn command(&self) -> Command {
                match self {
                    $(Self::$kind { asked, .. } => Command::$kind(asked.clone()),)+
                }
            }

            fn read(kind: Kind, data: &str) -> Result<Self, serde_json::Error> {
                match kind {
                    $(Kind::$kind => {
                        #[derive(Deserialize)]
                        #[serde(deny_unknown_fields)]
                        struct Data { asked: Box<$command> $(, outcome: $outcome)? }
                        let data: Data = serde_json::from_str(data)?;
                        Ok(Self::$kind { asked: data.asked $(, outcome: kinds!(@take data $outcome))? })
                    })+
                }
            }
        }

        impl Serialize for Fact {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut data = serializer.serialize_map(None)?;
                match self {
                    $(kinds!(@pattern $kind, asked $(, outcome $outcome)?) => {
                        data.serialize_entry("asked", asked)?;
                        $(kinds!(@write data outcome $outcome);)?
                    })+
                }
                data.end()
            }
        }
    };
    (@take $data:ident $outcome:ident) => { $data.outcome };
    (@pattern $kind:ident, $asked:ident) => { Self::$kind { $asked } };
    (@pattern $kind:ident, $asked:ident, $bound:ident $outcome:ident) => { Self::$kind { $asked, $bound } };
    (@write $data:ident $bound:ident $outcome:ident) => { $data.serialize_entry("outcome", $bound)? };
}

kinds!(
    ProgramOpened = "program_opened": OpenProgram,
    MemberAdded = "member_added": AddMember => MemberAdded,
    RoleGranted = "role_granted": GrantRole,
    RoleRevoked = "role_revoked": RevokeRole,
    AddressRecorded = "address_recorded": RecordAddress => AddressRecorded,
    PeriodOpened = "period_opened": OpenPeriod => PeriodOpened,
    Allotted = "allotted": Allot,
    AllotmentMoved = "allotment_moved": MoveAllotment,
    CapChanged = "cap_changed": ChangeCap,
    LimitsChanged = "limits_changed": ChangeLimits,
    PolicyChanged = "policy_changed": ChangePolicy => PolicyChanged,
    PeriodClosed = "period_closed": ClosePeriod,
    BountyPosted = "bounty_posted": PostBounty => BountyPosted,
    SlotTaken = "slot_taken": TakeSlot => StandsUntil,
    SlotReleased = "slot_released": ReleaseSlot,
    BountyClosed = "bounty_closed": CloseBounty,
    SubmissionFiled = "submission_filed": FileSubmission => SubmissionFiled,
    SubmissionRevised = "submission_revised": ReviseSubmission => SubmissionRevised,
    OfferAccepted = "offer_accepted": AcceptOffer => SubmissionRevised,
    SubmissionWithdrawn = "submission_withdrawn": WithdrawSubmission,
    CommentAdded = "comment_added": AddComment,
    VoteCast = "vote_cast": CastVote => VoteCast,
    RejectionAppealed = "rejection_appealed": AppealRejection => SubmissionRevised,
    SubmissionReopened = "submission_reopened": ReopenSubmission,
    SubmissionHeld = "submission_held": HoldSubmission => StandsUntil,
    SubmissionChallenged = "submission_challenged": ChallengeSubmission => StandsUntil,
    SubmissionReleased = "submission_released": ReleaseSubmission,
    ReversalVoted = "reversal_voted": ReverseSubmission => ReversalCast,
    WaitingApproved = "waiting_approved": ApproveWaiting => WaitingApproved,
    SafeObserved = "safe_observed": ObserveSafe,
    FundingRecorded = "funding_recorded": RecordFunding,
    FundingWithdrawn = "funding_withdrawn": WithdrawFunding,
    BatchProposed = "batch_proposed": ProposeBatch => BatchProposed,
    RejectionProposed = "rejection_proposed": ProposeRejection => BatchProposed,
    BatchExecuted = "batch_executed": AttestExecution => Seconded,
    NonceConsumed = "nonce_consumed": ConsumeNonce => Seconded,
    ExecutionWithdrawn = "execution_withdrawn": WithdrawExecution,
    InflowRecorded = "inflow_recorded": RecordInflow,
    OutflowRecorded = "outflow_recorded": RecordOutflow,
    RefundRecorded = "refund_recorded": RecordRefund,
    TransferWithdrawn = "transfer_withdrawn": WithdrawTransfer,
    InflowClassified = "inflow_classified": ClassifyInflow => Seconded,
    OutflowSettled = "outflow_settled": SettleOutflow => Seconded,
    WordConfirmed = "word_confirmed": ConfirmWord,
    FindingRecorded = "finding_recorded": RecordFinding,
    SignatureRecorded = "signature_recorded": RecordSignature,
    DocumentErased = "document_erased": EraseDocument => Seconded,
    MemberInvited = "member_invited": InviteMember => MemberInvited,
    InviteWithdrawn = "invite_withdrawn": WithdrawInvite,
    MemberJoined = "member_joined": Join => MemberAdded,
    MemberLeft = "member_left": Leave,
    MembersLinked = "members_linked": LinkMembers,
    ConflictDeclared = "conflict_declared": DeclareConflict,
    NodeDeclared = "node_declared": DeclareNode,
    AlternateCalled = "alternate_called": CallAlternate,
    SampleChecked = "sample_checked": CheckSample,
);

impl Command {
    /// The documents that a command names: they come with it, and are kept beside the journal.
    pub fn documents(&self) -> Vec<Digest> {
        match self {
            Self::ProgramOpened(asked) => {
                asked.members.iter().map(|member| member.name).chain([asked.texts]).collect()
            }
            Self::MemberAdded(asked) => vec![asked.name],
            Self::BountyPosted(asked) => vec![asked.brief],
            Self::SubmissionFiled(asked) => [&[asked.texts], asked.captures.as_slice()].concat(),
            Self::SubmissionRevised(asked) => [&[asked.texts], asked.captures.as_slice()].concat(),
            Self::VoteCast(asked) => vec![asked.reason],
            Self::CommentAdded(asked) => vec![asked.text],
            Self::BountyClosed(asked) => vec![asked.reason],
            Self::SubmissionWithdrawn(asked) => vec![asked.reason],
            Self::RejectionAppealed(asked) => vec![asked.reason],
            Self::SubmissionReopened(asked) => vec![asked.reason],
            Self::SubmissionHeld(asked) => vec![asked.reason],
            Self::SubmissionChallenged(asked) => vec![asked.reason],
            Self::SubmissionReleased(asked) => vec![asked.reason],
            Self::ReversalVoted(asked) => vec![asked.reason],
            Self::Allotted(asked) => asked.reason.into_iter().collect(),
            Self::AllotmentMoved(asked) => vec![asked.reason],
            Self::CapChanged(asked) => vec![asked.reason],
            Self::LimitsChanged(asked) => vec![asked.reason],
            Self::PolicyChanged(asked) => vec![asked.reason],
            Self::PeriodClosed(asked) => vec![asked.variance],
            Self::FundingWithdrawn(asked) => asked.reason.into_iter().collect(),
            Self::NonceConsumed(asked) => asked.reason.into_iter().chain(asked.receipt).collect(),
            Self::ExecutionWithdrawn(asked) => asked.reason.into_iter().collect(),
            Self::TransferWithdrawn(asked) => asked.reason.into_iter().collect(),
            Self::FundingRecorded(asked) => asked.receipt.into_iter().collect(),
            Self::BatchExecuted(asked) => asked.receipt.into_iter().collect(),
            Self::InflowRecorded(asked) => asked.receipt.into_iter().collect(),
            Self::OutflowRecorded(asked) => asked.receipt.into_iter().collect(),
            Self::WordConfirmed(asked) => vec![asked.receipt],
            Self::FindingRecorded(asked) => vec![asked.receipt],
            Self::InflowClassified(asked) => vec![asked.reason],
            Self::OutflowSettled(asked) => vec![asked.reason],
            Self::MemberJoined(asked) => vec![asked.name],
            Self::MembersLinked(asked) => vec![asked.reason],
            Self::ConflictDeclared(asked) => vec![asked.reason],
            Self::NodeDeclared(asked) => vec![asked.note],
            Self::SampleChecked(asked) => vec![asked.reason],
            Self::RoleGranted(_)
            | Self::RoleRevoked(_)
            | Self::AddressRecorded(_)
            | Self::PeriodOpened(_)
            | Self::SlotTaken(_)
            | Self::SlotReleased(_)
            | Self::OfferAccepted(_)
            | Self::WaitingApproved(_)
            | Self::SafeObserved(_)
            | Self::BatchProposed(_)
            | Self::RejectionProposed(_)
            | Self::DocumentErased(_)
            | Self::RefundRecorded(_)
            | Self::SignatureRecorded(_)
            | Self::MemberInvited(_)
            | Self::InviteWithdrawn(_)
            | Self::MemberLeft(_)
            | Self::AlternateCalled(_) => Vec::new(),
        }
    }
}

/// One fact in a program's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub actor: Actor,
    pub at: Timestamp,
    /// What asked for it; none for the ledger itself.
    pub cause: Option<Cause>,
    pub fact: Fact,
    pub postings: Vec<Posting>,
    /// The leaf hash of the event before, zeros for the first.
    pub prev: Digest,
    pub program: Uuid,
    pub seq: Seq,
}

/// An event with the bytes that the journal stores and their leaf hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub event: Event,
    pub bytes: Vec<u8>,
    pub leaf: Digest,
}

/// Why bytes are not an event.
#[derive(Debug, Error)]
pub enum EventError {
    #[error("not an event: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("rules version {found:?}: this program knows version 1 only")]
    UnknownRules { found: String },
    #[error("not canonical: written again, the event has other bytes (from byte {at})")]
    NotCanonical { at: usize },
    #[error("a member's event has a cause of two digests, one of the ledger itself has none")]
    Cause,
    #[error("an event holds printable ASCII without quotes and backslashes only")]
    NotPlain,
}

#[derive(Serialize)]
struct Written<'a> {
    actor: Actor,
    at: Timestamp,
    cause: &'a [Digest],
    data: &'a Fact,
    kind: Kind,
    post: &'a [Posting],
    prev: Digest,
    program: Uuid,
    seq: Seq,
    v: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'a> {
    actor: Actor,
    at: Timestamp,
    cause: Vec<Digest>,
    #[serde(borrow)]
    data: &'a RawValue,
    kind: Kind,
    post: Vec<Posting>,
    prev: Digest,
    program: Uuid,
    seq: Seq,
    v: String,
}

impl Event {
    /// The canonical bytes: RFC 8785 JSON of strings, arrays and objects.
    ///
    /// # Errors
    /// [`EventError::NotPlain`] if a value holds what every JSON library would not write alike.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EventError> {
        let cause: &[Digest] = match (self.actor, &self.cause) {
            (Actor::System, None) => &[],
            (Actor::Member(_), Some(Cause(key, request))) => &[*key, *request],
            (Actor::System, Some(_)) | (Actor::Member(_), None) => return Err(EventError::Cause),
        };
        let bytes = serde_json::to_vec(&Written {
            actor: self.actor,
            at: self.at,
            cause,
            data: &self.fact,
            kind: self.fact.kind(),
            post: &self.postings,
            prev: self.prev,
            program: self.program,
            seq: self.seq,
            v: RULES,
        })?;
        let plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'\\');
        if plain { Ok(bytes) } else { Err(EventError::NotPlain) }
    }

    /// The event with its bytes and leaf hash.
    ///
    /// # Errors
    /// As [`Event::to_bytes`].
    pub fn record(self) -> Result<Recorded, EventError> {
        let bytes = self.to_bytes()?;
        let leaf = leaf_hash(&bytes);
        Ok(Recorded { event: self, bytes, leaf })
    }
}

/// What every version of an event says of itself, whatever else it holds.
#[derive(Deserialize)]
struct Version {
    v: String,
}

/// Why bytes cannot be read: they are of other rules, which may write what ours do not know, or no event.
fn unreadable(bytes: &[u8], error: serde_json::Error) -> EventError {
    match serde_json::from_slice(bytes) {
        Ok(Version { v }) if v != RULES => EventError::UnknownRules { found: v },
        Ok(_) | Err(_) => EventError::Unreadable(error),
    }
}

impl Recorded {
    /// Reads an event from its stored bytes, and demands that it writes the same bytes again.
    ///
    /// # Errors
    /// Bytes that are no event, of unknown rules, or not canonical.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EventError> {
        let read: Read<'_> = serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, error))?;
        if read.v != RULES {
            return Err(EventError::UnknownRules { found: read.v });
        }
        let cause = match (read.actor, read.cause.as_slice()) {
            (Actor::System, []) => None,
            (Actor::Member(_), [key, request]) => Some(Cause(*key, *request)),
            _ => return Err(EventError::Cause),
        };
        let event = Event {
            actor: read.actor,
            at: read.at,
            cause,
            fact: Fact::read(read.kind, read.data.get())?,
            postings: read.post,
            prev: read.prev,
            program: read.program,
            seq: read.seq,
        };
        let recorded = event.record()?;
        if recorded.bytes == bytes {
            return Ok(recorded);
        }
        let same = recorded.bytes.iter().zip(bytes).take_while(|(ours, theirs)| ours == theirs).count();
        Err(EventError::NotCanonical { at: same })
    }
}
