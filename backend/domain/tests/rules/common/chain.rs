//! What treasurers and others say of the chain.

use domain::command::{
    AttestExecution, ClassifyInflow, ConfirmWord, ConsumeNonce, ObserveSafe, ProposeBatch, ProposeRejection,
    RecordFinding, RecordInflow, RecordOutflow, RecordRefund, RecordSignature, SettleOutflow,
    WithdrawExecution, WithdrawTransfer,
};
use domain::event::Command;
use domain::refusal::Refusal;
use domain::value::{BatchNumber, ContractSignature, Count, Seq};
use domain::words::{Consumption, FindingKind, SigningForm, Source, YesNo};

use super::{Ledger, TREASURER, address, amount, batch, digest, observation, signature, submission_number};

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
    AttestExecution {
        batch,
        source: Source::Attested,
        tx_hash: digest(&format!("execution of {batch}")),
        receipt: None,
    }
}

pub fn consumed(nonce: u64, how: Consumption) -> ConsumeNonce {
    ConsumeNonce {
        how,
        nonce: Seq::new(nonce),
        reason: Some(digest("not ours")),
        source: Source::Attested,
        receipt: None,
        tx_hash: digest("another transaction"),
    }
}

pub fn withdraw_execution(nonce: u64) -> WithdrawExecution {
    WithdrawExecution { nonce: Seq::new(nonce), reason: Some(digest("a typing error")) }
}

pub fn inflow(ledger: &Ledger, lpt: &str) -> RecordInflow {
    RecordInflow {
        amount: amount(lpt),
        log_index: Count::new(3),
        sender: None,
        source: Source::Attested,
        receipt: None,
        tx_hash: digest(&format!("inflow {}", ledger.program.size())),
    }
}

pub fn outflow(ledger: &Ledger, lpt: &str) -> RecordOutflow {
    RecordOutflow {
        amount: amount(lpt),
        log_index: Count::new(4),
        recipient: None,
        source: Source::Attested,
        receipt: None,
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
    WithdrawTransfer { event, reason: Some(digest("another transfer")) }
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

/// What owners sign with a contract.
pub fn contract_signature() -> ContractSignature {
    ContractSignature::from_bytes(vec![0x12; 97]).unwrap()
}

pub fn signing(batch: u32, owner: u8) -> RecordSignature {
    RecordSignature {
        batch: BatchNumber::new(batch).unwrap(),
        contract: None,
        form: SigningForm::Eip712,
        owner: address(owner),
        signature: Some(signature()),
    }
}

/// The same as the ledger itself reads it.
pub fn read_execution(batch: u32) -> AttestExecution {
    AttestExecution { receipt: Some(digest("a receipt")), source: Source::Chain, ..executed(batch) }
}

pub fn read_consumption(nonce: u64, how: Consumption) -> ConsumeNonce {
    let receipt = Some(digest("a receipt"));
    ConsumeNonce { reason: None, receipt, source: Source::Chain, ..consumed(nonce, how) }
}

pub fn read_inflow(ledger: &Ledger, lpt: &str) -> RecordInflow {
    let (receipt, sender) = (Some(digest("a receipt")), Some(address(0x99)));
    RecordInflow { receipt, sender, source: Source::Chain, ..inflow(ledger, lpt) }
}

pub fn read_outflow(ledger: &Ledger, lpt: &str) -> RecordOutflow {
    let (receipt, recipient) = (Some(digest("a receipt")), Some(address(0x99)));
    RecordOutflow { receipt, recipient, source: Source::Chain, ..outflow(ledger, lpt) }
}

pub fn found(nonce: u64, finding: FindingKind) -> RecordFinding {
    let (receipt, tx_hash) = (digest("a receipt"), digest("another transaction"));
    RecordFinding { finding, nonce: Seq::new(nonce), receipt, tx_hash }
}

pub fn confirm(event: Seq) -> ConfirmWord {
    ConfirmWord { event, receipt: digest("a receipt") }
}

impl Ledger {
    /// The Safe is seen at a nonce; all else as before.
    pub fn sees(&mut self, nonce: u64) {
        let last = self.program.observation().unwrap().safe.clone();
        let seen = ObserveSafe { balance: last.balance, ..observation(self, nonce, "0") };
        self.does(TREASURER, seen);
    }

    /// What the ledger itself does, which must be accepted.
    pub fn reads(&mut self, command: impl Into<Command>) {
        self.ask_as_system(command).unwrap();
    }

    /// What the ledger itself would do, which must be refused.
    pub fn misreads(&mut self, command: impl Into<Command>) -> Refusal {
        self.ask_as_system(command).unwrap_err()
    }

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
