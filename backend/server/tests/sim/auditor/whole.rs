//! The invariants of the whole, and the report by category.

use std::collections::{BTreeMap, BTreeSet};

use super::books::{Posting, line};
use super::budget::sum;
use super::claim::Stage;
use super::offers::promised;
use super::rule::{Broken, Rule, hold};
use super::value::Wei;
use super::{Auditor, Finding};

const BUCKETS: [&str; 6] = ["available", "encumbered", "expended", "inflight", "lapsed", "reserved"];

/// One category of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    pub category: String,
    pub floor: Wei,
    pub ceiling: Wei,
    pub original: Wei,
    pub allotment: Wei,
    /// Balances in the order available, encumbered, expended, in flight, lapsed, reserved.
    pub buckets: [Wei; 6],
}

/// The budget of a period by category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub cap: Wei,
    pub unallotted: Wei,
    pub lines: Vec<ReportLine>,
}

impl Auditor {
    /// The report of a period as things stand; `None` if it is not open yet.
    pub fn report(&self, number: u32) -> Option<Report> {
        let state = self.state();
        let period = state.periods.get(&number)?;
        let lines = state.categories_of(period).iter().map(|category| ReportLine {
            category: category.slug.clone(),
            floor: category.floor,
            ceiling: category.ceiling,
            original: period.original(&category.slug),
            allotment: period.allotment(&category.slug),
            buckets: BUCKETS.map(|bucket| self.books.balance(&line(number, &category.slug, bucket))),
        });
        let unallotted = self.books.balance(&format!("{number}/unallotted"));
        Some(Report { cap: period.cap, unallotted, lines: lines.collect() })
    }

    /// I2, I4 and I5 for the periods that an event's postings touch.
    pub(super) fn check_periods(&self, posted: &[Posting]) -> Result<(), Broken> {
        let named = posted.iter().filter_map(|posting| posting.account.split_once('/'));
        let periods: BTreeSet<u32> = named.filter_map(|(period, _)| period.parse().ok()).collect();
        periods.into_iter().try_for_each(|period| self.check_period(period))
    }

    fn check_period(&self, number: u32) -> Result<(), Broken> {
        let Some(report) = self.report(number) else { return Ok(()) };
        let mut held = vec![report.unallotted];
        for line in &report.lines {
            let whole = sum(line.buckets)?;
            let kept = whole == line.allotment && line.allotment <= line.ceiling;
            hold(Rule::CategoryWhole, kept, || format!("period {number}: {line:?}"))?;
            held.push(whole);
        }
        let (held, authority) = (sum(held)?, self.books.balance(&format!("{number}/authority")));
        if self.state().periods[&number].closing.is_some() {
            let empty = |line: &ReportLine| line.buckets[0] == 0 && line.buckets[5] == 0;
            let over = report.unallotted == 0 && report.lines.iter().all(empty);
            let whole = over && held == authority && authority <= report.cap;
            return hold(Rule::PeriodWhole, whole, || format!("closed period {number}: {report:?}"));
        }
        hold(Rule::PeriodWhole, held == report.cap && authority == report.cap, || {
            format!("period {number}: {report:?}")
        })?;
        let needed = sum(report.lines.iter().map(|line| line.floor.saturating_sub(line.allotment)))?;
        hold(Rule::Floors, report.unallotted >= needed, || format!("period {number} needs {needed}"))
    }

    /// Everything that must hold of the whole, after the last event taken.
    ///
    /// # Errors
    /// The first invariant that does not.
    pub fn whole(&self) -> Result<(), Finding> {
        let seq = self.size().saturating_sub(1);
        self.check_whole().map_err(|Broken { rule, says }| Finding { seq, rule, says })
    }

    fn check_whole(&self) -> Result<(), Broken> {
        let state = self.state();
        state.periods.keys().try_for_each(|period| self.check_period(*period))?;
        let (safe, given) = (self.books.balance("safe"), self.books.balance("contributed"));
        hold(Rule::Money, safe == given, || format!("{safe} in the Safe, {given} contributed"))?;
        self.check_paid_once()?;
        self.check_slots()?;
        self.check_shares()?;

        // I8: what each bucket stands for.
        let mut stands: BTreeMap<String, Wei> = BTreeMap::new();
        for number in state.periods.keys() {
            for category in &state.categories {
                for bucket in ["reserved", "encumbered", "inflight"] {
                    stands.insert(line(*number, &category.slug, bucket), 0);
                }
            }
        }
        for (number, bounty) in &state.bounties {
            let promised = promised(state, *number);
            *stands.entry(line(bounty.period, &bounty.category, "reserved")).or_default() += promised;
        }
        for claim in state.claims.values() {
            let bucket = match claim.stage {
                Stage::Approved => "encumbered",
                Stage::InBatch(_) => "inflight",
                _ => continue,
            };
            *stands.entry(line(claim.period, &claim.category, bucket)).or_default() +=
                claim.revision().amount;
        }
        for (account, expected) in stands {
            let found = self.books.balance(&account);
            hold(Rule::Buckets, found == expected, || format!("{account} holds {found}, not {expected}"))?;
        }
        Ok(())
    }

    /// I6: a claim stands in one batch at most, and in the one that it names.
    fn check_paid_once(&self) -> Result<(), Broken> {
        let state = self.state();
        let mut batched: BTreeMap<u32, u32> = BTreeMap::new();
        for (number, batch) in &state.batches {
            for line in &batch.lines {
                let again = batched.insert(line.submission, *number).is_some();
                hold(Rule::PaidTwice, !again, || format!("submission {} is paid twice", line.submission))?;
            }
        }
        let named = state.claims.iter().filter_map(|(number, claim)| match claim.stage {
            Stage::InBatch(batch) => Some((*number, batch)),
            _ => None,
        });
        let named: BTreeMap<u32, u32> = named.collect();
        hold(Rule::PaidTwice, named == batched, || "claims and batches name each other".to_owned())
    }

    /// A bounty's used slots are those that claims have for their own, and no more than it has.
    fn check_slots(&self) -> Result<(), Broken> {
        let state = self.state();
        for (number, bounty) in &state.bounties {
            let owned = state.claims.values().filter(|claim| claim.bounty == Some(*number) && claim.slot);
            let owned = u64::try_from(owned.count()).unwrap_or(u64::MAX);
            hold(Rule::SlotsUsed, owned == bounty.used && owned <= bounty.slots, || {
                format!("bounty {number}: {owned} of {} slots, {} counted", bounty.slots, bounty.used)
            })?;
        }
        Ok(())
    }

    /// Of each piece of evidence for a function, claims that contest nobody hold the whole at most, and those that
    /// are promised money as well.
    fn check_shares(&self) -> Result<(), Broken> {
        let mut shares: BTreeMap<(&str, &str), [u64; 2]> = BTreeMap::new();
        for claim in self.state().claims.values().filter(|claim| claim.is_live()) {
            let said = claim.revision();
            for key in &said.evidence {
                let [held, promised] = shares.entry((key, &said.function)).or_default();
                *held += if claim.contests.is_none() { claim.share() } else { 0 };
                *promised += if claim.stage.is_promised() { claim.share() } else { 0 };
            }
        }
        for ((key, function), [held, promised]) in shares {
            hold(Rule::WholeOfTheWork, held.max(promised) <= 100, || {
                format!("{held} percent of {key} as {function} held, {promised} promised")
            })?;
        }
        Ok(())
    }
}
