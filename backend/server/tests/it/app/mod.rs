//! The use cases and the writer, on real databases.

mod busy;
mod clock;
mod exports;
mod history;
mod idempotency;
mod input;
mod isolation;
mod plans;
mod projections;
mod queries;
pub mod queue;
mod race;
mod rebuild;
mod truth;
pub mod world;
