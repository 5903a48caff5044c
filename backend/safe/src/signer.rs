//! Keys of owners on a local node, for the demo and for tests: never keys of anything worth money.
//!
//! Such a key follows from a seed that stands in the source or in a test, so everybody has it. Owners of a real Safe
//! sign in their wallets; this project never holds a key of theirs.

use domain::value::{Address, Digest, Signature};
use ethers::k256::ecdsa::{self, RecoveryId, SigningKey};
use ethers::utils::{keccak256, secret_key_to_address};
use thiserror::Error;

use crate::signature::{Form, OwnerSignature, SIGNATURE_BYTES};

/// An owner's key on a local node, made from a seed that anyone may know.
#[derive(Clone)]
pub struct LocalKey {
    key: SigningKey,
    address: Address,
}

/// Why a local key did not sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignerError {
    #[error("this key cannot sign this hash, which chance brings about once in 2^256: report this as a bug")]
    NoSignature,
}

impl LocalKey {
    /// The key of this seed; each seed has one.
    pub fn from_seed(seed: &[u8]) -> Self {
        let mut secret = keccak256([b"a key of a local node, worth nothing:", seed].concat());
        loop {
            match SigningKey::from_slice(&secret) {
                Ok(key) => {
                    let address = Address::from_bytes(secret_key_to_address(&key).to_fixed_bytes());
                    return Self { key, address };
                }
                // Zero, or not below the curve's order: one in 2¹²⁸.
                Err(_) => secret = keccak256(secret),
            }
        }
    }

    /// The address of this key.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a hash, such as a safeTxHash, as this owner.
    ///
    /// # Errors
    /// Practically never.
    pub fn sign(&self, hash: &Digest, form: Form) -> Result<OwnerSignature, SignerError> {
        let (signature, recovery): (ecdsa::Signature, RecoveryId) = self
            .key
            .sign_prehash_recoverable(form.signed(hash).bytes())
            .map_err(|_| SignerError::NoSignature)?;
        let mut bytes = [0; SIGNATURE_BYTES];
        let (rs, v) = bytes.split_at_mut(64);
        rs.copy_from_slice(&signature.to_bytes());
        v.fill(recovery.to_byte().wrapping_add(27));
        let signature = Signature::from_bytes(bytes).map_err(|_| SignerError::NoSignature)?;
        Ok(OwnerSignature { owner: self.address, form, signature })
    }
}

/// Keeps the key out of logs, though it is worth nothing.
impl std::fmt::Debug for LocalKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("LocalKey").field(&self.address).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::WalletSignature;

    #[test]
    fn both_forms_recover_to_the_key_and_have_a_low_s() {
        for seed in 0..32_u8 {
            let key = LocalKey::from_seed(&[seed]);
            let hash = Digest::sha256(&[&[seed]]);

            for form in [Form::TypedData, Form::EthSign] {
                let signed = key.sign(&hash, form).unwrap();

                assert_eq!((signed.owner, signed.form), (key.address(), form));
                let read = WalletSignature::try_from(signed.bytes()).unwrap();
                assert_eq!(read.by_owner(&hash, &[key.address()]), Ok(signed));
            }
        }
    }

    #[test]
    fn a_seed_has_one_key_and_another_seed_another() {
        let key = LocalKey::from_seed(b"owner 1");
        assert_eq!(LocalKey::from_seed(b"owner 1").address(), key.address());
        assert_ne!(LocalKey::from_seed(b"owner 2").address(), key.address());
        assert_eq!(format!("{key:?}"), format!("LocalKey({})", key.address()));
    }
}
