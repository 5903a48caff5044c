use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::result::{Error as QueryError, QueryResult};

use super::{AnyConn, both};

/// Runs `work` in a transaction that may write, and commits if it succeeds.
///
/// SQLite takes its write lock at once, so that no two transactions wait for each other; PostgreSQL reads what is
/// committed, and the caller locks the head it extends. An error or a panic of `work` rolls back, and the first
/// error is the one returned. Nothing is repeated: [`super::trouble`] says whether that makes sense.
///
/// # Errors
/// Those of `work`, of beginning, and of committing.
pub fn write_tx<T, E: From<QueryError>>(
    conn: &mut AnyConn,
    work: impl FnOnce(&mut AnyConn) -> Result<T, E>,
) -> Result<T, E> {
    begin(conn)?;
    finish(conn, work)
}

/// Does the work of a transaction that has begun.
fn finish<T, E: From<QueryError>>(
    conn: &mut AnyConn,
    work: impl FnOnce(&mut AnyConn) -> Result<T, E>,
) -> Result<T, E> {
    let mut open = Open { conn, committed: false };
    let value = work(open.conn)?;
    both!(&mut *open.conn, |conn| AnsiTransactionManager::commit_transaction(conn))?;
    open.committed = true;
    Ok(value)
}

/// Runs `work` in a transaction in which all its queries see one moment of the database; nothing may be written.
///
/// # Errors
/// Those of `work`, of beginning, and of ending.
pub fn read_tx<T, E: From<QueryError>>(
    conn: &mut AnyConn,
    work: impl FnOnce(&mut AnyConn) -> Result<T, E>,
) -> Result<T, E> {
    match &mut *conn {
        AnyConn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN DEFERRED"),
        AnyConn::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        ),
    }?;
    finish(conn, work)
}

/// As [`read_tx`], for work that may take as long as it needs.
///
/// # Errors
/// As [`read_tx`].
pub fn patient_read_tx<T, E: From<QueryError>>(
    conn: &mut AnyConn,
    work: impl FnOnce(&mut AnyConn) -> Result<T, E>,
) -> Result<T, E> {
    read_tx(conn, |conn| {
        if let AnyConn::Postgres(conn) = &mut *conn {
            conn.batch_execute(
                "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
            )?;
        }
        work(conn)
    })
}

fn begin(conn: &mut AnyConn) -> QueryResult<()> {
    match conn {
        AnyConn::Sqlite(conn) => AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE"),
        AnyConn::Postgres(conn) => AnsiTransactionManager::begin_transaction_sql(
            conn,
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        ),
    }
}

/// An open transaction; dropped uncommitted, also by a panic, it rolls back.
struct Open<'a> {
    conn: &'a mut AnyConn,
    committed: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.committed {
            // On a broken connection this fails too; the error that led here says more.
            let _ = both!(&mut *self.conn, |conn| AnsiTransactionManager::rollback_transaction(conn));
        }
    }
}
