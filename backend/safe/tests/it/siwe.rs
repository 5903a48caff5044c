//! Messages of Sign-In with Ethereum, read and checked as two other implementations do.

use crate::common::{all_hold, list, sign, text, vectors};
use domain::value::{Address, Timestamp};
use ethers::k256::ecdsa::SigningKey;
use proptest::prelude::*;
use safe::siwe::{NewSiweMessage, SiweError, SiweMessage, SiweSignatureError};
use serde_json::Value;

/// Whether a sign-in would be let in: read, for this server, now, and signed by its own address.
fn is_valid(case: &Value) -> bool {
    let context = &case["context"];
    let Ok(message) = text(case, "message").parse::<SiweMessage>() else { return false };
    let scheme = context["scheme"].as_str();
    message.domain == text(context, "domain")
        && message.nonce == text(context, "nonce")
        && text(context, "time").parse().is_ok_and(|now| message.is_valid_at(now))
        && (message.scheme.is_none() || scheme.is_none() || message.scheme == scheme)
        && message.check(text(case, "signature")).is_ok()
}

#[test]
fn every_message_is_let_in_or_not_as_others_do() {
    let file = vectors("eip191_siwe.json");
    let cases = list(&file, "siwe");
    let mut held = 0;
    for case in cases {
        let (name, verdict) = (text(case, "name"), is_valid(case));
        match text(case, "expect") {
            "valid" => assert!(verdict, "{name}"),
            "invalid" => assert!(!verdict, "{name}"),
            // v from 0 on is read; anything but 65 bytes is not.
            "implementation_choice" => assert_eq!(verdict, name == "v_zero_one", "{name}"),
            other => panic!("{other}"),
        }
        held += 1;
    }
    all_hold("eip191_siwe, messages", held, cases.len());
}

#[test]
fn every_personal_message_has_the_hash_and_the_signer_that_others_find() {
    let file = vectors("eip191_siwe.json");
    let cases = list(&file, "eip191");
    let mut held = 0;
    for case in cases {
        let message = match text(case, "kind") {
            "raw32" => ethers::utils::hex::decode(text(case, "message")).unwrap(),
            _ => text(case, "message").as_bytes().to_vec(),
        };
        let hash = safe::siwe::personal_hash(&message);
        assert_eq!(format!("0x{hash}"), text(case, "hash"));
        let bytes = ethers::utils::hex::decode(text(case, "signature")).unwrap();
        let signer = safe::recover::ecrecover(&hash, bytes[..64].try_into().unwrap(), bytes[64]).unwrap();
        assert_eq!(safe::eip55::checksum(&signer), text(case, "signer"));
        held += 1;
    }
    all_hold("eip191_siwe, hashes", held, cases.len());
}

#[test]
fn what_a_server_asks_for_is_read_back_and_checked() {
    let key = SigningKey::from_slice(&[7; 32]).unwrap();
    let address = crate::common::address_of(&key);
    let at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let new = NewSiweMessage {
        domain: "bounties.example.org:8443",
        address,
        statement: "Sign in to Bounty Ledger.",
        uri: "https://bounties.example.org:8443",
        chain_id: 42161,
        nonce: "0123456789abcdef",
        issued_at: at,
        expires_at: "2026-03-01T12:05:00Z".parse().unwrap(),
    };
    let message: SiweMessage = new.text().parse().unwrap();
    assert_eq!((message.domain.as_str(), message.address, message.chain_id), (new.domain, address, 42161));
    assert_eq!(
        (message.nonce.as_str(), message.issued_at, message.expires_at),
        (new.nonce, at, Some(new.expires_at))
    );
    let signed = |message: &SiweMessage| ethers::utils::hex::encode_prefixed(sign(&key, &message.hash()));
    assert_eq!(message.check(&signed(&message)), Ok(()));

    let other = NewSiweMessage { address: Address::from_bytes([9; 20]), ..new }.text();
    let other: SiweMessage = other.parse().unwrap();
    assert_eq!(other.check(&signed(&other)), Err(SiweSignatureError::Other { expected: other.address }));
}

#[test]
fn a_message_has_one_spelling() {
    let file = vectors("eip191_siwe.json");
    let good = text(&list(&file, "siwe")[0], "message");
    for (from, to) in [
        ("Chain ID: 42161", "Chain ID: +42161"),
        ("Chain ID: 42161", "Chain ID: 042161"),
        ("account:\n", "account:\n\n"),
        ("\n\n\nURI", "\n\nURI"),
        ("\n\n\nURI", "\n \n\nURI"),
        ("Version: 1", "Version: 01"),
        ("https://bounties.example.org/login", "https://bounties.example.org/lögin"),
        ("bounties.example.org wants", "bounties.еxample.org wants"),
        ("Issued At", "issued at"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(bad.parse::<SiweMessage>().is_err(), "{bad}");
    }
    let cyrillic = good.replacen("example", "еxample", 1);
    assert_eq!(cyrillic.parse::<SiweMessage>(), Err(SiweError::NotAscii));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(text in "\\PC*", signature in "\\PC*") {
        let file = vectors("eip191_siwe.json");
        let good: SiweMessage = crate::common::text(&list(&file, "siwe")[0], "message").parse().unwrap();
        prop_assert!(good.check(&signature).is_err());
        let _ = text.parse::<SiweMessage>();
    }

    #[test]
    fn a_changed_character_is_another_message(place in 0_usize..200, letter in "[ -~]") {
        let file = vectors("eip191_siwe.json");
        let case = &list(&file, "siwe")[1];
        let original = text(case, "message");
        let place = place % original.len();
        let changed = format!("{}{letter}{}", &original[..place], &original[place + 1..]);
        let is_same = changed == original;
        let check = changed.parse::<SiweMessage>().map(|message| message.check(text(case, "signature")).is_ok());
        prop_assert_eq!(check.unwrap_or(false), is_same);
    }
}
