use diesel::prelude::*;

use super::rows::{self, Row};
use super::{AnyConn, both, schema};

/// Tables in a fixed order, each with its rows as text, ordered by key.
pub type Dump = Vec<(&'static str, Vec<String>)>;

/// Everything that a rebuild makes anew from the journal. No table refers to another, so any order will do.
macro_rules! projections {
    ($($Row:ident in $table:ident),+ $(,)?) => {
        /// The projections of a program as text: two databases with equal journals give equal texts.
        ///
        /// # Errors
        /// The database fails.
        pub fn dump_projections(conn: &mut AnyConn, program: &str) -> QueryResult<Dump> {
            Ok(vec![$((rows::$Row::TABLE, lines(&rows::$Row::list(conn, program)?))),+])
        }

        /// Empties the projections of a program, in the caller's transaction.
        ///
        /// # Errors
        /// The database fails.
        pub fn truncate_projections(conn: &mut AnyConn, program: &str) -> QueryResult<()> {
            $(both!(&mut *conn, |conn| diesel::delete(schema::$table::table)
                .filter(schema::$table::program.eq(program))
                .execute(conn))?;)+
            Ok(())
        }
    };
}

projections! {
    Entry in entries,
    Account in accounts,
    Category in categories,
    Period in periods,
    Allotment in allotments,
    Member in members,
    Address in addresses,
    Bounty in bounties,
    Submission in submissions,
    Revision in revisions,
    Evidence in evidence,
    Vote in votes,
    Observation in observations,
    Funding in funding,
    Batch in batches,
    Payout in payouts,
}

/// All a program has in the database as text: its journal first, then the projections.
///
/// # Errors
/// The database fails.
pub fn dump(conn: &mut AnyConn, program: &str) -> QueryResult<Dump> {
    let mut tables = vec![
        (rows::Head::TABLE, lines(&rows::Head::list(conn, program)?)),
        (rows::Event::TABLE, lines(&rows::Event::list(conn, program)?)),
        (rows::Document::TABLE, lines(&rows::Document::list(conn, program)?)),
    ];
    tables.extend(dump_projections(conn, program)?);
    Ok(tables)
}

fn lines(rows: &[impl Row]) -> Vec<String> {
    rows.iter().map(Row::line).collect()
}
