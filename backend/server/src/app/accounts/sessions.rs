//! Sessions: refresh tokens, each good for one use.
//!
//! All tokens that come from one sign-in are a family. A token that comes a second time was copied: its family
//! ends (RFC 9700, section 4.14). A family also ends by itself, sooner for who leads a program or moves its money.

use domain::value::{Digest, Timestamp};
use domain::words::Role;

use super::{AccountId, AuthError};
use crate::app::{App, Entropy, Error};
use crate::db::accounts::{
    end_sessions, find_refresh_token, find_user, forget_ended_families, revoke_family, use_refresh_token,
};
use crate::db::rows::{RefreshToken, User};
use crate::db::{AnyConn, Stored, read_text};

const MICROS_PER_MINUTE: i64 = 60_000_000;

/// How long a session lasts: without use, and at most.
#[derive(Clone, Copy, Debug)]
struct Lifetime {
    idle_minutes: i64,
    absolute_minutes: i64,
}

const EVERYBODY: Lifetime = Lifetime { idle_minutes: 24 * 60, absolute_minutes: 7 * 24 * 60 };
/// For treasurers and leads.
const PRIVILEGED: Lifetime = Lifetime { idle_minutes: 60, absolute_minutes: 8 * 60 };

/// What a sign-in or a refresh gives. Never printed.
#[derive(Clone)]
pub struct Tokens {
    pub account: AccountId,
    pub access: String,
    pub access_expires_at: Timestamp,
    /// For a cookie that only the browser and this server see.
    pub refresh: String,
    pub refresh_expires_at: Timestamp,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A refresh token that is not written yet.
#[derive(Clone)]
struct Fresh {
    token: String,
    now: Timestamp,
    expires_at: Timestamp,
    family_expires_at: Timestamp,
}

impl Fresh {
    fn make(entropy: &Entropy, now: Timestamp, lifetime: Lifetime) -> Result<Self, Error> {
        let family_expires_at = later(now, lifetime.absolute_minutes)?;
        Ok(Self {
            token: Digest::from_bytes(entropy.secret()?).to_string(),
            now,
            expires_at: later(now, lifetime.idle_minutes)?,
            family_expires_at,
        })
    }

    /// Part of a family that ends then.
    fn until(self, family_expires_at: Timestamp) -> Self {
        let family_expires_at = self.family_expires_at.min(family_expires_at);
        Self { family_expires_at, expires_at: self.expires_at.min(family_expires_at), ..self }
    }

    fn row(&self, family: String, account: String) -> RefreshToken {
        RefreshToken {
            id: id_of(&self.token),
            family,
            account,
            issued_at: self.now.store(),
            expires_at: self.expires_at.store(),
            family_expires_at: self.family_expires_at.store(),
            used_at: None,
            revoked_at: None,
        }
    }
}

fn later(now: Timestamp, minutes: i64) -> Result<Timestamp, Error> {
    let micros = minutes.checked_mul(MICROS_PER_MINUTE).and_then(|step| now.micros().checked_add(step));
    micros.and_then(|micros| Timestamp::from_micros(micros).ok()).ok_or(Error::Clock)
}

/// What the database holds of a token.
fn id_of(token: &str) -> String {
    Digest::sha256(&[token.as_bytes()]).store()
}

impl App {
    /// A new family with its first token.
    pub(super) async fn begin_session(&self, user: &User) -> Result<Tokens, AuthError> {
        let now = self.clock.now()?;
        let account = AccountId::read(&user.id).map_err(Error::from)?;
        let entropy = &self.sign_in.entropy;
        let fresh = Fresh::make(entropy, now, self.lifetime(account).await?)?;
        let row = fresh.row(entropy.uuid()?.store(), user.id.clone());
        let epoch = user.session_epoch;
        let begun = self.writer.keep(move |conn| {
            forget_ended_families(conn, &row.issued_at)?;
            // All sessions may have been ended since the password was looked at.
            let user = find_user(conn, &row.account)?.filter(|user| user.session_epoch == epoch);
            if user.is_some() {
                RefreshToken::insert(conn, std::slice::from_ref(&row))?;
            }
            Ok(user)
        });
        let user = begun.await?.ok_or(AuthError::SessionEnded)?;
        self.tokens(account, &user, fresh)
    }

    /// Exchanges a refresh token for new tokens. Of two callers with the same one, one gets them and the family
    /// ends.
    ///
    /// # Errors
    /// A token that is unknown, used, ended or expired; all of them mean: sign in again.
    pub async fn refresh(&self, token: &str) -> Result<Tokens, AuthError> {
        let now = self.clock.now()?;
        let id = id_of(token);
        let wanted = id.clone();
        let held = self.read(move |conn| Ok(find_refresh_token(conn, &wanted)?)).await?;
        let held = held.ok_or(AuthError::SessionEnded)?;
        let account = AccountId::read(&held.account).map_err(Error::from)?;
        let fresh = Fresh::make(&self.sign_in.entropy, now, self.lifetime(account).await?)?;
        let ends = read_text("refresh_tokens", "family_expires_at", &held.family_expires_at);
        let fresh = fresh.until(ends.map_err(Error::from)?);
        let next = fresh.clone();
        let renewed = self.writer.keep(move |conn| renew(conn, &id, &next)).await?;
        let user = renewed.ok_or(AuthError::SessionEnded)?;
        self.tokens(account, &user, fresh)
    }

    /// Ends the session a refresh token belongs to; nothing for one that is unknown.
    ///
    /// # Errors
    /// The database fails.
    pub async fn logout(&self, token: &str) -> Result<(), Error> {
        let now = self.clock.now()?.store();
        let id = id_of(token);
        self.writer
            .keep(move |conn| {
                if let Some(held) = find_refresh_token(conn, &id)? {
                    revoke_family(conn, &held.family, &now)?;
                }
                Ok(())
            })
            .await
    }

    /// Ends every session of an account at once, access tokens too.
    ///
    /// # Errors
    /// The database fails.
    pub async fn logout_everywhere(&self, account: AccountId) -> Result<(), Error> {
        let (id, now) = (account.to_string(), self.clock.now()?.store());
        self.writer.keep(move |conn| Ok(end_sessions(conn, &id, &now)?)).await
    }

    /// How long this account's sessions last, by its roles as of now.
    async fn lifetime(&self, account: AccountId) -> Result<Lifetime, Error> {
        let programs = match self.me(account).await {
            // Other programs go on, and their people sign in; roles that nobody knows get the shorter time.
            Err(Error::SetAside(_)) => return Ok(PRIVILEGED),
            me => me?.programs,
        };
        let mut roles = programs.iter().flat_map(|program| &program.roles);
        let privileged = roles.any(|role| matches!(role, Role::Lead | Role::Treasurer));
        Ok(if privileged { PRIVILEGED } else { EVERYBODY })
    }

    fn tokens(&self, account: AccountId, user: &User, fresh: Fresh) -> Result<Tokens, AuthError> {
        let (access, access_expires_at) = self.sign_in.access_token(user, fresh.now)?;
        let refresh_expires_at = fresh.expires_at;
        Ok(Tokens { account, access, access_expires_at, refresh: fresh.token, refresh_expires_at })
    }
}

/// Uses a token up and writes the next one of its family; `None` if it was no good any more.
fn renew(conn: &mut AnyConn, id: &str, next: &Fresh) -> Result<Option<User>, Error> {
    let now = next.now.store();
    let Some(held) = find_refresh_token(conn, id)? else { return Ok(None) };
    if !use_refresh_token(conn, id, &now)? {
        // Somebody has a copy, and nobody can say who.
        revoke_family(conn, &held.family, &now)?;
        return Ok(None);
    }
    if held.expires_at <= now || held.family_expires_at <= now {
        return Ok(None);
    }
    let user = find_user(conn, &held.account)?;
    RefreshToken::insert(conn, &[next.row(held.family, held.account)])?;
    Ok(user)
}
