//! API tokens: what people give their scripts. Each is for some kinds of calls only, and for a year at most.

use domain::permission::Scope;
use domain::value::{Digest, Timestamp};
use serde::Deserialize;
use utoipa::ToSchema;

use super::proof::{Caller, Means, Proven};
use super::{AccountId, AuthError, Happened, TokenError, tell};
use crate::app::documents::text;
use crate::app::{App, Error, FieldError, shape};
use crate::db::rows;
use crate::db::tokens::{end_api_token, find_api_token, forget_expired, list_api_tokens, use_api_token};
use crate::db::{Corrupt, Stored, read_text};

/// What tokens begin with, so that they are known where they should not be.
const PREFIX: &str = "bl_";
/// Hex digits that tell a mistyped token from one that was ended.
const CHECK_DIGITS: usize = 8;
const NAME_LENGTH: usize = 60;
/// Tokens that an account may have at once.
const AT_ONCE: usize = 20;
const MICROS_PER_MINUTE: i64 = 60_000_000;
const LONGEST_MICROS: i64 = 365 * 24 * 60 * MICROS_PER_MINUTE;

/// What is asked for of a token.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for, in your own words.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    #[schema(value_type = Vec<shape::ScopeName>, min_items = 1)]
    pub scopes: Vec<Scope>,
    /// Within a year.
    #[schema(value_type = shape::Moment)]
    pub expires_at: String,
}

/// A token as its owner sees it: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    pub id: String,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    /// To the minute.
    pub used_at: Option<Timestamp>,
}

impl ApiToken {
    fn read(row: rows::ApiToken) -> Result<Self, Corrupt> {
        let moment = |column, text: &str| read_text("api_tokens", column, text);
        let scopes = row.scopes.split(' ').map(str::parse).collect::<Result<_, _>>();
        Ok(Self {
            scopes: scopes.map_err(|_| Corrupt { table: "api_tokens", column: "scopes" })?,
            made_at: moment("made_at", &row.made_at)?,
            expires_at: moment("expires_at", &row.expires_at)?,
            used_at: row.used_at.map(|used| moment("used_at", &used)).transpose()?,
            id: row.id,
            name: row.name,
        })
    }
}

/// Whether a bearer token means to be one of these.
pub(super) fn is_api_token(token: &str) -> bool {
    token.starts_with(PREFIX)
}

/// The digits behind a token's secret, by which a mistyped one is known.
fn check_digits(secret: &str) -> String {
    let digest = Digest::sha256(&[b"bounty-ledger token ", secret.as_bytes()]).to_string();
    digest.chars().take(CHECK_DIGITS).collect()
}

fn written(secret: &Digest) -> String {
    let secret = secret.to_string();
    let check = check_digits(&secret);
    format!("{PREFIX}{secret}_{check}")
}

/// What the database holds of a token; `None` for what was never one.
fn digest_of(token: &str) -> Option<String> {
    let (secret, check) = token.strip_prefix(PREFIX)?.split_once('_')?;
    (check_digits(secret) == check).then(|| Digest::sha256(&[token.as_bytes()]).store())
}

impl App {
    /// Makes a token. It is told once, here, and kept nowhere.
    ///
    /// # Errors
    /// A field that holds no value, too many tokens, or a lead or treasurer who showed a password only.
    pub async fn make_token(
        &self,
        account: AccountId,
        by: &Proven,
        new: &NewToken,
    ) -> Result<(ApiToken, String), AuthError> {
        let now = self.clock.now()?;
        if !by.proof.is_strong() && self.is_privileged(account).await? {
            return Err(AuthError::SecondFactorMissing);
        }
        let name = text("name", &new.name, NAME_LENGTH)?.to_owned();
        let mut scopes = new.scopes.clone();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            return Err(Error::field("scopes")(FieldError::Empty).into());
        }
        let expires_at: Timestamp = new.expires_at.parse().map_err(Error::field("expires_at"))?;
        let lasts = expires_at.micros().saturating_sub(now.micros());
        if !(1..=LONGEST_MICROS).contains(&lasts) {
            return Err(Error::field("expires_at")(FieldError::Expiry).into());
        }
        let token = written(&Digest::from_bytes(self.sign_in.entropy.secret()?));
        let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let row = rows::ApiToken {
            id: self.sign_in.entropy.uuid()?.store(),
            digest: Digest::sha256(&[token.as_bytes()]).store(),
            account: account.to_string(),
            name,
            scopes: words.join(" "),
            made_at: now.store(),
            expires_at: expires_at.store(),
            used_at: None,
        };
        let made = ApiToken::read(row.clone()).map_err(Error::from)?;
        let kept = self.writer.keep(move |conn| {
            forget_expired(conn, &row.made_at)?;
            if list_api_tokens(conn, &row.account)?.len() >= AT_ONCE {
                return Ok(false);
            }
            rows::ApiToken::insert(conn, std::slice::from_ref(&row))?;
            tell(conn, &row.account, now, Happened::TokenMade, &format!("{}: {}", row.scopes, row.name))?;
            Ok(true)
        });
        if kept.await? { Ok((made, token)) } else { Err(AuthError::TooManyTokens { limit: AT_ONCE }) }
    }

    /// The tokens of an account that have not expired, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn tokens_of(&self, account: AccountId) -> Result<Vec<ApiToken>, Error> {
        let (account, now) = (account.to_string(), self.clock.now()?);
        let rows = self.read(move |conn| Ok(list_api_tokens(conn, &account)?)).await?;
        let tokens = rows.into_iter().map(ApiToken::read).collect::<Result<Vec<_>, _>>()?;
        Ok(tokens.into_iter().filter(|token| token.expires_at > now).collect())
    }

    /// Ends a token at once.
    ///
    /// # Errors
    /// The account has no such token, or the database fails.
    pub async fn end_token(&self, account: AccountId, token: &str) -> Result<(), Error> {
        let (account, token) = (account.to_string(), token.to_owned());
        self.writer
            .keep(move |conn| {
                let ended = end_api_token(conn, &account, &token)?;
                if ended { Ok(()) } else { Err(Error::NoSuchToken) }
            })
            .await
    }

    /// Whose API token this is, and what it is for.
    pub(super) async fn caller_of_token(&self, token: &str) -> Result<Caller, AuthError> {
        let now = self.clock.now()?;
        let digest = digest_of(token).ok_or(TokenError::Malformed)?;
        let row = self.read(move |conn| Ok(find_api_token(conn, &digest)?)).await?;
        let row = row.ok_or(TokenError::Gone)?;
        let account = AccountId::read(&row.account).map_err(Error::from)?;
        let ApiToken { id, scopes, expires_at, used_at, .. } = ApiToken::read(row).map_err(Error::from)?;
        if expires_at <= now {
            return Err(TokenError::Gone.into());
        }
        let since = |used: Timestamp| now.micros().saturating_sub(used.micros());
        if used_at.is_none_or(|used| since(used) >= MICROS_PER_MINUTE) {
            let now = now.store();
            let noted = self.writer.keep(move |conn| Ok(use_api_token(conn, &id, &now)?)).await;
            match noted {
                // When it was last used matters less than what it is used for.
                Ok(()) | Err(Error::Busy { .. } | Error::Full) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Caller { account, means: Means::Token { scopes } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_token_is_known_without_looking_for_it() {
        let token = written(&Digest::from_bytes([7; 32]));
        assert_eq!(token.len(), 3 + 64 + 1 + 8, "{token}");
        assert!(is_api_token(&token) && digest_of(&token).is_some());
        for place in 3..token.len() {
            let mut bent = token.clone().into_bytes();
            bent[place] = if bent[place] == b'0' { b'1' } else { b'0' };
            assert_eq!(digest_of(&String::from_utf8(bent).unwrap()), None, "{place}");
        }
        for wrong in ["", "bl_", "bl__", &token[1..], &token[..70]] {
            assert_eq!(digest_of(wrong), None, "{wrong}");
        }
    }
}
