//! A signer's self-check: what it lists, and what it warns of.

use std::collections::BTreeSet;

use domain::value::{Address, Amount, Seq};
use safe::deployments::DEPLOYMENTS;
use safe::erc20::{LPT_ARBITRUM, LPT_ETHEREUM, decode_transfer, transfer_calldata};
use safe::exec::ExecError;
use safe::inspect::{Code, InspectError, render_text};
use safe::multisend::{self, Call};
use safe::{
    ExecTransaction, Inspection, Operation, SafeAccount, SafeTx, Transfer, TransferCall, U256, inspect,
    payout_tx, typed_data,
};
use serde_json::{Value, json};

use crate::common::{address, all_hold, bytes, list, safe_tx, text, vectors};

fn codes(inspection: &Inspection) -> BTreeSet<Code> {
    inspection.warnings.iter().map(|warning| warning.code).collect()
}

fn shown(bytes: &[u8]) -> String {
    ethers::utils::hex::encode_prefixed(bytes)
}

fn account(chain_id: u64) -> SafeAccount {
    SafeAccount { chain_id, address: Address::from_bytes([0x5a; 20]), version: "1.4.1".parse().unwrap() }
}

fn lines() -> Vec<Transfer> {
    [1_u8, 2]
        .map(|n| Transfer {
            recipient: Address::from_bytes([n; 20]),
            amount: Amount::from_wei(u128::from(n)),
        })
        .to_vec()
}

fn payout(lines: &[Transfer]) -> SafeTx {
    payout_tx(42161, account(42161).version, &LPT_ARBITRUM, lines, Seq::new(7)).unwrap()
}

/// The inspection of a changed two-line payout's typed data, on a chain.
fn inspected(chain_id: u64, change: impl FnOnce(&mut SafeTx)) -> Inspection {
    let mut tx = payout(&lines());
    change(&mut tx);
    let file = serde_json::to_string(&typed_data(&account(chain_id), &tx)).unwrap();
    let inspection = inspect(&file).unwrap();
    let hashes = tx.hashes(&account(chain_id));
    assert_eq!(inspection.safe_tx_hash, Some(hashes.safe_tx));
    inspection
}

fn direct(to: Address, data: Vec<u8>) -> impl FnOnce(&mut SafeTx) {
    move |tx| (tx.to, tx.operation, tx.data) = (to, Operation::Call, data)
}

fn paying(recipient: Address) -> impl FnOnce(&mut SafeTx) {
    direct(LPT_ARBITRUM, transfer_calldata(&recipient, U256::one()))
}

#[test]
fn our_own_exports_are_clean() {
    let clean = inspected(42161, |_| {});
    assert_eq!(codes(&clean), BTreeSet::new());
    assert_eq!(clean.transfers.len(), 2);
    assert_eq!(clean.total.to_string(), "3");
    let single = inspected(42161, |tx| *tx = payout(&lines()[..1]));
    assert_eq!((codes(&single), single.transfers.len()), (BTreeSet::new(), 1));
    let rejection = inspected(42161, direct(account(1).address, Vec::new()));
    assert_eq!((codes(&rejection), rejection.transfers.len()), (BTreeSet::new(), 0));
}

#[test]
fn each_danger_has_its_warning() {
    let (other, payee) = (Address::from_bytes([9; 20]), Address::from_bytes([1; 20]));
    let only = |inspection: Inspection| {
        let mut found = codes(&inspection).into_iter();
        let code = found.next();
        assert_eq!(found.next(), None, "{:?}", inspection.warnings);
        code
    };
    for (inspection, code) in [
        (inspected(42161, direct(other, transfer_calldata(&payee, U256::one()))), Code::WrongToken),
        (inspected(42161, direct(LPT_ETHEREUM, transfer_calldata(&payee, U256::one()))), Code::WrongToken),
        (inspected(1, |tx| *tx = payout(&lines()[..1])), Code::WrongToken),
        (inspected(42161, |tx| tx.to = other), Code::DelegatecallTarget),
        (inspected(42161, |tx| tx.to = DEPLOYMENTS[2].multi_send), Code::DelegatecallTarget),
        (inspected(42161, |tx| tx.safe_tx_gas = U256::one()), Code::GasFields),
        (inspected(42161, |tx| tx.base_gas = U256::one()), Code::GasFields),
        (inspected(42161, |tx| tx.gas_price = U256::one()), Code::GasFields),
        (inspected(42161, |tx| tx.gas_token = LPT_ARBITRUM), Code::GasFields),
        (inspected(42161, |tx| tx.refund_receiver = other), Code::GasFields),
        (inspected(42161, |tx| tx.value = U256::one()), Code::ValueMoved),
        (inspected(42161, |tx| tx.operation = Operation::Unknown(2)), Code::MalformedPayload),
        (inspected(42161, |tx| tx.operation = Operation::Call), Code::MalformedPayload),
        (inspected(42161, |tx| tx.data.push(0)), Code::MalformedPayload),
        (inspected(42161, direct(other, Vec::new())), Code::MalformedPayload),
        (inspected(42161, direct(account(1).address, vec![0x0d, 0x58, 0x2f, 0x13])), Code::MalformedPayload),
        (inspected(42161, paying(Address::ZERO)), Code::RecipientZero),
        (inspected(42161, paying(LPT_ARBITRUM)), Code::RecipientToken),
        (inspected(42161, paying(account(1).address)), Code::RecipientSafe),
    ] {
        assert_eq!(only(inspection), Some(code));
    }
}

#[test]
fn on_an_unknown_chain_nothing_is_trusted() {
    let inspection = inspected(10, |_| {});
    assert_eq!(codes(&inspection), [Code::WrongToken, Code::DelegatecallTarget].into());
    assert_eq!(inspection.transfers.len(), 2);
}

#[test]
fn a_total_beyond_256_bits_is_exact() {
    let most = TransferCall { recipient: Address::from_bytes([1; 20]), amount: U256::MAX };
    let data =
        multisend::calldata(&[Call::transfer(&LPT_ARBITRUM, &most), Call::transfer(&LPT_ARBITRUM, &most)]);
    let inspection = inspected(42161, |tx| tx.data = data);
    let total = "231584178474632390847141970017375815706539969331281128078915168015826259279870";
    assert_eq!(inspection.total.to_string(), total);
}

/// What the app sends of a vector, as the transfers a signer should see.
fn expected_transfers(case: &Value) -> Vec<Value> {
    let sent = case["transactions_after_import"].as_array().cloned().unwrap_or_default();
    sent.iter()
        .filter_map(|call| decode_transfer(&bytes(call, "data")).ok().map(|line| (call, line)))
        .map(|(call, line)| {
            json!({
                "token": text(call, "to"),
                "recipient": safe::eip55::checksum(&line.recipient),
                "amount_wei": line.amount.to_string(),
            })
        })
        .collect()
}

fn expected_codes(case: &Value) -> BTreeSet<Code> {
    let id = text(case, "id");
    let mut expected = BTreeSet::new();
    if ["checksum_missing", "checksum_null"].contains(&id) {
        expected.insert(Code::ChecksumMissing);
    } else if case["checksum_valid"] == false {
        expected.insert(Code::ChecksumBad);
    }
    expected.extend(match id {
        "chain_id_changed" => Some(Code::WrongToken),
        "value_number" | "amount_number" => Some(Code::NotImportable),
        "amount_scientific" => Some(Code::AmountNotDecimal),
        "recipient_bad_checksum" => Some(Code::RecipientMalformed),
        "data_wins" => Some(Code::FieldsOverriddenByData),
        _ => None,
    });
    expected
}

#[test]
fn builder_files_show_what_the_app_would_send() {
    let file = vectors("tx_builder.json");
    let cases = list(&file, "cases");
    let mut held = 0;
    for case in cases {
        let id = text(case, "id");
        let path = format!("{}/tests/vectors/{}", env!("CARGO_MANIFEST_DIR"), text(case, "file"));
        let inspection = inspect(&std::fs::read_to_string(path).unwrap()).unwrap();
        let json = serde_json::to_value(&inspection).unwrap();
        assert_eq!(json["transfers"], Value::from(expected_transfers(case)), "{id}");
        assert_eq!(json["checksum"]["computed"], case["computed_checksum"], "{id}");
        assert_eq!(json["checksum"]["valid"], case["checksum_valid"], "{id}");
        assert_eq!(codes(&inspection), expected_codes(case), "{id}: {:?}", inspection.warnings);
        held += 1;
    }
    all_hold("tx_builder inspected", held, cases.len());
}

#[test]
fn an_amount_like_1e18_is_shown_as_what_it_moves() {
    let path = format!("{}/tests/vectors/tx_builder/amount_scientific.json", env!("CARGO_MANIFEST_DIR"));
    let inspection = inspect(&std::fs::read_to_string(path).unwrap()).unwrap();
    let [warning] = inspection.warnings.as_slice() else { panic!("{:?}", inspection.warnings) };
    let expected = concat!(
        r#"Transaction 1 writes "amount" as "1e18", which Safe's app reads as 7704 wei "#,
        "(0.000000000000007704 LPT)."
    );
    assert_eq!(warning.detail, expected);
    assert_eq!(inspection.transfers[0].amount, U256::from(7704));
}

#[test]
fn malformed_payloads_are_warned_about_and_listed_if_they_run() {
    let file = vectors("multisend.json");
    let cases = list(&file, "malformed");
    let mut held = 0;
    for case in cases {
        let name = text(case, "name");
        let inspection = inspected(42161, |tx| tx.data = bytes(case, "calldata"));
        let accepted = text(case, "strict_decoder") == "accept";
        assert_eq!(codes(&inspection).contains(&Code::MalformedPayload), !accepted, "{name}");
        let amounts: Vec<U256> = inspection.transfers.iter().map(|line| line.amount).collect();
        let (first, second) = ("186467089752650581619", "898415246537021735242");
        let one = vec![U256::from_dec_str(first).unwrap()];
        let two = vec![one[0], U256::from_dec_str(second).unwrap()];
        let expected = match name {
            "canonical" | "offset_0x40" | "trailing_word" | "missing_padding" | "dirty_padding" => two,
            // The contract reads a zero for the byte that is cut off.
            "length_one_short" => vec![two[0], two[1] & !U256::from(0xff)],
            "inner_length_too_big" | "transfer_extra_bytes" | "to_zero_address" | "eth_value_attached" => one,
            _ => Vec::new(),
        };
        assert_eq!(amounts, expected, "{name}: {:?}", inspection.warnings);
        let also = match name {
            "transfer_dirty_address" => Some(Code::RecipientMalformed),
            "to_zero_address" => Some(Code::WrongToken),
            "eth_value_attached" => Some(Code::ValueMoved),
            _ => None,
        };
        let rest: BTreeSet<Code> =
            codes(&inspection).into_iter().filter(|code| *code != Code::MalformedPayload).collect();
        assert_eq!(rest, also.into_iter().collect(), "{name}");
        held += 1;
    }
    all_hold("multisend malformed inspected", held, cases.len());
}

#[test]
fn mixed_batches_list_tokens_and_warn_of_the_rest() {
    let file = vectors("multisend.json");
    let case = list(&file, "vectors").iter().find(|case| case["name"] == "mixed_value_and_data").unwrap();
    let inspection = inspected(42161, |tx| tx.data = bytes(case, "calldata"));
    assert_eq!(codes(&inspection), [Code::WrongToken, Code::ValueMoved, Code::MalformedPayload].into());
    assert_eq!(inspection.transfers.len(), 2);
    assert_eq!(inspection.transfers[0].token, LPT_ARBITRUM);
}

#[test]
fn signed_calldata_is_clean_with_its_chain_and_doubtful_without() {
    let file = vectors("signatures.json");
    let cases = list(&file, "vectors");
    let (mut held, mut calldatas) = (0, 0);
    for case in cases {
        for calldata in case["exec"].as_object().unwrap().values() {
            calldatas += 1;
            let wrapper = json!({"chain_id": 42161, "to": text(case, "safe"), "data": calldata});
            let inspection = inspect(&wrapper.to_string()).unwrap();
            assert_eq!(codes(&inspection), BTreeSet::new(), "{:?}", inspection.warnings);
            let json = serde_json::to_value(&inspection).unwrap();
            assert_eq!(json["domain_hash"], case["domain_hash"]);
            for unknown in ["nonce", "message_hash", "safe_tx_hash", "checksum"] {
                assert_eq!(json[unknown], Value::Null);
            }
            assert_eq!(list(&json, "transfers").len(), list(case, "transfers").len());
            let bare = inspect(calldata.as_str().unwrap()).unwrap();
            assert_eq!(codes(&bare), [Code::WrongToken, Code::DelegatecallTarget].into());
            assert_eq!((bare.safe, bare.chain_id, bare.domain_hash), (None, None, None));
            assert_eq!(bare.transfers, inspection.transfers);
            held += 1;
        }
    }
    all_hold("exec_transaction inspected", held, calldatas);
}

#[test]
fn calldata_in_another_encoding_is_refused_strictly_and_warned_about() {
    let mut calldata = payout(&lines()).exec_calldata(&[7; 65]);
    calldata.push(0);
    assert_eq!(ExecTransaction::decode(&calldata), Err(ExecError::NotCanonical));
    let wrapper = json!({"chain_id": "42161", "to": account(1).address, "data": shown(&calldata)});
    let inspection = inspect(&wrapper.to_string()).unwrap();
    assert_eq!(codes(&inspection), [Code::MalformedPayload].into());
    assert_eq!(inspection.transfers.len(), 2);
}

#[test]
fn typed_data_hashes_as_the_vectors_say_however_numbers_are_written() {
    let file = vectors("safe_tx_hashes.json");
    let (mut held, mut cases) = (0, 0);
    for case in list(&file, "vectors").iter().chain(list(&file, "legacy_0_1_0")) {
        cases += 1;
        let version = text(case, "version").parse().unwrap();
        let account = SafeAccount {
            chain_id: case["chain_id"].as_u64().unwrap(),
            address: address(case, "safe"),
            version,
        };
        let tx = safe_tx(&case["tx"]);
        let mut typed = serde_json::to_value(typed_data(&account, &tx)).unwrap();
        if version.binds_chain_id() {
            typed["domain"]["chainId"] = json!(format!("{:#x}", account.chain_id));
        }
        typed["message"]["value"] = json!(format!("{:#x}", tx.value));
        typed["message"]["nonce"] = json!(tx.nonce.as_u64());
        let json = serde_json::to_value(inspect(&typed.to_string()).unwrap()).unwrap();
        for hash in ["domain_hash", "message_hash", "safe_tx_hash"] {
            assert_eq!(json[hash], case[hash], "{case}");
        }
        assert_eq!(json["nonce"], case["tx"]["nonce"]);
        assert_eq!(json["safe"], case["safe"]);
        held += 1;
    }
    all_hold("typed data inspected", held, cases);
}

#[test]
fn the_json_is_exactly_of_the_promised_shape() {
    let file = serde_json::to_string(&typed_data(&account(42161), &payout(&lines()[..1]))).unwrap();
    let hashes = payout(&lines()[..1]).hashes(&account(42161));
    let json = serde_json::to_string(&inspect(&file).unwrap()).unwrap();
    let safe = safe::eip55::checksum(&account(1).address);
    let expected =
        concat!(r#"{"kind":"typed_data","name":null,"description":null,"#, r#""chain_id":"42161","#);
    let expected = format!(r#"{expected}"safe":"{safe}","nonce":"7","#);
    let rest = format!(
        concat!(
            r#""to":"0x289ba1701C2F088cf0faf8B3705246331cB8A839","value":"0","operation":"0","#,
            r#""domain_hash":"0x{}","message_hash":"0x{}","safe_tx_hash":"0x{}","checksum":null,"#,
            r#""transfers":[{{"token":"0x289ba1701C2F088cf0faf8B3705246331cB8A839","#,
            r#""recipient":"0x0101010101010101010101010101010101010101","amount_wei":"1"}}],"#,
            r#""total_wei":"1","warnings":[]}}"#
        ),
        hashes.domain, hashes.message, hashes.safe_tx
    );
    assert_eq!(json, expected + &rest);
}

#[test]
fn altered_types_and_numbers_of_typed_data_do_not_pass() {
    let typed = serde_json::to_value(typed_data(&account(42161), &payout(&lines()))).unwrap();
    let altered = |pointer: &str, value: Value| {
        let mut typed = typed.clone();
        *typed.pointer_mut(pointer).unwrap() = value;
        inspect(&typed.to_string())
    };
    for (pointer, value) in [
        ("/types/SafeTx/5/name", json!("dataGas2")),
        ("/types/SafeTx/3/type", json!("uint256")),
        ("/types/EIP712Domain/0/name", json!("chainID")),
    ] {
        let inspection = altered(pointer, value).unwrap();
        assert!(codes(&inspection).contains(&Code::MalformedPayload), "{pointer}");
        assert_eq!(inspection.safe_tx_hash, None, "{pointer}");
    }
    let rounded = altered("/message/nonce", serde_json::from_str("9007199254740993").unwrap()).unwrap();
    assert_eq!(codes(&rounded), [Code::MalformedPayload].into());
    assert_eq!(rounded.nonce, Some(U256::from(9_007_199_254_740_993_u64)));
    let lie = altered("/message/to", json!("0x9641D764fc13c8B624c04430C7356C1C7C8102e2")).unwrap();
    assert_eq!(codes(&lie), [Code::MalformedPayload].into());
    let unbound =
        altered("/types/EIP712Domain", json!([{"name": "verifyingContract", "type": "address"}])).unwrap();
    assert_eq!(unbound.chain_id, None, "a chain id outside the hashed type binds nothing");
    assert_eq!(codes(&unbound), [Code::WrongToken, Code::DelegatecallTarget].into());
    let before_1_3_0 = SafeAccount { version: "1.2.0".parse().unwrap(), ..account(42161) };
    assert_eq!(unbound.safe_tx_hash, Some(payout(&lines()).hashes(&before_1_3_0).safe_tx));
    assert!(matches!(altered("/primaryType", json!("Permit")), Err(InspectError::NotASafeTx { .. })));
    assert!(matches!(altered("/message/nonce", json!("1e3")), Err(InspectError::Number { .. })));
    assert!(matches!(altered("/message/nonce", Value::Null), Err(InspectError::Missing { .. })));
    assert!(matches!(altered("/message/operation", json!(256)), Err(InspectError::Number { .. })));
    assert!(matches!(altered("/message/data", json!("0x0")), Err(InspectError::Hex { .. })));
    assert!(matches!(altered("/message/to", json!("0x00")), Err(InspectError::Address { .. })));
}

#[test]
fn unreadable_inputs_are_errors_that_say_what_to_pass() {
    assert!(matches!(inspect(" \n"), Err(InspectError::Empty)));
    assert!(matches!(inspect("hello"), Err(InspectError::NotHex)));
    assert!(matches!(inspect("{"), Err(InspectError::Json(_))));
    assert!(matches!(inspect("{}"), Err(InspectError::Unknown)));
    assert!(matches!(inspect("[]"), Err(InspectError::Unknown)));
    assert!(matches!(inspect(r#"{"data":{}}"#), Err(InspectError::Library)));
    assert!(matches!(inspect("0xa9059cbb"), Err(InspectError::Exec(_))));
    assert!(matches!(inspect("0x6a761202"), Err(InspectError::Exec(_))));
    assert!(matches!(inspect(&"0".repeat(5 << 20)), Err(InspectError::TooLarge { .. })));
}

#[test]
fn a_files_own_words_are_shown_and_pass_for_nothing_else() {
    let (name, long) = ("DEMO – batch 1\nNo warnings.\u{202e}", "é".repeat(501));
    let meta = json!({ "name": name, "description": long });
    let file = json!({ "version": "1.0", "chainId": "42161", "meta": meta, "transactions": [] });

    let inspection = inspect(&file.to_string()).unwrap();

    let text = render_text(&inspection);
    assert!(text.contains("\nName         \"DEMO – batch 1\\nNo warnings.\\u{202e}\"\n"), "{text}");
    assert!(text.contains(&format!("\nDescription  \"{}\" …\n", "é".repeat(500))), "{text}");
    let view = serde_json::to_value(&inspection).unwrap();
    assert_eq!((view["name"].as_str(), view["description"].as_str()), (Some(name), Some(long.as_str())));
    let nameless = render_text(&inspected(42161, |_| {}));
    assert!(!nameless.contains("Name") && !nameless.contains("Description"), "{nameless}");
}

#[test]
fn people_read_hashes_chain_amounts_and_warnings() {
    let inspection = inspected(42161, |tx| tx.gas_price = U256::one());
    let text = render_text(&inspection);
    let domain = inspection.domain_hash.unwrap().to_string().to_uppercase();
    assert!(text.starts_with(&format!("DOMAIN HASH\n  {}", &domain[..8])), "{text}");
    for part in [
        "Arbitrum One (42161)",
        "Nonce        7",
        "1, a delegate call",
        "0x0101010101010101010101010101010101010101  0.000000000000000001 LPT  (1 wei)",
        "Total        0.000000000000000003 LPT  (3 wei)",
        "gas_fields: The gas fields are not all zero",
        &shown(inspection.safe_tx_hash.unwrap().bytes()),
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}
