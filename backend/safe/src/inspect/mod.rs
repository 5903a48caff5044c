//! A signer's self-check of anyone's file: what would really be sent, and what to beware of.
//!
//! Three kinds of input are read: Transaction Builder files (as Safe's app imports them), typed data
//! of a `SafeTx` (`eth_signTypedData_v4`), and `execTransaction` calldata. Files are judged by what
//! wallet and contracts would do, not by what they say: malformed payloads that the contract still
//! runs are listed *and* warned about.
//!
//! The rules where the input leaves room:
//! - Without a chain id, or on a chain that is not known here, no token is LPT and no delegate-call
//!   target is known: both are warned about.
//! - Calls that move neither tokens nor ETH and carry calldata (an approval, a change of owners) are
//!   warned about as `malformed_payload`; so is an empty call, unless the Safe calls itself, which
//!   is how a nonce is cancelled.
//! - A `multiSend` payload is listed for every delegate call that carries one, even if its target is
//!   unknown and may do something else; nothing is listed if an inner call would revert them all.

mod builder;
mod calls;
mod exec;
mod fields;
mod render;
mod typed;

use std::fmt;

use domain::value::{Address, Digest};
use ethers::types::{U256, U512};
use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::exec::ExecError;
use crate::json::{Json, JsonError};
use crate::safe_tx::Operation;
use crate::tx_builder::{FileChecksum, ReadError};
use crate::{eip55, hex};

pub use render::render_text;

/// The largest input read, in bytes: 4 MiB, far beyond what a Safe can execute.
pub const MAX_BYTES: usize = 4 << 20;

/// What an inspected file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A file of Safe's Transaction Builder app.
    TransactionBuilder,
    /// Typed data of a `SafeTx`, for `eth_signTypedData_v4`.
    TypedData,
    /// Calldata of `execTransaction`.
    ExecTransaction,
}

/// What a warning is about. The texts are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A transfer moves another token than LPT of the stated chain.
    WrongToken,
    /// Foreign code would run as the Safe itself.
    DelegatecallTarget,
    /// Gas or refund fields are not zero: someone could be paid from the Safe, or a failure burn the nonce.
    GasFields,
    /// ETH leaves the Safe.
    ValueMoved,
    /// Something is not a plain list of token transfers in standard encoding.
    MalformedPayload,
    /// The file was changed after its checksum was made.
    ChecksumBad,
    /// The file states no checksum.
    ChecksumMissing,
    /// Tokens go to the zero address.
    RecipientZero,
    /// Tokens go to the token contract.
    RecipientToken,
    /// Tokens go back to the Safe.
    RecipientSafe,
    /// A recipient is not a valid address.
    RecipientMalformed,
    /// An amount is not plain decimal digits.
    AmountNotDecimal,
    /// The readable fields are ignored, because raw calldata is set.
    FieldsOverriddenByData,
    /// Safe's app or the wallet refuses the file.
    NotImportable,
}

/// Something a signer must know before signing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about.
    pub code: Code,
    /// One plain sentence with the numbers and addresses needed to act.
    pub detail: String,
}

/// A token transfer that would be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListedTransfer {
    /// The contract called.
    pub token: Address,
    /// Who is paid.
    pub recipient: Address,
    /// How much, in wei of the token.
    pub amount: U256,
}

/// What a file would do. Serialises with decimal strings, lower-case hashes and EIP-55 addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// What the file is.
    pub kind: Kind,
    /// What the file calls itself: anybody can write anything there.
    pub name: Option<String>,
    /// What the file says of itself: likewise.
    pub description: Option<String>,
    /// The chain it names.
    pub chain_id: Option<U256>,
    /// The Safe it is for.
    pub safe: Option<Address>,
    /// The Safe's counter; neither builder files nor calldata tell it.
    pub nonce: Option<U256>,
    /// What the Safe calls.
    pub to: Option<Address>,
    /// ETH sent along, in wei.
    pub value: Option<U256>,
    /// Call or delegate call.
    pub operation: Option<Operation>,
    /// The EIP-712 domain separator.
    pub domain_hash: Option<Digest>,
    /// The EIP-712 struct hash.
    pub message_hash: Option<Digest>,
    /// The hash owners sign.
    pub safe_tx_hash: Option<Digest>,
    /// The checksum, in the one format that has it.
    pub checksum: Option<FileChecksum>,
    /// Every token transfer that would be sent, in order.
    pub transfers: Vec<ListedTransfer>,
    /// Their sum in wei, whatever their tokens; it may exceed 256 bits.
    pub total: U512,
    /// What a signer must know; empty for a clean file.
    pub warnings: Vec<Warning>,
}

/// Why an input cannot be inspected at all.
#[derive(Debug, Error)]
pub enum InspectError {
    /// The input is too large.
    #[error("the input has {bytes} bytes, more than {MAX_BYTES}: no Safe could execute it")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The input is empty.
    #[error("the input is empty: pass a batch file, typed data or execTransaction calldata")]
    Empty,
    /// The input begins like JSON, and is not.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// The JSON is of no kind that is read here.
    #[error(
        "the file is neither a Transaction Builder batch, nor SafeTx typed data, nor a transaction with data"
    )]
    Unknown,
    /// A library of several batches.
    #[error("the file is a library of several batches: export each batch and inspect it alone")]
    Library,
    /// The typed data is not of a Safe transaction.
    #[error("the typed data is not a SafeTx (its primaryType is {found:?}): do not sign it as a payout")]
    NotASafeTx {
        /// What it says it is.
        found: String,
    },
    /// A field is missing.
    #[error("the field {field} is missing: have the file made again")]
    Missing {
        /// Its path.
        field: &'static str,
    },
    /// A field is not a number of its range.
    #[error("the field {field} is not a whole number in range: have the file made again")]
    Number {
        /// Its path.
        field: &'static str,
    },
    /// A field is not an address.
    #[error("the field {field} is not 0x and 40 hex digits: have the file made again")]
    Address {
        /// Its path.
        field: &'static str,
    },
    /// A field is not hex.
    #[error("the field {field} is not 0x and an even number of hex digits: have the file made again")]
    Hex {
        /// Its path.
        field: &'static str,
    },
    /// The text is neither JSON nor hex.
    #[error("the input is neither JSON nor hex: pass a batch file, typed data or execTransaction calldata")]
    NotHex,
    /// The calldata is not of `execTransaction`.
    #[error(transparent)]
    Exec(#[from] ExecError),
}

impl From<ReadError> for InspectError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Json(error) => Self::Json(error),
            ReadError::NotABatch => Self::Unknown,
        }
    }
}

/// Says what a file would really do.
///
/// # Errors
/// An input that cannot be read; everything readable is an [`Inspection`], with warnings where needed.
pub fn inspect(text: &str) -> Result<Inspection, InspectError> {
    if text.len() > MAX_BYTES {
        return Err(InspectError::TooLarge { bytes: text.len() });
    }
    // A browser drops the byte order mark when it reads a file.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    if text.is_empty() {
        return Err(InspectError::Empty);
    }
    if !text.starts_with(['{', '[', '"']) {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        return exec::inspect(None, None, &hex::decode_digits(digits).ok_or(InspectError::NotHex)?);
    }
    let json = Json::parse(text)?;
    if json.get("transactions").is_some() {
        return builder::inspect(json);
    }
    if ["types", "primaryType", "message"].iter().any(|key| json.get(key).is_some()) {
        return typed::inspect(&json);
    }
    match json.get("data") {
        Some(Json::Text(_)) => exec::inspect_wrapper(&json),
        Some(Json::Object(_)) => Err(InspectError::Library),
        _ => Err(InspectError::Unknown),
    }
}

impl Code {
    /// The stable text, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WrongToken => "wrong_token",
            Self::DelegatecallTarget => "delegatecall_target",
            Self::GasFields => "gas_fields",
            Self::ValueMoved => "value_moved",
            Self::MalformedPayload => "malformed_payload",
            Self::ChecksumBad => "checksum_bad",
            Self::ChecksumMissing => "checksum_missing",
            Self::RecipientZero => "recipient_zero",
            Self::RecipientToken => "recipient_token",
            Self::RecipientSafe => "recipient_safe",
            Self::RecipientMalformed => "recipient_malformed",
            Self::AmountNotDecimal => "amount_not_decimal",
            Self::FieldsOverriddenByData => "fields_overridden_by_data",
            Self::NotImportable => "not_importable",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[derive(Serialize)]
struct View<'a> {
    kind: Kind,
    name: Option<&'a str>,
    description: Option<&'a str>,
    chain_id: Option<String>,
    safe: Option<String>,
    nonce: Option<String>,
    to: Option<String>,
    value: Option<String>,
    operation: Option<String>,
    domain_hash: Option<String>,
    message_hash: Option<String>,
    safe_tx_hash: Option<String>,
    checksum: Option<ChecksumView<'a>>,
    transfers: Vec<TransferView>,
    total_wei: String,
    warnings: &'a [Warning],
}

#[derive(Serialize)]
struct ChecksumView<'a> {
    stated: Option<&'a str>,
    computed: &'a str,
    valid: bool,
}

#[derive(Serialize)]
struct TransferView {
    token: String,
    recipient: String,
    amount_wei: String,
}

impl Serialize for Inspection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = |number: Option<U256>| number.map(|number| number.to_string());
        let address = |address: Option<Address>| address.map(|address| eip55::checksum(&address));
        let hash = |hash: Option<Digest>| hash.map(|hash| hex::encode(hash.bytes()));
        let view = View {
            kind: self.kind,
            name: self.name.as_deref(),
            description: self.description.as_deref(),
            chain_id: number(self.chain_id),
            safe: address(self.safe),
            nonce: number(self.nonce),
            to: address(self.to),
            value: number(self.value),
            operation: self.operation.map(|operation| operation.code().to_string()),
            domain_hash: hash(self.domain_hash),
            message_hash: hash(self.message_hash),
            safe_tx_hash: hash(self.safe_tx_hash),
            checksum: self.checksum.as_ref().map(|checksum| ChecksumView {
                stated: checksum.stated.as_deref(),
                computed: &checksum.computed,
                valid: checksum.valid,
            }),
            transfers: self.transfers.iter().map(TransferView::from).collect(),
            total_wei: self.total.to_string(),
            warnings: &self.warnings,
        };
        view.serialize(serializer)
    }
}

impl From<&ListedTransfer> for TransferView {
    fn from(transfer: &ListedTransfer) -> Self {
        Self {
            token: eip55::checksum(&transfer.token),
            recipient: eip55::checksum(&transfer.recipient),
            amount_wei: transfer.amount.to_string(),
        }
    }
}
