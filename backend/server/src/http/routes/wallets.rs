//! Wallets: signing in with one (ERC-4361), and those of whoever is signed in.

use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{AccessView, agent, caller, signed_in};
use crate::app::{Access, LinkedWallet, SignedMessage, ToSign, shape};
use crate::http::Problem;
use crate::http::reading::app_of;
use crate::http::signed::Signed;
use crate::http::tag::{self, Keeping};
use crate::http::write::{Body, Nothing};

/// Which wallet is to sign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletAddress {
    #[schema(value_type = shape::WrittenAddress)]
    pub address: String,
}

/// What a wallet is to sign with `personal_sign`, as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToSignView {
    /// Good for one use, for five minutes.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub nonce: String,
    pub message: String,
    #[schema(value_type = shape::Moment)]
    pub expires_at: String,
}

impl From<ToSign> for ToSignView {
    fn from(made: ToSign) -> Self {
        Self { nonce: made.nonce, message: made.message, expires_at: made.expires_at.to_string() }
    }
}

/// A message that a wallet signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedBody {
    #[schema(max_length = 4000)]
    pub message: String,
    #[schema(value_type = shape::AnySignature)]
    pub signature: String,
}

impl SignedBody {
    fn signed(&self) -> SignedMessage<'_> {
        SignedMessage { message: &self.message, signature: &self.signature }
    }
}

/// A message that a wallet signed, and how a new account is to be called.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WalletSignIn {
    #[schema(max_length = 4000)]
    pub message: String,
    #[schema(value_type = shape::AnySignature)]
    pub signature: String,
    /// Makes an account without a password, if none is linked to the wallet.
    #[serde(default)]
    #[schema(value_type = Option<shape::Handle>)]
    pub handle: Option<String>,
}

/// Gives a wallet what to sign to sign in: the nonce alone, or with it the whole message.
#[utoipa::path(tag = "auth", request_body = WalletAddress, responses((status = 200, body = ToSignView)))]
#[post("/auth/siwe/nonce")]
pub async fn siwe_nonce(request: HttpRequest, body: Body<WalletAddress>) -> Result<HttpResponse, Problem> {
    let made = app_of(&request)?.sign_in_message(&body.0.address, caller(&request)).await?;
    Ok(HttpResponse::Ok().json(ToSignView::from(made)))
}

/// Signs in with a wallet: an access token in the body, a refresh token in a cookie.
#[utoipa::path(tag = "auth", request_body = WalletSignIn, responses((status = 200, body = AccessView)))]
#[post("/auth/siwe/verify")]
pub async fn siwe_verify(request: HttpRequest, body: Body<WalletSignIn>) -> Result<HttpResponse, Problem> {
    let app = app_of(&request)?;
    let WalletSignIn { message, signature, handle } = &body.0;
    let signed = SignedMessage { message, signature };
    let ip = caller(&request);
    let tokens = app.login_with_wallet(signed, handle.as_deref(), agent(&request), ip).await?;
    signed_in(&app, tokens)
}

/// Shows anew who asks, with a wallet of theirs; the new access token says so for a quarter of an hour.
#[utoipa::path(tag = "auth", request_body = SignedBody, responses((status = 200, body = AccessView)))]
#[post("/auth/siwe/prove")]
pub async fn siwe_prove(
    request: HttpRequest,
    signed: Signed,
    body: Body<SignedBody>,
) -> Result<HttpResponse, Problem> {
    let (by, ip) = (signed.session()?, caller(&request));
    let access = signed.app.prove_with_wallet(signed.account, by, body.0.signed(), ip).await?;
    let Access { account, token, expires_at } = access;
    Ok(HttpResponse::Ok().json(AccessView::new(account, token, expires_at)))
}

/// A wallet that signs in to an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct WalletView {
    pub address: String,
    #[schema(value_type = shape::Moment)]
    pub linked_at: String,
}

impl From<LinkedWallet> for WalletView {
    fn from(wallet: LinkedWallet) -> Self {
        let address = safe::eip55::checksum(&wallet.address);
        Self { address, linked_at: wallet.linked_at.to_string() }
    }
}

/// Wallets, the first linked first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Wallets {
    pub items: Vec<WalletView>,
}

/// Your wallets: each signs in to your account.
#[utoipa::path(tag = "me", responses((status = 200, body = Wallets)))]
#[get("/me/wallets")]
pub async fn list_wallets(request: HttpRequest, signed: Signed) -> Result<HttpResponse, Problem> {
    let items = signed.app.wallets(signed.account).await?.into_iter().map(WalletView::from).collect();
    tag::json(&request, Keeping::Asker, &Wallets { items })
}

/// Gives a wallet what to sign to be linked to your account.
#[utoipa::path(tag = "me", request_body = WalletAddress, responses((status = 200, body = ToSignView)))]
#[post("/me/wallet-messages")]
pub async fn wallet_message(signed: Signed, body: Body<WalletAddress>) -> Result<HttpResponse, Problem> {
    let made = signed.app.link_message(signed.account, &body.0.address).await?;
    Ok(HttpResponse::Ok().json(ToSignView::from(made)))
}

/// Links a wallet to your account: from now on it signs in, and counts as a second factor.
#[utoipa::path(tag = "me", request_body = SignedBody, responses((status = 200, body = WalletView)))]
#[post("/me/wallets")]
pub async fn link_wallet(signed: Signed, body: Body<SignedBody>) -> Result<HttpResponse, Problem> {
    let wallet = signed.app.link_wallet(signed.account, body.0.signed()).await?;
    Ok(HttpResponse::Ok().json(WalletView::from(wallet)))
}

/// Takes a wallet from your account. It stays a payout address, if it is one.
#[utoipa::path(tag = "me", responses((status = 204)))]
#[delete("/me/wallets/{address}")]
pub async fn unlink_wallet(
    request: HttpRequest,
    signed: Signed,
    _empty: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    signed.app.unlink_wallet(signed.account, request.match_info().query("address")).await?;
    Ok(HttpResponse::NoContent().finish())
}
