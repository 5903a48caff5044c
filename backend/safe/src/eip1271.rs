//! Owners that are contracts: what a Safe asks them (EIP-1271), and what a Safe as owner has its own owners sign.

use domain::value::Digest;

use crate::safe_tx::{SafeAccount, preimage, safe_tx_hash};
use crate::version::SafeVersion;
use crate::word::{self, WORD};

/// Which of the two `isValidSignature` a Safe calls; its own version decides, not the owner's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eip1271 {
    /// `isValidSignature(bytes,bytes)`, before 1.5.0: the owner is shown the bytes whose hash is approved.
    Bytes,
    /// `isValidSignature(bytes32,bytes)`, from 1.5.0: the owner is shown the hash.
    Hash,
}

impl Eip1271 {
    /// The call that a Safe of this version makes.
    pub fn of(version: SafeVersion) -> Self {
        if version >= SafeVersion::V1_5_0 { Self::Hash } else { Self::Bytes }
    }

    /// The four bytes that mean yes; they are the selector of the call as well.
    pub const fn magic(self) -> [u8; 4] {
        match self {
            Self::Bytes => [0x20, 0xc1, 0x3b, 0x0b],
            Self::Hash => [0x16, 0x26, 0xba, 0x7e],
        }
    }

    /// What the owner is shown of a transaction: its 66-byte preimage, or its 32-byte hash.
    ///
    /// For a Safe as owner this is the message that its own owners sign, see [`SafeAccount::message_hashes`].
    pub fn shown(self, preimage: &[u8]) -> Vec<u8> {
        match self {
            Self::Bytes => preimage.to_vec(),
            Self::Hash => word::keccak(&[preimage]).bytes().to_vec(),
        }
    }

    /// The calldata of `isValidSignature` about a transaction with this preimage.
    pub fn calldata(self, preimage: &[u8], signature: &[u8]) -> Vec<u8> {
        const HEAD: usize = 2 * WORD;
        let tail = word::bytes_tail(signature);
        match self {
            Self::Bytes => {
                let data = word::bytes_tail(preimage);
                let second = word::of_len(data.len().saturating_add(HEAD));
                [&self.magic()[..], &word::of_len(HEAD), &second, &data, &tail].concat()
            }
            Self::Hash => {
                let hash = word::keccak(&[preimage]);
                [&self.magic()[..], hash.bytes(), &word::of_len(HEAD), &tail].concat()
            }
        }
    }

    /// Whether what the owner returned means yes: a word that begins with the magic bytes and ends in zeros.
    pub fn says_yes(self, returned: &[u8]) -> bool {
        let rest = returned.strip_prefix(&self.magic());
        rest.is_some_and(|rest| *rest == [0; WORD - 4])
    }
}

/// The hashes of a message that the owners of a Safe sign for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafeMessageHashes {
    /// The domain separator of the Safe that is an owner.
    pub domain: Digest,
    /// The struct hash of `SafeMessage(bytes message)`.
    pub message: Digest,
    /// The hash that is signed.
    pub safe_message: Digest,
}

impl SafeMessageHashes {
    /// The 66 bytes `0x1901`, domain hash, message hash.
    pub fn preimage(&self) -> Vec<u8> {
        preimage(&self.domain, &self.message)
    }
}

impl SafeAccount {
    /// The hashes of a message in this Safe's name; as an owner of another Safe, of what [`Eip1271::shown`] gives.
    pub fn message_hashes(&self, message: &[u8]) -> SafeMessageHashes {
        let kind = word::keccak(&[b"SafeMessage(bytes message)"]);
        let domain = self.domain_hash();
        let message = word::keccak(&[kind.bytes(), word::keccak(&[message]).bytes()]);
        SafeMessageHashes { domain, message, safe_message: safe_tx_hash(&domain, &message) }
    }
}
