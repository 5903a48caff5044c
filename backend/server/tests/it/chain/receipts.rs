//! What became of a transaction.

use serde_json::{Value, json};
use server::chain::{ChainError, Fault};

use super::node_at::Reply;
use super::world::{ChainAt, digest, hash};

pub fn receipt(block: u64) -> Value {
    let log = |index: u32| {
        json!({
            "address": "0x289ba1701c2f088cf0faf8b3705246331cb8a839",
            "topics": [hash(0x70, 0, 1)],
            "data": "0x2a",
            "blockNumber": format!("{block:#x}"),
            "blockHash": hash(0xb1, 0, block),
            "transactionHash": hash(0x77, 0, block),
            "logIndex": format!("{index:#x}"),
        })
    };
    json!({
        "transactionHash": hash(0x77, 0, block),
        "blockNumber": format!("{block:#x}"),
        "blockHash": hash(0xb1, 0, block),
        "status": "0x1",
        "logs": [log(4), log(5)],
        "gasUsed": "0x5208",
    })
}

#[tokio::test]
async fn a_receipt_is_kept_byte_for_byte() {
    let chain = ChainAt::start();
    let text = format!("  {}  ", serde_json::to_string_pretty(&receipt(90)).unwrap());
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{text}}}");
    chain.world().before = Box::new(move |_, _| Some(Reply::Body(body.clone())));

    let read = chain.nodes().receipt(&digest(&hash(0x77, 0, 90))).await.unwrap().unwrap();

    assert_eq!(read.json.get(), text.trim());
    assert_eq!((read.block_number, read.block_hash, read.succeeded), (90, digest(&hash(0xb1, 0, 90)), true));
    assert_eq!(read.logs.iter().map(|log| log.index).collect::<Vec<_>>(), [4, 5]);
    assert_eq!(chain.asked("eth_getTransactionReceipt"), [json!([hash(0x77, 0, 90)])]);
}

#[tokio::test]
async fn a_transaction_that_is_in_no_block_has_none() {
    let chain = ChainAt::start();
    assert!(chain.nodes().receipt(&digest(&hash(0x77, 0, 90))).await.unwrap().is_none());
}

#[tokio::test]
async fn a_transaction_that_reverted_says_so() {
    let chain = ChainAt::start();
    let mut reverted = receipt(90);
    reverted["status"] = json!("0x0");
    chain.world().receipts.insert(hash(0x77, 0, 90), reverted);
    let read = chain.nodes().receipt(&digest(&hash(0x77, 0, 90))).await.unwrap().unwrap();
    assert!(!read.succeeded);
}

#[tokio::test]
async fn receipts_that_contradict_themselves_are_none() {
    let with = |pointer: &str, value: Value| {
        let mut receipt = receipt(90);
        *receipt.pointer_mut(pointer).unwrap() = value;
        receipt
    };
    let cases = [
        ("of another transaction", with("/transactionHash", json!(hash(0x77, 0, 91)))),
        ("of no transaction", with("/transactionHash", Value::Null)),
        ("of no block", with("/blockNumber", Value::Null)),
        ("of a block without a hash", with("/blockHash", json!("0x"))),
        ("without a status", with("/status", Value::Null)),
        ("with a status of its own", with("/status", json!("0x2"))),
        ("with a status that is a number", with("/status", json!(1))),
        ("with a log of another transaction", with("/logs/0/transactionHash", json!(hash(0x77, 0, 1)))),
        ("with a log of another block", with("/logs/1/blockHash", json!(hash(0xb1, 1, 90)))),
        ("with a log of another number", with("/logs/1/blockNumber", json!("0x5b"))),
        ("with a log twice", with("/logs/1/logIndex", json!("0x4"))),
        ("without logs", with("/logs", Value::Null)),
        ("that is a text", json!("0x")),
        ("that is a list", json!([])),
    ];
    for (name, receipt) in &cases {
        let chain = ChainAt::start();
        chain.world().receipts.insert(hash(0x77, 0, 90), receipt.clone());
        let error = chain.nodes().receipt(&digest(&hash(0x77, 0, 90))).await.unwrap_err();
        let told = matches!(&error, ChainError::Rpc(error) if matches!(error.fault, Fault::Shape { .. }));
        assert!(told, "{name}: {error}");
    }
    println!("count: receipts that are none {}", cases.len());
}
