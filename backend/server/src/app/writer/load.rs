//! From stored events to a state: catching up, and replaying every decision.

use domain::event::Recorded;
use domain::value::Seq;
use domain::{Program, Request, decide, open};
use uuid::Uuid;

use crate::app::Error;
use crate::db::journal::{JournalError, find_document, read_events};
use crate::db::rows::Head;
use crate::db::{AnyConn, Changes, Stored};

/// How many events are read and projected at a time.
const PAGE: u32 = 1_000;

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
pub(super) fn step(state: &mut Option<Program>, recorded: &Recorded) -> Result<(), Error> {
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
    mut each: impl FnMut(&mut AnyConn, &Changes) -> Result<(), Error>,
) -> Result<Option<Program>, Error> {
    let mut state: Option<Program> = None;
    loop {
        let page = read_events(conn, id, next_seq(state.as_ref()), PAGE)?;
        if page.is_empty() {
            break;
        }
        let mut changes = Changes::default();
        for recorded in page {
            check(state.as_ref(), &recorded)?;
            check_documents(conn, id, &recorded)?;
            let before = state.clone();
            step(&mut state, &recorded)?;
            if let Some(after) = &state {
                changes.project(before.as_ref(), after, &recorded.event);
            }
        }
        each(conn, &changes)?;
    }
    if let Some(program) = &state {
        program.audit()?;
    }
    Ok(state)
}

/// The documents that an event names are there, and are those it names.
fn check_documents(conn: &mut AnyConn, id: Uuid, recorded: &Recorded) -> Result<(), Error> {
    for digest in recorded.event.fact.command().documents() {
        match find_document(conn, id, &digest) {
            Ok(Some(_)) => {}
            Ok(None) | Err(JournalError::Corrupt(_)) => return Err(Error::DocumentLost { digest }),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Decides again what the event says was asked.
fn check(before: Option<&Program>, recorded: &Recorded) -> Result<(), Error> {
    let event = &recorded.event;
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
