//! The server: use cases, writer, database, HTTP.

pub mod db;
