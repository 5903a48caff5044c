//! The invariants I2 to I8 over a whole program, and over what one event touches.
//!
//! I1 and I3 are kept by [`crate::books::Books::posted`], I9 by comparing reports and tables with the fold.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::batch::How;
use crate::books::{Account, BooksError, Posting};
use crate::period::Period;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Sample, Stage, WHOLE};
use crate::suspense::{Direction, Explained};
use crate::totals::Totals;
use crate::value::{Amount, BatchNumber, PeriodNumber, Slug, SubmissionNumber};
use crate::words::{Bucket, Role};

/// An invariant that does not hold: a defect of ours or of the data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    #[error("I2: period {period} has a cap of {cap} LPT, and its accounts add up to {found} LPT")]
    CapDiffers { period: PeriodNumber, cap: Amount, found: Amount },
    #[error("I4: {category} of period {period} holds {found} LPT, above its ceiling of {ceiling} LPT")]
    AboveCeiling { period: PeriodNumber, category: Slug, ceiling: Amount, found: Amount },
    #[error("I5: period {period} allots {allotted} LPT of {cap} LPT, and floors still need {needed} LPT")]
    FloorStarved { period: PeriodNumber, cap: Amount, allotted: Amount, needed: Amount },
    #[error("I2: period {period} is closed, and {account} holds {found} LPT")]
    LeftOver { period: PeriodNumber, account: Account, found: Amount },
    #[error("periods hold {held} LPT of the program's cap of {cap} LPT")]
    OverProgramCap { cap: Amount, held: Amount },
    #[error("I2: {category} of period {period} was given {given} LPT, and its buckets hold {found} LPT")]
    AllotmentDiffers { period: PeriodNumber, category: Slug, given: Amount, found: Amount },
    #[error("I6: submission {submission} is in batch {batch} and elsewhere, or its batch does not hold it")]
    BatchedTwice { submission: SubmissionNumber, batch: BatchNumber },
    #[error("I6: submission {submission} is paid by another batch than the nonces say")]
    PaidOtherwise { submission: SubmissionNumber },
    #[error(
        "evidence of submission {submission} is held, or promised money for, beyond the whole of the work"
    )]
    EvidenceHeldTwice { submission: SubmissionNumber },
    #[error("I8: {account} holds {found} LPT, and what it stands for comes to {expected} LPT")]
    BucketDiffers { account: Account, expected: Amount, found: Amount },
    #[error("the running totals differ from the submissions they sum up")]
    TotalsDiffer,
    #[error(
        "the index of evidence, of waiting submissions, reviewers, people, fundings or batches differs from what it is of"
    )]
    IndexDiffers,
    #[error("the amounts add up to more than can be counted")]
    Overflow,
}

impl Program {
    /// The invariants for the accounts that an event touches, checked before it is written.
    ///
    /// # Errors
    /// A refusal that names the defect; `decide` has refused before with better words.
    pub(crate) fn check_postings(&self, postings: &[Posting]) -> Result<(), Refusal> {
        self.books.check(postings).map(|_| ()).map_err(|error: BooksError| Refusal::Books { error })
    }

    /// All invariants.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn audit(&self) -> Result<(), Violation> {
        for period in self.periods.keys() {
            self.audit_period(*period)?;
        }
        let (cap, held) = (self.cap(), self.held().ok_or(Violation::Overflow)?);
        if held > cap {
            return Err(Violation::OverProgramCap { cap, held });
        }
        self.audit_buckets()?;
        self.audit_batches()?;
        self.audit_indexes()?;
        self.audit_shares()?;
        self.audit_spent()
    }

    /// What left the Safe for a category is what stands there as expended.
    fn audit_spent(&self) -> Result<(), Violation> {
        for (account, found) in self.books.balances() {
            if let Account::Spent(period, category) = account {
                let expected = self.books.line(period, category, Bucket::Expended);
                if found != expected {
                    return Err(Violation::BucketDiffers { account, expected, found });
                }
            }
        }
        Ok(())
    }

    fn audit_period(&self, number: PeriodNumber) -> Result<(), Violation> {
        let Ok(period) = self.period(number) else { return Ok(()) };
        let cap = period.cap;
        let unallotted = self.books.balance(Account::Unallotted(number));
        let mut whole = unallotted;
        let mut allotted = Amount::ZERO;
        let mut needed = Amount::ZERO;
        for category in self.categories_of(period) {
            let slug = category.slug;
            let found = add(Bucket::ALL.iter().map(|bucket| self.books.line(number, slug, *bucket)))?;
            let given = period.allotment(slug);
            if given != found {
                return Err(Violation::AllotmentDiffers { period: number, category: slug, given, found });
            }
            let kept = found.saturating_sub(self.books.line(number, slug, Bucket::Lapsed));
            if kept > category.ceiling {
                let ceiling = category.ceiling;
                return Err(Violation::AboveCeiling { period: number, category: slug, ceiling, found: kept });
            }
            whole = add([whole, found])?;
            allotted = add([allotted, given])?;
            needed = add([needed, category.floor.saturating_sub(given)])?;
        }
        let authority = self.books.balance(Account::Authority(number));
        if period.is_closed() {
            return self.audit_closed(period, authority, whole);
        }
        if whole != cap || authority != cap {
            return Err(Violation::CapDiffers { period: number, cap, found: whole });
        }
        if unallotted < needed {
            return Err(Violation::FloorStarved { period: number, cap, allotted, needed });
        }
        Ok(())
    }

    /// I2 of a closed period: nothing is free or promised any more, and the authority is what was not given back.
    fn audit_closed(&self, period: &Period, authority: Amount, whole: Amount) -> Result<(), Violation> {
        let number = period.number;
        let categories = self.categories().iter();
        let lines = categories.flat_map(|category| {
            [Bucket::Available, Bucket::Reserved].map(|bucket| Account::Line(number, category.slug, bucket))
        });
        for account in lines.chain([Account::Unallotted(number)]) {
            let found = self.books.balance(account);
            if !found.is_zero() {
                return Err(Violation::LeftOver { period: number, account, found });
            }
        }
        if authority != whole || authority > period.cap {
            return Err(Violation::CapDiffers { period: number, cap: period.cap, found: authority });
        }
        Ok(())
    }

    /// I8: each bucket holds what its bounties and submissions come to.
    fn audit_buckets(&self) -> Result<(), Violation> {
        let mut expected: BTreeMap<Account, Amount> = BTreeMap::new();
        for period in self.periods.keys() {
            for category in self.categories() {
                for bucket in [Bucket::Reserved, Bucket::Encumbered, Bucket::Inflight, Bucket::Expended] {
                    expected.insert(Account::Line(*period, category.slug, bucket), Amount::ZERO);
                }
            }
        }
        for account in [Account::Contributed, Account::SuspenseIn, Account::SuspenseOut, Account::Lost] {
            expected.insert(account, Amount::ZERO);
        }
        let mut expect = |account: Account, amount: Amount| {
            let sum = expected.entry(account).or_insert(Amount::ZERO);
            *sum = add([*sum, amount])?;
            Ok(())
        };
        for bounty in self.bounties() {
            let account = Account::Line(bounty.period, bounty.category, Bucket::Reserved);
            expect(account, bounty.promised().ok_or(Violation::Overflow)?)?;
        }
        for submission in self.submissions() {
            let (bucket, amount) = match &submission.stage {
                Stage::Approved { .. } => (Bucket::Encumbered, submission.revision.amount),
                Stage::InBatch { .. } => (Bucket::Inflight, submission.revision.amount),
                Stage::Paid { payment, .. } => (Bucket::Expended, payment.kept()),
                Stage::Submitted { .. }
                | Stage::NeedsChanges { .. }
                | Stage::Agreed { .. }
                | Stage::Rejected { .. }
                | Stage::Withdrawn { .. }
                | Stage::Reversed { .. } => {
                    continue;
                }
            };
            expect(Account::Line(submission.period, submission.category, bucket), amount)?;
        }
        for (_, funding) in self.fundings().filter(|(_, funding)| funding.withdrawn.is_none()) {
            expect(Account::Contributed, funding.amount)?;
        }
        for (_, item) in self.suspense().filter(|(_, item)| item.withdrawn.is_none()) {
            let (account, amount) = match (item.direction, &item.explained) {
                (Direction::In, None) => (Account::SuspenseIn, item.amount),
                (Direction::Out, None) => (Account::SuspenseOut, item.amount),
                (Direction::In, Some(Explained { submission: None, .. })) => {
                    (Account::Contributed, item.amount)
                }
                // What a refund frees is counted with the claim.
                (Direction::In, Some(_)) => continue,
                (Direction::Out, Some(Explained { submission, .. })) => {
                    let claim = submission.and_then(|number| self.submission(number).ok());
                    let paid = claim.map_or(Amount::ZERO, |claim| claim.revision.amount);
                    (Account::Lost, item.amount.saturating_sub(paid))
                }
            };
            expect(account, amount)?;
        }
        for (account, expected) in expected {
            let found = self.books.balance(account);
            if found != expected {
                return Err(Violation::BucketDiffers { account, expected, found });
            }
        }
        Ok(())
    }

    /// I6: a submission stands on one open nonce at most and knows which; it is paid once at most.
    fn audit_batches(&self) -> Result<(), Violation> {
        let mut homes: BTreeMap<SubmissionNumber, Vec<BatchNumber>> = BTreeMap::new();
        let mut paid = BTreeMap::new();
        for nonce in self.nonces() {
            for batch in nonce.candidates.iter().filter_map(|batch| self.batch(*batch)) {
                for payout in &batch.payouts {
                    let same = self.submission(payout.submission).is_ok_and(|submission| {
                        submission.revision.amount == payout.amount
                            && submission.revision.payee == payout.payee
                    });
                    let open = nonce.end.is_none();
                    if open && !same {
                        return Err(batched_twice(payout.submission, batch.number));
                    }
                    if open {
                        homes.entry(payout.submission).or_default().push(batch.number);
                    }
                }
            }
            let Some(end) = &nonce.end else { continue };
            let How::Executed(batch) = end.how else { continue };
            for submission in &end.effects.paid {
                if paid.insert(*submission, (batch, end.event)).is_some() {
                    return Err(batched_twice(*submission, batch));
                }
            }
        }
        for submission in self.submissions() {
            let number = submission.number;
            let homes = homes.get(&number).map_or(&[][..], Vec::as_slice);
            let on = |batch: &BatchNumber| self.batch(*batch).map(|batch| batch.nonce);
            match &submission.stage {
                Stage::InBatch { batch, nonce, .. } => {
                    let alone = homes.iter().all(|home| on(home) == Some(*nonce));
                    if homes.last() != Some(batch) || !alone || paid.contains_key(&number) {
                        return Err(batched_twice(number, *batch));
                    }
                }
                Stage::Paid { batch, payment, .. } => {
                    let expected = batch.map(|batch| (batch, payment.event));
                    if paid.get(&number) != expected.as_ref() {
                        return Err(Violation::PaidOtherwise { submission: number });
                    }
                }
                _ => {
                    if let Some(batch) = homes.first().or(paid.get(&number).map(|(batch, _)| batch)) {
                        return Err(batched_twice(number, *batch));
                    }
                }
            }
        }
        Ok(())
    }

    /// Of each piece of evidence for a function, 100 percent at most are held by claims that contest nobody, and
    /// promised to all.
    fn audit_shares(&self) -> Result<(), Violation> {
        for holders in self.evidence.values() {
            let (mut held, mut promised) = (0_u32, 0_u32);
            for holding in holders {
                let Ok(submission) = self.submission(holding.submission) else { continue };
                if submission.contests.is_none() {
                    held = held.saturating_add(holding.share);
                }
                if submission.stage.approvals().is_some() {
                    promised = promised.saturating_add(holding.share);
                }
                if held.max(promised) > WHOLE {
                    return Err(Violation::EvidenceHeldTwice { submission: submission.number });
                }
            }
        }
        Ok(())
    }

    fn audit_indexes(&self) -> Result<(), Violation> {
        let mut totals = Totals::new();
        let mut held = BTreeMap::new();
        let (mut contenders, mut slots): (BTreeMap<_, u32>, BTreeMap<_, u32>) = Default::default();
        let mut waiting = 0_usize;
        let mut consistent = true;
        for (place, submission) in (1_u32..).zip(self.submissions()) {
            consistent &= submission.number.get() == place;
            totals.replace(None, Some(submission));
            let (evidence, function, _) = submission.held();
            for evidence in evidence {
                held.entry((*evidence, function)).or_insert_with(Vec::new).push(submission.holding());
            }
            if let Some(bounty) = submission.contends() {
                let undecided = contenders.entry(bounty).or_default();
                *undecided = undecided.saturating_add(1);
            }
            if let Some(bounty) = submission.bounty.filter(|_| submission.slot) {
                let used = slots.entry(bounty).or_default();
                *used = used.saturating_add(1);
            }
            if let Stage::Agreed { decided, .. } = submission.stage {
                waiting = waiting.saturating_add(1);
                let turn = (submission.period, submission.category, decided);
                consistent &=
                    self.waiting.get(&turn) == Some(&(submission.number, submission.revision.amount));
            }
            consistent &= submission.sample != Sample::Awaited
                || (matches!(submission.stage, Stage::Approved { .. })
                    && self.sampled(submission.period) > 0);
            let owner = self.address(&submission.revision.payee).map(|address| address.owner);
            consistent &= owner == Some(submission.claimant);
        }
        if totals != self.totals {
            return Err(Violation::TotalsDiffer);
        }
        let reviewers = self.members().filter(|member| member.holds(Role::Reviewer));
        consistent &= reviewers.map(|member| member.number).eq(self.reviewers.iter().copied());
        let alternates = self.members().filter(|member| member.holds(Role::Alternate));
        consistent &= alternates.map(|member| member.number).eq(self.people.alternates.iter().copied());
        consistent &= self.people.agrees();
        // What a batch may pay is known from the last ones and from the running total.
        consistent &= self.audit_nonces();
        for (event, funding) in &self.fundings {
            let stands = self.funded.get(&(funding.tx_hash, funding.log_index)) == Some(event);
            consistent &= stands == funding.withdrawn.is_none();
        }
        let mut standing = self.fundings.values().filter(|funding| funding.withdrawn.is_none()).count();
        let refunds = self
            .refunds()
            .map(|(event, refund)| (event, (refund.tx_hash, refund.log_index), refund.withdrawn.is_none()));
        let suspense = self.suspense().filter_map(|(event, item)| {
            Some((event, (item.tx_hash, item.log_index?), item.withdrawn.is_none()))
        });
        for (event, transfer, stands) in refunds.chain(suspense) {
            consistent &= (self.funded.get(&transfer) == Some(&event)) == stands;
            standing = standing.saturating_add(usize::from(stands));
        }
        consistent &= standing == self.funded.size();
        for bounty in self.bounties() {
            let counted = |counts: &BTreeMap<_, u32>| counts.get(&bounty.number).copied().unwrap_or_default();
            consistent &= bounty.undecided.get() == counted(&contenders);
            consistent &= bounty.used.get() == counted(&slots) && bounty.used <= bounty.slots;
        }
        for (key, holders) in &held {
            let mut found = self.evidence_holders(key.0, key.1).to_vec();
            found.sort_unstable();
            consistent &= found == *holders;
        }
        let complete = held.len() == self.evidence.size() && waiting == self.waiting.size();
        if consistent && complete { Ok(()) } else { Err(Violation::IndexDiffers) }
    }

    /// What nonces say of their batches is what the batches say.
    fn audit_nonces(&self) -> bool {
        let mut open = Some(Amount::ZERO);
        let mut candidates = 0_usize;
        let mut consistent = true;
        for nonce in self.nonces() {
            let batches: Vec<_> = nonce.candidates.iter().filter_map(|batch| self.batch(*batch)).collect();
            let dearest = batches.iter().map(|batch| batch.total).max();
            consistent &=
                dearest == Some(nonce.dearest) && nonce.candidates.is_sorted_by(|one, next| one < next);
            consistent &= batches.iter().all(|batch| batch.nonce == nonce.number);
            candidates = candidates.saturating_add(batches.len());
            if nonce.end.is_none() {
                open = open.and_then(|open| open.checked_add(nonce.dearest));
            }
        }
        consistent && candidates == self.batches.size() && open == Some(self.spoken_for)
    }
}

const fn batched_twice(submission: SubmissionNumber, batch: BatchNumber) -> Violation {
    Violation::BatchedTwice { submission, batch }
}

fn add(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, Violation> {
    Amount::sum(amounts).ok_or(Violation::Overflow)
}
