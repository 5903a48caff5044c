//! A transaction as the service shows it, and what is left of that once it was computed again.

use domain::value::{Address, Digest};
use safe::reads::MAX_OWNERS;
use safe::safe_tx::Operation;
use safe::{SafeAccount, SafeTx, U256};
use serde::Deserialize;

use super::confirmation::{self, Confirmation};
use super::fault::Fault;

/// A transaction of our Safe that the service holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub tx: SafeTx,
    /// The safeTxHash, computed from the fields for our Safe.
    pub hash: Digest,
    /// The owner in whose name it was proposed, as the service says.
    pub proposer: Option<Address>,
    /// Who proposed it in that owner's name, as the service says.
    pub delegate: Option<Address>,
    /// Whether the service has seen it executed. Only the chain knows.
    pub executed: bool,
    pub confirmations: Vec<Confirmation>,
}

/// A transaction as the service writes it; what else it adds is not looked at.
///
/// The hash tells whether the ten fields are right, so one that is missing or `null` counts as empty.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written {
    #[serde(deserialize_with = "wire::address")]
    safe: Address,
    #[serde(deserialize_with = "wire::address")]
    to: Address,
    #[serde(deserialize_with = "wire::number")]
    value: U256,
    #[serde(default, deserialize_with = "wire::data")]
    data: Vec<u8>,
    operation: u8,
    #[serde(deserialize_with = "wire::number")]
    safe_tx_gas: U256,
    #[serde(deserialize_with = "wire::number")]
    base_gas: U256,
    #[serde(deserialize_with = "wire::number")]
    gas_price: U256,
    #[serde(default, deserialize_with = "wire::optional_address")]
    gas_token: Option<Address>,
    #[serde(default, deserialize_with = "wire::optional_address")]
    refund_receiver: Option<Address>,
    #[serde(deserialize_with = "wire::number")]
    nonce: U256,
    #[serde(deserialize_with = "wire::hash")]
    safe_tx_hash: Digest,
    #[serde(default, deserialize_with = "wire::optional_address")]
    proposer: Option<Address>,
    #[serde(default, deserialize_with = "wire::optional_address")]
    proposed_by_delegate: Option<Address>,
    is_executed: bool,
    #[serde(default)]
    confirmations: Option<Vec<confirmation::Written>>,
}

impl Written {
    /// The transaction, if it is one of this Safe and has the hash that it is shown with.
    pub(super) fn read(self, safe: &SafeAccount) -> Result<Proposal, Fault> {
        if self.safe != safe.address {
            return Err(Fault::OtherSafe(self.safe));
        }
        let tx = SafeTx {
            to: self.to,
            value: self.value,
            data: self.data,
            operation: Operation::from(self.operation),
            safe_tx_gas: self.safe_tx_gas,
            base_gas: self.base_gas,
            gas_price: self.gas_price,
            gas_token: self.gas_token.unwrap_or(Address::ZERO),
            refund_receiver: self.refund_receiver.unwrap_or(Address::ZERO),
            nonce: self.nonce,
        };
        let hash = tx.hashes(safe).safe_tx;
        if hash != self.safe_tx_hash {
            return Err(Fault::OtherHash { named: self.safe_tx_hash, computed: hash });
        }
        let written = self.confirmations.unwrap_or_default();
        if written.len() > MAX_OWNERS {
            return Err(Fault::Shape {
                why: format!("more than {MAX_OWNERS} confirmations of one transaction"),
            });
        }
        Ok(Proposal {
            tx,
            hash,
            proposer: self.proposer,
            delegate: self.proposed_by_delegate,
            executed: self.is_executed,
            confirmations: written.iter().map(|confirmation| confirmation.read(&hash)).collect(),
        })
    }
}

/// Values as the service writes them, and nothing that is nearly that.
pub(super) mod wire {
    use std::borrow::Cow;

    use domain::value::{Address, Digest};
    use safe::{U256, eip55, hex};
    use serde::de::{Deserialize, Deserializer, Error};

    /// The digits of 2²⁵⁶.
    const DIGITS: usize = 78;

    /// An address; the checksum is right if there is one.
    pub(in super::super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Address, D::Error> {
        eip55::parse(&Cow::<'de, str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }

    pub(super) fn optional_address<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Address>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| eip55::parse(&text).map_err(D::Error::custom)).transpose()
    }

    /// A number as a text of decimal digits, without leading zeros.
    pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<U256, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let is_plain = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        if !is_plain || text.len() > DIGITS || (text.starts_with('0') && text != "0") {
            return Err(D::Error::custom("a number is a text of decimal digits"));
        }
        U256::from_dec_str(&text).map_err(|_| D::Error::custom("a number has 256 bits"))
    }

    /// Bytes; nothing for `null`.
    pub(super) fn data<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        let bytes = text.map_or(Some(Vec::new()), |text| hex::decode(&text));
        bytes.ok_or_else(|| D::Error::custom("bytes are 0x and two hex digits each"))
    }

    pub(super) fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let bytes = hex::decode(&Cow::<'de, str>::deserialize(deserializer)?);
        let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
        bytes.map(Digest::from_bytes).ok_or_else(|| D::Error::custom("a hash is 0x and 64 hex digits"))
    }
}
