//! The Safe as it stands: the answers of the real contracts, and of those that only look like one.

use std::fs;

use ::safe::eip55::checksum;
use ::safe::reads::{self, AnswerError};
use domain::value::{Address, Count, Seq};
use serde_json::{Value, json};
use server::chain::{ChainError, CodeError, SafeError};

use super::node_at::Reply;
use super::world::{ChainAt, hash};

const CHAIN: u64 = 42161;
const SAFE: Address = Address::from_bytes([0x5a; 20]);
const TOKEN: Address = Address::from_bytes([0x10; 20]);

fn numbered(base: u64, number: u64) -> Address {
    let mut bytes = [0; 20];
    bytes[12..].copy_from_slice(&(base + number).to_be_bytes());
    Address::from_bytes(bytes)
}

fn data(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

fn in_slot(address: &str) -> Value {
    json!(format!("0x{:0>64}", address[2..].to_lowercase()))
}

/// Recorded answers of Safes of each version: see the safe crate.
fn recorded() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../safe/tests/vectors/safe_reads.json");
    let vectors: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    vectors["safes"].as_array().unwrap().clone()
}

fn put(chain: &ChainAt, to: Address, call: &[u8], answer: &Value) {
    chain.world().answers.insert((to.to_string(), data(call)), answer.clone());
}

/// A chain with this Safe on it.
fn chain_with(safe: &Value) -> ChainAt {
    let chain = ChainAt::start();
    let answers = &safe["answers"];
    put(&chain, SAFE, reads::version().data(), &answers["version"]);
    put(&chain, SAFE, reads::owners().data(), &answers["owners"]);
    put(&chain, SAFE, reads::threshold().data(), &answers["threshold"]);
    put(&chain, SAFE, reads::nonce().data(), &answers["nonce"]);
    put(&chain, TOKEN, reads::balance(&SAFE).data(), &answers["balance"]);
    for (after, name) in [(None, "modules"), (Some(70), "modules_after_70"), (Some(20), "modules_after_20")] {
        let after = after.map(|number| numbered(0x11_00d0_0000, number));
        put(&chain, SAFE, reads::modules(after.as_ref()).data(), &answers[name]);
    }
    put(&chain, SAFE, &reads::SINGLETON_SLOT, &in_slot(safe["singleton"].as_str().unwrap()));
    chain
}

#[tokio::test]
async fn a_safe_of_each_version_is_seen_as_it_stands() {
    for recorded in recorded() {
        let chain = chain_with(&recorded);
        let guard = Address::from_bytes([0x6a; 20]);
        put(&chain, SAFE, &reads::GUARD_SLOT, &in_slot(&guard.to_string()));

        let seen = chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await.unwrap();

        assert_eq!(seen.block, chain.block(100));
        assert_eq!(seen.said_version, recorded["version"].as_str().unwrap());
        assert_eq!(seen.version, Ok(seen.said_version.parse().unwrap()));
        assert_eq!(checksum(&seen.singleton), recorded["singleton"].as_str().unwrap());
        assert_eq!(seen.owners, [1, 2, 3].map(|number| numbered(0xa_11ce_0000, number)));
        assert_eq!((seen.threshold, seen.nonce), (Count::new(2), Seq::new(7)));
        assert_eq!(seen.balance.to_string(), "750.000000000000000001");
        let modules: Vec<Address> = (0..120).rev().map(|number| numbered(0x11_00d0_0000, number)).collect();
        assert_eq!((seen.modules, seen.guard), (modules, Some(guard)));
        for asked in chain.asked("eth_call").iter().chain(&chain.asked("eth_getStorageAt")) {
            assert_eq!(asked.as_array().unwrap().last(), Some(&json!("0x64")), "all at one block");
        }
    }
}

#[tokio::test]
async fn two_nodes_must_see_the_same_safe() {
    let (first, second) = (chain_with(&recorded()[1]), chain_with(&recorded()[1]));
    let nodes = first.nodes_beside(&second);
    assert!(nodes.observe(CHAIN, &SAFE, &TOKEN).await.is_ok());

    put(&second, SAFE, reads::threshold().data(), &json!(hash(0, 0, 1)));
    let error = nodes.observe(CHAIN, &SAFE, &TOKEN).await.unwrap_err();
    assert!(matches!(error, SafeError::Chain(ChainError::Differ { .. })), "{error}");
}

#[tokio::test]
async fn a_reorganisation_while_a_safe_is_read_is_an_error() {
    let moved = Err(SafeError::Chain(ChainError::Moved { number: 100 }));
    for method in ["eth_call", "eth_getStorageAt"] {
        let chain = chain_with(&recorded()[0]);
        chain.reorganise_at(method, 100);
        assert_eq!(chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await, moved);
    }
    let chain = chain_with(&recorded()[0]);
    let mut replaced = chain.block(100);
    replaced.hash = chain.block(99).hash;
    assert_eq!(chain.nodes().observe_at(CHAIN, &SAFE, &TOKEN, &replaced).await, moved);
}

#[tokio::test]
async fn unknown_code_is_told_with_what_it_pretends() {
    let chain = chain_with(&recorded()[1]);
    let stranger = Address::from_bytes([0xee; 20]);
    put(&chain, SAFE, &reads::SINGLETON_SLOT, &in_slot(&stranger.to_string()));
    let seen = chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await.unwrap();
    assert_eq!(seen.version, Err(CodeError::Unknown { singleton: stranger, chain: CHAIN }));
    assert_eq!((seen.singleton, seen.nonce), (stranger, Seq::new(7)));
    let told = seen.version.unwrap_err().to_string();
    assert!(told.contains(&checksum(&stranger)), "an address as people read it: {told}");

    // Safe 1.5.0 is on Arbitrum One, and not on its test network.
    let chain = chain_with(&recorded()[2]);
    chain.world().chain = json!("0x66eee");
    let seen = chain.nodes().observe(421_614, &SAFE, &TOKEN).await.unwrap();
    assert!(matches!(seen.version, Err(CodeError::Unknown { chain: 421_614, .. })));

    let chain = chain_with(&recorded()[1]);
    put(&chain, SAFE, reads::version().data(), &recorded()[0]["answers"]["version"]);
    let seen = chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await.unwrap();
    let (said, runs) = ("1.3.0".parse().unwrap(), "1.4.1".parse().unwrap());
    assert_eq!(seen.version, Err(CodeError::OtherVersion { said, runs }));
}

#[tokio::test]
async fn what_is_no_safe_is_told_so() {
    let chain = chain_with(&recorded()[0]);
    let nodes = chain.nodes();
    let reverted = Err(SafeError::Reverted { contract: TOKEN });
    assert_eq!(nodes.observe(CHAIN, &SAFE, &TOKEN).await.map(drop), Ok(()));
    assert_eq!(nodes.observe(CHAIN, &TOKEN, &TOKEN).await, reverted);

    let call = reads::nonce();
    put(&chain, SAFE, call.data(), &json!("0x"));
    let error = AnswerError::Empty { call: "nonce()" };
    assert_eq!(nodes.observe(CHAIN, &SAFE, &TOKEN).await, Err(SafeError::Answer { contract: SAFE, error }));
    put(&chain, SAFE, call.data(), &json!("0x07"));
    let error = AnswerError::Form { call: "nonce()" };
    assert_eq!(nodes.observe(CHAIN, &SAFE, &TOKEN).await, Err(SafeError::Answer { contract: SAFE, error }));

    let chain = chain_with(&recorded()[0]);
    put(&chain, SAFE, &reads::GUARD_SLOT, &json!(format!("0x{}", "ff".repeat(32))));
    let error = AnswerError::Slot;
    let seen = chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await;
    assert_eq!(seen, Err(SafeError::Answer { contract: SAFE, error }));

    let chain = chain_with(&recorded()[0]);
    put(&chain, SAFE, reads::threshold().data(), &json!(hash(0, 0, 4)));
    let error = SafeError::Threshold { safe: SAFE, threshold: 4, owners: 3 };
    assert_eq!(chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await, Err(error));
}

#[tokio::test]
async fn a_list_of_modules_without_an_end_is_not_followed() {
    /// A page of 50 modules from `first` on that says that there are more.
    fn page(first: u64) -> Value {
        let words: Vec<String> = (first..first + 50).map(|number| format!("{number:064x}")).collect();
        let words = words.concat();
        json!(format!("0x{:064x}{:064x}{:064x}{words}", 64, 7, 50))
    }
    let asked_again = Reply::Result(page(100));
    let chain = chain_with(&recorded()[0]);
    let is_modules = |data: &Value| data.as_str().is_some_and(|data| data.starts_with("0xcc2f8452"));
    chain.world().before =
        Box::new(move |asked, _| is_modules(&asked.body["params"][0]["data"]).then(|| asked_again.clone()));
    let seen = chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await;
    assert_eq!(seen, Err(SafeError::Modules { safe: SAFE }));

    let chain = chain_with(&recorded()[0]);
    let mut pages = 0;
    chain.world().before = Box::new(move |asked, _| {
        is_modules(&asked.body["params"][0]["data"]).then(|| {
            pages += 1;
            Reply::Result(page(100 * pages))
        })
    });
    let seen = chain.nodes().observe(CHAIN, &SAFE, &TOKEN).await;
    assert_eq!(seen, Err(SafeError::TooManyModules { safe: SAFE }));
    assert!(chain.asked("eth_call").len() < 30);
}
