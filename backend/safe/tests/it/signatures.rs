//! Owners' signatures: read, recovered and assembled as two other implementations do it.

use crate::common::{
    address, address_of, addresses, all_hold, bytes, digest, list, personal, sign, text, vectors,
};
use domain::value::{Address, Digest};
use ethers::k256::ecdsa::SigningKey;
use proptest::prelude::*;
use safe::approval::{
    AssembleError, approve_hash_calldata, approved_hashes_answer, approved_hashes_calldata,
};
use safe::signature::{Signers, WalletSignatureError};
use safe::{Approval, Form, OwnerSignature, WalletSignature, assemble, predict};
use serde_json::Value;

/// A signature as the file has it, read and recovered as one of these owners'.
fn read(signature: &Value, key: &str, case: &Value, owners: &[Address]) -> OwnerSignature {
    let read: WalletSignature = text(signature, key).parse().unwrap();
    read.by_owner(&digest(case, "safe_tx_hash"), owners).unwrap()
}

#[test]
fn every_signature_is_recovered_in_its_form_and_written_as_the_safe_takes_it() {
    let file = vectors("signatures.json");
    let (mut held, mut cases) = (0, 0);
    for case in list(&file, "vectors") {
        let hash = digest(case, "safe_tx_hash");
        let entries = list(case, "owners");
        let owners: Vec<Address> = entries.iter().map(|entry| address(entry, "address")).collect();
        for entry in entries {
            cases += 1;
            let owner = address(entry, "address");
            for (key, form, spelled) in [
                ("eip712", Form::TypedData, "eip712"),
                ("eth_sign_raw", Form::EthSign, "eth_sign"),
                ("eth_sign", Form::EthSign, "eth_sign"),
            ] {
                let read = read(entry, key, case, &owners);
                assert_eq!((read.owner, read.form), (owner, form), "{key}");
                assert_eq!(read.bytes().to_vec(), bytes(entry, spelled), "{key}");
                assert!(read.is_of(&hash) && !read.is_of(&digest(case, "message_hash")));
            }
            let approved = assemble(&[Approval::Hash { owner }]).unwrap();
            assert_eq!(approved, bytes(entry, "approved_hash"));
            held += 1;
        }
    }
    all_hold("signatures", held, cases);
}

#[test]
fn signatures_are_assembled_as_the_other_tools_do_whatever_their_order() {
    let file = vectors("signatures.json");
    let (mut held, mut cases) = (0, 0);
    for case in list(&file, "vectors") {
        let entries = list(case, "owners");
        let owners: Vec<Address> = entries.iter().map(|entry| address(entry, "address")).collect();
        for (combo, expected) in case["combos"].as_object().unwrap() {
            cases += 1;
            let expected = ethers::utils::hex::decode(expected.as_str().unwrap()).unwrap();
            // From the blob back to each owner, and in the file's order of owners, which is not sorted.
            let mut approvals: Vec<Approval> = expected
                .chunks_exact(65)
                .map(|part| WalletSignature::try_from(<[u8; 65]>::try_from(part).unwrap()).unwrap())
                .map(|part| part.by_owner(&digest(case, "safe_tx_hash"), &owners).unwrap())
                .map(Approval::Signed)
                .collect();
            approvals.sort_by_key(|approval| owners.iter().position(|owner| owner == approval.owner()));
            assert_eq!(assemble(&approvals), Ok(expected.clone()), "{combo}");
            approvals.reverse();
            assert_eq!(assemble(&approvals), Ok(expected), "{combo}");
            let again = approvals[0].clone();
            let owner = *again.owner();
            approvals.push(again);
            assert_eq!(assemble(&approvals), Err(AssembleError::Duplicate { owner }));
            held += 1;
        }
    }
    all_hold("signatures assembled", held, cases);
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).unwrap()
}

/// The other signature of the same key: s mirrored, v changed.
fn mirrored(mut signature: [u8; 65]) -> [u8; 65] {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let order = safe::U256::from_str_radix(order, 16).unwrap();
    let s = order - safe::U256::from_big_endian(&signature[32..64]);
    s.to_big_endian(&mut signature[32..64]);
    signature[64] = 55 - signature[64];
    signature
}

#[test]
fn each_fault_of_a_signature_has_its_own_reason() {
    let good = sign(&key(7), &Digest::sha256(&[b"tx"]));
    let hex = |bytes: &[u8]| ethers::utils::hex::encode(bytes);
    let with = |at: usize, byte: u8| {
        let mut bytes = good;
        bytes[at] = byte;
        hex(&bytes)
    };
    let zero_r = hex(&[&[0; 32], &good[32..]].concat());
    let zero_s = hex(&[&good[..32], &[0; 32], &good[64..]].concat());
    let large_r = hex(&[&[0xff; 32], &good[32..]].concat());
    let large_s = hex(&[&good[..32], &[0xff; 32], &good[64..]].concat());
    let approved = assemble(&[Approval::Hash { owner: address_of(&key(7)) }]).unwrap();
    let contract = Approval::Contract { owner: address_of(&key(7)), signature: vec![] };
    let contract = assemble(&[contract]).unwrap();
    let text = hex(&good);
    for (text, fault) in [
        (String::new(), WalletSignatureError::Length { found: 0 }),
        ("0x".to_owned(), WalletSignatureError::Length { found: 0 }),
        (format!("{text}\n"), WalletSignatureError::NotHex),
        (format!("0x0x{text}"), WalletSignatureError::NotHex),
        (text[1..].to_owned(), WalletSignatureError::NotHex),
        (text[2..].to_owned(), WalletSignatureError::Compact),
        (text[4..].to_owned(), WalletSignatureError::Length { found: 63 }),
        (format!("{text}00"), WalletSignatureError::Length { found: 66 }),
        (text.repeat(2), WalletSignatureError::Several { count: 2 }),
        (text.repeat(3), WalletSignatureError::Several { count: 3 }),
        (with(64, 2), WalletSignatureError::RecoveryByte { v: 2 }),
        (with(64, 26), WalletSignatureError::RecoveryByte { v: 26 }),
        (with(64, 29), WalletSignatureError::RecoveryByte { v: 29 }),
        (with(64, 30), WalletSignatureError::RecoveryByte { v: 30 }),
        (with(64, 33), WalletSignatureError::RecoveryByte { v: 33 }),
        (zero_r, WalletSignatureError::OutOfRange),
        (zero_s, WalletSignatureError::OutOfRange),
        (large_r, WalletSignatureError::OutOfRange),
        (large_s, WalletSignatureError::OutOfRange),
        (hex(&mirrored(good)), WalletSignatureError::HighS),
        (hex(&approved), WalletSignatureError::NoKey),
        (hex(&contract[..65]), WalletSignatureError::NoKey),
    ] {
        assert_eq!(text.parse::<WalletSignature>(), Err(fault), "{text}");
    }
    let read: WalletSignature = text.parse().unwrap();
    assert_eq!(format!("0x{}", text.to_uppercase()).parse(), Ok(read));
    assert_eq!(with(64, good[64] - 27).parse(), Ok(read));
}

#[test]
fn a_signature_of_nobody_known_says_whose_it_would_be() {
    let hash = Digest::sha256(&[b"tx"]);
    let (signer, owner) = (address_of(&key(7)), address_of(&key(8)));
    let mut bytes = sign(&key(7), &hash);
    let read = WalletSignature::try_from(bytes).unwrap();
    let refused = read.by_owner(&hash, &[owner]).unwrap_err();
    assert_eq!(refused.signers.typed_data, Some(signer));
    let other = refused.signers.eth_sign.unwrap();
    assert!(other != signer && other != owner);
    for told in [signer, other] {
        assert!(refused.to_string().contains(&safe::eip55::checksum(&told)), "{refused}");
    }

    // 31 and 32 promise a message: it is not tried as typed data.
    bytes[64] += 4;
    let read = WalletSignature::try_from(bytes).unwrap();
    let refused = read.by_owner(&hash, &[signer]).unwrap_err();
    assert_eq!(refused.signers, Signers { typed_data: None, eth_sign: Some(other) });
    assert!(refused.to_string().contains("nobody"), "{refused}");
}

#[test]
fn a_signature_of_something_else_is_recognised_among_what_may_have_been_meant() {
    let hash = |text: &str| Digest::sha256(&[text.as_bytes()]);
    let others = [("nonce 6", hash("6")), ("nonce 8", hash("8")), ("chain 1", hash("1"))];
    let owners = [address_of(&key(9)), address_of(&key(7))];
    for (signed, form) in [(hash("8"), Form::TypedData), (personal(&hash("8")), Form::EthSign)] {
        let read = WalletSignature::try_from(sign(&key(7), &signed)).unwrap();
        assert!(read.by_owner(&hash("7"), &owners).is_err());
        let (label, signature) = read.meant_for(&others, &owners).unwrap();
        assert_eq!((*label, signature.owner, signature.form), ("nonce 8", owners[1], form));
        assert_eq!(read.meant_for(&others, &owners[..1]), None);
        assert_eq!(read.meant_for(&others[..1], &owners), None);
    }
}

#[test]
fn approvals_on_the_chain_are_asked_for_and_read() {
    let (owner, hash) = (Address::from_bytes([0xab; 20]), Digest::from_bytes([0xcd; 32]));
    let hex = ethers::utils::hex::encode;
    assert_eq!(hex(approve_hash_calldata(&hash)), format!("d4d9bdcd{hash}"));
    let asked = format!("7d832974{}{}{hash}", "00".repeat(12), "ab".repeat(20));
    assert_eq!(hex(approved_hashes_calldata(&owner, &hash)), asked);
    let mut word = [0; 32];
    assert_eq!(approved_hashes_answer(&word), Some(false));
    word[31] = 1;
    assert_eq!(approved_hashes_answer(&word), Some(true));
    for answer in [&[][..], &word[1..], &[0; 64]] {
        assert_eq!(approved_hashes_answer(answer), None);
    }
}

#[test]
fn the_selectors_are_those_of_the_signatures_in_words() {
    use safe::Eip1271;
    use safe::approval::{APPROVE_HASH_SELECTOR, APPROVED_HASHES_SELECTOR};
    for (function, selector) in [
        ("approveHash(bytes32)", APPROVE_HASH_SELECTOR),
        ("approvedHashes(address,bytes32)", APPROVED_HASHES_SELECTOR),
        ("isValidSignature(bytes,bytes)", Eip1271::Bytes.magic()),
        ("isValidSignature(bytes32,bytes)", Eip1271::Hash.magic()),
    ] {
        assert_eq!(ethers::utils::id(function), selector, "{function}");
    }
}

fn any_key() -> impl Strategy<Value = SigningKey> {
    any::<[u8; 32]>().prop_filter_map("a key", |bytes| SigningKey::from_slice(&bytes).ok())
}

fn any_digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest::from_bytes)
}

proptest! {
    /// What a key signs in either form is recovered, spelled one way and read back.
    #[test]
    fn what_is_signed_is_recovered(key in any_key(), hash in any_digest(), message: bool, small: bool) {
        let owner = address_of(&key);
        let form = if message { Form::EthSign } else { Form::TypedData };
        let mut bytes = sign(&key, &if message { personal(&hash) } else { hash });
        let spelled = bytes[64] + if message { 4 } else { 0 };
        bytes[64] -= if small { 27 } else { 0 };
        let read = WalletSignature::try_from(bytes).unwrap();
        let signature = read.by_owner(&hash, &[Address::ZERO, owner]).unwrap();
        prop_assert_eq!((signature.owner, signature.form), (owner, form));
        prop_assert!(signature.is_of(&hash));
        prop_assert_eq!(signature.bytes()[64], spelled);
        let again = WalletSignature::try_from(signature.bytes()).unwrap();
        prop_assert_eq!(again.by_owner(&hash, &[owner]), Ok(signature));
        prop_assert!(read.by_owner(&hash, &[]).is_err());
    }

    #[test]
    fn any_signature_text_is_survived(text in "(0x)?[0-9a-fA-F]{0,140}", other: String, bytes: [u8; 65]) {
        for text in [text, other] {
            if let Ok(read) = text.parse::<WalletSignature>() {
                let _ = read.signers(&Digest::ZERO);
            }
        }
        if let Ok(read) = WalletSignature::try_from(bytes) {
            let _ = read.signers(&Digest::ZERO);
        }
    }

    /// What we assemble of enough owners is what the contract takes, whatever the order and the kinds.
    #[test]
    fn what_is_assembled_is_accepted(
        keys in prop::collection::vec((any_key(), 0..4_u8), 1..6),
        hash in any_digest(),
        version in prop::sample::select(vec!["1.3.0", "1.4.1", "1.5.0"]),
        shown in any::<Vec<u8>>(),
        threshold in any::<prop::sample::Index>(),
    ) {
        let preimage = [&[0x19, 0x01], hash.bytes().as_slice(), hash.bytes()].concat();
        let hash = Digest::from_bytes(ethers::utils::keccak256(&preimage));
        let owners: Vec<Address> = keys.iter().map(|(key, _)| address_of(key)).collect();
        let approvals: Vec<Approval> = keys
            .iter()
            .zip(&owners)
            .map(|((key, kind), owner)| {
                let signed = |hash| WalletSignature::try_from(sign(key, hash)).unwrap();
                match kind {
                    0 => Approval::Signed(signed(&hash).by_owner(&hash, &owners).unwrap()),
                    1 => Approval::Signed(signed(&personal(&hash)).by_owner(&hash, &owners).unwrap()),
                    2 => Approval::Hash { owner: *owner },
                    _ => Approval::Contract { owner: *owner, signature: [&shown[..], owner.bytes()].concat() },
                }
            })
            .collect();
        let version = version.parse().unwrap();
        let form = safe::Eip1271::of(version);
        let check = safe::Check {
            version,
            owners: &owners,
            threshold: u64::try_from(threshold.index(owners.len()) + 1).unwrap(),
            hash,
            preimage: &preimage,
            executor: Address::ZERO,
            approved: &owners,
        };
        let blob = assemble(&approvals).unwrap();
        let asked = predict(&check, &blob, |question| {
            assert_eq!(question.shown, form.shown(&preimage));
            assert_eq!(question.signature, [&shown[..], question.owner.bytes()].concat());
            Ok(form.magic())
        });
        prop_assert_eq!(asked, Ok(()));
        // One more is needed than there are.
        let more = safe::Check { threshold: u64::try_from(owners.len()).unwrap() + 1, ..check };
        prop_assert!(predict(&more, &blob, |_| Ok(form.magic())).is_err());
    }

    #[test]
    fn any_blob_is_survived(
        blob: Vec<u8>, version in prop::sample::select(vec!["1.3.0", "1.4.1", "1.5.0"]), threshold in 0..4_u64,
    ) {
        let check = safe::Check {
            version: version.parse().unwrap(),
            owners: &[],
            threshold,
            hash: Digest::ZERO,
            preimage: &[],
            executor: Address::ZERO,
            approved: &[],
        };
        prop_assert!(predict(&check, &blob, |_| Ok([0; 4])).is_err());
    }
}

#[test]
fn owners_of_the_file_are_those_of_its_safes() {
    // The verdicts below rest on it.
    let file = vectors("signatures.json");
    for (safe, case) in list(&file, "safes").iter().zip(list(&file, "vectors")) {
        assert_eq!(address(safe, "address"), address(case, "safe"));
        let entries = list(case, "owners").iter().map(|entry| address(entry, "address"));
        assert_eq!(addresses(safe, "owners"), entries.collect::<Vec<_>>());
    }
}
