//! The simulator: from one seed, people of chance ask everything of the ledger, while clocks, crashes and lost
//! answers do what they do; through the pure state machine, and through the real writer on both databases.
//!
//! An auditor written from the documentation alone follows every journal. A seed that fails is printed with the
//! command that plays it again, line by line:
//!
//! ```text
//! BOUNTY_LEDGER_SIM_SEED=7 cargo test -p server --test sim -- --nocapture
//! ```

// Always true here; it tells clippy that helpers are tests too.
#[cfg(test)]
mod auditor;
#[cfg(test)]
mod checks;
#[cfg(test)]
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the other tests, which use all of it"
)]
#[path = "../it/common/mod.rs"]
mod common;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod play;
#[cfg(test)]
mod rng;
#[cfg(test)]
mod runs;
