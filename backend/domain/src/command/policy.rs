//! A program's policy, as it changes.

use serde::{Deserialize, Serialize};

use crate::policy::Policy;
use crate::value::{Count, Digest, Timestamp};

/// Announces another policy, whole; it decides about later revisions only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePolicy {
    /// The version that it changes: the one announced last.
    pub after: Count,
    pub policy: Policy,
    /// The document with the reason.
    pub reason: Digest,
}

/// The version that was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyChanged {
    /// From when on it is in force.
    pub from: Timestamp,
    pub version: Count,
}
