//! What people are told about their own account, so that they notice what somebody else did in their name.
//!
//! A notice is written in the commit of what it tells, and kept for a year.

use std::fmt;
use std::str::FromStr;

use domain::value::Timestamp;

use super::AccountId;
use crate::app::{App, Entropy, Error};
use crate::db::notices::{forget_notices, list_notices};
use crate::db::rows;
use crate::db::{AnyConn, Corrupt, Stored, read_text};

/// How long a notice is kept.
const KEPT_MICROS: i64 = 365 * 24 * 3_600_000_000;
/// Characters of a notice's detail; the database takes no more than 200.
const DETAIL_LENGTH: usize = 120;

/// What happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A session began in a way that no session of theirs that is still known did.
    SignedIn,
    SecondFactorSet,
    SecondFactorRemoved,
    RecoveryCodeUsed,
    PasswordChanged,
    /// Somebody made a link that sets a new password.
    SignInLinkMade,
    SignInReset,
    AddressRecorded,
    TokenMade,
    WalletLinked,
    WalletUnlinked,
}

impl Happened {
    pub const ALL: [Self; 11] = [
        Self::SignedIn,
        Self::SecondFactorSet,
        Self::SecondFactorRemoved,
        Self::RecoveryCodeUsed,
        Self::PasswordChanged,
        Self::SignInLinkMade,
        Self::SignInReset,
        Self::AddressRecorded,
        Self::TokenMade,
        Self::WalletLinked,
        Self::WalletUnlinked,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SecondFactorSet => "second_factor_set",
            Self::SecondFactorRemoved => "second_factor_removed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::PasswordChanged => "password_changed",
            Self::SignInLinkMade => "sign_in_link_made",
            Self::SignInReset => "sign_in_reset",
            Self::AddressRecorded => "address_recorded",
            Self::TokenMade => "token_made",
            Self::WalletLinked => "wallet_linked",
            Self::WalletUnlinked => "wallet_unlinked",
        }
    }
}

impl fmt::Display for Happened {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Happened {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|what| what.as_str() == text).ok_or(())
    }
}

/// What somebody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub at: Timestamp,
    pub what: Happened,
    /// Which session, address, …
    pub detail: String,
}

/// Writes a notice, and forgets those that are too old.
pub(in crate::app) fn tell(
    conn: &mut AnyConn,
    account: &str,
    now: Timestamp,
    what: Happened,
    detail: &str,
) -> Result<(), Error> {
    if let Some(before) = now.micros().checked_sub(KEPT_MICROS)
        && let Ok(before) = Timestamp::from_micros(before)
    {
        forget_notices(conn, account, &before.store())?;
    }
    let row = rows::Notice {
        id: Entropy::System.uuid()?.store(),
        account: account.to_owned(),
        at: now.store(),
        what: what.to_string(),
        detail: detail.chars().take(DETAIL_LENGTH).collect(),
    };
    Ok(rows::Notice::insert(conn, &[row])?)
}

impl App {
    /// The notices of an account, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn notices(&self, account: AccountId) -> Result<Vec<Notice>, Error> {
        let account = account.to_string();
        let rows = self.read(move |conn| Ok(list_notices(conn, &account)?)).await?;
        let read = |row: rows::Notice| {
            let what = row.what.parse().map_err(|()| Corrupt { table: "notices", column: "what" })?;
            Ok(Notice { at: read_text("notices", "at", &row.at)?, what, detail: row.detail })
        };
        rows.into_iter().map(read).collect()
    }
}
