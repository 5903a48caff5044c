//! Finding and changing accounts, their refresh tokens and their memberships.

use diesel::prelude::*;

use super::rows::{Membership, RefreshToken, User};
use super::schema::{memberships, programs, refresh_tokens, users};
use super::{AnyConn, both};

/// Finds an account by its id.
///
/// # Errors
/// The database fails.
pub fn find_user(conn: &mut AnyConn, id: &str) -> QueryResult<Option<User>> {
    both!(conn, |conn| users::table.find(id).select(User::as_select()).first(conn).optional())
}

/// Finds an account by its handle.
///
/// # Errors
/// The database fails.
pub fn find_user_by_handle(conn: &mut AnyConn, handle: &str) -> QueryResult<Option<User>> {
    both!(conn, |conn| users::table
        .filter(users::handle.eq(handle))
        .select(User::as_select())
        .first(conn)
        .optional())
}

/// The accounts with these handles, in no particular order.
///
/// # Errors
/// The database fails.
pub fn list_users_by_handle(conn: &mut AnyConn, handles: &[String]) -> QueryResult<Vec<User>> {
    both!(conn, |conn| users::table
        .filter(users::handle.eq_any(handles))
        .select(User::as_select())
        .load(conn))
}

/// Writes a new hash over the one that was just verified; nothing if another one took its place meanwhile.
///
/// # Errors
/// The database fails.
pub fn replace_password_hash(conn: &mut AnyConn, id: &str, from: &str, to: &str) -> QueryResult<usize> {
    let row = users::table.filter(users::id.eq(id).and(users::password_hash.eq(from)));
    both!(conn, |conn| diesel::update(row).set(users::password_hash.eq(to)).execute(conn))
}

/// Ends every session of an account.
///
/// # Errors
/// The database fails.
pub fn end_sessions(conn: &mut AnyConn, id: &str, now: &str) -> QueryResult<()> {
    both!(&mut *conn, |conn| diesel::update(users::table.find(id))
        .set(users::session_epoch.eq(users::session_epoch + 1))
        .execute(conn))?;
    let live = refresh_tokens::table
        .filter(refresh_tokens::account.eq(id).and(refresh_tokens::revoked_at.is_null()));
    both!(conn, |conn| diesel::update(live).set(refresh_tokens::revoked_at.eq(now)).execute(conn))?;
    Ok(())
}

/// Finds a refresh token by its SHA-256.
///
/// # Errors
/// The database fails.
pub fn find_refresh_token(conn: &mut AnyConn, id: &str) -> QueryResult<Option<RefreshToken>> {
    both!(conn, |conn| refresh_tokens::table
        .find(id)
        .select(RefreshToken::as_select())
        .first(conn)
        .optional())
}

/// Uses a refresh token up. Tells whether this call did: of two at once, one does.
///
/// # Errors
/// The database fails.
pub fn use_refresh_token(conn: &mut AnyConn, id: &str, now: &str) -> QueryResult<bool> {
    let unused = refresh_tokens::table
        .filter(refresh_tokens::id.eq(id))
        .filter(refresh_tokens::used_at.is_null())
        .filter(refresh_tokens::revoked_at.is_null());
    let used = both!(conn, |conn| diesel::update(unused).set(refresh_tokens::used_at.eq(now)).execute(conn))?;
    Ok(used == 1)
}

/// Ends all tokens of a family.
///
/// # Errors
/// The database fails.
pub fn revoke_family(conn: &mut AnyConn, family: &str, now: &str) -> QueryResult<()> {
    let live = refresh_tokens::table
        .filter(refresh_tokens::family.eq(family).and(refresh_tokens::revoked_at.is_null()));
    both!(conn, |conn| diesel::update(live).set(refresh_tokens::revoked_at.eq(now)).execute(conn))?;
    Ok(())
}

/// Forgets families that ended by themselves.
///
/// # Errors
/// The database fails.
pub fn forget_ended_families(conn: &mut AnyConn, now: &str) -> QueryResult<()> {
    let ended = refresh_tokens::table.filter(refresh_tokens::family_expires_at.lt(now));
    both!(conn, |conn| diesel::delete(ended).execute(conn))?;
    Ok(())
}

/// The membership of an account in a program.
///
/// # Errors
/// The database fails.
pub fn find_membership(conn: &mut AnyConn, program: &str, account: &str) -> QueryResult<Option<Membership>> {
    both!(conn, |conn| memberships::table
        .filter(memberships::program.eq(program).and(memberships::account.eq(account)))
        .select(Membership::as_select())
        .first(conn)
        .optional())
}

/// The membership of a member of a program.
///
/// # Errors
/// The database fails.
pub fn find_membership_of_member(
    conn: &mut AnyConn,
    program: &str,
    member: i64,
) -> QueryResult<Option<Membership>> {
    both!(conn, |conn| memberships::table
        .find((program, member))
        .select(Membership::as_select())
        .first(conn)
        .optional())
}

/// The programs that an account is a member of: short name and membership, in the order of the names.
///
/// # Errors
/// The database fails.
pub fn list_memberships(conn: &mut AnyConn, account: &str) -> QueryResult<Vec<(String, Membership)>> {
    both!(conn, |conn| memberships::table
        .inner_join(programs::table.on(programs::id.eq(memberships::program)))
        .filter(memberships::account.eq(account))
        .order(programs::slug)
        .select((programs::slug, Membership::as_select()))
        .load(conn))
}
