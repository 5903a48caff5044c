//! The ways in which an owner approves a Safe transaction, and the bytes that carry them to the Safe.

use domain::value::{Address, Digest};
use thiserror::Error;

use crate::signature::{OwnerSignature, SIGNATURE_BYTES};
use crate::word::{self, WORD};

/// The selector of `approveHash(bytes32)`.
pub const APPROVE_HASH_SELECTOR: [u8; 4] = [0xd4, 0xd9, 0xbd, 0xcd];
/// The selector of `approvedHashes(address,bytes32)`.
pub const APPROVED_HASHES_SELECTOR: [u8; 4] = [0x7d, 0x83, 0x29, 0x74];

/// One owner's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// The owner's key signed.
    Signed(OwnerSignature),
    /// The owner called `approveHash`, or is the one who will send `execTransaction`.
    Hash {
        /// Who.
        owner: Address,
    },
    /// The owner is a contract, which is asked whether the signature is its own (EIP-1271).
    Contract {
        /// The contract.
        owner: Address,
        /// What it is shown: for a Safe the assembled signatures of its own owners.
        signature: Vec<u8>,
    },
}

/// Why approvals do not go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AssembleError {
    /// An owner approves twice, which the Safe refuses.
    #[error("{} approves twice: leave one of the two out", crate::eip55::checksum(owner))]
    Duplicate {
        /// The owner.
        owner: Address,
    },
}

impl Approval {
    /// Who approves.
    pub const fn owner(&self) -> &Address {
        match self {
            Self::Signed(OwnerSignature { owner, .. })
            | Self::Hash { owner }
            | Self::Contract { owner, .. } => owner,
        }
    }
}

/// The `signatures` argument of `execTransaction`: 65 bytes each, ascending by owner as a number.
///
/// What contracts are shown follows behind, each with its length in a word, without padding. The Safe looks at
/// the first *threshold* approvals only: leave out those that may fail, such as of owners since removed.
///
/// # Errors
/// An owner approves twice.
pub fn assemble(approvals: &[Approval]) -> Result<Vec<u8>, AssembleError> {
    let mut sorted: Vec<&Approval> = approvals.iter().collect();
    sorted.sort_by_key(|approval| approval.owner());
    let twice = sorted.iter().zip(sorted.iter().skip(1)).find(|(one, next)| one.owner() == next.owner());
    if let Some((approval, _)) = twice {
        return Err(AssembleError::Duplicate { owner: *approval.owner() });
    }
    let behind = sorted.len().saturating_mul(SIGNATURE_BYTES);
    let (mut fixed, mut shown) = (Vec::with_capacity(behind), Vec::new());
    for approval in sorted {
        match approval {
            Approval::Signed(signature) => fixed.extend(signature.bytes()),
            Approval::Hash { owner } => {
                fixed.extend(word::of_address(owner));
                fixed.extend([0; WORD]);
                fixed.push(1);
            }
            Approval::Contract { owner, signature } => {
                fixed.extend(word::of_address(owner));
                fixed.extend(word::of_len(behind.saturating_add(shown.len())));
                fixed.push(0);
                shown.extend(word::of_len(signature.len()));
                shown.extend(signature);
            }
        }
    }
    fixed.extend(shown);
    Ok(fixed)
}

/// The calldata with which an owner approves a hash on the chain; there is no way back.
pub fn approve_hash_calldata(hash: &Digest) -> Vec<u8> {
    [&APPROVE_HASH_SELECTOR[..], hash.bytes()].concat()
}

/// The calldata that asks a Safe whether an owner approved a hash.
pub fn approved_hashes_calldata(owner: &Address, hash: &Digest) -> Vec<u8> {
    [&APPROVED_HASHES_SELECTOR[..], &word::of_address(owner), hash.bytes()].concat()
}

/// Reads the answer to [`approved_hashes_calldata`]; `None` if it is not one word.
pub fn approved_hashes_answer(returned: &[u8]) -> Option<bool> {
    let word: &[u8; WORD] = returned.try_into().ok()?;
    Some(word.iter().any(|byte| *byte != 0))
}
