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
        self.check_money()?;
        self.check_paid_once()?;
        self.check_slots()?;
        self.check_shares()?;

        // I8: what each bucket stands for.
        let mut stands: BTreeMap<String, Wei> = BTreeMap::new();
        for number in state.periods.keys() {
            for category in &state.categories {
                for bucket in ["reserved", "encumbered", "inflight", "expended", "spent"] {
                    stands.insert(line(*number, &category.slug, bucket), 0);
                }
            }
        }
        for (number, bounty) in &state.bounties {
            let promised = promised(state, *number);
            *stands.entry(line(bounty.period, &bounty.category, "reserved")).or_default() += promised;
        }
        for claim in state.claims.values() {
            let asked = claim.revision().amount;
            let buckets = match claim.stage {
                Stage::Approved => [("encumbered", asked), ("encumbered", 0)],
                Stage::InBatch(_) => [("inflight", asked), ("inflight", 0)],
                Stage::Paid { amount, refunded, .. } => {
                    ["expended", "spent"].map(|of| (of, amount - refunded))
                }
                _ => continue,
            };
            for (bucket, amount) in buckets {
                *stands.entry(line(claim.period, &claim.category, bucket)).or_default() += amount;
            }
        }
        for (account, expected) in stands {
            let found = self.books.balance(&account);
            hold(Rule::Buckets, found == expected, || format!("{account} holds {found}, not {expected}"))?;
        }
        Ok(())
    }

    /// What the Safe, funders and suspense stand for.
    fn check_money(&self) -> Result<(), Broken> {
        let state = self.state();
        let fundings = state.fundings.iter().filter(|funding| funding.withdrawn.is_none());
        let mut given = sum(fundings.map(|funding| funding.amount))?;
        let (mut inward, mut outward) = (0, 0);
        for item in state.suspense.values().filter(|item| item.withdrawn.is_none()) {
            match (item.out, item.explained) {
                (false, None) => inward += item.amount,
                (true, None) => outward += item.amount,
                (false, Some((_, None))) => given += item.amount,
                (_, Some(_)) => {}
            }
        }
        let accounts = self.books.balances.iter();
        let spent = sum(accounts.filter(|(account, _)| account.ends_with("/spent")).map(|(_, wei)| *wei))?;
        let there = (given + inward).checked_sub(spent + outward + self.books.balance("lost"));
        let expected = [("contributed", given), ("suspense_in", inward), ("suspense_out", outward)];
        for (account, wei) in expected.into_iter().chain(there.map(|there| ("safe", there))) {
            let found = self.books.balance(account);
            hold(Rule::Money, found == wei, || format!("{account} holds {found}, not {wei}"))?;
        }
        hold(Rule::Money, there.is_some(), || "more left than came".to_owned())
    }

    /// How often each claim was paid: by ends of nonces, and by outflows that two persons settled.
    pub fn payments(&self) -> BTreeMap<u32, usize> {
        let state = self.state();
        let ends = state.nonces.values().filter_map(|nonce| nonce.end.as_ref());
        let settled = state.suspense.values().filter(|item| item.out);
        let settled = settled.filter_map(|item| item.explained.and_then(|(_, claim)| claim));
        let mut payments = BTreeMap::new();
        for claim in ends.flat_map(|end| end.paid.iter().copied()).chain(settled) {
            *payments.entry(claim).or_default() += 1;
        }
        payments
    }

    /// I6: a claim is in flight on one open nonce, in the batch that it names, and paid once.
    fn check_paid_once(&self) -> Result<(), Broken> {
        let state = self.state();
        let payments = self.payments();
        for (number, claim) in &state.claims {
            let paid = payments.get(number).copied().unwrap_or(0);
            let expected = usize::from(matches!(claim.stage, Stage::Paid { .. }));
            hold(Rule::PaidTwice, paid == expected, || format!("submission {number} is paid {paid} times"))?;
            let on: BTreeSet<u64> = state
                .nonces
                .iter()
                .filter(|(_, nonce)| {
                    let batches = nonce.candidates.iter().filter_map(|batch| state.batches.get(batch));
                    let mut lines = batches.flat_map(|batch| &batch.lines);
                    nonce.end.is_none() && lines.any(|line| line.submission == *number)
                })
                .map(|(nonce, _)| *nonce)
                .collect();
            let flies = state.flies_on(claim);
            // A claim that was settled stands in its candidates all the same.
            let fits = if expected == 1 { on.len() <= 1 } else { on.iter().copied().eq(flies) };
            hold(Rule::PaidTwice, fits, || {
                format!("submission {number} is on nonces {on:?}, not {flies:?}")
            })?;
            let held = match claim.stage {
                Stage::InBatch(batch) => {
                    let batch = state.batches.get(&batch);
                    batch.is_some_and(|batch| batch.lines.iter().any(|line| line.submission == *number))
                }
                _ => true,
            };
            hold(Rule::PaidTwice, held, || format!("submission {number} is not in the batch it names"))?;
        }
        Ok(())
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
