//! Safe transactions as the vectors write them.

use safe::{Operation, SafeTx};
use serde_json::Value;

use super::{address, bytes, uint};

pub fn safe_tx(tx: &Value) -> SafeTx {
    SafeTx {
        to: address(tx, "to"),
        value: uint(tx, "value"),
        data: bytes(tx, "data"),
        operation: Operation::from(u8::try_from(tx["operation"].as_u64().unwrap()).unwrap()),
        safe_tx_gas: uint(tx, "safeTxGas"),
        base_gas: uint(tx, "baseGas"),
        gas_price: uint(tx, "gasPrice"),
        gas_token: address(tx, "gasToken"),
        refund_receiver: address(tx, "refundReceiver"),
        nonce: uint(tx, "nonce"),
    }
}
