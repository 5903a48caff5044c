//! Access tokens that the server would never make, signed with its own key.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};

use crate::app::world::{NOON, time};

/// Whoever holds the server's key, and makes tokens that the server would not.
pub struct Forger {
    pkcs8: Vec<u8>,
    pub header: Header,
    pub claims: Map<String, Value>,
}

impl Forger {
    /// With the key of a data folder, in the name of a server and an account, for the session of a real token.
    pub fn new(folder: &Path, issuer: &str, account: &str, real: &str) -> Self {
        let real = claims_of(real);
        let pkcs8 = std::fs::read(folder.join("keys/access.ed25519")).unwrap();
        let public = Ed25519KeyPair::from_pkcs8(&pkcs8).unwrap();
        let id = domain::value::Digest::sha256(&[public.public_key().as_ref()]).to_string();
        let header = Header {
            typ: Some("at+jwt".to_owned()),
            kid: Some(id[..16].to_owned()),
            ..Header::new(Algorithm::EdDSA)
        };
        let now = time(NOON).micros() / 1_000_000;
        let claims = json!({
            "iss": issuer, "aud": format!("{issuer}/api/v1"), "sub": account, "iat": now, "nbf": now,
            "exp": now + 600, "jti": "6f1c7c3e-0f0a-4a55-9c63-1f5a5f0d8c11", "epoch": 0,
            "sid": real["sid"], "auth_time": now,
        });
        let Value::Object(claims) = claims else { panic!("an object") };
        Self { pkcs8, header, claims }
    }

    pub fn public(&self) -> Vec<u8> {
        Ed25519KeyPair::from_pkcs8(&self.pkcs8).unwrap().public_key().as_ref().to_vec()
    }

    pub fn sign(&self) -> String {
        encode(&self.header, &self.claims, &EncodingKey::from_ed_der(&self.pkcs8)).unwrap()
    }

    /// A token with one claim changed, or left out.
    pub fn with(&self, claim: &str, value: Option<Value>) -> String {
        let mut claims = self.claims.clone();
        match value {
            Some(value) => claims.insert(claim.to_owned(), value),
            None => claims.remove(claim),
        };
        encode(&self.header, &claims, &EncodingKey::from_ed_der(&self.pkcs8)).unwrap()
    }

    /// A token that says these claims.
    pub fn sign_claims(&self, claims: &Value) -> String {
        encode(&self.header, claims, &EncodingKey::from_ed_der(&self.pkcs8)).unwrap()
    }

    pub fn with_header(&self, change: impl FnOnce(&mut Header)) -> String {
        let mut header = self.header.clone();
        change(&mut header);
        encode(&header, &self.claims, &EncodingKey::from_ed_der(&self.pkcs8)).unwrap()
    }
}

/// What an access token says.
pub fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

pub fn base64url(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            let index = usize::try_from(bits >> (18 - 6 * digit) & 63).unwrap();
            text.push(char::from(DIGITS[index]));
        }
    }
    text
}
