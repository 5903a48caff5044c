//! Votes: the one that completes a quorum decides, if the budget allows.

use crate::books::{Account, Transfer};
use crate::command::{ApproveWaiting, CastVote, VoteCast, WaitingApproved};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Ballot, Ballots, Stage, Submission};
use crate::value::{Amount, Count, Timestamp};
use crate::words::{Bucket, Choice, SignedVotes, Verdict, YesNo};

use super::bounties::{check_free, contended, most};
use super::second_looks::sampled;
use super::{Decision, claims, positive};

pub(super) fn cast_vote(
    program: &Program,
    reviewer: &Member,
    asked: &CastVote,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let submission = program.submission(asked.submission)?;
    program.stake(submission, reviewer.number)?;
    let ballots = open_ballots(submission)?;
    if !Program::is_voter(submission, reviewer) {
        return Err(Refusal::NotCalled { submission: submission.number });
    }
    if program.is_recused(submission, reviewer.number) {
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
    check_signature(program, submission, reviewer, asked)?;
    let (choice, ordinal, cast) = (asked.choice, asked.ordinal, program.size());
    let ballot = Ballot { choice, ordinal, cast, ground: asked.ground, reason: asked.reason };
    let ballots = ballots.insert(reviewer.number, ballot);
    let tally = program.tally(submission, &ballots);
    let rules = program.rules_of(submission);
    let rejected =
        tally.rejects(rules) || (tally.rejections > 0 && program.out_of_reach(submission, &ballots));
    let alone = tally.outside > 0 && program.may_decide_alone(submission, at);
    // A vote decides only what it says itself: roles change, so another side's quorum may stand complete.
    let (outcome, transfers) = match asked.choice {
        Choice::NeedsChanges => (plain(Verdict::NeedsChanges), Vec::new()),
        Choice::Approve if tally.approves(rules) => approve(program, submission, at)?,
        Choice::Approve if alone => {
            let (outcome, transfers) = approve(program, submission, at)?;
            (VoteCast { single_handed: Some(YesNo::Yes), ..outcome }, transfers)
        }
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

/// A vote is signed if the policy demands it, and only by an address of the reviewer's own. Whether the signature
/// is that address's, the domain cannot know: the caller recovers it, and so does the verifier.
fn check_signature(
    program: &Program,
    submission: &Submission,
    reviewer: &Member,
    asked: &CastVote,
) -> Result<(), Refusal> {
    match (program.policy_of(&submission.revision).signed_votes, asked.signature, asked.signer) {
        (SignedVotes::Demanded, None, None) => Err(Refusal::SignatureNeeded),
        (SignedVotes::Off | SignedVotes::Offered, None, None) => Ok(()),
        (SignedVotes::Off, _, _) => Err(Refusal::SignaturesOff),
        (SignedVotes::Demanded | SignedVotes::Offered, Some(_), Some(signer)) => {
            match program.address(&signer) {
                Some(known) if known.owner == reviewer.number => Ok(()),
                _ => Err(Refusal::SignerNotYours { address: signer }),
            }
        }
        (SignedVotes::Demanded | SignedVotes::Offered, _, _) => Err(Refusal::SignatureIncomplete),
    }
}

pub(super) fn open_ballots(submission: &Submission) -> Result<&Ballots, Refusal> {
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

fn plain(verdict: Verdict) -> VoteCast {
    VoteCast { available: None, missing: None, needed: None, sampled: None, single_handed: None, verdict }
}

/// The reviewers agree: the money is spoken for now, or the claim waits for it.
fn approve(
    program: &Program,
    submission: &Submission,
    at: Timestamp,
) -> Result<(VoteCast, Vec<Transfer>), Refusal> {
    claims::check_promised(program, submission)?;
    let amount = submission.revision.amount;
    let approved = VoteCast { sampled: sampled(program, submission), ..plain(Verdict::Approved) };
    // A claim that was approved before has its slot still, but its reserve went free when it was taken back.
    if let Some(number) = submission.contends() {
        let bounty = program.bounty(number)?;
        check_free(program, bounty, submission.claimant, at)?;
        let rest = bounty.reward.saturating_sub(amount);
        let transfers = vec![
            transfer(submission, Bucket::Reserved, Bucket::Encumbered, amount),
            transfer(submission, Bucket::Reserved, Bucket::Available, rest),
        ];
        return Ok((approved, transfers));
    }
    let available = program.available(submission.period, submission.category);
    let missing = amount.saturating_sub(available);
    if !missing.is_zero() {
        let outcome = VoteCast {
            available: Some(available),
            missing: Some(missing),
            needed: Some(amount),
            ..plain(Verdict::Agreed)
        };
        return Ok((outcome, Vec::new()));
    }
    Ok((approved, vec![transfer(submission, Bucket::Available, Bucket::Encumbered, amount)]))
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
        fact: Fact::WaitingApproved {
            asked: Box::new(asked),
            outcome: WaitingApproved { sampled: sampled(program, submission) },
        },
        transfers: vec![transfer(
            submission,
            Bucket::Available,
            Bucket::Encumbered,
            submission.revision.amount,
        )],
    })
}
