//! Votes: the one that completes a quorum decides, if the budget allows.

use crate::books::{Account, Transfer};
use crate::command::{ApproveWaiting, CastVote, VoteCast};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Ballot, Ballots, Stage, Submission, Tally};
use crate::value::{Amount, Count, Digest, Timestamp};
use crate::words::{Bucket, Choice, Verdict};

use super::bounties::{check_free, contended, most};
use super::{Decision, claims, positive};

pub(super) fn cast_vote(
    program: &Program,
    reviewer: &Member,
    asked: &CastVote,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = program.submission(asked.submission)?;
    // The payee is always one of the claimant's own addresses, so this separates from the payee as well.
    if submission.claimant == reviewer.number {
        return Err(Refusal::OwnClaim);
    }
    let ballots = open_ballots(submission)?;
    if submission.recused.contains(&reviewer.number) {
        return Err(Refusal::Recused { submission: submission.number });
    }
    if asked.revision != submission.revision.digest {
        return Err(Refusal::StaleRevision {
            submission: submission.number,
            current: submission.revision.digest,
        });
    }
    let cast_before = ballots.get(&reviewer.number).map_or(Count::ZERO, |ballot| ballot.ordinal);
    let expected = cast_before.next().unwrap_or(cast_before);
    if asked.ordinal != expected {
        return Err(Refusal::OrdinalOutOfTurn { given: asked.ordinal, expected });
    }
    check_ground(asked)?;
    check_offer(program, submission, asked)?;
    let (choice, ordinal, cast) = (asked.choice, asked.ordinal, program.size());
    let ballot = Ballot { choice, ordinal, cast, ground: asked.ground, reason: asked.reason };
    let ballots = ballots.insert(reviewer.number, ballot);
    let tally = tally(program, &ballots);
    let rules = program.policy().lane(program.lane_now(submission));
    let rejected =
        tally.rejects(rules) || (tally.rejections > 0 && out_of_reach(program, submission, &ballots));
    // A vote decides only what it says itself: roles change, so another side's quorum may stand complete.
    let (outcome, transfers) = match asked.choice {
        Choice::NeedsChanges => (plain(Verdict::NeedsChanges), Vec::new()),
        Choice::Approve if tally.approves(rules) => approve(program, submission, at)?,
        Choice::Reject | Choice::Recuse if rejected => {
            (plain(Verdict::Rejected), contended(program, submission)?)
        }
        Choice::Approve | Choice::Reject | Choice::Recuse => (plain(Verdict::Counted), Vec::new()),
    };
    Ok(Decision { fact: Fact::VoteCast { asked: Box::new(*asked), outcome }, transfers })
}

/// A rejection says what it rests on, so that it can be appealed against; nothing else does.
fn check_ground(asked: &CastVote) -> Result<(), Refusal> {
    match (asked.choice, asked.ground) {
        (Choice::Reject, None) => Err(Refusal::GroundNeeded),
        (Choice::Approve | Choice::NeedsChanges | Choice::Recuse, Some(_)) => Err(Refusal::GroundMisplaced),
        (Choice::Reject, Some(_)) | (Choice::Approve | Choice::NeedsChanges | Choice::Recuse, None) => Ok(()),
    }
}

/// A counter-offer comes with sending back, and is something that could be claimed.
fn check_offer(program: &Program, submission: &Submission, asked: &CastVote) -> Result<(), Refusal> {
    let Some(offer) = asked.offer else { return Ok(()) };
    if asked.choice != Choice::NeedsChanges {
        return Err(Refusal::OfferMisplaced);
    }
    positive(offer)?;
    let category = program.category(submission.category)?;
    if offer > category.ceiling {
        let ceiling = category.ceiling;
        return Err(Refusal::AboveCeiling { category: category.slug, asked: offer, ceiling });
    }
    let Some(number) = submission.bounty else { return Ok(()) };
    let reward = most(program.bounty(number)?, submission.revision.share)?;
    match offer.checked_sub(reward).filter(|excess| !excess.is_zero()) {
        Some(excess) => Err(Refusal::OverReward { asked: offer, reward, bounty: number, excess }),
        None => Ok(()),
    }
}

fn open_ballots(submission: &Submission) -> Result<&Ballots, Refusal> {
    match &submission.stage {
        Stage::Submitted { ballots } => Ok(ballots),
        Stage::NeedsChanges { .. } => Err(Refusal::RevisionAwaited { submission: submission.number }),
        Stage::Agreed { .. }
        | Stage::Approved { .. }
        | Stage::InBatch { .. }
        | Stage::Paid { .. }
        | Stage::Rejected { .. }
        | Stage::Withdrawn { .. }
        | Stage::Reversed { .. } => {
            Err(Refusal::AlreadyDecided { submission: submission.number, state: submission.stage.name() })
        }
    }
}

fn tally(program: &Program, ballots: &Ballots) -> Tally {
    Tally::of(
        ballots.iter().filter_map(|(number, ballot)| {
            program.members.get(number).map(|member| (member.as_ref(), *ballot))
        }),
    )
}

/// Whether rejections and recusals have put the approvals out of reach, with no reviewer left to call.
///
/// Too few reviewers alone decide nothing: the program is then short of reviewers, not of approvals.
fn out_of_reach(program: &Program, submission: &Submission, ballots: &Ballots) -> bool {
    let rules = program.policy().lane(program.lane_now(submission));
    let (choice, ordinal, cast) = (Choice::Approve, Count::ZERO, program.size());
    let approval = Ballot { choice, ordinal, cast, ground: None, reason: Digest::ZERO };
    let others = || program.reviewers().filter(|member| member.number != submission.claimant);
    let left = others().filter(|member| {
        !submission.recused.contains(&member.number)
            && ballots.get(&member.number).is_none_or(|ballot| match ballot.choice {
                Choice::Approve | Choice::NeedsChanges => true,
                Choice::Reject | Choice::Recuse => !ballot.counts(member),
            })
    });
    let if_all_approved = Tally::of(others().map(|member| (member, approval)));
    let if_the_rest_approved = Tally::of(left.map(|member| (member, approval)));
    if_all_approved.approves(rules) && !if_the_rest_approved.approves(rules)
}

fn plain(verdict: Verdict) -> VoteCast {
    VoteCast { available: None, missing: None, needed: None, verdict }
}

/// The reviewers agree: the money is spoken for now, or the claim waits for it.
fn approve(
    program: &Program,
    submission: &Submission,
    at: Timestamp,
) -> Result<(VoteCast, Vec<Transfer>), Refusal> {
    claims::check_promised(program, submission)?;
    let amount = submission.revision.amount;
    // A claim that was approved before has its slot still, but its reserve went free when it was reopened.
    if let Some(number) = submission.contends() {
        let bounty = program.bounty(number)?;
        check_free(bounty, submission.claimant, at)?;
        let rest = bounty.reward.saturating_sub(amount);
        let transfers = vec![
            transfer(submission, Bucket::Reserved, Bucket::Encumbered, amount),
            transfer(submission, Bucket::Reserved, Bucket::Available, rest),
        ];
        return Ok((plain(Verdict::Approved), transfers));
    }
    let available = program.available(submission.period, submission.category);
    let missing = amount.saturating_sub(available);
    if !missing.is_zero() {
        let outcome = VoteCast {
            available: Some(available),
            missing: Some(missing),
            needed: Some(amount),
            verdict: Verdict::Agreed,
        };
        return Ok((outcome, Vec::new()));
    }
    Ok((plain(Verdict::Approved), vec![transfer(submission, Bucket::Available, Bucket::Encumbered, amount)]))
}

pub(super) fn transfer(submission: &Submission, from: Bucket, to: Bucket, amount: Amount) -> Transfer {
    let account = |bucket| Account::Line(submission.period, submission.category, bucket);
    Transfer { from: account(from), to: account(to), amount }
}

/// The ledger itself approves the oldest waiting submission that freed money can carry, and only that one.
pub(super) fn approve_waiting(program: &Program, asked: ApproveWaiting) -> Result<Decision, Refusal> {
    let submission = program.submission(asked.submission)?;
    if program.due() != Some(submission.number) {
        return Err(Refusal::NotWaiting { submission: submission.number });
    }
    Ok(Decision {
        fact: Fact::WaitingApproved { asked: Box::new(asked) },
        transfers: vec![transfer(
            submission,
            Bucket::Available,
            Bucket::Encumbered,
            submission.revision.amount,
        )],
    })
}
