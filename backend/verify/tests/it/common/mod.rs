//! A ledger in memory that makes whole bundles: real documents, real Safe transactions.

mod april;
pub mod bundle;
pub mod chain;
pub mod charter;
pub mod python;
pub mod receipt;
pub mod story;
pub mod treasury;

use std::collections::HashMap;

use domain::command::{Actor, Cause, OpenProgram, Payout, ProposeBatch, ProposeRejection};
use domain::event::{Command, Fact, Recorded};
use domain::refusal::Refusal;
use domain::value::{Address, BatchNumber, Digest, MemberNumber, Seq, SubmissionNumber, Timestamp};
use domain::words::{Operation, YesNo};
use domain::{Program, Request, decide, open};
use serde_json::{Value, json};
use uuid::Uuid;
use verify::files::{FileError, Texts};
use verify::payment;
use verify::write::Source;

use receipt::Transaction;

/// A program with its journal, its documents, and a clock.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub program: Program,
    pub journal: Vec<Recorded>,
    /// Salt and content of every document.
    pub documents: HashMap<Digest, Vec<u8>>,
    /// Those that were erased.
    pub gone: HashMap<Digest, Vec<u8>>,
    pub now: Timestamp,
}

pub fn member(number: u32) -> MemberNumber {
    MemberNumber::new(number).unwrap()
}

pub fn submission(number: u32) -> SubmissionNumber {
    SubmissionNumber::new(number).unwrap()
}

pub fn batch_number(number: u32) -> BatchNumber {
    BatchNumber::new(number).unwrap()
}

pub fn address(n: u8) -> Address {
    Address::from_bytes([n; 20])
}

/// A document with a salt of its own.
pub fn salted(n: usize, content: &Value) -> (Digest, Vec<u8>) {
    salted_bytes(n, content.to_string().as_bytes())
}

fn salted_bytes(n: usize, content: &[u8]) -> (Digest, Vec<u8>) {
    let salt = Digest::sha256(&[b"salt", &n.to_be_bytes()]);
    let bytes = [&salt.bytes()[..16], content].concat();
    (Digest::sha256(&[&bytes]), bytes)
}

fn request(actor: Actor, command: impl Into<Command>, at: Timestamp) -> Request {
    let command = command.into();
    let cause = match actor {
        Actor::System => None,
        Actor::Member(member) => {
            let kind = command.kind().as_str();
            Some(Cause::of_call(member, kind, &at.to_string(), "POST", "/test", b"{}"))
        }
    };
    Request { actor, at, cause, command }
}

impl Ledger {
    /// Opens a program; `charter` gets what keeps documents.
    pub fn open(at: &str, charter: impl FnOnce(&mut dyn FnMut(&Value) -> Digest) -> OpenProgram) -> Self {
        let now = at.parse().unwrap();
        let mut documents = HashMap::new();
        let charter = charter(&mut |content| {
            let (digest, bytes) = salted(documents.len(), content);
            documents.insert(digest, bytes);
            digest
        });
        let event = open(Uuid::from_u128(7), &request(Actor::Member(member(1)), charter, now)).unwrap();
        let recorded = event.record().unwrap();
        Self {
            program: Program::begin(&recorded).unwrap(),
            journal: vec![recorded],
            documents,
            gone: HashMap::new(),
            now,
        }
    }

    /// Keeps a document.
    pub fn paper(&mut self, content: &Value) -> Digest {
        let (digest, bytes) = salted(self.documents.len() + self.gone.len(), content);
        self.documents.insert(digest, bytes);
        digest
    }

    /// Keeps a document that is no JSON.
    pub fn keep(&mut self, content: &[u8]) -> Digest {
        let (digest, bytes) = salted_bytes(self.documents.len() + self.gone.len(), content);
        self.documents.insert(digest, bytes);
        digest
    }

    pub fn reason(&mut self, reason: &str) -> Digest {
        self.paper(&json!({ "reason": reason }))
    }

    /// Asks for something a second after the last event.
    pub fn ask(&mut self, actor: Actor, command: impl Into<Command>) -> Result<Fact, Refusal> {
        self.now = Timestamp::from_micros(self.now.micros() + 1_000_000).unwrap();
        let recorded = decide(&self.program, &request(actor, command, self.now))?.record().unwrap();
        self.append(recorded.clone());
        Ok(recorded.event.fact)
    }

    pub fn append(&mut self, recorded: Recorded) {
        self.program.apply(&recorded).unwrap();
        self.journal.push(recorded);
    }

    /// Asks for what must be accepted.
    pub fn does(&mut self, number: u32, command: impl Into<Command>) -> Fact {
        self.ask(Actor::Member(member(number)), command).unwrap()
    }

    /// What the ledger itself reads, which must be accepted; gives its event.
    pub fn reads(&mut self, command: impl Into<Command>) -> Seq {
        let event = self.program.size();
        self.ask(Actor::System, command).unwrap();
        event
    }

    /// Keeps the receipt of a transaction.
    pub fn receipt(&mut self, transaction: &Transaction) -> Digest {
        self.keep(transaction.json().to_string().as_bytes())
    }

    /// A batch of these submissions on the next nonce, encoded as it must be.
    pub fn batch(&self, submissions: &[u32]) -> ProposeBatch {
        self.batch_on(submissions, self.program.next_nonce().unwrap())
    }

    pub fn batch_on(&self, submissions: &[u32], nonce: Seq) -> ProposeBatch {
        let payouts: Vec<Payout> = submissions
            .iter()
            .map(|number| {
                let revision = &self.program.submission(submission(*number)).unwrap().revision;
                Payout { amount: revision.amount, payee: revision.payee, submission: submission(*number) }
            })
            .collect();
        let beside = YesNo::from(self.program.nonce(nonce).is_some());
        ProposeBatch { beside, ..propose(self.program.charter(), payouts, nonce) }
    }
}

/// What a treasurer's program makes of payouts.
pub fn propose(charter: &OpenProgram, payouts: Vec<Payout>, nonce: Seq) -> ProposeBatch {
    let (safe, tx) = payment::transaction(charter, &payouts, nonce).unwrap();
    let hashes = tx.hashes(&safe);
    ProposeBatch {
        adopts: None,
        beside: YesNo::No,
        domain_hash: hashes.domain,
        evidence_up: YesNo::Yes,
        message_hash: hashes.message,
        nonce,
        operation: if payouts.len() == 1 { Operation::Call } else { Operation::DelegateCall },
        payouts,
        safe_tx_hash: hashes.safe_tx,
        to: tx.to,
    }
}

/// What a treasurer's program makes to reject what is proposed for a nonce.
pub fn reject(charter: &OpenProgram, nonce: Seq) -> ProposeRejection {
    let (safe, tx) = payment::rejection(charter, nonce).unwrap();
    let hashes = tx.hashes(&safe);
    let (domain_hash, message_hash, safe_tx_hash) = (hashes.domain, hashes.message, hashes.safe_tx);
    ProposeRejection { domain_hash, message_hash, nonce, safe_tx_hash }
}

/// The ledger when it had fewer events.
pub fn shorter(ledger: &Ledger, events: usize) -> Ledger {
    let mut program = Program::begin(&ledger.journal[0]).unwrap();
    for recorded in &ledger.journal[1..events] {
        program.apply(recorded).unwrap();
    }
    let mut short = Ledger { program, journal: ledger.journal[..events].to_vec(), ..ledger.clone() };
    // What was erased later is there.
    for (digest, bytes) in &ledger.gone {
        if short.program.erased(digest).is_none() {
            short.documents.insert(*digest, bytes.clone());
        }
    }
    short
}

impl Texts for Ledger {
    type Error = FileError;

    fn text(&mut self, document: Digest, field: &'static str) -> Result<String, FileError> {
        let bytes = self.documents.get(&document).ok_or(FileError::NotText)?;
        let value: Value = serde_json::from_slice(&bytes[16..])?;
        value[field].as_str().map(ToOwned::to_owned).ok_or(FileError::NotText)
    }
}

impl Source for Ledger {
    fn length(&mut self, size: Seq) -> Result<u64, FileError> {
        let size = usize::try_from(size.get()).unwrap();
        let bytes: usize = self.journal.iter().take(size).map(|recorded| recorded.bytes.len() + 1).sum();
        Ok(u64::try_from(bytes).unwrap())
    }

    fn events(&mut self, from: Seq) -> Result<Vec<Recorded>, FileError> {
        let from = usize::try_from(from.get()).unwrap();
        Ok(self.journal[from..].iter().take(17).cloned().collect())
    }

    fn documents(&mut self, digests: &[Digest]) -> Result<Vec<Vec<u8>>, FileError> {
        digests.iter().map(|digest| self.documents.get(digest).cloned().ok_or(FileError::NotText)).collect()
    }
}
