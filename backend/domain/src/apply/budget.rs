//! The fold of the budget in motion and of fundings.

use std::sync::Arc;

use super::ApplyError;
use crate::command::{Allot, ChangeCap, ClosePeriod, MoveAllotment, RecordFunding};
use crate::event::Event;
use crate::funding::Funding;
use crate::period::{Closing, Period};
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{PeriodNumber, Seq};

impl Program {
    fn change_period(
        &mut self,
        number: PeriodNumber,
        change: impl FnOnce(&mut Period) -> Result<(), ApplyError>,
    ) -> Result<(), ApplyError> {
        let mut period = Period::clone(self.period(number)?);
        change(&mut period)?;
        self.periods.insert_mut(number, Arc::new(period));
        Ok(())
    }

    pub(super) fn fold_allotments(&mut self, asked: &Allot) -> Result<(), ApplyError> {
        self.change_period(asked.period, |period| {
            for allotment in &asked.allotments {
                period.allot(allotment.category, allotment.amount);
            }
            Ok(())
        })
    }

    pub(super) fn fold_move(&mut self, asked: &MoveAllotment) -> Result<(), ApplyError> {
        self.change_period(asked.period, |period| {
            let (from, to) = (period.allotment(asked.from), period.allotment(asked.to));
            let less = from.checked_sub(asked.amount).ok_or(Refusal::AmountTooLarge)?;
            let more = to.checked_add(asked.amount).ok_or(Refusal::AmountTooLarge)?;
            period.allot(asked.from, less);
            period.allot(asked.to, more);
            Ok(())
        })
    }

    pub(super) fn fold_cap(&mut self, asked: &ChangeCap) -> Result<(), ApplyError> {
        self.change_period(asked.period, |period| {
            period.cap = asked.cap;
            Ok(())
        })
    }

    pub(super) fn fold_closing(&mut self, event: &Event, asked: &ClosePeriod) -> Result<(), ApplyError> {
        let categories = self.categories().to_vec();
        self.change_period(asked.period, |period| {
            period.closing =
                Some(Closing { at: event.at, seq: event.seq, variance: asked.variance, categories });
            Ok(())
        })
    }

    pub(super) fn fold_funding(&mut self, seq: Seq, asked: &RecordFunding) {
        self.funded.insert_mut((asked.tx_hash, asked.log_index), seq);
        self.fundings.insert_mut(seq, Funding::of(asked));
    }

    pub(super) fn fold_withdrawal(&mut self, withdrawn: Seq, event: Seq) -> Result<(), ApplyError> {
        let funding = *self.funding(event)?;
        self.funded.remove_mut(&(funding.tx_hash, funding.log_index));
        self.fundings.insert_mut(event, Funding { withdrawn: Some(withdrawn), ..funding });
        Ok(())
    }
}
