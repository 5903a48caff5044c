//! Owners' agreement to a batch, and the call that carries it out.

use domain::Program;
use domain::batch::{Batch, Signing};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Checksummed, hash};
use crate::app::{Executable, shape};

/// An owner's agreement to a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SigningView {
    pub owner: Checksummed,
    /// `eip712` and `eth_sign` are of a key; the other two the Safe itself confirmed when they were recorded.
    #[schema(pattern = "^(approved_hash|contract|eip712|eth_sign)$")]
    pub form: String,
    /// Whether it is of an owner of the Safe as last observed: others count no longer.
    pub counts: bool,
    #[schema(value_type = shape::Moment)]
    pub at: String,
    pub seq: u64,
}

impl SigningView {
    /// All of a batch, in the order in which they were recorded.
    pub fn list(program: &Program, batch: &Batch) -> Vec<Self> {
        let counting = program.signings_of(batch);
        let view = |signing: &Signing| Self {
            owner: signing.owner.into(),
            form: signing.form.to_string(),
            counts: counting.iter().any(|other| other.event == signing.event),
            at: signing.at.to_string(),
            seq: signing.event.get(),
        };
        batch.signings.iter().map(view).collect()
    }
}

/// A transaction that anyone may send: the Safe carries the batch out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExecTransactionView {
    pub chain_id: u64,
    /// The Safe.
    pub to: Checksummed,
    /// ETH to send along, in wei: none.
    pub value: String,
    /// The calldata of `execTransaction`.
    pub data: String,
    #[schema(value_type = shape::Hash)]
    pub safe_tx_hash: String,
    pub nonce: u64,
    /// The nonce that the Safe runs next, as it was last observed: earlier ones have to be executed first.
    pub next_nonce: u64,
    /// Whose signatures are in it, ascending.
    pub signers: Vec<Checksummed>,
}

impl ExecTransactionView {
    pub fn new(program: &Program, batch: &Batch, executable: &Executable) -> Self {
        let next = program.observation().map_or(0, |observation| observation.safe.nonce.get());
        Self {
            chain_id: executable.safe.chain_id,
            to: executable.safe.address.into(),
            value: "0".to_owned(),
            data: safe::hex::encode(&executable.calldata),
            safe_tx_hash: hash(&batch.safe_tx_hash),
            nonce: batch.nonce.get(),
            next_nonce: next,
            signers: executable.owners.iter().copied().map(Into::into).collect(),
        }
    }
}
