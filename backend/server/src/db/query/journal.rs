use diesel::prelude::*;
use domain::value::{Digest, Seq, Timestamp};
use uuid::Uuid;

use super::submissions::documents_of;
use super::{Limit, ListError, int};
use crate::db::schema::{events, heads};
use crate::db::{AnyConn, Stored, read_number, read_text, rows};

/// The events after a sequence number as the journal keeps them, `None` from the first; at most `limit`.
///
/// # Errors
/// The database fails.
pub fn list_events(
    conn: &mut AnyConn,
    program: Uuid,
    after: Option<Seq>,
    limit: Limit,
) -> Result<Vec<rows::Event>, ListError> {
    let after = after.map_or(-1, |seq| int(seq.get()));
    Ok(events::table
        .filter(events::program.eq(program.store()))
        .filter(events::seq.gt(after))
        .order(events::seq)
        .limit(limit.and_one().saturating_sub(1))
        .load(conn)?)
}

/// Where a program's journal ends; `None` before its first event.
///
/// # Errors
/// The database fails.
pub fn find_head(conn: &mut AnyConn, program: Uuid) -> Result<Option<rows::Head>, ListError> {
    Ok(heads::table.find(program.store()).first(conn).optional()?)
}

/// Documents by digest, with their salts, in the order of their digests; what is not there is left out.
///
/// # Errors
/// The database fails.
pub fn find_documents(
    conn: &mut AnyConn,
    program: Uuid,
    digests: &[Digest],
) -> Result<Vec<rows::Document>, ListError> {
    documents_of(conn, program, digests.iter().map(Stored::store).collect())
}

/// The last event at or before a moment; `None` if the journal begins later, or there is none.
///
/// Time never goes back within a journal, so this halves it: about twenty look-ups by key in a million events,
/// and no index that every write would pay for.
///
/// # Errors
/// The database fails, or a row holds what we never write.
pub fn seq_at(conn: &mut AnyConn, program: Uuid, moment: Timestamp) -> Result<Option<Seq>, ListError> {
    let Some(head) = find_head(conn, program)? else { return Ok(None) };
    let key = program.store();
    // All events before `from` are at or before the moment, all from `to` on are later.
    let (mut from, mut to) = (0_i64, head.size);
    while from < to {
        let middle = from.midpoint(to);
        let at: String = events::table.find((&key, middle)).select(events::at).first(conn)?;
        let at: Timestamp = read_text("events", "at", &at)?;
        if at <= moment { from = middle.saturating_add(1) } else { to = middle }
    }
    match from.checked_sub(1) {
        Some(last) if last >= 0 => Ok(Some(Seq::new(read_number("events", "seq", last)?))),
        _ => Ok(None),
    }
}
