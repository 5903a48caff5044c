//! The 32-byte words of the contract ABI: writing them, and reading them without ever panicking.

use domain::value::{Address, Digest};
use ethers::types::U256;
use ethers::utils::keccak256;

/// Bytes in an ABI word.
pub(crate) const WORD: usize = 32;

/// Keccak-256 of the parts, one after another.
pub(crate) fn keccak(parts: &[&[u8]]) -> Digest {
    Digest::from_bytes(keccak256(parts.concat()))
}

pub(crate) fn of_uint(value: U256) -> [u8; WORD] {
    let mut word = [0; WORD];
    value.to_big_endian(&mut word);
    word
}

pub(crate) fn of_len(len: usize) -> [u8; WORD] {
    of_uint(U256::from(len))
}

pub(crate) fn of_address(address: &Address) -> [u8; WORD] {
    let mut word = [0; WORD];
    let (_, low) = word.split_at_mut(12);
    low.copy_from_slice(address.bytes());
    word
}

/// Zero bytes that fill `len` bytes up to whole words.
pub(crate) fn padding(len: usize) -> Vec<u8> {
    vec![0; len.next_multiple_of(WORD).saturating_sub(len)]
}

/// The word at byte `offset`, if it is there in full.
pub(crate) fn at(bytes: &[u8], offset: usize) -> Option<[u8; WORD]> {
    bytes.get(offset..offset.checked_add(WORD)?)?.try_into().ok()
}

/// The 20 bytes at byte `offset`, if they are there in full.
pub(crate) fn address_at(bytes: &[u8], offset: usize) -> Option<Address> {
    bytes.get(offset..offset.checked_add(20)?)?.try_into().ok().map(Address::from_bytes)
}

pub(crate) fn to_uint(word: &[u8; WORD]) -> U256 {
    U256::from_big_endian(word)
}

/// A length or an offset, if it fits the machine.
pub(crate) fn to_len(word: &[u8; WORD]) -> Option<usize> {
    u64::try_from(to_uint(word)).ok().and_then(|len| usize::try_from(len).ok())
}

/// The low 20 bytes of a word, and whether the 12 above them are zero.
pub(crate) fn to_address(word: &[u8; WORD]) -> (Address, bool) {
    let (high, low) = word.split_at(12);
    let address = low.try_into().map_or(Address::ZERO, Address::from_bytes);
    (address, high.iter().all(|byte| *byte == 0))
}

/// A dynamic `bytes` argument as Solidity reads it: by its offset, without looking at padding.
///
/// `arguments` is the calldata after the selector; `head` is the byte place of the offset word.
pub(crate) fn bytes_argument(arguments: &[u8], head: usize) -> Option<&[u8]> {
    let offset = to_len(&at(arguments, head)?)?;
    let len = to_len(&at(arguments, offset)?)?;
    let start = offset.checked_add(WORD)?;
    arguments.get(start..start.checked_add(len)?)
}

/// Length, bytes and zero padding: the tail of a `bytes` argument.
pub(crate) fn bytes_tail(bytes: &[u8]) -> Vec<u8> {
    [&of_len(bytes.len())[..], bytes, &padding(bytes.len())].concat()
}
