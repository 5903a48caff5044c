//! Two nodes that must tell the same.

use domain::value::Address;
use serde_json::{Value, json};
use server::chain::{ChainError, LogFilter};

use super::node_at::Reply;
use super::receipts::receipt;
use super::world::{ChainAt, digest, hash};

const CHAIN: u64 = 42161;
const CONTRACT: Address = Address::from_bytes([0xc0; 20]);

fn both() -> (ChainAt, ChainAt) {
    (ChainAt::start(), ChainAt::start())
}

/// What the nodes differ in.
fn differ<T: std::fmt::Debug>(answer: Result<T, ChainError>) -> String {
    match answer {
        Err(error @ ChainError::Differ { .. }) => {
            let told = error.to_string();
            assert!(told.starts_with("the nodes http://127.0.0.1 and http://127.0.0.1 "), "{told}");
            assert!(!told.contains("s3cret"), "{told}");
            told
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_older_of_two_trusted_blocks_is_trusted() {
    let (first, second) = both();
    second.world().finalized = 90;
    assert_eq!(first.nodes_beside(&second).trusted(CHAIN).await, Ok(first.block(90)));
    assert_eq!(second.nodes_beside(&first).trusted(CHAIN).await, Ok(first.block(90)));
}

#[tokio::test]
async fn two_nodes_that_agree_are_read_as_one() {
    let (first, second) = both();
    let key = (CONTRACT.to_string(), "0x01".to_owned());
    for chain in [&first, &second] {
        chain.world().answers.insert(key.clone(), json!("0x2a"));
        chain.world().receipts.insert(hash(0x77, 0, 90), receipt(90));
    }
    // Each kind of node adds something of its own.
    second.world().receipts.get_mut(&hash(0x77, 0, 90)).unwrap()["l1Fee"] = json!("0x1");
    let nodes = first.nodes_beside(&second);
    let block = nodes.trusted(CHAIN).await.unwrap();
    assert_eq!(nodes.call(&CONTRACT, &[1], &block).await.unwrap(), [42]);
    let read = nodes.receipt(&digest(&hash(0x77, 0, 90))).await.unwrap().unwrap();
    assert!(!read.json.get().contains("l1Fee"), "the first node's words are kept");
    assert_eq!(second.asked("eth_call").len(), 1);
}

#[tokio::test]
async fn blocks_that_differ_are_named() {
    let (first, second) = both();
    second.world().forked_at = 95;
    let nodes = first.nodes_beside(&second);
    assert!(differ(nodes.trusted(CHAIN).await).contains("block 100"));
    assert!(differ(nodes.block_of(&first.block(100).hash).await).contains("block 0xb1"));
    assert!(differ(nodes.code(&CONTRACT, &first.block(100)).await).contains("block 100"));
    second.world().finalized = 94;
    assert_eq!(nodes.trusted(CHAIN).await, Ok(first.block(94)));
}

#[tokio::test]
async fn every_answer_that_differs_is_named() {
    let (first, second) = both();
    let (contract, slot) = (CONTRACT.to_string(), hash(0, 0, 7));
    let topics = [hash(0x70, 0, 1)];
    for (chain, value) in [(&first, 1), (&second, 2)] {
        let mut world = chain.world();
        world.answers.insert((contract.clone(), "0x01".to_owned()), json!(hash(0, 0, value)));
        world.answers.insert((contract.clone(), slot.clone()), json!(hash(0, 0, value)));
        world.answers.insert((contract.clone(), "code".to_owned()), json!(hash(0, 0, value)));
        world.logs = vec![json!({
            "address": CONTRACT, "topics": topics, "data": hash(0, 0, value), "blockNumber": "0x5",
            "blockHash": hash(0xb1, 0, 5), "transactionHash": hash(0x77, 0, 5), "logIndex": "0x0",
        })];
    }
    let (nodes, block) = (first.nodes_beside(&second), first.block(100));

    let filter = LogFilter { address: CONTRACT, topics: Vec::new() };
    let told = [
        differ(nodes.call(&CONTRACT, &[1], &block).await),
        differ(nodes.storage(&CONTRACT, digest(&slot).bytes(), &block).await),
        differ(nodes.code(&CONTRACT, &block).await),
        differ(nodes.logs(&filter, 1, &block).await),
    ];
    let c = &contract;
    for (told, what) in told.iter().zip([
        format!("a call of {c} at block 100"),
        format!("the storage of {c} at block 100"),
        format!("the code of {c} at block 100"),
        format!("the logs of {c} from block 1 to 100"),
    ]) {
        assert!(told.contains(&what), "{told}");
    }
    second.world().chain = json!("0x1");
    assert!(differ(nodes.chain_id().await).contains("chain"));
    assert!(matches!(nodes.trusted(CHAIN).await, Err(ChainError::OtherChain { found: 1, .. })));
}

#[tokio::test]
async fn a_log_that_only_one_node_has_is_noticed() {
    let (first, second) = both();
    second.world().logs = vec![json!({
        "address": CONTRACT, "topics": [], "data": "0x", "blockNumber": "0x5",
        "blockHash": hash(0xb1, 0, 5), "transactionHash": hash(0x77, 0, 5), "logIndex": "0x0",
    })];
    let filter = LogFilter { address: CONTRACT, topics: Vec::new() };
    let nodes = first.nodes_beside(&second);
    differ(nodes.logs(&filter, 1, &first.block(100)).await);
}

#[tokio::test]
async fn logs_are_asked_for_as_the_pickier_node_wants_it() {
    let (first, second) = both();
    second.world().widest = 50;
    let filter = LogFilter { address: CONTRACT, topics: Vec::new() };
    let read = first.nodes_beside(&second).logs(&filter, 1, &first.block(100)).await.unwrap();
    assert_eq!(read.through, 100);
    let ranges = |chain: &ChainAt| {
        let asked = chain.asked("eth_getLogs").into_iter();
        let ends =
            |asked: Value| ["fromBlock", "toBlock"].map(|end| asked[0][end].as_str().unwrap().to_owned());
        asked.map(ends).collect::<Vec<_>>()
    };
    let [whole, halves @ ..] = [["0x1", "0x64"], ["0x1", "0x32"], ["0x33", "0x64"]];
    assert_eq!(ranges(&second), [[whole].as_slice(), &halves].concat());
    // Where the one refuses first, the other may not have been asked for the whole.
    let of_first: Vec<_> = ranges(&first).into_iter().filter(|range| *range != whole).collect();
    assert_eq!(of_first, halves);
}

#[tokio::test]
async fn receipts_that_differ_are_named() {
    let changes: [(&str, Value); 6] = [
        ("/status", json!("0x0")),
        ("/blockNumber", json!("0x5b")),
        ("/blockHash", json!(hash(0xb1, 1, 90))),
        ("/logs/0/data", json!("0x2b")),
        ("/logs/0/topics", json!([hash(0x70, 0, 2)])),
        ("/logs/1/logIndex", json!("0x6")),
    ];
    for (pointer, value) in changes {
        let (first, second) = both();
        let mut other = receipt(90);
        *other.pointer_mut(pointer).unwrap() = value.clone();
        // A log tells its block as well.
        for log in other["logs"].as_array_mut().unwrap() {
            if let name @ ("blockNumber" | "blockHash") = &pointer[1..] {
                log[name] = value.clone();
            }
        }
        first.world().receipts.insert(hash(0x77, 0, 90), receipt(90));
        second.world().receipts.insert(hash(0x77, 0, 90), other);
        let transaction = digest(&hash(0x77, 0, 90));
        let told = differ(first.nodes_beside(&second).receipt(&transaction).await);
        assert!(told.contains(&format!("the receipt of transaction 0x{transaction}")), "{told}");
    }
    let (first, second) = both();
    first.world().receipts.insert(hash(0x77, 0, 90), receipt(90));
    differ(first.nodes_beside(&second).receipt(&digest(&hash(0x77, 0, 90))).await);
    differ(second.nodes_beside(&first).receipt(&digest(&hash(0x77, 0, 90))).await);
}

#[tokio::test]
async fn a_second_node_that_fails_fails_the_reading() {
    let (first, second) = both();
    second.world().before = Box::new(|asked, _| {
        (asked.method() == "eth_getCode").then_some(Reply::Error(-32000, "missing trie node"))
    });
    let nodes = first.nodes_beside(&second);
    let error = nodes.code(&CONTRACT, &first.block(100)).await.unwrap_err();
    assert!(error.to_string().contains("missing trie node"), "{error}");
    drop(second);
    assert!(matches!(nodes.trusted(CHAIN).await, Err(ChainError::Rpc(_))));
}

#[tokio::test]
async fn a_reorganisation_that_one_node_has_seen_is_no_mixture() {
    let (first, second) = both();
    let (nodes, block) = (first.nodes_beside(&second), first.block(100));
    second.reorganise_at("eth_getCode", 99);
    assert!(differ(nodes.code(&CONTRACT, &block).await).contains("block 100"));
    first.world().forked_at = 99;
    assert_eq!(nodes.code(&CONTRACT, &block).await, Err(ChainError::Moved { number: 100 }));
}

#[tokio::test]
async fn a_reorganisation_while_the_older_block_is_chosen_is_an_error() {
    let (first, second) = both();
    for chain in [&first, &second] {
        let mut heads = 0;
        chain.world().before = Box::new(move |asked, held| {
            heads += u32::from(asked.method() == "eth_getBlockByNumber");
            if heads == 2 {
                held.forked_at = 100;
            }
            None
        });
    }
    let trusted = first.nodes_beside(&second).trusted(CHAIN).await;
    assert_eq!(trusted, Err(ChainError::Moved { number: 100 }));
}
