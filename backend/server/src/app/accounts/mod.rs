//! Accounts: who may sign in, with what, and for how long. All of it lies outside the journal.
//!
//! Passwords are argon2id hashes. A sign-in gives a short-lived access token that anybody can check by its
//! signature, and a refresh token that is good for one use. What somebody may do is never in a token: roles are
//! looked up in the program's state when they are used.

mod access;
mod error;
mod factors;
mod handle;
mod keys;
mod members;
mod notices;
mod passwords;
mod proof;
mod resets;
mod rules;
mod sessions;
mod throttle;
mod tokens;
mod totp;
mod wallets;

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;

use domain::value::{MemberNumber, Seq, Slug};
use domain::words::Role;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{App, Entropy, Error};
use crate::db::accounts::{
    find_membership, find_user, find_user_by_handle, list_memberships, list_users_by_handle,
    replace_password_hash,
};
use crate::db::factors::find_second_factor;
use crate::db::journal::{find_program, find_size};
use crate::db::rows::User;
use crate::db::sessions::find_live_session;
use crate::db::{Corrupt, Stored, read_number, read_text};

pub use access::TokenError;
pub use error::AuthError;
pub use factors::NewFactor;
pub use handle::{AccountId, Handle, HandleError};
pub use keys::{KeyError, Keys};
pub(in crate::app) use notices::tell;
pub use notices::{Happened, Notice};
pub use passwords::{HashCost, Passwords, Pepper};
pub use proof::{Caller, FRESH_MINUTES, Means, Proof, Proven};
pub use resets::{Factor, SignInLinkMade};
pub use rules::PasswordError;
use sessions::Entry;
pub use sessions::{Access, Session, Tokens, is_privileged};
use throttle::Throttle;
pub use tokens::{ApiToken, NewToken};
pub use totp::TotpSecret;
pub use wallets::{LinkedWallet, Signed as SignedMessage, ToSign};

/// Where a server listens if nobody says otherwise; tokens name their issuer.
const LOCAL: &str = "http://127.0.0.1:8080";

/// The settings of sign-in, and what this process remembers of failed attempts.
#[derive(Debug)]
pub struct SignIn {
    /// Who issues tokens: this server's public URL.
    issuer: String,
    /// For whom: the API below it.
    audience: String,
    keys: Keys,
    passwords: Passwords,
    throttle: Throttle,
    /// Secrets never come from a seed, not even a demo's.
    entropy: Entropy,
}

impl SignIn {
    /// `public_url` has no slash at its end.
    pub fn new(public_url: &str, keys: Keys, passwords: Passwords) -> Self {
        Self {
            issuer: public_url.to_owned(),
            audience: format!("{public_url}/api/v1"),
            keys,
            passwords,
            throttle: Throttle::default(),
            entropy: Entropy::System,
        }
    }

    /// A key that ends with this process, and passwords as they should be.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn for_this_process() -> Result<Self, Error> {
        let keys = Keys::for_this_process(&Entropy::System)?;
        Ok(Self::new(LOCAL, keys, Passwords::new(HashCost::STANDARD, None)?))
    }

    /// How many password hashes were computed: a metric, and the measure of equal work.
    pub fn hashes(&self) -> u64 {
        self.passwords.computed()
    }
}

/// What somebody brings who signs in.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    pub handle: &'a str,
    pub password: &'a str,
    /// Of their second factor, or one of their recovery codes.
    pub code: Option<&'a str>,
    /// What their browser says it is.
    pub agent: &'a str,
}

impl<'a> Attempt<'a> {
    /// By nothing but a password.
    pub const fn new(handle: &'a str, password: &'a str) -> Self {
        Self { handle, password, code: None, agent: "" }
    }
}

impl std::fmt::Debug for Attempt<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Attempt").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// An account with the programs it is a member of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    pub account: AccountId,
    pub handle: String,
    /// Whether signing in takes a second factor.
    pub second_factor: bool,
    pub programs: Vec<Membership>,
}

/// What an account is in a program, as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub program: Slug,
    pub member: MemberNumber,
    pub roles: Vec<Role>,
}

/// A program's short name as a row holds it.
fn slug(text: &str) -> Result<Slug, Corrupt> {
    text.parse().map_err(|_| Corrupt { table: "programs", column: "slug" })
}

/// A member's number as a row holds it.
fn member_number(number: i64) -> Result<MemberNumber, Corrupt> {
    let corrupt = Corrupt { table: "memberships", column: "member" };
    MemberNumber::new(read_number(corrupt.table, corrupt.column, number)?).ok_or(corrupt)
}

impl App {
    /// The settings of sign-in, for metrics.
    pub fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// Makes an account for somebody who asks from an address, if not too many did.
    ///
    /// # Errors
    /// As [`App::register`], or too many attempts.
    pub async fn sign_up(&self, handle: &str, password: &str, ip: IpAddr) -> Result<AccountId, AuthError> {
        self.sign_in.throttle.admit_newcomer(ip, self.clock.now()?)?;
        self.register(handle, password).await
    }

    /// Makes an account. It is a member of nothing yet: a lead adds it, or the operator links it.
    ///
    /// # Errors
    /// A handle or password that is none, a handle that is taken, or too much to do at once.
    pub async fn register(&self, handle: &str, password: &str) -> Result<AccountId, AuthError> {
        let handle: Handle = handle.parse().map_err(Error::field("handle"))?;
        rules::check(password, handle.as_str()).map_err(Error::field("password"))?;
        let taken = self.find_account(handle.as_str()).await?;
        if taken.is_some() {
            return Err(AuthError::HandleTaken);
        }
        let salt = self.sign_in.entropy.bytes()?;
        let hash = self.sign_in.passwords.hash(secret(password), salt).await?;
        let user = User {
            id: self.sign_in.entropy.uuid()?.store(),
            handle: handle.to_string(),
            password_hash: hash,
            created_at: self.clock.now()?.store(),
            session_epoch: 0,
        };
        let account = AccountId::read(&user.id).map_err(Error::from)?;
        let made = self.writer.keep(move |conn| {
            if find_user_by_handle(conn, &user.handle)?.is_some() {
                return Ok(false);
            }
            User::insert(conn, std::slice::from_ref(&user))?;
            Ok(true)
        });
        if made.await? { Ok(account) } else { Err(AuthError::HandleTaken) }
    }

    /// Signs somebody in. Whether the handle or the password was wrong is never told.
    ///
    /// # Errors
    /// Wrong credentials, too many attempts, or too much to do at once.
    pub async fn login(&self, attempt: Attempt<'_>, ip: IpAddr) -> Result<Tokens, AuthError> {
        self.counted(attempt.handle, ip, async {
            let user = self.check_password(attempt.handle, attempt.password).await?;
            let user = user.ok_or(AuthError::WrongCredentials)?;
            let spent = self.look_at_code(&user, attempt.code).await?;
            let proof = sessions::proof_of(spent.as_ref());
            let agent = sessions::shortened(attempt.agent);
            self.begin_session(&user, Entry { proof, spent, agent }).await
        })
        .await
    }

    /// Shows anew, in a session, that its owner asks; its access tokens from then on say so.
    ///
    /// # Errors
    /// As [`App::login`].
    pub async fn prove(
        &self,
        account: AccountId,
        by: &Proven,
        shown: Attempt<'_>,
        ip: IpAddr,
    ) -> Result<Access, AuthError> {
        let known = self.account(account).await?;
        self.counted(&known.handle, ip, async {
            let user = self.check_password(&known.handle, shown.password).await?;
            let user = user.ok_or(AuthError::WrongCredentials)?;
            let spent = self.look_at_code(&user, shown.code).await?;
            let proof = sessions::proof_of(spent.as_ref());
            self.prove_session(&user, by, proof, spent, self.clock.now()?).await
        })
        .await
    }

    /// Does what somebody may do who shows who they are, and counts who guesses.
    ///
    /// # Errors
    /// Too many attempts, or what the work says.
    async fn counted<T>(
        &self,
        handle: &str,
        ip: IpAddr,
        work: impl Future<Output = Result<T, AuthError>>,
    ) -> Result<T, AuthError> {
        // Every attempt counts as failed until it succeeds, so that many at once do not slip through.
        self.sign_in.throttle.admit(handle, ip, self.clock.now()?)?;
        let done = work.await;
        match &done {
            Ok(_) => self.sign_in.throttle.succeeded(handle),
            Err(error) if error.is_a_wrong_guess() => {}
            // Nobody looked at what was brought, or it was right and something else is in the way.
            Err(_) => self.sign_in.throttle.take_back(handle),
        }
        done
    }

    /// The account with this handle and password, as the operator: attempts are not counted.
    ///
    /// # Errors
    /// Too much to do at once, or the database fails.
    pub async fn verify_password(&self, handle: &str, password: &str) -> Result<Option<AccountId>, Error> {
        let user = self.check_password(handle, password).await?;
        Ok(user.map(|user| AccountId::read(&user.id)).transpose()?)
    }

    /// The account with this handle and password, if there is one. Takes the same work if there is none.
    async fn check_password(&self, handle: &str, password: &str) -> Result<Option<User>, Error> {
        let user = self.find_user(handle).await?;
        let passwords = &self.sign_in.passwords;
        // An account that only wallets sign in to has no password.
        let Some(user) = user.filter(|user| user.password_hash != wallets::NO_PASSWORD) else {
            passwords.hash(secret(password), self.sign_in.entropy.bytes()?).await?;
            return Ok(None);
        };
        if !passwords.verify(secret(password), user.password_hash.clone()).await? {
            return Ok(None);
        }
        if passwords.is_outdated(&user.password_hash) {
            let hash = passwords.hash(secret(password), self.sign_in.entropy.bytes()?).await?;
            let (id, old) = (user.id.clone(), user.password_hash.clone());
            self.writer.keep(move |conn| Ok(replace_password_hash(conn, &id, &old, &hash)?)).await?;
        }
        Ok(Some(user))
    }

    /// Whose access token or API token this is. What they may do is looked up when they do it.
    ///
    /// # Errors
    /// A token that is forged, expired or ended, or the database fails.
    pub async fn authenticate(&self, access_token: &str) -> Result<Caller, AuthError> {
        if tokens::is_api_token(access_token) {
            return self.caller_of_token(access_token).await;
        }
        let now = self.clock.now()?;
        let claims = self.sign_in.verify(access_token, now)?;
        let proven_at = claims.proven_at().ok_or(TokenError::Malformed)?;
        let id = claims.sid;
        let held = self.read(move |conn| Ok(find_live_session(conn, &id)?)).await?;
        let held = held.filter(|(user, _)| {
            user.id == claims.sub && u64::try_from(user.session_epoch) == Ok(claims.epoch)
        });
        let (user, session) = held.ok_or(TokenError::Ended)?;
        let account = AccountId::read(&user.id).map_err(Error::from)?;
        let Session { id: session, proof, .. } = Session::read(session).map_err(Error::from)?;
        Ok(Caller { account, means: Means::Session(Proven { session, proof, proven_at }) })
    }

    /// Which member of a program an account is, if any.
    ///
    /// # Errors
    /// No such program, or the database fails.
    pub async fn member_of(&self, account: AccountId, program: Slug) -> Result<Option<MemberNumber>, Error> {
        Ok(self.membership(account, program).await?.1)
    }

    /// As [`App::member_of`], with the member's roles as of now.
    ///
    /// # Errors
    /// As there, or the program's records are damaged.
    pub async fn standing(
        &self,
        account: AccountId,
        program: Slug,
    ) -> Result<Option<(MemberNumber, Vec<Role>)>, Error> {
        let ((id, size), Some(member)) = self.membership(account, program).await? else { return Ok(None) };
        let state = self.writer.state_from(id, size).await?;
        let state = state.ok_or_else(|| Error::NoSuchProgram { slug: program.to_string() })?;
        Ok(Some((member, state.member(member)?.roles.iter().map(|(role, _)| *role).collect())))
    }

    /// A program with the size of its journal, and the member of it that an account is.
    async fn membership(
        &self,
        account: AccountId,
        program: Slug,
    ) -> Result<((Uuid, Seq), Option<MemberNumber>), Error> {
        self.read(move |conn| {
            let row = find_program(conn, program.as_str())?;
            let row = row.ok_or_else(|| Error::NoSuchProgram { slug: program.to_string() })?;
            let held = find_membership(conn, &row.id, &account.to_string())?;
            let size = find_size(conn, &row.id)?;
            let program = (read_text("programs", "id", &row.id)?, size);
            Ok((program, held.map(|held| member_number(held.member)).transpose()?))
        })
        .await
    }

    /// An account with the programs it is a member of, and its roles as of now.
    ///
    /// # Errors
    /// No such account, or the database fails.
    pub async fn me(&self, account: AccountId) -> Result<Me, Error> {
        let (user, factor, held) = self
            .read(move |conn| {
                let id = account.to_string();
                let factor = find_second_factor(conn, &id)?;
                Ok((find_user(conn, &id)?, factor, list_memberships(conn, &id)?))
            })
            .await?;
        let second_factor = factor.is_some_and(|factor| factor.confirmed_at.is_some());
        let handle = user.ok_or(Error::NoSuchAccount)?.handle;
        let mut programs = Vec::new();
        for (slug, row) in held {
            let program = self::slug(&slug)?;
            let member = member_number(row.member)?;
            let state = self.program(program).await?;
            let roles = state.member(member)?.roles.iter().map(|(role, _)| *role).collect();
            programs.push(Membership { program, member, roles });
        }
        Ok(Me { account, handle, second_factor, programs })
    }

    /// The account with this handle.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_account(&self, handle: &str) -> Result<Option<AccountId>, Error> {
        let user = self.find_user(handle).await?;
        Ok(user.map(|user| AccountId::read(&user.id)).transpose()?)
    }

    /// Nobody has a text that is no handle; it may hold what a database does not take.
    async fn find_user(&self, handle: &str) -> Result<Option<User>, Error> {
        let Ok(handle) = handle.parse::<Handle>() else { return Ok(None) };
        self.read(move |conn| Ok(find_user_by_handle(conn, handle.as_str())?)).await
    }

    /// Those of these handles that have accounts.
    pub(super) async fn accounts_by_handle(
        &self,
        mut handles: Vec<String>,
    ) -> Result<HashMap<String, AccountId>, Error> {
        handles.retain(|handle| handle.parse::<Handle>().is_ok());
        let users = self.read(move |conn| Ok(list_users_by_handle(conn, &handles)?)).await?;
        users.into_iter().map(|user| Ok((user.handle, AccountId::read(&user.id)?))).collect()
    }
}

/// A copy of a secret that is wiped when it is dropped.
fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}
