//! Reads the test vectors.

use domain::value::{Address, Digest};
use ethers::k256::ecdsa::SigningKey;
use safe::{Operation, SafeTx};
use serde_json::Value;

/// A vector file, parsed.
pub fn vectors(file: &str) -> Value {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap()
}

pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}"))
}

pub fn address(value: &Value, key: &str) -> Address {
    safe::eip55::parse(text(value, key)).unwrap()
}

pub fn uint(value: &Value, key: &str) -> safe::U256 {
    safe::U256::from_dec_str(text(value, key)).unwrap()
}

pub fn bytes(value: &Value, key: &str) -> Vec<u8> {
    ethers::utils::hex::decode(text(value, key)).unwrap()
}

pub fn addresses(value: &Value, key: &str) -> Vec<Address> {
    let read = |text: &Value| safe::eip55::parse(text.as_str().unwrap()).unwrap();
    list(value, key).iter().map(read).collect()
}

pub fn digest(value: &Value, key: &str) -> Digest {
    text(value, key).strip_prefix("0x").unwrap().parse().unwrap()
}

/// The address of a key.
pub fn address_of(key: &SigningKey) -> Address {
    Address::from_bytes(ethers::utils::secret_key_to_address(key).to_fixed_bytes())
}

/// What a wallet with this key answers when it signs a hash: r, s and v.
pub fn sign(key: &SigningKey, hash: &Digest) -> [u8; 65] {
    let (signature, recovery) = key.sign_prehash_recoverable(hash.bytes()).unwrap();
    let bytes: Vec<u8> = signature.to_bytes().into_iter().chain([27 + recovery.to_byte()]).collect();
    bytes.try_into().unwrap()
}

/// The hash that `personal_sign` of these 32 bytes signs, as the library makes it.
pub fn personal(hash: &Digest) -> Digest {
    Digest::from_bytes(ethers::utils::hash_message(hash.bytes()).0)
}

/// Says how many cases held, and fails unless all did.
pub fn all_hold(set: &str, held: usize, cases: usize) {
    println!("count: vectors, {set} {held} of {cases}");
    assert_eq!(held, cases, "{set}");
}

/// A Safe transaction as the vectors write it.
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
