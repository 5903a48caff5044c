//! What the story's ledger reads on the chain by itself, and how owners of the Safe agree.

use domain::books::Account;
use domain::command::{
    AttestExecution, ConfirmWord, ConsumeNonce, ObserveSafe, ProposeBatch, RecordFinding, RecordFunding,
    RecordInflow, RecordOutflow, RecordRefund, RecordSignature, WithdrawExecution, WithdrawFunding,
    WithdrawTransfer,
};
use domain::event::Fact;
use domain::value::{Address, Amount, ContractSignature, Count, Digest, Seq};
use domain::words::{Consumption, FindingKind, SigningForm, Source};
use safe::Form;
use safe::signer::LocalKey;

use super::charter::lpt;
use super::receipt::{Transaction, stranger};
use super::story::{LEAD, SECOND, TREASURER};
use super::treasury::settle;
use super::{Ledger, address, batch_number, reject, submission};

/// Everything of this file: batches from the eighth on, nonces from the eighth on.
pub fn chain(ledger: &mut Ledger) {
    ledger.now = ledger.now.plus_hours(Count::new(60));
    agreements(ledger);
    executed_among_transfers(ledger);
    replaced_and_adopted(ledger);
    failed(ledger);
    paid_elsewhere(ledger);
    mismatched(ledger);
    rejected(ledger);
    contradicted(ledger);
    // Of this one nothing becomes anything.
    ledger.proposes(&[29, 30]);
    confirmations(ledger);
}

/// An owner of the Safe.
pub fn owner(n: u8) -> LocalKey {
    LocalKey::from_seed(&[n])
}

impl Ledger {
    /// The ledger itself looks at the Safe.
    pub fn looks(&mut self, nonce: u64) {
        let last = &self.program.observation().unwrap().safe;
        let block = last.block.get() + 10;
        let observed = ObserveSafe {
            balance: self.program.books().balance(Account::Safe),
            block: Seq::new(block),
            block_hash: Digest::sha256(&[b"block", &block.to_be_bytes()]),
            nonce: Seq::new(nonce),
            owners: vec![owner(1).address(), owner(2).address(), address(0xa1), address(0xa2)],
            source: Source::Chain,
            ..last.clone()
        };
        self.reads(observed);
    }

    /// Proposes a batch on the next nonce.
    fn proposes(&mut self, submissions: &[u32]) {
        let batch = self.batch(submissions);
        self.does(TREASURER, batch);
    }

    pub fn line(&self, number: u32) -> (Address, Amount) {
        let revision = &self.program.submission(submission(number)).unwrap().revision;
        (revision.payee, revision.amount)
    }

    fn reads_execution(&mut self, batch: u32, transaction: &Transaction, receipt: Digest) {
        let (batch, tx_hash) = (batch_number(batch), transaction.hash);
        self.reads(AttestExecution { batch, receipt: Some(receipt), source: Source::Chain, tx_hash });
    }

    pub fn reads_consumption(
        &mut self,
        nonce: u64,
        how: Consumption,
        transaction: &Transaction,
        receipt: Digest,
    ) {
        let (nonce, tx_hash, receipt) = (Seq::new(nonce), transaction.hash, Some(receipt));
        self.reads(ConsumeNonce { how, nonce, reason: None, receipt, source: Source::Chain, tx_hash });
    }

    pub fn finds(&mut self, nonce: u64, finding: FindingKind, transaction: &Transaction, receipt: Digest) {
        let (nonce, tx_hash) = (Seq::new(nonce), transaction.hash);
        self.reads(RecordFinding { finding, nonce, receipt, tx_hash });
    }

    /// What left the Safe in a transaction by its log of this index.
    fn reads_outflow(
        &mut self,
        (to, amount): (Address, Amount),
        index: u64,
        transaction: &Transaction,
        receipt: Digest,
    ) -> Seq {
        let (log_index, tx_hash) = (Count::new(u32::try_from(index).unwrap()), transaction.hash);
        self.reads(RecordOutflow {
            amount,
            log_index,
            receipt: Some(receipt),
            recipient: Some(to),
            source: Source::Chain,
            tx_hash,
        })
    }
}

/// Two keys sign batch 7, each in its form; one owner approves in the Safe, and one is a contract.
fn agreements(ledger: &mut Ledger) {
    ledger.looks(8);
    let hash = ledger.program.batch(batch_number(7)).unwrap().safe_tx_hash;
    let bare = RecordSignature {
        batch: batch_number(7),
        contract: None,
        form: SigningForm::ApprovedHash,
        owner: address(0xa1),
        signature: None,
    };
    for (n, form, signed) in
        [(1, SigningForm::Eip712, Form::TypedData), (2, SigningForm::EthSign, Form::EthSign)]
    {
        let signature = Some(owner(n).sign(&hash, signed).unwrap().signature);
        ledger
            .does(TREASURER, RecordSignature { form, owner: owner(n).address(), signature, ..bare.clone() });
    }
    ledger.does(SECOND, bare.clone());
    let contract = Some(ContractSignature::from_bytes(vec![7; 100]).unwrap());
    let form = SigningForm::Contract;
    ledger.does(SECOND, RecordSignature { contract, form, owner: address(0xa2), ..bare });
}

/// Batch 7 is executed by somebody who also sends money: a known funder's, and dust that was never there.
fn executed_among_transfers(ledger: &mut Ledger) {
    let safe = ledger.program.charter().safe;
    let (funder, nobody) = (address(0xf1), address(0xf7));
    let transaction = Transaction::new(ledger, "seven")
        .transfer(funder, safe, lpt("10"))
        .transfer(funder, nobody, lpt("2"))
        .runs(ledger, 7, None)
        .transfer(nobody, safe, Amount::from_wei(1));
    let receipt = ledger.receipt(&transaction);
    ledger.reads_execution(7, &transaction, receipt);
    let (source, tx_hash, receipt) = (Source::Chain, transaction.hash, Some(receipt));
    let log_index = Count::new(u32::try_from(transaction.first).unwrap());
    let (amount, sender) = (lpt("10"), Some(funder));
    ledger.reads(RecordFunding { amount, log_index, receipt, sender, source, tx_hash });
    let log_index = Count::new(u32::try_from(transaction.next() - 1).unwrap());
    let (amount, sender) = (Amount::from_wei(1), Some(nobody));
    let event = ledger.reads(RecordInflow { amount, log_index, receipt, sender, source, tx_hash });
    ledger.reads(WithdrawTransfer { event, reason: None });
}

/// Batch 8 cannot be executed any more; the wallet chose the nonce for its lines, batch 9.
fn replaced_and_adopted(ledger: &mut Ledger) {
    ledger.proposes(&[23, 24]);
    ledger.looks(10);
    let gone = stranger("1");
    let transaction = Transaction::new(ledger, "eight").strange(9, &[gone]);
    let receipt = ledger.receipt(&transaction);
    ledger.reads_consumption(9, Consumption::Replaced, &transaction, receipt);
    let event = ledger.reads_outflow(gone, transaction.first + 1, &transaction, receipt);
    settle(ledger, [TREASURER, SECOND], event, None);

    let lines = ledger.batch_on(&[23, 24], Seq::new(10));
    ledger.does(TREASURER, ProposeBatch { adopts: Some(batch_number(8)), ..lines });
    let transaction = Transaction::new(ledger, "nine").runs(ledger, 9, None);
    let event = ledger.program.size();
    let (batch, source, tx_hash) = (batch_number(9), Source::Attested, transaction.hash);
    ledger.does(TREASURER, AttestExecution { batch, receipt: None, source, tx_hash });
    let receipt = ledger.receipt(&transaction);
    ledger.reads(ConfirmWord { event, receipt });
}

fn failed(ledger: &mut Ledger) {
    ledger.proposes(&[25]);
    ledger.looks(12);
    let transaction = Transaction::new(ledger, "ten").fails(ledger, 10);
    let receipt = ledger.receipt(&transaction);
    ledger.reads_consumption(11, Consumption::Failed, &transaction, receipt);
}

/// Somebody else's transaction pays one of two lines of batch 11; two persons settle it.
fn paid_elsewhere(ledger: &mut Ledger) {
    ledger.proposes(&[25, 26]);
    ledger.looks(13);
    let line = ledger.line(25);
    let transaction = Transaction::new(ledger, "eleven").strange(12, &[line]);
    let receipt = ledger.receipt(&transaction);
    ledger.finds(12, FindingKind::Elsewhere, &transaction, receipt);
    let event = ledger.reads_outflow(line, transaction.first + 1, &transaction, receipt);
    settle(ledger, [LEAD, TREASURER], event, Some(submission(25)));
    let tx_hash = transaction.hash;
    let event = ledger.both([LEAD, TREASURER], |ledger| ConsumeNonce {
        how: Consumption::Mismatched,
        nonce: Seq::new(12),
        reason: Some(ledger.reason("One was paid, one was not.")),
        receipt: None,
        source: Source::Attested,
        tx_hash,
    });
    ledger.reads(ConfirmWord { event, receipt });
}

/// Batch 12 seems to pay a wei too little, in a block that is gone a day later.
fn mismatched(ledger: &mut Ledger) {
    ledger.proposes(&[26, 27]);
    ledger.looks(14);
    let mut lines = [26, 27].map(|number| ledger.line(number));
    lines[0].1 = lines[0].1.checked_sub(Amount::from_wei(1)).unwrap();
    let transaction = Transaction::new(ledger, "twelve").runs(ledger, 12, Some(&lines));
    let receipt = ledger.receipt(&transaction);
    ledger.finds(13, FindingKind::Mismatched, &transaction, receipt);
    ledger.reads(WithdrawExecution { nonce: Seq::new(13), reason: None });
    let transaction = Transaction::new(ledger, "twelve again").runs(ledger, 12, None);
    let receipt = ledger.receipt(&transaction);
    ledger.reads_execution(12, &transaction, receipt);
}

/// Batch 14 rejects batch 13.
fn rejected(ledger: &mut Ledger) {
    ledger.proposes(&[28]);
    let rejection = reject(ledger.program.charter(), Seq::new(14));
    ledger.does(TREASURER, rejection);
    ledger.looks(15);
    let transaction = Transaction::new(ledger, "fourteen").runs(ledger, 14, None);
    let receipt = ledger.receipt(&transaction);
    ledger.reads_execution(14, &transaction, receipt);
}

/// Batch 15 was never executed, and somebody sent back what it paid.
fn contradicted(ledger: &mut Ledger) {
    ledger.proposes(&[28]);
    let attested = Transaction::new(ledger, "fifteen").hash;
    let (batch, source) = (batch_number(15), Source::Attested);
    ledger.does(TREASURER, AttestExecution { batch, receipt: None, source, tx_hash: attested });
    let (amount, log_index, submission) = (lpt("0.25"), Count::new(9), submission(28));
    let tx_hash = Transaction::new(ledger, "back").hash;
    ledger.does(TREASURER, RecordRefund { amount, log_index, sender: None, source, submission, tx_hash });
    ledger.looks(16);
    let transaction = Transaction::new(ledger, "instead").strange(15, &[]);
    let receipt = ledger.receipt(&transaction);
    ledger.finds(15, FindingKind::Contradicted, &transaction, receipt);
}

/// What members had attested before there was a node to ask: a funding, a gift, a refund and an outflow. And a funding
/// that a reorganisation took back.
fn confirmations(ledger: &mut Ledger) {
    let safe = ledger.program.charter().safe;
    let stated: Vec<(Seq, Fact)> =
        ledger.journal.iter().map(|recorded| (recorded.event.seq, recorded.event.fact.clone())).collect();
    let mut kinds = Vec::new();
    for (event, fact) in stated {
        let nobody = address(0xf8);
        let (from, to, amount, log_index, tx_hash) = match &fact {
            Fact::FundingRecorded { asked } => {
                (asked.sender.unwrap_or(nobody), safe, asked.amount, asked.log_index, asked.tx_hash)
            }
            Fact::InflowRecorded { asked } => {
                (asked.sender.unwrap_or(nobody), safe, asked.amount, asked.log_index, asked.tx_hash)
            }
            Fact::RefundRecorded { asked } => {
                (asked.sender.unwrap_or(nobody), safe, asked.amount, asked.log_index, asked.tx_hash)
            }
            Fact::OutflowRecorded { asked } => {
                (safe, asked.recipient.unwrap_or(nobody), asked.amount, asked.log_index, asked.tx_hash)
            }
            _ => continue,
        };
        if kinds.contains(&fact.kind()) {
            continue;
        }
        kinds.push(fact.kind());
        let empty = Transaction::new(ledger, "");
        let transaction = Transaction { hash: tx_hash, first: log_index.get().into(), ..empty };
        let receipt = ledger.receipt(&transaction.transfer(from, to, amount));
        ledger.reads(ConfirmWord { event, receipt });
    }
    let transaction = Transaction::new(ledger, "gone").transfer(address(0xf1), safe, lpt("5"));
    let receipt = ledger.receipt(&transaction);
    let event = ledger.reads(RecordFunding {
        amount: lpt("5"),
        log_index: Count::new(3),
        receipt: Some(receipt),
        sender: Some(address(0xf1)),
        source: Source::Chain,
        tx_hash: transaction.hash,
    });
    ledger.reads(WithdrawFunding { event, reason: None });
}
