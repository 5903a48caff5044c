//! What a start, a running server and a rebuild make of damage, faults and snapshots.

pub mod damage;
mod faults;
mod lost;
mod online;
mod papers;
mod serving;
mod snapshots;
mod watch;

use std::time::{Duration, Instant};

use server::app::Watch;

use crate::app::world::World;
use crate::common::TestDb;

/// A replayer that never rests, and keeps a snapshot every ten events.
const HASTY: Watch = Watch {
    every: 10,
    quiet: Duration::ZERO,
    pause: Duration::from_millis(5),
    rest: 0,
    audit: Duration::from_hours(24),
    again: Duration::from_millis(50),
    tidy: Duration::from_millis(50),
};

/// The same world, watched.
fn watched(world: &World, test: &TestDb, watch: Watch) -> World {
    let mut watched = world.clone();
    watched.app = watched.app.watched(&test.target, watch).unwrap();
    watched
}

/// Waits until something is so; a minute is for machines that do much else.
#[track_caller]
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
