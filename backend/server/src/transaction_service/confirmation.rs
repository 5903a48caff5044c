//! Who signed a transaction according to the service, as far as that can be told without the chain.

use domain::value::{Address, Digest};
use safe::approval::Approval;
use safe::signature::{NoOwner, OwnerSignature, SIGNATURE_BYTES, WalletSignature, WalletSignatureError};
use serde::Deserialize;
use thiserror::Error;

use super::proposal::wire;

/// What the service says of one owner's approval. Whether it is an owner today, the Safe knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The key of this address signed the hash: recovered here.
    Signed(OwnerSignature),
    /// A contract is said to sign, or a hash to be approved on the chain: not believed before the chain was asked.
    Claimed(Approval),
    /// It is not what it is said to be, and does not count.
    Refuted { owner: Address, doubt: Doubt },
}

/// Why a confirmation is not what the service says.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Doubt {
    #[error("there is no signature")]
    Missing,
    #[error(transparent)]
    Malformed(#[from] WalletSignatureError),
    #[error(transparent)]
    OtherSigner(#[from] NoOwner),
    #[error("the bytes are not those of an approved hash, or name another owner")]
    NotApprovedHash,
    #[error("the bytes are not those of a contract's signature, or name another owner")]
    NotContract,
    #[error("signatures of this type are not known here, and a Safe does not take them")]
    UnknownType,
}

impl Confirmation {
    /// Whose confirmation it is, or is said to be.
    pub const fn owner(&self) -> &Address {
        match self {
            Self::Signed(OwnerSignature { owner, .. }) | Self::Refuted { owner, .. } => owner,
            Self::Claimed(approval) => approval.owner(),
        }
    }
}

/// A confirmation as the service writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    #[serde(deserialize_with = "wire::address")]
    owner: Address,
    signature: Option<String>,
    signature_type: String,
}

impl Written {
    /// What is left of it for this hash.
    pub(super) fn read(&self, hash: &Digest) -> Confirmation {
        let owner = self.owner;
        let read = match self.signature_type.as_str() {
            "EOA" | "ETH_SIGN" => self.signed(hash).map(Confirmation::Signed),
            "APPROVED_HASH" => self.approved_hash(),
            "CONTRACT_SIGNATURE" => self.contract(),
            _ => Err(Doubt::UnknownType),
        };
        read.unwrap_or_else(|doubt| Confirmation::Refuted { owner, doubt })
    }

    /// Either type is taken for either: which it was, recovery tells.
    fn signed(&self, hash: &Digest) -> Result<OwnerSignature, Doubt> {
        let signature: WalletSignature = self.signature.as_ref().ok_or(Doubt::Missing)?.parse()?;
        Ok(signature.by_owner(hash, &[self.owner])?)
    }

    /// The head of 65 bytes, and what follows; `None` if it does not name the owner as one who is no key.
    fn head(bytes: &[u8], owner: &Address) -> Option<(u8, [u8; 32])> {
        let (head, _) = bytes.split_first_chunk::<SIGNATURE_BYTES>()?;
        let (named, rest) = head.split_first_chunk::<32>()?;
        let (word, v) = rest.split_first_chunk::<32>()?;
        (*named == word_of(owner)).then_some((*v.first()?, *word))
    }

    /// An approval on the chain has no bytes of its own; where there are some, they name the owner.
    fn approved_hash(&self) -> Result<Confirmation, Doubt> {
        let claimed = Confirmation::Claimed(Approval::Hash { owner: self.owner });
        let Some(text) = self.signature.as_deref().filter(|text| *text != "0x") else { return Ok(claimed) };
        let bytes = safe::hex::decode(text).filter(|bytes| bytes.len() == SIGNATURE_BYTES);
        let head = bytes.and_then(|bytes| Self::head(&bytes, &self.owner));
        if head.is_some_and(|(v, _)| v == 1) { Ok(claimed) } else { Err(Doubt::NotApprovedHash) }
    }

    /// The signature stands by itself: the head points to its own end, where length and bytes follow without padding.
    fn contract(&self) -> Result<Confirmation, Doubt> {
        let text = self.signature.as_ref().ok_or(Doubt::Missing)?;
        let bytes = safe::hex::decode(text).ok_or(Doubt::NotContract)?;
        let signature = Self::shown(&bytes, &self.owner).ok_or(Doubt::NotContract)?;
        Ok(Confirmation::Claimed(Approval::Contract { owner: self.owner, signature }))
    }

    /// What the contract is shown.
    fn shown(bytes: &[u8], owner: &Address) -> Option<Vec<u8>> {
        let (v, offset) = Self::head(bytes, owner)?;
        let (length, shown) = bytes.get(SIGNATURE_BYTES..)?.split_first_chunk::<32>()?;
        let stands_alone = v == 0 && offset == word_of_length(SIGNATURE_BYTES)?;
        (stands_alone && *length == word_of_length(shown.len())?).then(|| shown.to_vec())
    }
}

fn word_of(address: &Address) -> [u8; 32] {
    let mut word = [0; 32];
    word.iter_mut().skip(12).zip(address.bytes()).for_each(|(to, from)| *to = *from);
    word
}

fn word_of_length(length: usize) -> Option<[u8; 32]> {
    let mut word = [0; 32];
    let length = u64::try_from(length).ok()?.to_be_bytes();
    word.iter_mut().skip(24).zip(length).for_each(|(to, from)| *to = from);
    Some(word)
}
