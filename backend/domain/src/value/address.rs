use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::as_json_string;

/// A 20-byte Ethereum address.
///
/// The domain reads and writes lower-case hex, as events do. What people write is read by the `safe`
/// crate, which checks the mixed-case checksum (EIP-55).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address([u8; 20]);

/// Why a text is not an address as events write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    #[error("an address in an event is 0x and 40 lower-case hex digits")]
    Malformed,
}

impl Address {
    pub const ZERO: Self = Self([0; 20]);

    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The first and the last two bytes: what a hurried reader compares.
    pub(crate) fn look(self) -> [u8; 4] {
        let [first, second, .., third, fourth] = self.0;
        [first, second, third, fourth]
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let digits = text.strip_prefix("0x").ok_or(AddressError::Malformed)?;
        super::digest::from_hex(digits).map(Self).ok_or(AddressError::Malformed)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("0x")?;
        super::digest::write_hex(&self.0, formatter)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

as_json_string!(Address, read: str::parse::<Address>, write: |address: &Address| *address,
    packed: [u8; 20], pack: |address: &Address| address.0, unpack: |bytes| Some(Address(bytes)));
