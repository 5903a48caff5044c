//! The Safe as last observed, and the batches proposed to it.

use serde::{Deserialize, Serialize};

use crate::command::{ObserveSafe, Payout};
use crate::snapshot;
use crate::value::{Address, Amount, BatchNumber, Digest, Seq, Timestamp};
use crate::words::Operation;

/// The Safe at a block, and when the ledger was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    #[serde(with = "snapshot::json")]
    pub safe: ObserveSafe,
    pub at: Timestamp,
    /// The event that told it.
    pub recorded: Seq,
}

/// Payouts proposed to the Safe as one transaction: a candidate for one nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub number: BatchNumber,
    pub nonce: Seq,
    pub payouts: Vec<Payout>,
    pub total: Amount,
    pub to: Address,
    pub operation: Operation,
    pub domain_hash: Digest,
    pub message_hash: Digest,
    pub safe_tx_hash: Digest,
    /// The journal before it was proposed: size and Merkle root.
    pub size: Seq,
    pub root: Digest,
    pub proposed: Seq,
    pub proposed_at: Timestamp,
}
