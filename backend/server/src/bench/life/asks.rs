//! What is asked next in a made-up life.

use domain::command::{
    Actor, AddMember, Allot, Allotment, ApproveWaiting, CastVote, FileSubmission, GrantRole, ObserveSafe,
    OpenPeriod, Payout, PostBounty, ProposeBatch, RecordAddress, RecordFunding, ReviseSubmission, RevokeRole,
};
use domain::event::Command;
use domain::journal::Document;
use domain::value::{Amount, Count, Digest, MemberNumber, PeriodNumber, Seq};
use domain::words::{Choice, ClaimKind, Ground, Operation, PeriodKind, Role, Source, YesNo};
use verify::payment;

use super::charter::{
    BOUNTIES, CATEGORIES, FIRST_REVIEWER, LEAD, REVIEWERS, TIGHT, TREASURER, address, lpt, slug,
};
use super::{Ask, Life, LifeError, Person, added, choice};

/// Claims that wait for votes at a time.
const UNDECIDED: usize = 40;
/// Bounties that can be claimed at a time.
const OFFERS: usize = 8;
/// Those who came last do the work.
const ACTIVE: usize = 60;
/// Agreed claims that wait until more is allotted.
const AGREED: usize = 4;
const PERIOD_HOURS: u32 = 30 * 24;
const LOOK_HOURS: u32 = 12;

fn asked(member: u32, command: impl Into<Command>) -> Result<Ask, LifeError> {
    let member = MemberNumber::new(member).ok_or(LifeError::Lost)?;
    Ok(Ask { actor: Actor::Member(member), command: command.into(), documents: Vec::new() })
}

/// What every category but the tight one gets.
fn allot(period: PeriodNumber) -> Result<Ask, LifeError> {
    let names = CATEGORIES.iter().filter(|name| **name != TIGHT);
    let allotments = names.map(|name| Ok(Allotment { amount: lpt(1_000_000), category: slug(name)? }));
    asked(LEAD, Allot { allotments: allotments.collect::<Result<_, LifeError>>()?, period, reason: None })
}

impl Ask {
    fn with(self, document: Document) -> Self {
        Self { documents: vec![document], ..self }
    }
}

impl Life {
    pub(super) fn ask(&mut self) -> Result<Ask, LifeError> {
        if let Some(submission) = self.program.due() {
            let command = ApproveWaiting { submission }.into();
            return Ok(Ask { actor: Actor::System, command, documents: Vec::new() });
        }
        if let Some(member) = self.new.front() {
            let address = address("payee", u64::from(member.get()));
            return asked(member.get(), RecordAddress { address, proof: None });
        }
        let ended = self.period.is_none_or(|(_, ends_at)| self.now >= ends_at);
        if self.agreed.len() >= AGREED || (ended && !self.agreed.is_empty()) {
            return self.allot_more();
        }
        let Some((period, _)) = self.period.filter(|_| !ended) else { return self.open_period() };
        if !self.allotted {
            return allot(period);
        }
        if let Some(ask) = self.pay()? {
            return Ok(ask);
        }
        self.work(period)
    }

    /// What people do when nothing else is to be done first.
    fn work(&mut self, period: PeriodNumber) -> Result<Ask, LifeError> {
        match self.rng.below(2_000) {
            0..=4 => {
                let number = u32::try_from(self.people.len()).unwrap_or(u32::MAX);
                let name = self.papers.name(number.saturating_add(1_000));
                let roles = vec![Role::Contributor];
                return Ok(asked(LEAD, AddMember { name: name.digest(), roles })?.with(name));
            }
            5..=6 => {
                let role = Role::Auditor;
                return match self.auditor {
                    Some(member) => asked(LEAD, RevokeRole { member, role }),
                    None => asked(LEAD, GrantRole { member: self.someone()?.number, role }),
                };
            }
            _ => {}
        }
        if self.offers.len() < OFFERS && self.rng.percent(20) {
            return self.post_bounty(period);
        }
        if !self.sent_back.is_empty() && self.rng.percent(50) {
            return self.revise();
        }
        if self.undecided.len() < UNDECIDED { self.file(period) } else { self.vote() }
    }

    fn someone(&mut self) -> Result<Person, LifeError> {
        let place = self.rng.place(self.people.len().min(ACTIVE));
        self.people.iter().rev().nth(place).copied().ok_or(LifeError::Lost)
    }

    /// Tenths of an LPT, up to so many LPT.
    fn amount(&mut self, most: u64) -> Amount {
        let tenth = Amount::LPT.wei().div_euclid(10);
        let tenths = self.rng.below(most.saturating_mul(10)).saturating_add(1);
        Amount::from_wei(tenth.saturating_mul(u128::from(tenths)))
    }

    fn open_period(&mut self) -> Result<Ask, LifeError> {
        let starts_at = self.period.map_or(self.now, |(_, ends_at)| ends_at);
        let ends_at = starts_at.plus_hours(Count::new(PERIOD_HOURS));
        asked(LEAD, OpenPeriod { cap: lpt(1_000_000_000), ends_at, kind: PeriodKind::Month, starts_at })
    }

    /// Gives the tight category what its agreed claims wait for.
    fn allot_more(&mut self) -> Result<Ask, LifeError> {
        let category = slug(TIGHT)?;
        let (period, ..) = *self.agreed.first().ok_or(LifeError::Lost)?;
        let mut amount = self.program.period(period)?.allotment(category);
        for (of, _, waits_for) in &self.agreed {
            if *of == period {
                amount = added(amount, *waits_for)?;
            }
        }
        asked(LEAD, Allot { allotments: vec![Allotment { amount, category }], period, reason: None })
    }

    fn post_bounty(&mut self, period: PeriodNumber) -> Result<Ask, LifeError> {
        let brief = self.papers.brief();
        let command = PostBounty {
            brief: brief.digest(),
            category: slug(BOUNTIES)?,
            closes_at: self.now.plus_hours(Count::new(2 * PERIOD_HOURS)),
            function: slug("host")?,
            opens_at: self.now,
            period,
            probe: YesNo::No,
            reward: self.amount(12),
            slots: Count::new(3),
            template: None,
        };
        Ok(asked(LEAD, command)?.with(brief))
    }

    fn file(&mut self, period: PeriodNumber) -> Result<Ask, LifeError> {
        let limit = self.program.policy_at(self.now).open_claims.get();
        let mut person = self.someone()?;
        while self.program.totals().open(person.number) >= limit {
            person = self.someone()?;
        }
        let posts = self.rng.below(2).saturating_add(1);
        let paper = self.papers.claim(&self.program.identity(), posts)?;
        let (mut kind, mut bounty, mut amount) = (ClaimKind::Expense, None, self.amount(15));
        let mut category = match self.rng.below(100) {
            0..=4 => TIGHT,
            5..=50 => "operations",
            _ => "marketing",
        };
        if person.number.get() == LEAD {
            kind = ClaimKind::Lead;
        } else if self.rng.percent(5) {
            kind = ClaimKind::Retro;
        } else if self.rng.percent(25)
            && let Some(mut offer) = self.offers.pop_front()
        {
            (kind, bounty, category) = (ClaimKind::Bounty, Some(offer.number), BOUNTIES);
            amount = self.program.bounty(offer.number)?.reward;
            offer.slots = offer.slots.saturating_sub(1);
            if offer.slots > 0 {
                self.offers.push_back(offer);
            }
        }
        let command = FileSubmission {
            amount,
            bounty,
            captures: Vec::new(),
            category: slug(category)?,
            channel: slug("x")?,
            contests: None,
            evidence: paper.evidence,
            function: slug("host")?,
            kind,
            payee: person.payee,
            period,
            promoted: YesNo::from(self.rng.percent(10)),
            share: None,
            texts: paper.document.digest(),
        };
        Ok(asked(person.number.get(), command)?.with(paper.document))
    }

    /// New posts for what was sent back.
    fn revise(&mut self) -> Result<Ask, LifeError> {
        let number = self.sent_back.pop_front().ok_or(LifeError::Lost)?;
        let before = self.program.submission(number)?;
        let paper = self.papers.claim(&self.program.identity(), 2)?;
        let command = ReviseSubmission {
            amount: before.revision.amount,
            captures: Vec::new(),
            channel: before.revision.channel,
            evidence: paper.evidence,
            function: before.revision.function,
            payee: before.revision.payee,
            period: None,
            promoted: before.revision.promoted,
            share: before.revision.share,
            submission: number,
            texts: paper.document.digest(),
        };
        Ok(asked(before.claimant.get(), command)?.with(paper.document))
    }

    /// The oldest claim that waits, by the next reviewer who takes part.
    fn vote(&mut self) -> Result<Ask, LifeError> {
        let claim = self.undecided.front_mut().ok_or(LifeError::Lost)?;
        let submission = self.program.submission(claim.number)?;
        let reviewer = |asked: u32| {
            let turn = claim.first.saturating_add(asked).checked_rem(REVIEWERS).unwrap_or(0);
            MemberNumber::new(FIRST_REVIEWER.saturating_add(turn))
        };
        while reviewer(claim.asked).is_some_and(|number| submission.recused.contains(&number)) {
            claim.asked = claim.asked.saturating_add(1);
        }
        let member = reviewer(claim.asked).ok_or(LifeError::Lost)?;
        let reason = self.papers.reason();
        let choice = choice(&mut self.rng);
        let command = CastVote {
            choice,
            ground: (choice == Choice::Reject).then_some(Ground::Criteria),
            offer: None,
            ordinal: Count::new(claim.asked.div_euclid(REVIEWERS).saturating_add(1)),
            reason: reason.digest(),
            revision: submission.revision.digest,
            signature: None,
            signer: None,
            submission: claim.number,
        };
        Ok(asked(member.get(), command)?.with(reason))
    }

    /// The next batch, once enough claims may be paid: and before it, what the Safe needs.
    fn pay(&mut self) -> Result<Option<Ask>, LifeError> {
        for queue in &mut self.approved {
            while let Some((_, number)) = queue.pop_front_if(|(until, _)| self.now >= *until) {
                self.payable.push_back(number);
            }
        }
        if self.payable.len() < self.lines {
            return Ok(None);
        }
        let mut payouts = Vec::new();
        for number in self.payable.iter().take(self.lines) {
            let submission = self.program.submission(*number)?;
            let (amount, payee) = (submission.revision.amount, submission.revision.payee);
            payouts.push(Payout { amount, payee, submission: *number });
        }
        let total = Amount::sum(payouts.iter().map(|payout| payout.amount)).ok_or(LifeError::Lost)?;
        let needed = added(self.chain.proposed, total)?;
        if needed > self.chain.funded {
            return self.fund().map(Some);
        }
        let lately = self.chain.seen_at.is_some_and(|at| self.now <= at.plus_hours(Count::new(LOOK_HOURS)));
        if needed > self.chain.seen || !lately {
            return self.observe().map(Some);
        }
        self.propose(payouts).map(Some)
    }

    fn fund(&mut self) -> Result<Ask, LifeError> {
        self.chain.fundings = self.chain.fundings.saturating_add(1);
        let command = RecordFunding {
            amount: lpt(2_000),
            log_index: Count::ZERO,
            receipt: None,
            sender: Some(address("funder", 1)),
            source: Source::Attested,
            tx_hash: Digest::sha256(&[b"funding", &self.chain.fundings.to_be_bytes()]),
        };
        asked(TREASURER, command)
    }

    /// All batches but the last two have been executed.
    fn observe(&mut self) -> Result<Ask, LifeError> {
        let chain = &mut self.chain;
        while chain.open.len() > 2
            && let Some((_, total)) = chain.open.pop_front()
        {
            chain.executed = added(chain.executed, total)?;
        }
        chain.block = chain.block.saturating_add(40_000);
        let command = ObserveSafe {
            balance: chain.funded.saturating_sub(chain.executed),
            block: Seq::new(chain.block),
            block_hash: Digest::sha256(&[b"block", &chain.block.to_be_bytes()]),
            corrects: None,
            guard: None,
            modules: Vec::new(),
            nonce: Seq::new(chain.open.front().map_or(chain.next_nonce, |(nonce, _)| *nonce)),
            owners: (0..3).map(|owner| address("owner", owner)).collect(),
            singleton: address("singleton", 1),
            source: Source::Attested,
            threshold: Count::new(2),
        };
        asked(TREASURER, command)
    }

    fn propose(&mut self, payouts: Vec<Payout>) -> Result<Ask, LifeError> {
        let nonce = Seq::new(self.chain.next_nonce);
        let (safe, tx) = payment::transaction(self.program.charter(), &payouts, nonce)?;
        let hashes = tx.hashes(&safe);
        let command = ProposeBatch {
            adopts: None,
            beside: YesNo::No,
            domain_hash: hashes.domain,
            evidence_up: YesNo::Yes,
            message_hash: hashes.message,
            nonce,
            operation: if payouts.len() == 1 { Operation::Call } else { Operation::DelegateCall },
            payouts,
            safe_tx_hash: hashes.safe_tx,
            to: tx.to,
        };
        asked(TREASURER, command)
    }
}
