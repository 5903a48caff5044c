//! Bounties: offers, the slots that people take of them, and what an ended one still promises.

use crate::books::{Account, Transfer};
use crate::bounty::Bounty;
use crate::command::{BountyPosted, CloseBounty, PostBounty, ReleaseSlot, StandsUntil, TakeSlot};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::{Refusal, RoleList};
use crate::submission::Submission;
use crate::value::{Amount, BountyNumber, Count, MemberNumber, Timestamp};
use crate::words::{Bucket, Role, YesNo};

use super::budget::check_available;
use super::{Decision, next_number, positive};

const MAX_SLOTS: u32 = 1_000;
const ASSIGNERS: &[Role] = &[Role::Lead];

pub(super) fn post_bounty(program: &Program, asked: &PostBounty, at: Timestamp) -> Result<Decision, Refusal> {
    let period = program.unclosed(asked.period)?;
    program.category(asked.category)?;
    positive(asked.reward)?;
    if asked.slots == Count::ZERO {
        return Err(Refusal::EmptyList { list: "slots" });
    }
    if asked.slots.get() > MAX_SLOTS {
        return Err(Refusal::TooMany { list: "slots", limit: Count::new(MAX_SLOTS) });
    }
    if asked.opens_at >= asked.closes_at {
        return Err(Refusal::EmptySpan { from: asked.opens_at, to: asked.closes_at });
    }
    let until = period.claims_until(program.policy_at(at));
    let from = period.starts_at.max(at);
    // Also when the period takes no claims any more: nobody could ever free what is reserved.
    if from >= until || asked.opens_at >= until || asked.closes_at <= from {
        return Err(Refusal::WindowUnusable { period: asked.period, from, until });
    }
    let reserve = asked.reward.checked_mul(asked.slots.get()).ok_or(Refusal::AmountTooLarge)?;
    let limit = program.policy_at(at).probe_limit;
    if asked.probe == YesNo::Yes && reserve > limit {
        return Err(Refusal::OverProbeLimit { asked: reserve, limit });
    }
    check_available(program, asked.period, asked.category, reserve)?;
    let last = program.bounties.last().map(|(number, _)| *number);
    let bounty = next_number(last, BountyNumber::FIRST, BountyNumber::next, "bounties")?;
    Ok(Decision {
        fact: Fact::BountyPosted { asked: Box::new(*asked), outcome: BountyPosted { bounty } },
        transfers: vec![Transfer {
            from: Account::Line(asked.period, asked.category, Bucket::Available),
            to: Account::Line(asked.period, asked.category, Bucket::Reserved),
            amount: reserve,
        }],
    })
}

/// What moves when a bounty promises something else than before.
fn promised_anew(before: &Bounty, after: &Bounty) -> Result<Option<Transfer>, Refusal> {
    let (had, has) = (before.promised(), after.promised());
    let (had, has) = had.zip(has).ok_or(Refusal::AmountTooLarge)?;
    let account = |bucket| Account::Line(before.period, before.category, bucket);
    let (from, to, amount) = match has.checked_sub(had) {
        Some(more) => (Bucket::Available, Bucket::Reserved, more),
        None => (Bucket::Reserved, Bucket::Available, had.saturating_sub(has)),
    };
    Ok((!amount.is_zero()).then(|| Transfer { from: account(from), to: account(to), amount }))
}

/// What comes free when a claim no longer waits for one of its bounty's slots: nothing while the offer stands.
pub(super) fn contended(program: &Program, submission: &Submission) -> Result<Vec<Transfer>, Refusal> {
    let Some(number) = submission.contends() else { return Ok(Vec::new()) };
    let before = program.bounty(number)?;
    let fewer = Count::new(before.undecided.get().saturating_sub(1));
    Ok(promised_anew(before, &Bounty { undecided: fewer, ..before.clone() })?.into_iter().collect())
}

/// What a claim that waits for a slot again needs reserved: nothing while the offer stands.
pub(super) fn contends_again(program: &Program, submission: &Submission) -> Result<Vec<Transfer>, Refusal> {
    let Some(number) = submission.bounty.filter(|_| !submission.slot) else { return Ok(Vec::new()) };
    let before = program.bounty(number)?;
    if before.slots_left() == 0 {
        return Err(Refusal::NoSlotLeft { bounty: number, slots: before.slots });
    }
    let more = before.undecided.next().unwrap_or(before.undecided);
    let transfer = promised_anew(before, &Bounty { undecided: more, ..before.clone() })?;
    if let Some(Transfer { amount, .. }) = transfer {
        check_available(program, before.period, before.category, amount)?;
    }
    Ok(transfer.into_iter().collect())
}

/// Slots that this member's person can still have: neither used nor taken by others.
pub(super) fn check_free(
    program: &Program,
    bounty: &Bounty,
    member: MemberNumber,
    at: Timestamp,
) -> Result<(), Refusal> {
    if bounty.slots_left() == 0 {
        return Err(Refusal::NoSlotLeft { bounty: bounty.number, slots: bounty.slots });
    }
    if bounty.free_slots(&program.accounts(member), at) == 0 {
        return Err(Refusal::SlotsTaken { bounty: bounty.number, taken: bounty.taken(at) });
    }
    Ok(())
}

/// Whose slot it is about: that of one of one's own accounts, or somebody's whom a lead names.
fn whose(program: &Program, member: &Member, named: Option<MemberNumber>) -> Result<MemberNumber, Refusal> {
    let named = named.unwrap_or(member.number);
    if program.same_person(named, member.number) || member.holds(Role::Lead) {
        Ok(program.member(named)?.number)
    } else {
        Err(Refusal::RoleNeeded { roles: RoleList(ASSIGNERS) })
    }
}

pub(super) fn take_slot(
    program: &Program,
    member: &Member,
    asked: TakeSlot,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let bounty = program.bounty(asked.bounty)?;
    let taker = whose(program, member, asked.member)?;
    check_offered(bounty, at)?;
    if let Some(take) = bounty.take_of(&program.accounts(taker), at) {
        return Err(Refusal::SlotHeld { bounty: bounty.number, member: take.member, until: take.until });
    }
    check_free(program, bounty, taker, at)?;
    let until = at.plus_hours(program.policy_at(at).slot_hours);
    Ok(Fact::SlotTaken { asked: Box::new(asked), outcome: StandsUntil { until } }.into())
}

/// Neither ended nor past its time.
fn check_offered(bounty: &Bounty, at: Timestamp) -> Result<(), Refusal> {
    if bounty.closed.is_some() {
        return Err(Refusal::BountyEnded { bounty: bounty.number });
    }
    if at >= bounty.closes_at {
        let (opens_at, closes_at) = (bounty.opens_at, bounty.closes_at);
        return Err(Refusal::OutsideWindow { bounty: bounty.number, opens_at, closes_at });
    }
    Ok(())
}

pub(super) fn release_slot(
    program: &Program,
    member: &Member,
    asked: ReleaseSlot,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let bounty = program.bounty(asked.bounty)?;
    let taker = whose(program, member, asked.member)?;
    match bounty.take_of(&program.accounts(taker), at) {
        None => Err(Refusal::NoSlotHeld { bounty: bounty.number, member: taker }),
        Some(take) => match take.claim {
            Some(submission) => Err(Refusal::SlotClaimed { bounty: bounty.number, submission }),
            None => Ok(Fact::SlotReleased { asked: Box::new(asked) }.into()),
        },
    }
}

pub(super) fn close_bounty(program: &Program, asked: CloseBounty) -> Result<Decision, Refusal> {
    let bounty = program.bounty(asked.bounty)?;
    if bounty.closed.is_some() {
        return Err(Refusal::BountyEnded { bounty: bounty.number });
    }
    let after = Bounty { closed: Some(program.size()), ..bounty.clone() };
    Ok(Decision {
        fact: Fact::BountyClosed { asked: Box::new(asked) },
        transfers: promised_anew(bounty, &after)?.into_iter().collect(),
    })
}

/// What a claim on a bounty may ask at most: the reward, or its share of it.
pub(super) fn most(bounty: &Bounty, share: Option<Count>) -> Result<Amount, Refusal> {
    match share {
        None => Ok(bounty.reward),
        Some(share) => bounty.reward.percent(share.get()).ok_or(Refusal::AmountTooLarge),
    }
}
