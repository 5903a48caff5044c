//! How whoever is signed in does so: sessions, the second factor, and what they are told of both.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::caller;
use crate::app::{Attempt, NewFactor, Notice, Session, shape};
use crate::http::Problem;
use crate::http::signed::Signed;
use crate::http::tag::{self, Keeping};
use crate::http::write::{Body, Nothing};

/// What one sign-in began.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    #[schema(value_type = shape::Id)]
    pub session: String,
    /// Whether this call was made from it.
    pub current: bool,
    #[schema(value_type = shape::Moment)]
    pub begun_at: String,
    /// When it was last renewed.
    #[schema(value_type = shape::Moment)]
    pub used_at: String,
    /// When it ends at the latest.
    #[schema(value_type = shape::Moment)]
    pub ends_at: String,
    /// How its owner last showed who they are.
    #[schema(pattern = "^(password|password_and_code|recovery_code|wallet)$")]
    pub proof: String,
    #[schema(value_type = shape::Moment)]
    pub proven_at: String,
    /// What the browser says it is, shortened: anybody can say anything.
    pub user_agent: String,
}

impl SessionView {
    fn new(session: Session, current: Option<&str>) -> Self {
        Self {
            current: current == Some(session.id.as_str()),
            session: session.id,
            begun_at: session.begun_at.to_string(),
            used_at: session.used_at.to_string(),
            ends_at: session.ends_at.to_string(),
            proof: session.proof.to_string(),
            proven_at: session.proven_at.to_string(),
            user_agent: session.agent,
        }
    }
}

/// Sessions, the last used first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sessions {
    pub items: Vec<SessionView>,
}

/// Your sessions: where you are signed in, the 100 last used.
#[utoipa::path(tag = "me", responses((status = 200, body = Sessions)))]
#[get("/me/sessions")]
pub async fn list_sessions(request: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let sessions = signed.app.sessions(signed.account).await?;
    let current = signed.session().ok().map(|proven| proven.session.as_str());
    let items = sessions.into_iter().map(|session| SessionView::new(session, current));
    tag::json(&request, Keeping::Asker, &Sessions { items: items.collect() })
}

/// Ends one of your sessions at once, its access tokens too.
#[utoipa::path(tag = "me", responses((status = 204)))]
#[delete("/me/sessions/{session}")]
pub async fn end_session(
    request: HttpRequest,
    signed: Signed,
    _empty: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    signed.app.end_session(signed.account, request.match_info().query("session")).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs you out everywhere: every session ends at once, this one too.
#[utoipa::path(tag = "me", responses((status = 204)))]
#[delete("/me/sessions")]
pub async fn end_sessions(signed: Signed, _empty: Body<Nothing>) -> Result<HttpResponse, Problem> {
    signed.app.logout_everywhere(signed.account).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A second factor that is not confirmed yet.
#[derive(Serialize, ToSchema)]
pub struct NewFactorView {
    /// In Base32, to be typed into an authenticator app.
    #[schema(pattern = "^[A-Z2-7]{32}$")]
    pub secret: String,
    /// The same for a QR code.
    #[schema(pattern = "^otpauth://totp/")]
    pub uri: String,
}

/// Begins to set a second factor up (RFC 6238). It counts once it is confirmed.
#[utoipa::path(tag = "me", responses((status = 200, body = NewFactorView)))]
#[post("/me/second-factor")]
pub async fn begin_second_factor(signed: Signed) -> Result<HttpResponse, Problem> {
    let NewFactor { handle, secret } = signed.app.begin_second_factor(signed.account).await?;
    let (uri, secret) = (secret.uri(&handle).to_string(), secret.base32().to_string());
    Ok(HttpResponse::Ok().json(NewFactorView { secret, uri }))
}

/// A code that an authenticator app shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
}

impl std::fmt::Debug for CodeBody {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CodeBody").finish_non_exhaustive()
    }
}

/// Codes for whoever lost their second factor, each good once. They are told now and never again.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    pub recovery_codes: Vec<String>,
}

/// Confirms your second factor with a code of it: from now on signing in takes one.
#[utoipa::path(tag = "me", request_body = CodeBody, responses((status = 200, body = RecoveryCodes)))]
#[post("/me/second-factor/confirm")]
pub async fn confirm_second_factor(signed: Signed, body: Body<CodeBody>) -> Result<HttpResponse, Problem> {
    let by = signed.session()?;
    let recovery_codes = signed.app.confirm_second_factor(signed.account, by, &body.0.code).await?;
    Ok(HttpResponse::Ok().json(RecoveryCodes { recovery_codes }))
}

/// Takes your second factor away, with its recovery codes.
#[utoipa::path(tag = "me", responses((status = 204)))]
#[delete("/me/second-factor")]
pub async fn remove_second_factor(signed: Signed, _empty: Body<Nothing>) -> Result<HttpResponse, Problem> {
    signed.app.remove_second_factor(signed.account).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Something that happened to an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeView {
    #[schema(value_type = shape::Moment)]
    pub at: String,
    #[schema(
        pattern = "^(signed_in|second_factor_set|second_factor_removed|recovery_code_used|password_changed|sign_in_link_made|sign_in_reset|address_recorded|token_made|wallet_linked|wallet_unlinked)$"
    )]
    pub what: String,
    /// Which session, address, …
    pub detail: String,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        Self { at: notice.at.to_string(), what: notice.what.to_string(), detail: notice.detail }
    }
}

/// Notices, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notices {
    pub items: Vec<NoticeView>,
}

/// What happened to your account within a year, the latest 100: was it you?
#[utoipa::path(tag = "me", responses((status = 200, body = Notices)))]
#[get("/me/notices")]
pub async fn list_notices(request: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let items = signed.app.notices(signed.account).await?.into_iter().map(NoticeView::from).collect();
    tag::json(&request, Keeping::Asker, &Notices { items })
}

/// The password that is, and the one that shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[schema(min_length = 15, max_length = 128)]
    pub password: String,
    /// Of the second factor, where there is one, or a recovery code.
    #[serde(default)]
    #[schema(value_type = Option<shape::Code>)]
    pub code: Option<String>,
    #[schema(min_length = 15, max_length = 128)]
    pub new_password: String,
}

impl std::fmt::Debug for PasswordChange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PasswordChange").finish_non_exhaustive()
    }
}

/// Changes your password, and ends your other sessions.
#[utoipa::path(tag = "me", request_body = PasswordChange, responses((status = 204)))]
#[post("/me/password")]
pub async fn change_password(
    request: HttpRequest,
    signed: Signed,
    body: Body<PasswordChange>,
) -> Result<HttpResponse, Problem> {
    let PasswordChange { password, code, new_password } = &body.0;
    let shown = Attempt { code: code.as_deref(), ..Attempt::new("", password) };
    let (by, ip) = (signed.session()?, caller(&request));
    signed.app.change_password(signed.account, by, shown, new_password, ip).await?;
    Ok(HttpResponse::NoContent().finish())
}
