//! How far the chain was read for each program.

use diesel::prelude::*;
use domain::value::{Amount, Digest, Seq};
use domain::words::Source;
use uuid::Uuid;

use super::rows::{self, Row};
use super::{AnyConn, Corrupt, Stored, both, read_number, read_text, schema};

/// The end of a block up to which the chain was read, and what the Safe held there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub block: u64,
    pub block_hash: Digest,
    /// Of the Safe's next transaction.
    pub nonce: Seq,
    /// Of the token.
    pub balance: Amount,
}

/// How far the chain was read; `None` before the first time, and after [`drop_mark`].
///
/// # Errors
/// The database fails.
pub fn find_mark(conn: &mut AnyConn, program: Uuid) -> QueryResult<Option<Result<Mark, Corrupt>>> {
    let row: Option<rows::Mark> = both!(conn, |conn| schema::marks::table
        .find(program.store())
        .select(rows::Mark::as_select())
        .first(conn)
        .optional())?;
    Ok(row.map(|row| read(&row)))
}

fn read(row: &rows::Mark) -> Result<Mark, Corrupt> {
    let table = rows::Mark::TABLE;
    Ok(Mark {
        block: read_number(table, "block", row.block)?,
        block_hash: read_text(table, "block_hash", &row.block_hash)?,
        nonce: Seq::new(read_number(table, "nonce", row.nonce)?),
        balance: read_text(table, "balance", &row.balance)?,
    })
}

/// Notes how far the chain was read.
///
/// # Errors
/// The database fails.
pub fn put_mark(conn: &mut AnyConn, program: Uuid, mark: &Mark) -> QueryResult<()> {
    let row = rows::Mark {
        program: program.store(),
        block: i64::try_from(mark.block).unwrap_or(i64::MAX),
        block_hash: mark.block_hash.store(),
        nonce: i64::try_from(mark.nonce.get()).unwrap_or(i64::MAX),
        balance: mark.balance.store(),
    };
    rows::Mark::upsert(conn, &[row])
}

/// Forgets how far the chain was read: it is read from the start again.
///
/// # Errors
/// The database fails.
pub fn drop_mark(conn: &mut AnyConn, program: Uuid) -> QueryResult<()> {
    let found = schema::marks::table.find(program.store());
    both!(conn, |conn| diesel::delete(found).execute(conn)).map(|_| ())
}

/// Where the ledger itself saw a Safe: the event, the block and its hash, the last first.
///
/// # Errors
/// The database fails.
pub fn list_seen(conn: &mut AnyConn, program: Uuid) -> QueryResult<Vec<(Seq, u64, Digest)>> {
    use schema::observations::dsl;
    let rows: Vec<(i64, i64, String)> = both!(conn, |conn| dsl::observations
        .filter(dsl::program.eq(program.store()).and(dsl::source.eq(Source::Chain.to_string())))
        .order(dsl::seq.desc())
        .select((dsl::seq, dsl::block, dsl::block_hash))
        .load(conn))?;
    let seen = rows.into_iter().filter_map(|(seq, block, hash)| {
        Some((Seq::new(u64::try_from(seq).ok()?), u64::try_from(block).ok()?, Digest::restore(&hash)?))
    });
    Ok(seen.collect())
}
