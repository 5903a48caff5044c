use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::as_json_string;

/// A wallet's signature of typed data: r, s and v, 65 bytes, with the low one of the two possible s.
///
/// Events write it as 130 lower-case hex digits without a prefix. Whose it is, the `safe` crate recovers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 65]);

/// Why bytes or a text are not a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    #[error("a signature is 65 bytes: 130 lower-case hex digits")]
    Malformed,
    #[error("the last byte of a signature is 27 (1b) or 28 (1c)")]
    Recovery,
    #[error("the signature has the high one of the two possible s: only the low one counts")]
    HighS,
}

/// Half of the order of secp256k1: the largest low s (EIP-2).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d,
    0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

impl Signature {
    /// # Errors
    /// A high s, or another last byte than 27 or 28: each signature has one spelling.
    pub fn from_bytes(bytes: [u8; 65]) -> Result<Self, SignatureError> {
        let [rs @ .., v] = &bytes;
        if !matches!(v, 27 | 28) {
            return Err(SignatureError::Recovery);
        }
        match rs.last_chunk::<32>() {
            Some(s) if *s <= HALF_ORDER => Ok(Self(bytes)),
            _ => Err(SignatureError::HighS),
        }
    }

    pub const fn bytes(&self) -> &[u8; 65] {
        &self.0
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        super::digest::from_hex(text).ok_or(SignatureError::Malformed).and_then(Self::from_bytes)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        super::digest::write_hex(&self.0, formatter)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// What a contract that owns a Safe accepts as its signature (EIP-1271): 1 to 4096 bytes, of any shape.
///
/// Events write it as lower-case hex digits without a prefix.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContractSignature(Vec<u8>);

/// Why bytes or a text are not a contract's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ContractSignatureError {
    #[error("a contract's signature is lower-case hex digits, two for each byte")]
    Malformed,
    #[error("a contract's signature has 1 to {limit} bytes", limit = ContractSignature::LIMIT)]
    Length,
}

impl ContractSignature {
    /// The most bytes it may have.
    pub const LIMIT: usize = 4096;

    /// # Errors
    /// None at all, or too many.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, ContractSignatureError> {
        if bytes.is_empty() || bytes.len() > Self::LIMIT {
            return Err(ContractSignatureError::Length);
        }
        Ok(Self(bytes))
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl FromStr for ContractSignature {
    type Err = ContractSignatureError;

    fn from_str(text: &str) -> Result<Self, ContractSignatureError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() > Self::LIMIT {
            return Err(ContractSignatureError::Length);
        }
        if !rest.is_empty() {
            return Err(ContractSignatureError::Malformed);
        }
        let byte = |pair: &[u8; 2]| {
            let digits = std::str::from_utf8(pair).ok()?;
            super::digest::from_hex::<1>(digits).map(|[byte]| byte)
        };
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        bytes.ok_or(ContractSignatureError::Malformed).and_then(Self::from_bytes)
    }
}

impl fmt::Display for ContractSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| super::digest::write_hex(&[*byte], formatter))
    }
}

impl fmt::Debug for ContractSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

as_json_string!(ContractSignature, read: str::parse::<ContractSignature>, write: |signature: &ContractSignature| signature.clone());

as_json_string!(Signature, read: str::parse::<Signature>, write: |signature: &Signature| *signature);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_of_a_contract_has_one_spelling_and_a_limit() {
        let text = "00ff7e";
        let signature: ContractSignature = text.parse().unwrap();
        assert_eq!((signature.bytes(), signature.to_string().as_str()), (&[0, 0xff, 0x7e][..], text));
        for text in ["0", "0x00", "0A", "zz"] {
            assert_eq!(text.parse::<ContractSignature>(), Err(ContractSignatureError::Malformed), "{text}");
        }
        for text in ["", &"00".repeat(ContractSignature::LIMIT + 1)] {
            assert_eq!(text.parse::<ContractSignature>(), Err(ContractSignatureError::Length));
        }
    }

    #[test]
    fn a_signature_has_one_spelling_and_a_low_s() {
        let text = format!("{}{}1b", "11".repeat(32), "7f".repeat(32).replacen("7f", "7e", 1));
        let signature: Signature = text.parse().unwrap();
        assert_eq!(signature.to_string(), text);

        let high = format!("{}{}1b", "11".repeat(32), "80".repeat(32));
        assert_eq!(high.parse::<Signature>(), Err(SignatureError::HighS));
        let largest: Vec<u8> = [&[1; 32], &HALF_ORDER[..], &[28]].concat();
        let largest = Signature::from_bytes(largest.try_into().unwrap());
        assert!(largest.is_ok());
        for v in ["00", "01", "1d", "1f"] {
            let odd = format!("{}{v}", &text[..128]);
            assert_eq!(odd.parse::<Signature>(), Err(SignatureError::Recovery), "{v}");
        }
        for text in ["", &text[2..], &text.to_uppercase(), &format!("0x{text}")] {
            assert_eq!(text.parse::<Signature>(), Err(SignatureError::Malformed), "{text:?}");
        }
    }
}
