//! Statements of members: hashed as another implementation hashes their JSON, and signed by the right wallet.

use crate::common;
use domain::value::{Address, Digest, Signature};
use domain::words::Choice;
use ethers::k256::ecdsa::SigningKey;
use ethers::types::transaction::eip712::{Eip712, TypedData};
use safe::statement::{Forum, Statement, Vote};

fn forum() -> Forum {
    let safe = safe::eip55::parse("0x5d3f6a0e2b7c41989e0f64a1c8d27b35f1e09a46").unwrap();
    Forum { chain_id: 42_161, program: Digest::sha256(&[b"program"]), safe }
}

fn vote() -> Vote {
    Vote {
        submission: "7".parse().unwrap(),
        revision: Digest::sha256(&[b"revision"]),
        ordinal: "2".parse().unwrap(),
        choice: Choice::NeedsChanges,
        amount: "20.000000000000000001".parse().unwrap(),
        payee: Address::from_bytes([0x77; 20]),
        category: "bounties".parse().unwrap(),
        reason: Digest::sha256(&[b"reason"]),
    }
}

fn statements() -> [Statement; 2] {
    let payee = Address::from_bytes([0x66; 20]);
    [Statement::PayoutAddress { member: "3".parse().unwrap(), payee }, Statement::Vote(vote())]
}

/// Signs a hash with a wallet's key.
fn sign(key: &SigningKey, hash: &Digest) -> Signature {
    Signature::from_bytes(common::sign(key, hash)).unwrap()
}

#[test]
fn a_statement_hashes_as_another_implementation_hashes_its_json() {
    for statement in statements() {
        let json = serde_json::to_value(statement.typed_data(&forum())).unwrap();
        let other: TypedData = serde_json::from_value(json.clone()).unwrap();
        let hash = statement.hash(&forum());
        assert_eq!(Digest::from_bytes(other.encode_eip712().unwrap()), hash, "{json}");
    }
}

#[test]
fn the_types_are_those_of_the_page_about_events() {
    let page = include_str!("../../../../docs/events.md");
    let page: String = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for statement in statements() {
        let json = serde_json::to_value(statement.typed_data(&forum())).unwrap();
        let name = json["primaryType"].as_str().unwrap();
        let fields = json["types"][name].as_array().unwrap().iter();
        let fields: Vec<String> = fields
            .map(|field| format!("{} {}", field["type"].as_str().unwrap(), field["name"].as_str().unwrap()))
            .collect();
        assert!(page.contains(&format!("`{name}({})`", fields.join(","))), "{name}");
    }
}

#[test]
fn the_signer_is_recovered_and_every_word_of_a_statement_is_signed() {
    let key = SigningKey::from_slice(&[0x42; 32]).unwrap();
    let own = common::address_of(&key);
    for statement in statements() {
        let signature = sign(&key, &statement.hash(&forum()));
        assert_eq!(statement.signer(&forum(), &signature), Some(own));
        let elsewhere = Forum { chain_id: 1, ..forum() };
        assert_ne!(statement.signer(&elsewhere, &signature), Some(own));
        let other_safe = Forum { safe: own, ..forum() };
        assert_ne!(statement.signer(&other_safe, &signature), Some(own));
        let other_program = Forum { program: Digest::ZERO, ..forum() };
        assert_ne!(statement.signer(&other_program, &signature), Some(own));
    }
    let signature = sign(&key, &Statement::Vote(vote()).hash(&forum()));
    let others = [
        Vote { submission: "8".parse().unwrap(), ..vote() },
        Vote { revision: Digest::ZERO, ..vote() },
        Vote { ordinal: "3".parse().unwrap(), ..vote() },
        Vote { choice: Choice::Approve, ..vote() },
        Vote { amount: "20".parse().unwrap(), ..vote() },
        Vote { payee: own, ..vote() },
        Vote { category: "marketing".parse().unwrap(), ..vote() },
        Vote { reason: Digest::ZERO, ..vote() },
    ];
    for other in others {
        assert_ne!(Statement::Vote(other).signer(&forum(), &signature), Some(own), "{other:?}");
    }
}

#[test]
fn numbers_that_are_no_signature_have_no_signer_and_no_panic() {
    for filler in [0x00, 0x01, 0x7f] {
        let mut bytes = [filler; 65];
        bytes[64] = 27;
        if let Ok(signature) = Signature::from_bytes(bytes) {
            for statement in statements() {
                let signer = statement.signer(&forum(), &signature);
                assert!(filler != 0 || signer.is_none());
            }
        }
    }
}
