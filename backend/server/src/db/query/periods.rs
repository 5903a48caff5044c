use std::collections::HashMap;

use diesel::prelude::*;
use domain::value::PeriodNumber;
use uuid::Uuid;

use super::{ListError, Page, Paging, int};
use crate::db::schema::{allotments, categories, periods as table};
use crate::db::{AnyConn, MultiBackend, Stored, rows};

/// A period with all that its categories were ever given, by category and version: a lead writes these by hand,
/// so they are few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodEntry {
    pub period: rows::Period,
    pub allotments: Vec<rows::Allotment>,
}

/// The periods of a program by number.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_periods(
    conn: &mut AnyConn,
    program: Uuid,
    paging: &Paging,
) -> Result<Page<PeriodEntry>, ListError> {
    let mut query = table::table
        .filter(table::program.eq(program.store()))
        .order(table::number)
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    if let Some(number) = paging.after::<i64>("periods")? {
        query = query.filter(table::number.gt(number));
    }
    let page = Page::of("periods", query.load::<rows::Period>(conn)?, paging.limit, |row| row.number);
    let mut given = given_in(conn, program, page.items.iter().map(|row| row.number))?;
    Ok(page
        .map(|period| PeriodEntry { allotments: given.remove(&period.number).unwrap_or_default(), period }))
}

/// One period with its allotments.
///
/// # Errors
/// The database fails.
pub fn find_period(
    conn: &mut AnyConn,
    program: Uuid,
    number: PeriodNumber,
) -> Result<Option<PeriodEntry>, ListError> {
    let number = int(number.get());
    let period: Option<rows::Period> = table::table.find((program.store(), number)).first(conn).optional()?;
    let Some(period) = period else { return Ok(None) };
    let allotments = given_in(conn, program, [number])?.remove(&number).unwrap_or_default();
    Ok(Some(PeriodEntry { period, allotments }))
}

/// The budget lines of a program in their order: the charter names them, at most a few dozen.
///
/// # Errors
/// The database fails.
pub fn list_categories(conn: &mut AnyConn, program: Uuid) -> Result<Vec<rows::Category>, ListError> {
    let mut rows: Vec<rows::Category> =
        categories::table.filter(categories::program.eq(program.store())).load(conn)?;
    rows.sort_by_key(|row| row.position);
    Ok(rows)
}

fn given_in(
    conn: &mut AnyConn,
    program: Uuid,
    periods: impl IntoIterator<Item = i64>,
) -> QueryResult<HashMap<i64, Vec<rows::Allotment>>> {
    let periods: Vec<i64> = periods.into_iter().collect();
    let rows: Vec<rows::Allotment> = allotments::table
        .filter(allotments::program.eq(program.store()))
        .filter(allotments::period.eq_any(periods))
        .order((allotments::period, allotments::category, allotments::version))
        .load(conn)?;
    let mut by_period: HashMap<i64, Vec<rows::Allotment>> = HashMap::new();
    for row in rows {
        by_period.entry(row.period).or_default().push(row);
    }
    Ok(by_period)
}
