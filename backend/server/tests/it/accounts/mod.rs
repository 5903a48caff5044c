//! Who may sign in, for how long, and as which member.

mod door;
mod factors;
pub mod forger;
mod members;
mod newcomers;
mod passwords;
mod sessions;
mod throttle;
mod tokens;
