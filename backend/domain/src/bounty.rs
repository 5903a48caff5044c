//! Bounties: a reward for each of some slots, reserved when posted.

use serde::{Deserialize, Serialize};

use crate::value::{
    Amount, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug, SubmissionNumber, Timestamp,
};
use crate::words::YesNo;

/// An offer: brief, category, reward, slots, window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounty {
    pub number: BountyNumber,
    pub period: PeriodNumber,
    pub category: Slug,
    pub function: Slug,
    pub brief: Digest,
    pub probe: YesNo,
    /// For each slot.
    pub reward: Amount,
    /// The template that it was made from.
    pub template: Option<Slug>,
    pub slots: Count,
    /// Slots whose claim was approved; they stay used.
    pub used: Count,
    /// Claims that wait for a decision, and for a slot with it.
    pub undecided: Count,
    /// Slots that people have taken, some of them for too long already.
    pub takes: Vec<Take>,
    pub opens_at: Timestamp,
    /// The first moment at which a claim is too late.
    pub closes_at: Timestamp,
    pub posted: Seq,
    /// The event that ended it.
    pub closed: Option<Seq>,
}

/// A slot that somebody has taken for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Take {
    pub member: MemberNumber,
    pub until: Timestamp,
    /// The claim that came of it: while it is undecided, the slot stays taken.
    pub claim: Option<SubmissionNumber>,
}

impl Take {
    pub fn stands(&self, at: Timestamp) -> bool {
        self.claim.is_some() || at < self.until
    }
}

impl Bounty {
    pub fn slots_left(&self) -> u32 {
        self.slots.get().saturating_sub(self.used.get())
    }

    /// What this bounty still promises: its reward for each slot left, or once it is ended, for as many of them as
    /// undecided claims wait for.
    pub fn promised(&self) -> Option<Amount> {
        let left = self.slots_left();
        let slots = if self.closed.is_some() { left.min(self.undecided.get()) } else { left };
        self.reward.checked_mul(slots)
    }

    /// How many of the slots left are taken.
    pub fn taken(&self, at: Timestamp) -> Count {
        Count::new(count(self.takes.iter().filter(|take| take.stands(at))))
    }

    /// The slot that a person has taken, by any of their accounts: one that nothing was claimed for, if there is.
    pub fn take_of(&self, accounts: &[MemberNumber], at: Timestamp) -> Option<&Take> {
        let own = self.takes.iter().filter(|take| accounts.contains(&take.member) && take.stands(at));
        own.min_by_key(|take| take.claim.is_some())
    }

    /// Slots left that others than this person, who has these accounts, have not taken.
    pub fn free_slots(&self, accounts: &[MemberNumber], at: Timestamp) -> u32 {
        let others = self.takes.iter().filter(|take| !accounts.contains(&take.member) && take.stands(at));
        self.slots_left().saturating_sub(count(others))
    }

    /// The bounty with a slot taken; what was taken for too long is forgotten.
    pub(crate) fn taken_by(mut self, member: MemberNumber, until: Timestamp, at: Timestamp) -> Self {
        self.takes.retain(|take| take.stands(at));
        self.takes.push(Take { member, until, claim: None });
        self
    }

    /// The bounty without what a person took and claimed nothing for.
    pub(crate) fn given_back(mut self, accounts: &[MemberNumber]) -> Self {
        self.takes.retain(|take| take.claim.is_some() || !accounts.contains(&take.member));
        self
    }

    /// The bounty with a claim made of the slot its claimant has taken by any of their accounts, if they have.
    pub(crate) fn claimed_by(
        mut self,
        accounts: &[MemberNumber],
        claim: SubmissionNumber,
        at: Timestamp,
    ) -> Self {
        let take = self
            .takes
            .iter_mut()
            .find(|take| accounts.contains(&take.member) && take.claim.is_none() && take.stands(at));
        if let Some(take) = take {
            take.claim = Some(claim);
        }
        self
    }
}

fn count<'a>(takes: impl Iterator<Item = &'a Take>) -> u32 {
    u32::try_from(takes.count()).unwrap_or(u32::MAX)
}
