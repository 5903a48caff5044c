//! Commands that look at the state, so that most of them pass: whole lives of claims, by people who may.

use domain::Program;
use domain::command::{
    Actor, AddMember, Allot, Allotment, GrantRole, ObserveSafe, OpenPeriod, Payout, ProposeBatch,
    RecordFunding, RevokeRole,
};
use domain::event::{Command, Kind};
use domain::permission::{Allowed, allowed};
use domain::submission::{Stage, Submission};
use domain::value::{Address, Amount, Count, Digest, MemberNumber, PeriodNumber, Seq, Slug, Timestamp};
use domain::words::{Operation, PeriodKind, Role, Source, YesNo};

use super::chain::Happening;
use super::disputes::Dispute;
use super::ledger::Held;
use super::offers::Offering;
use super::people::any_record;
use super::values::{any_address, digest, lpt};
use crate::rng::Rng;

pub const FUNCTIONS: [&str; 3] = ["host", "author", "graphic"];

/// Who asks for what; nobody if there is nothing to ask of this kind now.
pub type Asked = Option<(Actor, Command)>;

/// The state to look at.
pub struct Asking<'a> {
    pub held: &'a Held,
    pub program: &'a Program,
    pub now: Timestamp,
}

/// What somebody may want.
#[derive(Clone, Copy)]
enum Wish {
    AddMember,
    Grant,
    Revoke,
    Address,
    Period,
    Allot,
    Budget,
    Close,
    Bounty,
    File,
    Revise,
    Vote,
    Observe,
    Fund,
    Withdraw,
    Propose,
    Offer(Offering),
    Dispute(Dispute),
    Person,
    SecondLook,
    Happen(Happening),
    Policy,
    Erase,
}

impl<'a> Asking<'a> {
    pub fn new(held: &'a Held, now: Timestamp) -> Self {
        Self { held, program: &held.program, now: now.max(held.program.last_at()) }
    }

    /// Who asks what, likely enough to be accepted.
    pub fn any(&self, rng: &mut Rng) -> Asked {
        let many = |count: usize, weight: u64| if count > 10 { weight * 3 } else { weight };
        let stands = &self.held.stands;
        let lapsing = self.of_a_closed_period(rng).is_some();
        let wish = rng.weighed(&[
            (1, Wish::AddMember),
            (3, Wish::Grant),
            (3, Wish::Revoke),
            (3, Wish::Address),
            (if self.current().is_none() { 60 } else { 1 }, Wish::Period),
            (8, Wish::Allot),
            (5, Wish::Budget),
            (if self.closable().is_some() { 8 } else { 1 }, Wish::Close),
            (5, Wish::Bounty),
            (if stands.submitted.len() > 25 { 6 } else { 24 }, Wish::File),
            (many(stands.sent_back.len(), 6), Wish::Revise),
            (many(stands.submitted.len(), 26), Wish::Vote),
            (4, Wish::Observe),
            (3, Wish::Fund),
            (1, Wish::Withdraw),
            (many(stands.approved.len(), 5), Wish::Propose),
            (3, Wish::Offer(Offering::Take)),
            (2, Wish::Offer(Offering::GiveBack)),
            (1, Wish::Offer(Offering::Close)),
            (many(stands.sent_back.len(), 3), Wish::Dispute(Dispute::Accept)),
            (1, Wish::Dispute(Dispute::Withdraw)),
            (1, Wish::Dispute(Dispute::Comment)),
            (if stands.rejected.is_empty() { 0 } else { 8 }, Wish::Dispute(Dispute::Appeal)),
            (if lapsing { 6 } else { 1 }, Wish::Dispute(Dispute::Reopen)),
            (1, Wish::Dispute(Dispute::Hold)),
            (1, Wish::Dispute(Dispute::Challenge)),
            (2, Wish::Dispute(Dispute::Release)),
            (if lapsing { 6 } else { 2 }, Wish::Dispute(Dispute::Reverse)),
            (4, Wish::Person),
            (4, Wish::SecondLook),
            (1, Wish::Happen(Happening::Reject)),
            (many(stands.in_batch.len(), 5), Wish::Happen(Happening::End)),
            (1, Wish::Happen(Happening::TakeBackEnd)),
            (1, Wish::Happen(Happening::Inflow)),
            (1, Wish::Happen(Happening::Outflow)),
            (if self.is_stopped() { 12 } else { 3 }, Wish::Happen(Happening::Explain)),
            (2, Wish::Happen(Happening::Refund)),
            (1, Wish::Happen(Happening::TakeBack)),
            (1, Wish::Policy),
            (3, Wish::Erase),
        ]);
        match wish {
            Wish::AddMember => self.add_member(rng),
            Wish::Grant => self.grant_role(rng),
            Wish::Revoke => self.revoke_role(rng),
            Wish::Address => self.record_address(rng),
            Wish::Period => self.open_period(rng),
            Wish::Allot => self.allot(rng),
            Wish::Budget => self.change_the_budget(rng),
            Wish::Close => self.close_period(rng),
            Wish::Bounty => self.post_bounty(rng),
            Wish::File => self.file(rng),
            Wish::Revise => self.revise(rng),
            Wish::Vote => self.vote(rng),
            Wish::Observe => self.observe(rng),
            Wish::Fund => self.fund(rng),
            Wish::Withdraw => self.withdraw(rng),
            Wish::Propose => self.propose(rng),
            Wish::Offer(wish) => self.offer(rng, wish),
            Wish::Dispute(wish) => self.dispute(rng, wish),
            Wish::Person => self.person(rng),
            Wish::SecondLook => self.second_look(rng),
            Wish::Happen(happening) => self.happen(rng, happening),
            Wish::Policy => self.change_policy(rng),
            Wish::Erase => self.erase(rng),
        }
    }

    /// A member who may ask for this kind.
    pub fn someone(&self, rng: &mut Rng, kind: Kind) -> Option<MemberNumber> {
        let roles = match allowed(kind) {
            Allowed::Roles(roles) => roles,
            Allowed::Member => return self.any_member(rng),
            Allowed::System => return None,
        };
        let able = self.program.members().filter(|member| roles.iter().any(|role| member.holds(*role)));
        let able: Vec<MemberNumber> = able.map(|member| member.number).collect();
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

    fn add_member(&self, rng: &mut Rng) -> Asked {
        if self.program.members().count() > 24 {
            return None;
        }
        let roles = vec![rng.of([Role::Contributor, Role::Contributor, Role::Reviewer, Role::Auditor])];
        self.by_someone(AddMember { name: digest(rng), roles }, rng)
    }

    /// Often to somebody whose claim is voted on: then it is judged otherwise.
    fn grant_role(&self, rng: &mut Rng) -> Asked {
        let submitted: Vec<_> = self.held.stands.submitted.iter().copied().collect();
        let claim = rng.pick(&submitted).and_then(|number| self.program.submission(*number).ok());
        let member = match claim {
            Some(claim) if rng.percent(50) => claim.claimant,
            _ => self.any_member(rng)?,
        };
        let role = *rng.pick(Role::ALL)?;
        self.by_someone(GrantRole { member, role }, rng)
    }

    /// Seldom from somebody without whom nothing would go on.
    fn revoke_role(&self, rng: &mut Rng) -> Asked {
        let member = self.any_member(rng)?;
        let (role, _) = *rng.pick(&self.program.member(member).ok()?.roles)?;
        let holders = self.program.members().filter(|member| member.holds(role)).count();
        let needed = if role == Role::Reviewer { 4 } else { 1 };
        if holders <= needed && rng.percent(95) {
            return None;
        }
        self.by_someone(RevokeRole { member, role }, rng)
    }

    pub fn record_address(&self, rng: &mut Rng) -> Asked {
        self.by_someone(any_record(rng), rng)
    }

    /// The period of this moment.
    fn current(&self) -> Option<PeriodNumber> {
        let current =
            |period: &&domain::period::Period| period.starts_at <= self.now && self.now < period.ends_at;
        self.program.periods().find(current).map(|period| period.number)
    }

    fn open_period(&self, rng: &mut Rng) -> Asked {
        let last = self.program.periods().map(|period| period.ends_at).max();
        let starts_at = last.unwrap_or(self.now).max(self.now);
        let hours = if rng.percent(30) { 1 + rng.small(12) } else { 24 * (2 + rng.small(12)) };
        let floors = Amount::sum(self.program.categories().iter().map(|category| category.floor))?;
        self.by_someone(
            OpenPeriod {
                cap: floors.checked_add(lpt(rng, 700))?,
                ends_at: starts_at.plus_hours(Count::new(hours)),
                kind: rng.of([PeriodKind::Month, PeriodKind::Quarter]),
                starts_at,
            },
            rng,
        )
    }

    /// The current period, or now and then another one.
    pub fn period(&self, rng: &mut Rng) -> Option<PeriodNumber> {
        match self.current() {
            Some(period) if rng.percent(92) => Some(period),
            _ => {
                let periods: Vec<_> = self.program.periods().map(|period| period.number).collect();
                rng.pick(&periods).copied()
            }
        }
    }

    pub fn category(&self, rng: &mut Rng) -> Option<Slug> {
        rng.pick(self.program.categories()).map(|category| category.slug)
    }

    /// One to three lines get something up to their ceilings, so that some claims have to wait.
    fn allot(&self, rng: &mut Rng) -> Asked {
        let period = self.period(rng)?;
        let mut allotments: Vec<Allotment> = Vec::new();
        for _ in 0..=rng.below(3) {
            let category = *rng.pick(self.program.categories())?;
            let quarters = u64::try_from(category.ceiling.wei() / (Amount::LPT.wei() / 4)).ok()?;
            let amount = match rng.below(10) {
                0 => category.ceiling,
                1 => category.floor,
                _ => Amount::from_wei(Amount::LPT.wei() / 4 * u128::from(1 + rng.below(quarters.max(1)))),
            };
            if allotments.iter().all(|allotment| allotment.category != category.slug) {
                allotments.push(Allotment { amount, category: category.slug });
            }
        }
        let reason = rng.percent(80).then(|| digest(rng));
        self.by_someone(Allot { allotments, period, reason }, rng)
    }

    /// The addresses of a member, in their order.
    pub fn payee(&self, rng: &mut Rng, person: MemberNumber) -> Option<Address> {
        let owned = self.program.addresses().filter(|(_, known)| known.owner == person);
        let mut owned: Vec<Address> = owned.map(|(address, _)| *address).collect();
        owned.sort_unstable();
        rng.pick(&owned).copied()
    }

    fn observe(&self, rng: &mut Rng) -> Asked {
        let last = self.program.observation();
        let corrects = last.map(|last| last.recorded).filter(|_| rng.percent(15));
        let before = last.map_or(0, |last| last.safe.block.get());
        let block = match corrects {
            Some(_) => before.saturating_sub(rng.below(50)),
            None => before.saturating_add(1 + rng.below(50)),
        };
        // Some of the batches proposed since were executed.
        let nonce = last.map_or(0, |last| last.safe.nonce.get());
        let next = self.program.next_nonce().map_or(0, Seq::get);
        let nonce = if rng.percent(40) { nonce + rng.below(next.saturating_sub(nonce) + 2) } else { nonce };
        let given = self.program.books().balance(domain::books::Account::Safe);
        let owner = |byte: u8| Address::from_bytes([byte; 20]);
        self.by_someone(
            ObserveSafe {
                corrects,
                balance: if rng.percent(70) { given } else { lpt(rng, 1_500) },
                block: Seq::new(block),
                block_hash: digest(rng),
                guard: rng.percent(10).then(|| owner(0xaa)),
                modules: if rng.percent(10) { vec![owner(0xab)] } else { Vec::new() },
                nonce: Seq::new(nonce),
                owners: vec![owner(0xa1), owner(0xa2), owner(0xa3)],
                singleton: owner(0xe4),
                source: Source::Attested,
                threshold: Count::new(1 + rng.small(3)),
            },
            rng,
        )
    }

    fn fund(&self, rng: &mut Rng) -> Asked {
        self.by_someone(
            RecordFunding {
                amount: lpt(rng, 600),
                log_index: Count::new(rng.small(3)),
                sender: rng.percent(50).then(|| any_address(rng)),
                source: Source::Attested,
                // Few enough that some come twice.
                tx_hash: Digest::sha256(&[&rng.below(1_000).to_be_bytes()]),
            },
            rng,
        )
    }

    /// Approved claims, mostly those whose waiting times are over, on the next nonce.
    fn propose(&self, rng: &mut Rng) -> Asked {
        let Some(next) = self.program.next_nonce() else { return self.observe(rng) };
        // Now and then another candidate for a nonce that is open, with some of the same lines.
        let open = self.open_nonces();
        let nonce = rng.pick(&open).copied().filter(|_| rng.percent(25)).unwrap_or(next);
        let patient = rng.percent(85);
        let stands = &self.held.stands;
        let claims = stands.approved.iter().chain(&stands.in_batch);
        let claims = claims.filter_map(|number| self.program.submission(*number).ok());
        let fits = |claim: &&Submission| match claim.stage {
            Stage::InBatch { nonce: held, .. } => held == nonce,
            _ => !patient || self.is_ready(claim),
        };
        let ready: Vec<&Submission> = claims.map(AsRef::as_ref).filter(fits).collect();
        if ready.is_empty() {
            return None;
        }
        let most = usize::try_from(self.program.policy_at(self.now).batch_lines.get()).ok()?.min(6);
        let start = rng.place(ready.len());
        let wanted = 1 + rng.place(most);
        let payouts: Vec<Payout> = (ready.iter().skip(start).take(wanted))
            .map(|claim| Payout {
                amount: claim.revision.amount,
                payee: claim.revision.payee,
                submission: claim.number,
            })
            .collect();
        let total = Amount::sum(payouts.iter().map(|payout| payout.amount))?;
        if self.program.payable_on(nonce).is_some_and(|payable| payable < total) && rng.percent(85) {
            return if rng.percent(50) { self.fund(rng) } else { self.observe(rng) };
        }
        let stale = self.program.observation().is_some_and(|seen| {
            self.now > seen.at.plus_hours(self.program.policy_at(self.now).observation_hours)
        });
        if stale && rng.percent(85) {
            return self.observe(rng);
        }
        let charter = self.program.charter();
        let (operation, to) = match payouts.len() {
            1 => (Operation::Call, charter.token),
            _ => (Operation::DelegateCall, charter.multi_send),
        };
        self.by_someone(
            ProposeBatch {
                beside: YesNo::from(self.program.nonce(nonce).is_some()),
                domain_hash: digest(rng),
                evidence_up: YesNo::from(rng.percent(93)),
                message_hash: digest(rng),
                nonce,
                operation,
                payouts,
                safe_tx_hash: digest(rng),
                to,
            },
            rng,
        )
    }

    fn is_ready(&self, claim: &Submission) -> bool {
        if claim.held_at(self.now).is_some() {
            return false;
        }
        let hours = self.program.rules_of(claim).objection_hours;
        let objected = claim.stage.decided_at().is_none_or(|decided| self.now < decided.plus_hours(hours));
        let payee = self.program.address(&claim.revision.payee);
        !objected
            && !self.is_awaited(claim.number)
            && payee.is_some_and(|payee| payee.usable_from <= self.now)
    }

    /// What there is always to ask: one more address.
    pub fn fallback(rng: &mut Rng) -> Command {
        any_record(rng).into()
    }
}
