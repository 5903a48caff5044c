//! The budget by category, accounts and postings.

use domain::report::{Line, Report};
use domain::value::{Amount, Seq};
use serde::Serialize;
use utoipa::ToSchema;

use super::Lpt;
use crate::app::{Error, shape};
use crate::db::query::LedgerEntry;
use crate::db::{read_text, rows};

/// The budgetary comparison schedule of a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BudgetView {
    pub period: u32,
    /// The event after which the budget stood so.
    pub as_of_seq: u64,
    pub cap: Lpt,
    pub unallotted: Lpt,
    pub lines: Vec<BudgetLine>,
    /// All lines together, named "total".
    pub total: BudgetLine,
}

/// One category of a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BudgetLine {
    #[schema(value_type = shape::ShortName)]
    pub category: String,
    pub floor: Lpt,
    pub ceiling: Lpt,
    /// The first allotment of the period.
    pub original: Lpt,
    /// By how much the allotment in force differs from the first one: a decimal, less than 0 with a `-` before it.
    #[schema(pattern = "^-?[0-9]{1,20}(\\.[0-9]{1,18})?$", example = "-12.5")]
    pub amended: String,
    /// The allotment in force: the final one once the period is closed.
    pub allotment: Lpt,
    pub expended: Lpt,
    pub in_flight: Lpt,
    pub encumbered: Lpt,
    pub reserved: Lpt,
    pub available: Lpt,
    pub lapsed: Lpt,
    /// What is spent or spoken for, in percent with one decimal; absent where nothing was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "12.5")]
    pub percent_used: Option<String>,
    /// What the floor foresees and nobody spent or was promised.
    pub floor_shortfall: Lpt,
    /// What is spent or spoken for beyond the allotment: always 0.
    pub excess: Lpt,
}

impl BudgetLine {
    fn new(name: &str, line: &Line) -> Self {
        let tenths = line.permille_used();
        Self {
            category: name.to_owned(),
            floor: line.floor.into(),
            ceiling: line.ceiling.into(),
            original: line.original.into(),
            amended: line.amended().to_string(),
            allotment: line.allotment.into(),
            expended: line.expended.into(),
            in_flight: line.inflight.into(),
            encumbered: line.encumbered.into(),
            reserved: line.reserved.into(),
            available: line.available.into(),
            lapsed: line.lapsed.into(),
            percent_used: tenths.map(|tenths| format!("{}.{}", tenths.div_euclid(10), tenths.rem_euclid(10))),
            floor_shortfall: line.floor_shortfall().unwrap_or(Amount::ZERO).into(),
            excess: line.excess().unwrap_or(Amount::ZERO).into(),
        }
    }
}

impl BudgetView {
    /// `None` if the sums of a column pass the largest amount.
    pub fn new(report: &Report, as_of: Seq) -> Option<Self> {
        let first = report.lines.first()?;
        let total = Line {
            category: first.category,
            floor: report.total(|line| line.floor)?,
            ceiling: report.total(|line| line.ceiling)?,
            original: report.total(|line| line.original)?,
            allotment: report.total(|line| line.allotment)?,
            expended: report.total(|line| line.expended)?,
            inflight: report.total(|line| line.inflight)?,
            encumbered: report.total(|line| line.encumbered)?,
            reserved: report.total(|line| line.reserved)?,
            available: report.total(|line| line.available)?,
            lapsed: report.total(|line| line.lapsed)?,
        };
        Some(Self {
            period: report.period.get(),
            as_of_seq: as_of.get(),
            cap: report.cap.into(),
            unallotted: report.unallotted.into(),
            lines: report
                .lines
                .iter()
                .map(|line| BudgetLine::new(&line.category.to_string(), line))
                .collect(),
            // What one category lacks or has too much of is not made up for by another.
            total: BudgetLine {
                floor_shortfall: report.sum_of(Line::floor_shortfall)?.into(),
                excess: report.sum_of(Line::excess)?.into(),
                ..BudgetLine::new("total", &total)
            },
        })
    }
}

/// An account with its balance now, on its normal side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccountView {
    #[schema(value_type = shape::AccountName)]
    pub account: String,
    pub balance: Lpt,
    /// The last event that moved it.
    pub seq: i64,
}

impl TryFrom<rows::Account> for AccountView {
    type Error = Error;

    fn try_from(row: rows::Account) -> Result<Self, Error> {
        let balance: Amount = read_text("accounts", "balance", &row.balance)?;
        Ok(Self { account: row.account, balance: balance.into(), seq: row.seq })
    }
}

/// A posting with the event it belongs to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EntryView {
    pub seq: i64,
    pub line: i64,
    #[schema(value_type = shape::Moment)]
    pub at: String,
    pub kind: String,
    /// A member's number, or "system".
    pub actor: String,
    pub account: String,
    /// D or C.
    #[schema(pattern = "^[DC]$")]
    pub side: String,
    pub amount: Lpt,
    pub balance_after: Lpt,
    #[schema(value_type = shape::Digest)]
    pub leaf_hash: String,
}

impl TryFrom<LedgerEntry> for EntryView {
    type Error = Error;

    fn try_from(LedgerEntry { entry, event }: LedgerEntry) -> Result<Self, Error> {
        let amount: Amount = read_text("entries", "amount", &entry.amount)?;
        let balance: Amount = read_text("entries", "balance_after", &entry.balance_after)?;
        Ok(Self {
            seq: entry.seq,
            line: entry.line,
            at: event.at,
            kind: event.kind,
            actor: event.actor,
            account: entry.account,
            side: entry.side,
            amount: amount.into(),
            balance_after: balance.into(),
            leaf_hash: event.leaf,
        })
    }
}
