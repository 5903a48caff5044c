//! The program beside a local node with the real contracts.

mod demo;
mod reconcile;
