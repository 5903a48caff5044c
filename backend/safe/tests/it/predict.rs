//! The contract's verdicts on signatures, foreseen.

use crate::common::{address, addresses, all_hold, bytes, digest, list, text, vectors};
use domain::value::{Address, Digest};
use safe::predict::Question;
use safe::{Check, Revert, WalletSignature, predict};
use serde_json::Value;

/// The Safe of a case: its owners, and the preimage of what is signed.
fn safe_of(signed: &Value, case: &Value) -> (Vec<Address>, Vec<u8>) {
    let place = list(signed, "vectors").iter().position(|other| other["safe"] == case["safe"]).unwrap();
    let tx = &signed["vectors"][place];
    assert_eq!(tx["safe_tx_hash"], case["safe_tx_hash"]);
    (addresses(&signed["safes"][place], "owners"), bytes(tx, "preimage"))
}

#[test]
fn every_verdict_of_the_contract_is_foreseen() {
    let (file, signed) = (vectors("signature_verdicts.json"), vectors("signatures.json"));
    let cases = list(&file, "vectors");
    let mut held = 0;
    for case in cases {
        let (owners, preimage) = safe_of(&signed, case);
        let check = Check {
            version: text(case, "version").parse().unwrap(),
            owners: &owners,
            threshold: case["threshold"].as_u64().unwrap(),
            hash: digest(case, "safe_tx_hash"),
            preimage: &preimage,
            executor: address(case, "executor"),
            approved: &[],
        };
        let verdict = predict(&check, &bytes(case, "signatures"), |_| Err(Revert::Silent));
        assert_eq!(verdict.is_ok(), case["accepted_on_chain"].as_bool().unwrap(), "{case}");
        let code = verdict.err().and_then(Revert::code);
        assert_eq!(code, case["error_code"].as_str(), "{case}");
        held += 1;
    }
    all_hold("signature_verdicts", held, cases.len());
}

/// What becomes of the parts of a blob when each is handed in by itself.
fn taken(case: &Value, owners: &[Address]) -> Vec<bool> {
    let hash = digest(case, "safe_tx_hash");
    bytes(case, "signatures")
        .chunks(65)
        .map(|part| {
            let read: Result<WalletSignature, _> = ethers::utils::hex::encode(part).parse();
            read.is_ok_and(|read| read.by_owner(&hash, owners).is_ok())
        })
        .collect()
}

/// We take what wallets give, where the contract may not, and refuse what wallets do not, where it may.
#[test]
fn signatures_handed_in_are_taken_or_refused_as_each_deserves() {
    let (file, signed) = (vectors("signature_verdicts.json"), vectors("signatures.json"));
    let cases = list(&file, "vectors");
    let mut held = 0;
    for case in cases {
        let (owners, _) = safe_of(&signed, case);
        let taken = taken(case, &owners);
        let count = |wanted: bool| taken.iter().filter(|taken| **taken == wanted).count();
        match text(case, "name") {
            // Order, number and spelling are ours to put right.
            "eip712_only"
            | "eth_sign_only"
            | "mixed"
            | "all_owners"
            | "unsorted"
            | "duplicate_signer"
            | "too_few"
            | "empty"
            | "v_0_or_1"
            | "eth_sign_without_plus_4" => assert_eq!(count(false), 0, "{case}"),
            // One part of the blob is bad.
            "non_owner"
            | "approved_hash_not_approved"
            | "approved_hash_executor_is_owner"
            | "extra_trailing_byte" => assert_eq!(count(false), 1, "{case}"),
            // All parts are.
            "high_s_malleated"
            | "eip712_with_plus_4"
            | "v_2"
            | "rs_swapped"
            | "wrong_nonce"
            | "wrong_chain"
            | "wrong_safe"
            | "signed_message_hash_only"
            | "compact_2098" => assert_eq!(count(true), 0, "{case}"),
            name => panic!("{name}"),
        }
        held += 1;
    }
    all_hold("signature_verdicts handed in", held, cases.len());
}

/// A blob of one contract signature: its static part, and whatever follows.
fn contract(owner: &Address, offset: &[u8; 32], rest: &[u8]) -> Vec<u8> {
    [&[0xff; 12], owner.bytes().as_slice(), offset, &[0], rest].concat()
}

fn word(number: u8) -> [u8; 32] {
    let mut word = [0; 32];
    word[31] = number;
    word
}

#[test]
fn contract_signatures_fail_as_the_source_says() {
    let owner = Address::from_bytes([0x11; 20]);
    let preimage = [0x19; 66];
    let hash = Digest::from_bytes(ethers::utils::keccak256(preimage));
    let good = contract(&owner, &word(65), &[&word(3)[..], &[7, 8, 9]].concat());
    let cut = contract(&owner, &word(65), &[&word(4)[..], &[7, 8, 9]].concat());
    let outside = contract(&owner, &word(66), &word(0));
    let inside = contract(&owner, &word(64), &[0; 99]);
    let overflow = contract(&owner, &[0xff; 32], &[0; 99]);
    let long = contract(&owner, &word(65), &[0xff; 32]);
    for version in ["1.3.0", "1.4.1", "1.5.0"] {
        let check = Check {
            version: version.parse().unwrap(),
            owners: &[owner],
            threshold: 1,
            hash,
            preimage: &preimage,
            executor: Address::ZERO,
            approved: &[],
        };
        let magic = safe::Eip1271::of(check.version).magic();
        // The high bytes of the owner's word do not count.
        let verdict = predict(&check, &good, |question| {
            assert_eq!((question.owner, question.signature), (owner, &[7, 8, 9][..]));
            Ok(magic)
        });
        assert_eq!(verdict, Ok(()));
        assert_eq!(predict(&check, &good, |_| Ok([0; 4])), Err(Revert::ContractRefuses));
        assert_eq!(predict(&check, &good, |_| Err(Revert::Silent)), Err(Revert::Silent));
        let never = |_: &Question<'_>| panic!("nobody is asked");
        for (blob, fault, code) in [
            (&cut, Revert::CutOff, Some("GS023")),
            (&outside, Revert::PointsOutside, Some("GS022")),
            (&inside, Revert::PointsInside, Some("GS021")),
            (&overflow, Revert::Silent, None),
            (&long, Revert::Silent, None),
        ] {
            assert_eq!(predict(&check, blob, never), Err(fault), "{version}");
            assert_eq!(fault.code(), code);
        }
        assert_eq!(predict(&Check { owners: &[], ..check }, &good, |_| Ok(magic)), Err(Revert::NoOwner));
        assert_eq!(predict(&Check { threshold: 0, ..check }, &good, never), Err(Revert::NoThreshold));
        let other = predict(&Check { preimage: &[1], ..check }, &good, |_| Ok(magic));
        let expected = if version == "1.4.1" { Err(Revert::OtherBytes) } else { Ok(()) };
        assert_eq!(other, expected, "{version}");
    }
}

#[test]
fn neither_the_end_mark_of_the_list_nor_nobody_is_an_owner() {
    for (owner, expected) in [
        (Address::from_bytes([0x11; 20]), Ok(())),
        (safe::eip55::parse("0x0000000000000000000000000000000000000001").unwrap(), Err(Revert::NoOwner)),
        (Address::ZERO, Err(Revert::NoOwner)),
    ] {
        let check = Check {
            version: "1.4.1".parse().unwrap(),
            owners: &[owner],
            threshold: 1,
            hash: Digest::ZERO,
            preimage: &[],
            executor: owner,
            approved: &[],
        };
        let blob = safe::assemble(&[safe::Approval::Hash { owner }]).unwrap();
        assert_eq!(predict(&check, &blob, |_| Err(Revert::Silent)), expected);
        // Approved beforehand, and sent by another.
        let check = Check { executor: Address::from_bytes([9; 20]), ..check };
        assert_eq!(predict(&check, &blob, |_| Err(Revert::Silent)), Err(Revert::NotApproved));
        let check = Check { approved: &[owner], ..check };
        assert_eq!(predict(&check, &blob, |_| Err(Revert::Silent)), expected);
    }
}
