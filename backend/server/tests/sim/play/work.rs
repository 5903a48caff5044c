//! The lives of claims: filed, revised, voted on.

use domain::command::{Actor, CastVote, FileSubmission, ReviseSubmission};
use domain::event::Kind;
use domain::submission::Stage;
use domain::value::{Amount, Count, Digest, MemberNumber, SubmissionNumber};
use domain::words::{Choice, ClaimKind, Ground, Role};

use super::commands::{Asked, Asking, FUNCTIONS};
use super::values::{any_captures, any_evidence, digest, lpt, slug, yes_no};
use crate::rng::Rng;

/// Mostly all of the work.
fn any_share(rng: &mut Rng) -> Option<Count> {
    rng.percent(15).then(|| Count::new(rng.of([1, 30, 50, 70, 99])))
}

/// As much of a reward as goes to a share of the work.
fn affordable_share(amount: Amount, share: Option<Count>) -> Amount {
    let part = share.and_then(|share| amount.percent(share.get())).unwrap_or(amount);
    part.max(Amount::from_wei(1))
}

impl Asking<'_> {
    pub fn file(&self, rng: &mut Rng) -> Asked {
        let person = self.claimant(rng)?;
        let Some(payee) = self.payee(rng, person) else { return self.record_address(rng) };
        let open = |bounty: &&domain::bounty::Bounty| {
            let open = bounty.closed.is_none() && bounty.opens_at <= self.now && self.now < bounty.closes_at;
            open && bounty.free_slots(&self.program.accounts(person), self.now) > 0
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
        let mut claim = FileSubmission {
            amount: match offer {
                Some(offer) if rng.percent(50) => offer.reward,
                Some(offer) => {
                    let part = offer.reward.percent(rng.small(100)).unwrap_or(Amount::ZERO);
                    Amount::from_wei(1 + part.wei())
                }
                None => self.affordable(rng, person, category, period),
            },
            bounty: offer.map(|offer| offer.number),
            captures: any_captures(rng),
            category,
            channel: slug(rng.of(["x", "discord", "youtube"])),
            contests: None,
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
            share: any_share(rng),
            texts: digest(rng),
        };
        if rng.percent(15) {
            self.share_work(rng, &mut claim);
        }
        if claim.bounty.is_some() {
            claim.amount = affordable_share(claim.amount, claim.share);
        }
        Some((Actor::Member(person), claim.into()))
    }

    /// The work is somebody else's too: each has a part of it, or one contests the other.
    fn share_work(&self, rng: &mut Rng, claim: &mut FileSubmission) {
        let stands = &self.held.stands;
        let others: Vec<_> = stands.submitted.iter().chain(&stands.approved).copied().collect();
        let partial: Vec<_> = others
            .iter()
            .filter_map(|number| self.program.submission(*number).ok())
            .filter(|other| other.revision.share.is_some())
            .map(|other| other.number)
            .collect();
        let Some(number) = rng.pick(&partial).filter(|_| rng.percent(60)).or_else(|| rng.pick(&others))
        else {
            return;
        };
        let Ok(other) = self.program.submission(*number) else { return };
        claim.evidence.clone_from(&other.revision.evidence);
        if claim.bounty.is_none() {
            claim.function = other.revision.function;
        }
        match other.revision.share {
            Some(share) if rng.percent(60) => {
                claim.share = Some(Count::new(100_u32.saturating_sub(share.get()).max(1)));
            }
            _ => claim.contests = Some(other.number),
        }
    }

    /// Somebody who may claim, mostly with fewer open claims than the limit, and not too soon after the last.
    fn claimant(&self, rng: &mut Rng) -> Option<MemberNumber> {
        let limit = self.program.policy_at(self.now).open_claims.get();
        for _ in 0..3 {
            let person = self.someone(rng, Kind::SubmissionFiled)?;
            let last = self.program.pace(person).any;
            let cooled = last.is_none_or(|last| {
                self.now >= last.plus_hours(self.program.policy_at(self.now).cooldown_hours)
            });
            if cooled && self.program.open_claims(person) < limit {
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
        let Some(percent) = self.program.policy_at(self.now).person_share(category) else { return wanted };
        let Ok(period) = self.program.period(period) else { return wanted };
        let share = period.allotment(category).percent(percent.get()).unwrap_or(wanted);
        let left = share.saturating_sub(self.program.share(person, period.number, category).unwrap_or(share));
        if left.is_zero() || rng.percent(5) { wanted } else { wanted.min(left) }
    }

    pub fn revise(&self, rng: &mut Rng) -> Asked {
        let stands = &self.held.stands;
        let sent_back: Vec<_> = stands.sent_back.iter().copied().collect();
        let submitted: Vec<_> = stands.submitted.iter().copied().collect();
        let number = rng.pick(&sent_back).or_else(|| rng.pick(&submitted)).copied()?;
        let before = self.program.submission(number).ok()?;
        let closed = self.program.period(before.period).is_ok_and(|period| period.is_closed());
        let revision = ReviseSubmission {
            amount: match rng.below(3) {
                0 => before.revision.amount,
                1 => Amount::from_wei(before.revision.amount.wei() / 2 + 1),
                _ => lpt(rng, 10),
            },
            captures: self.some_captures(rng, &before.revision.captures),
            channel: slug("discord"),
            evidence: if rng.percent(60) { before.revision.evidence.clone() } else { any_evidence(rng) },
            function: before.revision.function,
            payee: self.payee(rng, before.claimant)?,
            period: if closed || rng.percent(2) { self.period(rng) } else { None },
            promoted: yes_no(rng),
            share: if rng.percent(80) { before.revision.share } else { any_share(rng) },
            submission: number,
            texts: digest(rng),
        };
        Some((Actor::Member(before.claimant), revision.into()))
    }

    /// Often those that the claim had, seldom those of another one.
    fn some_captures(&self, rng: &mut Rng, before: &[Digest]) -> Vec<Digest> {
        let submitted: Vec<_> = self.held.stands.submitted.iter().copied().collect();
        let other = rng.pick(&submitted).and_then(|number| self.program.submission(*number).ok());
        match rng.below(20) {
            0 => other.map(|other| other.revision.captures.clone()).unwrap_or_default(),
            1..=12 => before.to_vec(),
            _ => any_captures(rng),
        }
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
        let cast = self.held.votes.get(&(claim.revision.digest, reviewer)).copied().unwrap_or(0);
        let choice = rng.weighed(&[
            (76, Choice::Approve),
            (11, Choice::Reject),
            (7, Choice::NeedsChanges),
            (6, Choice::Recuse),
        ]);
        let most = claim.revision.amount;
        let part = most.percent(rng.small(100)).unwrap_or(Amount::ZERO);
        let offer = Amount::from_wei(1 + part.wei()).min(most);
        let vote = CastVote {
            choice,
            ground: (choice == Choice::Reject).then(|| *rng.pick(Ground::ALL).unwrap()),
            offer: (choice == Choice::NeedsChanges && rng.percent(70)).then_some(offer),
            ordinal: Count::new(cast + 1),
            reason: digest(rng),
            revision: claim.revision.digest,
            signature: None,
            signer: None,
            submission: number,
        };
        Some((Actor::Member(reviewer), self.signed(rng, reviewer, vote).into()))
    }
}
