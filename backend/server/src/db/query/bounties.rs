use diesel::prelude::*;
use domain::value::{BountyNumber, PeriodNumber, Slug, Timestamp};
use uuid::Uuid;

use super::{ListError, Order, Page, Paging, int};
use crate::db::schema::bounties as table;
use crate::db::{AnyConn, MultiBackend, Stored, rows};

/// Which bounties are asked for; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct BountyFilter {
    pub period: Option<PeriodNumber>,
    pub category: Option<Slug>,
    /// Those that take claims at this moment: within their window, with a slot left.
    pub open_at: Option<Timestamp>,
}

/// The bounties of a program by number.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_bounties(
    conn: &mut AnyConn,
    program: Uuid,
    filter: &BountyFilter,
    order: Order,
    paging: &Paging,
) -> Result<Page<rows::Bounty>, ListError> {
    let mut query = table::table
        .filter(table::program.eq(program.store()))
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    let after = paging.after::<i64>("bounties")?;
    query = match (order, after) {
        (Order::OldestFirst, None) => query.order(table::number),
        (Order::OldestFirst, Some(number)) => query.filter(table::number.gt(number)).order(table::number),
        (Order::NewestFirst, None) => query.order(table::number.desc()),
        (Order::NewestFirst, Some(number)) => {
            query.filter(table::number.lt(number)).order(table::number.desc())
        }
    };
    if let Some(period) = filter.period {
        query = query.filter(table::period.eq(int(period.get())));
    }
    if let Some(category) = filter.category {
        query = query.filter(table::category.eq(category.to_string()));
    }
    if let Some(moment) = filter.open_at {
        query = query
            .filter(table::used.lt(table::slots))
            .filter(table::closed.is_null())
            .filter(table::opens_at.le(moment.store()))
            .filter(table::closes_at.gt(moment.store()));
    }
    Ok(Page::of("bounties", query.load::<rows::Bounty>(conn)?, paging.limit, |row| row.number))
}

/// One bounty.
///
/// # Errors
/// The database fails.
pub fn find_bounty(
    conn: &mut AnyConn,
    program: Uuid,
    number: BountyNumber,
) -> Result<Option<rows::Bounty>, ListError> {
    Ok(table::table.find((program.store(), int(number.get()))).first(conn).optional()?)
}
