//! Who asks, by the token that came, and whether what that token shows is enough for what is asked.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use domain::permission::{self, Access, Permission};
use domain::value::{MemberNumber, Slug};

use super::Problem;
use super::fallback::Paths;
use super::reading::app_of;
use crate::app::{AccountId, App, AuthError, Caller, Means, Proven, is_privileged};

/// What is told to who asks with an API token for what none may do.
const NO_TOKEN: &str = "no API token may do this: sign in, and ask with the access token";
/// What somebody is told whose session was proven too long ago.
const STALE: &str = "this takes a proof of the last quarter of an hour that it is you: POST /auth/prove with your \
                     password, and a code if you have a second factor, then repeat it with the new access token";

/// An account, known by its bearer token.
#[derive(Clone, Debug)]
pub struct Signed {
    pub app: Data<App>,
    pub account: AccountId,
    pub caller: Caller,
    /// The row of what is asked for; none for what is no operation of the API.
    permission: Option<&'static Permission>,
}

impl Signed {
    /// # Errors
    /// No token, or one that is not valid (401).
    pub async fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let app = app_of(request)?;
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let missing = || Problem::unauthenticated("send Authorization: Bearer with an access token");
        let caller = app.authenticate(token.ok_or_else(missing)?).await?;
        let signed = Self { app, account: caller.account, caller, permission: permission_of(request) };
        signed.demand_scope()?;
        // Of members it is asked once they are known to have the role.
        if signed.permission.is_some_and(|permission| permission.access == Access::SignedIn) {
            signed.demand_fresh_proof()?;
        }
        Ok(signed)
    }

    /// The session that this comes from.
    ///
    /// # Errors
    /// It comes from none (403).
    pub fn session(&self) -> Result<&Proven, Problem> {
        match &self.caller.means {
            Means::Session(proven) => Ok(proven),
            Means::Token { .. } => Err(Problem::scope_needed(NO_TOKEN)),
        }
    }

    /// Refuses an API token that was not made for what is asked for; what stands in no table is for none.
    fn demand_scope(&self) -> Result<(), Problem> {
        let Means::Token { scopes } = &self.caller.means else { return Ok(()) };
        let wanted = self.permission.map(|permission| permission.scopes).unwrap_or_default();
        if wanted.is_empty() {
            return Err(Problem::scope_needed(NO_TOKEN));
        }
        if wanted.iter().any(|scope| scopes.contains(scope)) {
            return Ok(());
        }
        let words: Vec<&str> = wanted.iter().map(|scope| scope.as_str()).collect();
        let words = words.join(" or ");
        Err(Problem::scope_needed(format!("this takes an API token of scope {words}, or a session: sign in")))
    }

    /// Refuses what is asked for if it wants a fresh proof and the session was proven too long ago.
    fn demand_fresh_proof(&self) -> Result<(), Problem> {
        if !self.permission.is_some_and(|permission| permission.fresh) {
            return Ok(());
        }
        if self.session()?.is_fresh(self.app.now()?) {
            Ok(())
        } else {
            Err(Problem::fresh_proof_needed(STALE))
        }
    }

    /// The member that this account is of a program.
    ///
    /// # Errors
    /// No such program (404), not a member (403).
    pub async fn member_of(&self, slug: Slug) -> Result<MemberNumber, Problem> {
        let member = self.app.member_of(self.account, slug).await?;
        member.ok_or_else(|| Problem::forbidden(format!("you are not a member of {slug}")))
    }

    /// As [`Signed::member_of`], for whoever is about to change something in the program: the one place that asks
    /// leads and treasurers for more than a password, and for a fresh proof where one is due.
    ///
    /// # Errors
    /// As there; a lead or treasurer who showed a password only, or a proof that is too old (403).
    pub async fn writer_of(&self, slug: Slug) -> Result<MemberNumber, Problem> {
        let standing = self.app.standing(self.account, slug).await?;
        let (member, roles) =
            standing.ok_or_else(|| Problem::forbidden(format!("you are not a member of {slug}")))?;
        match &self.caller.means {
            Means::Session(proven) => {
                if roles.iter().any(|role| is_privileged(*role)) && !proven.proof.is_strong() {
                    return Err(AuthError::SecondFactorMissing.into());
                }
            }
            // Its scopes were looked at: it does the work of contributors, and was made by who showed more.
            Means::Token { .. } => {}
        }
        let asked = self.permission.map(|permission| permission.access.roles()).unwrap_or_default();
        // Whoever may not do it is told so, however fresh their proof.
        if asked.iter().any(|role| roles.contains(role)) {
            self.demand_fresh_proof()?;
        }
        Ok(member)
    }
}

/// The row of the operation behind a request.
fn permission_of(request: &HttpRequest) -> Option<&'static Permission> {
    let route = request.match_pattern()?;
    let operation = request.app_data::<Data<Paths>>()?.operation(request.method(), &route)?;
    permission::find(&operation)
}

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}
