//! `bounty-ledger rebuild`

use super::{CliError, Found, Place};
use crate::app::{LockError, Rebuilt};
use crate::db::Orphans;

/// Finds something where tables held other rows than the journal makes.
pub(super) fn run(place: &Place) -> Result<Found, CliError> {
    let target = place.existing()?;
    let mut found = Found::Nothing;
    let rebuilt = match place.lock() {
        Ok(_lock) => Rebuilt::make(&target, place.program)?,
        // Beside a server: only rows that are wrong are written, a few at a time.
        Err(CliError::Lock(LockError::Held(_))) => Rebuilt::make_beside(&target, place.program)?,
        Err(error) => return Err(error),
    };
    let orphans = Rebuilt::list_orphans(&target)?;
    if rebuilt.is_empty() && orphans.is_empty() {
        say!("There is no program to rebuild.");
    }
    for Rebuilt { slug, program, rows, changed } in rebuilt {
        let (events, root) = program.as_ref().map(|program| (program.size(), program.root())).unzip();
        let events = events.map_or_else(|| "0".to_owned(), |events| events.to_string());
        let root = root.map_or_else(|| "–".to_owned(), |root| root.to_string());
        say!("{slug}: {events} events decided again, all invariants hold, root {root}; {rows} rows compared");
        if !changed.is_empty() {
            found = Found::Something;
            say!("{slug}: these tables held other rows before and are mended: {}", changed.join(", "));
        }
    }
    for Orphans { program, table, rows } in orphans {
        found = Found::Something;
        say!(
            "{rows} rows of {table} belong to program {program}, which the table programs does not have. Restore a backup"
        );
    }
    Ok(found)
}
