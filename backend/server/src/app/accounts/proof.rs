//! How people showed who they are, and what their requests bring to say so.

use std::fmt;
use std::str::FromStr;

use domain::permission::Scope;
use domain::value::Timestamp;

use super::AccountId;

/// How long after somebody showed who they are the calls that want a fresh proof are taken.
pub const FRESH_MINUTES: i64 = 15;
const MICROS_PER_MINUTE: i64 = 60_000_000;

/// How somebody showed who they are. Other ways to sign in get words of their own here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    Password,
    /// A password, and a code of the second factor (RFC 6238).
    PasswordAndCode,
    /// A password, and one of the codes for whoever lost their second factor.
    RecoveryCode,
    /// The signature of a wallet.
    Wallet,
}

impl Proof {
    pub const ALL: [Self; 4] = [Self::Password, Self::PasswordAndCode, Self::RecoveryCode, Self::Wallet];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::PasswordAndCode => "password_and_code",
            Self::RecoveryCode => "recovery_code",
            Self::Wallet => "wallet",
        }
    }

    /// Whether it takes more than what can be read over somebody's shoulder.
    pub const fn is_strong(self) -> bool {
        match self {
            Self::Password => false,
            Self::PasswordAndCode | Self::RecoveryCode | Self::Wallet => true,
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Proof {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|proof| proof.as_str() == text).ok_or(())
    }
}

/// Who asks, and by what we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub account: AccountId,
    pub means: Means,
}

/// What a request brought to say who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// An access token of a session.
    Session(Proven),
    /// An API token, for these kinds of calls.
    Token { scopes: Vec<Scope> },
}

/// A session, and how and when its owner showed who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    pub session: String,
    pub proof: Proof,
    /// As its access token says: another token of the session does not make this one fresher.
    pub proven_at: Timestamp,
}

impl Proven {
    /// Whether that was a moment ago.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        let age = now.micros().saturating_sub(self.proven_at.micros());
        age <= FRESH_MINUTES.saturating_mul(MICROS_PER_MINUTE)
    }
}
