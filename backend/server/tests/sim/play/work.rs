//! The lives of claims: filed, revised, voted on.

use domain::command::{Actor, CastVote, FileSubmission, ReviseSubmission};
use domain::event::Kind;
use domain::submission::Stage;
use domain::value::{Amount, Count, MemberNumber, SubmissionNumber};
use domain::words::{Choice, ClaimKind, Role};

use super::commands::{Asked, Asking, FUNCTIONS};
use super::values::{any_evidence, digest, lpt, slug, yes_no};
use crate::rng::Rng;

impl Asking<'_> {
    pub fn file(&self, rng: &mut Rng) -> Asked {
        let person = self.claimant(rng)?;
        let Some(payee) = self.payee(rng, person) else { return self.record_address(rng) };
        let open = |bounty: &&domain::bounty::Bounty| {
            bounty.slots_left() > 0 && bounty.opens_at <= self.now && self.now < bounty.closes_at
        };
        let offers: Vec<_> = self.program.bounties().filter(open).collect();
        let offer = if rng.percent(45) { rng.pick(&offers).copied() } else { None };
        let is_lead = self.program.member(person).is_ok_and(|member| member.holds(Role::Lead));
        let category = match offer {
            Some(offer) => offer.category,
            None => self.category(rng)?,
        };
        let period = match offer {
            Some(offer) => offer.period,
            None => self.period(rng)?,
        };
        let claim = FileSubmission {
            amount: match offer {
                Some(offer) if rng.percent(50) => offer.reward,
                Some(offer) => Amount::from_wei(1 + offer.reward.wei() * u128::from(rng.below(100)) / 100),
                None => self.affordable(rng, person, category, period),
            },
            bounty: offer.map(|offer| offer.number),
            category,
            channel: slug(rng.of(["x", "discord", "youtube"])),
            evidence: any_evidence(rng),
            function: offer.map_or_else(|| slug(rng.of(FUNCTIONS)), |offer| offer.function),
            kind: match offer {
                Some(_) => ClaimKind::Bounty,
                None if is_lead => rng.of([ClaimKind::Lead, ClaimKind::Expense]),
                None => {
                    rng.of([ClaimKind::Expense, ClaimKind::Expense, ClaimKind::Expense, ClaimKind::Retro])
                }
            },
            payee,
            period,
            promoted: yes_no(rng),
            texts: digest(rng),
        };
        Some((Actor::Member(person), claim.into()))
    }

    /// Somebody who may claim, mostly with fewer open claims than the limit.
    fn claimant(&self, rng: &mut Rng) -> Option<MemberNumber> {
        let limit = self.program.policy().open_claims.get();
        for _ in 0..3 {
            let person = self.someone(rng, Kind::SubmissionFiled)?;
            if self.program.totals().open(person) < limit {
                return Some(person);
            }
        }
        self.someone(rng, Kind::SubmissionFiled)
    }

    /// An amount that mostly stays within the person's share of the category.
    fn affordable(
        &self,
        rng: &mut Rng,
        person: MemberNumber,
        category: domain::value::Slug,
        period: domain::value::PeriodNumber,
    ) -> Amount {
        let end = rng.of([4, 10, 30]);
        let wanted = lpt(rng, end);
        let Some(percent) = self.program.policy().person_share(category) else { return wanted };
        let Ok(period) = self.program.period(period) else { return wanted };
        let share = period.allotment(category).percent(percent.get()).unwrap_or(wanted);
        let left = share.saturating_sub(self.program.totals().share(person, period.number, category));
        if left.is_zero() || rng.percent(5) { wanted } else { wanted.min(left) }
    }

    pub fn revise(&self, rng: &mut Rng) -> Asked {
        let stands = &self.held.stands;
        let sent_back: Vec<_> = stands.sent_back.iter().copied().collect();
        let submitted: Vec<_> = stands.submitted.iter().copied().collect();
        let number = rng.pick(&sent_back).or_else(|| rng.pick(&submitted)).copied()?;
        let before = self.program.submission(number).ok()?;
        let revision = ReviseSubmission {
            amount: match rng.below(3) {
                0 => before.revision.amount,
                1 => Amount::from_wei(before.revision.amount.wei() / 2 + 1),
                _ => lpt(rng, 10),
            },
            channel: slug("discord"),
            evidence: if rng.percent(60) { before.revision.evidence.clone() } else { any_evidence(rng) },
            function: before.revision.function,
            payee: self.payee(rng, before.claimant)?,
            promoted: yes_no(rng),
            submission: number,
            texts: digest(rng),
        };
        Some((Actor::Member(before.claimant), revision.into()))
    }

    pub fn vote(&self, rng: &mut Rng) -> Asked {
        let reviewer = self.someone(rng, Kind::VoteCast)?;
        let submitted: Vec<SubmissionNumber> = self.held.stands.submitted.iter().copied().collect();
        // The oldest are looked at first; a claim that has a vote already is finished rather than another begun.
        let mut chosen: Option<(usize, SubmissionNumber)> = None;
        for _ in 0..4 {
            let number = *rng.pick(&submitted)?;
            let claim = self.program.submission(number).ok()?;
            if claim.claimant == reviewer || claim.recused.contains(&reviewer) {
                continue;
            }
            let Stage::Submitted { ballots } = &claim.stage else { continue };
            let waits = if ballots.contains_key(&reviewer) { 0 } else { 1 + ballots.size() };
            if chosen.is_none_or(|(best, _)| waits > best) {
                chosen = Some((waits, number));
            }
        }
        let (_, number) = chosen?;
        let claim = self.program.submission(number).ok()?;
        let Stage::Submitted { ballots } = &claim.stage else { return None };
        let cast = ballots.get(&reviewer).map_or(Count::ZERO, |ballot| ballot.ordinal);
        let choice = rng.weighed(&[
            (76, Choice::Approve),
            (11, Choice::Reject),
            (7, Choice::NeedsChanges),
            (6, Choice::Recuse),
        ]);
        let vote = CastVote {
            choice,
            ordinal: cast.next()?,
            reason: digest(rng),
            revision: claim.revision.digest,
            signature: None,
            signer: None,
            submission: number,
        };
        Some((Actor::Member(reviewer), self.signed(rng, reviewer, vote).into()))
    }
}
