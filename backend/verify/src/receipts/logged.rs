//! On which nonce a transaction of the Safe ran, as far as the Safe itself logged it.
//!
//! A `SafeL2` logs all fields of a transaction before it runs it (`SafeMultiSigTransaction`, the same in 1.3.0, 1.4.1
//! and 1.5.0). Hashed, they are the safeTxHash that is logged behind; so the nonce among them is the one consumed. A
//! plain `Safe` logs no such thing.

use std::collections::HashMap;

use domain::value::{Address, Digest};
use safe::{Operation, Receipt, SafeAccount, SafeTx, U256};

const WORD: usize = 32;

/// Keccak-256 of `SafeMultiSigTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes,bytes)`.
const BEGINS: [u8; WORD] = [
    0x66, 0x75, 0x3c, 0xd2, 0x35, 0x65, 0x69, 0xee, 0x08, 0x12, 0x32, 0xe3, 0xbe, 0x89, 0x09, 0xb9, 0x50,
    0xe0, 0xa7, 0x6c, 0x1f, 0x84, 0x60, 0xc3, 0xa5, 0xe3, 0xc2, 0xbe, 0x32, 0xb1, 0x1b, 0xed,
];

/// The nonces of the transactions that the Safe logged before it ran them, by safeTxHash.
pub(super) fn nonces(receipt: &Receipt, safe: &SafeAccount) -> HashMap<Digest, U256> {
    let begins = receipt.logs.iter().filter(|log| {
        log.address == safe.address && log.topics.first().is_some_and(|topic| *topic.bytes() == BEGINS)
    });
    let logged = begins.filter_map(|log| transaction(&log.data));
    logged.map(|tx| (tx.hashes(safe).safe_tx, tx.nonce)).collect()
}

/// The transaction in the data of a log; the tenth argument, the signatures, is not part of it.
fn transaction(data: &[u8]) -> Option<SafeTx> {
    let number = |place: usize| Some(U256::from_big_endian(&word(data, place.checked_mul(WORD)?)?));
    let address = |place: usize| {
        let word = word(data, place.checked_mul(WORD)?)?;
        let (padding, address) = word.split_first_chunk::<12>()?;
        let address = Address::from_bytes(address.try_into().ok()?);
        (*padding == [0; 12]).then_some(address)
    };
    let info = bytes(data, 10)?;
    Some(SafeTx {
        to: address(0)?,
        value: number(1)?,
        data: bytes(data, 2)?.to_vec(),
        operation: Operation::from(u8::try_from(u64::try_from(number(3)?).ok()?).ok()?),
        safe_tx_gas: number(4)?,
        base_gas: number(5)?,
        gas_price: number(6)?,
        gas_token: address(7)?,
        refund_receiver: address(8)?,
        nonce: U256::from_big_endian(&word(info, 0)?),
    })
}

fn word(bytes: &[u8], at: usize) -> Option<[u8; WORD]> {
    bytes.get(at..at.checked_add(WORD)?)?.try_into().ok()
}

/// The bytes to which an argument points.
fn bytes(data: &[u8], argument: usize) -> Option<&[u8]> {
    let length = |word: [u8; WORD]| usize::try_from(u64::try_from(U256::from_big_endian(&word)).ok()?).ok();
    let at = length(word(data, argument.checked_mul(WORD)?)?)?;
    let start = at.checked_add(WORD)?;
    data.get(start..start.checked_add(length(word(data, at)?)?)?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Receipts of the real contracts, of all three versions, with either singleton.
    #[test]
    fn the_nonce_of_what_ran_is_in_the_logs_of_a_safe_l2() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../safe/tests/vectors/receipts.json");
        let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let (mut logged, mut plain) = (0, 0);
        for scenario in all["scenarios"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let receipt = Receipt::read(&scenario["receipt"]).unwrap();
            let safe = SafeAccount {
                chain_id: scenario["chain_id"].as_u64().unwrap(),
                address: safe::eip55::parse(&text(&scenario["safe"])).unwrap(),
                version: text(&scenario["version"]).parse().unwrap(),
            };
            let token = safe::eip55::parse(&text(&scenario["token"])).unwrap();
            let ran = safe::executions(&receipt, &safe.address, &token).unwrap();
            let nonces = nonces(&receipt, &safe);
            if scenario["l2_singleton"].as_bool().unwrap() {
                // Each execution was logged as what it was.
                assert!(ran.iter().all(|it| nonces.contains_key(&it.safe_tx_hash)), "{}", scenario["name"]);
                assert_eq!(nonces.len(), ran.len(), "{}", scenario["name"]);
                logged += ran.len();
            } else {
                assert!(nonces.is_empty() && !ran.is_empty());
                plain += ran.len();
            }
            let batch = &scenario["ledger_batch"];
            let own: Digest = text(&batch["safe_tx_hash"])[2..].parse().unwrap();
            if let Some(nonce) = nonces.get(&own) {
                assert_eq!(nonce.to_string(), text(&batch["safe_tx"]["nonce"]), "{}", scenario["name"]);
            }
        }
        assert_eq!((logged, plain), (63, 3));
    }

    #[test]
    fn data_that_ends_anywhere_or_points_anywhere_is_nothing() {
        let words = |count: usize, value: u8| {
            let mut bytes = vec![0; count * WORD];
            bytes.iter_mut().skip(WORD - 1).step_by(WORD).for_each(|byte| *byte = value);
            bytes
        };
        for count in 0..14 {
            for bytes in
                [words(count, 0), words(count, 0xff), vec![0xff; count * WORD], vec![0xff; count * 31]]
            {
                transaction(&bytes);
            }
        }
        assert_eq!(transaction(&vec![0xff; 11 * WORD]), None);
    }
}
