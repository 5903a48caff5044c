//! What people say of the chain: what became of a nonce, and LPT that moved without a batch.

use serde::{Deserialize, Serialize};

use crate::value::{
    Address, Amount, BatchNumber, ContractSignature, Count, Digest, Seq, Signature, SubmissionNumber,
};
use crate::words::{Consumption, FindingKind, Seconding, SigningForm, Source};

/// Proposes to consume a nonce by a transaction that pays nobody, so that no batch on it can be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposeRejection {
    /// EIP-712 domain separator of the Safe.
    pub domain_hash: Digest,
    /// EIP-712 hash of the SafeTx struct: a call of the Safe itself with no value and no data.
    pub message_hash: Digest,
    pub nonce: Seq,
    /// What the owners sign.
    pub safe_tx_hash: Digest,
}

/// Says that a batch was executed: its claims are paid, what only others on its nonce would pay is owed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttestExecution {
    pub batch: BatchNumber,
    /// The document with the receipt; of what the ledger itself read only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Digest>,
    pub source: Source,
    /// The transaction that executed it.
    pub tx_hash: Digest,
}

/// Says that a nonce was consumed and paid nobody: what its batches would pay is owed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsumeNonce {
    pub how: Consumption,
    pub nonce: Seq,
    /// The document with the reason of whoever says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Digest>,
    /// The document with the receipt; of what the ledger itself read only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Digest>,
    pub source: Source,
    /// The transaction that consumed it.
    pub tx_hash: Digest,
}

/// Takes back what was said of a nonce: it did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawExecution {
    pub nonce: Seq,
    /// The document with the reason of whoever says so; none where the chain itself no longer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Digest>,
}

/// LPT that came into the Safe, and nobody knows yet from whom or what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordInflow {
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

/// LPT that left the Safe, and is no line of an executed batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordOutflow {
    pub amount: Amount,
    /// The place of the Transfer log in its block.
    pub log_index: Count,
    /// The document with the receipt; of what the ledger itself read only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Digest>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<Address>,
    pub source: Source,
    pub tx_hash: Digest,
}

/// LPT that somebody who was paid for a claim sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordRefund {
    pub amount: Amount,
    /// The place of the Transfer log in its block.
    pub log_index: Count,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Address>,
    pub source: Source,
    /// The paid claim.
    pub submission: SubmissionNumber,
    pub tx_hash: Digest,
}

/// Takes back an inflow, an outflow or a refund that was recorded wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawTransfer {
    /// The event that recorded it.
    pub event: Seq,
    /// The document with the reason of whoever says so; none where the chain itself no longer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Digest>,
}

/// Says what an inflow was: a contribution, or a refund of a paid claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifyInflow {
    /// The event that recorded it.
    pub event: Seq,
    /// The document with the reason.
    pub reason: Digest,
    /// The paid claim of which it is a refund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<SubmissionNumber>,
}

/// Says what an outflow was: the payment of a claim, or a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleOutflow {
    /// The event that recorded it.
    pub event: Seq,
    /// The document with the reason.
    pub reason: Digest,
    /// The claim that it paid, once for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<SubmissionNumber>,
}

/// Reads on the chain what somebody had stated: from now on it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmWord {
    /// The event that stated it; of a nonce, the one that ended it.
    pub event: Seq,
    /// The document with the receipt.
    pub receipt: Digest,
}

/// Finds on the chain what people have to settle: the lines of the nonce stay in flight until they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFinding {
    pub finding: FindingKind,
    pub nonce: Seq,
    /// The document with the receipt.
    pub receipt: Digest,
    /// The transaction that consumed the nonce.
    pub tx_hash: Digest,
}

/// An owner of the Safe agrees to the transaction of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordSignature {
    pub batch: BatchNumber,
    /// What a contract accepts as its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractSignature>,
    pub form: SigningForm,
    pub owner: Address,
    /// What a key signed; its last byte is 27 or 28 in both forms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// What the word of one of two persons led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seconded {
    pub verdict: Seconding,
}
