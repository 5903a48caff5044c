//! Finding and changing API tokens, and links that set a new password.

use diesel::prelude::*;

use super::rows::{ApiToken, SignInLink};
use super::schema::{api_tokens, sign_in_links, users};
use super::{AnyConn, both};

/// Finds an API token by its SHA-256.
///
/// # Errors
/// The database fails.
pub fn find_api_token(conn: &mut AnyConn, digest: &str) -> QueryResult<Option<ApiToken>> {
    both!(conn, |conn| api_tokens::table
        .filter(api_tokens::digest.eq(digest))
        .select(ApiToken::as_select())
        .first(conn)
        .optional())
}

/// The API tokens of an account, the latest first.
///
/// # Errors
/// The database fails.
pub fn list_api_tokens(conn: &mut AnyConn, account: &str) -> QueryResult<Vec<ApiToken>> {
    both!(conn, |conn| api_tokens::table
        .filter(api_tokens::account.eq(account))
        .order((api_tokens::made_at.desc(), api_tokens::id))
        .select(ApiToken::as_select())
        .load(conn))
}

/// Writes down when a token was used.
///
/// # Errors
/// The database fails.
pub fn use_api_token(conn: &mut AnyConn, id: &str, now: &str) -> QueryResult<()> {
    let change = api_tokens::used_at.eq(now);
    both!(conn, |conn| diesel::update(api_tokens::table.find(id)).set(change).execute(conn))?;
    Ok(())
}

/// Ends an API token of an account. Tells whether it had it.
///
/// # Errors
/// The database fails.
pub fn end_api_token(conn: &mut AnyConn, account: &str, id: &str) -> QueryResult<bool> {
    let own = api_tokens::table.filter(api_tokens::id.eq(id).and(api_tokens::account.eq(account)));
    Ok(both!(conn, |conn| diesel::delete(own).execute(conn))? == 1)
}

/// Ends all API tokens of an account.
///
/// # Errors
/// The database fails.
pub fn end_api_tokens(conn: &mut AnyConn, account: &str) -> QueryResult<()> {
    let own = api_tokens::table.filter(api_tokens::account.eq(account));
    both!(conn, |conn| diesel::delete(own).execute(conn))?;
    Ok(())
}

/// Forgets API tokens and links that have expired.
///
/// # Errors
/// The database fails.
pub fn forget_expired(conn: &mut AnyConn, now: &str) -> QueryResult<()> {
    let tokens = api_tokens::table.filter(api_tokens::expires_at.le(now));
    both!(&mut *conn, |conn| diesel::delete(tokens).execute(conn))?;
    let links = sign_in_links::table.filter(sign_in_links::expires_at.le(now));
    both!(conn, |conn| diesel::delete(links).execute(conn))?;
    Ok(())
}

/// Finds a link that is still good.
///
/// # Errors
/// The database fails.
pub fn find_link(conn: &mut AnyConn, id: &str, now: &str) -> QueryResult<Option<SignInLink>> {
    let good = sign_in_links::table.filter(sign_in_links::id.eq(id).and(sign_in_links::expires_at.gt(now)));
    both!(conn, |conn| good.select(SignInLink::as_select()).first(conn).optional())
}

/// Takes a link, which is then no more. Of two at once, one gets it.
///
/// # Errors
/// The database fails.
pub fn take_link(conn: &mut AnyConn, id: &str, now: &str) -> QueryResult<Option<SignInLink>> {
    let held = find_link(conn, id, now)?;
    let taken = both!(conn, |conn| diesel::delete(sign_in_links::table.find(id)).execute(conn))?;
    Ok(held.filter(|_| taken == 1))
}

/// Takes all links of an account back.
///
/// # Errors
/// The database fails.
pub fn remove_links(conn: &mut AnyConn, account: &str) -> QueryResult<()> {
    let links = sign_in_links::table.filter(sign_in_links::account.eq(account));
    both!(conn, |conn| diesel::delete(links).execute(conn))?;
    Ok(())
}

/// Sets the password of an account, whatever it was.
///
/// # Errors
/// The database fails.
pub fn set_password_hash(conn: &mut AnyConn, account: &str, hash: &str) -> QueryResult<()> {
    let change = users::password_hash.eq(hash);
    both!(conn, |conn| diesel::update(users::table.find(account)).set(change).execute(conn))?;
    Ok(())
}
