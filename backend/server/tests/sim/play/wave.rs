//! What several clients ask at one moment, and what goes wrong meanwhile.

use std::sync::Arc;

use domain::value::Timestamp;
use server::app::Target;
use uuid::Uuid;

use super::ledger::Ask;

/// When a server dies, seen from one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// All is written but the commit.
    Before,
    /// While the commit reaches the disk: a torn write. Where the database hides it, the same as before.
    During,
    /// The commit stands, and nobody was told.
    After,
}

/// A crash at one of the commits of a wave.
#[derive(Clone, Copy, Debug)]
pub struct Crash {
    /// Which commit, counted from 0.
    pub commit: usize,
    pub moment: Moment,
    /// Whether the database cuts the connection, and not the server dies first.
    pub cut: bool,
    /// Where a torn write ends, in thousandths.
    pub torn: usize,
}

/// One request on its way.
#[derive(Clone, Debug)]
pub struct Sent {
    pub ask: Arc<Ask>,
    /// Whether the answer gets lost.
    pub lost: bool,
    /// Whether it was sent before.
    pub repeat: bool,
}

/// Requests that are handed in one after another before any is answered.
#[derive(Debug)]
pub struct Wave {
    pub now: Timestamp,
    /// Which of the servers gets them.
    pub server: usize,
    pub sent: Vec<Sent>,
    pub crash: Option<Crash>,
}

/// The groups that a writer makes of these requests: those of one program in their order, up to so many commands,
/// the others after them. The first finds the writer idle and is a group of its own.
pub fn groups(sent: &[Sent], limit: usize) -> Vec<Vec<usize>> {
    let commands = |place: usize| sent[place].ask.calls.len();
    let mut groups = vec![vec![0]];
    let mut waiting: Vec<usize> = (1..sent.len()).collect();
    while let Some(first) = waiting.first().copied() {
        let (id, mut group, mut size, mut full) =
            (program(&sent[first]), vec![first], commands(first), false);
        let mut others = Vec::new();
        for place in waiting.into_iter().skip(1) {
            let fits = program(&sent[place]) == id && !full;
            full |= fits && size + commands(place) > limit;
            if fits && !full {
                size += commands(place);
                group.push(place);
            } else {
                others.push(place);
            }
        }
        groups.push(group);
        waiting = others;
    }
    groups
}

fn program(sent: &Sent) -> Uuid {
    match sent.ask.target {
        Target::Existing(id) | Target::New { id, .. } => id,
    }
}
