//! Rows of the budget: ranges, periods, caps, allotments, fundings.

use domain::Program;
use domain::event::{Event, Fact};
use domain::value::{Digest, PeriodNumber, Seq, Slug};

use super::{Changes, int};
use crate::db::{Stored, rows};

impl Changes {
    pub(super) fn project_budget(&mut self, after: &Program, event: &Event) {
        match &event.fact {
            Fact::ProgramOpened { .. } => self.put_categories(after, event, |_| true),
            Fact::PeriodOpened { outcome, .. } => {
                self.put_period(after, event, outcome.period);
                self.put_cap(after, event, outcome.period, None);
            }
            Fact::Allotted { asked } => {
                for allotment in &asked.allotments {
                    self.put_allotment(after, event, (asked.period, allotment.category), asked.reason);
                }
            }
            Fact::AllotmentMoved { asked } => {
                for category in [asked.from, asked.to] {
                    self.put_allotment(after, event, (asked.period, category), Some(asked.reason));
                }
            }
            Fact::CapChanged { asked } => {
                self.put_period(after, event, asked.period);
                self.put_cap(after, event, asked.period, Some(asked.reason));
            }
            Fact::LimitsChanged { asked } => self.put_categories(after, event, |slug| {
                asked.categories.iter().any(|category| category.slug == slug)
            }),
            Fact::PeriodClosed { asked } => self.put_period(after, event, asked.period),
            _ => {}
        }
    }

    /// The ranges that an event sets, each at its category's place.
    pub(super) fn put_categories(&mut self, after: &Program, event: &Event, named: impl Fn(Slug) -> bool) {
        for (position, category) in (1..).zip(after.categories()).filter(|(_, category)| named(category.slug))
        {
            self.categories.push(rows::Category {
                program: event.program.store(),
                slug: category.slug.to_string(),
                seq: int(event.seq.get()),
                position,
                floor: category.floor.store(),
                ceiling: category.ceiling.store(),
            });
        }
    }

    pub(super) fn put_period(&mut self, after: &Program, event: &Event, number: PeriodNumber) {
        self.periods.extend(after.period(number).ok().map(|period| {
            let closing = period.closing.as_ref();
            rows::Period {
                program: event.program.store(),
                number: int(number.get()),
                kind: period.kind.to_string(),
                starts_at: period.starts_at.store(),
                ends_at: period.ends_at.store(),
                cap: period.cap.store(),
                seq: int(period.opened.get()),
                closed_seq: closing.map(|closing| int(closing.seq.get())),
                closed_at: closing.map(|closing| closing.at.store()),
                variance: closing.map(|closing| closing.variance.store()),
            }
        }));
    }

    pub(super) fn put_cap(
        &mut self,
        after: &Program,
        event: &Event,
        number: PeriodNumber,
        reason: Option<Digest>,
    ) {
        self.caps.extend(after.period(number).ok().map(|period| rows::Cap {
            program: event.program.store(),
            period: int(number.get()),
            seq: int(event.seq.get()),
            cap: period.cap.store(),
            reason: reason.map(|reason| reason.store()),
        }));
    }

    /// The version of an allotment that an event makes.
    pub(super) fn put_allotment(
        &mut self,
        after: &Program,
        event: &Event,
        (period, category): (PeriodNumber, Slug),
        reason: Option<Digest>,
    ) {
        let given = after.period(period).ok().and_then(|period| period.given(category).copied());
        self.allotments.extend(given.map(|given| rows::Allotment {
            program: event.program.store(),
            period: int(period.get()),
            category: category.to_string(),
            version: int(given.version),
            amount: given.amount.store(),
            seq: int(event.seq.get()),
            reason: reason.map(|reason| reason.store()),
        }));
    }

    /// A funding as it stands: recorded by one event, and perhaps withdrawn by another, which says why.
    pub(super) fn put_funding(&mut self, after: &Program, recorded: Seq, reason: Option<Digest>) {
        self.funding.extend(after.funding(recorded).ok().map(|funding| rows::Funding {
            program: after.id().store(),
            seq: int(recorded.get()),
            amount: funding.amount.store(),
            tx_hash: funding.tx_hash.store(),
            log_index: int(funding.log_index.get()),
            sender: funding.sender.map(|sender| sender.store()),
            source: funding.source.to_string(),
            withdrawn_seq: funding.withdrawn.map(|event| int(event.get())),
            reason: reason.map(|reason| reason.store()),
        }));
    }
}
