//! A Safe Transaction Service asked over HTTP: a small one of the test that keeps the published rules, behind a line that
//! may lie, lose and garble.

mod confirmations;
mod liars;
pub mod line;
mod lost;
mod pending;
mod propose;
pub mod rules;
pub mod service_at;
mod settings;
mod shown;
mod transport;
pub mod world;
