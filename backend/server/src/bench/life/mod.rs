//! A made-up life of a program, of any length: claims, votes, revisions, bounties, budgets, batches, people who come.
//!
//! Every event is decided by the rules, its documents are sound, its batches are encoded as they must be. The same
//! at every run. What is asked next costs the same after a thousand events as after a million, and so does the mix.

mod asks;
mod charter;
mod papers;
mod rng;

use std::collections::VecDeque;

use domain::command::{Actor, Cause};
use domain::event::{Command, Event, EventError, Fact, Recorded};
use domain::journal::Document;
use domain::refusal::Refusal;
use domain::value::{
    Address, Amount, BountyNumber, Digest, MemberNumber, PeriodNumber, SubmissionNumber, Timestamp,
};
use domain::words::{Choice, Lane, Verdict};
use domain::{ApplyError, Program, Request, decide, open};
use thiserror::Error;
use uuid::Uuid;
use verify::payment::PaymentError;

use super::{BenchError, News, Watch};
use charter::{CONTRIBUTORS, FIRST_CONTRIBUTOR, LEAD};
use papers::Papers;
use rng::Rng;

/// How many events are made before it is told how far they are.
const REPORTED: usize = 20_000;
/// From one event to the next.
const STEP_MICROS: i64 = 4 * 60 * 1_000_000;

/// Why a life cannot go on: a defect of ours.
#[derive(Debug, Error)]
pub enum LifeError {
    #[error("the rules refuse what the made-up life asks: {0}")]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Payment(#[from] PaymentError),
    #[error("the made-up life is not as it was made")]
    Lost,
}

/// What happens next, and the documents that come with it, in the order in which it names them.
#[derive(Debug)]
pub(super) struct Step {
    pub recorded: Recorded,
    pub documents: Vec<Document>,
}

/// What is asked, by whom, with which documents.
struct Ask {
    actor: Actor,
    command: Command,
    documents: Vec<Document>,
}

/// Somebody who may claim, and the address that is to be paid.
#[derive(Clone, Copy, Debug)]
struct Person {
    number: MemberNumber,
    payee: Address,
}

/// A claim that waits for votes.
#[derive(Clone, Copy, Debug)]
struct Undecided {
    number: SubmissionNumber,
    /// Which reviewer votes first, and how many were asked.
    first: u32,
    asked: u32,
}

/// A posted bounty that can still be claimed.
#[derive(Clone, Copy, Debug)]
struct Offer {
    number: BountyNumber,
    slots: u32,
}

/// What is known of the Safe.
#[derive(Debug)]
struct Chain {
    block: u64,
    fundings: u64,
    funded: Amount,
    /// What was funded when the Safe was last looked at.
    seen: Amount,
    seen_at: Option<Timestamp>,
    proposed: Amount,
    executed: Amount,
    next_nonce: u64,
    /// Batches that are not executed yet.
    open: VecDeque<(u64, Amount)>,
}

impl Chain {
    fn new() -> Self {
        Self {
            block: 0,
            fundings: 0,
            funded: Amount::ZERO,
            seen: Amount::ZERO,
            seen_at: None,
            proposed: Amount::ZERO,
            executed: Amount::ZERO,
            next_nonce: 0,
            open: VecDeque::new(),
        }
    }
}

/// A program and what is about to happen in it.
#[derive(Debug)]
pub(super) struct Life {
    rng: Rng,
    papers: Papers,
    program: Program,
    now: Timestamp,
    people: Vec<Person>,
    /// Members who have no payout address yet.
    new: VecDeque<MemberNumber>,
    period: Option<(PeriodNumber, Timestamp)>,
    allotted: bool,
    offers: VecDeque<Offer>,
    undecided: VecDeque<Undecided>,
    sent_back: VecDeque<SubmissionNumber>,
    /// Agreed claims that wait for money.
    agreed: Vec<(PeriodNumber, SubmissionNumber, Amount)>,
    /// Approved claims whose time for objections runs, by lane.
    approved: [VecDeque<(Timestamp, SubmissionNumber)>; 2],
    payable: VecDeque<SubmissionNumber>,
    /// How many payouts the next batch is to have.
    lines: usize,
    chain: Chain,
    auditor: Option<MemberNumber>,
}

impl Life {
    /// The first event, which opens the program.
    pub fn begin() -> Result<(Self, Step), LifeError> {
        let mut papers = Papers::default();
        let last = FIRST_CONTRIBUTOR.saturating_add(CONTRIBUTORS);
        let mut documents: Vec<Document> = (LEAD..last).map(|number| papers.name(number)).collect();
        let names: Vec<Digest> = documents.iter().map(Document::digest).collect();
        let texts = papers.program();
        let charter = charter::charter(&names, texts.digest())?;
        documents.push(texts);
        let now = "2026-01-01T00:00:00Z".parse().map_err(|_| LifeError::Lost)?;
        let actor = Actor::Member(MemberNumber::FIRST);
        let request = Request { actor, at: now, cause: Some(cause(0)), command: charter.into() };
        let recorded = open(Uuid::from_u128(0xb5), &request)?.record()?;
        let new = std::iter::once(LEAD).chain(FIRST_CONTRIBUTOR..last).filter_map(MemberNumber::new);
        let life = Self {
            rng: Rng::new(5),
            papers,
            program: Program::begin(&recorded)?,
            now,
            people: Vec::new(),
            new: new.collect(),
            period: None,
            allotted: false,
            offers: VecDeque::new(),
            undecided: VecDeque::new(),
            sent_back: VecDeque::new(),
            agreed: Vec::new(),
            approved: [(); 2].map(|()| VecDeque::new()),
            payable: VecDeque::new(),
            lines: 1,
            chain: Chain::new(),
            auditor: None,
        };
        Ok((life, Step { recorded, documents }))
    }

    /// The state after the last event.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Goes on until there are so many events; `each` gets them, with the state after each.
    pub fn reach(
        &mut self,
        size: usize,
        watch: Watch<'_>,
        mut each: impl FnMut(&Program, Step) -> Result<(), BenchError>,
    ) -> Result<(), BenchError> {
        let of = size;
        loop {
            let done = usize::try_from(self.program.size().get()).unwrap_or(usize::MAX);
            if done.is_multiple_of(REPORTED) || done >= of {
                watch(News::Step { what: "events", done: done.min(of), of });
            }
            if done >= of {
                return Ok(());
            }
            let step = self.next()?;
            each(&self.program, step)?;
        }
    }

    /// What happens next.
    pub fn next(&mut self) -> Result<Step, LifeError> {
        let later = self.now.micros().saturating_add(STEP_MICROS);
        self.now = Timestamp::from_micros(later).map_err(|_| LifeError::Lost)?;
        let Ask { actor, command, documents } = self.ask()?;
        let cause = match actor {
            Actor::System => None,
            Actor::Member(_) => Some(cause(self.program.size().get())),
        };
        let recorded = decide(&self.program, &Request { actor, at: self.now, cause, command })?.record()?;
        self.program.apply(&recorded)?;
        self.note(&recorded.event)?;
        Ok(Step { recorded, documents })
    }

    /// Remembers what an event made possible.
    fn note(&mut self, event: &Event) -> Result<(), LifeError> {
        match &event.fact {
            Fact::MemberAdded { outcome, .. } => self.new.push_back(outcome.member),
            Fact::AddressRecorded { asked, .. } => {
                let number = self.new.pop_front().ok_or(LifeError::Lost)?;
                self.people.push(Person { number, payee: asked.address });
            }
            Fact::RoleGranted { asked } => self.auditor = Some(asked.member),
            Fact::RoleRevoked { .. } => self.auditor = None,
            Fact::PeriodOpened { asked, outcome } => {
                self.period = Some((outcome.period, asked.ends_at));
                self.allotted = false;
                self.offers.clear();
            }
            Fact::Allotted { .. } => self.allotted = true,
            Fact::BountyPosted { asked, outcome } => {
                self.offers.push_back(Offer { number: outcome.bounty, slots: asked.slots.get() });
            }
            Fact::SubmissionFiled { outcome, .. } => self.wait_for_votes(outcome.submission),
            Fact::SubmissionRevised { asked, .. } => self.wait_for_votes(asked.submission),
            Fact::VoteCast { asked, outcome } => {
                let mut claim = self.undecided.pop_front().ok_or(LifeError::Lost)?;
                match outcome.verdict {
                    Verdict::Counted => {
                        claim.asked = claim.asked.saturating_add(1);
                        self.undecided.push_front(claim);
                    }
                    Verdict::NeedsChanges => self.sent_back.push_back(asked.submission),
                    Verdict::Rejected => {}
                    Verdict::Agreed => {
                        let claim = self.program.submission(asked.submission)?;
                        self.agreed.push((claim.period, claim.number, claim.revision.amount));
                    }
                    Verdict::Approved => self.wait_for_objections(asked.submission)?,
                }
            }
            Fact::WaitingApproved { asked, .. } => {
                self.agreed.retain(|(_, number, _)| *number != asked.submission);
                self.wait_for_objections(asked.submission)?;
            }
            Fact::SafeObserved { .. } => {
                (self.chain.seen, self.chain.seen_at) = (self.chain.funded, Some(event.at));
            }
            Fact::FundingRecorded { asked } => {
                self.chain.funded = added(self.chain.funded, asked.amount)?;
            }
            Fact::BatchProposed { asked, outcome } => {
                self.payable.drain(..asked.payouts.len().min(self.payable.len()));
                self.chain.proposed = added(self.chain.proposed, outcome.total)?;
                self.chain.open.push_back((asked.nonce.get(), outcome.total));
                self.chain.next_nonce = asked.nonce.get().saturating_add(1);
                let few = self.rng.percent(10);
                self.lines = if few { 1 } else { self.rng.place(13).saturating_add(8) };
            }
            // A life does not ask for these.
            Fact::AllotmentMoved { .. }
            | Fact::PolicyChanged { .. }
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
            | Fact::SignatureRecorded { .. }
            | Fact::DocumentErased { .. }
            | Fact::CapChanged { .. }
            | Fact::LimitsChanged { .. }
            | Fact::PeriodClosed { .. }
            | Fact::FundingWithdrawn { .. }
            | Fact::SlotTaken { .. }
            | Fact::SlotReleased { .. }
            | Fact::BountyClosed { .. }
            | Fact::OfferAccepted { .. }
            | Fact::SubmissionWithdrawn { .. }
            | Fact::CommentAdded { .. }
            | Fact::RejectionAppealed { .. }
            | Fact::SubmissionReopened { .. }
            | Fact::SubmissionHeld { .. }
            | Fact::SubmissionChallenged { .. }
            | Fact::SubmissionReleased { .. }
            | Fact::ReversalVoted { .. }
            | Fact::MemberInvited { .. }
            | Fact::InviteWithdrawn { .. }
            | Fact::MemberJoined { .. }
            | Fact::MemberLeft { .. }
            | Fact::MembersLinked { .. }
            | Fact::ConflictDeclared { .. }
            | Fact::NodeDeclared { .. }
            | Fact::AlternateCalled { .. }
            | Fact::SampleChecked { .. } => {}
            Fact::ProgramOpened { .. } => return Err(LifeError::Lost),
        }
        Ok(())
    }

    fn wait_for_votes(&mut self, number: SubmissionNumber) {
        let first = u32::try_from(self.rng.below(u64::from(charter::REVIEWERS))).unwrap_or(0);
        self.undecided.push_back(Undecided { number, first, asked: 0 });
    }

    fn wait_for_objections(&mut self, number: SubmissionNumber) -> Result<(), LifeError> {
        let lane = self.program.lane_now(self.program.submission(number)?);
        let [small, others] = &mut self.approved;
        let queue = if lane == Lane::Small { small } else { others };
        let until = self.now.plus_hours(self.program.policy_at(self.now).lane(lane).objection_hours);
        queue.push_back((until, number));
        Ok(())
    }
}

fn added(sum: Amount, amount: Amount) -> Result<Amount, LifeError> {
    sum.checked_add(amount).ok_or(LifeError::Lost)
}

/// A key and a request of its own for each event.
fn cause(seq: u64) -> Cause {
    let digest = |kind: &str| Digest::sha256(&[kind.as_bytes(), &seq.to_be_bytes()]);
    Cause(digest("key"), digest("request"))
}

/// Mostly approvals.
fn choice(rng: &mut Rng) -> Choice {
    match rng.below(100) {
        0..=85 => Choice::Approve,
        86..=91 => Choice::NeedsChanges,
        92..=97 => Choice::Reject,
        _ => Choice::Recuse,
    }
}
