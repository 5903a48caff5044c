//! Files of Safe's Transaction Builder app: writing a payout, and reading anyone's as the app does.
//!
//! The format and its reading are those of tx-builder 2.0.1.

mod checksum;
mod encode;
mod import;
mod note;
mod write;

use domain::value::Address;
use ethers::types::U256;
use thiserror::Error;

use crate::eip55;
use crate::json::{Json, JsonError};

pub use import::{ImportRefusal, ImportedCall};
pub use note::Note;
pub use write::{BuilderBatch, TX_BUILDER_VERSION, WriteError, write};

/// A Transaction Builder file, read but not yet imported.
#[derive(Clone, Debug)]
pub struct BuilderFile {
    /// The chain id it names, if it is readable.
    pub chain_id: Option<U256>,
    /// The Safe it was made for, if it names one.
    pub safe: Option<Address>,
    /// The checksum it states and the one its content has.
    pub checksum: FileChecksum,
    json: Json,
}

/// The checksum of a file: it shows accidental changes, and authenticates nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChecksum {
    /// What `meta.checksum` says; `None` if it is missing or null.
    pub stated: Option<String>,
    /// What it should say: `0x` and 64 lower-case hex digits.
    pub computed: String,
    /// Whether both are the same text; letter case counts.
    pub valid: bool,
}

/// Why a text is not a Transaction Builder file.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The text is not readable JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// There are no transactions in it.
    #[error("the file has no transactions: export the batch from the Transaction Builder again")]
    NotABatch,
}

impl BuilderFile {
    /// Reads a file, without judging whether Safe's app would import it.
    ///
    /// # Errors
    /// A text that is not JSON, or JSON without transactions.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        Self::from_json(Json::parse(text)?)
    }

    pub(crate) fn from_json(json: Json) -> Result<Self, ReadError> {
        if json.get("transactions").is_none() {
            return Err(ReadError::NotABatch);
        }
        let meta = |key: &str| json.get("meta").and_then(|meta| meta.get(key));
        let stated = match meta("checksum") {
            None | Some(Json::Null) => None,
            Some(Json::Text(text) | Json::Number(text)) => Some(text.clone()),
            Some(other) => Some(format!("{other:?}")),
        };
        let computed = checksum::compute(&json);
        let valid = meta("checksum").and_then(Json::as_text) == Some(&computed);
        let safe = meta("createdFromSafeAddress").and_then(Json::as_text);
        let chain_id = match json.get("chainId") {
            Some(Json::Text(digits) | Json::Number(digits)) => encode::digits_of(digits, 10),
            _ => None,
        };
        Ok(Self {
            chain_id,
            safe: safe.and_then(|text| eip55::parse(text).ok()),
            checksum: FileChecksum { stated, computed, valid },
            json,
        })
    }

    /// A text of the file about itself, such as its name.
    pub(crate) fn meta(&self, key: &str) -> Option<String> {
        self.json.get("meta")?.get(key)?.as_text().map(ToOwned::to_owned)
    }

    /// The calls Safe's app would hand to the Safe.
    ///
    /// # Errors
    /// What makes the app, or the wallet behind it, refuse the file.
    pub fn import(&self) -> Result<Vec<ImportedCall>, ImportRefusal> {
        import::convert(import::validate(&self.json)?)
    }

    /// The calls the app's conversion would make if the app did not refuse numbers.
    ///
    /// # Errors
    /// Targets, values and data that no wallet takes.
    pub fn convert(&self) -> Result<Vec<ImportedCall>, ImportRefusal> {
        let transactions = self.json.get("transactions").and_then(Json::as_list);
        import::convert(transactions.ok_or(ImportRefusal::NoTransactions)?)
    }
}
