//! The use cases and the writer, on real databases.

mod bundle;
mod clock;
mod exports;
mod history;
mod idempotency;
mod input;
mod isolation;
mod plans;
mod projections;
mod queries;
mod queue;
mod race;
mod rebuild;
mod truth;
pub mod world;
