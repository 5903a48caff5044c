//! Offers: bounties posted and ended, their slots taken and given back.

use domain::command::{Actor, CloseBounty, PostBounty, ReleaseSlot, TakeSlot};
use domain::event::Kind;
use domain::value::Count;
use domain::words::{Role, YesNo};

use super::commands::{Asked, Asking, FUNCTIONS};
use super::values::{digest, lpt, slug};
use crate::rng::Rng;

/// What somebody may want of an offer that is there.
#[derive(Clone, Copy)]
pub enum Offering {
    Take,
    GiveBack,
    Close,
}

impl Asking<'_> {
    pub fn post_bounty(&self, rng: &mut Rng) -> Asked {
        let probe = YesNo::from(rng.percent(15));
        let end = if probe == YesNo::Yes && rng.percent(80) { 3 } else { 15 };
        self.by_someone(
            PostBounty {
                brief: digest(rng),
                category: self.category(rng)?,
                closes_at: self.now.plus_hours(Count::new(24 + rng.small(300))),
                function: slug(rng.of(FUNCTIONS)),
                opens_at: self.now,
                period: self.period(rng)?,
                probe,
                reward: lpt(rng, end),
                slots: Count::new(1 + rng.small(3)),
                template: rng.percent(40).then(|| slug(rng.of(["host", "thread"]))),
            },
            rng,
        )
    }

    pub fn offer(&self, rng: &mut Rng, wish: Offering) -> Asked {
        let open = self.program.bounties().filter(|bounty| bounty.closed.is_none());
        let open: Vec<_> = open.filter(|bounty| self.now < bounty.closes_at).collect();
        match wish {
            Offering::Take => {
                let bounty = rng.pick(&open)?.number;
                let person = self.someone(rng, Kind::SlotTaken)?;
                let leads = self.program.member(person).is_ok_and(|member| member.holds(Role::Lead));
                let member = if leads && rng.percent(70) { self.any_member(rng) } else { None };
                Some((Actor::Member(person), TakeSlot { bounty, member }.into()))
            }
            Offering::GiveBack => {
                let free = |bounty: &&domain::bounty::Bounty| {
                    let unclaimed =
                        bounty.takes.iter().filter(|take| take.claim.is_none() && take.stands(self.now));
                    unclaimed.map(|take| (bounty.number, take.member)).collect::<Vec<_>>()
                };
                let taken: Vec<_> = open.iter().flat_map(free).collect();
                let (bounty, holder) = *rng.pick(&taken)?;
                if rng.percent(30) {
                    return self.by_someone(ReleaseSlot { bounty, member: Some(holder) }, rng);
                }
                Some((Actor::Member(holder), ReleaseSlot { bounty, member: None }.into()))
            }
            Offering::Close => {
                // Rather one that claims wait for: what it promises then is the question.
                let wanted: Vec<_> = open.iter().filter(|bounty| bounty.undecided > Count::ZERO).collect();
                let bounty = rng.pick(&wanted).copied().or_else(|| rng.pick(&open))?.number;
                self.by_someone(CloseBounty { bounty, reason: digest(rng) }, rng)
            }
        }
    }
}
