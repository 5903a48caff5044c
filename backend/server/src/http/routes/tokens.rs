//! The API tokens of whoever is signed in.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{ApiToken, NewToken, shape};
use crate::http::Problem;
use crate::http::signed::Signed;
use crate::http::tag::{self, Keeping};
use crate::http::write::{Body, Nothing};

/// An API token, without what it is sent as.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    #[schema(value_type = shape::Id)]
    pub token: String,
    pub name: String,
    #[schema(value_type = Vec<shape::ScopeName>)]
    pub scopes: Vec<String>,
    #[schema(value_type = shape::Moment)]
    pub made_at: String,
    #[schema(value_type = shape::Moment)]
    pub expires_at: String,
    /// To the minute; none if it never was.
    #[schema(value_type = Option<shape::Moment>)]
    pub used_at: Option<String>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            token: token.id,
            name: token.name,
            scopes: token.scopes.iter().map(ToString::to_string).collect(),
            made_at: token.made_at.to_string(),
            expires_at: token.expires_at.to_string(),
            used_at: token.used_at.map(|used| used.to_string()),
        }
    }
}

/// API tokens, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    pub items: Vec<TokenView>,
}

/// An API token that was made now.
#[derive(Serialize, ToSchema)]
pub struct MadeToken {
    #[serde(flatten)]
    pub made: TokenView,
    /// What to send as `Authorization: Bearer …`. It is told now and never again.
    #[schema(pattern = "^bl_[0-9a-f]{64}_[0-9a-f]{8}$")]
    pub secret: String,
}

/// Your API tokens.
#[utoipa::path(tag = "me", responses((status = 200, body = Tokens)))]
#[get("/me/tokens")]
pub async fn list_tokens(request: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let items = signed.app.tokens_of(signed.account).await?.into_iter().map(TokenView::from).collect();
    tag::json(&request, Keeping::Asker, &Tokens { items })
}

/// Makes an API token for a script of yours: for some kinds of calls, and a year at most.
#[utoipa::path(tag = "me", request_body = NewToken, responses((status = 201, body = MadeToken)))]
#[post("/me/tokens")]
pub async fn make_token(signed: Signed, body: Body<NewToken>) -> Result<HttpResponse, Problem> {
    let (made, secret) = signed.app.make_token(signed.account, signed.session()?, &body.0).await?;
    Ok(HttpResponse::Created().json(MadeToken { made: made.into(), secret }))
}

/// Ends an API token of yours at once.
#[utoipa::path(tag = "me", responses((status = 204)))]
#[delete("/me/tokens/{token}")]
pub async fn end_token(
    request: HttpRequest,
    signed: Signed,
    _empty: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    signed.app.end_token(signed.account, request.match_info().query("token")).await?;
    Ok(HttpResponse::NoContent().finish())
}
