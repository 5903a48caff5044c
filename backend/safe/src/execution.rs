//! What a receipt says of a Safe: which of its transactions ran, and how the token moved in and out.
//!
//! Only the contracts' own logs count: events of the Safe's address, and transfers of the token's. Others may log
//! what they like.

use std::collections::BTreeSet;

use domain::value::{Address, Amount, Digest};
use ethers::types::U256;
use thiserror::Error;

use crate::receipt::{Log, Receipt};
use crate::word::{self, WORD};

/// A transfer of the token out of the Safe or into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The index of its log.
    pub index: u64,
    /// Who paid.
    pub from: Address,
    /// Who was paid.
    pub to: Address,
    /// How much, in wei of the token; zero is possible, and anyone can make a transfer of zero.
    pub amount: Amount,
    /// The log index of the execution an outgoing transfer belongs to; `None` if it left the Safe another way.
    pub execution: Option<u64>,
}

impl Movement {
    /// Whether the Safe paid itself, which changes nothing.
    pub fn is_to_self(&self) -> bool {
        self.from == self.to
    }
}

/// A transaction of the Safe that ran and used its nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The index of its `ExecutionSuccess` or `ExecutionFailure` log.
    pub index: u64,
    /// The hash its owners approved.
    pub safe_tx_hash: Digest,
    /// Whether its call succeeded; if not, only a refund can have moved.
    pub success: bool,
    /// The refund of gas, in whatever token the transaction names; 0 in a payout.
    pub payment: U256,
    /// The token's transfers out of the Safe that belong to it, in order.
    pub outgoing: Vec<Movement>,
}

/// Why the logs of a receipt cannot be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// An event of the Safe or the token is not of the shape its contract gives it.
    #[error("log {index} is no {event} as the contract writes it: ask another node, and check the addresses")]
    Shape {
        /// The index of the log.
        index: u64,
        /// The event.
        event: &'static str,
    },
    /// More moved than there can be.
    #[error("log {index} moves more of the token than can exist: ask another node, and check the token")]
    Amount {
        /// The index of the log.
        index: u64,
    },
    /// A transaction of the Safe seems to have run twice.
    #[error("log {index} says that a transaction of the Safe ran again, which cannot be: ask another node")]
    Again {
        /// The index of the second log.
        index: u64,
    },
}

/// The transactions of the Safe that ran in this Ethereum transaction, each with the transfers it made.
///
/// A transfer out belongs to the execution that is logged next by this Safe, unless another one begins in between.
///
/// # Errors
/// Logs of the Safe or the token that cannot be true.
pub fn executions(receipt: &Receipt, safe: &Address, token: &Address) -> Result<Vec<Execution>, LogError> {
    Ok(History::read(receipt, safe, token)?.executions)
}

/// All transfers of the token out of the Safe and into it, in order: also of nothing, and to itself.
///
/// # Errors
/// Logs of the Safe or the token that cannot be true.
pub fn movements(receipt: &Receipt, safe: &Address, token: &Address) -> Result<Vec<Movement>, LogError> {
    Ok(History::read(receipt, safe, token)?.movements)
}

#[derive(Default)]
struct History {
    movements: Vec<Movement>,
    executions: Vec<Execution>,
    hashes: BTreeSet<Digest>,
    /// How many movements were before the last event that ends or begins an execution.
    settled: usize,
}

/// The first topics of the events that matter.
struct Events {
    transfer: Digest,
    success: Digest,
    failure: Digest,
    /// Logged by a `SafeL2` before it runs a transaction.
    begins: Digest,
}

impl Events {
    fn new() -> Self {
        let topic = |event: &str| word::keccak(&[event.as_bytes()]);
        Self {
            transfer: topic("Transfer(address,address,uint256)"),
            success: topic("ExecutionSuccess(bytes32,uint256)"),
            failure: topic("ExecutionFailure(bytes32,uint256)"),
            begins: topic(
                "SafeMultiSigTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,\
                 bytes,bytes)",
            ),
        }
    }
}

impl History {
    fn read(receipt: &Receipt, safe: &Address, token: &Address) -> Result<Self, LogError> {
        let events = Events::new();
        let mut history = Self::default();
        for log in &receipt.logs {
            let Some(event) = log.topics.first() else { continue };
            if log.address == *token && *event == events.transfer {
                history.movements.extend(movement(log, safe)?);
            }
            if log.address != *safe {
                continue;
            }
            if *event == events.begins {
                history.settled = history.movements.len();
            } else if *event == events.success || *event == events.failure {
                history.executed(log, safe, *event == events.success)?;
            }
        }
        Ok(history)
    }

    fn executed(&mut self, log: &Log, safe: &Address, success: bool) -> Result<(), LogError> {
        let event = if success { "ExecutionSuccess" } else { "ExecutionFailure" };
        let shape = LogError::Shape { index: log.index, event };
        let (safe_tx_hash, payment) = executed(log).ok_or(shape)?;
        if !self.hashes.insert(safe_tx_hash) {
            return Err(LogError::Again { index: log.index });
        }
        let mut outgoing = Vec::new();
        for movement in self.movements.iter_mut().skip(self.settled).filter(|movement| movement.from == *safe)
        {
            movement.execution = Some(log.index);
            outgoing.push(*movement);
        }
        self.settled = self.movements.len();
        self.executions.push(Execution { index: log.index, safe_tx_hash, success, payment, outgoing });
        Ok(())
    }
}

/// A transfer by or to the Safe; `None` for those of others.
fn movement(log: &Log, safe: &Address) -> Result<Option<Movement>, LogError> {
    let index = log.index;
    let shape = LogError::Shape { index, event: "Transfer" };
    let ([_, from, to], Ok(amount)) = (&log.topics[..], log.data.as_slice().try_into()) else {
        return Err(shape);
    };
    let ((from, true), (to, true)) = (word::to_address(from.bytes()), word::to_address(to.bytes())) else {
        return Err(shape);
    };
    if from != *safe && to != *safe {
        return Ok(None);
    }
    let wei = u128::try_from(word::to_uint(amount)).map_err(|_| LogError::Amount { index })?;
    Ok(Some(Movement { index, from, to, amount: Amount::from_wei(wei), execution: None }))
}

/// The hash and the payment: both in the data in 1.3.0, the hash in the second topic from 1.4.1.
fn executed(log: &Log) -> Option<(Digest, U256)> {
    let (words, rest) = log.data.as_chunks::<WORD>();
    if !rest.is_empty() {
        return None;
    }
    match (&log.topics[..], words) {
        ([_], [hash, payment]) => Some((Digest::from_bytes(*hash), word::to_uint(payment))),
        ([_, hash], [payment]) => Some((*hash, word::to_uint(payment))),
        _ => None,
    }
}
