//! What becomes of the story's batches, LPT that moves without one, another policy, captures, and documents that go.

use domain::command::{
    Actor, AttestExecution, ChangePolicy, ClassifyInflow, ConsumeNonce, EraseDocument, FileSubmission,
    RecordInflow, RecordOutflow, RecordRefund, ReviseSubmission, SettleOutflow, WithdrawExecution,
    WithdrawSubmission, WithdrawTransfer,
};
use domain::event::{Command, Event, Fact};
use domain::value::{BatchNumber, Count, Digest, Seq, SubmissionNumber};
use domain::words::{ClaimKind, Consumption, Erasure, Source};
use serde_json::{Value, json};

use super::charter::lpt;
use super::story::{FIRST_CONTRIBUTOR, LEAD, OUTSIDE, SECOND, TREASURER};
use super::{Ledger, address, member, reject, submission};

/// What files of each kind of capture start with.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\nwhat was seen";
pub const PDF: &[u8] = b"%PDF-1.7 what was printed";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0what was seen later";
const WEBP: &[u8] = b"RIFF\x0c\x00\x00\x00WEBPVP8 what was smaller";

/// Everything of this file, before the second period.
pub fn treasury(ledger: &mut Ledger) {
    announce(ledger);
    executions(ledger);
    transfers(ledger);
    captured(ledger);
    erasures(ledger);
}

fn announce(ledger: &mut Ledger) {
    let mut policy = ledger.program.charter().policy.clone();
    policy.open_claims = Count::new(13);
    let reason = ledger.reason("One more at a time.");
    ledger.does(LEAD, ChangePolicy { after: Count::new(1), policy, reason });
}

pub fn executed(batch: u32) -> AttestExecution {
    let batch = BatchNumber::new(batch).unwrap();
    let tx_hash = Digest::sha256(&[b"execution", &batch.get().to_be_bytes()]);
    AttestExecution { batch, receipt: None, source: Source::Attested, tx_hash }
}

impl Ledger {
    /// Two say the same; each has a reason of their own, if there is one.
    pub fn both<C: Into<Command>>(
        &mut self,
        people: [u32; 2],
        mut command: impl FnMut(&mut Self) -> C,
    ) -> Seq {
        for (person, is_last) in people.into_iter().zip([false, true]) {
            let command = command(self);
            let postings = self.does_and_posts(person, command);
            assert!(is_last || postings == 0, "nothing moves before the second word");
        }
        self.journal.last().unwrap().event.seq
    }

    fn does_and_posts(&mut self, person: u32, command: impl Into<Command>) -> usize {
        self.does(person, command);
        self.journal.last().unwrap().event.postings.len()
    }
}

/// Paid by one word; by another candidate; a rejection that was none; a failure; and what is proposed anew.
fn executions(ledger: &mut Ledger) {
    ledger.does(TREASURER, executed(1));
    ledger.observes(5, "741");
    let candidate = ledger.batch_on(&[7, 8, 9, 10, 11], Seq::new(5));
    ledger.does(TREASURER, candidate);
    let rejection = reject(ledger.program.charter(), Seq::new(6));
    ledger.does(TREASURER, rejection);
    ledger.observes(7, "741");
    ledger.both([TREASURER, OUTSIDE], |_| executed(5));
    ledger.both([TREASURER, LEAD], |_| executed(6));
    let reason = ledger.reason("It was another Safe's.");
    ledger.does(TREASURER, WithdrawExecution { nonce: Seq::new(6), reason: Some(reason) });
    ledger.both([TREASURER, SECOND], |ledger| ConsumeNonce {
        how: Consumption::Failed,
        nonce: Seq::new(6),
        reason: Some(ledger.reason("GS013.")),
        receipt: None,
        source: Source::Attested,
        tx_hash: Digest::sha256(&[b"a failure"]),
    });
    let again = ledger.batch(&[12, 13]);
    ledger.does(TREASURER, again);
}

fn inflow(ledger: &mut Ledger, amount: &str) -> Seq {
    let event = ledger.program.size();
    ledger.does(
        TREASURER,
        RecordInflow {
            amount: lpt(amount),
            log_index: Count::new(1),
            receipt: None,
            sender: Some(address(0xf2)),
            source: Source::Attested,
            tx_hash: Digest::sha256(&[b"inflow", &event.get().to_be_bytes()]),
        },
    );
    event
}

fn outflow(ledger: &mut Ledger, amount: &str) -> Seq {
    let event = ledger.program.size();
    ledger.does(
        TREASURER,
        RecordOutflow {
            amount: lpt(amount),
            log_index: Count::new(2),
            receipt: None,
            recipient: Some(address(0xf3)),
            source: Source::Attested,
            tx_hash: Digest::sha256(&[b"outflow", &event.get().to_be_bytes()]),
        },
    );
    event
}

fn classify(ledger: &mut Ledger, people: [u32; 2], event: Seq, submission: Option<SubmissionNumber>) {
    ledger.both(people, |ledger| ClassifyInflow {
        event,
        reason: ledger.reason("Asked who sent it."),
        submission,
    });
}

pub fn settle(ledger: &mut Ledger, people: [u32; 2], event: Seq, submission: Option<SubmissionNumber>) {
    ledger.both(people, |ledger| SettleOutflow { event, reason: ledger.reason("Looked it up."), submission });
}

/// A gift and a refund that came as LPT of nobody; one that never came; a refund; a claim paid beside its batch, which is
/// then executed as well; and losses.
fn transfers(ledger: &mut Ledger) {
    let gift = inflow(ledger, "12");
    classify(ledger, [TREASURER, OUTSIDE], gift, None);
    let refund = inflow(ledger, "0.5");
    classify(ledger, [LEAD, TREASURER], refund, Some(submission(1)));
    let event = inflow(ledger, "7");
    let reason = ledger.reason("Read from another chain.");
    ledger.does(TREASURER, WithdrawTransfer { event, reason: Some(reason) });
    ledger.does(
        TREASURER,
        RecordRefund {
            amount: lpt("0.25"),
            log_index: Count::ZERO,
            sender: None,
            source: Source::Attested,
            submission: submission(2),
            tx_hash: Digest::sha256(&[b"refund"]),
        },
    );
    let paid = outflow(ledger, "3.5");
    settle(ledger, [OUTSIDE, TREASURER], paid, Some(submission(19)));
    let gone = outflow(ledger, "1");
    settle(ledger, [TREASURER, SECOND], gone, None);
    let twice = ledger.program.size();
    ledger.does(TREASURER, executed(4));
    settle(ledger, [TREASURER, LEAD], twice, None);
}

/// The text of a claim with other captures.
fn with_captures(ledger: &mut Ledger, texts: Digest, captures: &[Digest]) -> Digest {
    let mut text: Value = serde_json::from_slice(&ledger.documents[&texts][16..]).unwrap();
    text["captures"] = captures.iter().map(|digest| json!(digest.to_string())).collect();
    ledger.paper(&text)
}

/// A claim with captures, revised with others, then withdrawn.
fn captured(ledger: &mut Ledger) {
    let ben = FIRST_CONTRIBUTOR + 1;
    let claim = ledger.claim(ben, ClaimKind::Expense, "marketing", "1.5");
    let captures: Vec<Digest> = [PNG, PDF].map(|content| ledger.keep(content)).to_vec();
    let texts = with_captures(ledger, claim.texts, &captures);
    let claim = FileSubmission { captures: captures.clone(), texts, ..claim };
    let number = ledger.files(ben, claim.clone());
    let captures = [vec![captures[1]], [JPEG, WEBP].map(|content| ledger.keep(content)).to_vec()].concat();
    let texts = with_captures(ledger, texts, &captures);
    ledger.does(
        ben,
        ReviseSubmission {
            amount: claim.amount,
            captures,
            channel: claim.channel,
            evidence: claim.evidence,
            function: claim.function,
            payee: claim.payee,
            period: None,
            promoted: claim.promoted,
            share: None,
            submission: submission(number),
            texts,
        },
    );
    let reason = ledger.reason("Somebody else did it.");
    ledger.does(ben, WithdrawSubmission { reason, submission: submission(number) });
}

/// A document and the claim that it is about, if there is one.
type Paper = (Digest, Option<SubmissionNumber>);

/// The first of the papers that events are asked for.
fn first<T>(ledger: &Ledger, is: impl Fn(&Event) -> Option<T>) -> T {
    ledger.journal.iter().find_map(|recorded| is(&recorded.event)).unwrap()
}

/// The reason of the first vote on a claim, and whose it is.
fn reason_on(ledger: &Ledger, state: &str) -> (u32, Paper) {
    let stands = |claim| ledger.program.submission(claim).is_ok_and(|claim| claim.stage.name() == state);
    first(ledger, |event| match (&event.fact, event.actor) {
        (Fact::VoteCast { asked, .. }, Actor::Member(author)) if stands(asked.submission) => {
            Some((author.get(), (asked.reason, Some(asked.submission))))
        }
        _ => None,
    })
}

/// A capture, a reason and a handle that files show, and a reason of which only its author speaks.
fn erasures(ledger: &mut Ledger) {
    let capture: Paper = first(ledger, |event| match &event.fact {
        Fact::SubmissionFiled { asked, outcome } => {
            asked.captures.first().map(|capture| (*capture, Some(outcome.submission)))
        }
        _ => None,
    });
    let handle: Paper = first(ledger, |event| match &event.fact {
        Fact::MemberAdded { asked, .. } => Some((asked.name, None)),
        _ => None,
    });
    let (author, reason) = reason_on(ledger, "withdrawn");
    let (speaker, asked_only) = reason_on(ledger, "reversed");
    let ben = FIRST_CONTRIBUTOR + 1;
    for (author, agrees, (document, submission)) in
        [(ben, OUTSIDE, capture), (author, TREASURER, reason), (LEAD, SECOND, handle)]
    {
        ledger.erases(author, Some(agrees), document, submission);
    }
    ledger.erases(speaker, None, asked_only.0, asked_only.1);
}

impl Ledger {
    /// A document is asked to be erased by its author, and is if somebody agrees.
    pub fn erases(
        &mut self,
        author: u32,
        agrees: Option<u32>,
        document: Digest,
        submission: Option<SubmissionNumber>,
    ) {
        let asked = EraseDocument { author: member(author), class: Erasure::Personal, document, submission };
        self.does(author, asked);
        if let Some(agrees) = agrees {
            self.does(agrees, asked);
            let content = self.documents.remove(&document).unwrap();
            self.gone.insert(document, content);
        }
    }
}
