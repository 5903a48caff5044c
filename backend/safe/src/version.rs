//! Versions of the Safe contracts.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The version of a Safe's contract, as its `VERSION()` answers.
///
/// It decides the form of the hash: before 1.3.0 the domain has no chain id, before 1.0.0 the
/// field `baseGas` is called `dataGas`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeVersion {
    major: u8,
    minor: u8,
    patch: u8,
}

/// Why a text is not a Safe version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum VersionError {
    /// The text is not three numbers with dots.
    #[error(
        "a Safe version is three numbers such as 1.4.1, perhaps followed by +L2: read the Safe's VERSION()"
    )]
    Malformed,
}

impl SafeVersion {
    /// Safe 1.3.0, the first whose hashes are bound to a chain id.
    pub const V1_3_0: Self = Self::new(1, 3, 0);
    /// Safe 1.4.1.
    pub const V1_4_1: Self = Self::new(1, 4, 1);
    /// Safe 1.5.0.
    pub const V1_5_0: Self = Self::new(1, 5, 0);
    const V1_0_0: Self = Self::new(1, 0, 0);

    const fn new(major: u8, minor: u8, patch: u8) -> Self {
        Self { major, minor, patch }
    }

    /// Whether the chain id is part of the hash (1.3.0 and later).
    ///
    /// Without it a signature is valid on every chain where the Safe has the same address.
    pub fn binds_chain_id(self) -> bool {
        self >= Self::V1_3_0
    }

    /// What the sixth field of the `SafeTx` is called in the hashed type: `baseGas`, before 1.0.0 `dataGas`.
    pub fn base_gas_name(self) -> &'static str {
        if self >= Self::V1_0_0 { "baseGas" } else { "dataGas" }
    }
}

impl FromStr for SafeVersion {
    type Err = VersionError;

    /// Reads `1.4.1` or `1.3.0+L2`; what follows the `+` is the build and does not matter here.
    fn from_str(text: &str) -> Result<Self, VersionError> {
        let (numbers, _) = text.split_once('+').unwrap_or((text, ""));
        let mut parts = numbers.split('.').map(number);
        let version = match (parts.next(), parts.next(), parts.next()) {
            (Some(major), Some(minor), Some(patch)) => Self::new(major?, minor?, patch?),
            _ => return Err(VersionError::Malformed),
        };
        if parts.next().is_some() { Err(VersionError::Malformed) } else { Ok(version) }
    }
}

fn number(text: &str) -> Result<u8, VersionError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || (text.starts_with('0') && text != "0") {
        return Err(VersionError::Malformed);
    }
    text.parse().map_err(|_| VersionError::Malformed)
}

impl fmt::Display for SafeVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_three_numbers_and_drops_the_build() {
        assert_eq!("1.3.0+L2".parse(), Ok(SafeVersion::V1_3_0));
        assert_eq!("1.4.1".parse(), Ok(SafeVersion::V1_4_1));
        assert_eq!("0.1.0".parse::<SafeVersion>().unwrap().to_string(), "0.1.0");
        for text in ["", "1.4", "1.4.1.0", "v1.4.1", "1.4.x", "1.04.1", "1.4.-1", "1..1", "1.4.256", "+1.4.1"]
        {
            assert_eq!(text.parse::<SafeVersion>(), Err(VersionError::Malformed), "{text:?}");
        }
    }
}
