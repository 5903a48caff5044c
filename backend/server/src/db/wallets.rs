//! Finding and changing wallets that sign in, and the nonces of what they sign.

use diesel::prelude::*;

use super::rows::{SiweNonce, Wallet};
use super::schema::{siwe_nonces, wallets};
use super::{AnyConn, both};

/// Finds a wallet by its address in small letters.
///
/// # Errors
/// The database fails.
pub fn find_wallet(conn: &mut AnyConn, address: &str) -> QueryResult<Option<Wallet>> {
    both!(conn, |conn| wallets::table.find(address).select(Wallet::as_select()).first(conn).optional())
}

/// The wallets of an account, the first linked first.
///
/// # Errors
/// The database fails.
pub fn list_wallets(conn: &mut AnyConn, account: &str) -> QueryResult<Vec<Wallet>> {
    both!(conn, |conn| wallets::table
        .filter(wallets::account.eq(account))
        .order((wallets::linked_at, wallets::id))
        .select(Wallet::as_select())
        .load(conn))
}

/// Takes a wallet from an account. Tells whether it had it.
///
/// # Errors
/// The database fails.
pub fn unlink_wallet(conn: &mut AnyConn, account: &str, address: &str) -> QueryResult<bool> {
    let own = wallets::table.filter(wallets::id.eq(address).and(wallets::account.eq(account)));
    Ok(both!(conn, |conn| diesel::delete(own).execute(conn))? == 1)
}

/// Finds a nonce by its SHA-256 that is good until after a moment.
///
/// # Errors
/// The database fails.
pub fn find_nonce(conn: &mut AnyConn, id: &str, now: &str) -> QueryResult<Option<SiweNonce>> {
    let good = siwe_nonces::table.filter(siwe_nonces::id.eq(id).and(siwe_nonces::expires_at.gt(now)));
    both!(conn, |conn| good.select(SiweNonce::as_select()).first(conn).optional())
}

/// Uses a nonce up. Tells whether this call did: of two at once, one does.
///
/// # Errors
/// The database fails.
pub fn use_nonce(conn: &mut AnyConn, id: &str) -> QueryResult<bool> {
    Ok(both!(conn, |conn| diesel::delete(siwe_nonces::table.find(id)).execute(conn))? == 1)
}

/// Forgets nonces that are good for nothing any more.
///
/// # Errors
/// The database fails.
pub fn forget_nonces(conn: &mut AnyConn, now: &str) -> QueryResult<()> {
    let over = siwe_nonces::table.filter(siwe_nonces::expires_at.le(now));
    both!(conn, |conn| diesel::delete(over).execute(conn))?;
    Ok(())
}
