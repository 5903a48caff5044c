//! What people want of a claim beside its revisions and votes.

use std::collections::BTreeSet;

use domain::command::{
    AcceptOffer, Actor, AddComment, AppealRejection, ChallengeSubmission, HoldSubmission, ReleaseSubmission,
    ReopenSubmission, ReverseSubmission, WithdrawSubmission,
};
use domain::event::Command;
use domain::submission::{Stage, Submission};
use domain::value::SubmissionNumber;

use super::commands::{Asked, Asking};
use super::values::digest;
use crate::rng::Rng;

#[derive(Clone, Copy)]
pub enum Dispute {
    Accept,
    Withdraw,
    Comment,
    Appeal,
    Reopen,
    Hold,
    Challenge,
    Release,
    Reverse,
}

impl Asking<'_> {
    /// One of these claims that passes a test.
    fn one(
        &self,
        rng: &mut Rng,
        of: &BTreeSet<SubmissionNumber>,
        test: impl Fn(&Submission) -> bool,
    ) -> Option<&Submission> {
        let claims = of.iter().filter_map(|number| self.program.submission(*number).ok());
        let claims: Vec<&Submission> = claims.map(AsRef::as_ref).filter(|claim| test(claim)).collect();
        rng.pick(&claims).copied()
    }

    /// One whose money lapses if it comes free.
    pub fn of_a_closed_period(&self, rng: &mut Rng) -> Option<&Submission> {
        let is_closed =
            |claim: &Submission| self.program.period(claim.period).is_ok_and(|period| period.is_closed());
        self.one(rng, &self.held.stands.approved, is_closed)
    }

    pub fn dispute(&self, rng: &mut Rng, wish: Dispute) -> Asked {
        let stands = &self.held.stands;
        let reason = digest(rng);
        let approved = |rng: &mut Rng| self.one(rng, &stands.approved, |_| true);
        let by_claimant =
            |claim: &Submission, command: Command| Some((Actor::Member(claim.claimant), command));
        match wish {
            Dispute::Accept => {
                let offered =
                    |claim: &Submission| matches!(claim.stage, Stage::NeedsChanges { offer: Some(_) });
                let claim = self.one(rng, &stands.sent_back, offered)?;
                let Stage::NeedsChanges { offer: Some(amount) } = claim.stage else { return None };
                by_claimant(claim, AcceptOffer { amount, submission: claim.number }.into())
            }
            Dispute::Withdraw => {
                let from = rng.of([&stands.submitted, &stands.sent_back, &stands.agreed]);
                // Rather of a closed bounty: what that promises then is the question.
                let closed = |claim: &Submission| {
                    let bounty = claim.contends().and_then(|number| self.program.bounty(number).ok());
                    bounty.is_some_and(|bounty| bounty.closed.is_some())
                };
                let claim = self.one(rng, from, closed).or_else(|| self.one(rng, from, |_| true))?;
                by_claimant(claim, WithdrawSubmission { reason, submission: claim.number }.into())
            }
            Dispute::Comment => {
                let from = rng.of([&stands.submitted, &stands.approved, &stands.rejected]);
                let submission = self.one(rng, from, |_| true)?.number;
                self.by_someone(AddComment { submission, text: reason }, rng)
            }
            Dispute::Appeal => {
                let late = rng.percent(10);
                let sensible = |claim: &Submission| {
                    let Stage::Rejected { decided_at, objective } = claim.stage else { return false };
                    late || objective
                        && !claim.appealed
                        && self.now
                            < decided_at.plus_hours(self.program.policy_of(&claim.revision).appeal_hours)
                };
                // Rather of a closed bounty: its reward is needed again.
                let closed = |claim: &Submission| {
                    let bounty = claim.bounty.filter(|_| !claim.slot);
                    let bounty = bounty.and_then(|number| self.program.bounty(number).ok());
                    sensible(claim) && bounty.is_some_and(|bounty| bounty.closed.is_some())
                };
                let claim = self.one(rng, &stands.rejected, closed);
                let claim = claim.or_else(|| self.one(rng, &stands.rejected, sensible))?;
                by_claimant(claim, AppealRejection { reason, submission: claim.number }.into())
            }
            Dispute::Reopen => {
                // One of a closed period names another then, and a bounty's claim keeps its slot: those are the
                // interesting ones.
                let keen = rng.percent(50);
                let claim = self.of_a_closed_period(rng).filter(|_| rng.percent(70));
                let claim = claim.or_else(|| self.one(rng, &stands.approved, |claim| !keen || claim.slot))?;
                by_claimant(claim, ReopenSubmission { reason, submission: claim.number }.into())
            }
            Dispute::Hold => {
                let submission = approved(rng)?.number;
                self.by_someone(HoldSubmission { reason, submission }, rng)
            }
            Dispute::Challenge => {
                let submission = approved(rng)?.number;
                self.by_someone(ChallengeSubmission { reason, submission }, rng)
            }
            Dispute::Release => {
                let claim = self.one(rng, &stands.approved, |claim| claim.held_at(self.now).is_some())?;
                let release = ReleaseSubmission { reason, submission: claim.number };
                match claim.held_at(self.now) {
                    Some(hold) if rng.percent(80) => Some((Actor::Member(hold.by), release.into())),
                    _ => self.by_someone(release, rng),
                }
            }
            Dispute::Reverse => {
                // One with a vote already is finished rather than another begun.
                let begun = |claim: &Submission| !claim.reversals.is_empty();
                let claim = self.one(rng, &stands.approved, begun).filter(|_| rng.percent(70));
                let claim = claim.or_else(|| self.of_a_closed_period(rng).filter(|_| rng.percent(50)));
                let submission = claim.or_else(|| approved(rng))?.number;
                self.by_someone(ReverseSubmission { reason, submission }, rng)
            }
        }
    }
}
