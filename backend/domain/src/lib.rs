//! The rules of Bounty Ledger.
pub mod value;
