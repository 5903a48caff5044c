//! What events say that a receipt shows.

use domain::Program;
use domain::batch::{End, How};
use domain::command::{
    AttestExecution, ConfirmWord, ConsumeNonce, RecordFinding, RecordFunding, RecordInflow, RecordOutflow,
};
use domain::funding::Funding;
use domain::suspense::{Direction, Refund, Unexplained};
use domain::value::{Address, Amount, Count, Digest, Seq, SubmissionNumber};
use domain::words::FindingKind;

/// What one event says of one receipt.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// The event.
    pub(super) seq: Seq,
    pub(super) receipt: Digest,
    /// The transaction that it must be the receipt of.
    pub(super) tx_hash: Digest,
    /// Whether members had stated it before.
    pub(super) confirms: bool,
    pub(super) what: What,
}

/// What the transaction did.
#[derive(Clone, Debug)]
pub(super) enum What {
    Moved(Moved),
    Ended(Ended),
    /// It ran a batch on this nonce, and what moved is not its lines.
    Mismatched(Seq),
    /// It ran none of the batches on this nonce, and paid what a line of them would pay.
    Elsewhere(Seq),
    /// It gave the nonce another end than this one, which was said to be by `tx_hash`.
    Contradicted {
        stated: Ended,
        tx_hash: Digest,
    },
}

/// A transfer of the token into the Safe or out of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    /// The event that recorded it.
    pub(super) event: Seq,
    pub(super) direction: Direction,
    pub(super) amount: Amount,
    pub(super) log_index: Count,
    pub(super) counterpart: Option<Address>,
}

/// What became of a nonce.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) nonce: Seq,
    pub(super) how: How,
    /// The claims that are owed again, in the order of their numbers.
    pub(super) returned: Vec<SubmissionNumber>,
}

impl Ended {
    fn of(nonce: Seq, end: &End) -> Self {
        Self { nonce, how: end.how, returned: end.effects.returned.clone() }
    }
}

/// The end of a nonce that an event stated.
fn end_of(program: &Program, event: Seq) -> Option<(Seq, &End)> {
    let mut ends = program.nonces().filter_map(|nonce| Some((nonce.number, nonce.end.as_ref()?)));
    ends.find(|(_, end)| end.event == event)
}

impl Claim {
    fn read(seq: Seq, receipt: Option<Digest>, tx_hash: Digest, what: What) -> Option<Self> {
        Some(Self { seq, receipt: receipt?, tx_hash, confirms: false, what })
    }

    pub(crate) fn funding(seq: Seq, asked: &RecordFunding) -> Option<Self> {
        let RecordFunding { amount, log_index, receipt, sender, tx_hash, .. } = *asked;
        let moved = Moved { event: seq, direction: Direction::In, amount, log_index, counterpart: sender };
        Self::read(seq, receipt, tx_hash, What::Moved(moved))
    }

    pub(crate) fn inflow(seq: Seq, asked: &RecordInflow) -> Option<Self> {
        let RecordInflow { amount, log_index, receipt, sender, tx_hash, .. } = *asked;
        let moved = Moved { event: seq, direction: Direction::In, amount, log_index, counterpart: sender };
        Self::read(seq, receipt, tx_hash, What::Moved(moved))
    }

    pub(crate) fn outflow(seq: Seq, asked: &RecordOutflow) -> Option<Self> {
        let RecordOutflow { amount, log_index, receipt, recipient, tx_hash, .. } = *asked;
        let moved =
            Moved { event: seq, direction: Direction::Out, amount, log_index, counterpart: recipient };
        Self::read(seq, receipt, tx_hash, What::Moved(moved))
    }

    /// `program` is the state before the event, here and below.
    pub(crate) fn execution(seq: Seq, asked: &AttestExecution, program: &Program) -> Option<Self> {
        let batch = program.batch(asked.batch)?;
        let ended = Ended { nonce: batch.nonce, how: How::Executed(batch.number), returned: Vec::new() };
        Self::read(seq, asked.receipt, asked.tx_hash, What::Ended(ended))
    }

    pub(crate) fn consumption(seq: Seq, asked: &ConsumeNonce, program: &Program) -> Option<Self> {
        // Without a receipt nothing is to be judged.
        asked.receipt?;
        let returned = program.in_flight_on(program.nonce(asked.nonce)?);
        let ended = Ended { nonce: asked.nonce, how: How::Unpaid(asked.how), returned };
        Self::read(seq, asked.receipt, asked.tx_hash, What::Ended(ended))
    }

    pub(crate) fn confirmation(seq: Seq, asked: &ConfirmWord, program: &Program) -> Option<Self> {
        let ConfirmWord { event, receipt } = *asked;
        if let Some((nonce, end)) = end_of(program, event) {
            let what = What::Ended(Ended::of(nonce, end));
            return Some(Self { seq, receipt, tx_hash: end.tx_hash, confirms: true, what });
        }
        let funding = program.funding(event).ok().map(|funding| of_funding(event, funding));
        let refund = || program.refunds().find(|(at, _)| *at == event).map(|(_, it)| of_refund(event, it));
        let other = || program.suspense().find(|(at, _)| *at == event).map(|(_, it)| of_suspense(event, it));
        let (tx_hash, moved) = funding.or_else(refund).or_else(|| other().flatten())?;
        Some(Self { seq, receipt, tx_hash, confirms: true, what: What::Moved(moved) })
    }

    pub(crate) fn finding(seq: Seq, asked: &RecordFinding, program: &Program) -> Option<Self> {
        let RecordFinding { finding, nonce, receipt, tx_hash } = *asked;
        let what = match finding {
            FindingKind::Mismatched => What::Mismatched(nonce),
            FindingKind::Elsewhere => What::Elsewhere(nonce),
            FindingKind::Contradicted => {
                let end = program.nonce(nonce)?.end.as_ref()?;
                What::Contradicted { stated: Ended::of(nonce, end), tx_hash: end.tx_hash }
            }
        };
        Self::read(seq, Some(receipt), tx_hash, what)
    }
}

fn of_funding(event: Seq, funding: &Funding) -> (Digest, Moved) {
    let Funding { amount, log_index, sender: counterpart, tx_hash, .. } = *funding;
    (tx_hash, Moved { event, direction: Direction::In, amount, log_index, counterpart })
}

fn of_refund(event: Seq, refund: &Refund) -> (Digest, Moved) {
    let Refund { amount, log_index, sender: counterpart, tx_hash, .. } = *refund;
    (tx_hash, Moved { event, direction: Direction::In, amount, log_index, counterpart })
}

/// `None` for what an executed batch paid again: that is stated by the end of its nonce.
fn of_suspense(event: Seq, item: &Unexplained) -> Option<(Digest, Moved)> {
    let Unexplained { direction, amount, counterpart, tx_hash, log_index, .. } = *item;
    Some((tx_hash, Moved { event, direction, amount, log_index: log_index?, counterpart }))
}
