use std::collections::BTreeSet;

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::result::Error as QueryError;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConn, OpenError, both, write_tx};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Makes other servers that start now wait until this one has finished.
const POSTGRES_LOCK: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; \
                             SELECT pg_advisory_xact_lock(71173501)";

/// How the tables of a database compare with those that this program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    Current,
    /// There are none: of a new database, or of a file that was copied without what belongs to it.
    Missing,
    /// Some migrations have not run.
    Older,
    /// Migrations have run that this program does not know.
    Newer,
}

/// Looks at which migrations have run. Only reads: diesel's own question would make its table.
///
/// # Errors
/// The database fails, or the migrations that were built in cannot be read.
pub fn tables(conn: &mut AnyConn) -> Result<Tables, OpenError> {
    let known = match conn {
        AnyConn::Sqlite(_) => versions::<Sqlite>(&SQLITE)?,
        AnyConn::Postgres(_) => versions::<Pg>(&POSTGRES)?,
    };
    let done = sql::<Text>("SELECT version FROM __diesel_schema_migrations");
    let done: BTreeSet<String> = match both!(conn, |conn| done.load::<String>(conn)) {
        Ok(done) => done.into_iter().collect(),
        Err(QueryError::DatabaseError(_, told)) if is_missing(told.message()) => BTreeSet::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(match (done.is_empty(), known.is_subset(&done), done.is_subset(&known)) {
        (true, ..) => Tables::Missing,
        (_, true, true) => Tables::Current,
        (_, _, false) => Tables::Newer,
        (_, false, true) => Tables::Older,
    })
}

fn versions<DB: Backend>(built_in: &EmbeddedMigrations) -> Result<BTreeSet<String>, OpenError> {
    let known = MigrationSource::<DB>::migrations(built_in).map_err(OpenError::Migration)?;
    Ok(known.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Neither database's library gives us a code for a table that is not there.
fn is_missing(message: &str) -> bool {
    message.contains("no such table") || message.contains("does not exist")
}

/// Brings the database up to date, all in one transaction; gives the names of the migrations it ran.
///
/// # Errors
/// A migration fails, or somebody else holds the database for too long. Nothing is changed then.
pub fn migrate(conn: &mut AnyConn) -> Result<Vec<String>, OpenError> {
    write_tx(conn, |conn| {
        let done = match conn {
            // The transaction holds the write lock already.
            AnyConn::Sqlite(conn) => conn.run_pending_migrations(SQLITE),
            AnyConn::Postgres(conn) => {
                conn.batch_execute(POSTGRES_LOCK)?;
                conn.run_pending_migrations(POSTGRES)
            }
        };
        let done = done.map_err(OpenError::Migration)?;
        Ok(done.iter().map(ToString::to_string).collect())
    })
}
