//! Why a program's part of the chain could not be read. The ledger is unchanged, or has what was read before.

use domain::value::{Address, Digest, Seq};
use safe::eip55::checksum;
use safe::execution::LogError;
use safe::receipt::ReceiptError;
use thiserror::Error;

use crate::chain::{ChainError, SafeError};

/// Why the chain could not be read.
#[derive(Debug, Error)]
pub enum ReadFault {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Safe(#[from] SafeError),
    #[error("the receipt of transaction 0x{transaction}: {error}")]
    Receipt { transaction: Digest, error: ReceiptError },
    #[error("the receipt of transaction 0x{transaction}: {error}")]
    Unjudgeable { transaction: Digest, error: verify::receipts::ReadError },
    #[error("transaction 0x{transaction}: {error}")]
    Logs { transaction: Digest, error: LogError },
    #[error("the node has logs of transaction 0x{transaction} and another receipt of it: ask another node")]
    OtherReceipt { transaction: Digest },
    #[error(
        "transaction 0x{transaction} executes what was proposed for nonce {nonce}, and {counted} is counted from the logs: the node \
         leaves some out, ask another one"
    )]
    Misnumbered { transaction: Digest, counted: Seq, nonce: Seq },
    #[error("event {event} is not in the journal any more: restart the server")]
    NoEvent { event: Seq },
    #[error(
        "the logs up to block {block} move more than the Safe has: the node leaves some out, ask another one"
    )]
    LeftOut { block: u64 },
    #[error(
        "at block {block} the logs lead to nonce {counted} and {booked} LPT, and the Safe {} says {nonce} and {balance} LPT: the \
         node leaves logs out, ask another one",
        checksum(safe)
    )]
    Incomplete {
        safe: Address,
        block: u64,
        counted: Seq,
        booked: domain::value::Amount,
        nonce: Seq,
        balance: domain::value::Amount,
    },
}
