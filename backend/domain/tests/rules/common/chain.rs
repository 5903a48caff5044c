//! What treasurers and others say of the chain.

use domain::command::{
    AttestExecution, ClassifyInflow, ConsumeNonce, ProposeBatch, ProposeRejection, RecordInflow,
    RecordOutflow, RecordRefund, SettleOutflow, WithdrawExecution, WithdrawTransfer,
};
use domain::value::{BatchNumber, Count, Seq};
use domain::words::{Consumption, Source, YesNo};

use super::{Ledger, TREASURER, amount, batch, digest, submission_number};

/// Another batch on an open nonce.
pub fn candidate(ledger: &Ledger, nonce: u64, submissions: &[u32]) -> ProposeBatch {
    let safe_tx_hash = digest(&format!("safe tx {}", ledger.program.size()));
    ProposeBatch { beside: YesNo::Yes, nonce: Seq::new(nonce), safe_tx_hash, ..batch(ledger, submissions) }
}

pub fn rejection_of(nonce: u64) -> ProposeRejection {
    ProposeRejection {
        domain_hash: digest("domain"),
        message_hash: digest("reject"),
        nonce: Seq::new(nonce),
        safe_tx_hash: digest("rejected"),
    }
}

pub fn executed(batch: u32) -> AttestExecution {
    let batch = BatchNumber::new(batch).unwrap();
    AttestExecution { batch, source: Source::Attested, tx_hash: digest(&format!("execution of {batch}")) }
}

pub fn consumed(nonce: u64, how: Consumption) -> ConsumeNonce {
    ConsumeNonce {
        how,
        nonce: Seq::new(nonce),
        reason: digest("not ours"),
        source: Source::Attested,
        tx_hash: digest("another transaction"),
    }
}

pub fn withdraw_execution(nonce: u64) -> WithdrawExecution {
    WithdrawExecution { nonce: Seq::new(nonce), reason: digest("a typing error") }
}

pub fn inflow(ledger: &Ledger, lpt: &str) -> RecordInflow {
    RecordInflow {
        amount: amount(lpt),
        log_index: Count::new(3),
        sender: None,
        source: Source::Attested,
        tx_hash: digest(&format!("inflow {}", ledger.program.size())),
    }
}

pub fn outflow(ledger: &Ledger, lpt: &str) -> RecordOutflow {
    RecordOutflow {
        amount: amount(lpt),
        log_index: Count::new(4),
        recipient: None,
        source: Source::Attested,
        tx_hash: digest(&format!("outflow {}", ledger.program.size())),
    }
}

pub fn refund(ledger: &Ledger, submission: u32, lpt: &str) -> RecordRefund {
    RecordRefund {
        amount: amount(lpt),
        log_index: Count::new(5),
        sender: None,
        source: Source::Attested,
        submission: submission_number(submission),
        tx_hash: digest(&format!("refund {}", ledger.program.size())),
    }
}

pub fn withdraw_transfer(event: Seq) -> WithdrawTransfer {
    WithdrawTransfer { event, reason: digest("another transfer") }
}

/// A contribution, or a refund of a claim.
pub fn classify(event: Seq, submission: Option<u32>) -> ClassifyInflow {
    ClassifyInflow {
        event,
        reason: digest("asked the sender"),
        submission: submission.map(submission_number),
    }
}

/// The payment of a claim, or a loss.
pub fn settle(event: Seq, submission: Option<u32>) -> SettleOutflow {
    SettleOutflow { event, reason: digest("looked it up"), submission: submission.map(submission_number) }
}

impl Ledger {
    /// The event of what was accepted last.
    pub fn last_event(&self) -> Seq {
        self.journal.last().unwrap().event.seq
    }

    /// An inflow that must be accepted; its event.
    pub fn receives(&mut self, lpt: &str) -> Seq {
        self.does(TREASURER, inflow(self, lpt));
        self.last_event()
    }

    /// An outflow that must be accepted; its event.
    pub fn loses(&mut self, lpt: &str) -> Seq {
        self.does(TREASURER, outflow(self, lpt));
        self.last_event()
    }
}
