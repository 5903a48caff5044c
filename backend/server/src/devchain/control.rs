//! The node's blocks, clock and state, as no real chain lets them be set.

use domain::value::{Address, Digest};
use safe::U256;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Devchain, DevchainError, Transaction, wire};

/// So many blocks after it a block is final for this node (two epochs of 32).
pub const FINALITY_BLOCKS: u64 = 64;

/// A block's place and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Block {
    #[serde(deserialize_with = "wire::read_quantity")]
    pub number: u64,
    #[serde(deserialize_with = "wire::read_hash")]
    pub hash: Digest,
    /// Unix seconds.
    #[serde(rename = "timestamp", deserialize_with = "wire::read_quantity")]
    pub time_s: u64,
}

/// A state to return to, once.
#[derive(Debug)]
pub struct Snapshot(String);

impl Devchain {
    /// The newest block.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn latest(&self) -> Result<Block, DevchainError> {
        self.rpc.ask("eth_getBlockByNumber", json!(["latest", false])).await
    }

    /// The newest block that is final.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn finalized(&self) -> Result<Block, DevchainError> {
        self.rpc.ask("eth_getBlockByNumber", json!(["finalized", false])).await
    }

    /// Adds blocks; the first takes what waits.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn mine(&self, blocks: u64) -> Result<(), DevchainError> {
        self.set("anvil_mine", json!([wire::quantity(blocks)])).await
    }

    /// Whether each transaction gets a block of its own at once (as in the beginning), or waits for [`Self::mine`].
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn set_automine(&self, automine: bool) -> Result<(), DevchainError> {
        self.set("evm_setAutomine", json!([automine])).await
    }

    /// The Unix second of the next block: after the newest one's.
    ///
    /// # Errors
    /// A second that is not, or a node that does not answer.
    pub async fn set_next_block_time(&self, time_s: u64) -> Result<(), DevchainError> {
        self.set("evm_setNextBlockTimestamp", json!([time_s])).await
    }

    /// Has the clock go on by so many seconds from block to block, and no longer by itself.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn set_block_interval(&self, seconds: u64) -> Result<(), DevchainError> {
        self.set("anvil_setBlockTimestampInterval", json!([seconds])).await
    }

    /// Has the clock go on with this machine's from here on, beginning at a Unix second after the newest block's.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn follow_time(&self, from_s: u64) -> Result<(), DevchainError> {
        self.set("anvil_removeBlockTimestampInterval", json!([])).await?;
        self.set("evm_setTime", json!([from_s])).await
    }

    /// All blocks and what they led to, for [`Devchain::resume`]: a text that only the node reads.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn dump(&self) -> Result<String, DevchainError> {
        self.rpc.ask("anvil_dumpState", json!([])).await
    }

    pub(super) async fn load(&self, dump: &str) -> Result<(), DevchainError> {
        let loaded: bool = self.rpc.ask("anvil_loadState", json!([dump])).await?;
        if loaded { Ok(()) } else { Err(DevchainError::Answer { method: "anvil_loadState" }) }
    }

    /// Keeps the state of now.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot, DevchainError> {
        self.rpc.ask("evm_snapshot", json!([])).await.map(Snapshot)
    }

    /// Returns to a state: the blocks since are gone. Later snapshots are, too.
    ///
    /// # Errors
    /// A snapshot that an earlier one's return has taken away, or a node that does not answer.
    pub async fn revert(&self, snapshot: Snapshot) -> Result<(), DevchainError> {
        let known: bool = self.rpc.ask("evm_revert", json!([snapshot.0])).await?;
        if known { Ok(()) } else { Err(DevchainError::Answer { method: "evm_revert" }) }
    }

    /// Replaces the newest `depth` blocks by as many others, with these transactions in place of theirs.
    ///
    /// Each comes with the number of its block among the new ones, from 0. Blocks that were and stay empty may keep
    /// their hash.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn reorg(&self, depth: u64, instead: &[(u64, Transaction)]) -> Result<(), DevchainError> {
        let instead: Vec<Value> =
            instead.iter().map(|(block, transaction)| json!([transaction.to_json(), block])).collect();
        self.set("anvil_reorg", json!([depth, instead])).await
    }

    /// Gives an account ether, in wei.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn set_balance(&self, account: &Address, wei: U256) -> Result<(), DevchainError> {
        self.set("anvil_setBalance", json!([account, wire::quantity(wei)])).await
    }

    /// How many transactions an account has sent: what the address of a contract it creates follows from.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn set_nonce(&self, account: &Address, nonce: u64) -> Result<(), DevchainError> {
        self.set("anvil_setNonce", json!([account, wire::quantity(nonce)])).await
    }

    /// Puts code at an address, without running what would have made it.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn set_code(&self, contract: &Address, code: &[u8]) -> Result<(), DevchainError> {
        self.set("anvil_setCode", json!([contract, safe::hex::encode(code)])).await
    }

    /// The code at an address; empty if there is none.
    ///
    /// # Errors
    /// A node that does not answer.
    pub async fn code(&self, contract: &Address) -> Result<Vec<u8>, DevchainError> {
        let code: wire::Bytes = self.rpc.ask("eth_getCode", json!([contract, "latest"])).await?;
        Ok(code.0)
    }

    /// A call whose answer says nothing.
    async fn set(&self, method: &'static str, parameters: Value) -> Result<(), DevchainError> {
        self.rpc.ask(method, parameters).await.map(|_: Value| ())
    }
}
