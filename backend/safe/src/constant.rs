//! Addresses written in the source, read when it is compiled.

use domain::value::Address;

/// An address written in this crate's source, read while compiling.
///
/// A wrong digit would read as zero; the tests compare every constant with its EIP-55 text.
pub(crate) const fn constant(text: &str) -> Address {
    let digits = text.as_bytes();
    let mut bytes = [0; 20];
    let mut place = 0;
    while place < 20 {
        bytes[place] = (nibble(digits[2 * place + 2]) << 4) | nibble(digits[2 * place + 3]);
        place += 1;
    }
    Address::from_bytes(bytes)
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}
