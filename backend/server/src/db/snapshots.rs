//! States of programs as bytes, in parts small enough to be written between two groups of the writer.

use diesel::prelude::*;

use super::rows;
use super::{AnyConn, both, schema};

/// The newest of a build that are kept.
const KEPT: usize = 2;

/// What is known of a stored snapshot before its bytes are read.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Kept {
    pub size: i64,
    pub parts: i64,
    pub leaf: String,
    pub root: String,
    pub digest: String,
}

/// The snapshots of a program that this build wrote and that are complete, newest first.
///
/// # Errors
/// The database fails.
pub fn list_snapshots(conn: &mut AnyConn, program: &str, build: &str) -> QueryResult<Vec<Kept>> {
    use schema::snapshots;
    both!(conn, |conn| snapshots::table
        .filter(snapshots::program.eq(program).and(snapshots::build.eq(build)))
        .filter(snapshots::part.eq(0))
        .order(snapshots::size.desc())
        .select((snapshots::size, snapshots::parts, snapshots::leaf, snapshots::root, snapshots::digest))
        .load(conn))
}

/// The bytes of a snapshot, part by part; fewer than were written if one is gone.
///
/// # Errors
/// The database fails.
pub fn read_snapshot(conn: &mut AnyConn, program: &str, build: &str, kept: &Kept) -> QueryResult<Vec<u8>> {
    use schema::snapshots;
    let mut whole = Vec::new();
    for part in 0..kept.parts {
        let key = (program, build, kept.size, part);
        let bytes: Option<Vec<u8>> = both!(&mut *conn, |conn| snapshots::table
            .find(key)
            .select(snapshots::bytes)
            .first(conn)
            .optional())?;
        let Some(bytes) = bytes else { break };
        whole.extend(bytes);
    }
    Ok(whole)
}

/// Writes one part, and with the last one to come drops what is older than the newest of this build.
///
/// Parts come from the last to the first. Other builds' snapshots go as soon as they are older than ours.
///
/// # Errors
/// The database fails.
pub fn write_part(conn: &mut AnyConn, part: &rows::Snapshot) -> QueryResult<()> {
    use schema::snapshots;
    rows::Snapshot::insert_new(conn, std::slice::from_ref(part))?;
    if part.part > 0 {
        return Ok(());
    }
    let kept = list_snapshots(conn, &part.program, &part.build)?;
    let Some(oldest) = kept.get(..KEPT).unwrap_or(&kept).last() else { return Ok(()) };
    both!(conn, |conn| diesel::delete(snapshots::table)
        .filter(snapshots::program.eq(&part.program).and(snapshots::size.lt(oldest.size)))
        .execute(conn))?;
    Ok(())
}

/// Drops all snapshots of a program.
///
/// # Errors
/// The database fails.
pub fn drop_snapshots(conn: &mut AnyConn, program: &str) -> QueryResult<()> {
    use schema::snapshots;
    both!(conn, |conn| diesel::delete(snapshots::table)
        .filter(snapshots::program.eq(program))
        .execute(conn))?;
    Ok(())
}
