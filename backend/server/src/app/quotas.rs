//! How many claims and votes one member may send in an hour (OWASP API6:2023): more than anybody writes by hand.
//!
//! Only what comes over the API is counted, repeats and refusals too. Kept in memory: a restart forgets it, and
//! servers that share a database count each for themselves.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::value::{MemberNumber, Slug, Timestamp};

use super::{Ask, Error};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
/// Members that are remembered; those whose hour is over are forgotten first.
const REMEMBERED: usize = 20_000;

/// What a member sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sending {
    /// New claims and revisions of them.
    Claims,
    Votes,
}

impl Sending {
    const fn words(self) -> &'static str {
        match self {
            Self::Claims => "claims and revisions",
            Self::Votes => "votes",
        }
    }
}

/// How many a member may send in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    pub claims: u32,
    pub votes: u32,
}

impl Quotas {
    /// A claim a minute, and a vote every ten seconds.
    pub const STANDARD: Self = Self { claims: 60, votes: 360 };

    const fn of(self, sending: Sending) -> u32 {
        match sending {
            Sending::Claims => self.claims,
            Sending::Votes => self.votes,
        }
    }
}

/// What a member sent since a moment.
#[derive(Clone, Copy, Debug)]
struct Hour {
    since: i64,
    count: u32,
}

type Sent = HashMap<(Slug, MemberNumber, Sending), Hour>;

/// What this process remembers of who sent how much.
#[derive(Debug)]
pub(super) struct Counted {
    quotas: Quotas,
    sent: Mutex<Sent>,
}

impl Counted {
    pub fn new(quotas: Quotas) -> Self {
        Self { quotas, sent: Mutex::default() }
    }

    /// Counts one more of a member who asks over the API.
    ///
    /// # Errors
    /// The hour's quota is spent.
    pub fn admit(&self, ask: Ask<'_>, sending: Sending, now: Timestamp) -> Result<(), Error> {
        if ask.sent.is_none() {
            return Ok(());
        }
        let now = now.micros();
        let over = |hour: &Hour| now.saturating_sub(hour.since) >= HOUR;
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= REMEMBERED {
            sent.retain(|_, hour| !over(hour));
        }
        let hour = sent.entry((ask.program, ask.member, sending)).or_insert(Hour { since: now, count: 0 });
        if over(hour) {
            *hour = Hour { since: now, count: 0 };
        }
        let limit = self.quotas.of(sending);
        if hour.count >= limit {
            let micros = hour.since.saturating_add(HOUR).saturating_sub(now);
            let seconds = micros.saturating_add(SECOND.saturating_sub(1)).div_euclid(SECOND);
            let retry_after_s = u32::try_from(seconds).unwrap_or(u32::MAX);
            return Err(Error::QuotaSpent { what: sending.words(), limit, retry_after_s });
        }
        hour.count = hour.count.saturating_add(1);
        Ok(())
    }
}
