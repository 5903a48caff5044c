//! The program `bounty-ledger`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::main()
}
