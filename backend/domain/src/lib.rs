//! The rules of Bounty Ledger: pure, deterministic, replayable.
//!
//! A command makes exactly one event, or a refusal ([`decide`]); events add up to a [`Program`]. No clock,
//! no randomness, no input or output: time, numbers of chance and hashes of the chain are arguments.
//!
//! The invariants, and where each is kept:
//!
//! | | says | kept by |
//! |---|---|---|
//! | I1 | every event balances; every amount is at least 1 wei | [`books`] |
//! | I2 | the cap of a period not closed = unallotted + all buckets of its categories | [`books`], [`audit`] |
//! | I3 | no account is ever negative: nothing is approved beyond what is available | [`books`], `decide::votes`, `decide::budget` |
//! | I4 | a category never holds more than its ceiling | `decide::budget`, `decide::limits` |
//! | I5 | allotments stay within the cap and leave what other floors need | `decide::budget`, `decide::limits` |
//! | I6 | a submission is in the candidates of one nonce at most, and paid once at most | `decide::payouts` |
//! | I7 | open batches never ask more of the Safe than it was seen to hold | `decide::payouts` |
//! | I8 | reserved, encumbered, in flight and expended equal what they stand for | [`audit`] |
//! | I9 | tables and reports equal the fold of the events | the server's tests and `rebuild` |

pub mod audit;
pub mod batch;
pub mod books;
pub mod bounty;
pub mod command;
pub mod erasure;
pub mod event;
pub mod evidence;
pub mod funding;
pub mod journal;
pub mod limits;
pub mod member;
pub mod payday;
pub mod people;
pub mod period;
pub mod permission;
pub mod policy;
pub mod preview;
pub mod refusal;
pub mod report;
pub mod submission;
pub mod suspense;
pub mod totals;
pub mod value;
pub mod voters;
pub mod words;

mod apply;
mod decide;
mod program;
mod snapshot;

pub use apply::ApplyError;
pub use decide::{MAX_LIST, Request, decide, open};
pub use program::Program;
pub use snapshot::{BUILD, SnapshotError};
