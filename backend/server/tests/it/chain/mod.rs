//! Reading the chain from nodes that answer well, badly and not at all. Every node here is a TCP server of the test.

mod blocks;
mod logs;
pub mod node_at;
mod receipts;
mod rpc;
mod safe;
pub mod safe_at;
mod two_nodes;
mod world;
