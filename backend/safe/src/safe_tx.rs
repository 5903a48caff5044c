//! A Safe transaction and the hashes its owners sign (EIP-712, Safe 0.1.0 to 1.5.0).

use domain::value::{Address, Digest};
use ethers::types::U256;

use crate::version::SafeVersion;
use crate::word;

/// How a Safe runs a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// 0: the Safe calls the target.
    Call,
    /// 1: the target's code runs as the Safe itself and can change everything about it.
    DelegateCall,
    /// Anything else: the Safe reverts.
    Unknown(u8),
}

impl Operation {
    /// The number that is hashed and sent.
    pub fn code(self) -> u8 {
        match self {
            Self::Call => 0,
            Self::DelegateCall => 1,
            Self::Unknown(code) => code,
        }
    }
}

impl From<u8> for Operation {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::Call,
            1 => Self::DelegateCall,
            code => Self::Unknown(code),
        }
    }
}

/// A Safe: on which chain, at which address, of which version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SafeAccount {
    /// The EIP-155 chain id.
    pub chain_id: u64,
    /// The Safe's address (its proxy).
    pub address: Address,
    /// The version of its contract.
    pub version: SafeVersion,
}

/// The ten fields of a Safe transaction, in the order of the hashed type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SafeTx {
    /// What is called.
    pub to: Address,
    /// ETH sent along, in wei.
    pub value: U256,
    /// The calldata.
    pub data: Vec<u8>,
    /// Call or delegate call.
    pub operation: Operation,
    /// Gas for the inner call; 0 in a payout, so that a failure reverts and keeps the nonce.
    pub safe_tx_gas: U256,
    /// Gas refunded on top; 0 in a payout.
    pub base_gas: U256,
    /// Price of the refund; 0 in a payout.
    pub gas_price: U256,
    /// Token of the refund; zero in a payout.
    pub gas_token: Address,
    /// Who gets the refund; zero in a payout.
    pub refund_receiver: Address,
    /// The Safe's counter: only the transaction with the exact next one runs.
    pub nonce: U256,
}

/// What a signer compares with the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafeTxHashes {
    /// The domain separator, called "Domain hash" by hardware wallets.
    pub domain: Digest,
    /// The struct hash of the transaction, called "Message hash".
    pub message: Digest,
    /// The hash that is signed: keccak-256 of `0x1901`, domain hash, message hash.
    pub safe_tx: Digest,
}

/// The domain hash: with the chain id from 1.3.0, without it (`None`) before.
pub(crate) fn domain_hash(chain_id: Option<U256>, safe: &Address) -> Digest {
    let safe = word::of_address(safe);
    let Some(chain_id) = chain_id else {
        let kind = word::keccak(&[b"EIP712Domain(address verifyingContract)"]);
        return word::keccak(&[kind.bytes(), &safe]);
    };
    let kind = word::keccak(&[b"EIP712Domain(uint256 chainId,address verifyingContract)"]);
    word::keccak(&[kind.bytes(), &word::of_uint(chain_id), &safe])
}

/// The 66 bytes that are hashed and signed.
pub(crate) fn preimage(domain: &Digest, message: &Digest) -> Vec<u8> {
    [&[0x19, 0x01][..], domain.bytes(), message.bytes()].concat()
}

/// Keccak-256 of the preimage.
pub(crate) fn safe_tx_hash(domain: &Digest, message: &Digest) -> Digest {
    word::keccak(&[&preimage(domain, message)])
}

impl SafeTxHashes {
    /// The 66 bytes `0x1901`, domain hash, message hash, whose hash is signed.
    pub fn preimage(&self) -> Vec<u8> {
        preimage(&self.domain, &self.message)
    }
}

impl SafeAccount {
    /// The Safe's EIP-712 domain separator.
    pub fn domain_hash(&self) -> Digest {
        let chain_id = self.version.binds_chain_id().then(|| U256::from(self.chain_id));
        domain_hash(chain_id, &self.address)
    }
}

impl SafeTx {
    /// The EIP-712 struct hash; the version decides only how the sixth field is called.
    pub fn message_hash(&self, version: SafeVersion) -> Digest {
        self.message_hash_as(version.base_gas_name())
    }

    pub(crate) fn message_hash_as(&self, base_gas_name: &str) -> Digest {
        let kind = format!(
            "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,\
             uint256 {base_gas_name},uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
        );
        word::keccak(&[
            word::keccak(&[kind.as_bytes()]).bytes(),
            &word::of_address(&self.to),
            &word::of_uint(self.value),
            self.data_hash().bytes(),
            &word::of_uint(self.operation.code().into()),
            &word::of_uint(self.safe_tx_gas),
            &word::of_uint(self.base_gas),
            &word::of_uint(self.gas_price),
            &word::of_address(&self.gas_token),
            &word::of_address(&self.refund_receiver),
            &word::of_uint(self.nonce),
        ])
    }

    /// Keccak-256 of the calldata, which stands for it in the message hash.
    pub fn data_hash(&self) -> Digest {
        word::keccak(&[&self.data])
    }

    /// The 66 bytes `0x1901`, domain hash, message hash: what contract owners are asked to sign.
    pub fn preimage(&self, safe: &SafeAccount) -> Vec<u8> {
        preimage(&safe.domain_hash(), &self.message_hash(safe.version))
    }

    /// The three hashes a signer compares with the wallet.
    pub fn hashes(&self, safe: &SafeAccount) -> SafeTxHashes {
        let (domain, message) = (safe.domain_hash(), self.message_hash(safe.version));
        SafeTxHashes { domain, message, safe_tx: safe_tx_hash(&domain, &message) }
    }
}
