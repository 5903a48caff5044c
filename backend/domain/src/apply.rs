//! The fold: what an event makes of the state. No rule lives here.

mod budget;
mod chain;
mod claims;
mod documents;
mod people;

use std::sync::Arc;

use rpds::{HashTrieMapSync, RedBlackTreeMapSync, RedBlackTreeSetSync, VectorSync};
use thiserror::Error;

use crate::batch::Observation;
use crate::books::{Account, Books, BooksError, Posting};
use crate::bounty::Bounty;
use crate::command::{Actor, AddMember, AddressRecorded, OpenPeriod, OpenProgram, PostBounty, RecordAddress};
use crate::event::{Event, Fact, Recorded};
use crate::journal::Frontier;
use crate::limits::Limits;
use crate::member::{Member, PayoutAddress};
use crate::people::People;
use crate::period::Period;
use crate::policy;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Stage, Submission};
use crate::totals::Totals;
use crate::value::{Amount, BountyNumber, Count, Digest, MemberNumber, PeriodNumber, Seq, SubmissionNumber};
use crate::words::{Bucket, Side};

/// Why an event does not follow from the state it is applied to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplyError {
    #[error("event {found} does not follow: event {expected} is next")]
    OutOfOrder { expected: Seq, found: Seq },
    #[error("event {seq} names another event before it than the journal holds")]
    BrokenChain { seq: Seq },
    #[error("the event belongs to another program")]
    OtherProgram,
    #[error("the first event opens a program, and no other does")]
    Opening,
    #[error("the event has no member for an actor")]
    NoActor,
    #[error("the event needs submission {submission} in another state")]
    Stage { submission: SubmissionNumber },
    #[error("the event makes no revision")]
    NoRevision,
    #[error("the event changes no offer")]
    NoOffer,
    #[error("the event is about no claim")]
    NoDispute,
    #[error("the event is about nothing that happened on the chain")]
    NotOnChain,
    #[error("the event names what is not there: {0}")]
    Missing(#[from] Refusal),
    #[error(transparent)]
    Books(#[from] BooksError),
}

impl Program {
    /// The state after event 0.
    ///
    /// # Errors
    /// An event that opens no program.
    pub fn begin(recorded: &Recorded) -> Result<Self, ApplyError> {
        let Recorded { event, leaf, .. } = recorded;
        let Fact::ProgramOpened { asked } = &event.fact else { return Err(ApplyError::Opening) };
        if event.seq != Seq::ZERO {
            return Err(ApplyError::OutOfOrder { expected: Seq::ZERO, found: event.seq });
        }
        if event.prev != Digest::ZERO {
            return Err(ApplyError::BrokenChain { seq: event.seq });
        }
        let mut program = Self {
            id: event.program,
            identity: *leaf,
            tree: Frontier::default(),
            last_leaf: *leaf,
            last_at: event.at,
            charter: Arc::new(OpenProgram::clone(asked)),
            limits: Arc::new(Limits::of(asked)),
            policies: Arc::new(vec![policy::Version {
                number: policy::FIRST_VERSION,
                from: event.at,
                recorded: event.seq,
                policy: asked.policy.clone(),
            }]),
            members: RedBlackTreeMapSync::new_sync(),
            people: People::new(),
            reviewers: RedBlackTreeSetSync::new_sync(),
            addresses: HashTrieMapSync::new_sync(),
            looks: HashTrieMapSync::new_sync(),
            periods: RedBlackTreeMapSync::new_sync(),
            bounties: RedBlackTreeMapSync::new_sync(),
            submissions: VectorSync::new_sync(),
            evidence: HashTrieMapSync::new_sync(),
            challenges: HashTrieMapSync::new_sync(),
            waiting: RedBlackTreeMapSync::new_sync(),
            freed: RedBlackTreeSetSync::new_sync(),
            due: None,
            totals: Totals::new(),
            books: Books::default().posted(&event.postings)?,
            observation: None,
            fundings: RedBlackTreeMapSync::new_sync(),
            funded: HashTrieMapSync::new_sync(),
            refunds: RedBlackTreeMapSync::new_sync(),
            suspense: RedBlackTreeMapSync::new_sync(),
            batches: RedBlackTreeMapSync::new_sync(),
            erasures: HashTrieMapSync::new_sync(),
            nonces: RedBlackTreeMapSync::new_sync(),
            spoken_for: Amount::ZERO,
        };
        let mut number = Some(MemberNumber::FIRST);
        for member in &asked.members {
            if let Some(joining) = number {
                program.add_member(joining, member, event.seq);
            }
            number = number.and_then(MemberNumber::next);
        }
        program.tree.append(*leaf);
        Ok(program)
    }

    /// Folds the next event into the state.
    ///
    /// # Errors
    /// An event that does not follow from this state; the state is then unusable and must be dropped.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), ApplyError> {
        let Recorded { event, leaf, .. } = recorded;
        if event.program != self.id {
            return Err(ApplyError::OtherProgram);
        }
        if event.seq != self.size() {
            return Err(ApplyError::OutOfOrder { expected: self.size(), found: event.seq });
        }
        if event.prev != self.last_leaf {
            return Err(ApplyError::BrokenChain { seq: event.seq });
        }
        self.fold(event)?;
        self.books.post(&event.postings)?;
        for posting in &event.postings {
            if let Posting(Account::Line(period, category, Bucket::Available), Side::Credit, _) = posting {
                self.freed.insert_mut((*period, *category));
            }
        }
        self.due = self.find_due();
        self.tree.append(*leaf);
        self.last_leaf = *leaf;
        self.last_at = event.at;
        Ok(())
    }

    fn fold(&mut self, event: &Event) -> Result<(), ApplyError> {
        match &event.fact {
            Fact::ProgramOpened { .. } => return Err(ApplyError::Opening),
            Fact::MemberAdded { asked, outcome } => self.add_member(outcome.member, asked, event.seq),
            Fact::RoleGranted { asked } => {
                let member = Member::clone(self.member(asked.member)?).granted(asked.role, event.seq);
                self.put_member(member);
            }
            Fact::RoleRevoked { asked } => {
                let member = Member::clone(self.member(asked.member)?).revoked(asked.role);
                self.put_member(member);
            }
            Fact::AddressRecorded { asked, outcome } => self.record_address(event, asked, outcome)?,
            Fact::PeriodOpened { asked, outcome } => self.open_period(event.seq, asked, outcome.period),
            Fact::Allotted { asked } => self.fold_allotments(asked)?,
            Fact::AllotmentMoved { asked } => self.fold_move(asked)?,
            Fact::CapChanged { asked } => self.fold_cap(asked)?,
            Fact::LimitsChanged { asked } => self.limits = Arc::new(self.limits.changed(asked)),
            Fact::PolicyChanged { asked, outcome } => {
                let (number, from, recorded) = (outcome.version, outcome.from, event.seq);
                let version = policy::Version { number, from, recorded, policy: asked.policy.clone() };
                self.policies = Arc::new([self.policies.as_slice(), &[version]].concat());
            }
            Fact::PeriodClosed { asked } => self.fold_closing(event, asked)?,
            Fact::BountyPosted { asked, outcome } => self.post_bounty(event.seq, asked, outcome.bounty),
            Fact::SlotTaken { .. } | Fact::SlotReleased { .. } | Fact::BountyClosed { .. } => {
                self.fold_offer(event)?;
            }
            Fact::SubmissionFiled { .. } | Fact::SubmissionRevised { .. } | Fact::OfferAccepted { .. } => {
                self.fold_revision(event)?;
            }
            Fact::SubmissionWithdrawn { .. }
            | Fact::RejectionAppealed { .. }
            | Fact::SubmissionReopened { .. }
            | Fact::SubmissionHeld { .. }
            | Fact::SubmissionChallenged { .. }
            | Fact::SubmissionReleased { .. }
            | Fact::ReversalVoted { .. } => self.fold_dispute(event)?,
            Fact::CommentAdded { .. } => {}
            Fact::VoteCast { asked, outcome } => self.fold_vote(event, asked, outcome)?,
            Fact::WaitingApproved { asked, outcome } => {
                let mut submission = Submission::clone(self.submission(asked.submission)?);
                let approvers = submission.stage.approvals().cloned().unwrap_or_default();
                submission.stage = Stage::Approved { approvers, decided_at: event.at };
                submission.touched = event.seq;
                self.draw(&mut submission, outcome.sampled);
                self.put_submission(submission)?;
            }
            Fact::SafeObserved { asked } => {
                let observation =
                    Observation { safe: asked.as_ref().clone(), at: event.at, recorded: event.seq };
                self.observation = Some(Arc::new(observation));
            }
            Fact::FundingRecorded { asked } => self.fold_funding(event.seq, asked),
            Fact::FundingWithdrawn { asked } => self.fold_withdrawal(event.seq, asked.event)?,
            Fact::BatchProposed { .. }
            | Fact::RejectionProposed { .. }
            | Fact::BatchExecuted { .. }
            | Fact::NonceConsumed { .. }
            | Fact::ExecutionWithdrawn { .. }
            | Fact::InflowRecorded { .. }
            | Fact::OutflowRecorded { .. }
            | Fact::RefundRecorded { .. }
            | Fact::TransferWithdrawn { .. }
            | Fact::InflowClassified { .. }
            | Fact::OutflowSettled { .. }
            | Fact::WordConfirmed { .. }
            | Fact::FindingRecorded { .. }
            | Fact::SignatureRecorded { .. } => self.fold_chain(event)?,
            Fact::DocumentErased { asked, outcome } => self.fold_erasure(event, asked, outcome.verdict)?,
            Fact::MemberInvited { .. }
            | Fact::InviteWithdrawn { .. }
            | Fact::MemberJoined { .. }
            | Fact::MemberLeft { .. }
            | Fact::MembersLinked { .. }
            | Fact::ConflictDeclared { .. }
            | Fact::NodeDeclared { .. } => self.fold_people(event)?,
            Fact::AlternateCalled { asked } => {
                let mut submission = Submission::clone(self.submission(asked.submission)?);
                submission.called.push(asked.member);
                submission.touched = event.seq;
                self.put_submission(submission)?;
            }
            Fact::SampleChecked { asked } => self.fold_sample(event, asked)?,
        }
        Ok(())
    }

    fn open_period(&mut self, opened: Seq, asked: &OpenPeriod, number: PeriodNumber) {
        let period = Period {
            number,
            kind: asked.kind,
            cap: asked.cap,
            starts_at: asked.starts_at,
            ends_at: asked.ends_at,
            opened,
            allotments: Vec::new(),
            closing: None,
        };
        self.periods.insert_mut(number, Arc::new(period));
    }

    fn post_bounty(&mut self, posted: Seq, asked: &PostBounty, number: BountyNumber) {
        let bounty = Bounty {
            number,
            period: asked.period,
            category: asked.category,
            function: asked.function,
            brief: asked.brief,
            probe: asked.probe,
            reward: asked.reward,
            template: asked.template,
            slots: asked.slots,
            used: Count::ZERO,
            undecided: Count::ZERO,
            takes: Vec::new(),
            opens_at: asked.opens_at,
            closes_at: asked.closes_at,
            posted,
            closed: None,
        };
        self.bounties.insert_mut(number, bounty);
    }

    fn add_member(&mut self, number: MemberNumber, joining: &AddMember, seq: Seq) {
        let mut roles: Vec<_> = joining.roles.iter().map(|role| (*role, seq)).collect();
        roles.sort_unstable();
        self.put_member(Member { number, name: joining.name, roles, added: seq, addresses: Count::ZERO });
    }

    fn record_address(
        &mut self,
        event: &Event,
        asked: &RecordAddress,
        outcome: &AddressRecorded,
    ) -> Result<(), ApplyError> {
        let Actor::Member(owner) = event.actor else { return Err(ApplyError::NoActor) };
        let mut member = Member::clone(self.member(owner)?);
        member.addresses = Count::new(member.addresses.get().saturating_add(1));
        let recorded = PayoutAddress {
            owner,
            position: member.addresses,
            recorded: event.seq,
            recorded_at: event.at,
            proven: asked.proof.is_some(),
            twin: outcome.twin,
            usable_from: outcome.usable_from,
        };
        self.put_member(member);
        self.addresses.insert_mut(asked.address, recorded);
        if !self.looks.contains_key(&asked.address.look()) {
            self.looks.insert_mut(asked.address.look(), asked.address);
        }
        Ok(())
    }
}
