//! The model of Safe's Transaction Builder against the app's own answers.

use crate::common::{address, all_hold, list, text, uint, vectors};
use safe::TransferCall;
use safe::erc20::{LPT_ARBITRUM, decode_transfer};
use safe::tx_builder::{BuilderFile, ImportedCall};
use serde_json::{Value, json};

fn as_vector(call: &ImportedCall) -> Value {
    json!({
        "to": safe::eip55::checksum(&call.to),
        "value": call.value.to_string(),
        "data": ethers::utils::hex::encode_prefixed(&call.data),
    })
}

/// Whether the file pays exactly one of the intended batches, on Arbitrum One.
fn pays_as_intended(file: &BuilderFile, intended: &Value) -> bool {
    let calls = file.convert().unwrap();
    let lines = list(intended, &calls.len().to_string());
    let as_intended = |(call, line): (&ImportedCall, &Value)| {
        let expected = TransferCall { recipient: address(line, "to"), amount: uint(line, "amount_wei") };
        call.to == LPT_ARBITRUM && call.value.is_zero() && decode_transfer(&call.data) == Ok(expected)
    };
    file.chain_id == Some(42161.into()) && calls.iter().zip(lines).all(as_intended)
}

#[test]
fn every_file_is_read_as_the_app_reads_it() {
    let file = vectors("tx_builder.json");
    let cases = list(&file, "cases");
    let mut held = 0;
    for case in cases {
        let id = text(case, "id");
        let path = format!("{}/tests/vectors/{}", env!("CARGO_MANIFEST_DIR"), text(case, "file"));
        let read = BuilderFile::read(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(read.checksum.computed, text(case, "computed_checksum"), "{id}");
        assert_eq!(Value::from(read.checksum.valid), case["checksum_valid"], "{id}");
        let imported = read.import();
        assert_eq!(Value::from(imported.is_ok()), case["importer_accepts"], "{id}");
        let sent = imported.map_or(Value::Null, |calls| calls.iter().map(as_vector).collect());
        assert_eq!(sent, case["transactions_after_import"], "{id}");
        let matches = pays_as_intended(&read, &file["intended_payouts"]);
        assert_eq!(Value::from(matches), case["matches_intended_batch"], "{id}");
        held += 1;
    }
    all_hold("tx_builder", held, cases.len());
}
