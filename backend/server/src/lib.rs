//! The server: use cases, writer, database, command line.

pub mod app;
pub mod bench;
pub mod chain;
pub mod cli;
pub mod config;
pub mod db;
pub mod demo;
pub mod devchain;
pub mod http;
pub mod transaction_service;
