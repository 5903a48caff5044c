use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use domain::books::Account;
use domain::value::PeriodNumber;
use uuid::Uuid;

use super::{ListError, Order, Page, Paging};
use crate::db::journal::EventLine;
use crate::db::schema::{accounts, entries, events};
use crate::db::{AnyConn, Corrupt, MultiBackend, Stored, rows};

/// A posting with the event it belongs to.
#[derive(Debug)]
pub struct LedgerEntry {
    pub entry: rows::Entry,
    pub event: EventLine,
}

/// The postings of a program, of one account or of all, in the order of the journal.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_entries(
    conn: &mut AnyConn,
    program: Uuid,
    account: Option<Account>,
    order: Order,
    paging: &Paging,
) -> Result<Page<LedgerEntry>, ListError> {
    let mut query = entries::table
        .filter(entries::program.eq(program.store()))
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    // The first condition is one range of the index; the second drops what the page before gave of its last event.
    let after = paging.after::<(i64, i64)>("entries")?;
    query = match order {
        Order::OldestFirst => query.order((entries::seq, entries::line)),
        Order::NewestFirst => query.order((entries::seq.desc(), entries::line.desc())),
    };
    query = match (order, after) {
        (_, None) => query,
        (Order::OldestFirst, Some((seq, line))) => {
            query.filter(entries::seq.ge(seq)).filter(entries::seq.ne(seq).or(entries::line.gt(line)))
        }
        (Order::NewestFirst, Some((seq, line))) => {
            query.filter(entries::seq.le(seq)).filter(entries::seq.ne(seq).or(entries::line.lt(line)))
        }
    };
    if let Some(account) = account {
        query = query.filter(entries::account.eq(account.to_string()));
    }
    let rows: Vec<rows::Entry> = query.load(conn)?;
    let page = Page::of("entries", rows, paging.limit, |entry| (entry.seq, entry.line));
    let events = events_of(conn, program, &page.items)?;
    let line = |entry: rows::Entry| {
        let event = events.get(&entry.seq).cloned();
        event.map(|event| LedgerEntry { entry, event }).ok_or(Corrupt { table: "entries", column: "seq" })
    };
    Ok(Page { items: page.items.into_iter().map(line).collect::<Result<_, _>>()?, next: page.next })
}

/// What is shown of the events behind these postings, by sequence number.
fn events_of(
    conn: &mut AnyConn,
    program: Uuid,
    entries: &[rows::Entry],
) -> QueryResult<HashMap<i64, EventLine>> {
    let seqs: BTreeSet<i64> = entries.iter().map(|entry| entry.seq).collect();
    let rows: Vec<(i64, EventLine)> = events::table
        .filter(events::program.eq(program.store()))
        .filter(events::seq.eq_any(seqs))
        .select((events::seq, (events::at, events::kind, events::actor, events::leaf)))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The accounts of a program by name, of one period or of all, with their balances now.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_accounts(
    conn: &mut AnyConn,
    program: Uuid,
    period: Option<PeriodNumber>,
    paging: &Paging,
) -> Result<Page<rows::Account>, ListError> {
    let mut query = accounts::table
        .filter(accounts::program.eq(program.store()))
        .order(accounts::account)
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    if let Some(account) = paging.after::<String>("accounts")? {
        query = query.filter(accounts::account.gt(account));
    }
    if let Some(period) = period {
        // `0` follows `/`: all names that begin with the period and a slash, and no others.
        query = query
            .filter(accounts::account.ge(format!("{period}/")))
            .filter(accounts::account.lt(format!("{period}0")));
    }
    let rows: Vec<rows::Account> = query.load(conn)?;
    Ok(Page::of("accounts", rows, paging.limit, |row| row.account.clone()))
}

/// One account; `None` if nothing was ever posted to it.
///
/// # Errors
/// The database fails.
pub fn find_account(
    conn: &mut AnyConn,
    program: Uuid,
    account: Account,
) -> Result<Option<rows::Account>, ListError> {
    Ok(accounts::table.find((program.store(), account.to_string())).first(conn).optional()?)
}
