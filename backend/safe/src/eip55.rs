//! Addresses as people write them: mixed-case hex whose letter case is a checksum (EIP-55).

use domain::value::Address;
use ethers::utils::{hex, keccak256};
use thiserror::Error;

/// Why a text is not an address a person may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// The text does not begin with `0x`.
    #[error("an address begins with 0x: leave out chain prefixes and names")]
    MissingPrefix,
    /// Something other than a hex digit stands after `0x`.
    #[error("an address is 0x and hex digits only: copy the full address, without spaces or dots")]
    NotHex,
    /// There are not exactly 40 hex digits.
    #[error("an address has 40 hex digits after 0x, this has {digits}: copy the full address")]
    Length {
        /// How many hex digits stand after `0x`.
        digits: usize,
    },
    /// The letter case does not match the digits: a digit is wrong, or it is another chain's checksum.
    #[error(
        "the address's checksum (EIP-55) is wrong: a character has changed; copy it again from the wallet"
    )]
    Checksum,
}

/// Writes an address with its EIP-55 checksum.
pub fn checksum(address: &Address) -> String {
    // As the library's `to_checksum`, without its texts in between: a bundle has millions of addresses.
    let digits = hex::encode(address.bytes());
    let hash = keccak256(&digits);
    let nibbles = hash.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    let cased = digits.chars().zip(nibbles);
    let cased = cased.map(|(digit, nibble)| if nibble < 8 { digit } else { digit.to_ascii_uppercase() });
    ['0', 'x'].into_iter().chain(cased).collect()
}

/// A text with every address in it as [`checksum`] writes it: the domain knows no checksums.
pub fn in_text(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|digit: char| !digit.is_ascii_hexdigit()).unwrap_or(part.len());
        let (digits, rest) = part.split_at(end);
        if let Ok(address) = parse_digits(digits) {
            told.push_str(&checksum(&address));
        } else {
            // Something else, such as a hash of the chain.
            told.push_str("0x");
            told.push_str(digits);
        }
        told.push_str(rest);
    }
    told
}

/// Reads what people write: `0x` and 40 hex digits.
///
/// All-lower-case and all-upper-case digits carry no checksum and are accepted; mixed case must pass EIP-55.
///
/// # Errors
/// A malformed shape (prefix, digits, length), or a checksum that does not match.
pub fn parse(text: &str) -> Result<Address, AddressError> {
    let digits = text.strip_prefix("0x").ok_or(AddressError::MissingPrefix)?;
    let address = parse_digits(digits)?;
    let carries_checksum = digits.bytes().any(|byte| byte.is_ascii_lowercase())
        && digits.bytes().any(|byte| byte.is_ascii_uppercase());
    if carries_checksum && checksum(&address) != text {
        return Err(AddressError::Checksum);
    }
    Ok(address)
}

/// Reads 40 hex digits whatever their case says.
pub(crate) fn parse_digits(digits: &str) -> Result<Address, AddressError> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(AddressError::NotHex);
    }
    let length = AddressError::Length { digits: digits.len() };
    let bytes = crate::hex::decode_digits(digits).ok_or(length)?;
    bytes.try_into().map(Address::from_bytes).map_err(|_| length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ethers::types::H160;
    use ethers::utils::to_checksum;

    #[test]
    fn the_library_gives_every_address_the_same_checksum() {
        for number in 0..2_000_u64 {
            let hash = keccak256(number.to_be_bytes());
            let bytes: [u8; 20] = hash[..20].try_into().unwrap();
            assert_eq!(checksum(&Address::from_bytes(bytes)), to_checksum(&H160(bytes), None));
        }
    }

    #[test]
    fn addresses_in_a_text_are_written_with_their_checksum() {
        let (plain, good) =
            ("0x289ba1701c2f088cf0faf8b3705246331cb8a839", "0x289ba1701C2F088cf0faf8B3705246331cB8A839");
        let hash = format!("0x{}", "ab".repeat(32));
        for (text, told) in [
            (plain.to_owned(), good.to_owned()),
            (format!("é {plain}, {good}: {plain}"), format!("é {good}, {good}: {good}")),
            (format!("{hash} 0x {plain}0 0x289ba"), format!("{hash} 0x {plain}0 0x289ba")),
            (format!("0x{plain}"), format!("0x{good}")),
            (String::new(), String::new()),
        ] {
            assert_eq!(in_text(&text), told);
        }
    }

    #[test]
    fn each_fault_has_its_own_reason() {
        let good = "0x289ba1701C2F088cf0faf8B3705246331cB8A839";
        assert_eq!(checksum(&parse(good).unwrap()), good);
        for (text, fault) in [
            ("289ba1701C2F088cf0faf8B3705246331cB8A839", AddressError::MissingPrefix),
            ("arb1:0x289ba1701C2F088cf0faf8B3705246331cB8A839", AddressError::MissingPrefix),
            ("0X289ba1701C2F088cf0faf8B3705246331cB8A839", AddressError::MissingPrefix),
            ("0x289ba170…A839", AddressError::NotHex),
            ("0x289ba1701C2F088cf0faf8B3705246331cB8A839\n", AddressError::NotHex),
            ("0x289ba1701C2F088cf0faf8B3705246331cB8A83", AddressError::Length { digits: 39 }),
            ("0x289ba1701C2F088cf0faf8B3705246331cB8A8390", AddressError::Length { digits: 41 }),
            ("0x289Ba1701C2F088cf0faf8B3705246331cB8A839", AddressError::Checksum),
        ] {
            assert_eq!(parse(text), Err(fault), "{text:?}");
        }
    }
}
