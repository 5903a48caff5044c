//! Likely commands about offers, and about claims beside their votes.

use domain::command::{
    AcceptOffer, AddComment, AppealRejection, ChallengeSubmission, CloseBounty, FileSubmission,
    HoldSubmission, ReleaseSlot, ReleaseSubmission, ReopenSubmission, ReverseSubmission, TakeSlot,
    WithdrawSubmission,
};
use domain::event::{Command, Kind};
use domain::submission::{Stage, Submission};
use domain::value::SubmissionNumber;
use domain::words::Role;

use domain::command::Actor;

use super::likely::{Asked, Asking, fresh_digest};
use super::rng::Rng;

impl Asking<'_> {
    /// Now and then a claim says that somebody else's work is its own.
    pub(super) fn contesting(&self, rng: &mut Rng, claim: FileSubmission) -> FileSubmission {
        let held = claim.evidence.first().map(|key| self.program.evidence_holders(*key, claim.function));
        let first = held.unwrap_or_default().first().map(|holding| holding.submission);
        let contests = first.filter(|_| rng.percent(50));
        FileSubmission { contests, ..claim }
    }

    /// Slots are taken and given back, and offers end.
    pub(super) fn offer(&self, rng: &mut Rng) -> Asked {
        let open: Vec<_> = self
            .program
            .bounties()
            .filter(|bounty| bounty.closed.is_none() && self.now < bounty.closes_at)
            .collect();
        let bounty = rng.pick(&open)?;
        let number = bounty.number;
        match rng.below(10) {
            0..=3 => {
                let person = self.someone(rng, Kind::SlotTaken)?;
                let lead = self.program.member(person).is_ok_and(|member| member.holds(Role::Lead));
                let member = if lead { self.any_member(rng).filter(|_| rng.percent(50)) } else { None };
                Some((Actor::Member(person), TakeSlot { bounty: number, member }.into()))
            }
            4..=7 => {
                let takes =
                    open.iter().flat_map(|bounty| bounty.takes.iter().map(|take| (bounty.number, take)));
                let free: Vec<_> =
                    takes.filter(|(_, take)| take.claim.is_none() && take.stands(self.now)).collect();
                let (bounty, take) = rng.pick(&free)?;
                Some((Actor::Member(take.member), ReleaseSlot { bounty: *bounty, member: None }.into()))
            }
            _ => self.by_someone(CloseBounty { bounty: number, reason: fresh_digest(rng) }, rng),
        }
    }

    fn one(&self, rng: &mut Rng, keep: impl Fn(&Submission) -> bool) -> Option<&Submission> {
        let numbers: Vec<SubmissionNumber> = self.submissions(keep);
        self.program.submission(*rng.pick(&numbers)?).ok().map(AsRef::as_ref)
    }

    /// Something about a claim that fits where it stands.
    pub(super) fn dispute(&self, rng: &mut Rng) -> Asked {
        let reason = fresh_digest(rng);
        let approved = |claim: &Submission| matches!(claim.stage, Stage::Approved { .. });
        let by_claimant =
            |claim: &Submission, command: Command| Some((Actor::Member(claim.claimant), command));
        match rng.below(20) {
            0..=2 => {
                let offered =
                    |claim: &Submission| matches!(claim.stage, Stage::NeedsChanges { offer: Some(_) });
                let claim = self.one(rng, offered)?;
                let Stage::NeedsChanges { offer: Some(amount) } = claim.stage else { return None };
                by_claimant(claim, AcceptOffer { amount, submission: claim.number }.into())
            }
            3 | 7 => {
                let claim = self.one(rng, |claim| claim.stage.is_open())?;
                let asked = WithdrawSubmission { reason, submission: claim.number };
                // Where decisions are overdue, it may be a lead.
                if rng.percent(80) { by_claimant(claim, asked.into()) } else { self.by_someone(asked, rng) }
            }
            18 => {
                let claim = self.one(rng, |_| true)?;
                self.by_someone(AddComment { submission: claim.number, text: reason }, rng)
            }
            4..=6 | 17 => {
                let claim =
                    self.one(rng, |claim| matches!(claim.stage, Stage::Rejected { objective: true, .. }))?;
                by_claimant(claim, AppealRejection { reason, submission: claim.number }.into())
            }
            19 => {
                let claim = self.one(rng, approved)?;
                by_claimant(claim, ReopenSubmission { reason, submission: claim.number }.into())
            }
            8..=9 => {
                let claim = self.one(rng, approved)?;
                self.by_someone(HoldSubmission { reason, submission: claim.number }, rng)
            }
            10..=12 => {
                let claim = self.one(rng, approved)?;
                self.by_someone(ChallengeSubmission { reason, submission: claim.number }, rng)
            }
            13..=14 => {
                let claim = self.one(rng, |claim| claim.held_at(self.now).is_some())?;
                let by = claim.held_at(self.now)?.by;
                Some((Actor::Member(by), ReleaseSubmission { reason, submission: claim.number }.into()))
            }
            _ => {
                let claim = self.one(rng, approved)?;
                self.by_someone(ReverseSubmission { reason, submission: claim.number }, rng)
            }
        }
    }
}
