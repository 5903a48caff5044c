//! A Safe that is an owner of a Safe: what its owners sign, and what both contracts say to it.

use crate::common::{address, addresses, all_hold, bytes, digest, list, safe_tx, sign, text, vectors};
use domain::value::Address;
use ethers::k256::ecdsa::SigningKey;
use safe::predict::Question;
use safe::{Approval, Check, Eip1271, Revert, SafeAccount, WalletSignature, assemble, predict};
use serde_json::Value;

fn account(case: &Value, key: &str) -> SafeAccount {
    SafeAccount {
        chain_id: case["chain_id"].as_u64().unwrap(),
        address: address(case, key),
        version: text(case, "version").parse().unwrap(),
    }
}

/// The answer of the child Safe, whose handler hands the question to the Safe's own check.
fn child_answers(case: &Value, question: &Question<'_>) -> Result<[u8; 4], Revert> {
    let child = account(case, "child_safe");
    assert_eq!(question.owner, child.address);
    let hashes = child.message_hashes(question.shown);
    let check = Check {
        version: child.version,
        owners: &addresses(case, "child_owners"),
        threshold: case["child_threshold"].as_u64().unwrap(),
        hash: hashes.safe_message,
        preimage: &hashes.preimage(),
        executor: Address::ZERO,
        approved: &[],
    };
    predict(&check, question.signature, |_| Err(Revert::Silent))?;
    Ok(Eip1271::of(child.version).magic())
}

/// The child's owners sign what this form shows them.
fn child_signatures(case: &Value, form: &Value, keys: &[SigningKey]) -> Vec<u8> {
    let child = account(case, "child_safe");
    let hashes = child.message_hashes(&bytes(form, "message_given_to_owner_contract"));
    let hash = digest(form, "child_safe_message_hash");
    assert_eq!(hashes.safe_message, hash);
    let owners = addresses(case, "child_owners");
    let signed = keys.iter().filter_map(|key| {
        let signature = WalletSignature::try_from(sign(key, &hash)).unwrap();
        signature.by_owner(&hash, &owners).ok().map(Approval::Signed)
    });
    assemble(&signed.collect::<Vec<_>>()).unwrap()
}

#[test]
fn a_safe_that_owns_a_safe_signs_in_the_form_of_the_parent() {
    let (file, signed) = (vectors("contract_signatures.json"), vectors("signatures.json"));
    let keys: Vec<SigningKey> = list(&signed, "keys")
        .iter()
        .map(|key| SigningKey::from_slice(&bytes(key, "privateKey")).unwrap())
        .collect();
    let (mut held, mut forms) = (0, 0);
    for case in list(&file, "vectors") {
        let parent = account(case, "parent_safe");
        let tx = safe_tx(&case["safe_tx"]);
        let hashes = tx.hashes(&parent);
        assert_eq!(hashes.safe_tx, digest(case, "safe_tx_hash"));
        assert_eq!(hashes.preimage(), bytes(case, "preimage"));
        let owners = addresses(case, "parent_owners");
        for (name, form) in case["forms"].as_object().unwrap() {
            forms += 1;
            let shown = if name == "legacy_bytes_preimage" { Eip1271::Bytes } else { Eip1271::Hash };
            assert_eq!(shown.shown(&hashes.preimage()), bytes(form, "message_given_to_owner_contract"));
            let child = child_signatures(case, form, &keys);
            assert_eq!(child, bytes(form, "child_signatures"), "{name}");
            let signature: WalletSignature = text(form, "eoa_signature").parse().unwrap();
            let blob = assemble(&[
                Approval::Signed(signature.by_owner(&hashes.safe_tx, &owners).unwrap()),
                Approval::Contract { owner: address(case, "child_safe"), signature: child },
            ])
            .unwrap();
            assert_eq!(blob, bytes(form, "signatures"), "{name}");
            assert_eq!(tx.exec_calldata(&blob), bytes(form, "exec_calldata"), "{name}");
            let check = Check {
                version: parent.version,
                owners: &owners,
                threshold: case["parent_threshold"].as_u64().unwrap(),
                hash: hashes.safe_tx,
                preimage: &hashes.preimage(),
                executor: Address::ZERO,
                approved: &[],
            };
            let verdict = predict(&check, &blob, |question| child_answers(case, question));
            assert_eq!(verdict.is_ok(), form["accepted_on_chain"].as_bool().unwrap(), "{name}");
            assert_eq!(verdict.err().and_then(Revert::code), form["error_code"].as_str(), "{name}");
            assert_eq!(verdict.is_ok(), shown == Eip1271::of(parent.version));
            held += 1;
        }
    }
    all_hold("contract_signatures", held, forms);
}

#[test]
fn the_question_to_a_contract_is_encoded_as_the_library_does() {
    use ethers::abi::{Token, encode};
    let (preimage, signature) = ([0x19; 66], [7; 65]);
    let hash = ethers::utils::keccak256(preimage);
    for (form, tokens) in [
        (Eip1271::Bytes, [Token::Bytes(preimage.to_vec()), Token::Bytes(signature.to_vec())]),
        (Eip1271::Hash, [Token::FixedBytes(hash.to_vec()), Token::Bytes(signature.to_vec())]),
    ] {
        let encoded = [&form.magic()[..], &encode(&tokens)].concat();
        assert_eq!(form.calldata(&preimage, &signature), encoded, "{form:?}");
    }
}

#[test]
fn only_the_whole_word_of_the_right_form_means_yes() {
    let word = |magic: [u8; 4]| [&magic[..], &[0; 28]].concat();
    for (form, other) in [(Eip1271::Bytes, Eip1271::Hash), (Eip1271::Hash, Eip1271::Bytes)] {
        assert!(form.says_yes(&word(form.magic())));
        let mut dirty = word(form.magic());
        dirty[31] = 1;
        for answer in [&word(other.magic())[..], &dirty, &form.magic(), &[], &[0; 32]] {
            assert!(!form.says_yes(answer), "{answer:?}");
        }
    }
}
