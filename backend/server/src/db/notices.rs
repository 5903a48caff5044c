//! What people are told about their own account.

use diesel::prelude::*;

use super::rows::Notice;
use super::schema::notices;
use super::{AnyConn, both};

/// Notices that are listed at once: the latest.
const LISTED: i64 = 100;

/// The notices of an account, the latest first.
///
/// # Errors
/// The database fails.
pub fn list_notices(conn: &mut AnyConn, account: &str) -> QueryResult<Vec<Notice>> {
    both!(conn, |conn| notices::table
        .filter(notices::account.eq(account))
        .order((notices::at.desc(), notices::id))
        .limit(LISTED)
        .select(Notice::as_select())
        .load(conn))
}

/// Forgets the notices of an account from before a moment.
///
/// # Errors
/// The database fails.
pub fn forget_notices(conn: &mut AnyConn, account: &str, before: &str) -> QueryResult<()> {
    let old = notices::table.filter(notices::account.eq(account).and(notices::at.lt(before)));
    both!(conn, |conn| diesel::delete(old).execute(conn))?;
    Ok(())
}
