//! Rows of the Safe, its batches, and the claims that the chain touches.

use std::collections::BTreeSet;

use domain::Program;
use domain::command::ObserveSafe;
use domain::event::{Event, Fact};
use domain::value::{BatchNumber, Seq, SubmissionNumber};
use domain::words::Operation;

use super::{Changes, int, list};
use crate::db::{Stored, rows};

impl Changes {
    pub(super) fn project_chain(&mut self, before: Option<&Program>, after: &Program, event: &Event) {
        match &event.fact {
            Fact::SafeObserved { asked } => self.put_observation(event, asked),
            Fact::FundingRecorded { .. } => self.put_funding(after, event.seq, None),
            Fact::FundingWithdrawn { asked } => self.put_funding(after, asked.event, asked.reason),
            Fact::WordConfirmed { asked } => self.put_funding(after, asked.event, None),
            Fact::BatchProposed { asked, outcome } => {
                self.put_batch(after, event, outcome.batch);
                for payout in &asked.payouts {
                    self.put_submission(before, after, event, payout.submission);
                }
            }
            Fact::RejectionProposed { outcome, .. } => self.put_batch(after, event, outcome.batch),
            Fact::BatchExecuted { asked, .. } => {
                let nonce = after.batch(asked.batch).map(|batch| batch.nonce);
                self.put_nonce(before, after, event, nonce);
            }
            Fact::NonceConsumed { asked, .. } => self.put_nonce(before, after, event, Some(asked.nonce)),
            Fact::ExecutionWithdrawn { asked } => self.put_nonce(before, after, event, Some(asked.nonce)),
            Fact::RefundRecorded { asked } => self.put_submission(before, after, event, asked.submission),
            Fact::TransferWithdrawn { asked } => {
                let refund = after.refunds().find(|(recorded, _)| *recorded == asked.event);
                if let Some((_, refund)) = refund {
                    self.put_submission(before, after, event, refund.submission);
                }
            }
            Fact::InflowClassified { asked, .. } => {
                if let Some(submission) = asked.submission {
                    self.put_submission(before, after, event, submission);
                }
            }
            Fact::OutflowSettled { asked, .. } => {
                if let Some(submission) = asked.submission {
                    self.put_submission(before, after, event, submission);
                }
            }
            _ => {}
        }
    }

    fn put_observation(&mut self, event: &Event, asked: &ObserveSafe) {
        self.observations.push(rows::Observation {
            program: event.program.store(),
            seq: int(event.seq.get()),
            block: int(asked.block.get()),
            block_hash: asked.block_hash.store(),
            at: event.at.store(),
            nonce: int(asked.nonce.get()),
            owners: list(&asked.owners),
            threshold: int(asked.threshold.get()),
            singleton: asked.singleton.store(),
            modules: list(&asked.modules),
            guard: asked.guard.map(|guard| guard.store()),
            balance: asked.balance.store(),
            source: asked.source.to_string(),
        });
    }

    fn put_batch(&mut self, after: &Program, event: &Event, number: BatchNumber) {
        let Some(batch) = after.batch(number) else { return };
        let (program, number) = (event.program.store(), int(number.get()));
        self.batches.push(rows::Batch {
            program: program.clone(),
            number,
            nonce: int(batch.nonce.get()),
            total: batch.total.store(),
            safe_to: batch.to.store(),
            operation: match batch.operation {
                Operation::Call => 0,
                Operation::DelegateCall => 1,
            },
            domain_hash: batch.domain_hash.store(),
            message_hash: batch.message_hash.store(),
            safe_tx_hash: batch.safe_tx_hash.store(),
            proposed_at: event.at.store(),
            size: int(batch.size.get()),
            root: batch.root.store(),
            seq: int(event.seq.get()),
        });
        self.payouts.extend((1..).zip(&batch.payouts).map(|(line, payout)| rows::Payout {
            program: program.clone(),
            batch: number,
            line,
            submission: int(payout.submission.get()),
            payee: payout.payee.store(),
            amount: payout.amount.store(),
        }));
    }

    /// The claims of all candidates for a nonce.
    fn put_nonce(&mut self, before: Option<&Program>, after: &Program, event: &Event, nonce: Option<Seq>) {
        let candidates = nonce.and_then(|nonce| after.nonce(nonce)).map(|nonce| &nonce.candidates);
        let batches = candidates.into_iter().flatten().filter_map(|batch| after.batch(*batch));
        let claims: BTreeSet<SubmissionNumber> =
            batches.flat_map(|batch| &batch.payouts).map(|payout| payout.submission).collect();
        for claim in claims {
            let touched = after.submission(claim).is_ok_and(|claim| claim.touched == event.seq);
            if touched {
                self.put_submission(before, after, event, claim);
            }
        }
    }
}
