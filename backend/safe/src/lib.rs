//! Safe multisig payouts of LPT: encode, hash, decode, inspect, recover signatures, match receipts.
//!
//! This is the only crate that knows `ethers`; its functions speak the domain's values, [`U256`] for
//! amounts read from foreign bytes, and plain bytes. It does no I/O and asks nobody: addresses of
//! contracts are constants with their source. What it keeps:
//!
//! - Every byte it emits was decoded again by a strict decoder and compared ([`payout`], [`tx_builder`]).
//! - Nothing read from outside can make it panic ([`mod@inspect`], [`signature`], [`receipt`]).

pub mod airdrop;
pub mod approval;
pub mod calldata;
pub mod chain;
mod constant;
pub mod deployments;
pub mod eip1271;
pub mod eip55;
pub mod erc20;
pub mod exec;
pub mod execution;
pub mod hex;
pub mod inspect;
mod json;
pub mod multisend;
pub mod payout;
pub mod predict;
pub mod reads;
pub mod receipt;
pub mod reconcile;
pub mod recover;
pub mod safe_tx;
pub mod signature;
pub mod signer;
pub mod siwe;
pub mod statement;
pub mod tx_builder;
pub mod typed_data;
pub mod version;
mod word;

pub use ethers::types::U256;

pub use approval::{Approval, assemble};
pub use eip1271::Eip1271;
pub use erc20::{Transfer, TransferCall};
pub use exec::ExecTransaction;
pub use execution::{Execution, LogError, Movement, executions, movements};
pub use inspect::{Inspection, inspect};
pub use json::JsonError;
pub use payout::{payout_tx, rejection_tx};
pub use predict::{Check, Revert, predict};
pub use receipt::{Log, Receipt, ReceiptError};
pub use reconcile::{Verdict, reconcile};
pub use safe_tx::{Operation, SafeAccount, SafeTx, SafeTxHashes};
pub use signature::{Form, OwnerSignature, WalletSignature};
pub use typed_data::{TypedData, typed_data};
pub use version::SafeVersion;
