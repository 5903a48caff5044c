//! The database layer on both databases.

mod opening;
mod rows;
mod tables;
mod transactions;
