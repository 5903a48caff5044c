//! Work outside the journal: one transaction, repeated while somebody else holds a lock.

use super::group::TRIES;
use super::{pause, report};
use crate::app::Error;
use crate::db::journal::JournalError;
use crate::db::{AnyConn, Trouble, advice, is_garbled, trouble, write_tx};

/// Does the work in a transaction. Gives its answer, and whether the writer can go on.
pub(super) fn carry_out<T>(
    conn: &mut AnyConn,
    work: impl Fn(&mut AnyConn) -> Result<T, Error>,
) -> (Result<T, Error>, bool) {
    let mut tries = 0_u32;
    loop {
        tries = tries.saturating_add(1);
        let error = match write_tx(conn, &work) {
            Err(Error::Query(error) | Error::Journal(JournalError::Query(error))) => error,
            answer => return (answer, true),
        };
        match trouble(&error) {
            // Nothing was written, and whoever waits is told what it is.
            _ if is_garbled(&error) => return (Err(error.into()), true),
            Trouble::Busy if tries < TRIES => pause(tries),
            Trouble::Busy => return (Err(Error::Busy { retry_after_s: 1 }), true),
            Trouble::Full => return (Err(Error::Full), true),
            Trouble::Constraint => return (Err(Error::Conflict), true),
            Trouble::Fatal => {
                report(&format!("the database failed: {error}{}", advice(&error)));
                return (Err(Error::Stopped), false);
            }
        }
    }
}
