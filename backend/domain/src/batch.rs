//! The Safe as last observed, and the batches proposed to it.

use serde::{Deserialize, Serialize};

use crate::command::{ObserveSafe, Payout};
use crate::snapshot;
use crate::value::{
    Address, Amount, BatchNumber, ContractSignature, Digest, MemberNumber, Seq, Signature, SubmissionNumber,
    Timestamp,
};
use crate::words::{Consumption, FindingKind, Operation, SigningForm, Source};

/// The Safe at a block, and when the ledger was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    #[serde(with = "snapshot::json")]
    pub safe: ObserveSafe,
    pub at: Timestamp,
    /// The event that told it.
    pub recorded: Seq,
}

/// Payouts proposed to the Safe as one transaction: a candidate for one nonce. One without payouts is a rejection.
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
    /// In the order in which they were recorded, at most one of each owner.
    pub signings: Vec<Signing>,
}

/// An owner's agreement to a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// The event that recorded it.
    pub event: Seq,
    pub at: Timestamp,
    pub owner: Address,
    pub form: SigningForm,
    #[serde(with = "snapshot::json")]
    pub signature: Option<Signature>,
    #[serde(with = "snapshot::json")]
    pub contract: Option<ContractSignature>,
}

/// A nonce of the Safe for which something was proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nonce {
    pub number: Seq,
    /// In the order in which they were proposed; the chain shows which one of them is executed, if any.
    pub candidates: Vec<BatchNumber>,
    /// What its dearest candidate pays.
    pub dearest: Amount,
    /// Who says what became of it, as long as one word more is needed.
    pub voices: Vec<Voice<(How, Digest)>>,
    /// What the ledger found on the chain that people have to settle.
    pub finding: Option<Found>,
    pub end: Option<End>,
}

/// What the ledger found on the chain of a nonce, and cannot settle itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The event that recorded it.
    pub event: Seq,
    pub at: Timestamp,
    pub finding: FindingKind,
    pub tx_hash: Digest,
}

impl Nonce {
    /// What was found on the chain and people have not settled yet.
    pub fn open_finding(&self) -> Option<Found> {
        let settled = |end: &End, found: Found| {
            end.event > found.event && end.how == How::Unpaid(Consumption::Mismatched)
        };
        self.finding.filter(|found| !self.end.as_ref().is_some_and(|end| settled(end, *found)))
    }

    pub(crate) const fn unproposed(number: Seq) -> Self {
        Self {
            number,
            candidates: Vec::new(),
            dearest: Amount::ZERO,
            voices: Vec::new(),
            finding: None,
            end: None,
        }
    }
}

/// What a member says of something that takes two persons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voice<T> {
    pub member: MemberNumber,
    /// The event in which they said it.
    pub seq: Seq,
    pub says: T,
}

/// How the Safe came to consume a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum How {
    Executed(BatchNumber),
    /// Nothing was paid.
    Unpaid(Consumption),
}

/// What became of a nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub event: Seq,
    pub at: Timestamp,
    pub how: How,
    pub source: Source,
    /// The transaction that consumed it.
    pub tx_hash: Digest,
    pub effects: Effects,
}

/// What the end of a nonce means for the claims on it, each list in the order of their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effects {
    /// Paid now.
    pub paid: Vec<SubmissionNumber>,
    /// Paid now although it was settled before.
    pub again: Vec<SubmissionNumber>,
    /// Owed again: only other candidates would have paid it.
    pub returned: Vec<SubmissionNumber>,
}
