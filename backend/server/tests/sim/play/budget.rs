//! The budget in motion: caps, ranges and allotments that change, periods that close.

use domain::bounty::Bounty;
use domain::command::{Category, ChangeCap, ChangeLimits, ClosePeriod, MoveAllotment};
use domain::period::Period;
use domain::value::{Amount, PeriodNumber, Slug};

use super::commands::{Asked, Asking};
use super::values::{digest, lpt, slug};
use crate::rng::Rng;

impl Asking<'_> {
    pub fn change_the_budget(&self, rng: &mut Rng) -> Asked {
        match rng.below(10) {
            0..=4 => self.move_allotment(rng),
            5..=7 => self.change_cap(rng),
            _ => self.change_limits(rng),
        }
    }

    /// A period that nothing keeps from being closed.
    pub fn closable(&self) -> Option<PeriodNumber> {
        let policy = self.program.policy_at(self.now);
        let over = |period: &&Period| !period.is_closed() && period.claims_until(policy) <= self.now;
        let free = |period: &&Period| {
            let promises =
                |bounty: &Bounty| bounty.period == period.number && bounty.promised() != Some(Amount::ZERO);
            self.program.totals().undecided(period.number) == 0 && !self.program.bounties().any(promises)
        };
        self.program.periods().filter(over).find(free).map(|period| period.number)
    }

    pub fn close_period(&self, rng: &mut Rng) -> Asked {
        let period = self.closable().or_else(|| self.period(rng))?;
        self.by_someone(ClosePeriod { period, variance: digest(rng) }, rng)
    }

    fn move_allotment(&self, rng: &mut Rng) -> Asked {
        let period = self.period(rng)?;
        let lines = self.program.categories().iter().map(|category| category.slug);
        let rich: Vec<Slug> = lines.filter(|slug| !self.program.available(period, *slug).is_zero()).collect();
        let from = rng.pick(&rich).copied()?;
        let to = self.category(rng)?;
        let amount = self.program.available(period, from).percent(rng.of([5, 20, 100]))?;
        self.by_someone(MoveAllotment { amount, from, period, reason: digest(rng), to }, rng)
    }

    fn change_cap(&self, rng: &mut Rng) -> Asked {
        let period = self.period(rng)?;
        let cap = self.program.period(period).ok()?.cap;
        let step = lpt(rng, 60);
        let cap = if rng.percent(60) { cap.checked_add(step)? } else { cap.saturating_sub(step) };
        self.by_someone(ChangeCap { cap, period, reason: digest(rng) }, rng)
    }

    fn change_limits(&self, rng: &mut Rng) -> Asked {
        let step = lpt(rng, 200);
        let cap = self.program.cap();
        let cap = if rng.percent(80) { cap.checked_add(step)? } else { cap.saturating_sub(step) };
        let known = *rng.pick(self.program.categories())?;
        let range = if rng.percent(20) {
            Category { ceiling: lpt(rng, 20), floor: Amount::ZERO, slug: slug(rng.of(["travel", "prizes"])) }
        } else {
            let ceiling = known.ceiling.checked_add(lpt(rng, 10))?;
            Category { ceiling, floor: known.floor.percent(rng.of([50, 100]))?, slug: known.slug }
        };
        let categories = if rng.percent(80) { vec![range] } else { Vec::new() };
        let cap = rng.percent(60).then_some(cap);
        self.by_someone(ChangeLimits { cap, categories, reason: digest(rng) }, rng)
    }
}
