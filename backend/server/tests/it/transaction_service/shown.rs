//! What a Safe Transaction Service shows: a transaction in the form of version 2, and lists page by page.

use std::collections::{BTreeSet, HashMap};

use safe::{U256, eip55, hex};
use serde_json::{Value, json};

use super::rules::{Held, Kept, Reply, Service};

/// The most transactions of one page.
const LARGEST_PAGE: usize = 200;
const DATE: &str = "2026-10-05T12:00:00.123456Z";

pub fn confirmation(kept: &Kept) -> Value {
    json!({
        "owner": eip55::checksum(&kept.owner),
        "submissionDate": DATE,
        "transactionHash": null,
        "signature": kept.signature.as_ref().map(|signature| hex::encode(signature)),
        "signatureType": kept.kind,
    })
}

/// A transaction with all its members.
pub fn transaction(held: &Held) -> Value {
    let Held { tx, executed, .. } = held;
    let once_executed = |value: Value| if *executed { value } else { Value::Null };
    let signatures: Vec<u8> =
        held.confirmations.iter().filter_map(|kept| kept.signature.clone()).flatten().collect();
    json!({
        "safe": eip55::checksum(&held.safe),
        "to": eip55::checksum(&tx.to),
        "value": tx.value.to_string(),
        "data": (!tx.data.is_empty()).then(|| hex::encode(&tx.data)),
        "operation": tx.operation.code(),
        "gasToken": eip55::checksum(&tx.gas_token),
        "safeTxGas": tx.safe_tx_gas.to_string(),
        "baseGas": tx.base_gas.to_string(),
        "gasPrice": tx.gas_price.to_string(),
        "refundReceiver": eip55::checksum(&tx.refund_receiver),
        "nonce": tx.nonce.to_string(),
        "executionDate": once_executed(json!(DATE)),
        "submissionDate": DATE,
        "modified": DATE,
        "blockNumber": once_executed(json!(280_000_000)),
        "transactionHash": once_executed(json!(format!("0x{}", "7e".repeat(32)))),
        "safeTxHash": format!("0x{}", held.hash),
        "proposer": eip55::checksum(&held.proposer),
        "proposedByDelegate": held.delegate.as_ref().map(eip55::checksum),
        "executor": once_executed(json!(eip55::checksum(&held.proposer))),
        "isExecuted": executed,
        "isSuccessful": once_executed(json!(true)),
        "ethGasPrice": once_executed(json!("10000000")),
        "maxFeePerGas": null,
        "maxPriorityFeePerGas": null,
        "gasUsed": once_executed(json!(123_456)),
        "fee": once_executed(json!("1234560000000")),
        "payment": once_executed(json!("0")),
        "origin": if held.origin.is_empty() { "{}" } else { &held.origin },
        "dataDecoded": null,
        "confirmationsRequired": 2,
        "confirmations": held.confirmations.iter().map(confirmation).collect::<Vec<_>>(),
        "trusted": held.trusted,
        "signatures": (!signatures.is_empty()).then(|| hex::encode(&signatures)),
    })
}

impl Service {
    pub(super) fn show(&self, path: &str) -> Reply {
        let held = self.held.iter().find(|held| format!("0x{}", held.hash) == path);
        let nothing = || (404, json!({ "detail": "No MultisigTransaction matches the given query." }));
        held.map_or_else(nothing, |held| (200, transaction(held)))
    }

    pub(super) fn list(&self, path: &str, query: &str, host: &str) -> Reply {
        let safe = match self.named(path) {
            Ok(safe) => safe,
            Err(refused) => return refused,
        };
        let asked: HashMap<&str, &str> = query
            .split('&')
            .filter(|part| !part.is_empty())
            .filter_map(|part| part.split_once('='))
            .collect();
        let number =
            |name: &str, fallback: usize| asked.get(name).map_or(fallback, |text| text.parse().unwrap());
        let from = asked.get("nonce__gte").map_or(U256::zero(), |text| U256::from_dec_str(text).unwrap());
        let executed = asked.get("executed").map(|text| *text == "true");
        let mut held: Vec<&Held> =
            self.held.iter().filter(|held| held.safe == safe && held.trusted).collect();
        held.retain(|held| {
            held.tx.nonce >= from && executed.is_none_or(|executed| held.executed == executed)
        });
        match asked.get("ordering") {
            // They are kept in the order in which they came.
            Some(&"nonce,created") => held.sort_by_key(|held| held.tx.nonce),
            _ => held.sort_by_key(|held| std::cmp::Reverse(held.tx.nonce)),
        }
        let (limit, offset) = (number("limit", 100).min(LARGEST_PAGE), number("offset", 0));
        let page: Vec<Value> = held.iter().skip(offset).take(limit).map(|held| transaction(held)).collect();
        let url =
            |offset| format!("http://{host}{}{path}?limit={limit}&offset={offset}", super::service_at::BASE);
        let nonces: BTreeSet<U256> = self.held.iter().map(|held| held.tx.nonce).collect();
        let list = json!({
            "count": held.len(),
            "next": (offset + page.len() < held.len()).then(|| url(offset + limit)),
            "previous": (offset > 0).then(|| url(offset.saturating_sub(limit))),
            "results": page,
            "countUniqueNonce": nonces.len(),
        });
        (200, list)
    }
}
