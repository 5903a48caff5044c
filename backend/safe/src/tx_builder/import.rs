//! What Safe's app makes of a Transaction Builder file when it is imported (tx-builder 2.0.1).

use domain::value::Address;
use ethers::types::U256;
use thiserror::Error;

use super::encode::{self, Encoded};
use super::note::Note;
use crate::hex;
use crate::json::{Json, js_number};

/// A call the app would hand to the Safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedCall {
    /// What is called.
    pub to: Address,
    /// ETH sent along, in wei.
    pub value: U256,
    /// The calldata; empty where the app failed to encode the method.
    pub data: Vec<u8>,
    /// What a reader of the file would not see.
    pub notes: Vec<Note>,
}

/// Why the app, or the wallet behind it, refuses a file. Transactions are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ImportRefusal {
    /// Without `meta` the app takes the file for a library of batches.
    #[error("the file has no meta: Safe's app cannot import it")]
    NoMeta,
    /// `transactions` is missing or not a list.
    #[error("the file has no list of transactions: Safe's app cannot import it")]
    NoTransactions,
    /// A transaction is not an object.
    #[error("transaction {line} is not an object: Safe's app refuses the file")]
    NotAnObject {
        /// Which transaction.
        line: usize,
    },
    /// A value is not a string.
    #[error("the value of transaction {line} is not a string: Safe's app refuses the file")]
    ValueNotText {
        /// Which transaction.
        line: usize,
    },
    /// An input is a number.
    #[error("input {input:?} of transaction {line} is a number, not a string: Safe's app refuses the file")]
    InputIsNumber {
        /// Which transaction.
        line: usize,
        /// The name of the input.
        input: String,
    },
    /// A target is not an address, or its checksum is wrong.
    #[error("transaction {line} goes to {text:?}, not a valid address: Safe's app refuses the file")]
    Target {
        /// Which transaction.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// A value is not a whole number of wei.
    #[error(
        "the value {text:?} of transaction {line} is not a whole number of wei: the wallet refuses the batch"
    )]
    Value {
        /// Which transaction.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// Calldata is not hex.
    #[error("the data of transaction {line} is not 0x and hex: the wallet refuses the batch")]
    Data {
        /// Which transaction.
        line: usize,
    },
    /// A method with types whose encoding is not modelled here.
    #[error("method {method:?} of transaction {line} takes types no payout has: review it in Safe's app")]
    Unsupported {
        /// Which transaction.
        line: usize,
        /// The name of the method.
        method: String,
    },
}

/// The app's own refusals: numbers where strings are needed, and files of another shape.
pub(super) fn validate(file: &Json) -> Result<&[Json], ImportRefusal> {
    if !file.get("meta").is_some_and(Json::is_truthy) {
        return Err(ImportRefusal::NoMeta);
    }
    let transactions =
        file.get("transactions").and_then(Json::as_list).ok_or(ImportRefusal::NoTransactions)?;
    for (line, transaction) in (1..).zip(transactions) {
        if !matches!(transaction, Json::Object(_)) {
            return Err(ImportRefusal::NotAnObject { line });
        }
        if transaction.get("value").and_then(Json::as_text).is_none() {
            return Err(ImportRefusal::ValueNotText { line });
        }
        for (input, value) in encode::members(transaction.get("contractInputsValues")) {
            if matches!(value, Json::Number(_)) {
                return Err(ImportRefusal::InputIsNumber { line, input: input.clone() });
            }
        }
    }
    Ok(transactions)
}

/// The app's conversion of every transaction, without its refusals.
pub(super) fn convert(transactions: &[Json]) -> Result<Vec<ImportedCall>, ImportRefusal> {
    (1..).zip(transactions).map(|(line, transaction)| call(line, transaction)).collect()
}

fn call(line: usize, transaction: &Json) -> Result<ImportedCall, ImportRefusal> {
    let text = transaction.get("to").and_then(Json::as_text).unwrap_or_default();
    let to = encode::address(text).ok_or_else(|| ImportRefusal::Target { line, text: text.to_owned() })?;
    let value = value(line, transaction)?;
    let method = transaction.get("contractMethod").filter(|method| method.is_truthy());
    let values = transaction.get("contractInputsValues").filter(|values| values.is_truthy());
    let mut notes = Vec::new();
    let data = match (transaction.get("data").filter(|data| data.is_truthy()), method) {
        (Some(data), _) => {
            if method.is_some() || values.is_some() {
                notes.push(Note::Overridden);
            }
            data.as_text().and_then(hex::decode).ok_or(ImportRefusal::Data { line })?
        }
        (None, Some(method)) => match encode::method(method, values, &mut notes) {
            Encoded::Data(data) => data,
            Encoded::Unsupported { method } => return Err(ImportRefusal::Unsupported { line, method }),
        },
        (None, None) => Vec::new(),
    };
    Ok(ImportedCall { to, value, data, notes })
}

fn value(line: usize, transaction: &Json) -> Result<U256, ImportRefusal> {
    let text = match transaction.get("value") {
        Some(Json::Text(text)) => text.clone(),
        Some(Json::Number(number)) => js_number(number),
        _ => String::new(),
    };
    let value = match text.strip_prefix("0x") {
        Some(digits) => encode::digits_of(digits, 16),
        None => encode::digits_of(&text, 10),
    };
    value.ok_or(ImportRefusal::Value { line, text })
}
