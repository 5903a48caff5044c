//! The budgetary comparison schedule: what each category was given, and what became of it.

use std::fmt;

use crate::books::Account;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Amount, PeriodNumber, Slug};
use crate::words::Bucket;

/// One category of a period, in LPT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub category: Slug,
    pub floor: Amount,
    pub ceiling: Amount,
    /// The first allotment of the period.
    pub original: Amount,
    /// The allotment in force.
    pub allotment: Amount,
    pub expended: Amount,
    pub inflight: Amount,
    pub encumbered: Amount,
    pub reserved: Amount,
    pub available: Amount,
    pub lapsed: Amount,
}

impl Line {
    /// What is spent or spoken for, in tenths of a percent of the allotment, rounded down.
    pub fn permille_used(&self) -> Option<u128> {
        let used = self.used()?;
        used.wei().checked_mul(1_000)?.checked_div(self.allotment.wei())
    }

    /// Expended, in flight, encumbered and reserved together.
    pub fn used(&self) -> Option<Amount> {
        Amount::sum([self.expended, self.inflight, self.encumbered, self.reserved])
    }

    /// By how much the allotment in force differs from the first one.
    pub fn amended(&self) -> Change {
        Change::between(self.original, self.allotment)
    }

    /// What the floor foresaw and nobody spent or was promised: allowed, and explained when the period closes.
    pub fn floor_shortfall(&self) -> Option<Amount> {
        self.used().map(|used| self.floor.saturating_sub(used))
    }

    /// What is spent or spoken for beyond the allotment: always zero, and shown to prove it.
    pub fn excess(&self) -> Option<Amount> {
        self.used().map(|used| used.saturating_sub(self.allotment))
    }
}

/// A difference of two amounts, which may be one below zero: amounts themselves never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    pub lowered: bool,
    pub amount: Amount,
}

impl Change {
    fn between(before: Amount, after: Amount) -> Self {
        match after.checked_sub(before) {
            Some(more) => Self { lowered: false, amount: more },
            None => Self { lowered: true, amount: before.saturating_sub(after) },
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.lowered { "-" } else { "" };
        write!(formatter, "{sign}{}", self.amount)
    }
}

/// The budget of a period by category, with its total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub period: PeriodNumber,
    pub cap: Amount,
    pub unallotted: Amount,
    pub lines: Vec<Line>,
}

impl Report {
    /// The report of a period from the balances of any moment.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPeriod`].
    pub fn of(program: &Program, number: PeriodNumber) -> Result<Self, Refusal> {
        let period = program.period(number)?;
        let books = program.books();
        let lines = program.categories_of(period).iter().map(|category| {
            let bucket = |bucket| books.line(number, category.slug, bucket);
            Line {
                category: category.slug,
                floor: category.floor,
                ceiling: category.ceiling,
                original: period.given(category.slug).map_or(Amount::ZERO, |given| given.original),
                allotment: period.allotment(category.slug),
                expended: bucket(Bucket::Expended),
                inflight: bucket(Bucket::Inflight),
                encumbered: bucket(Bucket::Encumbered),
                reserved: bucket(Bucket::Reserved),
                available: bucket(Bucket::Available),
                lapsed: bucket(Bucket::Lapsed),
            }
        });
        Ok(Self {
            period: number,
            cap: period.cap,
            unallotted: books.balance(Account::Unallotted(number)),
            lines: lines.collect(),
        })
    }

    /// By how much all allotments in force differ from the first ones.
    pub fn amended(&self) -> Option<Change> {
        let [original, allotment] = [self.total(|line| line.original)?, self.total(|line| line.allotment)?];
        Some(Change::between(original, allotment))
    }

    /// The sum of what each line is computed to be.
    pub fn sum_of(&self, column: impl Fn(&Line) -> Option<Amount>) -> Option<Amount> {
        self.lines.iter().try_fold(Amount::ZERO, |sum, line| sum.checked_add(column(line)?))
    }

    /// The sum of one column.
    pub fn total(&self, column: impl Fn(&Line) -> Amount) -> Option<Amount> {
        Amount::sum(self.lines.iter().map(column))
    }
}
