//! What else a batch's nonce is asked for, and what the Safe has to consume before it.

use std::collections::BTreeMap;

use domain::Program;
use domain::batch::Batch;
use domain::command::Payout;
use domain::value::{Address, Amount, BatchNumber, Digest, Seq, SubmissionNumber};

/// Another candidate for the same nonce: the Safe executes one of them at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    pub batch: BatchNumber,
    pub safe_tx_hash: Digest,
    pub to: Address,
    pub lines: usize,
    pub total: Amount,
    pub signatures: usize,
    /// What this batch does otherwise than that one.
    pub difference: Difference,
}

/// In what the lines of one batch differ from those of another, claim by claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Paid by this batch only.
    pub added: Vec<Payout>,
    /// Paid by the other one only.
    pub removed: Vec<Payout>,
    /// Paid by both, to another address or another amount: by the other one, and by this one.
    pub changed: Vec<(Payout, Payout)>,
    /// Whether both pay the same lines, in another order.
    pub reordered: bool,
    /// Whether another contract is called.
    pub target: bool,
}

/// A nonce that the Safe consumes before, and what is proposed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub nonce: Seq,
    pub batches: Vec<BatchNumber>,
}

impl Difference {
    fn between(other: &Batch, this: &Batch) -> Self {
        let by_claim = |batch: &Batch| -> BTreeMap<SubmissionNumber, Payout> {
            batch.payouts.iter().map(|payout| (payout.submission, *payout)).collect()
        };
        let (before, after) = (by_claim(other), by_claim(this));
        let mut difference = Self { target: other.to != this.to, ..Self::default() };
        for payout in &this.payouts {
            match before.get(&payout.submission) {
                None => difference.added.push(*payout),
                Some(was) if was != payout => difference.changed.push((*was, *payout)),
                Some(_) => {}
            }
        }
        let gone = other.payouts.iter().filter(|payout| !after.contains_key(&payout.submission));
        difference.removed = gone.copied().collect();
        difference.reordered = difference.has_same_lines() && other.payouts != this.payouts;
        difference
    }

    /// Whether both pay the same lines, in whatever order.
    pub fn has_same_lines(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// The other candidates for a batch's nonce, in the order in which they were proposed.
pub(super) fn beside(program: &Program, batch: &Batch) -> Vec<Beside> {
    let candidates = program.nonce(batch.nonce).map_or(&[][..], |nonce| &nonce.candidates);
    let others = candidates.iter().filter(|number| **number != batch.number);
    let beside = |other: &Batch| Beside {
        batch: other.number,
        safe_tx_hash: other.safe_tx_hash,
        to: other.to,
        lines: other.payouts.len(),
        total: other.total,
        signatures: program.signings_of(other).len(),
        difference: Difference::between(other, batch),
    };
    others.filter_map(|number| program.batch(*number)).map(beside).collect()
}

/// The nonces that the Safe runs before a batch's: from the one that it was observed to run next.
fn before(program: &Program, batch: &Batch) -> Option<(Seq, Seq)> {
    let next = program.observation()?.safe.nonce;
    (next < batch.nonce).then_some((next, batch.nonce))
}

/// The nonces before a batch's that something is proposed for, and nobody knows an end of.
pub(super) fn earlier(program: &Program, batch: &Batch) -> Vec<Earlier> {
    let Some((next, this)) = before(program, batch) else { return Vec::new() };
    let known = program.nonces().filter(|nonce| (next..this).contains(&nonce.number));
    let open = known.filter(|nonce| nonce.end.is_none());
    open.map(|nonce| Earlier { nonce: nonce.number, batches: nonce.candidates.clone() }).collect()
}

/// How many nonces before a batch's nothing is proposed for.
pub(super) fn unproposed(program: &Program, batch: &Batch) -> u64 {
    let Some((next, this)) = before(program, batch) else { return 0 };
    let known = program.nonces().filter(|nonce| (next..this).contains(&nonce.number));
    let known = u64::try_from(known.count()).unwrap_or(u64::MAX);
    this.get().saturating_sub(next.get()).saturating_sub(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::value::Timestamp;
    use domain::words::Operation;

    fn payout(submission: &str, payee: u8, amount: u128) -> Payout {
        let payee = Address::from_bytes([payee; 20]);
        Payout { amount: Amount::from_wei(amount), payee, submission: submission.parse().unwrap() }
    }

    fn batch(to: u8, payouts: &[Payout]) -> Batch {
        Batch {
            number: BatchNumber::FIRST,
            nonce: Seq::ZERO,
            payouts: payouts.to_vec(),
            total: Amount::ZERO,
            to: Address::from_bytes([to; 20]),
            operation: Operation::Call,
            domain_hash: Digest::ZERO,
            message_hash: Digest::ZERO,
            safe_tx_hash: Digest::ZERO,
            size: Seq::ZERO,
            root: Digest::ZERO,
            proposed: Seq::ZERO,
            proposed_at: Timestamp::from_micros(0).unwrap(),
            signings: Vec::new(),
        }
    }

    #[test]
    fn what_differs_is_told_claim_by_claim() {
        let (one, two, three) = (payout("1", 1, 10), payout("2", 2, 20), payout("3", 3, 30));
        let (elsewhere, more) = (payout("1", 9, 10), payout("2", 2, 21));
        let between =
            |other: &[Payout], this: &[Payout]| Difference::between(&batch(1, other), &batch(1, this));

        let found = between(&[one, two], &[three, elsewhere, more]);
        assert_eq!((found.added, found.removed), (vec![three], vec![]));
        assert_eq!(found.changed, [(one, elsewhere), (two, more)]);
        let found = between(&[one, two], &[two]);
        assert_eq!((found.removed, found.reordered), (vec![one], false));

        let same = between(&[one, two], &[one, two]);
        assert_eq!(
            (same.in_words(), same),
            (Some("The same lines in the same order."), Difference::default())
        );
        assert!(between(&[one, two], &[two, one]).reordered);
        let elsewhere = Difference::between(&batch(1, &[one]), &batch(2, &[one]));
        assert_eq!((elsewhere.has_same_lines(), elsewhere.target), (true, true));
    }
}
