//! The tests of the server against real databases: every test has one of its own.
//!
//! A test on either database is named `…::sqlite` or `…::postgres`; `scripts/test` provides the latter's server.
//! One that needs the local node has `::anvil` in its name; `scripts/contracts` installs that.

// Always true here; it tells clippy that helpers are tests too.
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod app;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod common;
#[cfg(test)]
mod db;
#[cfg(test)]
mod devchain;
#[cfg(test)]
mod guide;
#[cfg(test)]
mod http;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod transaction_service;
#[cfg(test)]
mod watching;
