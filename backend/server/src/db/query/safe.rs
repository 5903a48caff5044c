use diesel::prelude::*;
use uuid::Uuid;

use super::{ListError, Page, Paging};
use crate::db::schema::{funding, observations};
use crate::db::{AnyConn, MultiBackend, Stored, rows};

/// What was last read from the Safe.
///
/// # Errors
/// The database fails.
pub fn find_observation(conn: &mut AnyConn, program: Uuid) -> Result<Option<rows::Observation>, ListError> {
    let query = observations::table.filter(observations::program.eq(program.store()));
    Ok(query.order(observations::seq.desc()).first(conn).optional()?)
}

/// What was read from the Safe, the newest first.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_observations(
    conn: &mut AnyConn,
    program: Uuid,
    paging: &Paging,
) -> Result<Page<rows::Observation>, ListError> {
    let mut query = observations::table
        .filter(observations::program.eq(program.store()))
        .order(observations::seq.desc())
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    if let Some(seq) = paging.after::<i64>("observations")? {
        query = query.filter(observations::seq.lt(seq));
    }
    Ok(Page::of("observations", query.load::<rows::Observation>(conn)?, paging.limit, |row| row.seq))
}

/// LPT that came into the Safe, in the order of the journal.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_funding(
    conn: &mut AnyConn,
    program: Uuid,
    paging: &Paging,
) -> Result<Page<rows::Funding>, ListError> {
    let mut query = funding::table
        .filter(funding::program.eq(program.store()))
        .order(funding::seq)
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    if let Some(seq) = paging.after::<i64>("funding")? {
        query = query.filter(funding::seq.gt(seq));
    }
    Ok(Page::of("funding", query.load::<rows::Funding>(conn)?, paging.limit, |row| row.seq))
}
