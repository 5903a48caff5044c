//! Finding and changing sessions and their refresh tokens.

use diesel::prelude::*;

use super::rows::{RefreshToken, Session, User};
use super::schema::{refresh_tokens, sessions, users};
use super::{AnyConn, both};

/// Sessions that are listed at once: the latest.
const LISTED: i64 = 100;

/// A session that was not ended, with its account.
///
/// # Errors
/// The database fails.
pub fn find_live_session(conn: &mut AnyConn, id: &str) -> QueryResult<Option<(User, Session)>> {
    both!(conn, |conn| sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::account)))
        .filter(sessions::id.eq(id).and(sessions::ended_at.is_null()))
        .select((User::as_select(), Session::as_select()))
        .first(conn)
        .optional())
}

/// The sessions of an account that go on, the last used first.
///
/// # Errors
/// The database fails.
pub fn list_live_sessions(conn: &mut AnyConn, account: &str, now: &str) -> QueryResult<Vec<Session>> {
    both!(conn, |conn| sessions::table
        .filter(sessions::account.eq(account).and(sessions::ended_at.is_null()))
        .filter(sessions::ends_at.gt(now))
        .order((sessions::used_at.desc(), sessions::id))
        .limit(LISTED)
        .select(Session::as_select())
        .load(conn))
}

/// Writes down that a session was used, and until when it goes on.
///
/// # Errors
/// The database fails.
pub fn use_session(conn: &mut AnyConn, id: &str, now: &str, ends_at: &str) -> QueryResult<()> {
    let change = (sessions::used_at.eq(now), sessions::ends_at.eq(ends_at));
    both!(conn, |conn| diesel::update(sessions::table.find(id)).set(change).execute(conn))?;
    Ok(())
}

/// Writes down that the owner of a session showed who they are.
///
/// # Errors
/// The database fails.
pub fn prove_session(conn: &mut AnyConn, id: &str, proof: &str, now: &str) -> QueryResult<()> {
    let change = (sessions::proof.eq(proof), sessions::proven_at.eq(now));
    both!(conn, |conn| diesel::update(sessions::table.find(id)).set(change).execute(conn))?;
    Ok(())
}

/// Lets the sessions of an account be no more than what this proof shows, where they stood on one of the others.
///
/// # Errors
/// The database fails.
pub fn weaken_sessions(conn: &mut AnyConn, account: &str, from: &[&str], to: &str) -> QueryResult<()> {
    let stronger = sessions::table.filter(sessions::account.eq(account).and(sessions::proof.eq_any(from)));
    both!(conn, |conn| diesel::update(stronger).set(sessions::proof.eq(to)).execute(conn))?;
    Ok(())
}

/// Whether an account has a session that began like this one.
///
/// # Errors
/// The database fails.
pub fn has_session_like(conn: &mut AnyConn, account: &str, proof: &str, agent: &str) -> QueryResult<bool> {
    let alike = sessions::table
        .filter(sessions::account.eq(account))
        .filter(sessions::proof.eq(proof).and(sessions::agent.eq(agent)));
    let found: i64 = both!(conn, |conn| alike.count().get_result(conn))?;
    Ok(found > 0)
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

/// Ends a session with all of its tokens.
///
/// # Errors
/// The database fails.
pub fn end_session(conn: &mut AnyConn, id: &str, now: &str) -> QueryResult<()> {
    let tokens =
        refresh_tokens::table.filter(refresh_tokens::family.eq(id).and(refresh_tokens::revoked_at.is_null()));
    both!(&mut *conn, |conn| diesel::update(tokens).set(refresh_tokens::revoked_at.eq(now)).execute(conn))?;
    let live = sessions::table.filter(sessions::id.eq(id).and(sessions::ended_at.is_null()));
    both!(conn, |conn| diesel::update(live).set(sessions::ended_at.eq(now)).execute(conn))?;
    Ok(())
}

/// Ends every session of an account but one, if one is named.
///
/// # Errors
/// The database fails.
pub fn end_other_sessions(
    conn: &mut AnyConn,
    account: &str,
    but: Option<&str>,
    now: &str,
) -> QueryResult<()> {
    // No session has an empty id.
    let but = but.unwrap_or_default();
    let tokens = refresh_tokens::table
        .filter(refresh_tokens::account.eq(account).and(refresh_tokens::revoked_at.is_null()))
        .filter(refresh_tokens::family.ne(but));
    both!(&mut *conn, |conn| diesel::update(tokens).set(refresh_tokens::revoked_at.eq(now)).execute(conn))?;
    let live = sessions::table
        .filter(sessions::account.eq(account).and(sessions::ended_at.is_null()))
        .filter(sessions::id.ne(but));
    both!(conn, |conn| diesel::update(live).set(sessions::ended_at.eq(now)).execute(conn))?;
    Ok(())
}

/// Ends every session of an account, and whatever else its epoch stands in.
///
/// # Errors
/// The database fails.
pub fn end_sessions(conn: &mut AnyConn, account: &str, now: &str) -> QueryResult<()> {
    both!(&mut *conn, |conn| diesel::update(users::table.find(account))
        .set(users::session_epoch.eq(users::session_epoch + 1))
        .execute(conn))?;
    end_other_sessions(conn, account, None, now)
}

/// Forgets sessions that ended by themselves, and their tokens.
///
/// # Errors
/// The database fails.
pub fn forget_ended_sessions(conn: &mut AnyConn, now: &str) -> QueryResult<()> {
    let tokens = refresh_tokens::table.filter(refresh_tokens::family_expires_at.lt(now));
    both!(&mut *conn, |conn| diesel::delete(tokens).execute(conn))?;
    both!(conn, |conn| diesel::delete(sessions::table.filter(sessions::ends_at.lt(now))).execute(conn))?;
    Ok(())
}
