//! States of programs kept as bytes: how they are cut into rows, and when one is believed.

use domain::value::{Digest, Seq};
use domain::{BUILD, Program, SnapshotError};
use thiserror::Error;
use uuid::Uuid;

use super::Error;
use crate::db::journal::find_event;
use crate::db::snapshots::{Kept, read_snapshot};
use crate::db::{AnyConn, Stored, rows};

/// A part is written between two groups of commands: small enough that nobody waits for it.
const PART: usize = 256 * 1_024;

/// Why a snapshot is passed over. Nothing is lost: the journal is replayed, and a new one is made.
#[derive(Debug, Error)]
pub(super) enum Unfit {
    #[error("its bytes are not those that were written")]
    Altered,
    #[error(transparent)]
    Unreadable(#[from] SnapshotError),
    #[error("it is not what the journal says at that size")]
    OtherJournal,
    #[error(transparent)]
    Ledger(#[from] Error),
}

/// A state as rows, in the order in which they are to be written.
pub(crate) fn rows_of(program: &Program) -> Result<Vec<rows::Snapshot>, SnapshotError> {
    let bytes = program.snapshot()?;
    let parts = bytes.chunks(PART).len();
    let whole = rows::Snapshot {
        program: program.id().store(),
        build: BUILD.to_owned(),
        size: count(program.size().get()),
        part: 0,
        parts: count(parts),
        leaf: program.last_leaf().store(),
        root: program.root().store(),
        digest: Digest::sha256(&[&bytes]).store(),
        bytes: Vec::new(),
    };
    let rows = bytes.chunks(PART).enumerate().map(|(part, bytes)| rows::Snapshot {
        part: count(part),
        bytes: bytes.to_vec(),
        ..whole.clone()
    });
    Ok(rows.rev().collect())
}

fn count(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// The state in a stored snapshot, if its bytes are whole and the journal has this leaf at this place.
///
/// Whether the events after it lead to the journal's head is for the caller to see: that checks its root.
pub(super) fn restore(conn: &mut AnyConn, id: Uuid, kept: &Kept) -> Result<Program, Unfit> {
    let bytes = read_snapshot(conn, &id.store(), BUILD, kept).map_err(Error::from)?;
    if Digest::sha256(&[&bytes]).store() != kept.digest {
        return Err(Unfit::Altered);
    }
    let program = Program::from_snapshot(&bytes)?;
    let says = (program.id(), Some(program.size()), program.last_leaf().store(), program.root().store());
    let stands = (id, u64::try_from(kept.size).ok().map(Seq::new), kept.leaf.clone(), kept.root.clone());
    if says != stands {
        return Err(Unfit::OtherJournal);
    }
    let last = find_event(conn, id, kept.size.saturating_sub(1)).map_err(Error::from)?;
    if last.is_some_and(|last| last.leaf == program.last_leaf()) {
        Ok(program)
    } else {
        Err(Unfit::OtherJournal)
    }
}
