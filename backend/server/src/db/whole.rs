//! What must be there before anything is built on a database: SQLite's file, every table, the program of every event.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::conn::shown;
use super::{AnyConn, OpenError, both};

/// How long another process may take from making a new file to its first page.
const BORN: Duration = Duration::from_secs(1);

/// Every table that the migrations make.
pub(crate) const TABLES: [&str; 36] = [
    "accounts",
    "addresses",
    "allotments",
    "api_tokens",
    "batches",
    "bounties",
    "caps",
    "categories",
    "documents",
    "entries",
    "events",
    "evidence",
    "funding",
    "heads",
    "history",
    "marks",
    "members",
    "memberships",
    "notices",
    "observations",
    "payouts",
    "periods",
    "programs",
    "recovery_codes",
    "refresh_tokens",
    "revisions",
    "second_factors",
    "sessions",
    "sign_in_links",
    "siwe_nonces",
    "snapshots",
    "submissions",
    "uploads",
    "users",
    "votes",
    "wallets",
];

/// Tables whose rows belong to a program that nothing but its row in `programs` names.
const OF_PROGRAMS: [&str; 3] = ["events", "heads", "documents"];

/// The log that SQLite keeps beside a file.
pub fn log_of(path: &Path) -> PathBuf {
    let mut log = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).into_os_string();
    log.push("-wal");
    PathBuf::from(log)
}

/// Whether SQLite's file, or a log that it left, is at this path.
pub fn is_there(path: &Path) -> bool {
    path.exists() || size(&log_of(path)).is_some_and(|size| size > 0)
}

/// Refuses a file of 0 bytes, and a log without its file: SQLite would make a new database of them, and throw away
/// the commits in the log.
pub(super) fn refuse_emptied(path: &str) -> Result<(), OpenError> {
    let file = Path::new(path);
    let begun = Instant::now();
    loop {
        let log = log_of(file);
        let logged = size(&log).is_some_and(|size| size > 0);
        let what = match (size(file), logged) {
            (None, false) | (Some(1..), _) => return Ok(()),
            (None, true) => format!("the file is gone, and {} holds commits of it", log.display()),
            (Some(0), true) => format!("it has 0 bytes, and {} holds commits of it", log.display()),
            // Somebody else may be making it now.
            (Some(0), false) if begun.elapsed() < BORN => {
                std::thread::sleep(Duration::from_millis(10));
                continue;
            }
            (Some(0), false) => "it has 0 bytes; if no ledger was ever in it, remove it".to_owned(),
        };
        return Err(OpenError::Emptied { target: shown(path), what });
    }
}

fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().map(|metadata| metadata.len())
}

/// The tables that are not there although the migrations have made them.
///
/// # Errors
/// The database fails.
pub fn list_missing_tables(conn: &mut AnyConn) -> QueryResult<Vec<&'static str>> {
    let query = match conn {
        AnyConn::Sqlite(_) => "SELECT name FROM sqlite_schema WHERE type = 'table'",
        AnyConn::Postgres(_) => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
        }
    };
    let found: Vec<String> = both!(conn, |conn| sql::<Text>(query).load(conn))?;
    Ok(TABLES.into_iter().filter(|table| !found.iter().any(|found| found == table)).collect())
}

/// Rows of programs that `programs` does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphans {
    pub program: String,
    pub table: &'static str,
    pub rows: i64,
}

/// The rows of the journal that belong to no program, by table and program. Each program is one step in an index,
/// however long its journal is.
///
/// # Errors
/// The database fails.
pub fn list_orphans(conn: &mut AnyConn) -> QueryResult<Vec<Orphans>> {
    let mut orphans = Vec::new();
    for table in OF_PROGRAMS {
        let mut last = String::new();
        loop {
            let next = format!("SELECT program FROM {table} WHERE program > ");
            let next = both!(&mut *conn, |conn| sql::<Text>(&next)
                .bind::<Text, _>(&last)
                .sql(" ORDER BY program LIMIT 1")
                .get_result::<String>(conn)
                .optional())?;
            let Some(program) = next else { break };
            let count = |conn: &mut AnyConn, of: &str| {
                let count = format!("SELECT count(*) FROM {of} = ");
                both!(conn, |conn| sql::<BigInt>(&count).bind::<Text, _>(&program).get_result::<i64>(conn))
            };
            if count(conn, "programs WHERE id")? == 0 {
                let rows = count(conn, &format!("{table} WHERE program"))?;
                orphans.push(Orphans { program: program.clone(), table, rows });
            }
            last = program;
        }
    }
    Ok(orphans)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_has_every_table_that_the_migrations_make() {
        let mut scratch = crate::db::open_scratch().unwrap();
        assert_eq!(list_missing_tables(&mut scratch).unwrap(), Vec::<&str>::new());
        let made: BTreeSet<String> =
            crate::db::list_tables_to_check(&mut scratch).unwrap().into_iter().collect();
        let known: BTreeSet<String> = TABLES.iter().map(ToString::to_string).collect();
        // SQLite's own, and what diesel remembers.
        let others: Vec<_> = made.difference(&known).filter(|name| !name.starts_with("sqlite_")).collect();
        assert_eq!(others, ["__diesel_schema_migrations"]);
    }
}
