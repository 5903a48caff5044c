//! One node or two: what is read is pinned to a block, and the same from both.

use std::fmt;
use std::str::FromStr;

use domain::value::{Address, Digest};
use thiserror::Error;
use tokio::try_join;

use super::node::{Block, Log, LogFilter, Node, Receipt, is_too_wide};
use super::rpc::{Client, RpcError};

/// The most blocks that are asked for at once; fewer where a node refuses.
const WIDEST: u64 = 10_000;
/// With so many logs a reading ends early, at the end of the blocks just asked for.
const ENOUGH: usize = 10_000;

/// Which block is trusted: never to be replaced by another of its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmations {
    /// The one that the node calls finalised.
    Finalized,
    /// The one with so many blocks after it, at most [`Confirmations::MOST`].
    Blocks(u16),
}

/// Why a text does not say which block is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ConfirmationsError {
    #[error("confirmations is \"finalized\" or a number of blocks from 0 to {}", Confirmations::MOST)]
    Malformed,
}

impl Confirmations {
    pub const MOST: u16 = 10_000;
}

impl FromStr for Confirmations {
    type Err = ConfirmationsError;

    fn from_str(text: &str) -> Result<Self, ConfirmationsError> {
        if text == "finalized" {
            return Ok(Self::Finalized);
        }
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let blocks = text.parse().ok().filter(|blocks| is_number && *blocks <= Self::MOST);
        blocks.map(Self::Blocks).ok_or(ConfirmationsError::Malformed)
    }
}

impl fmt::Display for Confirmations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finalized => formatter.write_str("finalized"),
            Self::Blocks(blocks) => fmt::Display::fmt(blocks, formatter),
        }
    }
}

/// Why the chain cannot be read. Nothing was mixed: there is no answer, or all of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChainError {
    #[error(transparent)]
    Rpc(#[from] RpcError),
    #[error(
        "{node} is a node of chain {found}, and chain {wanted} is wanted: set the URL of one of that chain"
    )]
    OtherChain { node: String, found: u64, wanted: u64 },
    #[error("{node} has no block {block}: it may lie behind, or know no such name")]
    NoBlock { node: String, block: String },
    #[error("block {number} was replaced while it was read: read again")]
    Moved { number: u64 },
    #[error("the nodes {first} and {second} do not tell the same of {what}: one of them lies, or is broken")]
    Differ { first: String, second: String, what: String },
}

/// Logs, and how far they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// In the order of their blocks, and in a block in the order in which they were emitted.
    pub logs: Vec<Log>,
    /// The last block that was read: before the one that was asked for where there was much to read.
    pub through: u64,
}

/// The node that is read from, and perhaps a second one that must tell the same.
#[derive(Clone, Debug)]
pub struct Nodes {
    first: Node,
    second: Option<Node>,
    confirmations: Confirmations,
}

impl Nodes {
    pub fn new(first: Client, second: Option<Client>, confirmations: Confirmations) -> Self {
        Self { first: Node { client: first }, second: second.map(|client| Node { client }), confirmations }
    }

    /// The chain that the nodes are of.
    ///
    /// # Errors
    /// Nodes that cannot be asked, or are of two chains.
    pub async fn chain_id(&self) -> Result<u64, ChainError> {
        let second = self.second.as_ref().map(Node::chain_id);
        self.agreed(|| "their chain".to_owned(), self.first.chain_id(), second).await
    }

    /// The newest block of this chain that is trusted; with two nodes the older one of theirs.
    ///
    /// # Errors
    /// Nodes that cannot be asked, are of another chain, or have another block of that number.
    pub async fn trusted(&self, chain: u64) -> Result<Block, ChainError> {
        let Some(second) = &self.second else { return self.tip(&self.first, chain).await };
        let (first, second) = try_join!(self.tip(&self.first, chain), self.tip(second, chain))?;
        let older = if first.number <= second.number { first } else { second };
        let block = self.block_at(older.number).await?;
        if block == older { Ok(block) } else { Err(ChainError::Moved { number: older.number }) }
    }

    async fn tip(&self, node: &Node, wanted: u64) -> Result<Block, ChainError> {
        let found = node.chain_id().await?;
        if found != wanted {
            return Err(ChainError::OtherChain { node: node.client.node(), found, wanted });
        }
        match self.confirmations {
            Confirmations::Finalized => named(node, "finalized").await,
            Confirmations::Blocks(0) => named(node, "latest").await,
            Confirmations::Blocks(blocks) => {
                let latest = named(node, "latest").await?;
                let number = latest.number.saturating_sub(u64::from(blocks));
                there(node, number, node.block_at(number).await?)
            }
        }
    }

    /// The block of this number, as the chain stands now.
    ///
    /// # Errors
    /// Nodes that cannot be asked, have no such block, or have different ones.
    pub async fn block_at(&self, number: u64) -> Result<Block, ChainError> {
        let ask = async |node: &Node| there(node, number, node.block_at(number).await?);
        let second = self.second.as_ref().map(ask);
        self.agreed(|| format!("block {number}"), ask(&self.first), second).await
    }

    /// The block of this hash, if there is one; it need not be part of the chain any more.
    ///
    /// # Errors
    /// Nodes that cannot be asked, or of which only one has it.
    pub async fn block_of(&self, hash: &Digest) -> Result<Option<Block>, ChainError> {
        let second = self.second.as_ref().map(|node| node.block_of(hash));
        self.agreed(|| format!("block 0x{hash}"), self.first.block_of(hash), second).await
    }

    /// Makes sure that this block is part of the chain, as it stands now.
    ///
    /// # Errors
    /// [`ChainError::Moved`], and as [`Nodes::block_at`].
    pub async fn still_at(&self, block: &Block) -> Result<(), ChainError> {
        let found = self.block_at(block.number).await?;
        if found.hash == block.hash { Ok(()) } else { Err(ChainError::Moved { number: block.number }) }
    }

    /// What became of a transaction; `None` if it is in no block. The block may still be replaced.
    ///
    /// # Errors
    /// Nodes that cannot be asked, or tell different things.
    pub async fn receipt(&self, transaction: &Digest) -> Result<Option<Receipt>, ChainError> {
        let Some(second) = &self.second else { return Ok(self.first.receipt(transaction).await?) };
        let (first, second) = try_join!(self.first.receipt(transaction), second.receipt(transaction))?;
        let agreed = match (&first, &second) {
            (Some(first), Some(second)) => first.agrees_with(second),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if agreed {
            Ok(first)
        } else {
            Err(self.differ(format!("the receipt of transaction 0x{transaction}")))
        }
    }

    /// What a contract answers to a call by nobody, as of the end of this block.
    ///
    /// # Errors
    /// A call that reverts ([`Fault::is_revert`](super::Fault::is_revert)), a block that is no longer part of the
    /// chain, and nodes that cannot be asked or tell different things.
    pub async fn call(&self, to: &Address, data: &[u8], block: &Block) -> Result<Vec<u8>, ChainError> {
        self.still_at(block).await?;
        let answer = self.loose_call(to, data, block.number).await?;
        self.still_at(block).await?;
        Ok(answer)
    }

    /// The word in a slot of a contract's storage, as of the end of this block.
    ///
    /// # Errors
    /// As [`Nodes::call`].
    pub async fn storage(
        &self,
        address: &Address,
        slot: &[u8; 32],
        block: &Block,
    ) -> Result<[u8; 32], ChainError> {
        self.still_at(block).await?;
        let word = self.loose_storage(address, slot, block.number).await?;
        self.still_at(block).await?;
        Ok(word)
    }

    /// The code of a contract, as of the end of this block; none for an account.
    ///
    /// # Errors
    /// As [`Nodes::call`].
    pub async fn code(&self, address: &Address, block: &Block) -> Result<Vec<u8>, ChainError> {
        self.still_at(block).await?;
        let second = self.second.as_ref().map(|node| node.code(address, block.number));
        let what = || format!("the code of {address} at block {}", block.number);
        let code = self.agreed(what, self.first.code(address, block.number), second).await?;
        self.still_at(block).await?;
        Ok(code)
    }

    /// The logs from a block up to this one, both included, or up to an earlier one if there are many.
    ///
    /// # Errors
    /// As [`Nodes::call`].
    pub async fn logs(&self, filter: &LogFilter, from: u64, to: &Block) -> Result<Logs, ChainError> {
        self.still_at(to).await?;
        let mut read = Logs { logs: Vec::new(), through: to.number };
        let (mut next, mut width) = (from, WIDEST);
        while next <= to.number {
            let last = next.saturating_add(width.saturating_sub(1)).min(to.number);
            match self.loose_logs(filter, next, last).await {
                Ok(logs) => read.logs.extend(logs),
                Err(ChainError::Rpc(error)) if next < last && is_too_wide(&error.fault) => {
                    let blocks = last.saturating_sub(next).saturating_add(1);
                    width = blocks.div_euclid(2);
                    tracing::debug!(node = error.node, width, fault = %error.fault, "asking for fewer blocks at once");
                    continue;
                }
                Err(error) => return Err(error),
            }
            if read.logs.len() >= ENOUGH {
                read.through = last;
                break;
            }
            let Some(following) = last.checked_add(1) else { break };
            next = following;
        }
        self.still_at(to).await?;
        Ok(read)
    }

    async fn loose_logs(&self, filter: &LogFilter, from: u64, to: u64) -> Result<Vec<Log>, ChainError> {
        let second = self.second.as_ref().map(|node| node.logs(filter, from, to));
        let what = || format!("the logs of {} from block {from} to {to}", filter.address);
        self.agreed(what, self.first.logs(filter, from, to), second).await
    }

    /// As [`Nodes::call`], for those who make sure of the block themselves.
    pub(super) async fn loose_call(
        &self,
        to: &Address,
        data: &[u8],
        block: u64,
    ) -> Result<Vec<u8>, ChainError> {
        let second = self.second.as_ref().map(|node| node.call(to, data, block));
        let what = || format!("a call of {to} at block {block}");
        self.agreed(what, self.first.call(to, data, block), second).await
    }

    /// As [`Nodes::storage`], for those who make sure of the block themselves.
    pub(super) async fn loose_storage(
        &self,
        address: &Address,
        slot: &[u8; 32],
        block: u64,
    ) -> Result<[u8; 32], ChainError> {
        let second = self.second.as_ref().map(|node| node.storage(address, slot, block));
        let what = || format!("the storage of {address} at block {block}");
        self.agreed(what, self.first.storage(address, slot, block), second).await
    }

    /// What the first node answers, if there is no second one or it answers the same.
    async fn agreed<T: PartialEq, E: Into<ChainError>>(
        &self,
        what: impl Fn() -> String,
        first: impl Future<Output = Result<T, E>>,
        second: Option<impl Future<Output = Result<T, E>>>,
    ) -> Result<T, ChainError> {
        // Boxed as the client's tries are.
        let Some(second) = second else { return Box::pin(first).await.map_err(Into::into) };
        let (first, second) = Box::pin(async { try_join!(first, second) }).await.map_err(Into::into)?;
        if first == second { Ok(first) } else { Err(self.differ(what())) }
    }

    fn differ(&self, what: String) -> ChainError {
        let second = self.second.as_ref().map_or_else(String::new, |node| node.client.node());
        ChainError::Differ { first: self.first.client.node(), second, what }
    }
}

async fn named(node: &Node, tag: &str) -> Result<Block, ChainError> {
    there(node, tag, node.named_block(tag).await?)
}

fn there(node: &Node, block: impl fmt::Display, found: Option<Block>) -> Result<Block, ChainError> {
    found.ok_or_else(|| ChainError::NoBlock { node: node.client.node(), block: block.to_string() })
}
