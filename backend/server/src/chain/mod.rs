//! Reads the chain: a small JSON-RPC client, typed reads pinned to a block, and the Safe as it stands.
//!
//! Nothing a node says is believed for its form: every answer is bounded, checked and turned into values. Which
//! nodes are asked stands in the settings, never in a request. With a second node every answer must be the same
//! from both. What an answer means for the ledger is decided elsewhere.

mod endpoint;
mod limits;
mod node;
mod nodes;
mod rpc;
mod safe;
pub(crate) mod transport;
mod wire;

pub use endpoint::{Endpoint, EndpointError};
pub use limits::Limits;
pub(crate) use limits::{Setback, chance};
pub use node::{Block, Log, LogFilter, Receipt};
pub use nodes::{ChainError, Confirmations, ConfirmationsError, Logs, Nodes};
pub use rpc::{Client, Fault, RpcError};
pub use safe::{CodeError, SafeError, SafeSeen};
