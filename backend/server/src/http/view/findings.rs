//! What the ledger found on the chain, and people have to settle.

use domain::Program;
use domain::batch::Nonce;
use domain::value::Digest;
use serde::Serialize;
use utoipa::ToSchema;

use super::{TransferView, hash};
use crate::app::shape;

/// Something that people have to settle: what became of a nonce, or LPT that nobody can explain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// The event that recorded it.
    pub number: u64,
    /// `mismatched`: a batch was executed and paid something else. `elsewhere`: another transaction took the nonce and
    /// paid lines of it. `contradicted`: the chain shows another end than people said. `inflow`, `outflow`: LPT moved, and
    /// nobody knows why.
    #[schema(pattern = "^(contradicted|elsewhere|inflow|mismatched|outflow)$")]
    pub kind: String,
    #[schema(pattern = "^(open|resolved)$")]
    pub state: String,
    #[schema(value_type = shape::Hash)]
    pub tx_hash: String,
    /// The nonce that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<u64>,
    /// What it keeps from happening as long as it is open.
    pub blocks: String,
    /// The transfer that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferView>,
}

impl FindingView {
    /// All of a program, in the order in which they were recorded.
    pub fn list(program: &Program) -> Vec<Self> {
        let transfers = TransferView::list(program).into_iter();
        let moved = transfers.filter(|transfer| matches!(transfer.kind.as_str(), "inflow" | "outflow"));
        let mut all: Vec<Self> =
            program.nonces().filter_map(Self::of_nonce).chain(moved.map(Self::of_transfer)).collect();
        all.sort_by_key(|finding| finding.number);
        all
    }

    fn new(number: u64, kind: String, open: bool, tx_hash: &Digest) -> Self {
        Self {
            number,
            kind,
            state: if open { "open" } else { "resolved" }.to_owned(),
            tx_hash: hash(tx_hash),
            nonce: None,
            blocks: String::new(),
            transfer: None,
        }
    }

    fn of_nonce(nonce: &Nonce) -> Option<Self> {
        let found = nonce.finding?;
        let open = nonce.open_finding().is_some();
        let blocks = if open { "the claims and the nonce" } else { "nothing" }.to_owned();
        let number = nonce.number.get();
        let view = Self::new(found.event.get(), found.finding.to_string(), open, &found.tx_hash);
        Some(Self { nonce: Some(number), blocks, ..view })
    }

    fn of_transfer(transfer: TransferView) -> Self {
        let open = transfer.state == "open";
        let blocks = match (open, transfer.kind.as_str()) {
            (true, "outflow") => "new batches",
            _ => "nothing",
        };
        Self {
            number: transfer.seq,
            kind: transfer.kind.clone(),
            state: if open { "open" } else { "resolved" }.to_owned(),
            tx_hash: transfer.tx_hash.clone(),
            nonce: None,
            blocks: blocks.to_owned(),
            transfer: Some(transfer),
        }
    }
}
