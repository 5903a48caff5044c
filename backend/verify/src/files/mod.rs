//! The files of a bundle that follow from the journal: keys, report, and what signers get of each batch.
//!
//! Whoever writes them and whoever verifies them calls the same functions here, so they are compared byte
//! for byte.

pub mod batch;
pub mod csv;
mod keys;
mod report;

use domain::refusal::Refusal;
use domain::value::{Digest, Seq};
use thiserror::Error;

pub use batch::{Encoded, batch_file};
pub use keys::keys_json;
pub use report::report_csv;

/// Where the texts behind digests are found.
pub trait Texts {
    type Error: From<FileError>;

    /// One text of a JSON document: `name` of a program, `handle` of a member, `title` of a claim, `reason`
    /// of a vote.
    ///
    /// # Errors
    /// The document is not there, or has no such text.
    fn text(&mut self, document: Digest, field: &'static str) -> Result<String, Self::Error>;
}

/// Why a file cannot be made from a journal.
#[derive(Debug, Error)]
pub enum FileError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Payment(#[from] crate::payment::PaymentError),
    #[error("event {seq} is not what its command leads to: the journal was altered")]
    Altered { seq: Seq },
    #[error(transparent)]
    Builder(#[from] safe::tx_builder::WriteError),
    #[error(transparent)]
    Airdrop(#[from] safe::airdrop::AirdropError),
    #[error("the table cannot be written as CSV: {0}")]
    Csv(#[from] ::csv::Error),
    #[error("the text cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a text is not UTF-8")]
    NotText,
    #[error("the amounts of a column add up to more than can be counted")]
    Overflow,
}
