//! Commands that look at the state, so that most of them pass: whole lives of claims, by people who may.

use domain::Program;
use domain::command::{Actor, AddMember, Allot, Allotment, GrantRole, OpenPeriod, RevokeRole};
use domain::event::{Command, Kind};
use domain::permission::{Allowed, allowed};
use domain::value::{Address, Amount, Count, MemberNumber, PeriodNumber, Slug, Timestamp};
use domain::words::{PeriodKind, Role};

use super::chain::Happening;
use super::disputes::Dispute;
use super::ledger::Held;
use super::offers::Offering;
use super::people::any_record;
use super::reading::Reading;
use super::values::{digest, lpt};
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
    Read(Reading),
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
            (2, Wish::Happen(Happening::Reject)),
            (many(stands.in_batch.len(), 5), Wish::Happen(Happening::End)),
            (if self.is_contradicted() { 6 } else { 1 }, Wish::Happen(Happening::TakeBackEnd)),
            (1, Wish::Happen(Happening::Inflow)),
            (1, Wish::Happen(Happening::Outflow)),
            (if self.is_stopped() { 12 } else { 3 }, Wish::Happen(Happening::Explain)),
            (2, Wish::Happen(Happening::Refund)),
            (1, Wish::Happen(Happening::TakeBack)),
            (if stands.in_batch.is_empty() { 0 } else { 4 }, Wish::Read(Reading::Sign)),
            (2, Wish::Read(Reading::Confirm)),
            (u64::from(!stands.in_batch.is_empty()), Wish::Read(Reading::Find)),
            (1, Wish::Read(Reading::Unfind)),
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
            Wish::Read(reading) => self.read(rng, reading),
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

    /// What there is always to ask: one more address.
    pub fn fallback(rng: &mut Rng) -> Command {
        any_record(rng).into()
    }
}
