//! What one node says of the chain: each read one call, its answer checked against what was asked.

use domain::value::{Address, Digest, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::rpc::{Client, Fault, RpcError};
use super::wire;

/// The head of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    #[serde(deserialize_with = "wire::number")]
    pub number: u64,
    #[serde(deserialize_with = "wire::hash")]
    pub hash: Digest,
    #[serde(rename = "parentHash", deserialize_with = "wire::hash")]
    pub parent: Digest,
    #[serde(rename = "timestamp", deserialize_with = "wire::time")]
    pub time: Timestamp,
}

/// What a contract emitted, in a block that is there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenLog")]
pub struct Log {
    /// The contract.
    pub address: Address,
    pub topics: Vec<Digest>,
    pub data: Vec<u8>,
    pub block_number: u64,
    pub block_hash: Digest,
    pub transaction: Digest,
    /// Its place in the block, counted over all transactions.
    pub index: u32,
}

/// Which logs are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter {
    /// The contract that emits them.
    pub address: Address,
    /// What may stand at each place; nothing named means anything.
    pub topics: Vec<Vec<Digest>>,
}

/// What became of a transaction that is in a block.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub transaction: Digest,
    pub block_number: u64,
    pub block_hash: Digest,
    /// Whether it was not reverted.
    pub succeeded: bool,
    /// In the order in which they were emitted.
    pub logs: Vec<Log>,
    /// The node's answer, byte for byte.
    pub json: Box<RawValue>,
}

/// A node, asked for one thing at a time.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) client: Client,
}

/// A log as nodes write it; each kind of node adds fields of its own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenLog {
    #[serde(deserialize_with = "wire::address")]
    address: Address,
    #[serde(deserialize_with = "wire::hashes")]
    topics: Vec<Digest>,
    #[serde(deserialize_with = "wire::data")]
    data: Vec<u8>,
    #[serde(deserialize_with = "wire::number")]
    block_number: u64,
    #[serde(deserialize_with = "wire::hash")]
    block_hash: Digest,
    #[serde(deserialize_with = "wire::hash")]
    transaction_hash: Digest,
    #[serde(deserialize_with = "wire::index")]
    log_index: u32,
    #[serde(default)]
    removed: bool,
}

/// A receipt as nodes write it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenReceipt {
    #[serde(deserialize_with = "wire::hash")]
    transaction_hash: Digest,
    #[serde(deserialize_with = "wire::number")]
    block_number: u64,
    #[serde(deserialize_with = "wire::hash")]
    block_hash: Digest,
    #[serde(deserialize_with = "wire::status")]
    status: bool,
    logs: Vec<Log>,
}

#[derive(Deserialize)]
struct Number(#[serde(deserialize_with = "wire::number")] u64);
#[derive(Deserialize)]
struct Data(#[serde(deserialize_with = "wire::data")] Vec<u8>);
#[derive(Deserialize)]
struct Word(#[serde(deserialize_with = "wire::word")] [u8; 32]);

impl TryFrom<WrittenLog> for Log {
    type Error = &'static str;

    fn try_from(log: WrittenLog) -> Result<Self, Self::Error> {
        if log.removed {
            return Err("a log of a block that is gone");
        }
        Ok(Self {
            address: log.address,
            topics: log.topics,
            data: log.data,
            block_number: log.block_number,
            block_hash: log.block_hash,
            transaction: log.transaction_hash,
            index: log.log_index,
        })
    }
}

impl LogFilter {
    /// Whether this log is one of those that are wanted.
    pub fn takes(&self, log: &Log) -> bool {
        let wanted = |(place, topics): (usize, &Vec<Digest>)| {
            topics.is_empty() || log.topics.get(place).is_some_and(|topic| topics.contains(topic))
        };
        log.address == self.address && self.topics.iter().enumerate().all(wanted)
    }

    fn to_json(&self, from: u64, to: u64) -> Value {
        let named = |topics: &Vec<Digest>| match topics.as_slice() {
            [] => Value::Null,
            topics => topics.iter().map(wire::of_hash).collect(),
        };
        let topics: Vec<Value> = self.topics.iter().map(named).collect();
        let (from, to) = (wire::of_number(from), wire::of_number(to));
        json!([{ "address": self.address, "topics": topics, "fromBlock": from, "toBlock": to }])
    }
}

impl Receipt {
    /// Whether another node told the same; what it adds of its own is not looked at.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let Self { transaction, block_number, block_hash, succeeded, logs, json: _ } = self;
        (transaction, block_number, block_hash, succeeded, logs)
            == (&other.transaction, &other.block_number, &other.block_hash, &other.succeeded, &other.logs)
    }
}

/// Whether each of the logs stands after the one before it, and a block has one hash.
fn in_order(logs: &[Log]) -> bool {
    logs.iter().zip(logs.iter().skip(1)).all(|(log, next)| {
        (log.block_number, log.index) < (next.block_number, next.index)
            && (log.block_number != next.block_number || log.block_hash == next.block_hash)
    })
}

impl Node {
    pub(super) async fn chain_id(&self) -> Result<u64, RpcError> {
        let Number(id) = self.client.ask("eth_chainId", &json!([])).await?;
        Ok(id)
    }

    /// The block that the node gives this name, such as `finalized`.
    pub(super) async fn named_block(&self, tag: &str) -> Result<Option<Block>, RpcError> {
        self.client.ask("eth_getBlockByNumber", &json!([tag, false])).await
    }

    pub(super) async fn block_at(&self, number: u64) -> Result<Option<Block>, RpcError> {
        const METHOD: &str = "eth_getBlockByNumber";
        let block: Option<Block> = self.client.ask(METHOD, &json!([wire::of_number(number), false])).await?;
        match block {
            Some(block) if block.number != number => {
                let found = block.number;
                Err(self.client.misshapen(METHOD, &format_args!("block {found} for block {number}")))
            }
            block => Ok(block),
        }
    }

    pub(super) async fn block_of(&self, hash: &Digest) -> Result<Option<Block>, RpcError> {
        const METHOD: &str = "eth_getBlockByHash";
        let block: Option<Block> = self.client.ask(METHOD, &json!([wire::of_hash(hash), false])).await?;
        match block {
            Some(block) if block.hash != *hash => {
                let found = block.hash;
                Err(self.client.misshapen(METHOD, &format_args!("block 0x{found} for block 0x{hash}")))
            }
            block => Ok(block),
        }
    }

    /// The logs of these blocks, both ends included, in their order.
    pub(super) async fn logs(&self, filter: &LogFilter, from: u64, to: u64) -> Result<Vec<Log>, RpcError> {
        const METHOD: &str = "eth_getLogs";
        let wrong = |why: &str| Err(self.client.misshapen(METHOD, &why));
        let logs: Vec<Log> = self.client.ask(METHOD, &filter.to_json(from, to)).await?;
        if !logs.iter().all(|log| (from..=to).contains(&log.block_number)) {
            return wrong("a log of a block that was not asked for");
        }
        if !logs.iter().all(|log| filter.takes(log)) {
            return wrong("a log that was not asked for");
        }
        if in_order(&logs) { Ok(logs) } else { wrong("logs that are not in the order of their blocks") }
    }

    pub(super) async fn receipt(&self, transaction: &Digest) -> Result<Option<Receipt>, RpcError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        let wrong = |why: &dyn std::fmt::Display| Err(self.client.misshapen(METHOD, why));
        let json = self.client.call(METHOD, &json!([wire::of_hash(transaction)])).await?;
        let written: Option<WrittenReceipt> = match serde_json::from_str(json.get()) {
            Ok(written) => written,
            Err(error) => return wrong(&error),
        };
        let Some(written) = written else { return Ok(None) };
        if written.transaction_hash != *transaction {
            return wrong(&"the receipt of another transaction");
        }
        let own = |log: &Log| {
            (log.transaction, log.block_number, log.block_hash)
                == (*transaction, written.block_number, written.block_hash)
        };
        if !written.logs.iter().all(own) {
            return wrong(&"a log of another transaction or block");
        }
        if !in_order(&written.logs) {
            return wrong(&"logs that are not in their order");
        }
        Ok(Some(Receipt {
            transaction: *transaction,
            block_number: written.block_number,
            block_hash: written.block_hash,
            succeeded: written.status,
            logs: written.logs,
            json,
        }))
    }

    /// What a contract answers to a call by nobody, as of the end of a block.
    pub(super) async fn call(&self, to: &Address, data: &[u8], block: u64) -> Result<Vec<u8>, RpcError> {
        let call = json!({ "to": to, "data": wire::of_data(data) });
        let Data(answer) = self.client.ask("eth_call", &json!([call, wire::of_number(block)])).await?;
        Ok(answer)
    }

    pub(super) async fn storage(
        &self,
        address: &Address,
        slot: &[u8; 32],
        block: u64,
    ) -> Result<[u8; 32], RpcError> {
        let params = json!([address, wire::of_data(slot), wire::of_number(block)]);
        let Word(word) = self.client.ask("eth_getStorageAt", &params).await?;
        Ok(word)
    }

    pub(super) async fn code(&self, address: &Address, block: u64) -> Result<Vec<u8>, RpcError> {
        let Data(code) = self.client.ask("eth_getCode", &json!([address, wire::of_number(block)])).await?;
        Ok(code)
    }
}

/// Whether a node refuses a range of blocks because it, or what it found there, is too large.
///
/// Each kind of node has a code and words of its own, so every error counts that is not about the method.
pub(super) fn is_too_wide(fault: &Fault) -> bool {
    match fault {
        Fault::TooLarge { .. } | Fault::Status { status: 413, .. } => true,
        Fault::Refused { code, .. } => ![METHOD_NOT_FOUND, PARSE_ERROR].contains(code),
        Fault::Unreachable { .. }
        | Fault::TimedOut
        | Fault::CutOff { .. }
        | Fault::Status { .. }
        | Fault::NotJson { .. }
        | Fault::NotJsonRpc { .. }
        | Fault::OtherId
        | Fault::Shape { .. } => false,
    }
}

/// JSON-RPC 2.0, section 5.1.
const METHOD_NOT_FOUND: i64 = -32601;
const PARSE_ERROR: i64 = -32700;
