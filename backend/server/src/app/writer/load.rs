//! From stored events to a state: catching up, and replaying every decision.

use domain::event::Recorded;
use domain::value::Seq;
use domain::{ApplyError, BUILD, Program, Request, decide, open};
use uuid::Uuid;

use crate::app::Error;
use crate::app::compare::balances_are_right;
use crate::app::snapshots::{self, Unfit};
use crate::db::journal::{JournalError, find_head, list_lost_documents, read_events};
use crate::db::rows::Head;
use crate::db::snapshots::{Kept, list_snapshots};
use crate::db::{AnyConn, Changes, Stored, read_tx};

/// How many events are read and projected at a time.
const PAGE: u32 = 1_000;

/// A state at the end of its journal, and whether the table of balances says the same.
pub(super) struct Loaded {
    pub state: Option<Program>,
    pub balances_are_right: bool,
}

/// A program's state at the end of its journal: from the newest snapshot that holds, or from all events.
///
/// All is read at one moment. A state that is not what the head says is never given out.
///
/// # Errors
/// The database fails, or the journal does not follow from itself and lead to its head.
pub(super) fn load(conn: &mut AnyConn, id: Uuid) -> Result<Loaded, Error> {
    read_tx(conn, |conn| {
        let state = find_state(conn, id)?;
        let right = state.as_ref().map(|state| balances_are_right(conn, state)).transpose()?;
        Ok(Loaded { state, balances_are_right: right.unwrap_or(true) })
    })
}

fn find_state(conn: &mut AnyConn, id: Uuid) -> Result<Option<Program>, Error> {
    let head = find_head(conn, &id.store())?;
    for kept in list_snapshots(conn, &id.store(), BUILD)? {
        match continued(conn, id, &kept, head.as_ref()) {
            Ok(program) => {
                tracing::info!(program.id = %id, snapshot.size = kept.size, journal.size = program.size().get(), "loaded from a snapshot");
                return Ok(Some(program));
            }
            Err(Unfit::Ledger(error @ (Error::Query(_) | Error::Journal(JournalError::Query(_))))) => {
                return Err(error);
            }
            Err(reason) => tracing::warn!(
                program.id = %id, snapshot.size = kept.size, %reason,
                "a snapshot is passed over; nothing is to be done: the journal is replayed, and a new one is made"
            ),
        }
    }
    let state = catch_up(conn, id, None)?;
    if ends_at(state.as_ref(), head.as_ref()) { Ok(state) } else { Err(Error::HeadDiffers) }
}

/// The state of a snapshot and the events after it, if they lead to the head.
fn continued(conn: &mut AnyConn, id: Uuid, kept: &Kept, head: Option<&Head>) -> Result<Program, Unfit> {
    let restored = snapshots::restore(conn, id, kept)?;
    let state = catch_up(conn, id, Some(restored))?;
    state.filter(|state| ends_at(Some(state), head)).ok_or(Unfit::OtherJournal)
}

/// Brings a state up to the end of the stored journal.
///
/// # Errors
/// The database fails, or an event does not follow from those before it.
pub(super) fn catch_up(
    conn: &mut AnyConn,
    id: Uuid,
    state: Option<Program>,
) -> Result<Option<Program>, Error> {
    let mut state = state;
    loop {
        let page = read_events(conn, id, next_seq(state.as_ref()), PAGE)?;
        if page.is_empty() {
            return Ok(state);
        }
        for recorded in page {
            step(&mut state, &recorded)?;
        }
    }
}

/// Brings a state up to the head, which the caller has locked.
///
/// A state that the journal does not continue is dropped and read anew: somebody restored a backup. So no
/// event is ever written after one that is not there.
///
/// # Errors
/// As [`catch_up`]; or the journal does not end where its head says.
pub(super) fn catch_up_to(
    conn: &mut AnyConn,
    id: Uuid,
    state: Option<Program>,
    head: Option<&Head>,
) -> Result<Option<Program>, Error> {
    if ends_at(state.as_ref(), head) {
        return Ok(state);
    }
    match catch_up(conn, id, state) {
        Ok(state) if ends_at(state.as_ref(), head) => return Ok(state),
        Err(error @ (Error::Query(_) | Error::Journal(JournalError::Query(_)))) => return Err(error),
        _ => {}
    }
    let state = catch_up(conn, id, None)?;
    if ends_at(state.as_ref(), head) { Ok(state) } else { Err(Error::HeadDiffers) }
}

/// Whether a state is what its head says of the journal.
pub fn ends_at(state: Option<&Program>, head: Option<&Head>) -> bool {
    match (state, head) {
        (None, None) => true,
        (Some(state), Some(head)) => {
            u64::try_from(head.size) == Ok(state.size().get())
                && head.leaf == state.last_leaf().store()
                && head.root == state.root().store()
                && head.at == state.last_at().store()
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn next_seq(state: Option<&Program>) -> Seq {
    state.map_or(Seq::ZERO, Program::size)
}

/// Folds an event into a state that may still be empty.
pub fn step(state: &mut Option<Program>, recorded: &Recorded) -> Result<(), Error> {
    match state {
        Some(program) => program.apply(recorded)?,
        None => *state = Some(Program::begin(recorded)?),
    }
    Ok(())
}

/// Replays a journal: every decision is made again and must give the same event, and every invariant must
/// hold at the end. `each` gets the rows that the events make, page by page.
///
/// # Errors
/// An event that its command does not lead to, a broken invariant, or the database fails.
pub fn replay(
    conn: &mut AnyConn,
    id: Uuid,
    each: impl FnMut(&mut AnyConn, &Changes) -> Result<(), Error>,
) -> Result<Option<Program>, Error> {
    let mut state: Option<Program> = None;
    replay_on(conn, id, &mut state, each)?;
    if let Some(program) = &state {
        program.audit()?;
    }
    Ok(state)
}

/// Replays on, from a state to the end of its journal.
///
/// # Errors
/// An event that its command does not lead to, or the database fails.
pub fn replay_on(
    conn: &mut AnyConn,
    id: Uuid,
    state: &mut Option<Program>,
    mut each: impl FnMut(&mut AnyConn, &Changes) -> Result<(), Error>,
) -> Result<(), Error> {
    loop {
        let page = read_events(conn, id, next_seq(state.as_ref()), PAGE)?;
        if page.is_empty() {
            return Ok(());
        }
        let mut changes = Changes::default();
        if let Some(digest) = list_lost_documents(conn, id, &page)?.first() {
            return Err(Error::DocumentLost { digest: *digest });
        }
        for recorded in page {
            check(state.as_ref(), &recorded)?;
            let before = state.clone();
            step(state, &recorded)?;
            if let Some(after) = state {
                changes.project(before.as_ref(), after, &recorded.event);
            }
        }
        each(conn, &changes)?;
    }
}

/// Decides again what the event says was asked.
pub fn check(before: Option<&Program>, recorded: &Recorded) -> Result<(), Error> {
    let (event, expected) = (&recorded.event, next_seq(before));
    if event.seq != expected {
        return Err(ApplyError::OutOfOrder { expected, found: event.seq }.into());
    }
    let request = Request::behind(event);
    let decided = match before {
        Some(program) => decide(program, &request),
        None => open(event.program, &request),
    };
    match decided {
        Ok(again) if again == *event => Ok(()),
        _ => Err(Error::Altered { seq: event.seq }),
    }
}
