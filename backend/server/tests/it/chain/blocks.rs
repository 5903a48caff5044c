//! Which block is trusted, what is read at a block, and what becomes of it when the chain is reorganised.

use domain::value::Address;
use serde_json::{Value, json};
use server::chain::{ChainError, Confirmations, Fault, Nodes};

use super::node_at::Reply;
use super::world::{ChainAt, digest, hash};

const CHAIN: u64 = 42161;
const CONTRACT: Address = Address::from_bytes([0xc0; 20]);

fn is_shape(error: &ChainError) -> bool {
    matches!(error, ChainError::Rpc(error) if matches!(error.fault, Fault::Shape { .. }))
}

#[tokio::test]
async fn the_trusted_block_is_final_or_so_many_blocks_old() {
    for (confirmations, number) in
        [("finalized", 100), ("0", 120), ("1", 119), ("20", 100), ("120", 0), ("121", 0), ("10000", 0)]
    {
        let chain = ChainAt::start();
        let nodes = Nodes::new(chain.node.client(), None, confirmations.parse().unwrap());
        assert_eq!(nodes.trusted(CHAIN).await, Ok(chain.block(number)), "{confirmations}");
    }
    let chain = ChainAt::start();
    let block = chain.nodes().trusted(CHAIN).await.unwrap();
    assert_eq!(
        (block.number, block.hash, block.parent),
        (100, digest(&hash(0xb1, 0, 100)), digest(&hash(0xb1, 0, 99)))
    );
    assert_eq!(block.time.to_string(), "2023-11-14T22:15:00.000000Z");
}

#[test]
fn confirmations_are_finalized_or_up_to_10000_blocks() {
    for (text, confirmations) in [
        ("finalized", Confirmations::Finalized),
        ("0", Confirmations::Blocks(0)),
        ("10000", Confirmations::Blocks(10_000)),
    ] {
        assert_eq!(text.parse(), Ok(confirmations));
        assert_eq!(confirmations.to_string(), text);
    }
    for text in ["", "latest", "Finalized", "10001", "65536", "-1", "+1", " 1", "1.5"] {
        assert!(text.parse::<Confirmations>().is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn a_node_of_another_chain_is_not_read() {
    let chain = ChainAt::start();
    chain.world().chain = json!("0x1");
    let error = chain.nodes().trusted(CHAIN).await.unwrap_err();
    let node = "http://127.0.0.1".to_owned();
    assert_eq!(error, ChainError::OtherChain { node, found: 1, wanted: CHAIN });
    assert_eq!(chain.nodes().chain_id().await, Ok(1));
    assert!(chain.asked("eth_getBlockByNumber").is_empty());
}

#[tokio::test]
async fn a_node_that_knows_no_final_block_says_so() {
    let chain = ChainAt::start();
    chain.world().finalized = 1000;
    let error = chain.nodes().trusted(CHAIN).await.unwrap_err();
    assert!(matches!(&error, ChainError::NoBlock { block, .. } if block == "finalized"), "{error}");
    let error = chain.nodes().block_at(121).await.unwrap_err();
    assert!(matches!(&error, ChainError::NoBlock { block, .. } if block == "121"), "{error}");
    assert_eq!(chain.nodes().block_of(&digest(&hash(0xb1, 1, 7))).await, Ok(None));
    assert_eq!(chain.nodes().block_of(&digest(&hash(0xb1, 0, 7))).await, Ok(Some(chain.block(7))));
}

#[tokio::test]
async fn a_block_that_is_not_the_one_that_was_asked_for_is_none() {
    let chain = ChainAt::start();
    let good = chain.world().block(7);
    let with = |name: &str, value: Value| {
        let mut block = good.clone();
        block[name] = value;
        block
    };
    let answers = [
        json!([]),
        json!("0x7"),
        json!({}),
        with("number", json!("0x8")),
        with("number", json!(7)),
        with("number", Value::Null),
        with("number", json!("0x07")),
        with("hash", Value::Null),
        with("hash", json!("0x07")),
        with("hash", json!(7)),
        with("parentHash", json!(hash(0, 0, 0)[2..])),
        with("timestamp", json!("0xffffffffffffffff")),
        with("timestamp", json!("now")),
    ];
    for answer in &answers {
        let reply = answer.clone();
        chain.world().before = Box::new(move |_, _| Some(Reply::Result(reply.clone())));
        let error = chain.nodes().block_at(7).await.unwrap_err();
        assert!(is_shape(&error), "{answer}: {error}");
    }
    println!("count: blocks that are none {}", answers.len());

    let other = chain.world().block(8);
    chain.world().before = Box::new(move |_, _| Some(Reply::Result(other.clone())));
    let error = chain.nodes().block_of(&digest(&hash(0xb1, 0, 7))).await.unwrap_err();
    assert!(is_shape(&error), "{error}");
}

#[tokio::test]
async fn contracts_are_read_at_the_block_that_is_named() {
    let chain = ChainAt::start();
    let slot = [7; 32];
    let (contract, slot_text) = (CONTRACT.to_string(), format!("0x{}", "07".repeat(32)));
    chain.world().answers.extend([
        ((contract.clone(), "0xaffed0e0".to_owned()), json!("0x0001fF")),
        ((contract.clone(), slot_text.clone()), json!(hash(1, 2, 3))),
        ((contract.clone(), "code".to_owned()), json!("0x6080")),
    ]);
    let (nodes, block) = (chain.nodes(), chain.block(100));

    assert_eq!(nodes.call(&CONTRACT, &[0xaf, 0xfe, 0xd0, 0xe0], &block).await.unwrap(), [0, 1, 255]);
    assert_eq!(nodes.storage(&CONTRACT, &slot, &block).await.unwrap(), *digest(&hash(1, 2, 3)).bytes());
    assert_eq!(nodes.code(&CONTRACT, &block).await.unwrap(), [0x60, 0x80]);
    assert_eq!(nodes.code(&Address::ZERO, &block).await, Ok(Vec::new()));

    let call = json!({ "to": contract, "data": "0xaffed0e0" });
    assert_eq!(chain.asked("eth_call"), [json!([call, "0x64"])]);
    assert_eq!(chain.asked("eth_getStorageAt"), [json!([contract, slot_text, "0x64"])]);
    assert_eq!(chain.asked("eth_getCode")[0], json!([contract, "0x64"]));
    assert_eq!(chain.asked("eth_getBlockByNumber").len(), 8, "before and after each");
}

#[tokio::test]
async fn a_call_that_reverts_is_told_apart() {
    let chain = ChainAt::start();
    let error = chain.nodes().call(&CONTRACT, &[1], &chain.block(100)).await.unwrap_err();
    let ChainError::Rpc(error) = error else { panic!("{error}") };
    assert!(error.fault.is_revert(), "{error}");
    for reply in [Reply::Error(-32000, "header not found"), Reply::Result(json!("0x123"))] {
        chain.world().before =
            Box::new(move |asked, _| (asked.method() == "eth_call").then(|| reply.clone()));
        let error = chain.nodes().call(&CONTRACT, &[1], &chain.block(100)).await.unwrap_err();
        assert!(matches!(&error, ChainError::Rpc(error) if !error.fault.is_revert()), "{error}");
    }
}

#[tokio::test]
async fn words_of_storage_have_32_bytes() {
    for word in ["0x", "0x0", "0x01", &hash(0, 0, 0)[..64], &format!("{}00", hash(0, 0, 0))] {
        let (chain, reply) = (ChainAt::start(), Reply::Result(json!(word)));
        chain.world().before =
            Box::new(move |asked, _| (asked.method() == "eth_getStorageAt").then(|| reply.clone()));
        let error = chain.nodes().storage(&CONTRACT, &[0; 32], &chain.block(100)).await.unwrap_err();
        assert!(is_shape(&error), "{word}: {error}");
    }
}

#[tokio::test]
async fn a_reorganisation_between_two_reads_is_an_error() {
    let block = ChainAt::start().block(100);
    let moved = ChainError::Moved { number: 100 };

    let before = ChainAt::start();
    before.world().forked_at = 99;
    assert_eq!(before.nodes().still_at(&block).await, Err(moved.clone()));
    assert_eq!(before.nodes().code(&CONTRACT, &block).await, Err(moved.clone()));
    assert!(before.asked("eth_getCode").is_empty(), "not even asked");

    for (method, forked_at) in [("eth_getCode", 100), ("eth_getCode", 3)] {
        let during = ChainAt::start();
        during.reorganise_at(method, forked_at);
        assert_eq!(during.nodes().code(&CONTRACT, &block).await, Err(moved.clone()));
    }
    let during = ChainAt::start();
    during.reorganise_at("eth_getStorageAt", 100);
    assert_eq!(during.nodes().storage(&CONTRACT, &[0; 32], &block).await, Err(moved.clone()));
    let during = ChainAt::start();
    during.reorganise_at("eth_call", 100);
    let key = (CONTRACT.to_string(), "0x01".to_owned());
    during.world().answers.insert(key, json!("0x"));
    assert_eq!(during.nodes().call(&CONTRACT, &[1], &block).await, Err(moved));

    let later = ChainAt::start();
    later.reorganise_at("eth_getCode", 101);
    assert_eq!(later.nodes().code(&CONTRACT, &block).await, Ok(Vec::new()), "blocks after it do not matter");
}

/// What runs in the background runs on any thread.
#[test]
fn reading_can_be_moved_between_threads() {
    fn moves<T: Send>(_: T) {}
    let nodes = ChainAt::start().nodes();
    let block = ChainAt::start().block(1);
    let filter = server::chain::LogFilter { address: CONTRACT, topics: Vec::new() };
    moves(nodes.trusted(1));
    moves(nodes.logs(&filter, 0, &block));
    moves(nodes.receipt(&block.hash));
    moves(nodes.call(&CONTRACT, &[], &block));
    moves(nodes.observe(1, &CONTRACT, &CONTRACT));
}
