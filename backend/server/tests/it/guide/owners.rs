//! The owners of the guide's Safe are keys of two seeds, so that what their wallets give can stand in the guide.

use domain::value::Digest;
use safe::signature::Form;
use safe::signer::LocalKey;
use safe::{eip55, hex};

use super::guide;

#[test]
fn the_owners_of_the_guide_have_signed_its_batch_in_either_form() {
    let text = guide();
    let (_, rest) = text.split_once("\"safe_tx_hash\": \"0x").unwrap();
    let hash: Digest = rest.get(..64).unwrap().parse().unwrap();
    let mut expected = Vec::new();
    for (seed, form) in [("the guide's first", Form::TypedData), ("the guide's second", Form::EthSign)] {
        let key = LocalKey::from_seed(seed.as_bytes());
        expected.push(eip55::checksum(&key.address()));
        expected.push(hex::encode(&key.sign(&hash, form).unwrap().bytes()));
    }
    let missing: Vec<_> = expected.iter().filter(|value| !text.contains(value.as_str())).collect();
    assert!(missing.is_empty(), "docs/api.md lacks {missing:?}");
}
