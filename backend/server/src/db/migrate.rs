use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConn, OpenError, write_tx};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Makes other servers that start now wait until this one has finished.
const POSTGRES_LOCK: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; \
                             SELECT pg_advisory_xact_lock(71173501)";

/// Whether all migrations have run.
///
/// # Errors
/// The database fails.
pub fn is_current(conn: &mut AnyConn) -> Result<bool, OpenError> {
    let pending = match conn {
        AnyConn::Sqlite(conn) => conn.has_pending_migration(SQLITE),
        AnyConn::Postgres(conn) => conn.has_pending_migration(POSTGRES),
    };
    Ok(!pending.map_err(OpenError::Migration)?)
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
