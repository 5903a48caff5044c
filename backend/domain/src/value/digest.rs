use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::as_json_string;

/// A 32-byte hash: 64 lower-case hex digits without a prefix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DigestError {
    #[error("a digest is 64 lower-case hex digits without a prefix")]
    Malformed,
}

impl Digest {
    /// What stands in `prev` of the first event.
    pub const ZERO: Self = Self([0; 32]);

    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// SHA-256 of the parts, one after another.
    pub fn sha256(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// Reads exactly `2 × N` lower-case hex digits.
pub(super) fn from_hex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digits = digits.as_bytes();
    if digits.len() != N.checked_mul(2)? {
        return None;
    }
    let mut bytes = [0; N];
    let (pairs, _) = digits.as_chunks();
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(bytes)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a')?.checked_add(10),
        _ => None,
    }
}

/// Writes lower-case hex without a prefix, at once: digests are most of an event.
pub(super) fn write_hex<const N: usize>(bytes: &[u8; N], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut pairs = [[b'0'; 2]; N];
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 0x0f)];
    }
    formatter.write_str(std::str::from_utf8(pairs.as_flattened()).map_err(|_| fmt::Error)?)
}

const fn digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0'.wrapping_add(nibble) } else { b'a'.wrapping_add(nibble).wrapping_sub(10) }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        from_hex(text).map(Self).ok_or(DigestError::Malformed)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, formatter)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

as_json_string!(Digest, read: str::parse::<Digest>, write: |digest: &Digest| *digest,
    packed: [u8; 32], pack: |digest: &Digest| digest.0, unpack: |bytes| Some(Digest(bytes)));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_only_what_it_writes() {
        let digest = Digest::sha256(&[b"abc"]);
        assert_eq!(digest.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for text in ["", "ba78", &digest.to_string().to_uppercase(), &format!("0x{digest}"), &"g".repeat(64)]
        {
            assert_eq!(text.parse::<Digest>(), Err(DigestError::Malformed), "{text:?}");
        }
    }
}
