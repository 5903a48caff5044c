//! Reading the chain from nodes that answer well, badly and not at all. Every node here is a TCP server of the test.

mod node_at;
mod rpc;
