//! The Safe, and batches of payouts.

use domain::Program;
use domain::batch::{Batch, How, Observation};
use domain::command::Payout;
use domain::value::Amount;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Checksummed, Lpt, SigningView, hash};
use crate::app::{Standing, shape};

/// The Safe of a program and what it can be asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SafeView {
    pub chain_id: u64,
    pub address: Checksummed,
    pub version: String,
    /// What the books hold for the Safe.
    pub booked: Lpt,
    /// The smaller of its balance last observed and what the books hold; absent before the first look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payable: Option<Lpt>,
    /// What open batches may still take.
    pub in_open_batches: Lpt,
    /// The nonce of the next batch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_nonce: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observation: Option<ObservationView>,
    /// How far this server has read the chain; absent where it does not read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainView>,
}

/// How far a server has read the chain for a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChainView {
    /// The last block that was read, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Moment>)]
    pub read_at: Option<String>,
    /// Why the last reading ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// What the chain shows and the rules do not let into the books yet.
    pub held: Vec<String>,
}

impl From<Standing> for ChainView {
    fn from(standing: Standing) -> Self {
        let Standing { block, read_at, fault, held } = standing;
        Self { block, read_at: read_at.map(|at| at.to_string()), fault, held }
    }
}

/// The Safe at a block.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ObservationView {
    pub block: u64,
    #[schema(value_type = shape::Hash)]
    pub block_hash: String,
    /// When the ledger was told.
    #[schema(value_type = shape::Moment)]
    pub at: String,
    pub nonce: u64,
    pub owners: Vec<Checksummed>,
    pub threshold: u32,
    pub singleton: Checksummed,
    pub modules: Vec<Checksummed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<Checksummed>,
    pub balance: Lpt,
    /// How the ledger knows: "attested" is a treasurer's word, not checked on chain.
    pub source: String,
}

impl From<&Observation> for ObservationView {
    fn from(observation: &Observation) -> Self {
        let safe = &observation.safe;
        let addresses =
            |addresses: &[domain::value::Address]| addresses.iter().copied().map(Into::into).collect();
        Self {
            block: safe.block.get(),
            block_hash: hash(&safe.block_hash),
            at: observation.at.to_string(),
            nonce: safe.nonce.get(),
            owners: addresses(&safe.owners),
            threshold: safe.threshold.get(),
            singleton: safe.singleton.into(),
            modules: addresses(&safe.modules),
            guard: safe.guard.map(Into::into),
            balance: safe.balance.into(),
            source: safe.source.to_string(),
        }
    }
}

impl From<&Program> for SafeView {
    fn from(program: &Program) -> Self {
        let charter = program.charter();
        Self {
            chain_id: charter.chain.get(),
            address: charter.safe.into(),
            version: charter.safe_version.to_string(),
            booked: program.books().balance(domain::books::Account::Safe).into(),
            payable: program.payable().map(Into::into),
            in_open_batches: program.in_open_batches().unwrap_or(Amount::ZERO).into(),
            next_nonce: program.next_nonce().map(domain::value::Seq::get),
            observation: program.observation().map(Into::into),
            chain: None,
        }
    }
}

/// One transfer of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PayoutView {
    pub submission: u32,
    pub payee: Checksummed,
    pub amount: Lpt,
    pub amount_wei: String,
}

impl From<&Payout> for PayoutView {
    fn from(payout: &Payout) -> Self {
        Self {
            submission: payout.submission.get(),
            payee: payout.payee.into(),
            amount: payout.amount.into(),
            amount_wei: payout.amount.wei().to_string(),
        }
    }
}

/// A proposed batch: a candidate for one nonce of the Safe.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BatchView {
    pub number: u32,
    pub nonce: u64,
    /// `replaced` once its nonce was consumed otherwise: none of its transfers happened.
    #[schema(pattern = "^(executed|proposed|replaced)$")]
    pub state: String,
    /// Whether it pays nobody and only keeps others on its nonce from being executed.
    pub rejection: bool,
    pub total: Lpt,
    pub payouts: Vec<PayoutView>,
    /// What the Safe calls: the token for one payout, MultiSendCallOnly for more, itself for a rejection.
    pub to: Checksummed,
    /// "0" a call, "1" a delegate call.
    pub operation: String,
    #[schema(value_type = shape::Hash)]
    pub domain_hash: String,
    #[schema(value_type = shape::Hash)]
    pub message_hash: String,
    /// What the owners sign.
    #[schema(value_type = shape::Hash)]
    pub safe_tx_hash: String,
    /// The journal before it was proposed.
    pub journal_size: u64,
    #[schema(value_type = shape::Digest)]
    pub journal_root: String,
    #[schema(value_type = shape::Moment)]
    pub proposed_at: String,
    pub proposed_seq: u64,
    /// Who agreed, in the order in which it was recorded.
    pub signatures: Vec<SigningView>,
    /// How many owners have to; absent before the Safe was ever observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<u32>,
}

impl BatchView {
    pub fn new(program: &Program, batch: &Batch) -> Self {
        let end = program.nonce(batch.nonce).and_then(|nonce| nonce.end.as_ref());
        let state = match end.map(|end| end.how) {
            None => "proposed",
            Some(How::Executed(executed)) if executed == batch.number => "executed",
            Some(_) => "replaced",
        };
        Self {
            number: batch.number.get(),
            nonce: batch.nonce.get(),
            state: state.to_owned(),
            rejection: batch.payouts.is_empty(),
            total: batch.total.into(),
            payouts: batch.payouts.iter().map(Into::into).collect(),
            to: batch.to.into(),
            operation: batch.operation.to_string(),
            domain_hash: hash(&batch.domain_hash),
            message_hash: hash(&batch.message_hash),
            safe_tx_hash: hash(&batch.safe_tx_hash),
            journal_size: batch.size.get(),
            journal_root: batch.root.to_string(),
            proposed_at: batch.proposed_at.to_string(),
            proposed_seq: batch.proposed.get(),
            signatures: SigningView::list(program, batch),
            threshold: program.observation().map(|observation| observation.safe.threshold.get()),
        }
    }
}
