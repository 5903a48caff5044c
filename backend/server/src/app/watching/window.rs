//! Some blocks of the chain, as far as they are about a Safe: read from logs, and checked to be all.

use domain::command::OpenProgram;
use domain::value::{Address, Amount, Digest, Seq};
use safe::calldata::keccak;
use serde_json::{Value, json};
use tokio::try_join;

use super::fault::ReadFault;
use crate::chain::{Block, ChainError, Log, LogFilter, Nodes};
use crate::db::marks::Mark;

/// The most blocks that are read before what they hold is in the books.
const LONGEST: u64 = 500_000;

/// What logs are wanted: everything of the Safe, and the token's transfers out of it and into it.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    safe: Address,
    token: Address,
    transfer: Digest,
    success: Digest,
    failure: Digest,
}

/// A transaction that has to be looked at, and the Safe's nonce before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Touched {
    pub transaction: Digest,
    pub block_hash: Digest,
    pub nonce: Seq,
    /// Those of its logs that are about the Safe.
    logs: Vec<Log>,
}

impl Touched {
    /// A receipt with these logs alone, as a node would write it: a transaction with logs was not reverted.
    pub(super) fn receipt(&self) -> Value {
        let hash = |digest: &Digest| format!("0x{digest}");
        let block = self.logs.first().map_or(0, |log| log.block_number);
        let log = |log: &Log| {
            json!({
                "address": log.address,
                "topics": log.topics.iter().map(hash).collect::<Vec<_>>(),
                "data": safe::hex::encode(&log.data),
                "blockNumber": format!("{:#x}", log.block_number),
                "blockHash": hash(&log.block_hash),
                "transactionHash": hash(&log.transaction),
                "logIndex": format!("{:#x}", log.index),
                "removed": false,
            })
        };
        json!({
            "transactionHash": hash(&self.transaction),
            "blockHash": hash(&self.block_hash),
            "blockNumber": format!("{block:#x}"),
            "status": "0x1",
            "logs": self.logs.iter().map(log).collect::<Vec<_>>(),
        })
    }
}

/// The blocks after a mark, up to another.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// What the logs lead to: the Safe has to say the same.
    pub end: Mark,
    pub last: Block,
    /// In the order of the chain.
    pub touched: Vec<Touched>,
    /// Whether the Safe did or was done anything.
    pub stirred: bool,
}

fn topic(address: &Address) -> Digest {
    let mut word = [0; 32];
    let (_, tail) = word.split_at_mut(12);
    tail.copy_from_slice(address.bytes());
    Digest::from_bytes(word)
}

/// The amount of a transfer; one that cannot be is found where its receipt is read.
fn amount(log: &Log) -> Amount {
    let wei = log.data.get(16..32).and_then(|bytes| bytes.try_into().ok()).map(u128::from_be_bytes);
    Amount::from_wei(wei.unwrap_or_default())
}

impl Wanted {
    pub(super) fn of(charter: &OpenProgram) -> Self {
        Self {
            safe: charter.safe,
            token: charter.token,
            transfer: keccak(b"Transfer(address,address,uint256)"),
            success: keccak(b"ExecutionSuccess(bytes32,uint256)"),
            failure: keccak(b"ExecutionFailure(bytes32,uint256)"),
        }
    }

    fn filters(&self) -> [LogFilter; 3] {
        let safe = vec![topic(&self.safe)];
        [
            LogFilter { address: self.safe, topics: Vec::new() },
            LogFilter { address: self.token, topics: vec![vec![self.transfer], safe.clone()] },
            LogFilter { address: self.token, topics: vec![vec![self.transfer], Vec::new(), safe] },
        ]
    }

    /// The logs after a block up to a block that is trusted, or up to an earlier one if there are many.
    async fn logs(&self, nodes: &Nodes, after: u64, to: &Block) -> Result<(Vec<Log>, Block), ChainError> {
        let [of_safe, out, into] = self.filters();
        let from = after.saturating_add(1);
        let end = after.saturating_add(LONGEST);
        let part = if end < to.number { nodes.block_at(end).await? } else { *to };
        let to = &part;
        let (mut of_safe, out, into) = try_join!(
            nodes.logs(&of_safe, from, to),
            nodes.logs(&out, from, to),
            nodes.logs(&into, from, to)
        )?;
        let through = of_safe.through.min(out.through).min(into.through);
        let last = if through == to.number { *to } else { nodes.block_at(through).await? };
        let mut logs = std::mem::take(&mut of_safe.logs);
        logs.extend(out.logs.into_iter().chain(into.logs));
        logs.retain(|log| log.block_number <= through);
        logs.sort_unstable_by_key(|log| (log.block_number, log.index));
        // What the Safe sends itself is in both lists.
        logs.dedup_by_key(|log| (log.block_number, log.index));
        Ok((logs, last))
    }

    fn is_execution(&self, log: &Log) -> bool {
        let executed = log.topics.first().is_some_and(|topic| [self.success, self.failure].contains(topic));
        log.address == self.safe && executed
    }

    /// Whether a log moves LPT, and which way: into the Safe, or out of it.
    fn moves(&self, log: &Log) -> Option<(bool, Amount)> {
        let [event, from, to] = &log.topics[..] else { return None };
        let safe = topic(&self.safe);
        let moves = log.address == self.token && *event == self.transfer && from != to;
        let amount = amount(log);
        (moves && !amount.is_zero()).then_some((*to == safe, amount))
    }

    /// The blocks after a mark.
    ///
    /// # Errors
    /// Nodes that cannot be read, or logs that move more than there is.
    pub(super) async fn window(&self, nodes: &Nodes, mark: &Mark, to: &Block) -> Result<Window, ReadFault> {
        let (logs, last) = self.logs(nodes, mark.block, to).await?;
        let mut window = Window {
            end: Mark { block: last.number, block_hash: last.hash, ..*mark },
            last,
            touched: Vec::new(),
            stirred: false,
        };
        for log in &logs {
            let (executes, moves) = (self.is_execution(log), self.moves(log));
            window.stirred |= log.address == self.safe || moves.is_some();
            let known = window.touched.last().is_some_and(|last| last.transaction == log.transaction);
            if !known && (executes || moves.is_some()) {
                let before = logs.iter().filter(|other| other.transaction == log.transaction);
                window.touched.push(Touched {
                    transaction: log.transaction,
                    block_hash: log.block_hash,
                    nonce: window.end.nonce,
                    logs: before.cloned().collect(),
                });
            }
            if executes {
                window.end.nonce = Seq::new(window.end.nonce.get().saturating_add(1));
            }
            if let Some((into, amount)) = moves {
                let balance = window.end.balance;
                let next = if into { balance.checked_add(amount) } else { balance.checked_sub(amount) };
                window.end.balance = next.ok_or(ReadFault::LeftOut { block: last.number })?;
            }
        }
        Ok(window)
    }

    /// The mark at the end of a block, from what the Safe has now: as many transactions and as much LPT less as moved
    /// since.
    ///
    /// # Errors
    /// Nodes that cannot be read, or logs that do not lead from what the Safe was `known` to have to what it has.
    pub(super) async fn mark_before(
        &self,
        nodes: &Nodes,
        first: &Block,
        now: &Mark,
        to: &Block,
        known: Option<Mark>,
    ) -> Result<Mark, ReadFault> {
        let (mut executed, mut into, mut out) = (0_u64, Amount::ZERO, Amount::ZERO);
        let mut later = 0_u64;
        let mut after = first.number;
        while after < to.number {
            let (logs, last) = self.logs(nodes, after, to).await?;
            for log in &logs {
                let one = u64::from(self.is_execution(log));
                executed = executed.saturating_add(one);
                if known.is_some_and(|known| log.block_number > known.block) {
                    later = later.saturating_add(one);
                }
                if let Some((comes, amount)) = self.moves(log) {
                    let sum = if comes { &mut into } else { &mut out };
                    *sum = sum.checked_add(amount).ok_or(ReadFault::LeftOut { block: last.number })?;
                }
            }
            after = last.number;
        }
        let left_out = || ReadFault::LeftOut { block: to.number };
        let nonce = now.nonce.get().checked_sub(executed).ok_or_else(left_out)?;
        // What the ledger saw itself before is not to be told otherwise now.
        if known.is_some_and(|known| known.nonce.get().saturating_add(later) != now.nonce.get()) {
            return Err(left_out());
        }
        let balance = now.balance.checked_add(out).and_then(|sum| sum.checked_sub(into));
        Ok(Mark {
            block: first.number,
            block_hash: first.hash,
            nonce: Seq::new(nonce),
            balance: balance.ok_or_else(left_out)?,
        })
    }
}
