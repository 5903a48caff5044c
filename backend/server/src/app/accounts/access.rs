//! Access tokens: JWT (RFC 7519, RFC 8725, RFC 9068), `EdDSA` only, ten minutes.

use domain::value::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Proven, SignIn};
use crate::app::Error;
use crate::db::rows::User;

/// What kind of token this is: no other JWT passes for it.
const KIND: &str = "at+jwt";
const LIFETIME_S: u64 = 600;
/// How far clocks may differ.
const LEEWAY_S: u64 = 30;
/// Longer ones are not ours.
const MAX_LENGTH: usize = 2_048;

/// Why an access token says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    #[error("this is no access token of this server: sign in again")]
    Malformed,
    #[error("the access token was signed by another key or in another way: sign in again")]
    Signature,
    #[error("the access token was made for something else: sign in again")]
    Audience,
    #[error("the access token has expired: refresh it, or sign in again")]
    Expired,
    #[error("the access token is not valid yet: check the clocks")]
    NotYet,
    #[error("this session was ended: sign in again")]
    Ended,
    #[error("this API token has expired or was ended: make another one with POST /me/tokens")]
    Gone,
}

/// What a token says. All of it is required; numbers are numbers.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    pub sub: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    jti: String,
    pub epoch: u64,
    /// The session (`OpenID` Connect Front-Channel Logout 1.0).
    pub sid: String,
    /// When its owner last showed who they are (`OpenID` Connect Core 1.0, section 2).
    pub auth_time: u64,
}

impl Claims {
    /// When the owner of the session last showed who they are, to the second.
    pub fn proven_at(&self) -> Option<Timestamp> {
        moment(self.auth_time)
    }
}

fn moment(seconds: u64) -> Option<Timestamp> {
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Timestamp::from_micros(micros).ok()
}

fn seconds(moment: Timestamp) -> u64 {
    // Moments lie after 1970.
    u64::try_from(moment.micros()).unwrap_or_default().div_euclid(1_000_000)
}

impl SignIn {
    /// Signs an access token for a session of an account.
    pub(super) fn access_token(
        &self,
        user: &User,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<(String, Timestamp), Error> {
        let iat = seconds(now);
        let exp = iat.saturating_add(LIFETIME_S);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user.id.clone(),
            iat,
            nbf: iat,
            exp,
            jti: self.entropy.uuid()?.to_string(),
            epoch: u64::try_from(user.session_epoch).unwrap_or_default(),
            sid: proven.session.clone(),
            auth_time: seconds(proven.proven_at),
        };
        let header = Header {
            typ: Some(KIND.to_owned()),
            kid: Some(self.keys.access.id.clone()),
            ..Header::new(Algorithm::EdDSA)
        };
        let token = encode(&header, &claims, &self.keys.access.encoding).map_err(|_| Error::Sign)?;
        Ok((token, moment(exp).ok_or(Error::Clock)?))
    }

    /// What a token says, if this server signed it and it is valid now.
    pub(super) fn verify(&self, token: &str, now: Timestamp) -> Result<Claims, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::Malformed);
        }
        // The algorithm is ours, whatever the token says. Claims are checked below, by our own clock.
        let mut signature_only = Validation::new(Algorithm::EdDSA);
        signature_only.required_spec_claims.clear();
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        let data =
            decode::<Claims>(token, &self.keys.access.decoding, &signature_only).map_err(
                |error| match error.kind() {
                    ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => TokenError::Signature,
                    _ => TokenError::Malformed,
                },
            )?;
        let (header, claims) = (data.header, data.claims);
        if header.typ.as_deref() != Some(KIND) {
            return Err(TokenError::Malformed);
        }
        if header.kid.as_deref() != Some(self.keys.access.id.as_str()) {
            return Err(TokenError::Signature);
        }
        if claims.iss != self.issuer || claims.aud != self.audience {
            return Err(TokenError::Audience);
        }
        let now = seconds(now);
        let latest = now.saturating_add(LEEWAY_S);
        if claims.nbf > latest || claims.iat > latest {
            return Err(TokenError::NotYet);
        }
        let lasted = claims.exp.saturating_sub(claims.iat);
        if claims.exp.saturating_add(LEEWAY_S) <= now || lasted > LIFETIME_S {
            return Err(TokenError::Expired);
        }
        Ok(claims)
    }
}
