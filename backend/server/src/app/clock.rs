//! The one place that reads the time, and the one that draws chance.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use chrono::Utc;
use domain::value::{Digest, Timestamp};
use uuid::Uuid;

use super::Error;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands where it was set: the demo's month.
    Set(SetClock),
    /// The machine's clock, moved by so many microseconds: a demo that is played on.
    Shifted(i64),
}

/// A clock that stands until it is set again.
#[derive(Clone, Debug)]
pub struct SetClock(Arc<AtomicI64>);

impl SetClock {
    pub fn at(moment: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(moment.micros())))
    }

    pub fn set(&self, moment: Timestamp) {
        self.0.store(moment.micros(), Ordering::SeqCst);
    }
}

impl Clock {
    /// Whether this is the machine's clock, and not one that was set.
    pub(super) fn is_real(&self) -> bool {
        matches!(self, Self::System)
    }

    /// Now, to the microsecond.
    ///
    /// # Errors
    /// A machine whose clock lies outside the years 1970 to 9999.
    pub fn now(&self) -> Result<Timestamp, Error> {
        let micros = match self {
            Self::System => system_micros(),
            Self::Shifted(by) => system_micros().saturating_add(*by),
            Self::Set(clock) => clock.0.load(Ordering::SeqCst),
        };
        Timestamp::from_micros(micros).map_err(|_| Error::Clock)
    }

    /// Now on the wall, where authenticator apps look: a demo that is played on at another time changes nothing there.
    ///
    /// # Errors
    /// As [`Clock::now`].
    pub fn on_the_wall(&self) -> Result<Timestamp, Error> {
        match self {
            Self::Shifted(_) => Self::System.now(),
            Self::System | Self::Set(_) => self.now(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock itself: everything else is told the time")]
fn system_micros() -> i64 {
    Utc::now().timestamp_micros()
}

/// Where chance comes from: ids and the salts of documents.
#[derive(Clone, Debug)]
pub enum Entropy {
    /// The operating system.
    System,
    /// A fixed seed, so that the demo writes the same journal again. Never for real money.
    Seeded(Seed),
}

/// A seed and how often it was drawn from.
#[derive(Clone, Debug)]
pub struct Seed {
    seed: u64,
    drawn: Arc<AtomicU64>,
}

impl Seed {
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: Arc::new(AtomicU64::new(0)) }
    }
}

impl Entropy {
    /// Sixteen bytes that nobody can guess (system), or the next ones of the seed.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn bytes(&self) -> Result<[u8; 16], Error> {
        let mut bytes = [0; 16];
        match self {
            Self::System => getrandom::fill(&mut bytes).map_err(|_| Error::NoEntropy)?,
            Self::Seeded(Seed { seed, drawn }) => {
                let count = drawn.fetch_add(1, Ordering::SeqCst);
                let digest = Digest::sha256(&[b"seed", &seed.to_be_bytes(), &count.to_be_bytes()]);
                for (byte, next) in bytes.iter_mut().zip(digest.bytes()) {
                    *byte = *next;
                }
            }
        }
        Ok(bytes)
    }

    /// Thirty-two bytes, such as a key or a token.
    ///
    /// # Errors
    /// As [`Entropy::bytes`].
    pub fn secret(&self) -> Result<[u8; 32], Error> {
        let mut secret = [0; 32];
        for half in secret.chunks_exact_mut(16) {
            half.copy_from_slice(&self.bytes()?);
        }
        Ok(secret)
    }

    /// A random id (RFC 9562, version 4).
    ///
    /// # Errors
    /// As [`Entropy::bytes`].
    pub fn uuid(&self) -> Result<Uuid, Error> {
        Ok(uuid::Builder::from_random_bytes(self.bytes()?).into_uuid())
    }
}
