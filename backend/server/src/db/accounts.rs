//! Finding and changing accounts and their memberships.

use diesel::prelude::*;

use super::rows::{Membership, User};
use super::schema::{memberships, programs, users};
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
