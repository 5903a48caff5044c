//! New passwords: by whoever knows the old one, with a link that a lead made, or by the operator.

use std::net::IpAddr;

use domain::refusal::{Refusal, RoleList};
use domain::value::{Digest, MemberNumber, Slug, Timestamp};
use domain::words::Role;

use super::factors::take_factor_away;
use super::proof::Proven;
use super::{AccountId, Attempt, AuthError, Happened, TokenError, rules, secret, tell};
use crate::app::{App, Error, FieldError};
use crate::db::accounts::{find_membership_of_member, find_user};
use crate::db::rows::{SignInLink, User};
use crate::db::sessions::{end_other_sessions, end_sessions, find_live_session};
use crate::db::tokens::{
    end_api_tokens, find_link, forget_expired, remove_links, set_password_hash, take_link,
};
use crate::db::{AnyConn, Stored};

/// How long a link is good.
const LINK_MICROS: i64 = 24 * 3_600_000_000;

/// What a reset ends besides the old password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    Stays,
    /// Its owner lost it, with the recovery codes.
    Goes,
}

/// A link that sets a new password, told once. Never printed.
#[derive(Clone)]
pub struct SignInLinkMade {
    pub secret: String,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for SignInLinkMade {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SignInLinkMade").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What the database holds of a link.
fn id_of(secret: &Digest) -> String {
    Digest::sha256(&[b"sign-in link ", secret.bytes()]).store()
}

/// Sets a password whose owner may be somebody else by now: all that the old one opened is closed.
fn reset(conn: &mut AnyConn, account: &str, hash: &str, factor: Factor, now: Timestamp) -> Result<(), Error> {
    set_password_hash(conn, account, hash)?;
    if factor == Factor::Goes {
        take_factor_away(conn, account, now)?;
    }
    end_sessions(conn, account, &now.store())?;
    end_api_tokens(conn, account)?;
    remove_links(conn, account)?;
    tell(conn, account, now, Happened::SignInReset, "")
}

impl App {
    /// Sets a new password in the place of the old one, which has to be known, and ends all other sessions.
    ///
    /// # Errors
    /// As [`App::login`]; a new password that is none.
    pub async fn change_password(
        &self,
        account: AccountId,
        by: &Proven,
        shown: Attempt<'_>,
        new: &str,
        ip: IpAddr,
    ) -> Result<(), AuthError> {
        let known = self.account(account).await?;
        rules::check(new, &known.handle).map_err(Error::field("new_password"))?;
        self.counted(&known.handle, ip, async {
            let user = self.check_password(&known.handle, shown.password).await?;
            let user = user.ok_or(AuthError::WrongCredentials)?;
            let now = self.clock.now()?;
            let spent = self.look_at_code(&user, shown.code).await?;
            let hash = self.hashed(new).await?;
            let (id, session) = (user.id, by.session.clone());
            let changed = self.writer.keep(move |conn| {
                if find_live_session(conn, &session)?.is_none() {
                    return Ok(Err(AuthError::SessionEnded));
                }
                if let Some(spent) = &spent
                    && !spent.spend(conn, &id, now)?
                {
                    return Ok(Err(AuthError::WrongCode));
                }
                set_password_hash(conn, &id, &hash)?;
                end_other_sessions(conn, &id, Some(&session), &now.store())?;
                remove_links(conn, &id)?;
                tell(conn, &id, now, Happened::PasswordChanged, "")?;
                Ok(Ok(()))
            });
            changed.await?
        })
        .await
    }

    /// Makes a link with which a member sets a new password; only a lead does, and not for themselves. Earlier links
    /// of the same account are no more. Nothing ends before it is used.
    ///
    /// Whoever has an account may open a program and add anybody: so a lead lets in nobody who is a member of a
    /// program that somebody else leads, neither now nor when the link is used.
    ///
    /// # Errors
    /// Whoever asks is no lead, asks for themselves, or does not lead all that the member is in; there is no such
    /// member, or they have no account.
    pub async fn make_sign_in_link(
        &self,
        by: AccountId,
        program: Slug,
        lead: MemberNumber,
        member: MemberNumber,
        factor: Factor,
    ) -> Result<SignInLinkMade, Error> {
        let state = self.program(program).await?;
        let leads = state.member(lead)?.roles.iter().any(|(role, _)| *role == Role::Lead);
        if !leads {
            return Err(Refusal::RoleNeeded { roles: RoleList(&[Role::Lead]) }.into());
        }
        state.member(member)?;
        if member == lead {
            return Err(Error::OwnSignIn);
        }
        let (id, number) = (state.id().store(), i64::from(member.get()));
        let linked = self.read(move |conn| Ok(find_membership_of_member(conn, &id, number)?)).await?;
        let account = linked.ok_or(Error::NoSuchAccount)?.account;
        if !self.leads_all_of(by, AccountId::read(&account)?).await? {
            return Err(Error::OthersSignIn);
        }
        let now = self.clock.now()?;
        let expires_at =
            now.micros().checked_add(LINK_MICROS).and_then(|end| Timestamp::from_micros(end).ok());
        let expires_at = expires_at.ok_or(Error::Clock)?;
        let secret = Digest::from_bytes(self.sign_in.entropy.secret()?);
        let detail = format!("by a lead of {program}");
        let (id, by) = (id_of(&secret), by.to_string());
        self.writer
            .keep(move |conn| {
                forget_expired(conn, &now.store())?;
                remove_links(conn, &account)?;
                let row = SignInLink {
                    id: id.clone(),
                    account: account.clone(),
                    made_by: by.clone(),
                    drops_factor: i64::from(factor == Factor::Goes),
                    made_at: now.store(),
                    expires_at: expires_at.store(),
                };
                SignInLink::insert(conn, &[row])?;
                tell(conn, &account, now, Happened::SignInLinkMade, &detail)
            })
            .await?;
        Ok(SignInLinkMade { secret: secret.to_string(), expires_at })
    }

    /// Sets a new password with the secret of a link, which is then used up; all sessions and API tokens end.
    ///
    /// # Errors
    /// A secret that is none or is not good any more, a password that is none, or too many attempts.
    pub async fn reset_with_link(&self, secret: &str, password: &str, ip: IpAddr) -> Result<(), AuthError> {
        let now = self.clock.now()?;
        // No handle is known: the address alone is counted.
        self.sign_in.throttle.admit("", ip, now)?;
        let secret: Digest =
            secret.parse().map_err(|_| FieldError::Secret).map_err(Error::field("secret"))?;
        let id = id_of(&secret);
        let (wanted, moment) = (id.clone(), now.store());
        let link = self.read(move |conn| Ok(find_link(conn, &wanted, &moment)?)).await?;
        let link = link.ok_or(Error::NoSuchLink)?;
        let (account, lead) = (AccountId::read(&link.account), AccountId::read(&link.made_by));
        let (account, lead) = (account.map_err(Error::from)?, lead.map_err(Error::from)?);
        // They may have become a member of something else since.
        if !self.leads_all_of(lead, account).await? {
            return Err(Error::NoSuchLink.into());
        }
        let user = self.account(account).await?;
        rules::check(password, &user.handle).map_err(Error::field("password"))?;
        let hash = self.hashed(password).await?;
        let done = self.writer.keep(move |conn| {
            let link = take_link(conn, &id, &now.store())?.ok_or(Error::NoSuchLink)?;
            let factor = if link.drops_factor == 0 { Factor::Stays } else { Factor::Goes };
            reset(conn, &link.account, &hash, factor, now)
        });
        done.await?;
        self.sign_in.throttle.succeeded(&user.handle);
        Ok(())
    }

    /// Sets a new password, as the operator.
    ///
    /// # Errors
    /// No such account, or a password that is none.
    pub async fn reset_sign_in(
        &self,
        account: AccountId,
        password: &str,
        factor: Factor,
    ) -> Result<(), AuthError> {
        let user = self.account(account).await?;
        rules::check(password, &user.handle).map_err(Error::field("password"))?;
        let (hash, now) = (self.hashed(password).await?, self.clock.now()?);
        Ok(self.writer.keep(move |conn| reset(conn, &user.id, &hash, factor, now)).await?)
    }

    /// Whether an account leads every program that another one is a member of, as of now.
    async fn leads_all_of(&self, lead: AccountId, account: AccountId) -> Result<bool, Error> {
        let (own, theirs) = (self.me(lead).await?.programs, self.me(account).await?.programs);
        let leads = |program| own.iter().any(|it| it.program == program && it.roles.contains(&Role::Lead));
        Ok(theirs.iter().all(|it| leads(it.program)))
    }

    async fn hashed(&self, password: &str) -> Result<String, Error> {
        self.sign_in.passwords.hash(secret(password), self.sign_in.entropy.bytes()?).await
    }

    /// The account of somebody who is signed in.
    pub(super) async fn account(&self, account: AccountId) -> Result<User, AuthError> {
        let id = account.to_string();
        Ok(self.read(move |conn| Ok(find_user(conn, &id)?)).await?.ok_or(TokenError::Ended)?)
    }
}
