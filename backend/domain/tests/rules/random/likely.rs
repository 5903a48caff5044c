//! Commands that look at the state, so that many of them pass and the others nearly do.

use domain::Program;
use domain::command::{
    Actor, AddMember, Allot, Allotment, ApproveWaiting, CastVote, FileSubmission, GrantRole, ObserveSafe,
    OpenPeriod, Payout, PostBounty, ProposeBatch, RecordAddress, RecordFunding, ReviseSubmission, RevokeRole,
};
use domain::event::{Command, Kind};
use domain::permission::{Allowed, allowed};
use domain::submission::{Stage, Submission};
use domain::value::{
    Address, Amount, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug, SubmissionNumber, Timestamp,
};
use domain::words::{Choice, ClaimKind, Ground, Operation, PeriodKind, Role, Source, YesNo};

use super::nonsense;
use super::rng::Rng;
use crate::common::{MULTI_SEND, TOKEN, address, signature, slug};

const FUNCTIONS: [&str; 3] = ["host", "author", "graphic"];

/// Who asks what, likely enough to be accepted.
pub fn any(rng: &mut Rng, program: &Program, now: Timestamp) -> (Actor, Command) {
    if let Some(submission) = program.due().filter(|_| rng.percent(85)) {
        return (Actor::System, ApproveWaiting { submission }.into());
    }
    let asking = Asking { program, now };
    let asked = match rng.below(128) {
        0 => asking.add_member(rng),
        1..=2 | 88 | 98 => asking.person(rng),
        3 => asking.grant_role(rng),
        4 | 89..=90 | 99 => asking.second_look(rng),
        5..=6 => asking.revoke_role(rng),
        7..=9 => asking.record_address(rng),
        11..=13 => asking.open_period(rng),
        14..=17 => asking.allot(rng),
        18..=20 => asking.change_the_budget(rng),
        21..=24 => asking.post_bounty(rng),
        10 | 25..=29 => asking.offer(rng),
        30..=43 => asking.file(rng),
        44..=48 => asking.revise(rng),
        49..=73 => asking.vote(rng),
        74..=84 => asking.dispute(rng),
        85..=87 => asking.observe(rng),
        91..=92 => asking.fund_or_withdraw(rng),
        93..=97 => asking.propose(rng),
        100..=112 => asking.chain(rng),
        113..=115 => asking.policy_or_erasure(rng),
        116..=127 => asking.read_or_end(rng),
        _ => None,
    };
    asked.unwrap_or_else(|| nonsense::any(rng))
}

/// The state to look at.
pub struct Asking<'a> {
    pub program: &'a Program,
    pub now: Timestamp,
}

pub type Asked = Option<(Actor, Command)>;

pub(super) fn lpt(rng: &mut Rng, end: u64) -> Amount {
    // Quarters of an LPT.
    Amount::from_wei(Amount::LPT.wei() / 4 * u128::from(1 + rng.below(end * 4)))
}

pub fn fresh_digest(rng: &mut Rng) -> Digest {
    Digest::sha256(&[&rng.below(u64::MAX).to_be_bytes()])
}

fn yes_no(rng: &mut Rng) -> YesNo {
    YesNo::from(rng.percent(30))
}

impl Asking<'_> {
    /// A member who may ask for this kind.
    pub fn someone(&self, rng: &mut Rng, kind: Kind) -> Option<MemberNumber> {
        let roles = match allowed(kind) {
            Allowed::Roles(roles) => roles,
            Allowed::Member => return self.any_member(rng),
            Allowed::System => return None,
        };
        let members = self.program.members();
        let able: Vec<MemberNumber> = members
            .filter(|member| roles.iter().any(|role| member.holds(*role)))
            .map(|member| member.number)
            .collect();
        rng.pick(&able).copied()
    }

    pub fn by_someone(&self, command: impl Into<Command>, rng: &mut Rng) -> Asked {
        let command = command.into();
        self.someone(rng, command.kind()).map(|member| (Actor::Member(member), command))
    }

    pub fn any_member(&self, rng: &mut Rng) -> Option<MemberNumber> {
        let members: Vec<MemberNumber> = self.program.members().map(|member| member.number).collect();
        rng.pick(&members).copied()
    }

    /// The submissions that some test holds for, in the order of their numbers.
    pub fn submissions(&self, keep: impl Fn(&Submission) -> bool) -> Vec<SubmissionNumber> {
        let kept = self.program.submissions().filter(|submission| keep(submission));
        let mut numbers: Vec<SubmissionNumber> = kept.map(|submission| submission.number).collect();
        numbers.sort_unstable();
        numbers
    }

    fn add_member(&self, rng: &mut Rng) -> Asked {
        let roles = vec![rng.of([Role::Contributor, Role::Reviewer, Role::Auditor])];
        self.by_someone(AddMember { name: fresh_digest(rng), roles }, rng)
    }

    fn grant_role(&self, rng: &mut Rng) -> Asked {
        let member = self.any_member(rng)?;
        let role = *rng.pick(Role::ALL)?;
        self.by_someone(GrantRole { member, role }, rng)
    }

    fn revoke_role(&self, rng: &mut Rng) -> Asked {
        let member = self.any_member(rng)?;
        let roles = &self.program.member(member).ok()?.roles;
        let (role, _) = *rng.pick(roles)?;
        self.by_someone(RevokeRole { member, role }, rng)
    }

    fn record_address(&self, rng: &mut Rng) -> Asked {
        let member = self.someone(rng, Kind::AddressRecorded)?;
        Some((Actor::Member(member), any_record(rng).into()))
    }

    fn open_period(&self, rng: &mut Rng) -> Asked {
        let last = self.program.periods().map(|period| period.ends_at).max();
        if last.is_some_and(|ends_at| ends_at > self.now) && rng.percent(80) {
            return None;
        }
        let starts_at = last.unwrap_or(self.now).max(self.now);
        let hours = if rng.percent(40) { 2 + rng.small(20) } else { 48 + 24 * rng.small(12) };
        self.by_someone(
            OpenPeriod {
                cap: if rng.percent(90) { "750".parse().ok()? } else { lpt(rng, 900) },
                ends_at: starts_at.plus_hours(Count::new(hours)),
                kind: rng.of([PeriodKind::Month, PeriodKind::Quarter]),
                starts_at,
            },
            rng,
        )
    }

    /// The current period, or now and then another one.
    pub(super) fn period(&self, rng: &mut Rng) -> Option<PeriodNumber> {
        let periods: Vec<_> = self.program.periods().collect();
        let current = periods.iter().find(|period| period.starts_at <= self.now && self.now < period.ends_at);
        match current {
            Some(period) if rng.percent(90) => Some(period.number),
            _ => rng.pick(&periods).map(|period| period.number),
        }
    }

    pub(super) fn category(&self, rng: &mut Rng) -> Option<Slug> {
        rng.pick(self.program.categories()).map(|category| category.slug)
    }

    /// One to three lines get something up to their ceilings, so that some claims have to wait.
    fn allot(&self, rng: &mut Rng) -> Asked {
        let period = self.period(rng)?;
        let mut allotments: Vec<Allotment> = Vec::new();
        for _ in 0..=rng.below(3) {
            let category = *rng.pick(self.program.categories())?;
            let quarters = u64::try_from(category.ceiling.wei() / (Amount::LPT.wei() / 4)).ok()?;
            let asked = 1 + rng.below(quarters.max(1));
            let amount = Amount::from_wei(Amount::LPT.wei() / 4 * u128::from(asked));
            if allotments.iter().all(|allotment| allotment.category != category.slug) {
                allotments.push(Allotment { amount, category: category.slug });
            }
        }
        let reason = rng.percent(90).then(|| fresh_digest(rng));
        self.by_someone(Allot { allotments, period, reason }, rng)
    }

    fn post_bounty(&self, rng: &mut Rng) -> Asked {
        self.by_someone(
            PostBounty {
                brief: fresh_digest(rng),
                category: self.category(rng)?,
                closes_at: self.now.plus_hours(Count::new(24 + rng.small(300))),
                function: slug(rng.of(FUNCTIONS)),
                opens_at: self.now,
                period: self.period(rng)?,
                probe: YesNo::from(rng.percent(10)),
                reward: lpt(rng, 20),
                slots: Count::new(1 + rng.small(3)),
                template: rng.percent(30).then(|| slug("thread")),
            },
            rng,
        )
    }

    fn file(&self, rng: &mut Rng) -> Asked {
        let person = self.someone(rng, Kind::SubmissionFiled)?;
        let Some(payee) = self.payee(rng, person) else {
            return Some((Actor::Member(person), any_record(rng).into()));
        };
        let offers: Vec<_> = self.program.bounties().filter(|bounty| bounty.slots_left() > 0).collect();
        let offer = if rng.percent(30) { rng.pick(&offers) } else { None };
        let is_lead = self.program.member(person).is_ok_and(|member| member.holds(Role::Lead));
        let claim = FileSubmission {
            amount: match offer {
                Some(offer) if rng.percent(50) => offer.reward,
                Some(_) => lpt(rng, 8),
                None => {
                    let end = rng.of([4, 10, 40]);
                    lpt(rng, end)
                }
            },
            bounty: offer.map(|offer| offer.number),
            category: match offer {
                Some(offer) => offer.category,
                None => self.category(rng)?,
            },
            captures: any_captures(rng),
            channel: slug("x"),
            contests: None,
            evidence: any_evidence(rng),
            function: match offer {
                Some(offer) if rng.percent(95) => offer.function,
                _ => slug(rng.of(FUNCTIONS)),
            },
            kind: match offer {
                Some(_) => ClaimKind::Bounty,
                None if is_lead => ClaimKind::Lead,
                None => rng.of([ClaimKind::Expense, ClaimKind::Expense, ClaimKind::Retro]),
            },
            payee,
            period: match offer {
                Some(offer) => offer.period,
                None => self.period(rng)?,
            },
            promoted: yes_no(rng),
            share: rng.percent(10).then(|| Count::new(10 + rng.small(80))),
            texts: fresh_digest(rng),
        };
        let claim = self.contesting(rng, claim);
        Some((Actor::Member(person), claim.into()))
    }

    pub fn payee(&self, rng: &mut Rng, person: MemberNumber) -> Option<Address> {
        let owned = self.program.addresses().filter(|(_, known)| known.owner == person);
        let mut owned: Vec<Address> = owned.map(|(address, _)| *address).collect();
        owned.sort_unstable();
        rng.pick(&owned).copied()
    }

    fn revise(&self, rng: &mut Rng) -> Asked {
        let open = |stage: &Stage| matches!(stage, Stage::Submitted { .. } | Stage::NeedsChanges { .. });
        let sent_back = self.submissions(|submission| matches!(submission.stage, Stage::NeedsChanges { .. }));
        let undecided = self.submissions(|submission| open(&submission.stage));
        let number = rng.pick(&sent_back).or_else(|| rng.pick(&undecided)).copied()?;
        let before = self.program.submission(number).ok()?;
        let closed = self.program.period(before.period).is_ok_and(|period| period.is_closed());
        let revision = ReviseSubmission {
            amount: if rng.percent(50) { before.revision.amount } else { lpt(rng, 10) },
            captures: any_captures(rng),
            channel: slug("discord"),
            evidence: if rng.percent(50) { before.revision.evidence.clone() } else { any_evidence(rng) },
            function: before.revision.function,
            payee: self.payee(rng, before.claimant)?,
            period: if closed { self.period(rng) } else { None },
            promoted: yes_no(rng),
            share: before.revision.share,
            submission: number,
            texts: fresh_digest(rng),
        };
        Some((Actor::Member(before.claimant), revision.into()))
    }

    fn vote(&self, rng: &mut Rng) -> Asked {
        let reviewer = self.someone(rng, Kind::VoteCast)?;
        let undecided = self.submissions(|submission| {
            matches!(submission.stage, Stage::Submitted { .. }) && submission.claimant != reviewer
        });
        let free = |number: &&SubmissionNumber| {
            self.program.submission(**number).is_ok_and(|known| !known.recused.contains(&reviewer))
        };
        let number = match undecided.iter().filter(free).copied().collect::<Vec<_>>() {
            free if rng.percent(95) => rng.pick(&free).copied(),
            _ => rng.pick(&undecided).copied(),
        }?;
        let submission = self.program.submission(number).ok()?;
        let Stage::Submitted { ballots } = &submission.stage else { return None };
        let cast = ballots.get(&reviewer).map_or(Count::ZERO, |ballot| ballot.ordinal);
        let choice = match rng.below(100) {
            0..=70 => Choice::Approve,
            71..=81 => Choice::Reject,
            82..=93 => Choice::NeedsChanges,
            _ => Choice::Recuse,
        };
        let offered = choice == Choice::NeedsChanges && rng.percent(50);
        let vote = CastVote {
            choice,
            ground: if choice == Choice::Reject { rng.pick(Ground::ALL).copied() } else { None },
            offer: offered.then(|| lpt(rng, 8)),
            ordinal: cast.next()?,
            reason: fresh_digest(rng),
            revision: submission.revision.digest,
            signature: None,
            signer: None,
            submission: number,
        };
        Some((Actor::Member(reviewer), self.signed(rng, reviewer, vote).into()))
    }

    fn observe(&self, rng: &mut Rng) -> Asked {
        let last = self.program.observation();
        let corrects = last.map(|last| last.recorded).filter(|_| rng.percent(15));
        let before = last.map_or(0, |last| last.safe.block.get());
        let block = match corrects {
            Some(_) => before.saturating_sub(rng.below(50)),
            None => before.saturating_add(rng.below(50)),
        };
        let nonce = last.map_or(0, |last| last.safe.nonce.get()).saturating_add(u64::from(rng.percent(10)));
        self.by_whoever_sees(
            ObserveSafe {
                corrects,
                balance: lpt(rng, 1_500),
                block: Seq::new(block),
                block_hash: fresh_digest(rng),
                guard: rng.percent(10).then(|| address(0xaa)),
                modules: if rng.percent(10) { vec![address(0xab)] } else { Vec::new() },
                nonce: Seq::new(nonce),
                owners: vec![address(0xa1), address(0xa2), address(0xa3)],
                singleton: address(0xe4),
                source: Source::Attested,
                threshold: Count::new(1 + rng.small(4)),
            },
            rng,
        )
    }

    /// The Safe, seen one nonce further than this one.
    pub(super) fn observe_past(&self, rng: &mut Rng, nonce: Seq) -> Asked {
        let safe = self.program.observation()?.safe.clone();
        let (block, block_hash) = (safe.block.next()?, fresh_digest(rng));
        let seen = ObserveSafe { block, block_hash, corrects: None, nonce: nonce.next()?, ..safe };
        self.by_whoever_sees(seen, rng)
    }

    /// A treasurer who attests it, or the ledger itself.
    fn by_whoever_sees(&self, seen: ObserveSafe, rng: &mut Rng) -> Asked {
        if rng.percent(30) {
            return Some((Actor::System, ObserveSafe { source: Source::Chain, ..seen }.into()));
        }
        self.by_someone(ObserveSafe { source: Source::Attested, ..seen }, rng)
    }

    pub(super) fn fund(&self, rng: &mut Rng) -> Asked {
        self.by_someone(
            RecordFunding {
                amount: lpt(rng, 400),
                log_index: Count::new(rng.small(3)),
                sender: rng.percent(50).then(|| any_address(rng)),
                source: Source::Attested,
                receipt: None,
                tx_hash: Digest::sha256(&[&rng.below(40).to_be_bytes()]),
            },
            rng,
        )
    }

    /// One to four approved claims on the next nonce, or beside others on an open one.
    pub(super) fn propose(&self, rng: &mut Rng) -> Asked {
        let Some(next) = self.program.next_nonce() else { return self.observe(rng) };
        let open = self.open_nonces();
        let nonce = rng.pick(&open).copied().filter(|_| rng.percent(30)).unwrap_or(next);
        let approved = self.submissions(|submission| match submission.stage {
            Stage::Approved { .. } => true,
            Stage::InBatch { nonce: held, .. } => held == nonce,
            _ => false,
        });
        let start = usize::try_from(rng.below(1 + u64::try_from(approved.len()).ok()?)).ok()?;
        let wanted = usize::try_from(1 + rng.below(4)).ok()?;
        let chosen = approved.iter().skip(start.min(approved.len().saturating_sub(wanted))).take(wanted);
        let payouts: Vec<Payout> = chosen
            .filter_map(|number| self.program.submission(*number).ok())
            .map(|submission| Payout {
                amount: submission.revision.amount,
                payee: submission.revision.payee,
                submission: submission.number,
            })
            .collect();
        let single = payouts.len() == 1;
        self.by_someone(
            ProposeBatch {
                adopts: None,
                beside: YesNo::from(nonce != next || rng.percent(2)),
                domain_hash: fresh_digest(rng),
                evidence_up: YesNo::from(rng.percent(95)),
                message_hash: fresh_digest(rng),
                nonce,
                operation: if single { Operation::Call } else { Operation::DelegateCall },
                payouts,
                safe_tx_hash: fresh_digest(rng),
                to: if single { address(TOKEN) } else { address(MULTI_SEND) },
            },
            rng,
        )
    }
}

/// An address, now and then with a proof.
fn any_record(rng: &mut Rng) -> RecordAddress {
    let proof = rng.percent(30).then(signature);
    RecordAddress { address: any_address(rng), proof }
}

/// Mostly none.
fn any_captures(rng: &mut Rng) -> Vec<Digest> {
    (0..rng.below(8).saturating_sub(5)).map(|_| fresh_digest(rng)).collect()
}

/// One of few, so that two people try the same, or look alike.
pub fn any_address(rng: &mut Rng) -> Address {
    let mut bytes = [rng.of([1, 2, 3, 4, 5, 6]); 20];
    bytes[10] = rng.of([1, 2, 3, 4, 5, 6, 7, 8]);
    Address::from_bytes(bytes)
}

/// One to three of many links, so that some are claimed twice.
pub fn any_evidence(rng: &mut Rng) -> Vec<Digest> {
    let mut links: Vec<u64> = (0..=rng.below(3)).map(|_| rng.below(400)).collect();
    links.sort_unstable();
    links.dedup();
    links.iter().map(|link| Digest::sha256(&[&link.to_be_bytes()])).collect()
}
