use std::time::Duration;

use domain::value::{Address, Digest};
use safe::eip55::checksum;
use thiserror::Error;

use crate::chain::Setback;
use crate::chain::transport::Broken;

/// Why something was not done or not learnt at a Safe Transaction Service.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{service}: {operation}: {fault}")]
pub struct ServiceError {
    /// Scheme and host of the service.
    pub service: String,
    /// What was wanted.
    pub operation: &'static str,
    pub fault: Fault,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    #[error("nothing was sent: {0}")]
    NotSent(#[from] NotSent),
    #[error("the service cannot be reached: {why}")]
    Unreachable { why: String },
    #[error("the service did not answer in time")]
    TimedOut,
    #[error("the answer was cut off: {why}")]
    CutOff { why: String },
    #[error("the service answers with HTTP status {status}{}{}", said(words), hint(*status))]
    Status {
        status: u16,
        /// How long the service asks to be left alone.
        retry_after: Option<Duration>,
        /// What it says besides; nothing if it says nothing.
        words: String,
    },
    #[error("the service knows no such transaction{}", said(words))]
    NotFound { words: String },
    #[error("the answer has more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the answer is not JSON ({why}): does the URL lead to the service's API?")]
    NotJson { why: String },
    #[error("the answer has another form than it should: {why}")]
    Shape { why: String },
    #[error("the service shows a transaction of the Safe {}, which is not ours: do not sign it", checksum(.0))]
    OtherSafe(Address),
    #[error(
        "the service shows a transaction as 0x{named}, but its fields make 0x{computed} on our Safe: do not sign it"
    )]
    OtherHash { named: Digest, computed: Digest },
    #[error("the service was asked for the transaction 0x{asked}, and shows 0x{found}")]
    OtherTransaction { asked: Digest, found: Digest },
    #[error(
        "the service was asked for what is pending, and shows 0x{0}, which is executed or of a nonce before"
    )]
    NotPending(Digest),
    #[error("the service has more than {limit} pending transactions of this Safe")]
    TooMany { limit: usize },
    #[error("the service's list does not add up, it changed while it was read: ask again")]
    Changed,
    #[error("it is not known whether it arrived ({0}): ask again, doing it twice changes nothing")]
    Unsure(Box<Fault>),
}

/// Why something is not fit to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotSent {
    #[error("the transaction's fields make the hash 0x{computed} on this Safe, not 0x{named}")]
    OtherHash { named: Digest, computed: Digest },
    #[error("the signature is not one of {} for this hash", checksum(.0))]
    NotSigned(Address),
    #[error("the origin has more than {0} characters")]
    Origin(usize),
}

fn said(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(", and says: {words}") }
}

/// What to look at first.
fn hint(status: u16) -> &'static str {
    match status {
        300..=399 => " (a redirect, which is not followed: is safe_service_url right?)",
        401 | 403 => " (is safe_service_key set, and valid?)",
        404 => " (does safe_service_url lead to the API of the right chain?)",
        429 => " (it is asked too often: with a safe_service_key it allows more)",
        _ => "",
    }
}

impl Fault {
    /// Whether the same request may succeed a little later.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut | Self::CutOff { .. } => true,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::NotSent(_)
            | Self::NotFound { .. }
            | Self::TooLarge { .. }
            | Self::NotJson { .. }
            | Self::Shape { .. }
            | Self::OtherSafe(_)
            | Self::OtherHash { .. }
            | Self::OtherTransaction { .. }
            | Self::NotPending(_)
            | Self::TooMany { .. }
            | Self::Changed
            | Self::Unsure(_) => false,
        }
    }

    /// Whether the service may have done what it was asked for, though it does not say so.
    pub(super) fn may_be_done(&self) -> bool {
        // Without a connection nothing was said, and 429 is an answer instead of the deed.
        let is_refused = matches!(self, Self::Unreachable { .. } | Self::Status { status: 429, .. });
        self.may_pass() && !is_refused
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Unreachable { why } => Self::Unreachable { why },
            Broken::TimedOut => Self::TimedOut,
            Broken::CutOff { why } => Self::CutOff { why },
            Broken::TooLarge { limit } => Self::TooLarge { limit },
        }
    }
}

impl From<&Fault> for Setback {
    fn from(fault: &Fault) -> Self {
        let retry_after = if let Fault::Status { retry_after, .. } = fault { *retry_after } else { None };
        Self { may_pass: fault.may_pass(), retry_after }
    }
}
