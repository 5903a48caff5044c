//! Every rule: what a command leads to in a state. One event, or a refusal that changes nothing.

mod bounties;
mod budget;
mod claims;
mod closing;
mod disputes;
mod documents;
mod funding;
mod limits;
mod nonces;
pub(crate) mod payouts;
mod people;
mod policies;
mod second_looks;
mod setup;
mod signatures;
mod sources;
mod suspense;
mod votes;

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::books::{Transfer, postings};
use crate::command::{Actor, Cause};
use crate::event::{Command, Event, Fact};
use crate::member::Member;
use crate::permission::{Allowed, allowed};
use crate::program::Program;
use crate::refusal::{Refusal, RoleList};
use crate::value::{Amount, Count, Digest, Seq, Timestamp};

/// The most entries a list in a command may have, unless its own rule says less.
pub const MAX_LIST: u32 = 100;

/// A command, who asks, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub actor: Actor,
    pub at: Timestamp,
    /// `None` for the ledger itself.
    pub cause: Option<Cause>,
    pub command: Command,
}

impl Request {
    /// What must have been asked for an event to be written.
    pub fn behind(event: &Event) -> Self {
        Self { actor: event.actor, at: event.at, cause: event.cause, command: event.fact.command() }
    }
}

/// What a command leads to: a fact, and the money that moves.
struct Decision {
    fact: Fact,
    transfers: Vec<Transfer>,
}

impl From<Fact> for Decision {
    fn from(fact: Fact) -> Self {
        Self { fact, transfers: Vec::new() }
    }
}

/// Decides how a program opens.
///
/// # Errors
/// A refusal: values that contradict each other.
pub fn open(program: Uuid, request: &Request) -> Result<Event, Refusal> {
    let Command::ProgramOpened(command) = &request.command else { return Err(Refusal::NotOpened) };
    Ok(Event {
        actor: request.actor,
        at: request.at,
        cause: request.cause,
        fact: setup::open_program(request.actor, command)?,
        postings: Vec::new(),
        prev: Digest::ZERO,
        program,
        seq: Seq::ZERO,
    })
}

/// Decides a command: one event that is to be recorded and applied, or a refusal.
///
/// # Errors
/// Whatever rule stands against it; the state is untouched.
pub fn decide(program: &Program, request: &Request) -> Result<Event, Refusal> {
    if request.at < program.last_at() {
        return Err(Refusal::ClockBehind { last: program.last_at(), asked: request.at });
    }
    sources::check_ground(request)?;
    let decision = match request.actor {
        Actor::System => by_system(program, request)?,
        Actor::Member(number) => {
            let member = program.members.get(&number).ok_or(Refusal::NotAMember { member: number })?;
            if let Some(submission) = program.due() {
                return Err(Refusal::SystemFirst { submission });
            }
            by_member(program, member, request)?
        }
    };
    let postings = postings(&decision.transfers);
    program.check_postings(&postings)?;
    Ok(Event {
        actor: request.actor,
        at: request.at,
        cause: request.cause,
        fact: decision.fact,
        postings,
        prev: program.last_leaf(),
        program: program.id(),
        seq: program.size(),
    })
}

fn by_system(program: &Program, request: &Request) -> Result<Decision, Refusal> {
    match &request.command {
        Command::MemberJoined(asked) => people::join(program, **asked, request.at),
        Command::WaitingApproved(asked) => votes::approve_waiting(program, **asked),
        command => match program.due() {
            Some(submission) => Err(Refusal::SystemFirst { submission }),
            None => read_on_chain(program, command),
        },
    }
}

/// What the ledger itself reads on the chain.
fn read_on_chain(program: &Program, command: &Command) -> Result<Decision, Refusal> {
    match command {
        Command::SafeObserved(asked) => payouts::observe_safe(program, asked, true),
        Command::FundingRecorded(asked) => funding::read_funding(program, asked),
        Command::FundingWithdrawn(asked) => funding::withdraw_funding(program, asked, true),
        Command::BatchExecuted(asked) => nonces::read_execution(program, **asked),
        Command::NonceConsumed(asked) => nonces::read_consumption(program, **asked),
        Command::ExecutionWithdrawn(asked) => nonces::withdraw_execution(program, **asked, true),
        Command::InflowRecorded(asked) => suspense::record_inflow(program, **asked),
        Command::OutflowRecorded(asked) => suspense::read_outflow(program, **asked),
        Command::TransferWithdrawn(asked) => suspense::withdraw_transfer(program, **asked, true),
        Command::WordConfirmed(asked) => sources::confirm_word(program, **asked),
        Command::FindingRecorded(asked) => sources::record_finding(program, **asked),
        _ => Err(Refusal::MembersOnly),
    }
}

fn by_member(program: &Program, member: &Member, request: &Request) -> Result<Decision, Refusal> {
    match allowed(request.command.kind()) {
        Allowed::System => return Err(Refusal::SystemOnly),
        Allowed::Member => {}
        Allowed::Roles(roles) => {
            if !roles.iter().any(|role| member.holds(*role)) {
                return Err(Refusal::RoleNeeded { roles: RoleList(roles) });
            }
        }
    }
    let at = request.at;
    match &request.command {
        Command::ProgramOpened(_) => Err(Refusal::AlreadyOpened),
        Command::WaitingApproved(_)
        | Command::MemberJoined(_)
        | Command::WordConfirmed(_)
        | Command::FindingRecorded(_) => Err(Refusal::SystemOnly),
        Command::MemberAdded(asked) => setup::add_member(program, asked),
        Command::RoleGranted(asked) => setup::grant_role(program, **asked),
        Command::RoleRevoked(asked) => setup::revoke_role(program, **asked),
        Command::AddressRecorded(asked) => setup::record_address(program, member, asked, at),
        Command::PeriodOpened(asked) => budget::open_period(program, asked),
        Command::Allotted(asked) => budget::allot(program, asked),
        Command::BountyPosted(asked) => bounties::post_bounty(program, asked, at),
        Command::SlotTaken(asked) => bounties::take_slot(program, member, **asked, at),
        Command::SlotReleased(asked) => bounties::release_slot(program, member, **asked, at),
        Command::BountyClosed(asked) => bounties::close_bounty(program, **asked),
        Command::AllotmentMoved(asked) => budget::move_allotment(program, asked),
        Command::CapChanged(asked) => limits::change_cap(program, asked),
        Command::LimitsChanged(asked) => limits::change_limits(program, asked),
        Command::PolicyChanged(asked) => policies::change_policy(program, asked, at),
        Command::PeriodClosed(asked) => closing::close_period(program, asked, at),
        Command::SubmissionFiled(asked) => claims::file(program, member, asked, at),
        Command::SubmissionRevised(asked) => claims::revise(program, member, asked, at),
        Command::OfferAccepted(asked) => claims::accept_offer(program, member, **asked, at),
        Command::SubmissionWithdrawn(asked) => disputes::withdraw(program, member, **asked, at),
        Command::CommentAdded(asked) => disputes::comment(program, **asked),
        Command::VoteCast(asked) => votes::cast_vote(program, member, asked, at),
        Command::RejectionAppealed(asked) => disputes::appeal(program, member, **asked, at),
        Command::SubmissionReopened(asked) => disputes::reopen(program, member, **asked),
        Command::SubmissionHeld(asked) => disputes::hold(program, member, **asked, at),
        Command::SubmissionChallenged(asked) => disputes::challenge(program, member, **asked, at),
        Command::SubmissionReleased(asked) => disputes::release(program, member, **asked, at),
        Command::ReversalVoted(asked) => disputes::reverse(program, member, **asked),
        Command::SafeObserved(asked) => payouts::observe_safe(program, asked, false),
        Command::FundingRecorded(asked) => funding::record_funding(program, asked),
        Command::FundingWithdrawn(asked) => funding::withdraw_funding(program, asked, false),
        Command::BatchProposed(asked) => payouts::propose_batch(program, asked, at),
        Command::RejectionProposed(asked) => payouts::propose_rejection(program, **asked),
        Command::BatchExecuted(asked) => nonces::attest_execution(program, member, **asked),
        Command::NonceConsumed(asked) => nonces::consume_nonce(program, member, **asked),
        Command::ExecutionWithdrawn(asked) => nonces::withdraw_execution(program, **asked, false),
        Command::InflowRecorded(asked) => suspense::record_inflow(program, **asked),
        Command::OutflowRecorded(asked) => suspense::record_outflow(program, **asked),
        Command::RefundRecorded(asked) => suspense::record_refund(program, **asked),
        Command::TransferWithdrawn(asked) => suspense::withdraw_transfer(program, **asked, false),
        Command::InflowClassified(asked) => suspense::classify_inflow(program, member, **asked),
        Command::OutflowSettled(asked) => suspense::settle_outflow(program, member, **asked),
        Command::SignatureRecorded(asked) => signatures::record_signature(program, asked),
        Command::DocumentErased(asked) => documents::erase_document(program, member, **asked, at),
        Command::MemberInvited(asked) => people::invite_member(program, asked, at),
        Command::InviteWithdrawn(asked) => people::withdraw_invite(program, **asked),
        Command::MemberLeft(asked) => people::leave(program, member, **asked),
        Command::MembersLinked(asked) => people::link_members(program, member, **asked),
        Command::ConflictDeclared(asked) => people::declare_conflict(program, member, **asked),
        Command::NodeDeclared(asked) => people::declare_node(program, member, **asked),
        Command::AlternateCalled(asked) => second_looks::call_alternate(program, **asked, at),
        Command::SampleChecked(asked) => second_looks::check_sample(program, member, **asked),
    }
}

/// A list of 1 to `limit` different entries.
fn checked_list<T: Ord>(list: &'static str, entries: &[T], limit: u32) -> Result<(), Refusal> {
    if entries.is_empty() {
        return Err(Refusal::EmptyList { list });
    }
    distinct_list(list, entries, limit)
}

/// A list of at most `limit` different entries.
fn distinct_list<T: Ord>(list: &'static str, entries: &[T], limit: u32) -> Result<(), Refusal> {
    let short = u32::try_from(entries.len()).is_ok_and(|length| length <= limit);
    if !short {
        return Err(Refusal::TooMany { list, limit: Count::new(limit) });
    }
    let different: BTreeSet<&T> = entries.iter().collect();
    if different.len() == entries.len() { Ok(()) } else { Err(Refusal::Repeated { list }) }
}

fn positive(amount: Amount) -> Result<(), Refusal> {
    if amount.is_zero() { Err(Refusal::ZeroAmount) } else { Ok(()) }
}

fn sum(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, Refusal> {
    Amount::sum(amounts).ok_or(Refusal::AmountTooLarge)
}

/// The number after the last one given out.
fn next_number<N: Copy>(
    last: Option<N>,
    first: N,
    successor: fn(N) -> Option<N>,
    kind: &'static str,
) -> Result<N, Refusal> {
    match last {
        None => Ok(first),
        Some(last) => successor(last).ok_or(Refusal::TooMany { list: kind, limit: Count::new(u32::MAX) }),
    }
}
