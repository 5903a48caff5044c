//! How the node writes numbers, hashes and bytes, and what contracts answer.

use domain::value::{Address, Digest};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Bytes in a word of a contract's answer.
const WORD: usize = 32;

/// A number as JSON-RPC writes it: `0x1f`.
pub(super) fn quantity(number: impl Into<safe::U256>) -> String {
    format!("{:#x}", number.into())
}

/// A hash as JSON-RPC writes it.
pub(super) fn hash(digest: &Digest) -> String {
    format!("0x{digest}")
}

pub(super) fn read_quantity<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let text = String::deserialize(from)?;
    let digits = text.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    digits.ok_or_else(|| D::Error::custom("no number of 64 bits"))
}

/// 1 or 0 as a truth.
pub(super) fn read_flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(read_quantity(from)? == 1)
}

pub(super) fn read_bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    safe::hex::decode(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("no bytes"))
}

pub(super) fn read_hash<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
    Hash::deserialize(from).map(|hash| hash.0)
}

pub(super) fn read_hashes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Digest>, D::Error> {
    Ok(Vec::deserialize(from)?.into_iter().map(|hash: Hash| hash.0).collect())
}

/// Bytes in an answer.
#[derive(Deserialize)]
pub(super) struct Bytes(#[serde(deserialize_with = "read_bytes")] pub Vec<u8>);

/// A hash in an answer.
pub(super) struct Hash(pub Digest);

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let digest = text.strip_prefix("0x").and_then(|digits| digits.parse().ok());
        digest.map(Self).ok_or_else(|| D::Error::custom("no hash"))
    }
}

/// The words of a contract's answer; bytes behind the last whole one are none.
pub(super) fn words(answer: &[u8]) -> &[[u8; WORD]] {
    answer.as_chunks().0
}

/// A word that holds a number of 128 bits.
pub(super) fn uint(word: &[u8; WORD]) -> Option<u128> {
    let (high, low) = word.as_chunks::<16>().0.split_first_chunk::<1>()?;
    (*high == [[0; 16]]).then(|| low.first().copied().map(u128::from_be_bytes)).flatten()
}

/// A word that holds an address.
pub(super) fn address(word: &[u8; WORD]) -> Option<Address> {
    let (high, low) = word.split_first_chunk::<12>()?;
    (*high == [0; 12]).then(|| low.try_into().ok().map(Address::from_bytes)).flatten()
}

/// The only value of an answer that is a list of addresses.
pub(super) fn addresses(answer: &[u8]) -> Option<Vec<Address>> {
    let (_, rest) = words(answer).split_first()?;
    let (count, list) = rest.split_first()?;
    let count = usize::try_from(uint(count)?).ok()?;
    list.get(..count)?.iter().map(address).collect()
}

/// Why a contract reverted, in the words of its `require`.
pub(super) fn reason(data: &[u8]) -> Option<String> {
    /// `Error(string)`
    const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
    let arguments = data.strip_prefix(&ERROR)?;
    let [_, length, ..] = words(arguments) else { return None };
    let length = usize::try_from(uint(length)?).ok()?;
    let text = arguments.get(WORD.checked_mul(2)?..)?.get(..length)?;
    String::from_utf8(text.to_vec()).ok()
}
