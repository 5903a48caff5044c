//! Periods and what each category was given in them.

use serde::{Deserialize, Serialize};

use crate::value::{Amount, PeriodNumber, Seq, Slug, Timestamp};
use crate::words::PeriodKind;

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
}

impl Period {
    /// What a category has been given, nothing if it never was.
    pub fn allotment(&self, category: Slug) -> Amount {
        self.given(category).map_or(Amount::ZERO, |given| given.amount)
    }

    pub fn given(&self, category: Slug) -> Option<&Given> {
        self.allotments.iter().find(|(slug, _)| *slug == category).map(|(_, given)| given)
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
