//! The fold of batches, of what became of them, and of LPT that moved without one.

use std::sync::Arc;

use super::{ApplyError, claims};
use crate::batch::{Batch, Effects, End, Found, How, Nonce, Signing, Voice};
use crate::command::{
    Actor, BatchProposed, Payout, ProposeBatch, ProposeRejection, RecordFinding, RecordSignature,
    SettleOutflow,
};
use crate::event::{Event, Fact};
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Payment, Sample, Stage, Submission};
use crate::suspense::{Explained, Refund, Unexplained};
use crate::value::{Amount, Digest, Seq, SubmissionNumber};
use crate::words::{FindingKind, Operation, Seconding, Source};

impl Program {
    pub(super) fn fold_chain(&mut self, event: &Event) -> Result<(), ApplyError> {
        match &event.fact {
            Fact::BatchProposed { asked, outcome } => self.fold_batch(event, asked, *outcome),
            Fact::RejectionProposed { asked, outcome } => self.fold_rejection(event, asked, *outcome),
            Fact::BatchExecuted { asked, outcome } => {
                let batch = self.batch(asked.batch).ok_or(Refusal::NoSuchBatch { batch: asked.batch })?;
                let (number, how) = (batch.nonce, How::Executed(batch.number));
                self.fold_word(event, number, how, (asked.tx_hash, asked.source), outcome.verdict)
            }
            Fact::NonceConsumed { asked, outcome } => {
                let how = How::Unpaid(asked.how);
                self.fold_word(event, asked.nonce, how, (asked.tx_hash, asked.source), outcome.verdict)
            }
            Fact::ExecutionWithdrawn { asked } => self.fold_reopening(event, asked.nonce),
            Fact::InflowRecorded { asked } => {
                self.funded.insert_mut((asked.tx_hash, asked.log_index), event.seq);
                self.suspense.insert_mut(event.seq, Unexplained::inflow(asked, event.at));
                Ok(())
            }
            Fact::OutflowRecorded { asked } => {
                self.funded.insert_mut((asked.tx_hash, asked.log_index), event.seq);
                self.suspense.insert_mut(event.seq, Unexplained::outflow(asked, event.at));
                Ok(())
            }
            Fact::RefundRecorded { asked } => {
                self.funded.insert_mut((asked.tx_hash, asked.log_index), event.seq);
                self.refunds.insert_mut(event.seq, Refund::of(asked));
                self.repay(event, asked.submission, |refunded| refunded.checked_add(asked.amount))
            }
            Fact::TransferWithdrawn { asked } => self.fold_withdrawn_transfer(event, asked.event),
            Fact::InflowClassified { asked, outcome } => {
                let explained = outcome.verdict == Seconding::Done;
                let amount = self.explain(event, asked.event, asked.submission, explained)?;
                match asked.submission.filter(|_| explained) {
                    Some(paid) => self.repay(event, paid, |refunded| refunded.checked_add(amount)),
                    None => Ok(()),
                }
            }
            Fact::OutflowSettled { asked, outcome } => {
                let explained = outcome.verdict == Seconding::Done;
                let amount = self.explain(event, asked.event, asked.submission, explained)?;
                if explained { self.settle(event, asked, amount) } else { Ok(()) }
            }
            Fact::WordConfirmed { asked } => self.fold_confirmation(asked.event),
            Fact::FindingRecorded { asked } => {
                let mut nonce = self.nonce_of(asked.nonce)?;
                let RecordFinding { finding, tx_hash, .. } = **asked;
                nonce.finding = Some(Found { event: event.seq, at: event.at, finding, tx_hash });
                nonce.voices.clear();
                self.put_nonce(nonce)
            }
            Fact::SignatureRecorded { asked } => self.fold_signature(event, asked),
            _ => Err(ApplyError::NotOnChain),
        }
    }

    fn fold_signature(&mut self, event: &Event, asked: &RecordSignature) -> Result<(), ApplyError> {
        let known = self.batch(asked.batch).cloned();
        let mut batch = known.ok_or(Refusal::NoSuchBatch { batch: asked.batch })?;
        batch.signings.push(Signing {
            event: event.seq,
            at: event.at,
            owner: asked.owner,
            form: asked.form,
            signature: asked.signature,
            contract: asked.contract.clone(),
        });
        self.batches.insert_mut(batch.number, Arc::new(batch));
        Ok(())
    }

    /// What a member stated was read on the chain: an end with what it paid again, or LPT that moved.
    fn fold_confirmation(&mut self, stated: Seq) -> Result<(), ApplyError> {
        let ended = |nonce: &&Nonce| nonce.end.as_ref().is_some_and(|end| end.event == stated);
        let nonce = self.nonces().find(ended).cloned();
        if let Some(mut nonce) = nonce {
            if let Some(end) = &mut nonce.end {
                end.source = Source::Chain;
            }
            self.put_nonce(nonce)?;
        }
        if let Some(mut funding) = self.fundings.get(&stated).copied() {
            funding.source = Source::Chain;
            self.fundings.insert_mut(stated, funding);
        }
        if let Some(mut refund) = self.refunds.get(&stated).copied() {
            refund.source = Source::Chain;
            self.refunds.insert_mut(stated, refund);
        }
        if let Some(mut item) = self.suspense.get(&stated).cloned() {
            item.source = Source::Chain;
            self.suspense.insert_mut(stated, item);
        }
        Ok(())
    }

    fn fold_batch(
        &mut self,
        event: &Event,
        asked: &ProposeBatch,
        outcome: BatchProposed,
    ) -> Result<(), ApplyError> {
        for payout in &asked.payouts {
            let (approvers, decided_at) = match &self.submission(payout.submission)?.stage {
                Stage::Approved { approvers, decided_at } => (approvers.clone(), *decided_at),
                Stage::InBatch { approvers, batch, decided_at, nonce }
                    if *nonce == asked.nonce && *batch < outcome.batch =>
                {
                    (approvers.clone(), *decided_at)
                }
                _ => return Err(ApplyError::Stage { submission: payout.submission }),
            };
            let stage = Stage::InBatch { approvers, batch: outcome.batch, decided_at, nonce: asked.nonce };
            self.restage(payout.submission, event.seq, stage)?;
        }
        self.put_batch(Batch {
            number: outcome.batch,
            nonce: asked.nonce,
            payouts: asked.payouts.clone(),
            total: outcome.total,
            to: asked.to,
            operation: asked.operation,
            domain_hash: asked.domain_hash,
            message_hash: asked.message_hash,
            safe_tx_hash: asked.safe_tx_hash,
            size: outcome.size,
            root: outcome.root,
            proposed: event.seq,
            proposed_at: event.at,
            signings: Vec::new(),
        })
    }

    fn fold_rejection(
        &mut self,
        event: &Event,
        asked: &ProposeRejection,
        outcome: BatchProposed,
    ) -> Result<(), ApplyError> {
        self.put_batch(Batch {
            number: outcome.batch,
            nonce: asked.nonce,
            payouts: Vec::new(),
            total: outcome.total,
            to: self.charter().safe,
            operation: Operation::Call,
            domain_hash: asked.domain_hash,
            message_hash: asked.message_hash,
            safe_tx_hash: asked.safe_tx_hash,
            size: outcome.size,
            root: outcome.root,
            proposed: event.seq,
            proposed_at: event.at,
            signings: Vec::new(),
        })
    }

    /// One more candidate; what was said of its nonce before has to be said again.
    fn put_batch(&mut self, batch: Batch) -> Result<(), ApplyError> {
        let known = self.nonce(batch.nonce).cloned();
        let mut nonce = known.unwrap_or_else(|| Nonce::unproposed(batch.nonce));
        nonce.candidates.push(batch.number);
        nonce.dearest = nonce.dearest.max(batch.total);
        nonce.voices.clear();
        self.batches.insert_mut(batch.number, Arc::new(batch));
        self.put_nonce(nonce)
    }

    fn put_nonce(&mut self, after: Nonce) -> Result<(), ApplyError> {
        let spoken_for = |nonce: &Nonce| if nonce.end.is_none() { nonce.dearest } else { Amount::ZERO };
        let before = self.nonce(after.number).map_or(Amount::ZERO, spoken_for);
        let rest = self.spoken_for.saturating_sub(before);
        self.spoken_for = rest.checked_add(spoken_for(&after)).ok_or(Refusal::AmountTooLarge)?;
        self.nonces.insert_mut(after.number, Arc::new(after));
        Ok(())
    }

    fn nonce_of(&self, number: Seq) -> Result<Nonce, Refusal> {
        self.nonce(number).cloned().ok_or(Refusal::NothingProposed { nonce: number })
    }

    fn fold_word(
        &mut self,
        event: &Event,
        number: Seq,
        how: How,
        (tx_hash, source): (Digest, Source),
        verdict: Seconding,
    ) -> Result<(), ApplyError> {
        let mut nonce = self.nonce_of(number)?;
        if verdict == Seconding::Counted {
            let member = claims::member(event)?;
            nonce.voices.push(Voice { member, seq: event.seq, says: (how, tx_hash) });
            return self.put_nonce(nonce);
        }
        let effects = self.effects(&nonce, how);
        let again = self.amount_of(&effects.again)?;
        if !again.is_zero() {
            self.suspense.insert_mut(event.seq, Unexplained::again(again, event.at, source, tx_hash));
        }
        for paid in &effects.paid {
            self.pay(event, *paid, how)?;
        }
        for returned in &effects.returned {
            let Stage::InBatch { approvers, decided_at, .. } = &self.submission(*returned)?.stage else {
                return Err(ApplyError::Stage { submission: *returned });
            };
            let stage = Stage::Approved { approvers: approvers.clone(), decided_at: *decided_at };
            self.restage(*returned, event.seq, stage)?;
        }
        nonce.voices.clear();
        nonce.end = Some(End { event: event.seq, at: event.at, how, source, tx_hash, effects });
        self.put_nonce(nonce)
    }

    fn pay(&mut self, event: &Event, number: SubmissionNumber, how: How) -> Result<(), ApplyError> {
        let submission = self.submission(number)?;
        let Stage::InBatch { approvers, decided_at, .. } = &submission.stage else {
            return Err(ApplyError::Stage { submission: number });
        };
        let batch = match how {
            How::Executed(batch) => Some(batch),
            How::Unpaid(_) => None,
        };
        let amount = submission.revision.amount;
        let payment = Payment { event: event.seq, at: event.at, amount, refunded: Amount::ZERO };
        let stage = Stage::Paid { approvers: approvers.clone(), batch, decided_at: *decided_at, payment };
        self.restage(number, event.seq, stage)
    }

    /// The nonce is open again, and its claims are in flight on it again.
    fn fold_reopening(&mut self, event: &Event, number: Seq) -> Result<(), ApplyError> {
        let mut nonce = self.nonce_of(number)?;
        // What contradicted the end that is gone has nothing left to contradict; a chain that changed shows all anew.
        // What else was found there, no member takes back with their own word of it.
        let contradicted = nonce.finding.is_some_and(|found| found.finding == FindingKind::Contradicted);
        if event.actor == Actor::System || contradicted {
            nonce.finding = None;
        }
        let Some(end) = nonce.end.take() else { return self.put_nonce(nonce) };
        let Effects { paid, again, returned } = end.effects;
        if !again.is_empty() {
            self.suspense.remove_mut(&end.event);
        }
        for number in paid.into_iter().chain(returned) {
            let (approvers, decided_at) = match &self.submission(number)?.stage {
                Stage::Approved { approvers, decided_at } | Stage::Paid { approvers, decided_at, .. } => {
                    (approvers.clone(), *decided_at)
                }
                _ => return Err(ApplyError::Stage { submission: number }),
            };
            let holds =
                |batch: &Batch| batch.payouts.iter().any(|payout: &Payout| payout.submission == number);
            let batches = nonce.candidates.iter().rev().filter_map(|batch| self.batch(*batch));
            let batch = batches.into_iter().find(|batch| holds(batch)).map(|batch| batch.number);
            let batch = batch.ok_or(ApplyError::Stage { submission: number })?;
            let stage = Stage::InBatch { approvers, batch, decided_at, nonce: nonce.number };
            self.restage(number, event.seq, stage)?;
        }
        self.put_nonce(nonce)
    }

    /// Counts what came back of a payment.
    fn repay(
        &mut self,
        event: &Event,
        number: SubmissionNumber,
        change: impl FnOnce(Amount) -> Option<Amount>,
    ) -> Result<(), ApplyError> {
        let mut after = Submission::clone(self.submission(number)?);
        let Stage::Paid { payment, .. } = &mut after.stage else {
            return Err(ApplyError::Stage { submission: number });
        };
        payment.refunded = change(payment.refunded).ok_or(Refusal::AmountTooLarge)?;
        self.put_submission(Submission { touched: event.seq, ..after })
    }

    /// One more word for what LPT in suspense was, and the last one if that explains it.
    fn explain(
        &mut self,
        event: &Event,
        transfer: Seq,
        submission: Option<SubmissionNumber>,
        explained: bool,
    ) -> Result<Amount, ApplyError> {
        let known = self.suspense.get(&transfer).cloned();
        let mut item = known.ok_or(Refusal::NoSuchTransfer { event: transfer })?;
        if explained {
            item.voices.clear();
            item.explained = Some(Explained { event: event.seq, submission });
        } else {
            let member = claims::member(event)?;
            item.voices.push(Voice { member, seq: event.seq, says: submission });
        }
        let amount = item.amount;
        self.suspense.insert_mut(transfer, item);
        Ok(amount)
    }

    /// A claim that another transaction than a batch paid.
    fn settle(&mut self, event: &Event, asked: &SettleOutflow, amount: Amount) -> Result<(), ApplyError> {
        let Some(number) = asked.submission else { return Ok(()) };
        let submission = self.submission(number)?;
        let (approvers, decided_at) = match &submission.stage {
            Stage::Approved { approvers, decided_at } | Stage::InBatch { approvers, decided_at, .. } => {
                (approvers.clone(), *decided_at)
            }
            _ => return Err(ApplyError::Stage { submission: number }),
        };
        let amount = amount.min(submission.revision.amount);
        let payment = Payment { event: event.seq, at: event.at, amount, refunded: Amount::ZERO };
        let stage = Stage::Paid { approvers, batch: None, decided_at, payment };
        let before = Submission::clone(submission);
        // It is too late for a second look.
        let sample = if before.sample == Sample::Awaited { Sample::Out } else { before.sample };
        self.put_submission(Submission { sample, stage, touched: event.seq, ..before })
    }

    fn fold_withdrawn_transfer(&mut self, event: &Event, transfer: Seq) -> Result<(), ApplyError> {
        let withdrawn = Some(event.seq);
        if let Some(refund) = self.refunds.get(&transfer).copied() {
            self.funded.remove_mut(&(refund.tx_hash, refund.log_index));
            self.refunds.insert_mut(transfer, Refund { withdrawn, ..refund });
            return self.repay(event, refund.submission, |refunded| refunded.checked_sub(refund.amount));
        }
        let known = self.suspense.get(&transfer).cloned();
        let mut item = known.ok_or(Refusal::NoSuchTransfer { event: transfer })?;
        if let Some(log_index) = item.log_index {
            self.funded.remove_mut(&(item.tx_hash, log_index));
        }
        item.voices.clear();
        item.withdrawn = withdrawn;
        self.suspense.insert_mut(transfer, item);
        Ok(())
    }
}
