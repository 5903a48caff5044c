//! LPT that moved and nobody explained yet, and what paid people sent back.

use serde::{Deserialize, Serialize};

use crate::batch::Voice;
use crate::command::{RecordInflow, RecordOutflow, RecordRefund};
use crate::value::{Address, Amount, Count, Digest, Seq, SubmissionNumber, Timestamp};
use crate::words::Source;

/// Which way LPT moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    In,
    Out,
}

/// LPT that moved without a funding, a refund or a batch that says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unexplained {
    pub direction: Direction,
    pub amount: Amount,
    pub at: Timestamp,
    /// Who sent it, or was sent it.
    pub counterpart: Option<Address>,
    pub source: Source,
    pub tx_hash: Digest,
    /// The place of its Transfer log; none for what an executed batch paid a second time.
    pub log_index: Option<Count>,
    /// Who says what it was, as long as one word more is needed.
    pub voices: Vec<Voice<Option<SubmissionNumber>>>,
    pub explained: Option<Explained>,
    /// The event that took it back because it was wrong.
    pub withdrawn: Option<Seq>,
}

/// What two persons said that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    pub event: Seq,
    /// The claim that it paid or refunded; without one a contribution, or a loss.
    pub submission: Option<SubmissionNumber>,
}

impl Unexplained {
    pub(crate) const fn inflow(asked: &RecordInflow, at: Timestamp) -> Self {
        let RecordInflow { amount, log_index, sender, source, tx_hash, .. } = *asked;
        let direction = Direction::In;
        Self::new(direction, amount, at, sender, source, tx_hash, Some(log_index))
    }

    pub(crate) const fn outflow(asked: &RecordOutflow, at: Timestamp) -> Self {
        let RecordOutflow { amount, log_index, recipient, source, tx_hash, .. } = *asked;
        let direction = Direction::Out;
        Self::new(direction, amount, at, recipient, source, tx_hash, Some(log_index))
    }

    /// What an executed batch paid for claims that were settled before.
    pub(crate) const fn again(amount: Amount, at: Timestamp, source: Source, tx_hash: Digest) -> Self {
        Self::new(Direction::Out, amount, at, None, source, tx_hash, None)
    }

    const fn new(
        direction: Direction,
        amount: Amount,
        at: Timestamp,
        counterpart: Option<Address>,
        source: Source,
        tx_hash: Digest,
        log_index: Option<Count>,
    ) -> Self {
        Self {
            direction,
            amount,
            at,
            counterpart,
            source,
            tx_hash,
            log_index,
            voices: Vec::new(),
            explained: None,
            withdrawn: None,
        }
    }

    /// Whether it still lies in suspense.
    pub const fn is_open(&self) -> bool {
        self.explained.is_none() && self.withdrawn.is_none()
    }
}

/// LPT that somebody who was paid sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub submission: SubmissionNumber,
    pub amount: Amount,
    pub log_index: Count,
    pub sender: Option<Address>,
    pub source: Source,
    pub tx_hash: Digest,
    /// The event that took it back because it was wrong.
    pub withdrawn: Option<Seq>,
}

impl Refund {
    pub(crate) const fn of(asked: &RecordRefund) -> Self {
        let RecordRefund { amount, log_index, sender, source, submission, tx_hash } = *asked;
        Self { submission, amount, log_index, sender, source, tx_hash, withdrawn: None }
    }
}
