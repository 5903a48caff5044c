//! The use cases and the writer, on real databases.

mod race;
mod world;
