//! What was said and read of the chain, in plain maps: the Safe, batches for its nonces, LPT that moved.

use super::books::Move;
use super::state::Word;
use super::value::{Micros, Wei};

/// What was said of the Safe.
#[derive(Clone, Debug)]
pub struct Observation {
    pub at: Micros,
    pub at_text: String,
    pub seq: u64,
    pub balance: Wei,
    pub block: u64,
    pub block_hash: String,
    pub guard: Option<String>,
    pub modules: Vec<String>,
    pub nonce: u64,
    pub owners: Vec<String>,
    pub singleton: String,
    pub source: &'static str,
    pub threshold: u64,
}

#[derive(Clone, Debug)]
pub struct Funding {
    pub seq: u64,
    pub amount: Wei,
    pub tx_hash: String,
    pub log_index: u64,
    pub sender: Option<String>,
    pub source: &'static str,
    /// The event that took it back, and why, if somebody said so.
    pub withdrawn: Option<(u64, Option<String>)>,
}

/// One line of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub amount: Wei,
    pub payee: String,
    pub submission: u32,
}

#[derive(Clone, Debug)]
pub struct Batch {
    pub nonce: u64,
    pub lines: Vec<Line>,
    pub total: Wei,
    pub to: String,
    pub operation: &'static str,
    /// Domain hash, message hash, safeTxHash.
    pub hashes: [String; 3],
    pub root: String,
    pub seq: u64,
    pub at: String,
    /// The owners who agreed to it, by the events that recorded it.
    pub signings: Vec<(u64, String)>,
}

/// A nonce of the Safe for which something was proposed.
#[derive(Clone, Debug, Default)]
pub struct Nonce {
    /// The numbers of the batches.
    pub candidates: Vec<u32>,
    /// What was said since the last candidate.
    pub words: Vec<Word>,
    /// The event that found on the chain what is for people to settle.
    pub finding: Option<u64>,
    pub end: Option<End>,
}

/// What became of a nonce.
#[derive(Clone, Debug)]
pub struct End {
    pub seq: u64,
    pub source: &'static str,
    pub tx_hash: String,
    pub executed: Option<u32>,
    pub paid: Vec<u32>,
    pub returned: Vec<u32>,
    pub moves: Vec<Move>,
}

/// LPT that moved, and what it was if somebody knows.
#[derive(Clone, Debug, Default)]
pub struct Suspense {
    pub out: bool,
    pub source: &'static str,
    pub amount: Wei,
    /// None for what an execution paid again.
    pub transfer: Option<(String, u64)>,
    pub words: Vec<Word>,
    /// The event, and the claim that it paid or refunded.
    pub explained: Option<(u64, Option<u32>)>,
    pub withdrawn: Option<u64>,
}

impl Suspense {
    /// Whether nobody knows yet what it was.
    pub const fn is_open(&self) -> bool {
        self.explained.is_none() && self.withdrawn.is_none()
    }
}

#[derive(Clone, Debug)]
pub struct Refund {
    pub submission: u32,
    pub source: &'static str,
    pub amount: Wei,
    pub transfer: (String, u64),
    pub withdrawn: Option<u64>,
}
