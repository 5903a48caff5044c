//! Receipts of the chain's transactions: read within bounds, and held against what events say of them.
//!
//! A receipt is the JSON that a node answered to `eth_getTransactionReceipt`, byte for byte. Whether the chain has it,
//! only a node can say; what follows from it, [`safe::reconcile`](mod@safe::reconcile) does.

use std::collections::HashMap;

use domain::Program;
use domain::value::{BatchNumber, Digest, Seq};
use safe::{Receipt, ReceiptError};
use thiserror::Error;

use crate::chunks::Chunks;
use crate::finding::{Code, Finding, Findings};
use crate::limits::SALT;
use crate::member::Member;

mod claim;
mod logged;
mod shown;

pub(crate) use claim::Claim;
use shown::Shown;

/// The most bytes of a receipt, without its salt: 4 MiB.
pub const MAX_RECEIPT: usize = 4 << 20;
/// The most of `{`, `[`, `:` and `,` in it: they bound what a parser makes of it, about four thousand logs.
pub const MAX_SIGNS: usize = 1 << 17;

/// Why a document is no receipt that can be judged.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error("it has more than {MAX_RECEIPT} bytes")]
    Large,
    #[error("it has more than {MAX_SIGNS} of {{, [, : and ,")]
    Wide,
    #[error("it is not UTF-8")]
    NotText,
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
}

/// Reads a receipt as every verification does: what is recorded on the ground of one that cannot be read is a finding
/// for ever.
///
/// # Errors
/// It is too large, or not what a node answers of a transaction that is in a block.
pub fn read(content: &[u8]) -> Result<Receipt, ReadError> {
    if content.len() > MAX_RECEIPT {
        return Err(ReadError::Large);
    }
    let signs = content.iter().filter(|byte| matches!(byte, b'{' | b'[' | b':' | b','));
    if signs.count() > MAX_SIGNS {
        return Err(ReadError::Wide);
    }
    let text = std::str::from_utf8(content).map_err(|_| ReadError::NotText)?;
    Ok(Receipt::parse(text)?)
}

/// What was judged of receipts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Judged {
    /// Statements that their receipts show.
    pub(crate) shown: u64,
    /// Those among them that confirm what members had attested.
    pub(crate) confirmed: u64,
    /// The receipts of which anything was said.
    pub(crate) receipts: u64,
}

/// What the events say of receipts, until these come.
#[derive(Clone, Debug)]
pub(crate) struct Receipts {
    claims: Chunks<Claim>,
    by_receipt: Vec<u32>,
    /// The batches of the program by their safeTxHash.
    batches: HashMap<Digest, BatchNumber>,
    judged: Judged,
}

impl Receipts {
    /// `state` is that after the last event, of which the claims are.
    pub(crate) fn expect(claims: Chunks<Claim>, state: Option<&Program>) -> Self {
        let count = u32::try_from(claims.len()).unwrap_or(u32::MAX);
        let mut by_receipt: Vec<u32> = (0..count).collect();
        by_receipt.sort_by_key(|place| at(&claims, *place).map(|claim| claim.receipt));
        let batches = state.into_iter().flat_map(Program::batches);
        let batches = batches.map(|batch| (batch.safe_tx_hash, batch.number)).collect();
        Self { claims, by_receipt, batches, judged: Judged::default() }
    }

    /// What is said of a receipt, in the order of events.
    fn of(&self, receipt: &Digest) -> impl Iterator<Item = &Claim> {
        let digest = |place: u32| at(&self.claims, place).map(|claim| claim.receipt);
        let start = self.by_receipt.partition_point(|place| digest(*place) < Some(*receipt));
        let claims = self.by_receipt.get(start..).unwrap_or_default().iter();
        let claims = claims.filter_map(|place| at(&self.claims, *place));
        let receipt = *receipt;
        claims.take_while(move |claim| claim.receipt == receipt)
    }

    /// Judges what is said of a document that is what its digest says, salt and content.
    pub(crate) fn judge(
        &mut self,
        document: &Digest,
        bytes: &[u8],
        program: &Program,
        findings: &mut Findings,
    ) {
        if self.of(document).next().is_none() {
            return;
        }
        let content = bytes.split_at_checked(SALT).map(|(_, content)| content).unwrap_or_default();
        // What is no receipt has its finding.
        let Ok(receipt) = read(content) else { return };
        let mut judged = self.judged;
        judged.receipts = judged.receipts.saturating_add(1);
        let shown = Shown::new(receipt, program, &self.batches);
        for claim in self.of(document) {
            let checked = match &shown {
                Ok(shown) => shown.check(claim),
                Err(error) => Err((*error).into()),
            };
            match checked {
                Ok(()) => {
                    judged.shown = judged.shown.saturating_add(1);
                    judged.confirmed = judged.confirmed.saturating_add(u64::from(claim.confirms));
                }
                Err(why) => {
                    let member = Member::Document(*document);
                    let finding = Finding::of(Code::ReceiptDiffers, member, why.to_string());
                    findings.add(finding.and_at(claim.seq));
                }
            }
        }
        self.judged = judged;
    }

    /// Names the events whose receipts `erased_by` says were erased: they rest on nothing any more.
    pub(crate) fn check_erased(&self, erased_by: impl Fn(&Digest) -> Option<Seq>, findings: &mut Findings) {
        for claim in self.claims.iter() {
            if let Some(event) = erased_by(&claim.receipt) {
                let words = format!("event {event} erased the receipt on which this one rests");
                let finding = Finding::of(Code::ReceiptErased, Member::Document(claim.receipt), words);
                findings.add(finding.and_at(claim.seq));
            }
        }
    }

    pub(crate) fn judged(&self) -> Judged {
        self.judged
    }
}

fn at(claims: &Chunks<Claim>, place: u32) -> Option<&Claim> {
    claims.get(usize::try_from(place).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lib.rs and docs/audit.md say of memory.
    #[test]
    fn a_statement_takes_less_than_200_bytes() {
        let size = size_of::<Claim>() + size_of::<u32>();
        assert!(size < 200, "{size}");
    }
}
