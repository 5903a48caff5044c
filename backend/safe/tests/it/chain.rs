//! Receipts made up for the tests, in the JSON of a node.

use domain::value::{Address, Amount, Digest};
use safe::erc20::LPT_ARBITRUM;
use safe::{Receipt, Transfer};
use serde_json::{Value, json};

pub const SAFE: Address = Address::from_bytes([0x5a; 20]);
/// The batch of these tests.
pub const OURS: Digest = Digest::from_bytes([0x11; 32]);
pub const THEIRS: Digest = Digest::from_bytes([0x22; 32]);

pub fn payee(byte: u8) -> Address {
    Address::from_bytes([byte; 20])
}

pub fn line(to: u8, wei: u128) -> Transfer {
    Transfer { recipient: payee(to), amount: Amount::from_wei(wei) }
}

/// A log's contract, topics and data.
#[derive(Clone, Debug)]
pub struct Entry(pub Address, pub Vec<String>, pub String);

fn topic(event: &str) -> String {
    ethers::utils::hex::encode_prefixed(ethers::utils::keccak256(event))
}

fn word(address: &Address) -> String {
    format!("0x{}{}", "00".repeat(12), ethers::utils::hex::encode(address.bytes()))
}

pub fn moved(token: Address, from: Address, to: Address, wei: u128) -> Entry {
    let topics = vec![topic("Transfer(address,address,uint256)"), word(&from), word(&to)];
    Entry(token, topics, format!("0x{wei:064x}"))
}

/// LPT leaves the Safe.
pub fn paid(line: &Transfer) -> Entry {
    moved(LPT_ARBITRUM, SAFE, line.recipient, line.amount.wei())
}

/// What a `SafeL2` logs before it runs a transaction.
pub fn begins(safe: Address) -> Entry {
    let types = "address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes,bytes";
    Entry(safe, vec![topic(&format!("SafeMultiSigTransaction({types})"))], "0x".to_owned())
}

/// What a Safe logs when a transaction ran, as 1.4.1 does.
pub fn ran(safe: Address, hash: Digest, payment: u128) -> Entry {
    let topics = vec![topic("ExecutionSuccess(bytes32,uint256)"), format!("0x{hash}")];
    Entry(safe, topics, format!("0x{payment:064x}"))
}

/// What a Safe logs when the call of a transaction failed, as 1.3.0 does.
pub fn failed(safe: Address, hash: Digest, payment: u128) -> Entry {
    Entry(safe, vec![topic("ExecutionFailure(bytes32,uint256)")], format!("0x{hash}{payment:064x}"))
}

/// A receipt with these logs; their indexes begin at 7.
pub fn json_of(entries: &[Entry]) -> Value {
    let (tx, block) = (format!("0x{}", Digest::ZERO), format!("0x{OURS}"));
    let log = |(index, Entry(address, topics, data)): (usize, &Entry)| {
        json!({
            "address": address.to_string(), "topics": topics, "data": data, "logIndex": format!("{:#x}", index + 7),
            "transactionHash": tx, "blockHash": block, "blockNumber": "0x2b", "removed": false,
        })
    };
    json!({
        "transactionHash": tx, "blockHash": block, "blockNumber": "0x2b", "status": "0x1", "l1BlockNumber": "0x1",
        "logs": entries.iter().enumerate().map(log).collect::<Vec<_>>(),
    })
}

pub fn receipt(entries: &[Entry]) -> Receipt {
    Receipt::read(&json_of(entries)).unwrap()
}
