use std::collections::HashMap;

use diesel::prelude::*;
use domain::value::BatchNumber;
use uuid::Uuid;

use super::{ListError, Order, Page, Paging, int};
use crate::db::schema::{batches as table, payouts};
use crate::db::{AnyConn, MultiBackend, Stored, rows};

/// A batch with its lines in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchEntry {
    pub batch: rows::Batch,
    pub payouts: Vec<rows::Payout>,
}

/// The payout batches of a program by number.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_batches(
    conn: &mut AnyConn,
    program: Uuid,
    order: Order,
    paging: &Paging,
) -> Result<Page<BatchEntry>, ListError> {
    let mut query = table::table
        .filter(table::program.eq(program.store()))
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    let after = paging.after::<i64>("batches")?;
    query = match (order, after) {
        (Order::OldestFirst, None) => query.order(table::number),
        (Order::OldestFirst, Some(number)) => query.filter(table::number.gt(number)).order(table::number),
        (Order::NewestFirst, None) => query.order(table::number.desc()),
        (Order::NewestFirst, Some(number)) => {
            query.filter(table::number.lt(number)).order(table::number.desc())
        }
    };
    let page = Page::of("batches", query.load::<rows::Batch>(conn)?, paging.limit, |row| row.number);
    let mut payouts = payouts_of(conn, program, page.items.iter().map(|row| row.number))?;
    Ok(page.map(|batch| BatchEntry { payouts: payouts.remove(&batch.number).unwrap_or_default(), batch }))
}

/// One batch with its lines.
///
/// # Errors
/// The database fails.
pub fn find_batch(
    conn: &mut AnyConn,
    program: Uuid,
    number: BatchNumber,
) -> Result<Option<BatchEntry>, ListError> {
    let number = int(number.get());
    let batch: Option<rows::Batch> = table::table.find((program.store(), number)).first(conn).optional()?;
    let Some(batch) = batch else { return Ok(None) };
    let payouts = payouts_of(conn, program, [number])?.remove(&number).unwrap_or_default();
    Ok(Some(BatchEntry { batch, payouts }))
}

fn payouts_of(
    conn: &mut AnyConn,
    program: Uuid,
    batches: impl IntoIterator<Item = i64>,
) -> QueryResult<HashMap<i64, Vec<rows::Payout>>> {
    let batches: Vec<i64> = batches.into_iter().collect();
    let rows: Vec<rows::Payout> = payouts::table
        .filter(payouts::program.eq(program.store()))
        .filter(payouts::batch.eq_any(batches))
        .order((payouts::batch, payouts::line))
        .load(conn)?;
    let mut by_batch: HashMap<i64, Vec<rows::Payout>> = HashMap::new();
    for row in rows {
        by_batch.entry(row.batch).or_default().push(row);
    }
    Ok(by_batch)
}
