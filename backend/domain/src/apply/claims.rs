//! The fold of what happens to bounties and claims.

use crate::bounty::Bounty;
use crate::command::{Actor, CastVote, FileSubmission, ReviseSubmission, SubmissionRevised, VoteCast};
use crate::event::{Event, Fact};
use crate::program::Program;
use crate::submission::{Ballot, Ballots, Hold, Revision, Sample, Stage, Submission};
use crate::value::{MemberNumber, RevisionNumber, Seq, SubmissionNumber, Timestamp};
use crate::words::{Choice, Ground, HoldKind, Reversal, Verdict, YesNo};

use super::ApplyError;

/// The member who asked.
pub(super) fn member(event: &Event) -> Result<MemberNumber, ApplyError> {
    match event.actor {
        Actor::Member(member) => Ok(member),
        Actor::System => Err(ApplyError::NoActor),
    }
}

/// What a new claim says, as a revision says it.
fn first(asked: &FileSubmission, submission: SubmissionNumber) -> ReviseSubmission {
    ReviseSubmission {
        amount: asked.amount,
        captures: asked.captures.clone(),
        channel: asked.channel,
        evidence: asked.evidence.clone(),
        function: asked.function,
        payee: asked.payee,
        period: None,
        promoted: asked.promoted,
        share: asked.share,
        submission,
        texts: asked.texts,
    }
}

/// The revision that an event makes: what was said, and what it is held to.
fn revision(event: &Event, said: ReviseSubmission, held: SubmissionRevised) -> Revision {
    Revision {
        number: held.revision,
        digest: held.digest,
        amount: said.amount,
        captures: said.captures,
        channel: said.channel,
        evidence: said.evidence,
        function: said.function,
        lane: held.lane,
        payee: said.payee,
        policy: held.policy,
        promoted: said.promoted,
        share: said.share,
        texts: said.texts,
        made: event.seq,
        made_at: event.at,
    }
}

impl Program {
    pub(super) fn fold_offer(&mut self, event: &Event) -> Result<(), ApplyError> {
        let bounty = match &event.fact {
            Fact::SlotTaken { asked, outcome } => {
                let taker = asked.member.map_or_else(|| member(event), Ok)?;
                self.bounty(asked.bounty)?.clone().taken_by(taker, outcome.until, event.at)
            }
            Fact::SlotReleased { asked } => {
                let taker = asked.member.map_or_else(|| member(event), Ok)?;
                self.bounty(asked.bounty)?.clone().given_back(&self.accounts(taker))
            }
            Fact::BountyClosed { asked } => {
                // Nobody can claim a slot of it any more.
                let mut bounty = self.bounty(asked.bounty)?.clone();
                bounty.takes.retain(|take| take.claim.is_some());
                Bounty { closed: Some(event.seq), ..bounty }
            }
            _ => return Err(ApplyError::NoOffer),
        };
        self.bounties.insert_mut(bounty.number, bounty);
        Ok(())
    }

    pub(super) fn fold_revision(&mut self, event: &Event) -> Result<(), ApplyError> {
        let stage = Stage::Submitted { ballots: Ballots::new_sync() };
        let submission = match &event.fact {
            Fact::SubmissionFiled { asked, outcome } => Submission {
                number: outcome.submission,
                claimant: member(event)?,
                kind: asked.kind,
                bounty: asked.bounty,
                period: asked.period,
                category: asked.category,
                filed_at: event.at,
                revision: revision(
                    event,
                    first(asked, outcome.submission),
                    SubmissionRevised {
                        digest: outcome.digest,
                        lane: outcome.lane,
                        policy: outcome.policy,
                        revision: RevisionNumber::FIRST,
                    },
                ),
                stage,
                contests: asked.contests,
                slot: false,
                recused: Vec::new(),
                holds: Vec::new(),
                reversals: Vec::new(),
                appealed: false,
                called: Vec::new(),
                sample: Sample::Out,
                single_handed: false,
                touched: event.seq,
            },
            Fact::SubmissionRevised { asked, outcome } => {
                let before = Submission::clone(self.submission(asked.submission)?);
                let revision = revision(event, ReviseSubmission::clone(asked), *outcome);
                let period = asked.period.unwrap_or(before.period);
                Submission { period, revision, stage, touched: event.seq, ..before }
            }
            Fact::OfferAccepted { asked, outcome } => {
                let before = Submission::clone(self.submission(asked.submission)?);
                let revision = Revision {
                    number: outcome.revision,
                    digest: outcome.digest,
                    amount: asked.amount,
                    lane: outcome.lane,
                    policy: outcome.policy,
                    made: event.seq,
                    made_at: event.at,
                    ..before.revision
                };
                Submission { revision, stage, touched: event.seq, ..before }
            }
            _ => return Err(ApplyError::NoRevision),
        };
        let (claimant, number, bounty) = (submission.claimant, submission.number, submission.bounty);
        self.put_submission(submission)?;
        if let (Fact::SubmissionFiled { .. }, Some(bounty)) = (&event.fact, bounty) {
            let accounts = self.accounts(claimant);
            let claimed = self.bounty(bounty)?.clone().claimed_by(&accounts, number, event.at);
            self.bounties.insert_mut(bounty, claimed);
        }
        Ok(())
    }

    pub(super) fn fold_vote(
        &mut self,
        event: &Event,
        asked: &CastVote,
        outcome: &VoteCast,
    ) -> Result<(), ApplyError> {
        let reviewer = member(event)?;
        let mut submission = Submission::clone(self.submission(asked.submission)?);
        let Stage::Submitted { ballots } = &submission.stage else {
            return Err(ApplyError::Stage { submission: submission.number });
        };
        let (choice, ground, reason) = (asked.choice, asked.ground, asked.reason);
        let ballot = Ballot { choice, ordinal: asked.ordinal, cast: event.seq, ground, reason };
        let ballots = ballots.insert(reviewer, ballot);
        if asked.choice == Choice::Recuse {
            submission.recused.push(reviewer);
        }
        let decided_at = event.at;
        let objective = self.is_objective(&submission, &ballots);
        let approvers = self.approvers(&submission, &ballots);
        submission.stage = match outcome.verdict {
            Verdict::Counted => Stage::Submitted { ballots },
            Verdict::NeedsChanges => Stage::NeedsChanges { offer: asked.offer },
            Verdict::Rejected => Stage::Rejected { decided_at, objective },
            Verdict::Agreed => Stage::Agreed { approvers, decided: event.seq, decided_at },
            Verdict::Approved => Stage::Approved { approvers, decided_at },
        };
        submission.single_handed = outcome.single_handed == Some(YesNo::Yes);
        self.draw(&mut submission, outcome.sampled);
        if outcome.verdict == Verdict::Approved
            && let Some(number) = submission.bounty
            && !submission.slot
        {
            let mut bounty = self.bounty(number)?.clone();
            bounty.used = bounty.used.next().ok_or(ApplyError::Stage { submission: submission.number })?;
            self.bounties.insert_mut(number, bounty);
            submission.slot = true;
        }
        submission.touched = event.seq;
        self.put_submission(submission)
    }

    /// Whether one of the rejections that count rests on what can be looked up.
    fn is_objective(&self, submission: &Submission, ballots: &Ballots) -> bool {
        let live = self.live_ballots(submission, ballots);
        let mut grounds = live.values().filter_map(|(_, ballot)| ballot.ground);
        grounds.any(Ground::is_objective)
    }

    pub(super) fn fold_dispute(&mut self, event: &Event) -> Result<(), ApplyError> {
        let at = event.at;
        match &event.fact {
            Fact::SubmissionWithdrawn { asked } => {
                self.restage(asked.submission, event.seq, Stage::Withdrawn { decided_at: at })
            }
            Fact::RejectionAppealed { asked, outcome } => {
                let before = Submission::clone(self.submission(asked.submission)?);
                let stage = Stage::Submitted { ballots: Ballots::new_sync() };
                let revision = Revision {
                    number: outcome.revision,
                    digest: outcome.digest,
                    lane: outcome.lane,
                    policy: outcome.policy,
                    made: event.seq,
                    made_at: event.at,
                    ..before.revision
                };
                let appealed = true;
                self.put_submission(Submission { revision, stage, appealed, touched: event.seq, ..before })
            }
            Fact::SubmissionReopened { asked } => {
                let stage = Stage::NeedsChanges { offer: None };
                let mut after = unapproved(self.submission(asked.submission)?, at, stage);
                after.reversals.clear();
                self.put_submission(Submission { touched: event.seq, ..after })
            }
            Fact::SubmissionHeld { asked, outcome } => {
                self.keep_back(event, asked.submission, HoldKind::Hold, outcome.until)
            }
            Fact::SubmissionChallenged { asked, outcome } => {
                self.challenges.insert_mut(member(event)?, asked.submission);
                self.keep_back(event, asked.submission, HoldKind::Challenge, outcome.until)
            }
            Fact::SubmissionReleased { asked } => {
                let after = released(self.submission(asked.submission)?, at);
                self.put_submission(Submission { touched: event.seq, ..after })
            }
            Fact::ReversalVoted { asked, outcome } => {
                let mut after = Submission::clone(self.submission(asked.submission)?);
                if outcome.verdict == Reversal::Reversed {
                    after = unapproved(&after, at, Stage::Reversed { decided_at: at });
                }
                after.reversals.push((member(event)?, event.seq));
                self.put_submission(Submission { touched: event.seq, ..after })
            }
            _ => Err(ApplyError::NoDispute),
        }
    }

    fn keep_back(
        &mut self,
        event: &Event,
        number: SubmissionNumber,
        kind: HoldKind,
        until: Timestamp,
    ) -> Result<(), ApplyError> {
        let mut after = Submission::clone(self.submission(number)?);
        after.holds.push(Hold { by: member(event)?, kind, since: event.seq, until });
        self.put_submission(Submission { touched: event.seq, ..after })
    }

    pub(super) fn restage(
        &mut self,
        number: SubmissionNumber,
        touched: Seq,
        stage: Stage,
    ) -> Result<(), ApplyError> {
        let before = Submission::clone(self.submission(number)?);
        self.put_submission(Submission { stage, touched, ..before })
    }
}

/// The submission with nothing that keeps it back from now on.
fn released(submission: &Submission, at: Timestamp) -> Submission {
    let mut after = submission.clone();
    if let Some(hold) = after.holds.last_mut() {
        hold.until = hold.until.min(at);
    }
    after
}

/// The submission without its approval, and without what hung on that.
pub(super) fn unapproved(submission: &Submission, at: Timestamp, stage: Stage) -> Submission {
    Submission { stage, sample: Sample::Out, single_handed: false, ..released(submission, at) }
}
