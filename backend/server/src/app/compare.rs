//! Projections against the state they follow from, as far as one look tells: `rebuild` compares every row.

use diesel::prelude::*;
use domain::Program;
use domain::value::SubmissionNumber;

use super::Error;
use crate::db::projection::submission_row;
use crate::db::rows::{self, Row};
use crate::db::{AnyConn, Stored, both, read_number, schema};

/// Claims that are read at a time.
const PAGE: i64 = 500;

/// Whether the balances are those of the books; cheap enough for every start.
///
/// The caller's transaction sees the tables at the moment of this state.
///
/// # Errors
/// The database fails.
pub(super) fn balances_are_right(conn: &mut AnyConn, program: &Program) -> Result<bool, Error> {
    use schema::accounts;
    let stored: Vec<(String, String)> = both!(conn, |conn| accounts::table
        .filter(accounts::program.eq(program.id().store()))
        .select((accounts::account, accounts::balance))
        .load(conn))?;
    let mut stored: Vec<(String, String)> = stored;
    let mut booked: Vec<(String, String)> =
        program.books().balances().map(|(account, balance)| (account.to_string(), balance.store())).collect();
    stored.sort_unstable();
    booked.sort_unstable();
    Ok(stored == booked)
}

/// The tables among those that money goes by whose rows are not what this state makes: balances and claims.
///
/// # Errors
/// The database fails.
pub(super) fn differing_tables(conn: &mut AnyConn, program: &Program) -> Result<Vec<&'static str>, Error> {
    let mut differing = Vec::new();
    if !balances_are_right(conn, program)? {
        differing.push(rows::Account::TABLE);
    }
    if !claims_are_right(conn, program)? {
        differing.push(rows::Submission::TABLE);
    }
    Ok(differing)
}

fn claims_are_right(conn: &mut AnyConn, program: &Program) -> Result<bool, Error> {
    use schema::submissions;
    let (mut last, mut seen) = (0, 0_usize);
    loop {
        let page: Vec<rows::Submission> = both!(&mut *conn, |conn| submissions::table
            .filter(submissions::program.eq(program.id().store()).and(submissions::number.gt(last)))
            .order(submissions::number)
            .limit(PAGE)
            .select(rows::Submission::as_select())
            .load(conn))?;
        let Some(end) = page.last() else { return Ok(seen == program.submissions().count()) };
        last = end.number;
        seen = seen.saturating_add(page.len());
        for row in &page {
            let number = read_number::<u32>("submissions", "number", row.number).ok();
            let claim =
                number.and_then(SubmissionNumber::new).and_then(|number| program.submission(number).ok());
            if claim.is_none_or(|claim| submission_row(program, claim) != *row) {
                return Ok(false);
            }
        }
    }
}
