use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use super::{AnyConn, OpenError, write_tx};

/// What is held in memory of a log.
const CHUNK: u64 = 256 * 1_024;
/// Pages in a log that is long: the longer, the more of them are the same one, which is copied once.
const LONG: i32 = 4_000;

/// Copies SQLite's log into its file if it is long.
///
/// SQLite would do so itself inside a commit, and keep errors to itself: but after an fsync of the file that failed,
/// pages may be missing that were copied before and that nobody writes again, until the log is read anew from its
/// beginning, by the next process. So connections that write do not ([`super::open_write`]), and whoever writes
/// calls this between transactions.
///
/// # Errors
/// The disk fails.
pub fn shorten_log(conn: &mut AnyConn) -> QueryResult<()> {
    let AnyConn::Sqlite(conn) = conn else { return Ok(()) };
    let mut ask = |how| {
        // Whether somebody was in the way, pages in the log, and how many of them were copied.
        let log = sql::<(Integer, Integer, Integer)>(&format!("PRAGMA wal_checkpoint({how})"));
        log.get_result::<(i32, i32, i32)>(conn)
    };
    let (_, pages, copied) = ask("NOOP")?;
    if pages >= LONG && copied < pages {
        ask("PASSIVE")?;
    }
    Ok(())
}

/// Copies all of SQLite's log into its file, and empties it: whoever copies the file alone has everything.
///
/// # Errors
/// The disk fails.
pub fn empty_log(conn: &mut AnyConn) -> QueryResult<()> {
    let AnyConn::Sqlite(conn) = conn else { return Ok(()) };
    // Whether somebody was in the way says the size of the log.
    sql::<Integer>("PRAGMA wal_checkpoint(TRUNCATE)").get_result::<i32>(conn).map(drop)
}

/// Writes SQLite's log once more and syncs it, before anything is built on it.
///
/// After an fsync that failed, the next process may read what never reaches the disk, and no later fsync says so: a
/// power cut would then take it, with every commit behind it. PostgreSQL answers that with a checkpoint of its own.
///
/// # Errors
/// The disk fails, or somebody else holds the write lock for too long.
pub fn secure_log(conn: &mut AnyConn) -> Result<(), OpenError> {
    if matches!(conn, AnyConn::Postgres(_)) {
        return Ok(());
    }
    // Who holds the write lock is the only one to write to the log.
    write_tx(conn, |conn| {
        let file = "SELECT file || '-wal' FROM pragma_database_list WHERE name = 'main'";
        let path: String = sql::<Text>(file).get_result(conn)?;
        // SQLite's locks are on other files: closing this one frees none of them.
        let rewritten = match OpenOptions::new().read(true).write(true).open(Path::new(&path)) {
            Ok(mut log) => rewrite(&mut log),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        rewritten.map_err(|error| OpenError::Log { path, error })
    })
}

fn rewrite(log: &mut File) -> io::Result<()> {
    let mut place = 0_u64;
    loop {
        let mut bytes = Vec::new();
        log.seek(SeekFrom::Start(place))?;
        Read::by_ref(log).take(CHUNK).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            return log.sync_all();
        }
        log.seek(SeekFrom::Start(place))?;
        log.write_all(&bytes)?;
        place = place.saturating_add(CHUNK);
    }
}
