//! Alternates who are called for a submission, and the check of a sample of small claims before they are paid.

use crate::command::{CallAlternate, CheckSample};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Sample, Stage, Submission};
use crate::value::{Digest, Timestamp};
use crate::words::{Lane, Role, YesNo};

use super::Decision;
use super::disputes::freed;
use super::votes::open_ballots;

pub(super) fn call_alternate(
    program: &Program,
    asked: CallAlternate,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = program.submission(asked.submission)?;
    let member = program.member(asked.member)?;
    let ballots = open_ballots(submission)?;
    if !member.holds(Role::Alternate) {
        return Err(Refusal::NotAnAlternate { member: member.number });
    }
    if submission.called.contains(&member.number) {
        return Err(Refusal::CalledAlready { member: member.number, submission: submission.number });
    }
    if !program.is_callable(submission, member.number) {
        return Err(Refusal::NotCallable { member: member.number, submission: submission.number });
    }
    let from =
        submission.revision.made_at.plus_hours(program.policy_of(&submission.revision).alternate_hours);
    if at < from && !program.needs_alternate(submission, ballots) {
        return Err(Refusal::TooEarlyToCall { submission: submission.number, from });
    }
    Ok(Fact::AlternateCalled { asked: Box::new(asked) }.into())
}

/// Whether an approval puts a submission into the sample: the first of a period, and some by the chance of hashes.
///
/// Nobody chooses: the leaf hash of the event before and the revision's digest say which.
pub(super) fn sampled(program: &Program, submission: &Submission) -> Option<YesNo> {
    if program.lane_now(submission) != Lane::Small {
        return None;
    }
    let policy = program.policy_of(&submission.revision);
    let first = program.sampled(submission.period) < policy.sample_at_least.get();
    let drawn = Digest::sha256(&[program.last_leaf().bytes(), submission.revision.digest.bytes()]);
    let number = drawn.bytes().first_chunk().copied().map_or(0, u64::from_be_bytes);
    let chance = number.checked_rem(u64::from(policy.sample_one_in.get())) == Some(0);
    (first || chance).then_some(YesNo::Yes)
}

/// Another reviewer than those who approved it looks at a sampled claim; one that does not pass is sent back.
pub(super) fn check_sample(
    program: &Program,
    reviewer: &Member,
    asked: CheckSample,
) -> Result<Decision, Refusal> {
    let submission = program.submission(asked.submission)?;
    program.stake(submission, reviewer.number)?;
    if program.is_recused(submission, reviewer.number) {
        return Err(Refusal::Recused { submission: submission.number });
    }
    if !matches!((&submission.stage, submission.sample), (Stage::Approved { .. }, Sample::Awaited)) {
        return Err(Refusal::NoSampleAwaited { submission: submission.number });
    }
    let approvers = submission.stage.approvers();
    if approvers.iter().any(|approver| program.same_person(*approver, reviewer.number)) {
        return Err(Refusal::OwnApproval { submission: submission.number });
    }
    // As when it is reopened: a slot that was used stays used, and the claim's own.
    let transfers = match asked.passed {
        YesNo::Yes => Vec::new(),
        YesNo::No => vec![freed(program, submission)?],
    };
    Ok(Decision { fact: Fact::SampleChecked { asked: Box::new(asked) }, transfers })
}
