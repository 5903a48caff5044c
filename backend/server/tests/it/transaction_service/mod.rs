//! A Safe Transaction Service asked over HTTP: a small one of the test that keeps the published rules, behind a line that
//! may lie, lose and garble.

mod confirmations;
mod liars;
mod line;
mod lost;
mod pending;
mod propose;
mod rules;
mod service_at;
mod settings;
mod shown;
mod transport;
mod world;
