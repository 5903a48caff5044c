use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use domain::value::PeriodNumber;
use uuid::Uuid;

use super::{ListError, Page, Paging, int};
use crate::db::schema::{allotments, caps, categories, periods as table};
use crate::db::{AnyConn, MultiBackend, Stored, rows};

/// A period with all caps it ever had, and all that its categories were ever given, by category and version: a lead
/// writes these by hand, so they are few.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodEntry {
    pub period: rows::Period,
    pub caps: Vec<rows::Cap>,
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
    Ok(Page { items: entries(conn, program, page.items)?, next: page.next })
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
    Ok(find_periods(conn, program, &[number])?.pop())
}

/// Some periods, in the order of their numbers.
///
/// # Errors
/// The database fails.
pub fn find_periods(
    conn: &mut AnyConn,
    program: Uuid,
    numbers: &[PeriodNumber],
) -> Result<Vec<PeriodEntry>, ListError> {
    let numbers: Vec<i64> = numbers.iter().map(|number| int(number.get())).collect();
    let rows: Vec<rows::Period> = table::table
        .filter(table::program.eq(program.store()))
        .filter(table::number.eq_any(&numbers))
        .order(table::number)
        .load(conn)?;
    Ok(entries(conn, program, rows)?)
}

/// Periods with their caps and allotments.
fn entries(conn: &mut AnyConn, program: Uuid, periods: Vec<rows::Period>) -> QueryResult<Vec<PeriodEntry>> {
    let numbers: Vec<i64> = periods.iter().map(|row| row.number).collect();
    let mut given = given_in(conn, program, &numbers)?;
    let mut caps = caps_of(conn, program, &numbers)?;
    let entry = |period: rows::Period| PeriodEntry {
        allotments: given.remove(&period.number).unwrap_or_default(),
        caps: caps.remove(&period.number).unwrap_or_default(),
        period,
    };
    Ok(periods.into_iter().map(entry).collect())
}

/// The budget lines of a program in their order, with the ranges in force: at most sixteen.
///
/// # Errors
/// The database fails.
pub fn list_categories(conn: &mut AnyConn, program: Uuid) -> Result<Vec<rows::Category>, ListError> {
    let rows: Vec<rows::Category> =
        categories::table.filter(categories::program.eq(program.store())).load(conn)?;
    let mut last: BTreeMap<i64, rows::Category> = BTreeMap::new();
    for row in rows {
        if last.get(&row.position).is_none_or(|known| known.seq < row.seq) {
            last.insert(row.position, row);
        }
    }
    Ok(last.into_values().collect())
}

fn given_in(
    conn: &mut AnyConn,
    program: Uuid,
    periods: &[i64],
) -> QueryResult<HashMap<i64, Vec<rows::Allotment>>> {
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

fn caps_of(conn: &mut AnyConn, program: Uuid, periods: &[i64]) -> QueryResult<HashMap<i64, Vec<rows::Cap>>> {
    let rows: Vec<rows::Cap> = caps::table
        .filter(caps::program.eq(program.store()))
        .filter(caps::period.eq_any(periods))
        .order((caps::period, caps::seq))
        .load(conn)?;
    let mut by_period: HashMap<i64, Vec<rows::Cap>> = HashMap::new();
    for row in rows {
        by_period.entry(row.period).or_default().push(row);
    }
    Ok(by_period)
}
