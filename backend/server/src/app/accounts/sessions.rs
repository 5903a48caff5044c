//! Sessions: refresh tokens, each good for one use.
//!
//! All tokens that come from one sign-in are a family, and that is the session. A token that comes a second time was copied: its family
//! ends (RFC 9700, section 4.14). A family also ends by itself, sooner for who leads a program or moves its money.

use domain::value::{Digest, Timestamp};
use domain::words::Role;

use super::factors::Spent;
use super::notices::{Happened, tell};
use super::proof::{Proof, Proven};
use super::{AccountId, AuthError};
use crate::app::{App, Entropy, Error};
use crate::db::accounts::find_user;
use crate::db::rows::{self, RefreshToken, User};
use crate::db::sessions::{
    end_session, end_sessions, find_live_session, find_refresh_token, forget_ended_sessions,
    has_session_like, list_live_sessions, prove_session, use_refresh_token, use_session,
};
use crate::db::{AnyConn, Corrupt, Stored, read_text};

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

/// Characters that are kept of what a browser says it is.
const AGENT_LENGTH: usize = 80;

/// A session of an account, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: String,
    pub begun_at: Timestamp,
    pub used_at: Timestamp,
    pub ends_at: Timestamp,
    pub proof: Proof,
    pub proven_at: Timestamp,
    /// What the browser says it is: anybody says anything.
    pub agent: String,
}

impl Session {
    pub(super) fn read(row: rows::Session) -> Result<Self, Corrupt> {
        let moment = |column, text: &str| read_text("sessions", column, text);
        Ok(Self {
            begun_at: moment("begun_at", &row.begun_at)?,
            used_at: moment("used_at", &row.used_at)?,
            ends_at: moment("ends_at", &row.ends_at)?,
            proof: row.proof.parse().map_err(|()| Corrupt { table: "sessions", column: "proof" })?,
            proven_at: moment("proven_at", &row.proven_at)?,
            id: row.id,
            agent: row.agent,
        })
    }
}

/// How a session begins: what its owner showed besides the password, and what their browser says it is.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub proof: Proof,
    pub spent: Option<Spent>,
    pub agent: String,
}

/// What a code shows; without one, it was the password alone.
pub(super) fn proof_of(spent: Option<&Spent>) -> Proof {
    spent.map_or(Proof::Password, Spent::proof)
}

/// A new access token of a session. Never printed.
#[derive(Clone)]
pub struct Access {
    pub account: AccountId,
    pub token: String,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Access {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Access").field("account", &self.account).finish_non_exhaustive()
    }
}

/// What is kept of the name of a browser: its first visible characters.
pub(super) fn shortened(agent: &str) -> String {
    agent.chars().filter(|letter| *letter == ' ' || letter.is_ascii_graphic()).take(AGENT_LENGTH).collect()
}

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
    /// A new session with its first refresh token.
    pub(super) async fn begin_session(&self, user: &User, entry: Entry) -> Result<Tokens, AuthError> {
        let now = self.clock.now()?;
        let account = AccountId::read(&user.id).map_err(Error::from)?;
        let entropy = &self.sign_in.entropy;
        let fresh = Fresh::make(entropy, now, self.lifetime(account).await?)?;
        let (session, proof) = (entropy.uuid()?.store(), entry.proof);
        let token = fresh.row(session.clone(), user.id.clone());
        let row = rows::Session {
            id: session.clone(),
            account: user.id.clone(),
            begun_at: now.store(),
            used_at: now.store(),
            proven_at: now.store(),
            proof: proof.to_string(),
            agent: entry.agent,
            ends_at: fresh.family_expires_at.store(),
            ended_at: None,
        };
        let epoch = user.session_epoch;
        let begun = self.writer.keep(move |conn| {
            forget_ended_sessions(conn, &row.begun_at)?;
            // All sessions may have been ended since the password was looked at.
            let user = find_user(conn, &row.account)?.filter(|user| user.session_epoch == epoch);
            let Some(user) = user else { return Ok(Err(AuthError::SessionEnded)) };
            if let Some(spent) = &entry.spent
                && !spent.spend(conn, &row.account, now)?
            {
                return Ok(Err(AuthError::WrongCode));
            }
            if !has_session_like(conn, &row.account, &row.proof, &row.agent)? {
                let how = format!("{}: {}", row.proof, row.agent);
                tell(conn, &row.account, now, Happened::SignedIn, &how)?;
            }
            rows::Session::insert(conn, std::slice::from_ref(&row))?;
            RefreshToken::insert(conn, std::slice::from_ref(&token))?;
            Ok(Ok(user))
        });
        let user = begun.await??;
        let proven = Proven { session, proof, proven_at: now };
        self.tokens(account, &user, &proven, fresh)
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
        let (user, session) = renewed.ok_or(AuthError::SessionEnded)?;
        let Session { id: session, proof, proven_at, .. } = Session::read(session).map_err(Error::from)?;
        self.tokens(account, &user, &Proven { session, proof, proven_at }, fresh)
    }

    /// Writes down that the owner of a session showed who they are, and with what.
    pub(super) async fn prove_session(
        &self,
        user: &User,
        by: &Proven,
        proof: Proof,
        spent: Option<Spent>,
        now: Timestamp,
    ) -> Result<Access, AuthError> {
        let account = AccountId::read(&user.id).map_err(Error::from)?;
        let session = by.session.clone();
        let proven = self.writer.keep(move |conn| {
            let Some((user, _)) = find_live_session(conn, &session)? else {
                return Ok(Err(AuthError::SessionEnded));
            };
            if let Some(spent) = &spent
                && !spent.spend(conn, &user.id, now)?
            {
                return Ok(Err(AuthError::WrongCode));
            }
            prove_session(conn, &session, proof.as_str(), &now.store())?;
            Ok(Ok(user))
        });
        let user = proven.await??;
        let proven = Proven { session: by.session.clone(), proof, proven_at: now };
        let (token, expires_at) = self.sign_in.access_token(&user, &proven, now)?;
        Ok(Access { account, token, expires_at })
    }

    /// The sessions of an account that go on, the last used first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn sessions(&self, account: AccountId) -> Result<Vec<Session>, Error> {
        let (account, now) = (account.to_string(), self.clock.now()?.store());
        let rows = self.read(move |conn| Ok(list_live_sessions(conn, &account, &now)?)).await?;
        Ok(rows.into_iter().map(Session::read).collect::<Result<_, _>>()?)
    }

    /// Ends one session of an account, its access tokens too.
    ///
    /// # Errors
    /// It has no such session, or the database fails.
    pub async fn end_session(&self, account: AccountId, session: &str) -> Result<(), Error> {
        let (account, session, now) = (account.to_string(), session.to_owned(), self.clock.now()?.store());
        self.writer
            .keep(move |conn| {
                let held = find_live_session(conn, &session)?;
                held.filter(|(user, _)| user.id == account).ok_or(Error::NoSuchSession)?;
                Ok(end_session(conn, &session, &now)?)
            })
            .await
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
                    end_session(conn, &held.family, &now)?;
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
        Ok(if self.is_privileged(account).await? { PRIVILEGED } else { EVERYBODY })
    }

    /// Whether an account leads a program or moves its money, as of now.
    pub(super) async fn is_privileged(&self, account: AccountId) -> Result<bool, Error> {
        let programs = match self.me(account).await {
            // Other programs go on, and their people sign in; roles that nobody knows get the shorter time.
            Err(Error::SetAside(_)) => return Ok(true),
            me => me?.programs,
        };
        let mut roles = programs.iter().flat_map(|program| &program.roles);
        Ok(roles.any(|role| is_privileged(*role)))
    }

    fn tokens(
        &self,
        account: AccountId,
        user: &User,
        proven: &Proven,
        fresh: Fresh,
    ) -> Result<Tokens, AuthError> {
        let (access, access_expires_at) = self.sign_in.access_token(user, proven, fresh.now)?;
        let refresh_expires_at = fresh.expires_at;
        Ok(Tokens { account, access, access_expires_at, refresh: fresh.token, refresh_expires_at })
    }
}

/// Whether who has this role leads a program or moves its money.
pub const fn is_privileged(role: Role) -> bool {
    match role {
        Role::Lead | Role::Treasurer => true,
        Role::Alternate | Role::Auditor | Role::Contributor | Role::Reviewer => false,
    }
}

/// Uses a token up and writes the next one of its family; `None` if it was no good any more.
fn renew(conn: &mut AnyConn, id: &str, next: &Fresh) -> Result<Option<(User, rows::Session)>, Error> {
    let now = next.now.store();
    let Some(held) = find_refresh_token(conn, id)? else { return Ok(None) };
    if !use_refresh_token(conn, id, &now)? {
        // Somebody has a copy, and nobody can say who.
        end_session(conn, &held.family, &now)?;
        return Ok(None);
    }
    if held.expires_at <= now || held.family_expires_at <= now {
        return Ok(None);
    }
    let Some(live) = find_live_session(conn, &held.family)? else { return Ok(None) };
    use_session(conn, &held.family, &now, &next.family_expires_at.store())?;
    RefreshToken::insert(conn, &[next.row(held.family, held.account)])?;
    Ok(Some(live))
}
