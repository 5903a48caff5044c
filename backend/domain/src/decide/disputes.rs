//! What happens to a claim beside its votes: taken back, doubted, held, appealed, reversed.

use std::collections::BTreeSet;

use crate::books::Transfer;
use crate::command::{
    AddComment, AppealRejection, ChallengeSubmission, HoldSubmission, ReleaseSubmission, ReopenSubmission,
    ReversalCast, ReverseSubmission, StandsUntil, WithdrawSubmission,
};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Hold, Stage, Submission};
use crate::value::{MemberNumber, Seq, SubmissionNumber, Timestamp};
use crate::words::{Bucket, HoldKind, Reversal, Role};

use super::bounties::contended;
use super::votes::transfer;
use super::{Decision, claims};

pub(super) fn own<'a>(
    program: &'a Program,
    member: &Member,
    number: SubmissionNumber,
) -> Result<&'a Submission, Refusal> {
    let submission = program.submission(number)?;
    if submission.claimant == member.number {
        Ok(submission)
    } else {
        Err(Refusal::NotYourClaim { submission: number })
    }
}

/// Nobody objects to a claim of their own, nor ends what others object.
fn of_another<'a>(
    program: &'a Program,
    member: &Member,
    number: SubmissionNumber,
) -> Result<&'a Submission, Refusal> {
    let submission = program.submission(number)?;
    if program.same_person(submission.claimant, member.number) {
        Err(Refusal::OwnClaim)
    } else {
        Ok(submission)
    }
}

/// Only what is approved and in no batch can be kept from being paid.
fn check_approved(submission: &Submission) -> Result<(), Refusal> {
    match submission.stage {
        Stage::Approved { .. } => Ok(()),
        Stage::InBatch { batch, .. } => Err(Refusal::AlreadyBatched { submission: submission.number, batch }),
        Stage::Submitted { .. }
        | Stage::NeedsChanges { .. }
        | Stage::Agreed { .. }
        | Stage::Paid { .. }
        | Stage::Rejected { .. }
        | Stage::Withdrawn { .. }
        | Stage::Reversed { .. } => {
            Err(Refusal::NotApproved { submission: submission.number, state: submission.stage.name() })
        }
    }
}

/// What was approved is free again, unless its period was closed.
pub(super) fn freed(program: &Program, submission: &Submission) -> Result<Transfer, Refusal> {
    let to = program.free_bucket(submission)?;
    Ok(transfer(submission, Bucket::Encumbered, to, submission.revision.amount))
}

pub(super) fn withdraw(
    program: &Program,
    member: &Member,
    asked: WithdrawSubmission,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = program.submission(asked.submission)?;
    if submission.claimant != member.number && !ends_limbo(program, member, submission, at)? {
        return Err(Refusal::NotYourClaim { submission: submission.number });
    }
    match submission.stage {
        Stage::Submitted { .. } | Stage::NeedsChanges { .. } | Stage::Agreed { .. } => {}
        Stage::Approved { .. } => return Err(Refusal::ReopenFirst { submission: submission.number }),
        Stage::InBatch { .. }
        | Stage::Paid { .. }
        | Stage::Rejected { .. }
        | Stage::Withdrawn { .. }
        | Stage::Reversed { .. } => {
            return Err(Refusal::AlreadyDecided {
                submission: submission.number,
                state: submission.stage.name(),
            });
        }
    }
    Ok(Decision {
        fact: Fact::SubmissionWithdrawn { asked: Box::new(asked) },
        transfers: contended(program, submission)?,
    })
}

/// Whether a lead may end a claim that no vote can end: its claimant never answered, or its money never came, and the
/// period waits for it.
fn ends_limbo(
    program: &Program,
    member: &Member,
    submission: &Submission,
    at: Timestamp,
) -> Result<bool, Refusal> {
    let period = program.period(submission.period)?;
    let overdue = !period.is_closed() && at >= period.decisions_until(program.policy_at(at));
    let stuck = matches!(submission.stage, Stage::NeedsChanges { .. } | Stage::Agreed { .. });
    Ok(stuck && overdue && member.holds(Role::Lead))
}

pub(super) fn reopen(
    program: &Program,
    member: &Member,
    asked: ReopenSubmission,
) -> Result<Decision, Refusal> {
    let submission = own(program, member, asked.submission)?;
    check_approved(submission)?;
    Ok(Decision {
        fact: Fact::SubmissionReopened { asked: Box::new(asked) },
        transfers: vec![freed(program, submission)?],
    })
}

pub(super) fn comment(program: &Program, asked: AddComment) -> Result<Decision, Refusal> {
    program.submission(asked.submission)?;
    Ok(Fact::CommentAdded { asked: Box::new(asked) }.into())
}

/// Once for each claim, in time, and only where somebody can look up who is right.
pub(super) fn appeal(
    program: &Program,
    member: &Member,
    asked: AppealRejection,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = own(program, member, asked.submission)?;
    let number = submission.number;
    let Stage::Rejected { decided_at, objective } = submission.stage else {
        return Err(Refusal::NotRejected { submission: number, state: submission.stage.name() });
    };
    if submission.appealed {
        return Err(Refusal::AppealedBefore { submission: number });
    }
    if !objective {
        return Err(Refusal::NothingToLookUp { submission: number });
    }
    let until = decided_at.plus_hours(program.policy_of(&submission.revision).appeal_hours);
    if at >= until {
        return Err(Refusal::AppealLate { submission: number, until });
    }
    program.unclosed(submission.period)?;
    let (outcome, transfers) = claims::revive(program, member, submission, at)?;
    Ok(Decision { fact: Fact::RejectionAppealed { asked: Box::new(asked), outcome }, transfers })
}

pub(super) fn hold(
    program: &Program,
    member: &Member,
    asked: HoldSubmission,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = of_another(program, member, asked.submission)?;
    check_holdable(program, submission, member, HoldKind::Hold, at)?;
    let until = at.plus_hours(program.policy_of(&submission.revision).hold_hours);
    Ok(Fact::SubmissionHeld { asked: Box::new(asked), outcome: StandsUntil { until } }.into())
}

/// One open challenge for each person: nobody keeps the whole payday back.
pub(super) fn challenge(
    program: &Program,
    member: &Member,
    asked: ChallengeSubmission,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = of_another(program, member, asked.submission)?;
    if let Some(first) = program.open_challenge(member.number, at) {
        return Err(Refusal::OneChallenge { first });
    }
    check_holdable(program, submission, member, HoldKind::Challenge, at)?;
    let until = at.plus_hours(program.policy_of(&submission.revision).challenge_hours);
    Ok(Fact::SubmissionChallenged { asked: Box::new(asked), outcome: StandsUntil { until } }.into())
}

/// An approved claim that nobody keeps back now, nor this member's person in the same way before.
fn check_holdable(
    program: &Program,
    submission: &Submission,
    member: &Member,
    kind: HoldKind,
    at: Timestamp,
) -> Result<(), Refusal> {
    check_approved(submission)?;
    let number = submission.number;
    if let Some(hold) = submission.held_at(at) {
        return Err(Refusal::OnHold { submission: number, until: hold.until });
    }
    let before = |hold: &Hold| hold.kind == kind && program.same_person(hold.by, member.number);
    if submission.holds.iter().any(before) {
        return Err(Refusal::HeldBefore { submission: number });
    }
    Ok(())
}

/// By who keeps it back, or by a lead; never by its claimant.
pub(super) fn release(
    program: &Program,
    member: &Member,
    asked: ReleaseSubmission,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = of_another(program, member, asked.submission)?;
    let Some(Hold { by, .. }) = submission.held_at(at) else {
        return Err(Refusal::NotHeld { submission: submission.number });
    };
    if !program.same_person(*by, member.number) && !member.holds(Role::Lead) {
        return Err(Refusal::NotYourHold { submission: submission.number, by: *by });
    }
    Ok(Fact::SubmissionReleased { asked: Box::new(asked) }.into())
}

/// As many reviewers as could have rejected it take an approval back, until it is in a batch.
pub(super) fn reverse(
    program: &Program,
    reviewer: &Member,
    asked: ReverseSubmission,
) -> Result<Decision, Refusal> {
    let submission = program.submission(asked.submission)?;
    program.stake(submission, reviewer.number)?;
    check_approved(submission)?;
    let number = submission.number;
    if program.is_recused(submission, reviewer.number) {
        return Err(Refusal::Recused { submission: number });
    }
    let others = program.reversals(submission);
    if others.contains(&program.person(reviewer.number)) {
        return Err(Refusal::ReversalCounted { submission: number });
    }
    let needed = program.rules_of(submission).rejections.get();
    let votes = u32::try_from(others.len()).unwrap_or(u32::MAX).saturating_add(1);
    let (verdict, transfers) = if votes >= needed {
        (Reversal::Reversed, vec![freed(program, submission)?])
    } else {
        (Reversal::Counted, Vec::new())
    };
    let outcome = ReversalCast { verdict };
    Ok(Decision { fact: Fact::ReversalVoted { asked: Box::new(asked), outcome }, transfers })
}

impl Program {
    /// The persons who voted to take this approval back: by an account that is a reviewer's still, without a break
    /// since, and with no stake in it.
    pub fn reversals(&self, submission: &Submission) -> BTreeSet<MemberNumber> {
        let counts = |(number, cast): &&(MemberNumber, Seq)| {
            let caster = self.members.get(number);
            let since = caster.and_then(|caster| caster.holds_since(Role::Reviewer));
            since.is_some_and(|since| since < *cast) && self.stake(submission, *number).is_ok()
        };
        let votes = submission.reversals.iter().filter(counts);
        votes.map(|(number, _)| self.person(*number)).collect()
    }

    /// The claim that a challenge by this member's person keeps back.
    pub fn open_challenge(&self, member: MemberNumber, at: Timestamp) -> Option<SubmissionNumber> {
        let of = |account: MemberNumber| {
            let number = *self.challenges.get(&account)?;
            let hold = *self.submission(number).ok()?.held_at(at)?;
            (hold.by == account && hold.kind == HoldKind::Challenge).then_some(number)
        };
        self.accounts(member).into_iter().find_map(of)
    }
}
