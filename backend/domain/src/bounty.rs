//! Bounties: a reward for each of some slots, reserved when posted.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, BountyNumber, Count, Digest, PeriodNumber, Seq, Slug, Timestamp};

/// An offer: brief, category, reward, slots, window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounty {
    pub number: BountyNumber,
    pub period: PeriodNumber,
    pub category: Slug,
    pub function: Slug,
    pub brief: Digest,
    /// For each slot.
    pub reward: Amount,
    pub slots: Count,
    /// Slots whose claim was approved; they stay used.
    pub used: Count,
    pub opens_at: Timestamp,
    /// The first moment at which a claim is too late.
    pub closes_at: Timestamp,
    pub posted: Seq,
}

impl Bounty {
    pub fn slots_left(&self) -> u32 {
        self.slots.get().saturating_sub(self.used.get())
    }

    /// What this bounty still promises: its reward for each slot left.
    pub fn promised(&self) -> Option<Amount> {
        self.reward.checked_mul(self.slots_left())
    }
}
