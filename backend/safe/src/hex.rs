//! Hex text with the `0x` prefix, as everybody around a Safe writes it.

use ethers::utils::hex;

/// Lower-case hex with `0x`.
pub fn encode(bytes: &[u8]) -> String {
    hex::encode_prefixed(bytes)
}

/// Reads `0x` and an even number of hex digits in any case.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    decode_digits(text.strip_prefix("0x")?)
}

/// Reads an even number of hex digits in any case, without a prefix.
pub(crate) fn decode_digits(digits: &str) -> Option<Vec<u8>> {
    // The library would skip a second prefix.
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    hex::decode(digits).ok()
}
