//! Writing a payout batch as a Transaction Builder file.

use domain::value::Address;
use serde::Serialize;
use thiserror::Error;

use super::import::ImportRefusal;
use super::{BuilderFile, ReadError, checksum};
use crate::eip55;
use crate::erc20::{self, Transfer, TransferCall};
use crate::json::Json;

/// What our files state as `meta.txBuilderVersion`.
///
/// The app neither checks nor shows it when it imports a file. 1.16.5 is a version whose exports have
/// exactly this shape; 2.0.1 reads it in the same way.
pub const TX_BUILDER_VERSION: &str = "1.16.5";

/// A payout batch to be written as a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuilderBatch<'a> {
    /// The EIP-155 chain id.
    pub chain_id: u64,
    /// The Safe that pays; `None` leaves the member empty.
    pub safe: Option<Address>,
    /// The token that is paid.
    pub token: Address,
    /// The lines, in their order.
    pub transfers: &'a [Transfer],
    /// A title; not covered by the checksum.
    pub name: &'a str,
    /// What the batch is: program, batch, total.
    pub description: &'a str,
    /// When the file was made, in milliseconds since 1970.
    pub created_at_ms: u64,
}

/// Why no file was written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// There is no line.
    #[error("a batch needs at least one line: select something to pay")]
    Empty,
    /// The time is beyond what a JavaScript number holds exactly.
    #[error("the time {created_at_ms} ms is beyond 2^53: pass milliseconds since 1970")]
    Time {
        /// The time passed.
        created_at_ms: u64,
    },
    /// The JSON could not be written.
    #[error("the file could not be written as JSON ({0}): report this as a bug, nothing was exported")]
    Json(#[from] serde_json::Error),
    /// The file just written could not be read back.
    #[error("the file just written does not read back ({0}): report this as a bug, nothing was exported")]
    ReadBack(#[from] ReadError),
    /// Safe's app would refuse the file just written.
    #[error("the file just written would be refused ({0}): report this as a bug, nothing was exported")]
    Import(#[from] ImportRefusal),
    /// Safe's app would make other calls of the file just written.
    #[error(
        "the file just written would be imported differently: report this as a bug, nothing was exported"
    )]
    Differs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    version: &'static str,
    chain_id: String,
    created_at: u64,
    meta: Meta,
    transactions: Vec<Transaction>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    name: String,
    description: String,
    tx_builder_version: &'static str,
    created_from_safe_address: String,
    created_from_owner_address: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

/// Method style: `data` is null, so signers read recipient and amount.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Transaction {
    to: String,
    value: &'static str,
    data: Option<String>,
    contract_method: Method,
    contract_inputs_values: Values,
}

#[derive(Serialize)]
struct Method {
    inputs: [Input; 2],
    name: &'static str,
    payable: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    internal_type: &'static str,
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct Values {
    recipient: String,
    amount: String,
}

fn transaction(token: &Address, transfer: &Transfer) -> Transaction {
    Transaction {
        to: eip55::checksum(token),
        value: "0",
        data: None,
        contract_method: Method {
            inputs: [
                Input { internal_type: "address", name: "recipient", kind: "address" },
                Input { internal_type: "uint256", name: "amount", kind: "uint256" },
            ],
            name: "transfer",
            payable: false,
        },
        contract_inputs_values: Values {
            recipient: eip55::checksum(&transfer.recipient),
            amount: transfer.amount.wei().to_string(),
        },
    }
}

/// Writes a batch as a Transaction Builder file, ready for import into Safe's app.
///
/// The app then chooses nonce and `MultiSend` contract itself: the safeTxHash it shows is its own. The
/// file is imported again by a model of the app and compared with the batch before it is returned.
///
/// # Errors
/// No lines, a time beyond 2⁵³ ms, or a failed check.
pub fn write(batch: &BuilderBatch<'_>) -> Result<String, WriteError> {
    if batch.transfers.is_empty() {
        return Err(WriteError::Empty);
    }
    if batch.created_at_ms >= 1 << 53 {
        return Err(WriteError::Time { created_at_ms: batch.created_at_ms });
    }
    let mut file = File {
        version: "1.0",
        chain_id: batch.chain_id.to_string(),
        created_at: batch.created_at_ms,
        meta: Meta {
            name: batch.name.to_owned(),
            description: batch.description.to_owned(),
            tx_builder_version: TX_BUILDER_VERSION,
            created_from_safe_address: batch.safe.as_ref().map(eip55::checksum).unwrap_or_default(),
            created_from_owner_address: "",
            checksum: None,
        },
        transactions: batch.transfers.iter().map(|line| transaction(&batch.token, line)).collect(),
    };
    let unsigned = Json::parse(&serde_json::to_string(&file)?).map_err(ReadError::Json)?;
    file.meta.checksum = Some(checksum::compute(&unsigned));
    let text = serde_json::to_string_pretty(&file)?;
    verify(batch, &text)?;
    Ok(text)
}

fn verify(batch: &BuilderBatch<'_>, text: &str) -> Result<(), WriteError> {
    let file = BuilderFile::read(text)?;
    let calls = file.import()?;
    let same = |(call, line): (&super::ImportedCall, &Transfer)| {
        call.to == batch.token
            && call.value.is_zero()
            && call.notes.is_empty()
            && erc20::decode_transfer(&call.data) == Ok(TransferCall::from(line))
    };
    let as_intended = file.checksum.valid
        && file.chain_id == Some(batch.chain_id.into())
        && file.safe == batch.safe
        && calls.len() == batch.transfers.len()
        && calls.iter().zip(batch.transfers).all(same);
    if as_intended { Ok(()) } else { Err(WriteError::Differs) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::erc20::LPT_ARBITRUM;
    use domain::value::Amount;

    fn line(recipient: &str, lpt: &str) -> Transfer {
        Transfer { recipient: eip55::parse(recipient).unwrap(), amount: lpt.parse::<Amount>().unwrap() }
    }

    #[test]
    fn the_file_carries_the_checksum_that_safes_algorithm_gives() {
        let transfers = [
            line("0x000000000000000000000000000000000000dEaD", "20"),
            line("0x0000000000000000000000000000000000000001", "10.5"),
        ];
        let batch = BuilderBatch {
            chain_id: 42161,
            safe: None,
            token: LPT_ARBITRUM,
            transfers: &transfers,
            name: "the name is not covered",
            description: "Batch 1: 2 payouts, 30.5 LPT",
            created_at_ms: 1_735_689_600_000,
        };
        let file = BuilderFile::read(&write(&batch).unwrap()).unwrap();
        let expected = "0xf61fca7e4fafe6299a176469a179b4691c3a48b26973aaef212e014492445c04";
        assert_eq!(file.checksum.stated.as_deref(), Some(expected));
        assert_eq!(file.import().unwrap().len(), 2);
    }

    #[test]
    fn nothing_is_written_without_lines_or_with_an_impossible_time() {
        let mut batch = BuilderBatch {
            chain_id: 1,
            safe: None,
            token: LPT_ARBITRUM,
            transfers: &[],
            name: "",
            description: "",
            created_at_ms: u64::MAX,
        };
        assert!(matches!(write(&batch), Err(WriteError::Empty)));
        let transfers = [line("0x000000000000000000000000000000000000dEaD", "1")];
        batch.transfers = &transfers;
        assert!(matches!(write(&batch), Err(WriteError::Time { .. })));
    }
}
