//! A local Ethereum node with the real Safe contracts on it: what the demo and the tests pay on.
//!
//! [`Devchain::start`] runs `anvil` on loopback under Arbitrum One's chain id and puts the published contracts at the
//! addresses they have there: every Safe we know, and a token where LPT is. `scripts/contracts install` brings the
//! node and the contracts; the folder it prints is what every function here calls `contracts`.
//!
//! Here anybody may send as anybody, gas is free, and the owners' keys follow from seeds ([`safe::signer`]). Nothing that
//! serves a real ledger reaches this module. What it cannot show: Arbitrum's fees, its block limits, finality by Ethereum.

mod artifact;
mod control;
mod deploy;
mod node;
mod odd;
mod rpc;
mod safes;
mod token;
mod transaction;
mod wire;

use std::path::{Path, PathBuf};

use domain::value::Address;
use thiserror::Error;

pub use control::{Block, FINALITY_BLOCKS, Snapshot};
pub use deploy::{deployment, multi_send_call_only_code_hash};
pub use odd::{NOTHING, log_writer};
pub use safes::{NewSafe, Singleton, enable_module_tx, own_call_tx};
pub use token::{LPT, TREASURY};
pub use transaction::{Log, Receipt, Transaction};

use node::Node;
use rpc::Rpc;

/// A node of our own with the contracts on it; it ends when this is dropped.
#[derive(Debug)]
pub struct Devchain {
    contracts: PathBuf,
    node: Node,
    rpc: Rpc,
}

/// Why the node did not do what it was asked.
#[derive(Debug, Error)]
pub enum DevchainError {
    #[error("the local node cannot be started ({0}): run scripts/contracts install")]
    Start(std::io::Error),
    #[error(
        "the local node did not start: run scripts/contracts install, and have mktemp on PATH; it said: {said}"
    )]
    Silent { said: String },
    #[error("{file} cannot be read ({error}): run scripts/contracts install")]
    Unreadable { file: PathBuf, error: std::io::Error },
    #[error("{file} holds no {what}: run scripts/contracts install")]
    Artifact { file: PathBuf, what: &'static str },
    #[error("the local node does not answer: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("the local node refuses {method}: {message}")]
    Refused { method: &'static str, message: String },
    #[error("the local node answers {method} with something else than it should")]
    Answer { method: &'static str },
    #[error("the contract reverts: {reason}")]
    Reverted { reason: String },
    #[error("no contract of the packages landed at {address}: they are not those of scripts/contracts.d")]
    Misplaced { address: Address },
    #[error("the code at {address} is not the published one: it was not those packages that were installed")]
    OtherCode { address: Address },
    #[error("there are no contracts of Safe {version} here")]
    UnknownVersion { version: safe::SafeVersion },
}

impl Devchain {
    /// Arbitrum One's chain id.
    pub const CHAIN_ID: u64 = 42_161;

    /// Starts a node whose clock is this machine's, with all contracts on it.
    ///
    /// # Errors
    /// Whatever keeps the node from starting, and packages that are missing or others.
    pub async fn start(contracts: &Path) -> Result<Self, DevchainError> {
        let chain = Self::bare(contracts, None).await?;
        chain.deploy_all().await?;
        Ok(chain)
    }

    /// Starts a node at `genesis_s` (Unix seconds) whose clock goes on by a second from block to block.
    ///
    /// # Errors
    /// As [`Devchain::start`].
    pub async fn start_at(contracts: &Path, genesis_s: u64) -> Result<Self, DevchainError> {
        let chain = Self::bare(contracts, Some(genesis_s)).await?;
        chain.set_block_interval(1).await?;
        chain.deploy_all().await?;
        Ok(chain)
    }

    /// Starts a node that goes on where another one was when it was dumped.
    ///
    /// # Errors
    /// Whatever keeps the node from starting, and what is no dump of a node.
    pub async fn resume(contracts: &Path, dump: &str) -> Result<Self, DevchainError> {
        let chain = Self::bare(contracts, None).await?;
        chain.load(dump).await?;
        Ok(chain)
    }

    async fn bare(contracts: &Path, genesis_s: Option<u64>) -> Result<Self, DevchainError> {
        let folder = contracts.to_owned();
        let node = tokio::task::spawn_blocking(move || Node::start(&folder, genesis_s))
            .await
            .map_err(|_| DevchainError::Silent { said: String::new() })??;
        let rpc = Rpc::new(node.url())?;
        Ok(Self { contracts: contracts.to_owned(), node, rpc })
    }

    /// Where it answers JSON-RPC, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> &str {
        self.node.url()
    }
}
