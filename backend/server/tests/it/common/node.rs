//! A local node with the real contracts, for the tests whose module path holds `::anvil`.

use std::path::PathBuf;

use server::devchain::Devchain;

const VARIABLE: &str = "BOUNTY_LEDGER_TEST_CONTRACTS";

/// The folder that `scripts/contracts` prints.
pub fn contracts() -> PathBuf {
    let folder = std::env::var_os(VARIABLE).unwrap_or_else(|| {
        panic!(
            "{VARIABLE} names no folder: run scripts/test, or `cargo test -- --skip ::anvil` without a node"
        )
    });
    folder.into()
}

/// A node of the test's own, which ends with it.
pub async fn devchain() -> Devchain {
    Devchain::start(&contracts()).await.unwrap()
}

/// Runs a test that waits for a node.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}
