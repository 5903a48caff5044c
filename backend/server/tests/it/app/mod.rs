//! The use cases and the writer, on real databases.

mod clock;
mod idempotency;
mod isolation;
mod queue;
mod race;
mod world;
