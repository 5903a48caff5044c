//! Who signed a hash: ECDSA recovery, as the chain does it.

use domain::value::{Address, Digest};
use ethers::k256::ecdsa::{RecoveryId, Signature, VerifyingKey};
use ethers::utils::public_key_to_address;

use crate::word;

/// The address whose key signed the hash, as the precompiled contract `ecrecover` answers; `None` for nobody.
///
/// Like the contract it takes the high s as well, and no other v than 27 and 28.
pub fn ecrecover(hash: &Digest, rs: &[u8; 64], v: u8) -> Option<Address> {
    let odd = match v {
        27 => false,
        28 => true,
        _ => return None,
    };
    let given = Signature::from_slice(rs).ok()?;
    // The library recovers from a low s only; the mirrored signature is of the same key.
    let (signature, odd) = given.normalize_s().map_or((given, odd), |low| (low, !odd));
    let recovery = RecoveryId::new(odd, false);
    let key = VerifyingKey::recover_from_prehash(hash.bytes(), &signature, recovery).ok()?;
    Some(Address::from_bytes(public_key_to_address(&key).to_fixed_bytes()))
}

/// The hash that `personal_sign` of the 32 bytes signs (EIP-191, version 0x45).
pub(crate) fn personal(hash: &Digest) -> Digest {
    word::keccak(&[b"\x19Ethereum Signed Message:\n32", hash.bytes()])
}
