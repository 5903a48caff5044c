//! The server: use cases, writer, database, command line.

pub mod app;
pub mod cli;
pub mod db;
pub mod demo;
pub mod http;
