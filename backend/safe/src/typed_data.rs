//! A Safe transaction as the JSON that `eth_signTypedData_v4` takes (EIP-712).

use serde::Serialize;

use crate::safe_tx::{SafeAccount, SafeTx};
use crate::{eip55, hex};

/// The JSON a wallet signs; serialise it with serde.
///
/// Fields stand in the order of the hashed type; `uint256` values are decimal strings, because
/// JavaScript numbers lose digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TypedData {
    types: Types,
    primary_type: &'static str,
    domain: Domain,
    message: Message,
}

/// A member of a hashed type: its name and its Solidity type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Types {
    #[serde(rename = "EIP712Domain")]
    domain: Vec<Field>,
    #[serde(rename = "SafeTx")]
    safe_tx: [Field; 10],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_id: Option<u64>,
    verifying_contract: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    to: String,
    value: String,
    data: String,
    operation: u8,
    safe_tx_gas: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    base_gas: Option<String>,
    /// What `baseGas` was called before 1.0.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_gas: Option<String>,
    gas_price: String,
    gas_token: String,
    refund_receiver: String,
    nonce: String,
}

/// The members of `EIP712Domain`, with or without the chain id.
pub(crate) fn domain_fields(with_chain_id: bool) -> Vec<Field> {
    let chain_id = Field { name: "chainId", kind: "uint256" };
    let safe = Field { name: "verifyingContract", kind: "address" };
    if with_chain_id { vec![chain_id, safe] } else { vec![safe] }
}

/// The members of `SafeTx`; the sixth has two names in history.
pub(crate) fn safe_tx_fields(base_gas_name: &'static str) -> [Field; 10] {
    [
        Field { name: "to", kind: "address" },
        Field { name: "value", kind: "uint256" },
        Field { name: "data", kind: "bytes" },
        Field { name: "operation", kind: "uint8" },
        Field { name: "safeTxGas", kind: "uint256" },
        Field { name: base_gas_name, kind: "uint256" },
        Field { name: "gasPrice", kind: "uint256" },
        Field { name: "gasToken", kind: "address" },
        Field { name: "refundReceiver", kind: "address" },
        Field { name: "nonce", kind: "uint256" },
    ]
}

/// The typed data of a transaction of this Safe; its EIP-712 hash is the safeTxHash.
pub fn typed_data(safe: &SafeAccount, tx: &SafeTx) -> TypedData {
    let base_gas_name = safe.version.base_gas_name();
    let base_gas = Some(tx.base_gas.to_string());
    let (base_gas, data_gas) = if base_gas_name == "baseGas" { (base_gas, None) } else { (None, base_gas) };
    TypedData {
        types: Types {
            domain: domain_fields(safe.version.binds_chain_id()),
            safe_tx: safe_tx_fields(base_gas_name),
        },
        primary_type: "SafeTx",
        domain: Domain {
            chain_id: safe.version.binds_chain_id().then_some(safe.chain_id),
            verifying_contract: eip55::checksum(&safe.address),
        },
        message: Message {
            to: eip55::checksum(&tx.to),
            value: tx.value.to_string(),
            data: hex::encode(&tx.data),
            operation: tx.operation.code(),
            safe_tx_gas: tx.safe_tx_gas.to_string(),
            base_gas,
            data_gas,
            gas_price: tx.gas_price.to_string(),
            gas_token: eip55::checksum(&tx.gas_token),
            refund_receiver: eip55::checksum(&tx.refund_receiver),
            nonce: tx.nonce.to_string(),
        },
    }
}
