//! Finding and changing second factors and recovery codes.

use diesel::prelude::*;

use super::rows::SecondFactor;
use super::schema::{recovery_codes, second_factors};
use super::{AnyConn, both};

/// The second factor of an account, confirmed or not.
///
/// # Errors
/// The database fails.
pub fn find_second_factor(conn: &mut AnyConn, account: &str) -> QueryResult<Option<SecondFactor>> {
    both!(conn, |conn| second_factors::table
        .find(account)
        .select(SecondFactor::as_select())
        .first(conn)
        .optional())
}

/// Uses a step of a confirmed factor up. Tells whether this call did: of two at once, one does, and none once a
/// later step was used or another factor took its place.
///
/// # Errors
/// The database fails.
pub fn use_step(conn: &mut AnyConn, account: &str, sealed: &str, step: i64) -> QueryResult<bool> {
    let unused = second_factors::table
        .filter(second_factors::id.eq(account).and(second_factors::sealed.eq(sealed)))
        .filter(second_factors::confirmed_at.is_not_null())
        .filter(second_factors::last_step.lt(step));
    let used =
        both!(conn, |conn| diesel::update(unused).set(second_factors::last_step.eq(step)).execute(conn))?;
    Ok(used == 1)
}

/// Turns a factor on that was begun, with the step of the code that showed it. Tells whether this call did.
///
/// # Errors
/// The database fails.
pub fn confirm_factor(
    conn: &mut AnyConn,
    account: &str,
    sealed: &str,
    step: i64,
    now: &str,
) -> QueryResult<bool> {
    let begun = second_factors::table
        .filter(second_factors::id.eq(account).and(second_factors::sealed.eq(sealed)))
        .filter(second_factors::confirmed_at.is_null());
    let change = (second_factors::confirmed_at.eq(now), second_factors::last_step.eq(step));
    let confirmed = both!(conn, |conn| diesel::update(begun).set(change).execute(conn))?;
    Ok(confirmed == 1)
}

/// Takes a factor and its recovery codes away. Tells whether there was one.
///
/// # Errors
/// The database fails.
pub fn remove_factor(conn: &mut AnyConn, account: &str) -> QueryResult<bool> {
    remove_recovery_codes(conn, account)?;
    let removed = both!(conn, |conn| diesel::delete(second_factors::table.find(account)).execute(conn))?;
    Ok(removed == 1)
}

/// Takes the recovery codes of an account away.
///
/// # Errors
/// The database fails.
pub fn remove_recovery_codes(conn: &mut AnyConn, account: &str) -> QueryResult<()> {
    let codes = recovery_codes::table.filter(recovery_codes::account.eq(account));
    both!(conn, |conn| diesel::delete(codes).execute(conn))?;
    Ok(())
}

/// Uses a recovery code up. Tells whether this call did: of two at once, one does.
///
/// # Errors
/// The database fails.
pub fn use_recovery_code(conn: &mut AnyConn, account: &str, id: &str, now: &str) -> QueryResult<bool> {
    let unused = recovery_codes::table
        .filter(recovery_codes::id.eq(id).and(recovery_codes::account.eq(account)))
        .filter(recovery_codes::used_at.is_null());
    let used = both!(conn, |conn| diesel::update(unused).set(recovery_codes::used_at.eq(now)).execute(conn))?;
    Ok(used == 1)
}

/// How many recovery codes of an account are left.
///
/// # Errors
/// The database fails.
pub fn count_recovery_codes(conn: &mut AnyConn, account: &str) -> QueryResult<i64> {
    let left = recovery_codes::table
        .filter(recovery_codes::account.eq(account).and(recovery_codes::used_at.is_null()));
    both!(conn, |conn| left.count().get_result(conn))
}
