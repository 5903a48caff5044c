//! Sign-In with Ethereum (ERC-4361): what a wallet shows before it signs, and whose signature it is.
//!
//! Messages are read by the `siwe` library and taken only if they are written as it would write them: what a person
//! saw in the wallet then has one meaning. Signatures are 65 bytes of a key with the low s (ERC-191, version 0x45),
//! v being 27, 28, 0 or 1; the shorter form of ERC-2098 and contracts' signatures are not read here.

use std::str::FromStr;

use domain::value::{Address, Digest, Signature, SignatureError, Timestamp};
use thiserror::Error;

use crate::recover::ecrecover;
use crate::{hex, word};

const PREAMBLE: &str = " wants you to sign in with your Ethereum account:";
const SCHEMES: [&str; 2] = ["https", "http"];
const NONCE_LENGTH: usize = 8;

/// Why a text is not a message to sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SiweError {
    #[error("the message is not one of Sign-In with Ethereum (ERC-4361): {0}")]
    Form(String),
    #[error("the message holds characters beyond ASCII, which may look like others")]
    NotAscii,
    #[error("the message is not written as ERC-4361 wants it: have the wallet sign the text as it was given")]
    Spelling,
    #[error("the message's nonce has fewer than 8 characters, or others than letters and digits")]
    Nonce,
    #[error("the message names a time that no clock here shows")]
    Time,
}

/// Why a signature is not one of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SiweSignatureError {
    #[error("a signature is 65 bytes: 130 hex digits after 0x")]
    Length,
    #[error(transparent)]
    Form(#[from] SignatureError),
    #[error("nobody's key signed this")]
    Nobody,
    #[error("the signature is of another wallet or of another message: sign it again with {expected}")]
    Other { expected: Address },
}

/// A message to sign in with, as its signer saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiweMessage {
    text: String,
    /// `https` or `http`, if the message says so.
    pub scheme: Option<&'static str>,
    /// Host, with a port if it is not the usual one.
    pub domain: String,
    pub address: Address,
    pub statement: Option<String>,
    pub uri: String,
    pub chain_id: u64,
    pub nonce: String,
    pub issued_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub not_before: Option<Timestamp>,
    pub resources: Vec<String>,
}

/// What a server's own message says.
#[derive(Clone, Copy, Debug)]
pub struct NewSiweMessage<'a> {
    pub domain: &'a str,
    pub address: Address,
    /// One line of ASCII.
    pub statement: &'a str,
    pub uri: &'a str,
    pub chain_id: u64,
    pub nonce: &'a str,
    pub issued_at: Timestamp,
    pub expires_at: Timestamp,
}

impl NewSiweMessage<'_> {
    /// The text that the wallet shows and signs.
    pub fn text(&self) -> String {
        let Self { domain, statement, uri, chain_id, nonce, issued_at, expires_at, .. } = self;
        let address = crate::eip55::checksum(&self.address);
        format!(
            "{domain}{PREAMBLE}\n{address}\n\n{statement}\n\nURI: {uri}\nVersion: 1\nChain ID: {chain_id}\n\
             Nonce: {nonce}\nIssued At: {issued_at}\nExpiration Time: {expires_at}"
        )
    }
}

impl FromStr for SiweMessage {
    type Err = SiweError;

    fn from_str(text: &str) -> Result<Self, SiweError> {
        if !text.is_ascii() {
            return Err(SiweError::NotAscii);
        }
        // The library does not know the scheme that may stand before the domain.
        let with_scheme =
            |scheme: &&str| text.strip_prefix(*scheme).and_then(|rest| rest.strip_prefix("://"));
        let scheme = SCHEMES.into_iter().find(|scheme| with_scheme(scheme).is_some());
        let rest = scheme.as_ref().and_then(with_scheme).unwrap_or(text);
        let read: siwe::Message =
            rest.parse().map_err(|error: siwe::ParseError| SiweError::Form(error.to_string()))?;
        if read.to_string() != rest {
            return Err(SiweError::Spelling);
        }
        if read.nonce.len() < NONCE_LENGTH || !read.nonce.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SiweError::Nonce);
        }
        Ok(Self {
            text: text.to_owned(),
            scheme,
            domain: read.domain.to_string(),
            address: Address::from_bytes(read.address),
            statement: read.statement,
            uri: read.uri.to_string(),
            chain_id: read.chain_id,
            nonce: read.nonce,
            issued_at: moment(&read.issued_at)?,
            expires_at: read.expiration_time.as_ref().map(moment).transpose()?,
            not_before: read.not_before.as_ref().map(moment).transpose()?,
            resources: read.resources.iter().map(ToString::to_string).collect(),
        })
    }
}

/// What `personal_sign` of a message signs (ERC-191, version 0x45).
pub fn personal_hash(message: &[u8]) -> Digest {
    word::keccak(&[&personal_preimage(message)])
}

fn personal_preimage(message: &[u8]) -> Vec<u8> {
    let length = message.len().to_string();
    [b"\x19Ethereum Signed Message:\n", length.as_bytes(), message].concat()
}

fn moment(at: &siwe::TimeStamp) -> Result<Timestamp, SiweError> {
    let micros = at.as_ref().unix_timestamp_nanos().div_euclid(1_000);
    let micros = i64::try_from(micros).map_err(|_| SiweError::Time)?;
    Timestamp::from_micros(micros).map_err(|_| SiweError::Time)
}

impl SiweMessage {
    /// Whether the message may be used at a moment: from `Not Before` on, and not at `Expiration Time` any more.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|first| first <= now) && self.expires_at.is_none_or(|last| now < last)
    }

    /// The bytes whose hash is signed.
    pub fn preimage(&self) -> Vec<u8> {
        personal_preimage(self.text.as_bytes())
    }

    /// What the key signs: the message behind `personal_sign`'s prefix (ERC-191, version 0x45).
    pub fn hash(&self) -> Digest {
        personal_hash(self.text.as_bytes())
    }

    /// Makes sure that the message's own address signed it.
    ///
    /// # Errors
    /// Anything but one signature of that key.
    pub fn check(&self, signature: &str) -> Result<(), SiweSignatureError> {
        let bytes = hex::decode(signature).ok_or(SiweSignatureError::Length)?;
        let mut bytes: [u8; 65] = bytes.try_into().map_err(|_| SiweSignatureError::Length)?;
        let [.., v] = &mut bytes;
        // Some wallets count from 0.
        if *v < 2 {
            *v = v.saturating_add(27);
        }
        let signature = Signature::from_bytes(bytes)?;
        let [rs @ .., v] = signature.bytes();
        match ecrecover(&self.hash(), rs, *v) {
            None => Err(SiweSignatureError::Nobody),
            Some(signer) if signer == self.address => Ok(()),
            Some(_) => Err(SiweSignatureError::Other { expected: self.address }),
        }
    }
}
