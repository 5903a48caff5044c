//! Addresses, transfers, batches and `execTransaction` against vectors of two other implementations.

use crate::common::{address, all_hold, bytes, list, safe_tx, text, uint, vectors};
use safe::eip55::{self, AddressError};
use safe::erc20::{LPT_ARBITRUM, decode_transfer, transfer_calldata};
use safe::multisend::{self, BatchError, Call, decode_batch};
use safe::{ExecTransaction, TransferCall};
use serde_json::Value;

fn class(input: &str) -> &'static str {
    match eip55::parse(input) {
        Ok(address) if eip55::checksum(&address) == input => "valid_checksum",
        Ok(_) => "valid_no_checksum",
        Err(_) => "invalid",
    }
}

#[test]
fn addresses_fall_into_their_class() {
    let file = vectors("addresses.json");
    let cases = list(&file, "vectors");
    let mut held = 0;
    for case in cases {
        let input = text(case, "input");
        assert_eq!(class(input), text(case, "class"), "{case}");
        let parsed = eip55::parse(input);
        match case["eip55"].as_str() {
            Some(checksum) if parsed.is_ok() => assert_eq!(eip55::checksum(&parsed.unwrap()), checksum),
            // Readable bytes whose letter case lies.
            Some(_) => assert_eq!(parsed, Err(AddressError::Checksum), "{case}"),
            None => assert!(parsed.is_err_and(|fault| fault != AddressError::Checksum), "{case}"),
        }
        held += 1;
    }
    all_hold("addresses", held, cases.len());
}

#[test]
fn transfers_encode_and_decode() {
    let file = vectors("erc20_transfer.json");
    assert_eq!(address(&file, "token_on_arbitrum"), LPT_ARBITRUM);
    let cases = list(&file, "vectors");
    let mut held = 0;
    for case in cases {
        let line = TransferCall { recipient: address(case, "to"), amount: uint(case, "amount_wei") };
        let calldata = bytes(case, "calldata");
        assert_eq!(transfer_calldata(&line.recipient, line.amount), calldata, "{case}");
        assert_eq!(decode_transfer(&calldata), Ok(line), "{case}");
        held += 1;
    }
    all_hold("erc20_transfer", held, cases.len());
}

fn payouts(case: &Value, key: &str, amount: &str) -> Vec<TransferCall> {
    list(case, key)
        .iter()
        .map(|line| TransferCall { recipient: address(line, "to"), amount: uint(line, amount) })
        .collect()
}

#[test]
fn batches_encode_and_decode() {
    let file = vectors("multisend.json");
    let cases = list(&file, "vectors");
    let mut held = 0;
    for case in cases {
        let calls: Vec<Call> = list(case, "calls")
            .iter()
            .map(|call| Call {
                operation: u8::try_from(call["operation"].as_u64().unwrap()).unwrap(),
                to: address(call, "to"),
                value: uint(call, "value"),
                data: bytes(call, "data"),
            })
            .collect();
        let calldata = bytes(case, "calldata");
        assert_eq!(multisend::encode_packed(&calls), bytes(case, "transactions"), "{}", case["name"]);
        assert_eq!(multisend::calldata(&calls), calldata, "{}", case["name"]);
        let decoded = decode_batch(&LPT_ARBITRUM, &calldata);
        if case["payouts"].is_null() {
            assert!(matches!(decoded, Err(BatchError::Target { call: 1, .. })), "{}", case["name"]);
        } else {
            assert_eq!(decoded, Ok(payouts(case, "payouts", "amount_wei")), "{}", case["name"]);
        }
        held += 1;
    }
    all_hold("multisend", held, cases.len());
}

#[test]
fn the_strict_decoder_refuses_every_malformed_payload() {
    let file = vectors("multisend.json");
    let cases = list(&file, "malformed");
    let mut held = 0;
    for case in cases {
        let decoded = decode_batch(&LPT_ARBITRUM, &bytes(case, "calldata"));
        match text(case, "strict_decoder") {
            "accept" => assert_eq!(decoded, Ok(payouts(case, "payouts_behind", "amount"))),
            "reject" => assert!(decoded.is_err(), "{}", case["name"]),
            verdict => panic!("{verdict}"),
        }
        held += 1;
    }
    all_hold("multisend malformed", held, cases.len());
}

#[test]
fn exec_transaction_calldata_encodes_and_decodes() {
    let file = vectors("signatures.json");
    let cases = list(&file, "vectors");
    let (mut held, mut calldatas) = (0, 0);
    for case in cases {
        let tx = safe_tx(&case["tx"]);
        for (combo, calldata) in case["exec"].as_object().unwrap() {
            calldatas += 1;
            let calldata = ethers::utils::hex::decode(calldata.as_str().unwrap()).unwrap();
            let signatures = bytes(&case["combos"], combo);
            assert_eq!(tx.exec_calldata(&signatures), calldata, "{combo}");
            let exec = ExecTransaction::decode(&calldata).unwrap();
            assert_eq!((exec.with_nonce(tx.nonce), &exec.signatures), (tx.clone(), &signatures), "{combo}");
            let lines = decode_batch(&LPT_ARBITRUM, &exec.data).unwrap();
            assert_eq!(lines, payouts(case, "transfers", "amount_wei"));
            held += 1;
        }
    }
    all_hold("exec_transaction", held, calldatas);
}
