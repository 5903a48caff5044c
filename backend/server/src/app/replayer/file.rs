//! Whether SQLite's file is sound, one table after another.

use std::time::Instant;

use super::{Desk, Ended};
use crate::app::Error;
use crate::db::{AnyConn, OpenError, check_table, list_tables_to_check};

/// Reads every table with its indexes. What is damaged is noted; an error is to be tried again.
pub(super) fn check(conn: &mut AnyConn, desk: &Desk) -> Result<Result<(), Error>, Ended> {
    let tables = match list_tables_to_check(conn) {
        Ok(tables) => tables,
        Err(error) => return Ok(Err(error.into())),
    };
    for table in tables {
        let began = Instant::now();
        match check_table(conn, &table) {
            Ok(()) => desk.rest(began)?,
            Err(damage @ OpenError::Damaged { .. }) => {
                desk.writer.health().set_file_aside(damage.into());
                return Ok(Ok(()));
            }
            Err(error) => return Ok(Err(error.into())),
        }
    }
    Ok(Ok(()))
}
