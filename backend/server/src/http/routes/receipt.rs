//! What a write is answered with: its place in the journal, and the thing as it now stands.

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::view::{
    AddressView, BatchView, BountyView, BudgetView, ConflictView, FindingView, InviteView, Lpt, MemberView,
    NodeView, NonceView, PeriodView, PolicyVersionView, ProgramView, Remark, SafeView, SubmissionView,
    TransferView,
};
use crate::http::write::Proof;

/// Declares a receipt: the proof of the event, and one thing by its name.
macro_rules! receipts {
    ($($(#[$doc:meta])* $name:ident { $field:ident: $view:ty })+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, ToSchema)]
        pub struct $name {
            #[serde(flatten)]
            pub proof: Proof,
            pub $field: $view,
        }
    )+ };
}

receipts! {
    /// A program was given other limits.
    ProgramReceipt { program: ProgramView }
    /// A member was added, or given or relieved of a role.
    MemberReceipt { member: MemberView }
    /// A period was opened, given another cap, or closed.
    PeriodReceipt { period: PeriodView }
    /// Categories were given money.
    BudgetReceipt { budget: BudgetView }
    /// A bounty was posted.
    BountyReceipt { bounty: BountyView }
    /// A claim was filed or revised.
    SubmissionReceipt { submission: SubmissionView }
    /// A payout address was recorded.
    AddressReceipt { address: AddressView }
    /// Something about the Safe was recorded.
    SafeReceipt { safe: SafeView }
    /// A batch was proposed.
    BatchReceipt { batch: BatchView }
    /// Another policy was announced.
    PolicyReceipt { policy: PolicyVersionView }
    /// A node was declared.
    NodeReceipt { node: NodeView }
}

/// A program was opened.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpeningReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    pub program: ProgramView,
    /// What the lead should know: lanes whose quorum the reviewers of the program cannot reach.
    pub warnings: Vec<Remark>,
}

/// Something was said of what became of a nonce.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NonceReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    /// `counted` if somebody else has to say the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(counted|done)$")]
    pub verdict: Option<String>,
    pub nonce: NonceView,
}

/// LPT that moved was recorded, explained or taken back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TransferReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    /// `counted` if somebody else has to say the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(counted|done)$")]
    pub verdict: Option<String>,
    pub transfer: TransferView,
}

/// An invite was made or withdrawn.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InviteReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    pub invite: InviteView,
    /// Who knows it can join: told once, to whoever made the invite.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::app::shape::Digest>)]
    pub secret: Option<String>,
}

/// A conflict was declared, or its end.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    pub conflict: ConflictView,
    pub stands: bool,
}

/// A vote was cast; the amounts only if the reviewers agree and the budget cannot carry it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VoteReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    /// What this vote led to.
    #[schema(pattern = "^(agreed|approved|counted|needs_changes|rejected)$")]
    pub verdict: String,
    /// The claim's state after it.
    pub state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<Lpt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<Lpt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Lpt>,
    /// The only outside reviewer decided alone.
    pub single_handed: bool,
    /// A second reviewer looks at it before it is paid.
    pub sampled: bool,
    pub submission: SubmissionView,
}

/// Somebody asked for a document to be erased, or agreed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErasureReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    /// `counted` if somebody else has to agree, `done` once it is erased.
    #[schema(pattern = "^(counted|done)$")]
    pub verdict: String,
    pub document: ErasureView,
}

/// A document that is to go, or went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErasureView {
    #[schema(value_type = crate::app::shape::Digest)]
    pub digest: String,
    /// Whose it is: the member in whose event it was named first.
    pub author: u32,
    /// The claim that event is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<u32>,
    #[schema(pattern = "^(mistake|personal_data|rights_of_others|unlawful)$")]
    pub class: String,
    pub erased: bool,
}

/// Something was said of a finding.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingReceipt {
    #[serde(flatten)]
    pub proof: Proof,
    /// `counted` while somebody else has to say the same.
    #[schema(pattern = "^(counted|done)$")]
    pub verdict: String,
    pub finding: FindingView,
}

/// A batch was proposed; with `more`, further ones on the nonces after it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalReceipt {
    #[serde(flatten)]
    pub first: BatchReceipt,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<BatchReceipt>,
}
