//! Running sums that limits are checked against, kept with every submission that changes.

use std::hash::Hash;

use rpds::HashTrieMapSync;
use serde::{Deserialize, Serialize};

use crate::snapshot;
use crate::submission::Submission;
use crate::value::{Amount, MemberNumber, PeriodNumber, Slug};
use crate::words::{ClaimKind, Lane};

/// Sums over live submissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    #[serde(with = "snapshot::map")]
    open: HashTrieMapSync<MemberNumber, u32>,
    #[serde(with = "snapshot::map")]
    share: HashTrieMapSync<(MemberNumber, PeriodNumber, Slug), Amount>,
    #[serde(with = "snapshot::map")]
    small: HashTrieMapSync<(MemberNumber, PeriodNumber), Amount>,
    #[serde(with = "snapshot::map")]
    retro: HashTrieMapSync<PeriodNumber, Amount>,
}

impl Totals {
    /// Undecided submissions of one person.
    pub fn open(&self, member: MemberNumber) -> u32 {
        self.open.get(&member).copied().unwrap_or(0)
    }

    /// What one person asked of a category in a period.
    pub fn share(&self, member: MemberNumber, period: PeriodNumber, category: Slug) -> Amount {
        of(&self.share, &(member, period, category))
    }

    /// What one person asked through the small lane in a period.
    pub fn small(&self, member: MemberNumber, period: PeriodNumber) -> Amount {
        of(&self.small, &(member, period))
    }

    /// What all retroactive claims of a period ask.
    pub fn retro(&self, period: PeriodNumber) -> Amount {
        of(&self.retro, &period)
    }

    /// The sums with `before` replaced by `after`.
    pub(crate) fn replace(&mut self, before: Option<&Submission>, after: Option<&Submission>) {
        if let Some(before) = before {
            self.count(before, false);
        }
        if let Some(after) = after {
            self.count(after, true);
        }
    }

    fn count(&mut self, submission: &Submission, add: bool) {
        let (person, period) = (submission.claimant, submission.period);
        let amount = submission.revision.amount;
        if submission.stage.is_open() {
            let open = self.open(person);
            let open = if add { open.saturating_add(1) } else { open.saturating_sub(1) };
            put(&mut self.open, person, open, open == 0);
        }
        if !submission.stage.is_live() {
            return;
        }
        shift(&mut self.share, (person, period, submission.category), amount, add);
        if submission.revision.lane == Lane::Small {
            shift(&mut self.small, (person, period), amount, add);
        }
        if submission.kind == ClaimKind::Retro {
            shift(&mut self.retro, period, amount, add);
        }
    }
}

fn of<K: Hash + Eq>(sums: &HashTrieMapSync<K, Amount>, key: &K) -> Amount {
    sums.get(key).copied().unwrap_or(Amount::ZERO)
}

/// Adds or takes an amount. `decide` refuses what would overflow, so saturating never shows.
fn shift<K: Hash + Eq>(sums: &mut HashTrieMapSync<K, Amount>, key: K, amount: Amount, add: bool) {
    let sum = of(sums, &key);
    let sum = if add {
        sum.checked_add(amount).unwrap_or(Amount::from_wei(u128::MAX))
    } else {
        sum.saturating_sub(amount)
    };
    put(sums, key, sum, sum.is_zero());
}

fn put<K: Hash + Eq, V>(map: &mut HashTrieMapSync<K, V>, key: K, value: V, empty: bool) {
    if empty {
        map.remove_mut(&key);
    } else {
        map.insert_mut(key, value);
    }
}
