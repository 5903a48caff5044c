//! The state of one program: what its events so far add up to.
//!
//! Cheap to clone (persistent maps), so that a writer can decide on a copy and drop it.

use std::sync::Arc;

use rpds::{HashTrieMapSync, RedBlackTreeMapSync, RedBlackTreeSetSync, VectorSync};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::apply::ApplyError;
use crate::batch::{Batch, How, Nonce, Observation};
use crate::books::{Account, Books};
use crate::bounty::Bounty;
use crate::command::{Category, OpenProgram};
use crate::erasure::Erasing;
use crate::funding::Funding;
use crate::journal::Frontier;
use crate::limits::{self, Limits};
use crate::member::{Member, PayoutAddress};
use crate::people::People;
use crate::period::Period;
use crate::policy::{self, LaneRules, Policy};
use crate::refusal::Refusal;
use crate::snapshot;
use crate::submission::{Holding, Revision, Stage, Submission};
use crate::suspense::{Refund, Unexplained};
use crate::totals::Totals;
use crate::value::{
    Address, Amount, BatchNumber, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug,
    SubmissionNumber, Timestamp,
};
use crate::words::{Bucket, Lane, Role};

/// A place in the waiting line: submissions of one line of the budget, in the order they were agreed.
pub(crate) type Turn = (PeriodNumber, Slug, Seq);

/// The state of one program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    pub(crate) id: Uuid,
    pub(crate) identity: Digest,
    pub(crate) tree: Frontier,
    pub(crate) last_leaf: Digest,
    pub(crate) last_at: Timestamp,
    #[serde(with = "snapshot::json")]
    pub(crate) charter: Arc<OpenProgram>,
    pub(crate) limits: Arc<Limits>,
    /// In the order in which they come into force.
    pub(crate) policies: Arc<Vec<policy::Version>>,
    #[serde(with = "snapshot::map")]
    pub(crate) members: RedBlackTreeMapSync<MemberNumber, Arc<Member>>,
    pub(crate) people: People,
    /// Who votes; most members never do.
    #[serde(with = "snapshot::set")]
    pub(crate) reviewers: RedBlackTreeSetSync<MemberNumber>,
    #[serde(with = "snapshot::map")]
    pub(crate) addresses: HashTrieMapSync<Address, PayoutAddress>,
    /// The first known address of each look.
    #[serde(with = "snapshot::map")]
    pub(crate) looks: HashTrieMapSync<[u8; 4], Address>,
    #[serde(with = "snapshot::map")]
    pub(crate) periods: RedBlackTreeMapSync<PeriodNumber, Arc<Period>>,
    #[serde(with = "snapshot::map")]
    pub(crate) bounties: RedBlackTreeMapSync<BountyNumber, Bounty>,
    /// In the order of their numbers, none left out: those that change lie close to each other.
    #[serde(with = "snapshot::list")]
    pub(crate) submissions: VectorSync<Arc<Submission>>,
    /// Who holds a piece of evidence for a function, in the order in which they came to.
    #[serde(with = "snapshot::map")]
    pub(crate) evidence: HashTrieMapSync<(Digest, Slug), Vec<Holding>>,
    /// Each member's last challenge.
    #[serde(with = "snapshot::map")]
    pub(crate) challenges: HashTrieMapSync<MemberNumber, SubmissionNumber>,
    #[serde(with = "snapshot::map")]
    pub(crate) waiting: RedBlackTreeMapSync<Turn, (SubmissionNumber, Amount)>,
    /// Lines where money came free and somebody may be waiting.
    #[serde(with = "snapshot::set")]
    pub(crate) freed: RedBlackTreeSetSync<(PeriodNumber, Slug)>,
    /// The submission that the ledger itself approves next.
    pub(crate) due: Option<SubmissionNumber>,
    pub(crate) totals: Totals,
    pub(crate) books: Books,
    pub(crate) observation: Option<Arc<Observation>>,
    /// By the event that recorded each.
    #[serde(with = "snapshot::map")]
    pub(crate) fundings: RedBlackTreeMapSync<Seq, Funding>,
    /// The transfers that stand, with their events.
    #[serde(with = "snapshot::map")]
    pub(crate) funded: HashTrieMapSync<(Digest, Count), Seq>,
    /// By the event that recorded each.
    #[serde(with = "snapshot::map")]
    pub(crate) refunds: RedBlackTreeMapSync<Seq, Refund>,
    /// By the event that recorded each.
    #[serde(with = "snapshot::map")]
    pub(crate) suspense: RedBlackTreeMapSync<Seq, Unexplained>,
    #[serde(with = "snapshot::map")]
    pub(crate) batches: RedBlackTreeMapSync<BatchNumber, Arc<Batch>>,
    /// Documents that somebody asked to erase.
    #[serde(with = "snapshot::map")]
    pub(crate) erasures: HashTrieMapSync<Digest, Erasing>,
    /// Those that something was proposed for.
    #[serde(with = "snapshot::map")]
    pub(crate) nonces: RedBlackTreeMapSync<Seq, Arc<Nonce>>,
    /// What the dearest candidates of all nonces without an end pay.
    pub(crate) spoken_for: Amount,
}

impl Program {
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The leaf hash of event 0: what this program is called outside this server.
    pub fn identity(&self) -> Digest {
        self.identity
    }

    /// How many events the journal has; the next event's number.
    pub fn size(&self) -> Seq {
        self.tree.size()
    }

    /// The Merkle root of the journal (RFC 6962).
    pub fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The leaf hash of the last event.
    pub fn last_leaf(&self) -> Digest {
        self.last_leaf
    }

    /// The time of the last event: the next one is not earlier.
    pub fn last_at(&self) -> Timestamp {
        self.last_at
    }

    /// What the program was opened with.
    pub fn charter(&self) -> &OpenProgram {
        &self.charter
    }

    /// Every version of the policy, in the order in which they come into force.
    pub fn policies(&self) -> &[policy::Version] {
        &self.policies
    }

    /// The version in force at a moment.
    pub fn policy_version_at(&self, at: Timestamp) -> Option<&policy::Version> {
        self.policies.iter().rev().find(|version| version.from <= at).or(self.policies.first())
    }

    /// The policy in force at a moment.
    pub fn policy_at(&self, at: Timestamp) -> &Policy {
        self.policy_version_at(at).map_or(&self.charter.policy, |version| &version.policy)
    }

    /// The policy that decides about a revision: the one in force when it was made.
    pub fn policy_of(&self, revision: &Revision) -> &Policy {
        let made = self.policies.iter().find(|version| version.number == revision.policy);
        made.map_or(&self.charter.policy, |version| &version.policy)
    }

    /// What the lane of a submission asks for.
    pub fn rules_of(&self, submission: &Submission) -> &LaneRules {
        self.policy_of(&submission.revision).lane(self.lane_now(submission))
    }

    /// The most that all periods together may spend, as it stands.
    pub fn cap(&self) -> Amount {
        self.limits.cap
    }

    /// The budget lines with the ranges in force.
    pub fn categories(&self) -> &[Category] {
        &self.limits.categories
    }

    /// The ranges that a period is held to: those in force, or those when it was closed.
    pub fn categories_of<'a>(&'a self, period: &'a Period) -> &'a [Category] {
        period.closing.as_ref().map_or(self.categories(), |closing| &closing.categories)
    }

    pub fn books(&self) -> &Books {
        &self.books
    }

    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values().map(AsRef::as_ref)
    }

    pub fn periods(&self) -> impl Iterator<Item = &Period> {
        self.periods.values().map(AsRef::as_ref)
    }

    pub fn bounties(&self) -> impl Iterator<Item = &Bounty> {
        self.bounties.values()
    }

    /// In the order of their numbers.
    pub fn submissions(&self) -> impl Iterator<Item = &Submission> {
        self.submissions.iter().map(AsRef::as_ref)
    }

    pub fn batches(&self) -> impl Iterator<Item = &Batch> {
        self.batches.values().map(AsRef::as_ref)
    }

    /// In no particular order.
    pub fn addresses(&self) -> impl Iterator<Item = (&Address, &PayoutAddress)> {
        self.addresses.iter()
    }

    /// The Safe as last observed.
    pub fn observation(&self) -> Option<&Observation> {
        self.observation.as_deref()
    }

    /// Who holds a piece of evidence for a function, first come first.
    pub fn evidence_holders(&self, evidence: Digest, function: Slug) -> &[Holding] {
        self.evidence.get(&(evidence, function)).map_or(&[], Vec::as_slice)
    }

    /// The submission that the ledger itself must approve before anything else happens.
    pub fn due(&self) -> Option<SubmissionNumber> {
        self.due
    }

    /// # Errors
    /// [`Refusal::NoSuchMember`].
    pub fn member(&self, number: MemberNumber) -> Result<&Arc<Member>, Refusal> {
        self.members.get(&number).ok_or(Refusal::NoSuchMember { member: number })
    }

    /// # Errors
    /// [`Refusal::NoSuchPeriod`].
    pub fn period(&self, number: PeriodNumber) -> Result<&Arc<Period>, Refusal> {
        self.periods.get(&number).ok_or(Refusal::NoSuchPeriod { period: number })
    }

    /// A period in which things still happen.
    ///
    /// # Errors
    /// [`Refusal::NoSuchPeriod`], [`Refusal::PeriodClosed`].
    pub(crate) fn unclosed(&self, number: PeriodNumber) -> Result<&Arc<Period>, Refusal> {
        match self.period(number)? {
            period if period.is_closed() => Err(Refusal::PeriodClosed { period: number }),
            period => Ok(period),
        }
    }

    /// # Errors
    /// [`Refusal::NoSuchFunding`].
    pub fn funding(&self, event: Seq) -> Result<&Funding, Refusal> {
        self.fundings.get(&event).ok_or(Refusal::NoSuchFunding { event })
    }

    /// In the order of their events.
    pub fn fundings(&self) -> impl Iterator<Item = (Seq, &Funding)> {
        self.fundings.iter().map(|(event, funding)| (*event, funding))
    }

    /// What all periods together hold of the program's cap: their authority, without what lapsed.
    pub fn held(&self) -> Option<Amount> {
        let of_period = |period: &Period| {
            let lapsed = self.categories_of(period).iter();
            let lapsed = lapsed.map(|category| self.books.line(period.number, category.slug, Bucket::Lapsed));
            let authority = self.books.balance(Account::Authority(period.number));
            authority.checked_sub(Amount::sum(lapsed)?)
        };
        self.periods().try_fold(Amount::ZERO, |held, period| held.checked_add(of_period(period)?))
    }

    /// # Errors
    /// [`Refusal::NoSuchCategory`].
    pub fn category(&self, slug: Slug) -> Result<&Category, Refusal> {
        limits::find(self.categories(), slug).ok_or(Refusal::NoSuchCategory { category: slug })
    }

    /// # Errors
    /// [`Refusal::NoSuchBounty`].
    pub fn bounty(&self, number: BountyNumber) -> Result<&Bounty, Refusal> {
        self.bounties.get(&number).ok_or(Refusal::NoSuchBounty { bounty: number })
    }

    /// # Errors
    /// [`Refusal::NoSuchSubmission`].
    pub fn submission(&self, number: SubmissionNumber) -> Result<&Arc<Submission>, Refusal> {
        let known = place_of(number).and_then(|place| self.submissions.get(place));
        known.ok_or(Refusal::NoSuchSubmission { submission: number })
    }

    pub fn batch(&self, number: BatchNumber) -> Option<&Batch> {
        self.batches.get(&number).map(AsRef::as_ref)
    }

    pub fn address(&self, address: &Address) -> Option<&PayoutAddress> {
        self.addresses.get(address)
    }

    pub fn available(&self, period: PeriodNumber, category: Slug) -> Amount {
        self.books.line(period, category, Bucket::Available)
    }

    /// The nonces that something was proposed for, in their order.
    pub fn nonces(&self) -> impl DoubleEndedIterator<Item = &Nonce> {
        self.nonces.values().map(AsRef::as_ref)
    }

    pub fn nonce(&self, number: Seq) -> Option<&Nonce> {
        self.nonces.get(&number).map(AsRef::as_ref)
    }

    /// The first nonce that the Safe has not consumed and nothing was proposed for; `None` before the Safe was ever
    /// observed, and after the last there is.
    pub fn next_nonce(&self) -> Option<Seq> {
        let mut next = self.observation()?.safe.nonce;
        for taken in self.nonces.range(next..).map(|(number, _)| *number) {
            if taken != next {
                break;
            }
            next = next.next()?;
        }
        Some(next)
    }

    /// What batches took or may still take from the Safe since it was observed: of each nonce that it had not consumed
    /// then, what was executed, or what the dearest candidate pays.
    pub fn in_open_batches(&self) -> Option<Amount> {
        let observed = self.observation()?.safe.nonce;
        Amount::sum(self.nonces.range(observed..).map(|(_, nonce)| self.takes(nonce)))
    }

    fn takes(&self, nonce: &Nonce) -> Amount {
        match nonce.end.as_ref().map(|end| end.how) {
            None => nonce.dearest,
            Some(How::Executed(batch)) => self.batch(batch).map_or(nonce.dearest, |batch| batch.total),
            Some(How::Unpaid(_)) => Amount::ZERO,
        }
    }

    /// What a batch on the next free nonce may pay at most (I7); `None` before the Safe was ever observed.
    pub fn payable(&self) -> Option<Amount> {
        self.payable_beside(Amount::ZERO)
    }

    /// What a batch on a nonce may pay at most: only one of its candidates is ever executed.
    pub fn payable_on(&self, nonce: Seq) -> Option<Amount> {
        let open = self.nonce(nonce).filter(|nonce| nonce.end.is_none());
        self.payable_beside(open.map_or(Amount::ZERO, |nonce| nonce.dearest))
    }

    /// Twice counted: as the Safe was seen, against what left it since or may leave it; and as the books have it,
    /// against all nonces without an end, because what was executed stands in them until it is read back.
    fn payable_beside(&self, dearest: Amount) -> Option<Amount> {
        let suspense = self.books.balance(Account::SuspenseIn);
        let seen = self.observation()?.safe.balance.saturating_sub(suspense);
        let booked = self.books.balance(Account::Safe).saturating_sub(suspense);
        let (open, all) =
            (self.in_open_batches()?.saturating_sub(dearest), self.spoken_for.saturating_sub(dearest));
        Some(seen.saturating_sub(open).min(booked.saturating_sub(all)))
    }

    /// What the dearest candidates of all nonces without an end pay.
    pub fn spoken_for(&self) -> Amount {
        self.spoken_for
    }

    /// The event that erased a document.
    pub fn erased(&self, document: &Digest) -> Option<Seq> {
        self.erasures.get(document).and_then(|erasing| erasing.erased)
    }

    /// LPT that moved without a reason known then, by the event that recorded it, in their order.
    pub fn suspense(&self) -> impl Iterator<Item = (Seq, &Unexplained)> {
        self.suspense.iter().map(|(event, item)| (*event, item))
    }

    /// What was sent back, by the event that recorded it, in their order.
    pub fn refunds(&self) -> impl Iterator<Item = (Seq, &Refund)> {
        self.refunds.iter().map(|(event, refund)| (*event, refund))
    }

    /// The lane a submission is judged in now: that of its revision, or the lead's if its claimant has come to
    /// run the program since.
    pub fn lane_now(&self, submission: &Submission) -> Lane {
        if self.is_insider(submission.claimant) { Lane::Lead } else { submission.revision.lane }
    }

    /// Puts a member in their place, and among the reviewers or not.
    pub(crate) fn put_member(&mut self, after: Member) {
        if after.holds(Role::Reviewer) {
            self.reviewers.insert_mut(after.number);
        } else {
            self.reviewers.remove_mut(&after.number);
        }
        if after.holds(Role::Alternate) {
            self.people.alternates.insert_mut(after.number);
        } else {
            self.people.alternates.remove_mut(&after.number);
        }
        self.members.insert_mut(after.number, Arc::new(after));
    }

    /// Puts a submission in its place, and every index and sum that follows from it.
    pub(crate) fn put_submission(&mut self, after: Submission) -> Result<(), ApplyError> {
        let place = place_of(after.number).filter(|place| *place <= self.submissions.len());
        let place = place.ok_or(Refusal::NoSuchSubmission { submission: after.number })?;
        let before = self.submissions.get(place).cloned();
        self.totals.replace(before.as_deref(), Some(&after));
        // Most of what happens to a claim leaves its evidence as it is.
        let (held, holds) = (before.as_deref().map(Submission::held), after.held());
        if held != Some(holds) {
            let (evidence, function, _) = held.unwrap_or((&[], holds.1, 0));
            for evidence in evidence {
                self.let_go(*evidence, function, after.number);
            }
            let (evidence, function, _) = holds;
            for evidence in evidence {
                let mut holders = self.evidence_holders(*evidence, function).to_vec();
                holders.push(after.holding());
                self.evidence.insert_mut((*evidence, function), holders);
            }
        }
        self.put_contender(before.as_deref(), &after);
        if let Some(before) = &before
            && let Stage::Agreed { decided, .. } = before.stage
        {
            self.waiting.remove_mut(&(before.period, before.category, decided));
        }
        if let Stage::Agreed { decided, .. } = after.stage {
            let turn = (after.period, after.category, decided);
            self.waiting.insert_mut(turn, (after.number, after.revision.amount));
        }
        let after = Arc::new(after);
        if before.is_some() {
            self.submissions.set_mut(place, after);
        } else {
            self.submissions.push_back_mut(after);
        }
        Ok(())
    }

    fn let_go(&mut self, evidence: Digest, function: Slug, submission: SubmissionNumber) {
        let mut holders = self.evidence_holders(evidence, function).to_vec();
        holders.retain(|holding| holding.submission != submission);
        if holders.is_empty() {
            self.evidence.remove_mut(&(evidence, function));
        } else {
            self.evidence.insert_mut((evidence, function), holders);
        }
    }

    /// Counts a claim among those that wait for a slot of its bounty, or no longer; then no slot is taken for it.
    fn put_contender(&mut self, before: Option<&Submission>, after: &Submission) {
        let (did, does) = (before.and_then(Submission::contends), after.contends());
        let Some(number) = did.or(does).filter(|_| did != does) else { return };
        let Some(mut bounty) = self.bounties.get(&number).cloned() else { return };
        let undecided = bounty.undecided.get();
        if does.is_some() {
            bounty.undecided = Count::new(undecided.saturating_add(1));
        } else {
            bounty.undecided = Count::new(undecided.saturating_sub(1));
            bounty.takes.retain(|take| take.claim != Some(after.number));
        }
        self.bounties.insert_mut(number, bounty);
    }

    /// The first line and submission, oldest agreed first, that freed money can carry.
    pub(crate) fn find_due(&mut self) -> Option<SubmissionNumber> {
        while let Some(line) = self.freed.first().copied() {
            let (period, category) = line;
            let available = self.available(period, category);
            let turns = (period, category, Seq::ZERO)..=(period, category, Seq::new(u64::MAX));
            let fits = self.waiting.range(turns).find(|(_, (_, amount))| *amount <= available);
            if let Some((_, (submission, _))) = fits {
                return Some(*submission);
            }
            self.freed.remove_mut(&line);
        }
        None
    }
}

/// Where a submission stands among all: they are counted from 1.
fn place_of(number: SubmissionNumber) -> Option<usize> {
    usize::try_from(number.get()).ok()?.checked_sub(1)
}
