//! What became of nonces, and LPT that moved without a batch.

use domain::Program;
use domain::batch::{End, Found, How, Nonce};
use domain::funding::Funding;
use domain::suspense::{Direction, Refund, Unexplained};
use domain::value::{Digest, Seq, SubmissionNumber};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Checksummed, Lpt, hash};
use crate::app::shape;

/// A nonce of the Safe that something was proposed for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NonceView {
    pub nonce: u64,
    /// The batches proposed for it, of which the Safe executes one at most.
    pub candidates: Vec<u32>,
    /// What the dearest of them pays.
    pub dearest: Lpt,
    /// The claims that are in flight on it.
    pub in_flight: Vec<u32>,
    /// Who said what became of it, where somebody else has to say the same.
    pub said: Vec<WordView>,
    /// What the chain shows and people have to settle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finding: Option<FoundView>,
    /// What became of it; absent while nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<EndView>,
}

/// What one of two persons said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WordView {
    pub member: u32,
    #[schema(pattern = "^(executed|failed|mismatched|replaced)$")]
    pub how: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    #[schema(value_type = shape::Hash)]
    pub tx_hash: String,
    pub seq: u64,
}

/// What the ledger found on the chain of a nonce.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FoundView {
    /// The event that recorded it.
    pub number: u64,
    #[schema(pattern = "^(contradicted|elsewhere|mismatched)$")]
    pub kind: String,
    #[schema(value_type = shape::Hash)]
    pub tx_hash: String,
}

/// What became of a nonce.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EndView {
    #[schema(pattern = "^(executed|failed|mismatched|replaced)$")]
    pub how: String,
    /// The batch that was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    #[schema(value_type = shape::Hash)]
    pub tx_hash: String,
    /// How the ledger knows: "attested" is the word of people, not checked on chain.
    pub source: String,
    #[schema(value_type = shape::Moment)]
    pub at: String,
    pub seq: u64,
    /// The claims that it paid.
    pub paid: Vec<u32>,
    /// The claims that it paid although they were settled before.
    pub again: Vec<u32>,
    /// The claims that are owed again.
    pub returned: Vec<u32>,
}

fn told(how: How) -> (String, Option<u32>) {
    match how {
        How::Executed(batch) => ("executed".to_owned(), Some(batch.get())),
        How::Unpaid(how) => (how.to_string(), None),
    }
}

fn numbers(submissions: &[SubmissionNumber]) -> Vec<u32> {
    submissions.iter().map(|number| number.get()).collect()
}

impl NonceView {
    pub fn new(program: &Program, nonce: &Nonce) -> Self {
        let said = program.words_on(nonce);
        Self {
            nonce: nonce.number.get(),
            candidates: nonce.candidates.iter().map(|batch| batch.get()).collect(),
            dearest: nonce.dearest.into(),
            in_flight: numbers(&program.in_flight_on(nonce)),
            said: said
                .map(|voice| {
                    let (how, tx_hash) = voice.says;
                    let (how, batch) = told(how);
                    let (member, tx_hash, seq) = (voice.member.get(), hash(&tx_hash), voice.seq.get());
                    WordView { member, how, batch, tx_hash, seq }
                })
                .collect(),
            finding: nonce.finding.map(Into::into),
            end: nonce.end.as_ref().map(Into::into),
        }
    }
}

impl From<Found> for FoundView {
    fn from(found: Found) -> Self {
        let Found { event, finding, tx_hash, .. } = found;
        Self { number: event.get(), kind: finding.to_string(), tx_hash: hash(&tx_hash) }
    }
}

impl From<&End> for EndView {
    fn from(end: &End) -> Self {
        let (how, batch) = told(end.how);
        Self {
            how,
            batch,
            tx_hash: hash(&end.tx_hash),
            source: end.source.to_string(),
            at: end.at.to_string(),
            seq: end.event.get(),
            paid: numbers(&end.effects.paid),
            again: numbers(&end.effects.again),
            returned: numbers(&end.effects.returned),
        }
    }
}

/// LPT that moved into or out of the Safe, beside what batches pay.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TransferView {
    /// The event that recorded it.
    pub seq: u64,
    #[schema(pattern = "^(funding|inflow|outflow|refund)$")]
    pub kind: String,
    pub amount: Lpt,
    #[schema(value_type = shape::Hash)]
    pub tx_hash: String,
    /// Absent for what an executed batch paid a second time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_index: Option<u32>,
    /// Who sent it, or was sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<Checksummed>,
    pub source: String,
    /// `open` while nobody knows what it was.
    #[schema(pattern = "^(explained|open|withdrawn)$")]
    pub state: String,
    /// The claim that it paid, or of which it is a refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<u32>,
    /// Who said what it was, where somebody else has to say the same.
    pub said: Vec<ExplanationView>,
    /// The event that explained it, or took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_seq: Option<u64>,
}

/// What one of two persons said that LPT in suspense was.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    pub member: u32,
    /// The claim that it paid or refunded; without one a contribution, or a loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<u32>,
    pub seq: u64,
}

impl TransferView {
    /// Everything that moved, in the order in which it was recorded.
    pub fn list(program: &Program) -> Vec<Self> {
        let fundings = program.fundings().map(|(seq, funding)| Self::funding(seq, funding));
        let refunds = program.refunds().map(|(seq, refund)| Self::refund(seq, refund));
        let suspense = program.suspense().map(|(seq, item)| Self::unexplained(program, seq, item));
        let mut all: Vec<Self> = fundings.chain(refunds).chain(suspense).collect();
        all.sort_by_key(|transfer| transfer.seq);
        all
    }

    fn new(seq: Seq, kind: &str, amount: domain::value::Amount, tx_hash: &Digest) -> Self {
        Self {
            seq: seq.get(),
            kind: kind.to_owned(),
            amount: amount.into(),
            tx_hash: hash(tx_hash),
            log_index: None,
            counterpart: None,
            source: String::new(),
            state: "explained".to_owned(),
            submission: None,
            said: Vec::new(),
            settled_seq: None,
        }
    }

    fn taken_back(self, withdrawn: Option<Seq>) -> Self {
        match withdrawn {
            Some(seq) => Self { state: "withdrawn".to_owned(), settled_seq: Some(seq.get()), ..self },
            None => self,
        }
    }

    fn funding(seq: Seq, funding: &Funding) -> Self {
        Self {
            log_index: Some(funding.log_index.get()),
            counterpart: funding.sender.map(Into::into),
            source: funding.source.to_string(),
            ..Self::new(seq, "funding", funding.amount, &funding.tx_hash)
        }
        .taken_back(funding.withdrawn)
    }

    fn refund(seq: Seq, refund: &Refund) -> Self {
        Self {
            log_index: Some(refund.log_index.get()),
            counterpart: refund.sender.map(Into::into),
            source: refund.source.to_string(),
            submission: Some(refund.submission.get()),
            ..Self::new(seq, "refund", refund.amount, &refund.tx_hash)
        }
        .taken_back(refund.withdrawn)
    }

    fn unexplained(program: &Program, seq: Seq, item: &Unexplained) -> Self {
        let kind = match item.direction {
            Direction::In => "inflow",
            Direction::Out => "outflow",
        };
        let said = program.words_about(item);
        let said = said.map(|voice| ExplanationView {
            member: voice.member.get(),
            submission: voice.says.map(SubmissionNumber::get),
            seq: voice.seq.get(),
        });
        let explained = item.explained.as_ref();
        Self {
            log_index: item.log_index.map(domain::value::Count::get),
            counterpart: item.counterpart.map(Into::into),
            source: item.source.to_string(),
            state: if explained.is_some() { "explained" } else { "open" }.to_owned(),
            submission: explained.and_then(|explained| explained.submission).map(SubmissionNumber::get),
            said: said.collect(),
            settled_seq: explained.map(|explained| explained.event.get()),
            ..Self::new(seq, kind, item.amount, &item.tx_hash)
        }
        .taken_back(item.withdrawn)
    }
}
