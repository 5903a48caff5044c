use diesel::result::{DatabaseErrorKind, Error as QueryError};
use thiserror::Error;

/// Why a database could not be opened or brought up to date.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot open {target}: {reason}. Check that it exists, runs, and may be reached by this user")]
    Unreachable { target: String, reason: String },
    #[error(
        "{path} is no SQLite file, or only a part of one. If it is a copy: stop the server, then copy the files ending in -wal and -shm with it; else restore a backup"
    )]
    Damaged { path: String },
    #[error(
        "this program was built with SQLite {found}: build it with 3.51.3 or newer, which keeps WAL files sound"
    )]
    OldSqlite { found: String },
    #[error("SQLite cannot use write-ahead logging here ({mode}): keep the file on a local disk")]
    NoWal { mode: String },
    #[error("the database refused: {0}")]
    Query(#[from] QueryError),
    #[error(
        "a migration failed and nothing was changed: {0}. Restore a backup, or use the program that wrote it"
    )]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("no read connection could be opened: {0}")]
    Pool(#[from] diesel::r2d2::PoolError),
}

/// What the writer can do about an error of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A constraint was hit: one of the commands is the culprit; the others may pass alone.
    Constraint,
    /// Somebody else held a lock for too long, or a deadlock was broken: the same may pass later.
    Busy,
    /// Anything else, such as a lost connection or a failing disk: stop, start again, replay.
    Fatal,
}

/// Sorts an error of the database by what can be done about it.
///
/// Neither database's library gives us a code for locks, so these are known by their English messages; one in
/// another language counts as [`Trouble::Fatal`], which is safe.
pub fn trouble(error: &QueryError) -> Trouble {
    const BUSY: [&str; 4] =
        ["database is locked", "deadlock detected", "due to lock timeout", "due to statement timeout"];
    match error {
        QueryError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::ExclusionViolation
            | DatabaseErrorKind::RestrictViolation => Trouble::Constraint,
            DatabaseErrorKind::SerializationFailure => Trouble::Busy,
            _ if BUSY.iter().any(|text| information.message().contains(text)) => Trouble::Busy,
            _ => Trouble::Fatal,
        },
        _ => Trouble::Fatal,
    }
}
