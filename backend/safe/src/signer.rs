//! Keys of owners on a local node, for the demo and for tests: never keys of anything worth money.
//!
//! Such a key follows from a seed that stands in the source or in a test, so everybody has it. Owners of a real Safe
//! sign in their wallets; this project never holds a key of theirs.

use domain::value::{Address, Digest};
use ethers::k256::ecdsa::{RecoveryId, Signature, SigningKey};
use ethers::utils::{hash_message, keccak256, secret_key_to_address};
use thiserror::Error;

use crate::word;

/// An owner's key on a local node, made from a seed that anyone may know.
#[derive(Clone)]
pub struct LocalKey {
    key: SigningKey,
    address: Address,
}

/// In which of the two ways that wallets know a hash is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `eth_signTypedData_v4`: the hash itself, v 27 or 28.
    TypedData,
    /// `personal_sign` of the hash's 32 bytes, which prepends `\x19Ethereum Signed Message:\n32`; v 31 or 32, so
    /// that the Safe knows.
    EthSign,
}

/// What one owner puts under a Safe transaction, as the contract reads it: 65 bytes r, s, v.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalSignature {
    pub owner: Address,
    pub bytes: [u8; 65],
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
    pub fn sign(&self, hash: &Digest, form: Form) -> Result<LocalSignature, SignerError> {
        let (signed, first_v) = match form {
            Form::TypedData => (*hash.bytes(), 27),
            Form::EthSign => (hash_message(hash.bytes()).to_fixed_bytes(), 31),
        };
        let (signature, recovery): (Signature, RecoveryId) =
            self.key.sign_prehash_recoverable(&signed).map_err(|_| SignerError::NoSignature)?;
        let mut bytes = [0; 65];
        let (rs, v) = bytes.split_at_mut(64);
        rs.copy_from_slice(&signature.to_bytes());
        v.fill(recovery.to_byte().wrapping_add(first_v));
        Ok(LocalSignature { owner: self.address, bytes })
    }
}

/// Keeps the key out of logs, though it is worth nothing.
impl std::fmt::Debug for LocalKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("LocalKey").field(&self.address).finish()
    }
}

impl LocalSignature {
    /// What stands for an owner who called `approveHash`, or who sends the transaction themselves: v 1.
    pub fn approved(owner: Address) -> Self {
        let mut bytes = [0; 65];
        let (r, _) = bytes.split_at_mut(32);
        r.copy_from_slice(&word::of_address(&owner));
        let [.., v] = &mut bytes;
        *v = 1;
        Self { owner, bytes }
    }
}

/// The `signatures` of `execTransaction`: in ascending order of their owners.
pub fn assemble(signatures: &[LocalSignature]) -> Vec<u8> {
    let mut sorted = signatures.to_vec();
    sorted.sort_by_key(|signature| signature.owner);
    sorted.iter().flat_map(|signature| signature.bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ethers::types::Signature as Recoverable;

    /// Whom the library takes a signature of this hash to be of.
    fn signer(hash: [u8; 32], bytes: &[u8; 65], v: u8) -> Address {
        let mut wallet = *bytes;
        wallet[64] = v;
        let signature = Recoverable::try_from(&wallet[..]).unwrap();
        Address::from_bytes(signature.recover(ethers::types::H256(hash)).unwrap().to_fixed_bytes())
    }

    #[test]
    fn both_forms_recover_to_the_key_and_have_a_low_s() {
        for seed in 0..32_u8 {
            let key = LocalKey::from_seed(&[seed]);
            let hash = Digest::sha256(&[&[seed]]);

            let typed = key.sign(&hash, Form::TypedData).unwrap();
            let personal = key.sign(&hash, Form::EthSign).unwrap();

            assert_eq!((typed.owner, personal.owner), (key.address(), key.address()));
            assert_eq!(signer(*hash.bytes(), &typed.bytes, typed.bytes[64]), key.address());
            let v = personal.bytes[64];
            assert!([31, 32].contains(&v), "{v}");
            assert_eq!(signer(hash_message(hash.bytes()).0, &personal.bytes, v - 4), key.address());
            assert!(domain::value::Signature::from_bytes(typed.bytes).is_ok());
        }
    }

    #[test]
    fn a_seed_has_one_key_and_another_seed_another() {
        let key = LocalKey::from_seed(b"owner 1");
        assert_eq!(LocalKey::from_seed(b"owner 1").address(), key.address());
        assert_ne!(LocalKey::from_seed(b"owner 2").address(), key.address());
        assert_eq!(format!("{key:?}"), format!("LocalKey({})", key.address()));
    }

    #[test]
    fn signatures_stand_in_the_order_of_their_owners() {
        let approved = [3, 1, 2].map(|n| LocalSignature::approved(Address::from_bytes([n; 20])));

        let bytes = assemble(&approved);

        assert_eq!(bytes.len(), 3 * 65);
        for (place, n) in [1, 2, 3].into_iter().enumerate() {
            let one = &bytes[place * 65..(place + 1) * 65];
            let expected = [&[0; 12][..], &[n; 20], &[0; 32], &[1]].concat();
            assert_eq!(one, expected);
        }
    }
}
