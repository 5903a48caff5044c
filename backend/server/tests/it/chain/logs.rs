//! Logs over many blocks, from nodes that do not like to be asked for many.

use domain::value::Address;
use serde_json::{Value, json};
use server::chain::{ChainError, Fault, LogFilter, Logs};

use super::node_at::Reply;
use super::world::{ChainAt, digest, hash};

const SAFE: Address = Address::from_bytes([0x5a; 20]);

fn filter() -> LogFilter {
    let either = vec![digest(&hash(0x70, 0, 1)), digest(&hash(0x70, 0, 2))];
    LogFilter { address: SAFE, topics: vec![either, Vec::new(), vec![digest(&hash(0x70, 0, 3))]] }
}

fn log(block: u64, index: u32) -> Value {
    json!({
        "address": SAFE,
        "topics": [hash(0x70, 0, 2), hash(0x70, 0, 9), hash(0x70, 0, 3)],
        "data": format!("0x{index:08x}"),
        "blockNumber": format!("{block:#x}"),
        "blockHash": hash(0xb1, 0, block),
        "transactionHash": hash(0x77, 0, block),
        "transactionIndex": "0x0",
        "logIndex": format!("{index:#x}"),
        "removed": false,
    })
}

fn places(read: &Logs) -> Vec<(u64, u32)> {
    read.logs.iter().map(|log| (log.block_number, log.index)).collect()
}

/// The blocks that were asked for, from and to.
fn ranges(chain: &ChainAt) -> Vec<(u64, u64)> {
    let number = |text: &Value| u64::from_str_radix(&text.as_str().unwrap()[2..], 16).unwrap();
    let asked = chain.asked("eth_getLogs");
    asked.iter().map(|asked| (number(&asked[0]["fromBlock"]), number(&asked[0]["toBlock"]))).collect()
}

#[tokio::test]
async fn logs_are_asked_for_by_contract_and_topics() {
    let chain = ChainAt::start();
    chain.world().logs = vec![log(3, 0), log(4, 7), log(4, 8), log(101, 0)];

    let read = chain.nodes().logs(&filter(), 4, &chain.block(100)).await.unwrap();

    assert_eq!((places(&read), read.through), (vec![(4, 7), (4, 8)], 100));
    assert_eq!(read.logs[1].data, [0, 0, 0, 8]);
    assert_eq!(read.logs[1].transaction, digest(&hash(0x77, 0, 4)));
    assert_eq!(read.logs[1].topics.len(), 3);
    let either = [hash(0x70, 0, 1), hash(0x70, 0, 2)];
    let topics = json!([either, null, [hash(0x70, 0, 3)]]);
    let asked = json!([{ "address": SAFE, "topics": topics, "fromBlock": "0x4", "toBlock": "0x64" }]);
    assert_eq!(chain.asked("eth_getLogs"), [asked]);
}

#[tokio::test]
async fn many_blocks_are_asked_for_in_parts() {
    let chain = ChainAt::start();
    chain.world().latest = 30_000;
    chain.world().logs = vec![log(0, 0), log(9_999, 1), log(10_000, 2), log(25_000, 3)];

    let read = chain.nodes().logs(&filter(), 0, &chain.block(25_000)).await.unwrap();

    assert_eq!((read.logs.len(), read.through), (4, 25_000));
    assert_eq!(ranges(&chain), [(0, 9_999), (10_000, 19_999), (20_000, 25_000)]);
    let nothing = chain.nodes().logs(&filter(), 101, &chain.block(100)).await.unwrap();
    assert_eq!(nothing, Logs { logs: Vec::new(), through: 100 });
}

#[tokio::test]
async fn a_node_that_refuses_a_range_is_asked_for_half_of_it() {
    let chain = ChainAt::start();
    chain.world().widest = 30;
    chain.world().logs = (0..=120).map(|block| log(block, 0)).collect();

    let read = chain.nodes().logs(&filter(), 1, &chain.block(100)).await.unwrap();

    assert_eq!(places(&read), (1..=100).map(|block| (block, 0)).collect::<Vec<_>>());
    assert_eq!(ranges(&chain), [(1, 100), (1, 50), (1, 25), (26, 50), (51, 75), (76, 100)]);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_in_halves() {
    for huge in [Reply::Endless, Reply::Bytes(super::node_at::http("413 Content Too Large", "", ""))] {
        let chain = ChainAt::start();
        chain.world().logs = vec![log(10, 0), log(90, 0)];
        chain.world().before = Box::new(move |asked, _| {
            let whole = asked.method() == "eth_getLogs" && asked.body["params"][0]["toBlock"] == "0x64";
            (whole && asked.body["params"][0]["fromBlock"] == "0x0").then(|| huge.clone())
        });
        let read = chain.nodes().logs(&filter(), 0, &chain.block(100)).await.unwrap();
        assert_eq!(places(&read), [(10, 0), (90, 0)]);
        assert_eq!(ranges(&chain), [(0, 100), (0, 49), (50, 99), (100, 100)]);
    }
}

#[tokio::test]
async fn what_is_refused_for_one_block_is_an_error() {
    let chain = ChainAt::start();
    chain.world().widest = 0;
    let error = chain.nodes().logs(&filter(), 1, &chain.block(100)).await.unwrap_err();
    assert!(
        matches!(&error, ChainError::Rpc(error) if matches!(error.fault, Fault::Refused { .. })),
        "{error}"
    );
    assert_eq!(ranges(&chain), [(1, 100), (1, 50), (1, 25), (1, 12), (1, 6), (1, 3), (1, 1)]);
}

#[tokio::test]
async fn what_is_wrong_with_the_node_is_not_asked_again_for_fewer_blocks() {
    for reply in [
        Reply::Error(-32601, "the method does not exist"),
        Reply::Body("<html>".to_owned()),
        Reply::Bytes(super::node_at::http("403 Forbidden", "", "")),
        Reply::Result(json!({})),
    ] {
        let chain = ChainAt::start();
        chain.world().before =
            Box::new(move |asked, _| (asked.method() == "eth_getLogs").then(|| reply.clone()));
        assert!(chain.nodes().logs(&filter(), 1, &chain.block(100)).await.is_err());
        assert_eq!(ranges(&chain), [(1, 100)]);
    }
}

#[tokio::test]
async fn a_reading_ends_early_where_there_is_much() {
    let chain = ChainAt::start();
    chain.world().widest = 10;
    let many = |block: u64| (0..400).map(move |index| log(block, index));
    chain.world().logs = (0..=100).flat_map(many).collect();
    let client = chain
        .node
        .client_within(server::chain::Limits { answer_bytes: 10_000_000, ..super::node_at::patient() });
    let nodes = server::chain::Nodes::new(client, None, server::chain::Confirmations::Finalized);

    let read = nodes.logs(&filter(), 0, &chain.block(100)).await.unwrap();

    assert_eq!(read.logs.len(), 400 * usize::try_from(read.through + 1).unwrap());
    assert!(read.logs.len() >= 10_000 && read.through < 40, "{}", read.through);
    let rest = nodes.logs(&filter(), read.through + 1, &chain.block(40)).await.unwrap();
    assert_eq!((places(&rest)[0], rest.through), ((read.through + 1, 0), 40));
}

#[tokio::test]
async fn logs_that_were_not_asked_for_are_none() {
    let with = |name: &str, value: Value| {
        let mut log = log(50, 1);
        log[name] = value;
        log
    };
    let cases = [
        ("another contract", vec![with("address", json!(Address::ZERO))]),
        ("another topic", vec![with("topics", json!([hash(0x70, 0, 4), hash(0, 0, 0), hash(0x70, 0, 3)]))]),
        ("too few topics", vec![with("topics", json!([hash(0x70, 0, 1)]))]),
        ("a block after the last", vec![log(101, 0)]),
        ("a block before the first", vec![log(0, 0)]),
        ("a block that is gone", vec![with("removed", json!(true))]),
        ("a block that is to come", vec![with("blockNumber", Value::Null)]),
        ("out of order", vec![log(50, 2), log(50, 1)]),
        ("twice", vec![log(50, 2), log(50, 2)]),
        ("two blocks of a number", vec![with("blockHash", json!(hash(0xb1, 1, 50))), log(50, 2)]),
        ("a place that is none", vec![with("logIndex", json!("0x100000000"))]),
        ("half a byte", vec![with("data", json!("0x0"))]),
        ("a hash that is none", vec![with("transactionHash", json!("0x77"))]),
        ("no topics", vec![with("topics", Value::Null)]),
        ("no log", vec![Value::Null]),
    ];
    for (name, logs) in &cases {
        let (chain, reply) = (ChainAt::start(), Reply::Result(json!(logs)));
        chain.world().before =
            Box::new(move |asked, _| (asked.method() == "eth_getLogs").then(|| reply.clone()));
        let error = chain.nodes().logs(&filter(), 1, &chain.block(100)).await.unwrap_err();
        let told = matches!(&error, ChainError::Rpc(error) if matches!(error.fault, Fault::Shape { .. }));
        assert!(told, "{name}: {error}");
    }
    println!("count: lists of logs that are none {}", cases.len());
}

#[tokio::test]
async fn a_reorganisation_while_logs_are_read_is_an_error() {
    let chain = ChainAt::start();
    chain.world().logs = vec![log(3, 0)];
    let block = chain.block(100);
    chain.reorganise_at("eth_getLogs", 50);
    let error = chain.nodes().logs(&filter(), 1, &block).await.unwrap_err();
    assert_eq!(error, ChainError::Moved { number: 100 });
}
