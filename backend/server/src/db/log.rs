use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{AnyConn, OpenError, write_tx};

/// What is held in memory of a log.
const CHUNK: u64 = 256 * 1_024;

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
