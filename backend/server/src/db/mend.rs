//! Projections row by row: what a rebuild compares and mends while others write.

use diesel::connection::DefaultLoadingMode;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;

use super::rows::{self, Row};
use super::{AnyConn, both, schema};

/// Rows in the order of their keys, read one after another.
pub type Stream<'a, P> = Box<dyn Iterator<Item = QueryResult<P>> + 'a>;

/// A table that is made anew from the journal.
pub trait Projection: Row + PartialEq {
    /// The key within a program, in the order in which the databases keep it.
    type Key: Ord + Clone;

    fn key(&self) -> Self::Key;

    /// All rows of a program, without holding them all.
    ///
    /// # Errors
    /// The database fails.
    fn stream<'a>(conn: &'a mut AnyConn, program: &str) -> QueryResult<Stream<'a, Self>>;

    /// # Errors
    /// The database fails.
    fn find(conn: &mut AnyConn, program: &str, key: &Self::Key) -> QueryResult<Option<Self>>;

    /// # Errors
    /// The database fails.
    fn remove(conn: &mut AnyConn, program: &str, key: &Self::Key) -> QueryResult<()>;

    /// Adds rows whose keys are free.
    ///
    /// # Errors
    /// A constraint, or the database fails.
    fn add(conn: &mut AnyConn, rows: &[Self]) -> QueryResult<()>;
}

/// Work to be done for every projection.
pub trait Visit {
    type Error;

    /// # Errors
    /// Those of the work.
    fn visit<P: Projection>(&mut self) -> Result<(), Self::Error>;
}

/// The rows of a program in one table, as one kind of database gives them out.
macro_rules! rows_of {
    ($table:ident [$($key:ident),+], $program:expr, $conn:expr, $mode:ty) => {{
        let all = schema::$table::table
            .filter(schema::$table::program.eq($program.to_owned()))
            .order(($(schema::$table::$key,)+))
            .select(Self::as_select());
        Box::new(all.load_iter::<Self, $mode>($conn)?)
    }};
}

/// Everything that a rebuild makes anew, with its key behind the program. No table refers to another.
macro_rules! projections {
    ($($Row:ident in $table:ident [$($key:ident: $type:ty),+] by $write:ident;)+) => {
        $(impl Projection for rows::$Row {
            type Key = ($($type,)+);

            fn key(&self) -> Self::Key {
                ($(self.$key.clone(),)+)
            }

            fn stream<'a>(conn: &'a mut AnyConn, program: &str) -> QueryResult<Stream<'a, Self>> {
                Ok(match conn {
                    AnyConn::Sqlite(conn) => rows_of!($table [$($key),+], program, conn, DefaultLoadingMode),
                    AnyConn::Postgres(conn) => rows_of!($table [$($key),+], program, conn, PgRowByRowLoadingMode),
                })
            }

            fn find(conn: &mut AnyConn, program: &str, ($($key,)+): &Self::Key) -> QueryResult<Option<Self>> {
                both!(conn, |conn| schema::$table::table
                    .find((program, $($key,)+))
                    .select(Self::as_select())
                    .first(conn)
                    .optional())
            }

            fn remove(conn: &mut AnyConn, program: &str, ($($key,)+): &Self::Key) -> QueryResult<()> {
                both!(conn, |conn| diesel::delete(schema::$table::table.find((program, $($key,)+))).execute(conn))?;
                Ok(())
            }

            fn add(conn: &mut AnyConn, rows: &[Self]) -> QueryResult<()> {
                Self::$write(conn, rows)
            }
        })+

        /// Does the work for every projection, always in the same order.
        ///
        /// # Errors
        /// The first of the work.
        pub fn visit_projections<V: Visit>(visitor: &mut V) -> Result<(), V::Error> {
            $(visitor.visit::<rows::$Row>()?;)+
            Ok(())
        }
    };
}

projections! {
    Entry in entries [seq: i64, line: i64] by insert;
    Account in accounts [account: String] by upsert;
    Category in categories [slug: String, seq: i64] by insert;
    Period in periods [number: i64] by upsert;
    Cap in caps [period: i64, seq: i64] by insert;
    Allotment in allotments [period: i64, category: String, version: i64] by insert;
    Member in members [number: i64] by upsert;
    Address in addresses [address: String] by upsert;
    Bounty in bounties [number: i64] by upsert;
    Submission in submissions [number: i64] by upsert;
    Revision in revisions [submission: i64, revision: i64] by insert;
    Evidence in evidence [key: String, function: String, submission: i64] by insert;
    Vote in votes [submission: i64, revision: i64, reviewer: i64, ordinal: i64] by insert;
    History in history [submission: i64, seq: i64] by insert;
    Observation in observations [seq: i64] by insert;
    Funding in funding [seq: i64] by upsert;
    Batch in batches [number: i64] by insert;
    Payout in payouts [batch: i64, line: i64] by insert;
}

/// How the rows of one table differ from those that the journal makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference<K> {
    /// Rows that are stored and should not be, as they are.
    pub wrong: Vec<K>,
    /// Rows that should be stored, and are not as they should be.
    pub missing: Vec<K>,
    /// How many rows the journal makes.
    pub rows: usize,
}

/// Compares the rows of a table, one after another.
///
/// # Errors
/// One of the databases fails.
pub fn compare<P: Projection>(
    made: &mut AnyConn,
    stored: &mut AnyConn,
    program: &str,
) -> QueryResult<Difference<P::Key>> {
    let (mut made, mut stored) = (P::stream(made, program)?, P::stream(stored, program)?);
    let (mut right, mut found) = (made.next().transpose()?, stored.next().transpose()?);
    let mut difference = Difference { wrong: Vec::new(), missing: Vec::new(), rows: 0 };
    loop {
        // The smaller key is in one of them only.
        let (take_right, take_found) = match (&right, &found) {
            (None, None) => return Ok(difference),
            (Some(_), None) => (true, false),
            (None, Some(_)) => (false, true),
            (Some(right), Some(found)) => (right.key() <= found.key(), found.key() <= right.key()),
        };
        let same = take_right && take_found && right == found;
        if take_right {
            difference.rows = difference.rows.saturating_add(1);
            difference.missing.extend(right.as_ref().filter(|_| !same).map(P::key));
            right = made.next().transpose()?;
        }
        if take_found {
            difference.wrong.extend(found.as_ref().filter(|_| !same).map(P::key));
            found = stored.next().transpose()?;
        }
    }
}
