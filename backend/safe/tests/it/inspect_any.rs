//! Nothing that is read makes the inspector panic.

use domain::value::{Address, Amount, Seq};
use proptest::prelude::*;
use safe::erc20::LPT_ARBITRUM;
use safe::inspect::render_text;
use safe::multisend::{self, Call, decode_batch};
use safe::tx_builder::{BuilderBatch, write};
use safe::{SafeAccount, Transfer, TransferCall, U256, inspect, payout_tx, typed_data};

fn any_lines() -> impl Strategy<Value = Vec<Transfer>> {
    let line = (1..0x5a_u8, 1..u128::MAX).prop_map(|(byte, wei)| Transfer {
        recipient: Address::from_bytes([byte; 20]),
        amount: Amount::from_wei(wei),
    });
    prop::collection::vec(line, 1..6)
}

/// One of the files that are read, as this crate writes them.
fn any_file() -> impl Strategy<Value = String> {
    (any_lines(), 0..4_u8).prop_map(|(transfers, kind)| {
        let account = SafeAccount {
            chain_id: 42161,
            address: Address::from_bytes([0x5a; 20]),
            version: "1.4.1".parse().unwrap(),
        };
        let tx = payout_tx(42161, account.version, &LPT_ARBITRUM, &transfers, Seq::new(1)).unwrap();
        let calldata = ethers::utils::hex::encode_prefixed(tx.exec_calldata(&[7; 65]));
        match kind {
            0 => serde_json::to_string(&typed_data(&account, &tx)).unwrap(),
            1 => calldata,
            2 => format!(r#"{{"chain_id":"42161","to":"{}","data":"{calldata}"}}"#, account.address),
            _ => write(&BuilderBatch {
                chain_id: 42161,
                safe: Some(account.address),
                token: LPT_ARBITRUM,
                transfers: &transfers,
                name: "a \"name\" \u{1f981}\u{0}",
                description: "line\nline",
                created_at_ms: 1_735_689_600_000,
            })
            .unwrap(),
        }
    })
}

/// Reads, writes and shows it, whatever it is.
fn survive(text: &str) {
    match inspect(text) {
        Ok(inspection) => {
            assert!(serde_json::to_string(&inspection).unwrap().starts_with(r#"{"kind":""#));
            assert!(!render_text(&inspection).is_empty());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

proptest! {
    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survive(&text);
    }

    #[test]
    fn any_bytes_of_calldata_are_survived(bytes: Vec<u8>) {
        let hex = ethers::utils::hex::encode(&bytes);
        for selector in ["", "6a761202", "a9059cbb", "8d80ff0a"] {
            survive(&format!("0x{selector}{hex}"));
        }
    }

    /// A file with bytes replaced, cut out and doubled.
    #[test]
    fn any_mutation_of_a_file_is_survived(
        file in any_file(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..40_usize), 1..8),
    ) {
        let mut bytes = file.into_bytes();
        for (at, byte, len) in changes {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            let end = (at + len).min(bytes.len());
            match byte % 4 {
                0 => bytes[at] = b"0123456789abcdefx\"{}[]:,-.eEn "[usize::from(byte) % 30],
                1 => bytes[at] = byte,
                2 => drop(bytes.drain(at..end)),
                _ => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        survive(&String::from_utf8_lossy(&bytes));
    }

    /// JSON of any shape under the names that matter.
    #[test]
    fn any_value_of_a_member_is_survived(
        file in any_file(),
        from in prop::sample::select(vec![
            r#""0""#, "null", "42161", r#""42161""#, r#""transfer""#, r#""uint256""#, r#""address""#, "false", "0",
        ]),
        to in prop::sample::select(vec![
            "null", "1e400", "-0", "[]", "{}", "[null]", r#"{"a":1}"#, r#""""#, "true", r#""0x""#, r#""\u0000""#,
            r#""uint8[2]""#, r#""int7""#, r#""bytes33""#, "1e77", "-1",
        ]),
    ) {
        survive(&file.replacen(from, to, 1));
        survive(&file.replace(from, to));
    }

    /// Our own files are clean, and list exactly what they pay.
    #[test]
    fn our_files_are_clean(file in any_file()) {
        let inspection = inspect(&file).unwrap();
        prop_assert!(!inspection.transfers.is_empty());
        if inspection.chain_id.is_some() {
            prop_assert_eq!(inspection.warnings, vec![]);
        }
    }

    #[test]
    fn batches_read_back(lines in any_lines()) {
        let expected: Vec<TransferCall> = lines.iter().map(TransferCall::from).collect();
        let calldata = multisend::lpt_batch_calldata(&LPT_ARBITRUM, &lines);
        prop_assert_eq!(decode_batch(&LPT_ARBITRUM, &calldata), Ok(expected));
    }

    /// Whatever the strict decoder accepts is exactly what we would have written.
    #[test]
    fn what_is_accepted_is_canonical(
        lines in any_lines(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut calldata = multisend::lpt_batch_calldata(&LPT_ARBITRUM, &lines);
        let at = at.index(calldata.len());
        calldata[at] ^= 1 << bit;
        if let Ok(read) = decode_batch(&LPT_ARBITRUM, &calldata) {
            let calls: Vec<Call> = read.iter().map(|line| Call::transfer(&LPT_ARBITRUM, line)).collect();
            prop_assert_eq!(multisend::calldata(&calls), calldata);
        }
    }

    #[test]
    fn transfers_read_back(recipient: [u8; 20], amount: [u8; 32]) {
        let line = TransferCall { recipient: Address::from_bytes(recipient), amount: U256::from(amount) };
        let calldata = safe::erc20::transfer_calldata(&line.recipient, line.amount);
        prop_assert_eq!(safe::erc20::decode_transfer(&calldata), Ok(line));
    }

    #[test]
    fn addresses_read_back(bytes: [u8; 20]) {
        let address = Address::from_bytes(bytes);
        prop_assert_eq!(safe::eip55::parse(&safe::eip55::checksum(&address)), Ok(address));
        prop_assert_eq!(safe::eip55::parse(&address.to_string()), Ok(address));
    }
}
