//! A transaction's receipt as a node gives it (`eth_getTransactionReceipt`), read strictly.
//!
//! A node may lie or be broken: what contradicts itself is refused, what is unknown is passed over, as chains add
//! members of their own. Whether the block is final, and whether other nodes say the same, is for others to ask.

use std::fmt;

use domain::value::{Address, Digest};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::{eip55, hex};

/// Most topics a log can have.
const TOPICS: usize = 4;

/// What came of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The hash of the Ethereum transaction.
    pub tx_hash: Digest,
    /// The block that holds it.
    pub block_hash: Digest,
    /// The number of that block.
    pub block_number: u64,
    /// Whether it took effect; if not, it has no logs.
    pub succeeded: bool,
    /// What contracts logged, in ascending order of their index.
    pub logs: Vec<Log>,
}

/// What a contract logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its place among all logs of the block.
    pub index: u64,
    /// The contract that logged it.
    pub address: Address,
    /// At most four; the first says which event it is.
    pub topics: Vec<Digest>,
    /// The rest of the event.
    pub data: Vec<u8>,
}

/// Where in a receipt a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The receipt's own members.
    Receipt,
    /// A log, by its place in the list, from 0.
    Log(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Receipt => formatter.write_str("the receipt"),
            Self::Log(place) => write!(formatter, "entry {place} of the receipt's logs"),
        }
    }
}

/// Why a receipt is not to be relied on.
#[derive(Debug, Error)]
pub enum ReceiptError {
    /// It is not JSON.
    #[error("the receipt is not JSON ({0}): ask the node again, or another one")]
    Syntax(#[from] serde_json::Error),
    /// It is `null`.
    #[error("the node has no receipt of this transaction: wait until it is in a block, and check its hash")]
    None,
    /// A member is not there.
    #[error("{place} has no {member}: ask another node")]
    Missing {
        /// Where.
        place: Place,
        /// Its name.
        member: &'static str,
    },
    /// A member is something else than it should be.
    #[error("{member} of {place} is not {expected}: ask another node")]
    Malformed {
        /// Where.
        place: Place,
        /// Its name.
        member: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A log is of another transaction or block.
    #[error("{member} of {place} is not the receipt's own: ask another node")]
    Foreign {
        /// Which log.
        place: Place,
        /// The member that differs.
        member: &'static str,
    },
    /// A log was taken back because the chain took another way.
    #[error("{place} was removed by a reorganisation of the chain: wait for a final block and ask again")]
    Removed {
        /// Which log.
        place: Place,
    },
    /// A log's index is not above that of the one before.
    #[error("{place} is out of order: ask another node")]
    Order {
        /// Which log.
        place: Place,
    },
    /// The transaction reverted, and still has logs.
    #[error("the transaction reverted and still has logs, which cannot be: ask another node")]
    LogsOfReverted,
}

impl Receipt {
    /// Reads the `result` of `eth_getTransactionReceipt`.
    ///
    /// # Errors
    /// Other text than JSON, and whatever [`Receipt::read`] refuses.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        Self::read(&serde_json::from_str(text)?)
    }

    /// Reads the `result` of `eth_getTransactionReceipt`, which is JSON already.
    ///
    /// # Errors
    /// `null`, missing or malformed members, and logs that are foreign, removed or out of order.
    pub fn read(json: &Value) -> Result<Self, ReceiptError> {
        let place = Place::Receipt;
        if json.is_null() {
            return Err(ReceiptError::None);
        }
        let own = Members::of(json, place, "result")?;
        let mut receipt = Self {
            tx_hash: own.digest("transactionHash")?,
            block_hash: own.digest("blockHash")?,
            block_number: own.number("blockNumber")?,
            succeeded: own.status()?,
            logs: Vec::new(),
        };
        let listed = own.list("logs")?;
        if !receipt.succeeded && !listed.is_empty() {
            return Err(ReceiptError::LogsOfReverted);
        }
        for (place, log) in listed.iter().enumerate() {
            let place = Place::Log(place);
            let log = receipt.log(&Members::of(log, place, "entry")?)?;
            if receipt.logs.last().is_some_and(|last| last.index >= log.index) {
                return Err(ReceiptError::Order { place });
            }
            receipt.logs.push(log);
        }
        Ok(receipt)
    }

    fn log(&self, members: &Members<'_>) -> Result<Log, ReceiptError> {
        let place = members.place;
        let foreign = |member| Err(ReceiptError::Foreign { place, member });
        if members.digest("transactionHash")? != self.tx_hash {
            return foreign("transactionHash");
        }
        if members.digest("blockHash")? != self.block_hash {
            return foreign("blockHash");
        }
        if members.number("blockNumber")? != self.block_number {
            return foreign("blockNumber");
        }
        if members.flag("removed")? {
            return Err(ReceiptError::Removed { place });
        }
        Ok(Log {
            index: members.number("logIndex")?,
            address: members.address("address")?,
            topics: members.topics()?,
            data: members.bytes("data")?,
        })
    }
}

/// The members of the receipt or of a log.
struct Members<'a> {
    place: Place,
    members: &'a Map<String, Value>,
}

impl<'a> Members<'a> {
    fn of(json: &'a Value, place: Place, member: &'static str) -> Result<Self, ReceiptError> {
        let members = json.as_object();
        let members = members.ok_or(ReceiptError::Malformed { place, member, expected: "an object" })?;
        Ok(Self { place, members })
    }

    fn get(&self, member: &'static str) -> Result<&'a Value, ReceiptError> {
        self.members.get(member).ok_or(ReceiptError::Missing { place: self.place, member })
    }

    fn expect<T>(
        &self,
        member: &'static str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, ReceiptError> {
        let malformed = ReceiptError::Malformed { place: self.place, member, expected };
        read(self.get(member)?).ok_or(malformed)
    }

    fn digest(&self, member: &'static str) -> Result<Digest, ReceiptError> {
        self.expect(member, "0x and 64 hex digits", digest)
    }

    fn address(&self, member: &'static str) -> Result<Address, ReceiptError> {
        self.expect(member, "0x and 40 hex digits", |json| {
            eip55::parse_digits(json.as_str()?.strip_prefix("0x")?).ok()
        })
    }

    fn number(&self, member: &'static str) -> Result<u64, ReceiptError> {
        self.expect(member, "a number as 0x and hex digits below 2⁶⁴, without zeros in front", |json| {
            let digits = json.as_str()?.strip_prefix("0x")?;
            let plain = digits == "0" || !digits.starts_with('0');
            let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            (plain && hex).then(|| u64::from_str_radix(digits, 16).ok()).flatten()
        })
    }

    fn status(&self) -> Result<bool, ReceiptError> {
        self.expect("status", "0x0 or 0x1", |json| match json.as_str()? {
            "0x0" => Some(false),
            "0x1" => Some(true),
            _ => None,
        })
    }

    fn flag(&self, member: &'static str) -> Result<bool, ReceiptError> {
        self.expect(member, "true or false", Value::as_bool)
    }

    fn bytes(&self, member: &'static str) -> Result<Vec<u8>, ReceiptError> {
        self.expect(member, "0x and two hex digits for each byte", |json| hex::decode(json.as_str()?))
    }

    fn list(&self, member: &'static str) -> Result<&'a [Value], ReceiptError> {
        self.expect(member, "a list", |json| json.as_array().map(Vec::as_slice))
    }

    fn topics(&self) -> Result<Vec<Digest>, ReceiptError> {
        self.expect("topics", "a list of at most four hashes, each 0x and 64 hex digits", |json| {
            let topics = json.as_array().filter(|topics| topics.len() <= TOPICS)?;
            topics.iter().map(digest).collect()
        })
    }
}

fn digest(json: &Value) -> Option<Digest> {
    let bytes = hex::decode(json.as_str()?)?;
    bytes.try_into().ok().map(Digest::from_bytes)
}
