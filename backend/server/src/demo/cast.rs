//! The demo's cast: handles with roles, and addresses nobody holds a key for.

use domain::value::{Address, Digest};
use domain::words::Role;

/// Contributors who join after the program was opened, in the order of their numbers.
pub(super) const CONTRIBUTORS: [&str; 8] = [
    "space-co-host",
    "community-manager",
    "thread-writer",
    "onboarding-guide",
    "designer",
    "explainer",
    "clip-editor",
    "data-analyst",
];

/// The members of the program file, in the order of their numbers.
pub(super) const FOUNDERS: [&str; 6] =
    ["lead", "reviewer-one", "reviewer-two", "reviewer-alternate", "treasurer", "auditor"];

pub(super) const CONTRIBUTOR_ROLES: [Role; 1] = [Role::Contributor];

/// Who records a payout address on the first day.
pub(super) fn payees() -> impl Iterator<Item = &'static str> {
    CONTRIBUTORS.into_iter().chain(["lead"])
}

/// Thirty-two bytes that belong to a name and to nothing else.
pub(super) fn digest(what: &str, name: &str) -> Digest {
    Digest::sha256(&[b"bounty-ledger demo ", what.as_bytes(), b" ", name.as_bytes()])
}

/// An address made from a hash: whoever had its key would have broken the hash.
pub(super) fn address(what: &str, name: &str) -> Address {
    let digest = digest(what, name);
    let mut bytes = [0; 20];
    for (byte, made) in bytes.iter_mut().zip(digest.bytes()) {
        *byte = *made;
    }
    Address::from_bytes(bytes)
}

/// The address as people write it.
pub(super) fn written(what: &str, name: &str) -> String {
    safe::eip55::checksum(&address(what, name))
}

/// An X post's id, which holds the time it was posted (snowflake, in milliseconds since 2010-11-04).
pub(super) fn x_status(posted_micros: i64, nth: u32) -> u64 {
    snowflake(posted_micros, 1_288_834_974_657, nth)
}

/// A Discord message's id, which holds the time it was sent (snowflake, in milliseconds since 2015).
pub(super) fn discord_message(sent_micros: i64, nth: u32) -> u64 {
    snowflake(sent_micros, 1_420_070_400_000, nth)
}

fn snowflake(micros: i64, epoch_ms: u64, nth: u32) -> u64 {
    let ms = u64::try_from(micros).unwrap_or_default().div_euclid(1_000).saturating_sub(epoch_ms);
    (ms << 22) | u64::from(nth)
}
