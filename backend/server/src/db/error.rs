use diesel::result::{DatabaseErrorKind, Error as QueryError};
use thiserror::Error;

/// How SQLite and PostgreSQL say that a disk is full. Both then undo the transaction: a commit that says so was none.
const FULL: [&str; 2] = ["database or disk is full", "No space left on device"];
/// How SQLite says that its file is not what it wrote.
const GARBLED: [&str; 4] = [
    "file is not a database",
    "disk image is malformed",
    "malformed database schema",
    "unsupported file format",
];
/// How SQLite says that the operating system failed to read or write.
const FAILING: [&str; 1] = ["disk I/O error"];
/// How PostgreSQL and its library say that a connection broke, where they give no code for it.
const CUT: [&str; 5] = [
    "server closed the connection unexpectedly",
    "terminating connection",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
];

/// Why a database could not be opened or brought up to date.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("cannot open {target}: {reason}. Check that it exists, runs, and may be reached by this user")]
    Unreachable { target: String, reason: String },
    #[error(
        "this program was built with SQLite {found}: build it with 3.51.3 or newer, which keeps WAL files sound"
    )]
    OldSqlite { found: String },
    #[error("SQLite cannot use write-ahead logging here ({mode}): keep the file on a local disk")]
    NoWal { mode: String },
    #[error(
        "{target} is damaged: {reason}. Stop here, keep the file aside, and restore a backup; if it is a copy, it may be a part only: stop the server, then copy the files ending in -wal and -shm with it"
    )]
    Damaged { target: String, reason: String },
    #[error(
        "{target} is damaged: {what}. Nothing was changed. Keep all that is there aside, the -wal file too, and restore a backup; if it is a copy, it may be a part only: stop the server, then copy the files ending in -wal and -shm with it"
    )]
    Emptied { target: String, what: String },
    #[error(
        "cannot write {path} again and sync it: {error}. The disk or its driver fails, or is full: check it first"
    )]
    Log { path: String, error: std::io::Error },
    #[error("the database refused: {0}{advice}", advice = advice(.0))]
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
    /// There was no room left: nothing was committed, and the same may pass when somebody made room.
    Full,
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
        QueryError::RollbackErrorOnCommit { commit_error, .. } if has(commit_error, &FULL) => Trouble::Full,
        QueryError::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::ExclusionViolation
            | DatabaseErrorKind::RestrictViolation => Trouble::Constraint,
            DatabaseErrorKind::SerializationFailure => Trouble::Busy,
            _ if has(error, &FULL) => Trouble::Full,
            _ if BUSY.iter().any(|text| information.message().contains(text)) => Trouble::Busy,
            _ => Trouble::Fatal,
        },
        _ => Trouble::Fatal,
    }
}

fn has(error: &QueryError, texts: &[&str]) -> bool {
    match error {
        QueryError::DatabaseError(_, information) => {
            texts.iter().any(|text| information.message().contains(text))
        }
        _ => false,
    }
}

/// Whether the connection broke, not the database: another one may be had soon.
pub fn is_cut(error: &QueryError) -> bool {
    match error {
        QueryError::RollbackErrorOnCommit { commit_error, .. } => is_cut(commit_error),
        QueryError::DatabaseError(kind, _) => {
            matches!(kind, DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand)
                || has(error, &CUT)
        }
        _ => false,
    }
}

/// Whether SQLite's file is not what it wrote.
pub fn is_garbled(error: &QueryError) -> bool {
    has(error, &GARBLED)
}

/// Whether the operating system failed to read or write SQLite's file.
pub fn is_failing(error: &QueryError) -> bool {
    has(error, &FAILING)
}

/// What a person can do about an error of the database, to be put behind it; nothing where that is not known.
pub fn advice(error: &QueryError) -> &'static str {
    match error {
        QueryError::RollbackErrorOnCommit { commit_error, .. } => advice(commit_error),
        error if is_garbled(error) => ". The file is damaged: stop here, keep it aside, and restore a backup",
        error if has(error, &FULL) => ". Make room on the disk, then try again",
        error if is_failing(error) => ". The disk or its driver fails: check it before the next start",
        _ => "",
    }
}
