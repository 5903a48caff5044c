//! The budget in motion: caps, limits and allotments that change, periods that close, fundings that were wrong.

use domain::bounty::Bounty;
use domain::command::{Category, ChangeCap, ChangeLimits, ClosePeriod, MoveAllotment, WithdrawFunding};
use domain::period::Period;
use domain::value::{Amount, PeriodNumber, Seq, Slug};

use super::likely::{Asked, Asking, fresh_digest, lpt};
use super::rng::Rng;
use crate::common::slug;

impl Asking<'_> {
    pub(super) fn change_the_budget(&self, rng: &mut Rng) -> Asked {
        if let Some(period) = self.closable().filter(|_| rng.percent(70)) {
            return self.by_someone(ClosePeriod { period, variance: fresh_digest(rng) }, rng);
        }
        match rng.below(10) {
            0..=4 => self.move_allotment(rng),
            5..=6 => self.change_cap(rng),
            7..=8 => self.change_limits(rng),
            _ => {
                let period = self.period(rng)?;
                self.by_someone(ClosePeriod { period, variance: fresh_digest(rng) }, rng)
            }
        }
    }

    /// A period that nothing keeps from being closed.
    fn closable(&self) -> Option<PeriodNumber> {
        let open = |period: &Period| {
            let promises =
                |bounty: &Bounty| bounty.period == period.number && bounty.promised() != Some(Amount::ZERO);
            self.program.totals().undecided(period.number) == 0 && !self.program.bounties().any(promises)
        };
        let policy = self.program.policy_at(self.now);
        let over = |period: &&Period| !period.is_closed() && period.claims_until(policy) <= self.now;
        self.program.periods().filter(over).find(|period| open(period)).map(|period| period.number)
    }

    fn move_allotment(&self, rng: &mut Rng) -> Asked {
        let period = self.period(rng)?;
        let lines = self.program.categories().iter().map(|category| category.slug);
        let rich = lines.filter(|category| !self.program.available(period, *category).is_zero());
        let rich: Vec<Slug> = rich.collect();
        let from = rng.pick(&rich).copied().or_else(|| self.category(rng))?;
        let to = self.category(rng)?;
        let available = self.program.available(period, from);
        let amount = if rng.percent(60) { available.percent(rng.of([5, 20, 100]))? } else { lpt(rng, 30) };
        self.by_someone(MoveAllotment { amount, from, period, reason: fresh_digest(rng), to }, rng)
    }

    fn change_cap(&self, rng: &mut Rng) -> Asked {
        let period = self.period(rng)?;
        let cap = self.program.period(period).ok()?.cap;
        let step = lpt(rng, 60);
        let cap = if rng.percent(60) { cap.checked_add(step)? } else { cap.saturating_sub(step) };
        self.by_someone(ChangeCap { cap, period, reason: fresh_digest(rng) }, rng)
    }

    /// The program's cap goes up and down, the ranges too, and now and then there is a new category.
    fn change_limits(&self, rng: &mut Rng) -> Asked {
        let step = lpt(rng, 200);
        let cap = self.program.cap();
        let cap = if rng.percent(70) { cap.checked_add(step)? } else { cap.saturating_sub(step) };
        let known = *rng.pick(self.program.categories())?;
        let category = if rng.percent(20) {
            let slug: Slug = slug(rng.of(["travel", "prizes", "tools"]));
            Category { ceiling: lpt(rng, 20), floor: Amount::ZERO, slug }
        } else {
            let step = lpt(rng, 10);
            let raised = rng.percent(60);
            let change = |amount: Amount| {
                if raised { amount.checked_add(step) } else { Some(amount.saturating_sub(step)) }
            };
            Category { ceiling: change(known.ceiling)?, floor: change(known.floor)?, slug: known.slug }
        };
        let categories = if rng.percent(80) { vec![category] } else { Vec::new() };
        let cap = rng.percent(60).then_some(cap);
        self.by_someone(ChangeLimits { cap, categories, reason: fresh_digest(rng) }, rng)
    }

    pub(super) fn fund_or_withdraw(&self, rng: &mut Rng) -> Asked {
        let fundings: Vec<Seq> = self.program.fundings().map(|(event, _)| event).collect();
        if rng.percent(70) || fundings.is_empty() {
            return self.fund(rng);
        }
        let event = *rng.pick(&fundings)?;
        self.by_someone(WithdrawFunding { event, reason: Some(fresh_digest(rng)) }, rng)
    }
}
