//! One owner's signature of a Safe transaction: read from what a wallet gives, and recovered.
//!
//! A wallet may sign the safeTxHash as typed data or as a message; which it was, only recovery tells.
//! The contract is laxer than this module: it also takes the high s, which would let anybody write a
//! second signature beside a given one.

use std::str::FromStr;

use domain::value::{Address, Digest, Signature};
use thiserror::Error;

use crate::recover::{ecrecover, personal};
use crate::{eip55, hex};

/// Bytes of a signature: r, s and v.
pub const SIGNATURE_BYTES: usize = 65;

/// What exactly was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// The safeTxHash itself (`eth_signTypedData_v4`): v is 27 or 28.
    TypedData,
    /// The safeTxHash as a message (`personal_sign`): v is 31 or 32 for the Safe.
    EthSign,
}

impl Form {
    /// The hash the key signs.
    pub(crate) fn signed(self, hash: &Digest) -> Digest {
        match self {
            Self::TypedData => *hash,
            Self::EthSign => personal(hash),
        }
    }
}

/// A well-formed signature whose signer is not known yet; read it with [`str::parse`].
///
/// The text is 130 hex digits, with or without `0x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletSignature {
    signature: Signature,
    /// v was 31 or 32, so it cannot be typed data.
    eth_sign_only: bool,
}

/// Why a text is not the signature of one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WalletSignatureError {
    /// Something other than hex digits, or half a byte.
    #[error("a signature is hex digits, two for each byte: copy it from the wallet again")]
    NotHex,
    /// There are 64 bytes (EIP-2098).
    #[error(
        "this is a compact signature of 64 bytes, which a Safe does not take: have the wallet give 65 bytes"
    )]
    Compact,
    /// There are several times 65 bytes.
    #[error("these are {count} signatures in one: give each owner's by itself")]
    Several {
        /// How many there are.
        count: usize,
    },
    /// There is another number of bytes.
    #[error("a signature is 65 bytes (130 hex digits), this has {found}: copy all of it from the wallet")]
    Length {
        /// How many bytes there are.
        found: usize,
    },
    /// v is 0 or 1, and r is an address: no key signed this.
    #[error(
        "this stands for an approved hash or for a contract's signature, it is none of a key: record it as such"
    )]
    NoKey,
    /// The last byte is none of 0, 1, 27, 28, 31 and 32.
    #[error("the signature's last byte is {v}, not 0, 1, 27, 28, 31 or 32: copy it from the wallet again")]
    RecoveryByte {
        /// The last byte.
        v: u8,
    },
    /// r or s is zero, or not below the order of the curve.
    #[error(
        "the signature's r or s is zero or too large, no key can have made it: copy it from the wallet again"
    )]
    OutOfRange,
    /// s is the high one of the two possible.
    #[error("the signature has the high one of the two possible s, which wallets do not make: sign again")]
    HighS,
}

/// Whose a signature would be in either form; `None` where recovery gives nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signers {
    /// The signer, if it was made as typed data.
    pub typed_data: Option<Address>,
    /// The signer, if it was made as a message.
    pub eth_sign: Option<Address>,
}

/// None of the owners signed this hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "no owner signed this transaction: as typed data the signature is of {}, as a message of {}; it may be of \
     another wallet, or of another nonce, chain or Safe",
    told(signers.typed_data),
    told(signers.eth_sign)
)]
pub struct NoOwner {
    /// Whose it would be.
    pub signers: Signers,
}

fn told(signer: Option<Address>) -> String {
    signer.map_or_else(|| "nobody".to_owned(), |signer| eip55::checksum(&signer))
}

/// An owner's signature of a known hash, in its one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerSignature {
    /// Who signed.
    pub owner: Address,
    /// What was signed.
    pub form: Form,
    /// r, s and v as the key made them: v is 27 or 28 in both forms.
    pub signature: Signature,
}

impl TryFrom<[u8; SIGNATURE_BYTES]> for WalletSignature {
    type Error = WalletSignatureError;

    /// Reads r, s and v, where v may be written as 0 or 1, 27 or 28, 31 or 32.
    fn try_from(mut bytes: [u8; SIGNATURE_BYTES]) -> Result<Self, WalletSignatureError> {
        let [rs @ .., last] = &mut bytes;
        let (v, eth_sign_only) = match *last {
            0 | 1 if rs.starts_with(&[0; 12]) => return Err(WalletSignatureError::NoKey),
            0 | 27 => (27, false),
            1 | 28 => (28, false),
            31 => (27, true),
            32 => (28, true),
            v => return Err(WalletSignatureError::RecoveryByte { v }),
        };
        if ethers::k256::ecdsa::Signature::from_slice(rs).is_err() {
            return Err(WalletSignatureError::OutOfRange);
        }
        *last = v;
        let signature = Signature::from_bytes(bytes).map_err(|_| WalletSignatureError::HighS)?;
        Ok(Self { signature, eth_sign_only })
    }
}

impl FromStr for WalletSignature {
    type Err = WalletSignatureError;

    fn from_str(text: &str) -> Result<Self, WalletSignatureError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let bytes = hex::decode_digits(digits).ok_or(WalletSignatureError::NotHex)?;
        let found = bytes.len();
        match (<[u8; SIGNATURE_BYTES]>::try_from(bytes), found.checked_div(SIGNATURE_BYTES)) {
            (Ok(bytes), _) => Self::try_from(bytes),
            (Err(_), _) if found == 64 => Err(WalletSignatureError::Compact),
            (Err(_), Some(count)) if count > 1 && found.is_multiple_of(SIGNATURE_BYTES) => {
                Err(WalletSignatureError::Several { count })
            }
            (Err(_), _) => Err(WalletSignatureError::Length { found }),
        }
    }
}

impl WalletSignature {
    fn signer(&self, form: Form, hash: &Digest) -> Option<Address> {
        let possible = form == Form::EthSign || !self.eth_sign_only;
        possible.then(|| signer(&self.signature, form, hash)).flatten()
    }

    /// Whose signature of the hash this is, in either form.
    pub fn signers(&self, hash: &Digest) -> Signers {
        Signers { typed_data: self.signer(Form::TypedData, hash), eth_sign: self.signer(Form::EthSign, hash) }
    }

    /// The signature of the one of these owners who signed the hash, in the form that gives an owner.
    ///
    /// Where somebody says whose it is, pass that owner alone.
    ///
    /// # Errors
    /// Neither form gives one of the owners.
    pub fn by_owner(&self, hash: &Digest, owners: &[Address]) -> Result<OwnerSignature, NoOwner> {
        let of = |form, signer: Option<Address>| {
            let owner = signer.filter(|signer| owners.contains(signer))?;
            Some(OwnerSignature { owner, form, signature: self.signature })
        };
        // Recovery is all the work there is: the second only where the first gives nobody.
        let typed_data = self.signer(Form::TypedData, hash);
        if let Some(found) = of(Form::TypedData, typed_data) {
            return Ok(found);
        }
        let eth_sign = self.signer(Form::EthSign, hash);
        of(Form::EthSign, eth_sign).ok_or(NoOwner { signers: Signers { typed_data, eth_sign } })
    }

    /// The first of the other hashes that an owner did sign: what may have been meant instead.
    ///
    /// The labels are the caller's, for example other nonces, chains or Safes of the same payout.
    pub fn meant_for<'a, Label>(
        &self,
        others: &'a [(Label, Digest)],
        owners: &[Address],
    ) -> Option<(&'a Label, OwnerSignature)> {
        others.iter().find_map(|(label, hash)| Some((label, self.by_owner(hash, owners).ok()?)))
    }
}

impl OwnerSignature {
    /// The 65 bytes as the Safe takes them: v is 27 or 28 for typed data, 31 or 32 for a message.
    pub fn bytes(&self) -> [u8; SIGNATURE_BYTES] {
        let mut bytes = *self.signature.bytes();
        let [.., v] = &mut bytes;
        *v = match self.form {
            Form::TypedData => *v,
            // From 27 or 28.
            Form::EthSign => v.saturating_add(4),
        };
        bytes
    }

    /// Whether the owner signed this hash: recovers the signer again.
    pub fn is_of(&self, hash: &Digest) -> bool {
        signer(&self.signature, self.form, hash) == Some(self.owner)
    }
}

fn signer(signature: &Signature, form: Form, hash: &Digest) -> Option<Address> {
    let [rs @ .., v] = signature.bytes();
    ecrecover(&form.signed(hash), rs, *v)
}
