use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{AnyConn, OpenError, both, write_tx};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Makes other servers that start now wait until this one has finished.
const POSTGRES_LOCK: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; \
                             SELECT pg_advisory_xact_lock(71173501)";

/// Whether all migrations have run. Only reads: diesel's own question would make its table.
///
/// # Errors
/// The migrations that were built in cannot be read.
pub fn is_current(conn: &mut AnyConn) -> Result<bool, OpenError> {
    let known = match conn {
        AnyConn::Sqlite(_) => MigrationSource::<Sqlite>::migrations(&SQLITE).map(|known| known.len()),
        AnyConn::Postgres(_) => MigrationSource::<Pg>::migrations(&POSTGRES).map(|known| known.len()),
    };
    let known = known.map_err(OpenError::Migration)?;
    let count = sql::<BigInt>("SELECT count(*) FROM __diesel_schema_migrations");
    // A database without that table was never brought up to date at all.
    let done: i64 = both!(conn, |conn| count.get_result(conn)).unwrap_or_default();
    Ok(usize::try_from(done) == Ok(known))
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
