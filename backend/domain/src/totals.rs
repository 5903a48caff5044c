//! Running sums that limits are checked against, kept with every submission that changes.

use std::hash::Hash;

use rpds::HashTrieMapSync;
use serde::{Deserialize, Serialize};

use crate::snapshot;
use crate::submission::{Stage, Submission};
use crate::value::{Amount, MemberNumber, PeriodNumber, Slug, Timestamp};
use crate::words::{ClaimKind, Lane};

/// Sums over live submissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    #[serde(with = "snapshot::map")]
    open: HashTrieMapSync<MemberNumber, u32>,
    #[serde(with = "snapshot::map")]
    share: HashTrieMapSync<(MemberNumber, PeriodNumber, Slug), Amount>,
    #[serde(with = "snapshot::map")]
    small: HashTrieMapSync<(MemberNumber, PeriodNumber), Amount>,
    #[serde(with = "snapshot::map")]
    retro: HashTrieMapSync<PeriodNumber, Amount>,
    /// Undecided ones by period.
    #[serde(with = "snapshot::map")]
    undecided: HashTrieMapSync<PeriodNumber, u32>,
    #[serde(with = "snapshot::map")]
    filed: HashTrieMapSync<(MemberNumber, PeriodNumber), u32>,
    #[serde(with = "snapshot::map")]
    pace: HashTrieMapSync<MemberNumber, Pace>,
}

/// When a person claimed last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    pub any: Option<Timestamp>,
    /// A lead's own pay.
    pub lead: Option<Timestamp>,
}

impl Pace {
    /// The later time of each of two.
    pub(crate) fn later(self, other: Self) -> Self {
        Self { any: self.any.max(other.any), lead: self.lead.max(other.lead) }
    }
}

/// What a submission adds to the sums.
#[derive(PartialEq, Eq)]
struct Share {
    person: MemberNumber,
    period: PeriodNumber,
    category: Slug,
    amount: Amount,
    lane: Lane,
    kind: ClaimKind,
    stage: Standing,
}

/// What a stage means for the sums.
#[derive(PartialEq, Eq)]
enum Standing {
    Open,
    Approved,
    Rejected,
}

impl Standing {
    fn of(stage: &Stage) -> Self {
        match stage {
            stage if stage.is_open() => Self::Open,
            stage if stage.is_live() => Self::Approved,
            _ => Self::Rejected,
        }
    }
}

impl Share {
    fn of(submission: &Submission) -> Self {
        Self {
            person: submission.claimant,
            period: submission.period,
            category: submission.category,
            amount: submission.revision.amount,
            lane: submission.revision.lane,
            kind: submission.kind,
            stage: Standing::of(&submission.stage),
        }
    }
}

impl Totals {
    /// The sums over no submission.
    pub(crate) fn new() -> Self {
        Self {
            open: HashTrieMapSync::new_sync(),
            share: HashTrieMapSync::new_sync(),
            small: HashTrieMapSync::new_sync(),
            retro: HashTrieMapSync::new_sync(),
            undecided: HashTrieMapSync::new_sync(),
            filed: HashTrieMapSync::new_sync(),
            pace: HashTrieMapSync::new_sync(),
        }
    }

    /// Undecided submissions of one account.
    pub fn open(&self, member: MemberNumber) -> u32 {
        self.open.get(&member).copied().unwrap_or(0)
    }

    /// What one account asked of a category in a period.
    pub fn share(&self, member: MemberNumber, period: PeriodNumber, category: Slug) -> Amount {
        of(&self.share, &(member, period, category))
    }

    /// What one account asked through the small lane in a period.
    pub fn small(&self, member: MemberNumber, period: PeriodNumber) -> Amount {
        of(&self.small, &(member, period))
    }

    /// What all retroactive claims of a period ask.
    pub fn retro(&self, period: PeriodNumber) -> Amount {
        of(&self.retro, &period)
    }

    /// Claims without a bounty that one account filed in a period, whatever became of them.
    pub fn filed(&self, member: MemberNumber, period: PeriodNumber) -> u32 {
        self.filed.get(&(member, period)).copied().unwrap_or(0)
    }

    /// When an account claimed last.
    pub fn pace(&self, member: MemberNumber) -> Pace {
        self.pace.get(&member).copied().unwrap_or_default()
    }

    /// Undecided submissions that name a period.
    pub fn undecided(&self, period: PeriodNumber) -> u32 {
        self.undecided.get(&period).copied().unwrap_or(0)
    }

    /// The sums with `before` replaced by `after`.
    pub(crate) fn replace(&mut self, before: Option<&Submission>, after: Option<&Submission>) {
        if let (None, Some(after)) = (before, after) {
            self.count_pace(after);
        }
        // A claim may come to name another period.
        let period = |submission: Option<&Submission>| submission.map(|submission| submission.period);
        if period(before) != period(after) {
            if let Some(before) = before {
                self.count_filed(before, false);
            }
            if let Some(after) = after {
                self.count_filed(after, true);
            }
        }
        let (before, after) = (before.map(Share::of), after.map(Share::of));
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.count(&before, false);
        }
        if let Some(after) = after {
            self.count(&after, true);
        }
    }

    fn count_filed(&mut self, submission: &Submission, add: bool) {
        if submission.bounty.is_some() {
            return;
        }
        let (person, period) = (submission.claimant, submission.period);
        let filed = self.filed(person, period);
        let filed = if add { filed.saturating_add(1) } else { filed.saturating_sub(1) };
        put(&mut self.filed, (person, period), filed, filed == 0);
    }

    fn count_pace(&mut self, submission: &Submission) {
        let (person, at) = (submission.claimant, submission.filed_at);
        let mut pace = self.pace(person);
        pace.any = Some(at);
        if submission.kind == ClaimKind::Lead {
            pace.lead = Some(at);
        }
        self.pace.insert_mut(person, pace);
    }

    fn count(&mut self, share: &Share, add: bool) {
        let Share { person, period, category, amount, .. } = *share;
        if share.stage == Standing::Open {
            let open = self.open(person);
            let open = if add { open.saturating_add(1) } else { open.saturating_sub(1) };
            put(&mut self.open, person, open, open == 0);
            let undecided = self.undecided(period);
            let undecided = if add { undecided.saturating_add(1) } else { undecided.saturating_sub(1) };
            put(&mut self.undecided, period, undecided, undecided == 0);
        }
        if share.stage == Standing::Rejected {
            return;
        }
        shift(&mut self.share, (person, period, category), amount, add);
        if share.lane == Lane::Small {
            shift(&mut self.small, (person, period), amount, add);
        }
        if share.kind == ClaimKind::Retro {
            shift(&mut self.retro, period, amount, add);
        }
    }
}

fn of<K: Hash + Eq>(sums: &HashTrieMapSync<K, Amount>, key: &K) -> Amount {
    sums.get(key).copied().unwrap_or(Amount::ZERO)
}

/// Adds or takes an amount. `decide` refuses what would overflow, so saturating never shows.
fn shifted(sum: Amount, amount: Amount, add: bool) -> Amount {
    if add {
        sum.checked_add(amount).unwrap_or(Amount::from_wei(u128::MAX))
    } else {
        sum.saturating_sub(amount)
    }
}

fn shift<K: Hash + Eq>(sums: &mut HashTrieMapSync<K, Amount>, key: K, amount: Amount, add: bool) {
    let sum = shifted(of(sums, &key), amount, add);
    put(sums, key, sum, sum.is_zero());
}

fn put<K: Hash + Eq, V>(map: &mut HashTrieMapSync<K, V>, key: K, value: V, empty: bool) {
    if empty {
        map.remove_mut(&key);
    } else {
        map.insert_mut(key, value);
    }
}
