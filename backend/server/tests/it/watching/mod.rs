//! What the ledger reads on the chain by itself, on a local node with the real contracts.

pub mod anvil;
