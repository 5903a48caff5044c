//! Slowing down who guesses passwords, never for good and alike for handles that nobody has, and who makes
//! accounts by the dozen.
//!
//! Kept in memory: a restart forgets it, and servers that share a database count each for themselves.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::value::Timestamp;

use super::{AuthError, Handle};

const SECOND: i64 = 1_000_000;
const QUARTER_HOUR: i64 = 15 * 60 * SECOND;
const MINUTE: i64 = 60 * SECOND;
/// Failures of one account before it has to wait.
const FREE_FAILURES: u32 = 5;
/// Attempts of one address in a minute: to sign in, and to register.
const PER_MINUTE: u32 = 20;
/// Handles and addresses that are remembered; the oldest are forgotten first.
const REMEMBERED: usize = 20_000;

/// Failed attempts of one account.
#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: i64,
}

impl Failures {
    /// How long after the last failure the next attempt may come.
    fn pause(self) -> i64 {
        match self.count.checked_sub(FREE_FAILURES) {
            None => 0,
            Some(more) => 1_i64.checked_shl(more.min(20)).unwrap_or(i64::MAX).saturating_mul(SECOND),
        }
        .min(QUARTER_HOUR)
    }
}

/// Attempts of one address since a moment.
#[derive(Clone, Copy, Debug)]
struct Minute {
    since: i64,
    count: u32,
}

#[derive(Debug, Default)]
struct Seen {
    accounts: HashMap<Handle, Failures>,
    addresses: Addresses,
    newcomers: Addresses,
}

/// Attempts by address.
type Addresses = HashMap<IpAddr, Minute>;

/// What this process remembers of attempts.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Seen>);

impl Throttle {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets an attempt through and counts it as failed until [`Throttle::succeeded`].
    pub fn admit(&self, handle: &str, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        let now = now.micros();
        let mut seen = self.seen();
        count(&mut seen.addresses, ip, now)?;
        // A text that is no handle has no account to guess at.
        let Ok(handle) = handle.parse::<Handle>() else { return Ok(()) };
        make_room(&mut seen.accounts, now, QUARTER_HOUR, |failures| failures.last);
        let failures = seen.accounts.entry(handle).or_insert(Failures { count: 0, last: now });
        if now.saturating_sub(failures.last) >= QUARTER_HOUR {
            failures.count = 0;
        }
        let pause = failures.pause();
        let rest = failures.last.saturating_add(pause).saturating_sub(now);
        // A clock that was set back keeps nobody waiting who may try again at once.
        if pause > 0 && rest > 0 {
            return wait(rest);
        }
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
        Ok(())
    }

    /// Lets somebody register, who is counted apart from those who sign in.
    pub fn admit_newcomer(&self, ip: IpAddr, now: Timestamp) -> Result<(), AuthError> {
        count(&mut self.seen().newcomers, ip, now.micros())
    }

    /// The right password came: its account starts afresh.
    pub fn succeeded(&self, handle: &str) {
        if let Ok(handle) = handle.parse() {
            self.seen().accounts.remove(&handle);
        }
    }

    /// The attempt was never made.
    pub fn take_back(&self, handle: &str) {
        if let Ok(handle) = handle.parse::<Handle>()
            && let Some(failures) = self.seen().accounts.get_mut(&handle)
        {
            failures.count = failures.count.saturating_sub(1);
        }
    }
}

/// Counts an attempt of an address, if it has any left in this minute.
fn count(addresses: &mut Addresses, ip: IpAddr, now: i64) -> Result<(), AuthError> {
    make_room(addresses, now, MINUTE, |minute| minute.since);
    let minute = addresses.entry(network(ip)).or_insert(Minute { since: now, count: 0 });
    if now.saturating_sub(minute.since) >= MINUTE {
        *minute = Minute { since: now, count: 0 };
    }
    if minute.count >= PER_MINUTE {
        return wait(minute.since.saturating_add(MINUTE).saturating_sub(now));
    }
    minute.count = minute.count.saturating_add(1);
    Ok(())
}

fn wait(micros: i64) -> Result<(), AuthError> {
    let seconds = micros.saturating_add(SECOND.saturating_sub(1)).div_euclid(SECOND);
    Err(AuthError::TooManyAttempts { retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX) })
}

/// One household has a whole /64 of IPv6 addresses.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

/// Forgets what is over if there is much, and the oldest if that is not enough.
fn make_room<K: Hash + Eq + Clone, V>(map: &mut HashMap<K, V>, now: i64, window: i64, at: fn(&V) -> i64) {
    if map.len() < REMEMBERED {
        return;
    }
    map.retain(|_, value| now.saturating_sub(at(value)) < window);
    if map.len() >= REMEMBERED {
        let mut times: Vec<i64> = map.values().map(at).collect();
        times.sort_unstable();
        let middle = times.get(times.len().div_euclid(2)).copied().unwrap_or(now);
        map.retain(|_, value| at(value) > middle);
    }
}
