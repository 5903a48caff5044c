//! The fold: what an event makes of the state. No rule lives here.

use std::sync::Arc;

use rpds::{HashTrieMapSync, HashTrieSetSync, RedBlackTreeMapSync, RedBlackTreeSetSync, VectorSync};
use thiserror::Error;

use crate::batch::{Batch, Observation};
use crate::books::{Account, Books, BooksError, Posting};
use crate::bounty::Bounty;
use crate::command::{
    Actor, AddMember, AddressRecorded, BatchProposed, CastVote, CheckSample, Join, OpenProgram, ProposeBatch,
    RecordAddress, VoteCast,
};
use crate::event::{Event, Fact, Recorded};
use crate::journal::Frontier;
use crate::member::{Member, PayoutAddress};
use crate::people::{Conflict, Invite, InviteState, Node, People, link};
use crate::period::Period;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Ballot, Ballots, Revision, Sample, Stage, Submission};
use crate::totals::Totals;
use crate::value::{Count, Digest, MemberNumber, PeriodNumber, RevisionNumber, Seq, SubmissionNumber};
use crate::words::{Bucket, Choice, Role, Side, Verdict, YesNo};

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
            members: RedBlackTreeMapSync::new_sync(),
            people: People::new(),
            reviewers: RedBlackTreeSetSync::new_sync(),
            addresses: HashTrieMapSync::new_sync(),
            looks: HashTrieMapSync::new_sync(),
            periods: RedBlackTreeMapSync::new_sync(),
            bounties: RedBlackTreeMapSync::new_sync(),
            submissions: VectorSync::new_sync(),
            evidence: HashTrieMapSync::new_sync(),
            waiting: RedBlackTreeMapSync::new_sync(),
            freed: RedBlackTreeSetSync::new_sync(),
            due: None,
            totals: Totals::new(),
            books: Books::default().posted(&event.postings)?,
            observation: None,
            fundings: HashTrieSetSync::new_sync(),
            batches: RedBlackTreeMapSync::new_sync(),
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
            Fact::PeriodOpened { asked, outcome } => {
                let period = Period {
                    number: outcome.period,
                    kind: asked.kind,
                    cap: asked.cap,
                    starts_at: asked.starts_at,
                    ends_at: asked.ends_at,
                    opened: event.seq,
                    allotments: Vec::new(),
                };
                self.periods.insert_mut(outcome.period, Arc::new(period));
            }
            Fact::Allotted { asked } => {
                let mut period = Period::clone(self.period(asked.period)?);
                for allotment in &asked.allotments {
                    period.allot(allotment.category, allotment.amount);
                }
                self.periods.insert_mut(asked.period, Arc::new(period));
            }
            Fact::BountyPosted { asked, outcome } => {
                let bounty = Bounty {
                    number: outcome.bounty,
                    period: asked.period,
                    category: asked.category,
                    function: asked.function,
                    brief: asked.brief,
                    reward: asked.reward,
                    slots: asked.slots,
                    used: Count::ZERO,
                    opens_at: asked.opens_at,
                    closes_at: asked.closes_at,
                    posted: event.seq,
                };
                self.bounties.insert_mut(outcome.bounty, bounty);
            }
            Fact::SubmissionFiled { .. } | Fact::SubmissionRevised { .. } => self.fold_revision(event)?,
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
            Fact::FundingRecorded { asked } => {
                self.fundings.insert_mut((asked.tx_hash, asked.log_index));
            }
            Fact::BatchProposed { asked, outcome } => self.fold_batch(event, asked, *outcome)?,
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

    fn fold_people(&mut self, event: &Event) -> Result<(), ApplyError> {
        let actor = match event.actor {
            Actor::Member(number) => Some(number),
            Actor::System => None,
        };
        match &event.fact {
            Fact::MemberInvited { asked, outcome } => {
                let (roles, until) = (asked.roles.clone(), outcome.until);
                let invite = Invite { roles, until, state: InviteState::Open, made: event.seq };
                self.people.invites.insert_mut(asked.invite, invite);
            }
            Fact::InviteWithdrawn { asked } => self.close_invite(asked.invite, InviteState::Withdrawn),
            Fact::MemberJoined { asked, outcome } => self.join(asked, outcome.member, event.seq),
            Fact::MemberLeft { .. } => {
                let number = actor.ok_or(ApplyError::NoActor)?;
                let member = Member::clone(self.member(number)?).retired();
                self.put_member(member);
            }
            Fact::MembersLinked { asked } => {
                self.people.put_link(link(asked.member, asked.other), asked.linked == YesNo::Yes);
            }
            Fact::ConflictDeclared { asked } => {
                let pair = (actor.ok_or(ApplyError::NoActor)?, asked.with);
                match asked.stands {
                    YesNo::Yes => {
                        let conflict = Conflict { reason: asked.reason, declared: event.seq };
                        self.people.conflicts.insert_mut(pair, conflict);
                    }
                    YesNo::No => _ = self.people.conflicts.remove_mut(&pair),
                }
            }
            Fact::NodeDeclared { asked } => {
                let key = (asked.address, actor.ok_or(ApplyError::NoActor)?);
                let node = Node { note: asked.note, operated: asked.operated, declared: event.seq };
                self.people.nodes.insert_mut(key, node);
            }
            _ => {}
        }
        Ok(())
    }

    fn close_invite(&mut self, digest: Digest, state: InviteState) {
        if let Some(invite) = self.people.invites.get(&digest).cloned() {
            self.people.invites.insert_mut(digest, Invite { state, ..invite });
        }
    }

    fn join(&mut self, asked: &Join, number: MemberNumber, seq: Seq) {
        let digest = asked.secret.map(|secret| Digest::sha256(&[secret.bytes()]));
        let invite = digest.and_then(|digest| self.people.invites.get(&digest));
        let roles = invite.map_or_else(|| vec![Role::Contributor], |invite| invite.roles.clone());
        self.add_member(number, &AddMember { name: asked.name, roles }, seq);
        if let Some(digest) = digest {
            self.close_invite(digest, InviteState::Used { by: number });
        }
    }

    fn fold_sample(&mut self, event: &Event, asked: &CheckSample) -> Result<(), ApplyError> {
        let Actor::Member(by) = event.actor else { return Err(ApplyError::NoActor) };
        let mut submission = Submission::clone(self.submission(asked.submission)?);
        if !matches!(submission.stage, Stage::Approved { .. }) {
            return Err(ApplyError::Stage { submission: submission.number });
        }
        submission.touched = event.seq;
        match asked.passed {
            YesNo::Yes => submission.sample = Sample::Passed { by },
            YesNo::No => {
                submission.sample = Sample::Out;
                submission.single_handed = false;
                submission.stage = Stage::NeedsChanges;
            }
        }
        self.put_submission(submission)
    }

    /// Puts an approved submission into the sample, or not.
    fn draw(&mut self, submission: &mut Submission, sampled: Option<YesNo>) {
        if sampled == Some(YesNo::Yes) {
            let period: PeriodNumber = submission.period;
            submission.sample = Sample::Awaited;
            self.people.sampled.insert_mut(period, Count::new(self.sampled(period).saturating_add(1)));
        }
    }

    fn fold_batch(
        &mut self,
        event: &Event,
        asked: &ProposeBatch,
        outcome: BatchProposed,
    ) -> Result<(), ApplyError> {
        for payout in &asked.payouts {
            let Stage::Approved { approvers, decided_at } = &self.submission(payout.submission)?.stage else {
                return Err(ApplyError::Stage { submission: payout.submission });
            };
            let (approvers, decided_at) = (approvers.clone(), *decided_at);
            let stage = Stage::InBatch { approvers, batch: outcome.batch, decided_at };
            self.restage(payout.submission, event.seq, stage)?;
        }
        let batch = Batch {
            number: outcome.batch,
            nonce: asked.nonce,
            payouts: asked.payouts.clone(),
            total: outcome.total,
            to: asked.to,
            operation: asked.operation,
            domain_hash: asked.domain_hash,
            message_hash: asked.message_hash,
            safe_tx_hash: asked.safe_tx_hash,
            size: outcome.size,
            root: outcome.root,
            proposed: event.seq,
            proposed_at: event.at,
        };
        self.batches.insert_mut(outcome.batch, Arc::new(batch));
        Ok(())
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

    fn fold_revision(&mut self, event: &Event) -> Result<(), ApplyError> {
        let stage = Stage::Submitted { ballots: Ballots::new_sync() };
        let submission = match &event.fact {
            Fact::SubmissionFiled { asked, outcome } => {
                let Actor::Member(claimant) = event.actor else { return Err(ApplyError::NoActor) };
                Submission {
                    number: outcome.submission,
                    claimant,
                    kind: asked.kind,
                    bounty: asked.bounty,
                    period: asked.period,
                    category: asked.category,
                    filed_at: event.at,
                    revision: Revision {
                        number: RevisionNumber::FIRST,
                        digest: outcome.digest,
                        amount: asked.amount,
                        channel: asked.channel,
                        evidence: asked.evidence.clone(),
                        function: asked.function,
                        lane: outcome.lane,
                        payee: asked.payee,
                        promoted: asked.promoted,
                        texts: asked.texts,
                        made: event.seq,
                        made_at: event.at,
                    },
                    stage,
                    recused: Vec::new(),
                    called: Vec::new(),
                    sample: Sample::Out,
                    single_handed: false,
                    slot: false,
                    touched: event.seq,
                }
            }
            Fact::SubmissionRevised { asked, outcome } => {
                let before = Submission::clone(self.submission(asked.submission)?);
                let revision = Revision {
                    number: outcome.revision,
                    digest: outcome.digest,
                    amount: asked.amount,
                    channel: asked.channel,
                    evidence: asked.evidence.clone(),
                    function: asked.function,
                    lane: outcome.lane,
                    payee: asked.payee,
                    promoted: asked.promoted,
                    texts: asked.texts,
                    made: event.seq,
                    made_at: event.at,
                };
                Submission { revision, stage, touched: event.seq, ..before }
            }
            _ => return Err(ApplyError::NoRevision),
        };
        self.put_submission(submission)
    }

    fn fold_vote(&mut self, event: &Event, asked: &CastVote, outcome: &VoteCast) -> Result<(), ApplyError> {
        let Actor::Member(reviewer) = event.actor else { return Err(ApplyError::NoActor) };
        let mut submission = Submission::clone(self.submission(asked.submission)?);
        let Stage::Submitted { ballots } = &submission.stage else {
            return Err(ApplyError::Stage { submission: submission.number });
        };
        let ballot =
            Ballot { choice: asked.choice, ordinal: asked.ordinal, cast: event.seq, reason: asked.reason };
        let ballots = ballots.insert(reviewer, ballot);
        if asked.choice == Choice::Recuse {
            submission.recused.push(reviewer);
        }
        let decided_at = event.at;
        let approvers = self.approvers(&submission, &ballots);
        submission.stage = match outcome.verdict {
            Verdict::Counted => Stage::Submitted { ballots },
            Verdict::NeedsChanges => Stage::NeedsChanges,
            Verdict::Rejected => Stage::Rejected { decided_at },
            Verdict::Agreed => Stage::Agreed { approvers, decided: event.seq, decided_at },
            Verdict::Approved => Stage::Approved { approvers, decided_at },
        };
        submission.single_handed = outcome.single_handed == Some(YesNo::Yes);
        self.draw(&mut submission, outcome.sampled);
        if outcome.verdict == Verdict::Approved
            && !submission.slot
            && let Some(number) = submission.bounty
        {
            submission.slot = true;
            let mut bounty = *self.bounty(number)?;
            bounty.used = bounty.used.next().ok_or(ApplyError::Stage { submission: submission.number })?;
            self.bounties.insert_mut(number, bounty);
        }
        submission.touched = event.seq;
        self.put_submission(submission)
    }

    fn restage(&mut self, number: SubmissionNumber, touched: Seq, stage: Stage) -> Result<(), ApplyError> {
        let before = Submission::clone(self.submission(number)?);
        self.put_submission(Submission { stage, touched, ..before })
    }
}
