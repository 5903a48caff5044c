//! The use cases and the writer, on real databases.

mod clock;
mod history;
mod idempotency;
mod isolation;
mod queue;
mod race;
mod rebuild;
mod world;
