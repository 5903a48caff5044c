//! Hashing passwords, off the async threads, a few at a time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, KeyId, Params, ParamsBuilder, Version};
use domain::value::Digest;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::app::Error;

/// Hashes that are computed at the same time: each holds its memory.
const AT_ONCE: usize = 2;
/// Hashes that may wait; more are told to come back.
const QUEUE: usize = 32;

/// What a hash costs (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl HashCost {
    /// 64 MiB, three passes: a fraction of a second.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
    /// For passwords that were drawn at random, which nobody guesses: the least that is advised. The first
    /// sign-in brings it to the standard.
    pub const DRAWN: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
}

/// A secret that goes into every hash and lies outside the database.
#[derive(Clone)]
pub struct Pepper(Zeroizing<String>);

impl Pepper {
    /// `None` for an empty text.
    pub fn new(secret: &str) -> Option<Self> {
        (!secret.is_empty()).then(|| Self(Zeroizing::new(secret.to_owned())))
    }

    /// Tells peppers apart without telling the pepper.
    fn id(&self) -> Result<KeyId, HashError> {
        let digest = Digest::sha256(&[b"pepper", self.0.as_bytes()]);
        let id: Vec<u8> = digest.bytes().iter().take(KeyId::MAX_LEN).copied().collect();
        Ok(KeyId::new(&id)?)
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Hashes and verifies passwords: argon2id with one cost and at most one pepper.
#[derive(Clone, Debug)]
pub struct Passwords {
    params: Params,
    pepper: Option<Pepper>,
    /// Places for hashes, computed or waiting.
    places: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

impl Passwords {
    /// # Errors
    /// A cost that argon2 does not know.
    pub fn new(cost: HashCost, pepper: Option<Pepper>) -> Result<Self, Error> {
        let mut params = ParamsBuilder::new();
        params.m_cost(cost.memory_kib).t_cost(cost.passes).p_cost(cost.lanes);
        if let Some(pepper) = &pepper {
            params.keyid(pepper.id()?);
        }
        Ok(Self {
            params: params.build().map_err(HashError::from)?,
            pepper,
            places: Arc::new(Semaphore::new(AT_ONCE.saturating_add(QUEUE))),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            computed: Arc::new(AtomicU64::new(0)),
        })
    }

    /// How many hashes were computed so far.
    pub(super) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// The hash of a password as a PHC string.
    ///
    /// # Errors
    /// Too many wait already, or argon2 fails.
    pub(super) async fn hash(&self, password: Zeroizing<String>, salt: [u8; 16]) -> Result<String, Error> {
        self.compute(move |passwords| {
            let argon2 = argon2(passwords.params.clone(), passwords.pepper.as_ref())?;
            Ok(argon2.hash_password_with_salt(password.as_bytes(), &salt)?.to_string())
        })
        .await
    }

    /// Whether this is the password behind a hash, which may have another cost or none of our pepper.
    ///
    /// # Errors
    /// Too many wait already, or a hash that is none.
    pub(super) async fn verify(&self, password: Zeroizing<String>, hash: String) -> Result<bool, Error> {
        self.compute(move |passwords| {
            let hash = PasswordHash::new(&hash).map_err(HashError::from)?;
            let params = Params::try_from(&hash)?;
            // A hash from before there was a pepper.
            let pepper = passwords.pepper.as_ref().filter(|_| !params.keyid().is_empty());
            match argon2(params, pepper)?.verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(HashError::PasswordInvalid) => Ok(false),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// Whether a hash was made with another cost or another pepper than we use now.
    pub(super) fn is_outdated(&self, hash: &str) -> bool {
        let Ok(hash) = PasswordHash::new(hash) else { return true };
        let Ok(params) = Params::try_from(&hash) else { return true };
        let parts = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        hash.algorithm != ARGON2ID_IDENT
            || hash.version != Some(Version::V0x13.into())
            || parts(&params) != parts(&self.params)
            || params.keyid() != self.params.keyid()
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let busy = |_| Error::Busy { retry_after_s: 1 };
        let place = self.places.clone().try_acquire_owned().map_err(busy)?;
        let turn = self.at_once.clone().acquire_owned().await.map_err(|_| Error::Stopped)?;
        let passwords = self.clone();
        let computed = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when nobody waits for it any more.
            let _held = (place, turn);
            passwords.computed.fetch_add(1, Ordering::Relaxed);
            work(&passwords)
        });
        computed.await.map_err(|_| Error::Stopped)?
    }
}

fn argon2(params: Params, pepper: Option<&Pepper>) -> Result<Argon2<'_>, HashError> {
    match pepper {
        Some(Pepper(secret)) => {
            Ok(Argon2::new_with_secret(secret.as_bytes(), Algorithm::Argon2id, Version::V0x13, params)?)
        }
        None => Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)),
    }
}
