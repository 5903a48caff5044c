//! The hashes owners sign, against vectors of two other implementations and the library's own EIP-712.

use crate::common::{address, all_hold, list, safe_tx, text, vectors};
use domain::value::{Address, Amount, Digest, Seq};
use ethers::types::transaction::eip712::{Eip712, TypedData};
use proptest::prelude::*;
use safe::erc20::LPT_ARBITRUM;
use safe::{Operation, SafeAccount, SafeTx, SafeVersion, Transfer, U256, payout_tx, typed_data};
use serde_json::Value;

fn shown(digest: Digest) -> String {
    format!("0x{digest}")
}

fn check(case: &Value) {
    let account = SafeAccount {
        chain_id: case["chain_id"].as_u64().unwrap(),
        address: address(case, "safe"),
        version: text(case, "version").parse().unwrap(),
    };
    let tx = safe_tx(&case["tx"]);
    let hashes = tx.hashes(&account);
    assert_eq!(shown(hashes.domain), text(case, "domain_hash"), "{case}");
    assert_eq!(shown(hashes.message), text(case, "message_hash"), "{case}");
    assert_eq!(shown(hashes.safe_tx), text(case, "safe_tx_hash"), "{case}");
    if let Some(preimage) = case["preimage"].as_str() {
        assert_eq!(ethers::utils::hex::encode_prefixed(tx.preimage(&account)), preimage);
    }
    assert_eq!(typed_data_hash(&account, &tx), hashes.safe_tx, "{case}");
}

/// The hash a wallet would make of our typed data.
fn typed_data_hash(account: &SafeAccount, tx: &SafeTx) -> Digest {
    let json = serde_json::to_string(&typed_data(account, tx)).unwrap();
    let typed: TypedData = serde_json::from_str(&json).unwrap();
    Digest::from_bytes(typed.encode_eip712().unwrap())
}

#[test]
fn every_version_hashes_as_its_contract_does() {
    let file = vectors("safe_tx_hashes.json");
    for (key, set) in [
        ("vectors", "safe_tx_hashes"),
        ("legacy_0_1_0", "safe_tx_hashes 0.1.0"),
        ("published_third_party", "safe_tx_hashes published"),
    ] {
        let cases = list(&file, key);
        let mut held = 0;
        for case in cases {
            check(case);
            held += 1;
        }
        all_hold(set, held, cases.len());
    }
}

fn line(line: &Value) -> Transfer {
    let wei = text(line, "amount_wei").parse().unwrap();
    Transfer { recipient: address(line, "to"), amount: Amount::from_wei(wei) }
}

#[test]
fn signed_batches_are_built_and_hashed_as_they_were_signed() {
    let file = vectors("signatures.json");
    let cases = list(&file, "vectors");
    let mut held = 0;
    for case in cases {
        check(case);
        // Our payout of the same lines is the transaction that two other tools built and owners signed.
        let transfers: Vec<Transfer> = list(case, "transfers").iter().map(line).collect();
        let (version, nonce) = (text(case, "version").parse().unwrap(), Seq::new(0));
        let chain_id = case["chain_id"].as_u64().unwrap();
        let payout = payout_tx(chain_id, version, &LPT_ARBITRUM, &transfers, nonce);
        assert_eq!(payout, Ok(safe_tx(&case["tx"])));
        held += 1;
    }
    all_hold("signed batches", held, cases.len());
}

fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 20]>().prop_map(Address::from_bytes)
}

fn any_uint() -> impl Strategy<Value = U256> {
    prop_oneof![any::<[u8; 32]>().prop_map(U256::from), any::<u64>().prop_map(U256::from), Just(U256::MAX)]
}

prop_compose! {
    fn any_tx()(
        to in any_address(), value in any_uint(), data in any::<Vec<u8>>(), operation in 0_u8..3,
        safe_tx_gas in any_uint(), base_gas in any_uint(), gas_price in any_uint(),
        gas_token in any_address(), refund_receiver in any_address(), nonce in any_uint(),
    ) -> SafeTx {
        let operation = Operation::from(operation);
        SafeTx { to, value, data, operation, safe_tx_gas, base_gas, gas_price, gas_token, refund_receiver, nonce }
    }
}

proptest! {
    /// Our hash and the library's EIP-712 hash of our typed data are the same, from 0.1.0 to 1.5.0.
    #[test]
    fn typed_data_hashes_to_the_safe_tx_hash(
        tx in any_tx(), chain_id: u64, address in any_address(),
        version in prop::sample::select(vec!["0.1.0", "1.0.0", "1.1.1", "1.2.0", "1.3.0+L2", "1.4.1", "1.5.0"]),
    ) {
        let version: SafeVersion = version.parse().unwrap();
        let account = SafeAccount { chain_id, address, version };
        prop_assert_eq!(typed_data_hash(&account, &tx), tx.hashes(&account).safe_tx);
    }

    #[test]
    fn exec_calldata_reads_back(tx in any_tx(), signatures: Vec<u8>) {
        let exec = safe::ExecTransaction::decode(&tx.exec_calldata(&signatures)).unwrap();
        prop_assert_eq!(exec.with_nonce(tx.nonce), tx);
        prop_assert_eq!(exec.signatures, signatures);
    }
}
