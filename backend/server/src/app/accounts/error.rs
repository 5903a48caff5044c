use thiserror::Error;

use super::TokenError;
use crate::app::Error;

/// What a lead or treasurer is told who signed in by nothing but a password.
const WEAK: &str = "who leads a program or moves its money signs in with a second factor: set one up with \
                    POST /me/second-factor, or sign in again with a code of the one you have";

/// Why somebody is not let in.
#[derive(Debug, Error)]
pub enum AuthError {
    #[error("this handle is taken: choose another one")]
    HandleTaken,
    /// The same for a handle that nobody has.
    #[error("handle or password is wrong")]
    WrongCredentials,
    /// Told only to whoever brought the right password.
    #[error("signing in takes a code of your second factor: send it as code, or one of your recovery codes")]
    SecondFactorNeeded,
    #[error("the code is wrong, or was used before: wait for the next one")]
    WrongCode,
    #[error("this account has a second factor: take it away first with DELETE /me/second-factor")]
    SecondFactorStands,
    #[error("there is no second factor to confirm or to take away: begin with POST /me/second-factor")]
    NoSecondFactor,
    #[error("{WEAK}")]
    SecondFactorMissing,
    #[error("an account has {limit} API tokens at most: end one with DELETE /me/tokens/…")]
    TooManyTokens { limit: usize },
    #[error("this message cannot be used here: {why}")]
    OtherMessage { why: &'static str },
    #[error("the message's nonce was used before, or is older than five minutes: ask for a new one")]
    NonceSpent,
    #[error(
        "no account is linked to this wallet: send a handle as well to make one, or sign in otherwise and link it with POST /me/wallets"
    )]
    UnknownWallet,
    #[error("this wallet is linked to an account already")]
    WalletTaken,
    #[error("an account has {limit} wallets at most: take one away first")]
    TooManyWallets { limit: usize },
    #[error(
        "this wallet is the only way into this account: link another one first, or have a lead make a sign-in link"
    )]
    LastWallet,
    #[error("too many attempts: try again in {retry_after_s} s")]
    TooManyAttempts { retry_after_s: u32 },
    /// An access token that says nothing.
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("this session has ended: sign in again")]
    SessionEnded,
    /// A field that holds no value, a ledger that is busy, or a fault.
    #[error(transparent)]
    Ledger(#[from] Error),
}

impl AuthError {
    /// Whether somebody brought what is not right, as who guesses does.
    pub(super) const fn is_a_wrong_guess(&self) -> bool {
        match self {
            Self::WrongCredentials | Self::WrongCode => true,
            Self::HandleTaken
            | Self::SecondFactorNeeded
            | Self::SecondFactorMissing
            | Self::TooManyTokens { .. }
            | Self::OtherMessage { .. }
            | Self::NonceSpent
            | Self::UnknownWallet
            | Self::WalletTaken
            | Self::TooManyWallets { .. }
            | Self::LastWallet
            | Self::SecondFactorStands
            | Self::NoSecondFactor
            | Self::TooManyAttempts { .. }
            | Self::Token(_)
            | Self::SessionEnded
            | Self::Ledger(_) => false,
        }
    }
}
