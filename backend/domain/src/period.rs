//! Periods, what each category was given in them, and how they end.

use serde::{Deserialize, Serialize};

use crate::command::Category;
use crate::policy::Policy;
use crate::value::{Amount, Digest, PeriodNumber, Seq, Slug, Timestamp};
use crate::words::{PeriodKind, PeriodState};

/// What a category was given in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The first allotment.
    pub original: Amount,
    /// The allotment in force.
    pub amount: Amount,
    /// How often it was set.
    pub version: u32,
}

/// How a period was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    pub at: Timestamp,
    pub seq: Seq,
    /// The document that says why the period spent what it spent.
    pub variance: Digest,
    /// The categories with the ranges it was held to: later changes do not touch it.
    pub categories: Vec<Category>,
}

/// A month or a quarter with a spending cap and allotments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub number: PeriodNumber,
    pub kind: PeriodKind,
    pub cap: Amount,
    pub starts_at: Timestamp,
    /// The first moment after the period.
    pub ends_at: Timestamp,
    pub opened: Seq,
    /// In the order in which categories were first given something.
    pub allotments: Vec<(Slug, Given)>,
    pub closing: Option<Closing>,
}

impl Period {
    /// What a category has been given, nothing if it never was.
    pub fn allotment(&self, category: Slug) -> Amount {
        self.given(category).map_or(Amount::ZERO, |given| given.amount)
    }

    pub fn given(&self, category: Slug) -> Option<&Given> {
        self.allotments.iter().find(|(slug, _)| *slug == category).map(|(_, given)| given)
    }

    pub const fn is_closed(&self) -> bool {
        self.closing.is_some()
    }

    /// Where it stands at a moment that is not before its last event.
    pub fn state(&self, at: Timestamp) -> PeriodState {
        if self.is_closed() {
            PeriodState::Closed
        } else if at < self.starts_at {
            PeriodState::Planned
        } else if at < self.ends_at {
            PeriodState::Open
        } else {
            PeriodState::Evaluating
        }
    }

    /// The first moment at which a claim is too late.
    pub fn claims_until(&self, policy: &Policy) -> Timestamp {
        self.ends_at.plus_hours(policy.claim_grace_hours)
    }

    /// When its last decisions are due.
    pub fn decisions_until(&self, policy: &Policy) -> Timestamp {
        self.ends_at.plus_hours(policy.decision_grace_hours)
    }

    /// When its renewal is to be asked for at the latest.
    pub fn renewal_due(&self, policy: &Policy) -> Timestamp {
        self.ends_at.minus_hours(policy.renewal_hours)
    }

    pub(crate) fn allot(&mut self, category: Slug, amount: Amount) {
        match self.allotments.iter_mut().find(|(slug, _)| *slug == category) {
            Some((_, given)) => {
                given.amount = amount;
                given.version = given.version.saturating_add(1);
            }
            None => self.allotments.push((category, Given { original: amount, amount, version: 1 })),
        }
    }
}
