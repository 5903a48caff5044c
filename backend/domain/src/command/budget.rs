//! The budget in motion: caps, limits and allotments that change, periods that close, fundings that were wrong.

use serde::{Deserialize, Serialize};

use super::Category;
use crate::value::{Amount, Digest, PeriodNumber, Seq, Slug};

/// Raises or lowers the cap of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeCap {
    /// The whole cap, not the difference.
    pub cap: Amount,
    pub period: PeriodNumber,
    /// The document that says why.
    pub reason: Digest,
}

/// Changes the program's cap, the ranges of categories, or adds categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeLimits {
    /// The most that all periods together may spend; as it was if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Amount>,
    /// Categories with another range, and new ones; the others stay as they are.
    pub categories: Vec<Category>,
    /// The document that says why.
    pub reason: Digest,
}

/// Moves what one category has available to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveAllotment {
    pub amount: Amount,
    /// The category that gives.
    pub from: Slug,
    pub period: PeriodNumber,
    /// The document that says why.
    pub reason: Digest,
    /// The category that receives.
    pub to: Slug,
}

/// Closes a period for good: what is available lapses, what is unallotted goes back to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosePeriod {
    pub period: PeriodNumber,
    /// The document that says why the period spent what it spent.
    pub variance: Digest,
}

/// Takes a recorded funding back that was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawFunding {
    /// The event that recorded the funding.
    pub event: Seq,
    /// The document that says why; none where the chain itself no longer has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Digest>,
}
