//! The program `bounty-ledger`.

fn main() {}
