//! The real program under load, killed and failed in every way that a machine has: `kill -9`, a cluster that
//! crashes, disks that fail, fill up or lose their power. What was acknowledged is there afterwards, once.
//!
//! Several callers at a time file claims, vote on budgets too small for them, and propose the same claims in two
//! batches. After each crash everything that was acknowledged is looked up in the journal, and everything that
//! was not answered is asked again with the same key. The simulator's auditor, written from the documentation
//! alone, follows the journal through all crashes.
//!
//! Linux only: disks fail through a library that is loaded before libc (`disk.c`), and `strace` watches the order
//! of system calls.
#![cfg(target_os = "linux")]

// Always true here; it tells clippy that helpers are tests too.
#[cfg(test)]
#[expect(dead_code, unused_imports, reason = "shared with the simulator, which uses all of it")]
#[path = "../sim/auditor/mod.rs"]
mod auditor;
#[cfg(test)]
mod cluster;
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
mod disk;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod journal;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod order;
#[cfg(test)]
#[expect(dead_code, reason = "shared with the simulator, which uses all of it")]
#[path = "../sim/rng.rs"]
mod rng;
#[cfg(test)]
mod served;
#[cfg(test)]
mod town;
