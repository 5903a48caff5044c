//! What a Safe will say about signatures: `checkNSignatures` of 1.3.0, 1.4.1 and 1.5.0, step by step.

use domain::value::{Address, Digest};
use ethers::types::U256;
use thiserror::Error;

use crate::eip1271::Eip1271;
use crate::recover::{ecrecover, personal};
use crate::signature::SIGNATURE_BYTES;
use crate::version::SafeVersion;
use crate::word::{self, WORD};

/// The end mark of the contract's list of owners, which is none.
const SENTINEL: Address = crate::constant::constant("0x0000000000000000000000000000000000000001");

/// What a Safe knows when it looks at signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check<'a> {
    /// The Safe's version; those before 1.3.0 had no error codes.
    pub version: SafeVersion,
    /// Its owners now.
    pub owners: &'a [Address],
    /// How many of them must approve.
    pub threshold: u64,
    /// The hash they approve.
    pub hash: Digest,
    /// The bytes with this hash: 66 for a transaction, see [`crate::SafeTx::preimage`].
    pub preimage: &'a [u8],
    /// Who calls the Safe; zero where that is not known.
    pub executor: Address,
    /// Who called `approveHash` with this hash.
    pub approved: &'a [Address],
}

/// What a Safe asks an owner that is a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The contract.
    pub owner: Address,
    /// The preimage or the hash, as [`Eip1271`] says.
    pub shown: &'a [u8],
    /// The signature that shall be the contract's own.
    pub signature: &'a [u8],
}

/// Why a Safe does not run a transaction with these signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Revert {
    /// GS001.
    #[error("the Safe has no threshold: it was not set up")]
    NoThreshold,
    /// GS020.
    #[error("there are fewer signatures than the threshold asks for: collect more")]
    TooShort,
    /// GS021.
    #[error("a contract's signature begins among the 65-byte parts: assemble the signatures again")]
    PointsInside,
    /// GS022.
    #[error("a contract's signature begins beyond the end: assemble the signatures again")]
    PointsOutside,
    /// GS023.
    #[error("a contract's signature is cut off: assemble the signatures again")]
    CutOff,
    /// GS024.
    #[error("an owner that is a contract does not know its signature: have it made again")]
    ContractRefuses,
    /// GS025.
    #[error(
        "an owner has not approved the hash on the chain: have it call approveHash, or send the transaction"
    )]
    NotApproved,
    /// GS026.
    #[error(
        "a signature is of no owner, twice there or out of order: check the nonce and assemble them again"
    )]
    NoOwner,
    /// GS027, from 1.4.1 and before 1.5.0.
    #[error("a contract would be asked about other bytes than those whose hash is approved")]
    OtherBytes,
    /// Without a code: a number overflows, or a contract fails without saying why.
    #[error(
        "the Safe reverts without a reason: assemble the signatures again, and check that contracts exist"
    )]
    Silent,
}

impl Revert {
    /// The code with which the contract reverts.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::NoThreshold => Some("GS001"),
            Self::TooShort => Some("GS020"),
            Self::PointsInside => Some("GS021"),
            Self::PointsOutside => Some("GS022"),
            Self::CutOff => Some("GS023"),
            Self::ContractRefuses => Some("GS024"),
            Self::NotApproved => Some("GS025"),
            Self::NoOwner => Some("GS026"),
            Self::OtherBytes => Some("GS027"),
            Self::Silent => None,
        }
    }
}

/// The contract's verdict on the `signatures` of an `execTransaction`.
///
/// `ask` answers for owners that are contracts: the four bytes they return, or how they fail.
///
/// # Errors
/// How the contract reverts.
pub fn predict(
    check: &Check<'_>,
    signatures: &[u8],
    mut ask: impl FnMut(&Question<'_>) -> Result<[u8; 4], Revert>,
) -> Result<(), Revert> {
    if check.threshold == 0 {
        return Err(Revert::NoThreshold);
    }
    let required = U256::from(check.threshold).saturating_mul(SIGNATURE_BYTES.into());
    if U256::from(signatures.len()) < required {
        return Err(Revert::TooShort);
    }
    let threshold = usize::try_from(check.threshold).unwrap_or(usize::MAX);
    let mut last = Address::ZERO;
    let (parts, _) = signatures.as_chunks::<SIGNATURE_BYTES>();
    for [rs @ .., v] in parts.iter().take(threshold) {
        let owner = match *v {
            0 => check.contract(rs, signatures, required, &mut ask)?,
            1 => check.approved(rs)?,
            v @ 31.. => ecrecover(&personal(&check.hash), rs, v.saturating_sub(4)).unwrap_or(Address::ZERO),
            v => ecrecover(&check.hash, rs, v).unwrap_or(Address::ZERO),
        };
        if owner <= last || owner == SENTINEL || !check.owners.contains(&owner) {
            return Err(Revert::NoOwner);
        }
        last = owner;
    }
    Ok(())
}

impl Check<'_> {
    /// v = 1: r is the owner, who has approved the hash or is the caller.
    fn approved(&self, rs: &[u8; 64]) -> Result<Address, Revert> {
        let (owner, _) = split(rs);
        if owner == self.executor || self.approved.contains(&owner) {
            Ok(owner)
        } else {
            Err(Revert::NotApproved)
        }
    }

    /// v = 0: r is the contract, s the place of its signature, which is shown to it.
    fn contract(
        &self,
        rs: &[u8; 64],
        signatures: &[u8],
        required: U256,
        ask: &mut impl FnMut(&Question<'_>) -> Result<[u8; 4], Revert>,
    ) -> Result<Address, Revert> {
        let compares = self.version >= SafeVersion::V1_4_1 && self.version < SafeVersion::V1_5_0;
        if compares && word::keccak(&[self.preimage]) != self.hash {
            return Err(Revert::OtherBytes);
        }
        let (owner, offset) = split(rs);
        if offset < required {
            return Err(Revert::PointsInside);
        }
        let start = offset.checked_add(WORD.into()).ok_or(Revert::Silent)?;
        let end = U256::from(signatures.len());
        if start > end {
            return Err(Revert::PointsOutside);
        }
        // Both are within the signatures.
        let place = word::to_len(&word::of_uint(offset)).ok_or(Revert::PointsOutside)?;
        let len = word::at(signatures, place).ok_or(Revert::PointsOutside)?;
        if start.checked_add(word::to_uint(&len)).ok_or(Revert::Silent)? > end {
            return Err(Revert::CutOff);
        }
        let tail = signatures.get(place.saturating_add(WORD)..).ok_or(Revert::CutOff)?;
        let signature = word::to_len(&len).and_then(|len| tail.get(..len)).ok_or(Revert::CutOff)?;
        let form = Eip1271::of(self.version);
        let shown = match form {
            Eip1271::Bytes => self.preimage,
            Eip1271::Hash => self.hash.bytes(),
        };
        let answer = ask(&Question { owner, shown, signature })?;
        if answer == form.magic() { Ok(owner) } else { Err(Revert::ContractRefuses) }
    }
}

/// r as an address, whatever its high bytes, and s as a number.
fn split(rs: &[u8; 64]) -> (Address, U256) {
    let (words, _) = rs.as_chunks::<WORD>();
    match words {
        [r, s] => (word::to_address(r).0, word::to_uint(s)),
        _ => (Address::ZERO, U256::zero()),
    }
}
