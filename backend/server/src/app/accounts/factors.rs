//! The second factor: set up, shown at a sign-in, and taken away.
//!
//! What an app and this server share is sealed in the database; whoever reads the database alone makes no codes of it.

use domain::value::{Digest, Timestamp};

use super::notices::{Happened, tell};
use super::proof::{Proof, Proven};
use super::totp::{self, TotpSecret, base32, is_code};
use super::{AccountId, AuthError, KeyError};
use crate::app::{App, Entropy, Error};
use crate::db::factors::{
    confirm_factor, count_recovery_codes, find_second_factor, remove_factor, remove_recovery_codes,
    use_recovery_code, use_step,
};
use crate::db::rows::{RecoveryCode, SecondFactor, User};
use crate::db::sessions::{prove_session, weaken_sessions};
use crate::db::{AnyConn, Stored, accounts};

/// Recovery codes of one factor.
const RECOVERY_CODES: usize = 10;
/// Letters between hyphens.
const GROUP: usize = 4;

/// What an authenticator app is told once. Never printed.
#[derive(Debug)]
pub struct NewFactor {
    pub handle: String,
    pub secret: TotpSecret,
}

/// A code that was right, and is still to be used up: in the commit of what it is for.
#[derive(Clone, Debug)]
pub(super) enum Spent {
    /// A step of a sealed secret.
    Step { sealed: String, step: i64 },
    /// A recovery code by its SHA-256; nobody knows yet whether there is one.
    Recovery { id: String },
}

impl Spent {
    pub fn proof(&self) -> Proof {
        match self {
            Self::Step { .. } => Proof::PasswordAndCode,
            Self::Recovery { .. } => Proof::RecoveryCode,
        }
    }

    /// Uses the code up; `false` if it was used before, or was never one.
    pub fn spend(&self, conn: &mut AnyConn, account: &str, now: Timestamp) -> Result<bool, Error> {
        match self {
            Self::Step { sealed, step } => Ok(use_step(conn, account, sealed, *step)?),
            Self::Recovery { id } => {
                let used = use_recovery_code(conn, account, id, &now.store())?;
                if used {
                    let left = count_recovery_codes(conn, account)?;
                    tell(conn, account, now, Happened::RecoveryCodeUsed, &format!("{left} left"))?;
                }
                Ok(used)
            }
        }
    }
}

/// What the database holds of a recovery code.
fn recovery_id(account: &str, code: &str) -> String {
    let letters: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    Digest::sha256(&[b"recovery code ", account.as_bytes(), b" ", letters.as_bytes()]).store()
}

/// Ten codes of 80 bits.
fn drawn_codes() -> Result<Vec<String>, Error> {
    let code = |_| {
        let drawn = Entropy::System.bytes()?;
        let letters: Vec<char> =
            base32(drawn.get(..10).unwrap_or_default()).to_ascii_lowercase().chars().collect();
        let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
        Ok(groups.join("-"))
    };
    (0..RECOVERY_CODES).map(code).collect()
}

impl App {
    /// Whether an account has a second factor that was confirmed.
    ///
    /// # Errors
    /// The database fails.
    pub async fn has_second_factor(&self, account: AccountId) -> Result<bool, Error> {
        Ok(self.confirmed_factor(&account.to_string()).await?.is_some())
    }

    async fn confirmed_factor(&self, account: &str) -> Result<Option<SecondFactor>, Error> {
        Ok(self.factor(account).await?.filter(|factor| factor.confirmed_at.is_some()))
    }

    async fn factor(&self, account: &str) -> Result<Option<SecondFactor>, Error> {
        let account = account.to_owned();
        self.read(move |conn| Ok(find_second_factor(conn, &account)?)).await
    }

    fn sealed(&self, account: &str, secret: &TotpSecret) -> Result<String, Error> {
        Ok(safe::hex::encode(&self.sign_in.keys.seal(account, secret.bytes())?))
    }

    fn opened(&self, account: &str, sealed: &str) -> Result<TotpSecret, Error> {
        let sealed = safe::hex::decode(sealed).ok_or(KeyError::Sealed)?;
        let opened = self.sign_in.keys.open(account, &sealed)?;
        let bytes: [u8; totp::LENGTH] = opened.as_slice().try_into().map_err(|_| KeyError::Sealed)?;
        Ok(TotpSecret::from_bytes(bytes))
    }

    /// Begins to set a second factor up; one that was begun before is forgotten.
    ///
    /// # Errors
    /// One stands already, or there is no randomness.
    pub async fn begin_second_factor(&self, account: AccountId) -> Result<NewFactor, AuthError> {
        let (id, secret) = (account.to_string(), TotpSecret::draw()?);
        let row = SecondFactor {
            sealed: self.sealed(&id, &secret)?,
            id,
            begun_at: self.clock.now()?.store(),
            confirmed_at: None,
            last_step: 0,
        };
        let begun = self.writer.keep(move |conn| {
            let held = find_second_factor(conn, &row.id)?;
            if held.is_some_and(|held| held.confirmed_at.is_some()) {
                return Ok(None);
            }
            SecondFactor::upsert(conn, std::slice::from_ref(&row))?;
            Ok(accounts::find_user(conn, &row.id)?)
        });
        let user = begun.await?.ok_or(AuthError::SecondFactorStands)?;
        Ok(NewFactor { handle: user.handle, secret })
    }

    /// Turns the factor on that was begun, and shows with it that whoever asks holds it. Gives the recovery codes:
    /// they are told once, and kept nowhere.
    ///
    /// # Errors
    /// None was begun, or the code is wrong.
    pub async fn confirm_second_factor(
        &self,
        account: AccountId,
        by: &Proven,
        code: &str,
    ) -> Result<Vec<String>, AuthError> {
        let (id, now) = (account.to_string(), self.clock.now()?);
        let held = self.factor(&id).await?.ok_or(AuthError::NoSecondFactor)?;
        if held.confirmed_at.is_some() {
            return Err(AuthError::SecondFactorStands);
        }
        let secret = self.opened(&id, &held.sealed)?;
        let step = secret.step_of(code.trim(), self.clock.on_the_wall()?).ok_or(AuthError::WrongCode)?;
        let codes = drawn_codes()?;
        let rows: Vec<RecoveryCode> = codes
            .iter()
            .map(|code| RecoveryCode {
                id: recovery_id(&id, code),
                account: id.clone(),
                made_at: now.store(),
                used_at: None,
            })
            .collect();
        let session = by.session.clone();
        let confirmed = self.writer.keep(move |conn| {
            if !confirm_factor(conn, &id, &held.sealed, step, &now.store())? {
                return Ok(false);
            }
            remove_recovery_codes(conn, &id)?;
            RecoveryCode::insert(conn, &rows)?;
            prove_session(conn, &session, Proof::PasswordAndCode.as_str(), &now.store())?;
            tell(conn, &id, now, Happened::SecondFactorSet, "")?;
            Ok(true)
        });
        if confirmed.await? { Ok(codes) } else { Err(AuthError::NoSecondFactor) }
    }

    /// Takes the second factor of an account away, with its recovery codes. Its sessions stand on their password from
    /// then on.
    ///
    /// # Errors
    /// There is none, or the database fails.
    pub async fn remove_second_factor(&self, account: AccountId) -> Result<(), AuthError> {
        let (id, now) = (account.to_string(), self.clock.now()?);
        let removed = self.writer.keep(move |conn| take_factor_away(conn, &id, now));
        if removed.await? { Ok(()) } else { Err(AuthError::NoSecondFactor) }
    }

    /// Gives an account this second factor in the place of any other, as the operator.
    ///
    /// # Errors
    /// The database fails.
    pub async fn set_second_factor(&self, account: AccountId, secret: &TotpSecret) -> Result<(), Error> {
        let (id, now) = (account.to_string(), self.clock.now()?.store());
        let row = SecondFactor {
            sealed: self.sealed(&id, secret)?,
            id,
            begun_at: now.clone(),
            confirmed_at: Some(now),
            last_step: 0,
        };
        self.writer.keep(move |conn| Ok(SecondFactor::upsert(conn, std::slice::from_ref(&row))?)).await
    }

    /// What a code shows of an account whose password was right; `None` if a password is all it has.
    pub(super) async fn look_at_code(
        &self,
        user: &User,
        code: Option<&str>,
    ) -> Result<Option<Spent>, AuthError> {
        let Some(held) = self.confirmed_factor(&user.id).await? else { return Ok(None) };
        let code = code.ok_or(AuthError::SecondFactorNeeded)?.trim();
        if !is_code(code) {
            return Ok(Some(Spent::Recovery { id: recovery_id(&user.id, code) }));
        }
        let secret = self.opened(&user.id, &held.sealed)?;
        let step = secret.step_of(code, self.clock.on_the_wall()?).ok_or(AuthError::WrongCode)?;
        Ok(Some(Spent::Step { sealed: held.sealed, step }))
    }
}

/// Takes a factor away, and tells its owner. Tells whether there was one that counted.
pub(super) fn take_factor_away(conn: &mut AnyConn, account: &str, now: Timestamp) -> Result<bool, Error> {
    let held = find_second_factor(conn, account)?;
    remove_factor(conn, account)?;
    if held.is_none_or(|held| held.confirmed_at.is_none()) {
        return Ok(false);
    }
    let shown = [Proof::PasswordAndCode.as_str(), Proof::RecoveryCode.as_str()];
    weaken_sessions(conn, account, &shown, Proof::Password.as_str())?;
    tell(conn, account, now, Happened::SecondFactorRemoved, "")?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_are_long_and_differ() {
        let codes = drawn_codes().unwrap();
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!((codes.len(), distinct.len()), (10, 10));
        for code in &codes {
            assert_eq!((code.len(), code.matches('-').count()), (19, 3), "{code}");
            assert!(!is_code(code));
        }
    }

    #[test]
    fn a_recovery_code_is_the_same_however_it_is_typed_and_belongs_to_one_account() {
        let id = recovery_id("one", "abcd-efgh-ijkl-mnop");
        assert_eq!(id, recovery_id("one", " ABCDEFGH ijklmnop"));
        assert_ne!(id, recovery_id("two", "abcd-efgh-ijkl-mnop"));
        assert!(!id.contains("abcd"));
    }
}
