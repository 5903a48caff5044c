use thiserror::Error;

use super::TokenError;
use crate::app::Error;

/// Why somebody is not let in.
#[derive(Debug, Error)]
pub enum AuthError {
    #[error("this handle is taken: choose another one")]
    HandleTaken,
    /// The same for a handle that nobody has.
    #[error("handle or password is wrong")]
    WrongCredentials,
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
