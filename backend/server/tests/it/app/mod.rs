//! The use cases and the writer, on real databases.

mod bundle;
mod busy;
mod clock;
mod exports;
pub mod history;
mod idempotency;
mod input;
pub mod isolation;
mod plans;
mod projections;
mod queries;
pub mod queue;
mod race;
pub mod rebuild;
mod split;
mod truth;
pub mod world;
