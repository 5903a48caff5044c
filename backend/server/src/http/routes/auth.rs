//! Signing up, in and out.
//!
//! The access token goes into a header; the refresh token travels in a cookie that scripts cannot read, and is
//! taken only from pages of this server.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::{HOST, ORIGIN, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse, post};
use domain::value::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::{Access, AccountId, App, Attempt, Tokens, shape};
use crate::http::reading::app_of;
use crate::http::signed::Signed;
use crate::http::write::Body;
use crate::http::{Problem, Proxies};

/// The prefix makes browsers insist on HTTPS (or localhost), this host only, and the whole site.
const COOKIE: &str = "__Host-bounty-ledger-refresh";
const MICROS_PER_SECOND: i64 = 1_000_000;

/// A handle and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    #[schema(value_type = shape::Handle)]
    pub handle: String,
    #[schema(min_length = 15, max_length = 128)]
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// What signing in takes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SigningIn {
    #[schema(value_type = shape::Handle)]
    pub handle: String,
    #[schema(min_length = 15, max_length = 128)]
    pub password: String,
    /// Of the second factor, where there is one, or a recovery code.
    #[serde(default)]
    #[schema(value_type = Option<shape::Code>)]
    pub code: Option<String>,
}

impl std::fmt::Debug for SigningIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningIn").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// What shows anew who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    #[schema(min_length = 15, max_length = 128)]
    pub password: String,
    /// Of the second factor, where there is one, or a recovery code.
    #[serde(default)]
    #[schema(value_type = Option<shape::Code>)]
    pub code: Option<String>,
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shown").finish_non_exhaustive()
    }
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    pub account: String,
    pub handle: String,
}

/// An access token: send it as `Authorization: Bearer …`.
#[derive(Serialize, ToSchema)]
pub struct AccessView {
    pub account: String,
    pub access_token: String,
    #[schema(pattern = "^Bearer$")]
    pub token_type: &'static str,
    #[schema(value_type = shape::Moment)]
    pub expires_at: String,
}

impl AccessView {
    pub(super) fn new(account: AccountId, access_token: String, expires_at: Timestamp) -> Self {
        let (account, expires_at) = (account.to_string(), expires_at.to_string());
        Self { account, access_token, token_type: "Bearer", expires_at }
    }
}

/// Makes an account. It is a member of nothing yet: a lead adds it to a program.
#[utoipa::path(tag = "auth", request_body = Credentials, responses((status = 201, body = Registered)))]
#[post("/auth/register")]
pub async fn register(request: HttpRequest, body: Body<Credentials>) -> Result<HttpResponse, Problem> {
    let Credentials { handle, password } = body.0;
    let account = app_of(&request)?.sign_up(&handle, &password, caller(&request)).await?;
    Ok(HttpResponse::Created().json(Registered { account: account.to_string(), handle }))
}

/// Signs in: an access token in the body, a refresh token in a cookie.
#[utoipa::path(tag = "auth", request_body = SigningIn, responses((status = 200, body = AccessView)))]
#[post("/auth/login")]
pub async fn login(request: HttpRequest, body: Body<SigningIn>) -> Result<HttpResponse, Problem> {
    let app = app_of(&request)?;
    let SigningIn { handle, password, code } = &body.0;
    let attempt = Attempt { handle, password, code: code.as_deref(), agent: agent(&request) };
    let tokens = app.login(attempt, caller(&request)).await?;
    signed_in(&app, tokens)
}

/// Exchanges the refresh token of the cookie for new tokens; each is good once.
#[utoipa::path(tag = "auth", responses((status = 200, body = AccessView)))]
#[post("/auth/refresh")]
pub async fn refresh(request: HttpRequest) -> Result<HttpResponse, Problem> {
    same_site(&request)?;
    let app = app_of(&request)?;
    let cookie = request.cookie(COOKIE);
    let cookie = cookie.ok_or_else(|| Problem::unauthenticated("there is no refresh cookie: sign in"))?;
    signed_in(&app, app.refresh(cookie.value()).await?)
}

/// Shows anew who asks, in the session of the access token; the new access token says so for a quarter of an hour.
#[utoipa::path(tag = "auth", request_body = Shown, responses((status = 200, body = AccessView)))]
#[post("/auth/prove")]
pub async fn prove(request: HttpRequest, signed: Signed, body: Body<Shown>) -> Result<HttpResponse, Problem> {
    let Shown { password, code } = &body.0;
    let shown = Attempt { code: code.as_deref(), ..Attempt::new("", password) };
    let Access { account, token, expires_at } =
        signed.app.prove(signed.account, signed.session()?, shown, caller(&request)).await?;
    Ok(HttpResponse::Ok().json(AccessView::new(account, token, expires_at)))
}

/// The secret of a link, and a new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    #[schema(value_type = shape::Digest)]
    pub secret: String,
    #[schema(min_length = 15, max_length = 128)]
    pub password: String,
}

impl std::fmt::Debug for Reset {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Reset").finish_non_exhaustive()
    }
}

/// Sets a new password with a link that a lead made; it is used up, and all sessions and API tokens end.
#[utoipa::path(tag = "auth", request_body = Reset, responses((status = 204)))]
#[post("/auth/reset")]
pub async fn reset(request: HttpRequest, body: Body<Reset>) -> Result<HttpResponse, Problem> {
    app_of(&request)?.reset_with_link(&body.0.secret, &body.0.password, caller(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs out: the session of the cookie ends.
#[utoipa::path(tag = "auth", responses((status = 204)))]
#[post("/auth/logout")]
pub async fn logout(request: HttpRequest) -> Result<HttpResponse, Problem> {
    same_site(&request)?;
    if let Some(cookie) = request.cookie(COOKIE) {
        app_of(&request)?.logout(cookie.value()).await?;
    }
    let gone = cookie(String::new(), 0);
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

/// What a browser says it is.
pub(super) fn agent(request: &HttpRequest) -> &str {
    request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The address of who asks: the last one that no trusted proxy has.
pub(super) fn caller(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip());
    let trusted = |ip: &IpAddr| {
        request
            .app_data::<Proxies>()
            .is_some_and(|proxies| proxies.0.iter().any(|network| network.contains(*ip)))
    };
    if !trusted(&peer) {
        return peer;
    }
    let said = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> =
        said.flat_map(|value| value.split(',')).map_while(|hop| hop.trim().parse().ok()).collect();
    hops.into_iter().rev().find(|hop| !trusted(hop)).unwrap_or(peer)
}

pub(super) fn signed_in(app: &App, tokens: Tokens) -> Result<HttpResponse, Problem> {
    let left = seconds_until(app.now()?, tokens.refresh_expires_at);
    let view = AccessView::new(tokens.account, tokens.access, tokens.access_expires_at);
    Ok(HttpResponse::Ok().cookie(cookie(tokens.refresh, left)).json(view))
}

fn seconds_until(now: Timestamp, end: Timestamp) -> i64 {
    end.micros().saturating_sub(now.micros()).max(0).div_euclid(MICROS_PER_SECOND)
}

fn cookie(value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(seconds))
        .finish()
}

/// Refuses what another site's page sends: browsers say where a request comes from.
fn same_site(request: &HttpRequest) -> Result<(), Problem> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let foreign = || Problem::forbidden("this call is taken from pages of this server only");
    if let Some(site) = header("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(foreign()) };
    }
    let Some(origin) = request.headers().get(ORIGIN).and_then(|value| value.to_str().ok()) else {
        return Ok(());
    };
    let host = request.headers().get(HOST).and_then(|value| value.to_str().ok());
    let place = origin.split_once("://").map(|(_, place)| place);
    if place.is_some() && place == host { Ok(()) } else { Err(foreign()) }
}
