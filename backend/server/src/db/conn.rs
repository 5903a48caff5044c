use std::fmt;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::SqliteConnection;

use super::whole::refuse_emptied;
use super::{OpenError, PostgresUrl, Target, Trouble, is_garbled, migrate, trouble};

/// A connection to either database.
///
/// Queries that both speak alike may run on it directly. What diesel builds per database (conflicts, row locks) is
/// written once with the macro `both` and compiled for each. Many rows go to PostgreSQL as arrays.
#[derive(diesel::MultiConnection)]
pub enum AnyConn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl fmt::Debug for AnyConn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite(_) => "a SQLite connection",
            Self::Postgres(_) => "a PostgreSQL connection",
        })
    }
}

/// Compiles one expression for the connection of each database.
macro_rules! both {
    ($any:expr, |$conn:ident| $body:expr) => {
        match $any {
            $crate::db::AnyConn::Sqlite($conn) => $body,
            $crate::db::AnyConn::Postgres($conn) => $body,
        }
    };
}
pub(crate) use both;

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Read,
    Write,
}

/// The oldest SQLite without the WAL reset bug, which could lose committed pages.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];

/// How long a statement waits for another connection of SQLite.
const SQLITE_WAIT: Duration = Duration::from_secs(5);

/// Opens the one connection that writes. It is to be owned by the writer.
///
/// # Errors
/// The database cannot be reached or refuses our settings.
pub fn open_write(target: &Target) -> Result<AnyConn, OpenError> {
    open(target, Mode::Write)
}

/// Opens a connection that cannot write; [`super::read_pool`] keeps several.
///
/// # Errors
/// The database cannot be reached or refuses our settings.
pub fn open_read(target: &Target) -> Result<AnyConn, OpenError> {
    open(target, Mode::Read)
}

fn open(target: &Target, mode: Mode) -> Result<AnyConn, OpenError> {
    match target {
        Target::Sqlite(path) => open_sqlite(path, mode).map(AnyConn::Sqlite),
        Target::Postgres(url) => open_postgres(url, mode).map(AnyConn::Postgres),
    }
}

fn open_sqlite(path: &str, mode: Mode) -> Result<SqliteConnection, OpenError> {
    refuse_emptied(path)?;
    let mut conn = SqliteConnection::establish(path)
        .map_err(|error| OpenError::Unreachable { target: shown(path), reason: error.to_string() })?;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {}", SQLITE_WAIT.as_millis()))?;
    let start = Instant::now();
    loop {
        match set_up_sqlite(&mut conn, mode) {
            // While another process opens a new file or closes the last connection, SQLite says so without waiting.
            Err(OpenError::Query(error))
                if trouble(&error) == Trouble::Busy && start.elapsed() < SQLITE_WAIT =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(OpenError::Query(error)) if is_garbled(&error) => {
                return Err(OpenError::Damaged { target: shown(path), reason: error.to_string() });
            }
            done => return done.map(|()| conn),
        }
    }
}

/// A file as every message names it: by its whole path.
pub(super) fn shown(path: &str) -> String {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.into());
    format!("sqlite:{}", whole.display())
}

/// A database of its own with all our tables, in a temporary file that goes with the connection.
///
/// # Errors
/// There is no room for it, or nowhere to put it.
pub fn open_scratch() -> Result<AnyConn, OpenError> {
    // SQLite calls a file without a name a temporary one.
    let mut conn = SqliteConnection::establish("").map_err(|error| OpenError::Unreachable {
        target: "a temporary file".to_owned(),
        reason: error.to_string(),
    })?;
    // Nobody misses it after a crash. Its rows refer to programs that it does not have.
    conn.batch_execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF")?;
    let mut conn = AnyConn::Sqlite(conn);
    migrate(&mut conn)?;
    Ok(conn)
}

/// Checks and sets a connection up; all settings but the journal's mode last as long as it does.
fn set_up_sqlite(conn: &mut SqliteConnection, mode: Mode) -> Result<(), OpenError> {
    let found: String = diesel::select(sql::<Text>("sqlite_version()")).get_result(conn)?;
    if version(&found) < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite { found });
    }
    let journal: String = sql::<Text>("PRAGMA journal_mode = WAL").get_result(conn)?;
    if journal != "wal" {
        return Err(OpenError::NoWal { mode: journal });
    }
    // FULL: a commit that was answered is on the disk, also after a power cut.
    // Recursive triggers: INSERT OR REPLACE deletes, and the journal's triggers must see that.
    conn.batch_execute(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; \
         PRAGMA recursive_triggers = ON",
    )?;
    match mode {
        Mode::Read => Ok(conn.batch_execute("PRAGMA query_only = ON")?),
        // The writer touches the same pages again and again, and keeps them. Errors of copying the log must show: see
        // `shorten_log`. What is deleted is overwritten: a document that was erased is not to be found in the file.
        Mode::Write => Ok(conn.batch_execute(
            "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 0; \
             PRAGMA secure_delete = ON",
        )?),
    }
}

/// What the database's own clock says, in microseconds since 1970; `None` where it is this machine's.
///
/// # Errors
/// The database fails.
pub fn database_micros(conn: &mut AnyConn) -> QueryResult<Option<i64>> {
    match conn {
        AnyConn::Sqlite(_) => Ok(None),
        AnyConn::Postgres(conn) => {
            let now = sql::<BigInt>("(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint");
            diesel::select(now).get_result(conn).map(Some)
        }
    }
}

/// `"3.53.2"` as three numbers; what cannot be read counts as 0.
fn version(text: &str) -> [u32; 3] {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

fn open_postgres(url: &PostgresUrl, mode: Mode) -> Result<PgConnection, OpenError> {
    let mut conn = PgConnection::establish(url.with_secrets()).map_err(|error| OpenError::Unreachable {
        target: format!("{url:?}"),
        reason: url.cleanse(error.to_string().trim()),
    })?;
    conn.batch_execute(
        "SET TIME ZONE 'UTC'; SET synchronous_commit = on; SET lock_timeout = '2s'; \
         SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning",
    )?;
    conn.batch_execute(match mode {
        Mode::Write => "SET statement_timeout = '5s'",
        Mode::Read => "SET statement_timeout = '30s'; SET default_transaction_read_only = on",
    })?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_their_numbers() {
        assert!(version("3.51.3") >= OLDEST_SQLITE && version("3.100.0") >= OLDEST_SQLITE);
        assert!(
            version("3.51.2") < OLDEST_SQLITE
                && version("3.9.9") < OLDEST_SQLITE
                && version("") < OLDEST_SQLITE
        );
    }
}
