//! Wallets of people: keys that sign messages.

use ethers::k256::ecdsa::SigningKey;
use ethers::utils::{hash_message, hex, keccak256, secret_key_to_address};
use serde_json::{Value, json};
use server::app::SignedMessage;

use super::Api;

/// The key that these words make, of which nobody has another one.
pub fn key(words: &str) -> SigningKey {
    SigningKey::from_slice(&keccak256(words)).unwrap()
}

pub fn address_of(key: &SigningKey) -> String {
    safe::eip55::checksum(&domain::value::Address::from_bytes(secret_key_to_address(key).to_fixed_bytes()))
}

/// What a wallet answers to `personal_sign`, by another implementation than ours.
pub fn personal_sign(key: &SigningKey, message: &str) -> String {
    let (signature, recovery) = key.sign_prehash_recoverable(&hash_message(message).0).unwrap();
    let bytes: Vec<u8> = signature.to_bytes().into_iter().chain([27 + recovery.to_byte()]).collect();
    hex::encode_prefixed(bytes)
}

/// A message with a wallet's signature, as it is sent.
pub fn signed(key: &SigningKey, message: &str) -> Value {
    json!({ "message": message, "signature": personal_sign(key, message) })
}

impl Api {
    /// A message to sign in with that this key signed.
    pub async fn signed_in_with(&self, key: &SigningKey) -> Value {
        let ip = self.caller().parse().unwrap();
        signed(key, &self.app.sign_in_message(&address_of(key), ip).await.unwrap().message)
    }

    /// A message that links this key to an account, signed.
    pub async fn linking_with(&self, handle: &str, key: &SigningKey) -> Value {
        let account = self.app.find_account(handle).await.unwrap().unwrap();
        signed(key, &self.app.link_message(account, &address_of(key)).await.unwrap().message)
    }

    /// A wallet of somebody who registered, linked to their account.
    pub async fn wallet_of(&self, handle: &str) -> SigningKey {
        let (key, account) = (key(handle), self.app.find_account(handle).await.unwrap().unwrap());
        let wallets = self.app.wallets(account).await.unwrap();
        if !wallets.iter().any(|wallet| safe::eip55::checksum(&wallet.address) == address_of(&key)) {
            let said = self.linking_with(handle, &key).await;
            let [message, signature] = ["message", "signature"].map(|name| said[name].as_str().unwrap());
            self.app.link_wallet(account, SignedMessage { message, signature }).await.unwrap();
        }
        key
    }
}
