//! What a receipt shows of the program's Safe and token, held against what events say.

use std::collections::{BTreeSet, HashMap};

use domain::Program;
use domain::batch::{Batch, How};
use domain::suspense::Direction;
use domain::value::{Address, Amount, BatchNumber, Digest, Seq, SubmissionNumber};
use domain::words::Consumption;
use safe::{Execution, LogError, Movement, Receipt, U256, Verdict, executions, movements, reconcile};
use thiserror::Error;

use super::claim::{Claim, Ended, Moved, What};
use super::logged;
use crate::payment::{account, transfers};

/// Why a receipt does not show what an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum Unshown {
    #[error(transparent)]
    Logs(#[from] LogError),
    #[error("the receipt is of transaction 0x{found}, and the event speaks of 0x{stated}")]
    OtherTransaction { found: Digest, stated: Digest },
    #[error("the transaction reverted, so that nothing of it happened")]
    Reverted,
    #[error("its log {index} is no transfer of the token by or to the Safe")]
    NoTransfer { index: u64 },
    #[error("its log {index} moves {amount} LPT from {from} to {to}, and the event says otherwise")]
    OtherTransfer { index: u64, amount: Amount, from: Address, to: Address },
    #[error("its log {index} pays a line of batch {batch}, which the journal counts as executed there")]
    CountedTwice { index: u64, batch: BatchNumber },
    #[error("the Safe did not run batch {batch} in it")]
    NotRun { batch: BatchNumber },
    #[error("batch {batch} failed in it and paid nobody")]
    Failed { batch: BatchNumber },
    #[error("what batch {batch} moved in it is not its lines to the wei")]
    Unequal { batch: BatchNumber },
    #[error("no batch on nonce {nonce} failed in it")]
    NothingFailed { nonce: Seq },
    #[error("the Safe ran batch {batch} in it, and no other transaction instead")]
    RanOwn { batch: BatchNumber },
    #[error("the Safe ran nothing in it that may have consumed nonce {nonce}")]
    NothingConsumed { nonce: Seq },
    #[error("a transaction of others in it pays what a line of nonce {nonce} would pay")]
    PaidElsewhere { nonce: Seq },
    #[error("no transaction of others in it pays what a line of nonce {nonce} would pay")]
    NothingElsewhere { nonce: Seq },
    #[error("no batch on nonce {nonce} moved anything else in it than its lines")]
    NothingMismatched { nonce: Seq },
    #[error("it shows the end of nonce {nonce} as members attested it")]
    AsStated { nonce: Seq },
}

/// A receipt, read with a program in mind.
pub(super) struct Shown<'a> {
    receipt: Receipt,
    program: &'a Program,
    batches: &'a HashMap<Digest, BatchNumber>,
    executions: Vec<Execution>,
    movements: Vec<Movement>,
    /// Of executions, where the Safe logged them.
    nonces: HashMap<Digest, U256>,
}

/// What the Safe ran on a nonce, or may have: a batch, or a transaction of others.
struct Ran<'a> {
    execution: &'a Execution,
    batch: Option<&'a Batch>,
}

impl Ran<'_> {
    fn pays_any_of(&self, lines: &BTreeSet<(Address, Amount)>) -> bool {
        self.execution.outgoing.iter().any(|transfer| lines.contains(&(transfer.to, transfer.amount)))
    }
}

impl<'a> Shown<'a> {
    /// `batches` are those of the program by their safeTxHash.
    ///
    /// # Errors
    /// Logs of the Safe or the token that cannot be true.
    pub(super) fn new(
        receipt: Receipt,
        program: &'a Program,
        batches: &'a HashMap<Digest, BatchNumber>,
    ) -> Result<Self, LogError> {
        let charter = program.charter();
        let executions = executions(&receipt, &charter.safe, &charter.token)?;
        let movements = movements(&receipt, &charter.safe, &charter.token)?;
        // A version that is not known has findings of its own.
        let nonces = account(charter).map(|safe| logged::nonces(&receipt, &safe)).unwrap_or_default();
        Ok(Self { receipt, program, batches, executions, movements, nonces })
    }

    /// Whether it shows what an event says.
    pub(super) fn check(&self, claim: &Claim) -> Result<(), Unshown> {
        let (found, stated) = (self.receipt.tx_hash, claim.tx_hash);
        if found != stated {
            return Err(Unshown::OtherTransaction { found, stated });
        }
        match &claim.what {
            What::Moved(moved) => self.moved(moved),
            What::Ended(ended) => self.ended(ended, claim.seq),
            What::Mismatched(nonce) => self.mismatched(*nonce, claim.seq),
            What::Elsewhere(nonce) => self.elsewhere(*nonce, claim.seq),
            What::Contradicted { stated, tx_hash } => self.contradicted(stated, *tx_hash, claim.seq),
        }
    }

    fn moved(&self, moved: &Moved) -> Result<(), Unshown> {
        let index = u64::from(moved.log_index.get());
        let place = self.movements.binary_search_by_key(&index, |movement| movement.index);
        let movement = place.ok().and_then(|place| self.movements.get(place));
        let movement = movement.ok_or(Unshown::NoTransfer { index })?;
        let Movement { from, to, amount, .. } = *movement;
        let (own, other) = match moved.direction {
            Direction::In => (to, from),
            Direction::Out => (from, to),
        };
        let safe = self.program.charter().safe;
        let is_it = own == safe && amount == moved.amount;
        if !is_it || movement.is_to_self() || moved.counterpart.is_some_and(|stated| stated != other) {
            return Err(Unshown::OtherTransfer { index, amount, from, to });
        }
        let stands = self.program.recorded(self.receipt.tx_hash, moved.log_index) == Some(moved.event);
        match self.counted(movement)? {
            Some(batch) if stands => Err(Unshown::CountedTwice { index, batch }),
            Some(_) | None => Ok(()),
        }
    }

    /// The batch of which a transfer pays a line, if the journal has it that this transaction executed it.
    fn counted(&self, movement: &Movement) -> Result<Option<BatchNumber>, LogError> {
        let execution = self.executions.iter().find(|execution| Some(execution.index) == movement.execution);
        let Some(batch) = execution.and_then(|execution| self.batch_of(execution, self.program.size()))
        else {
            return Ok(None);
        };
        let end = self.program.nonce(batch.nonce).and_then(|nonce| nonce.end.as_ref());
        let executed = end
            .is_some_and(|end| end.how == How::Executed(batch.number) && end.tx_hash == self.receipt.tx_hash);
        Ok(match self.verdict(batch)? {
            Verdict::Matched(payment) if executed => {
                payment.logs.contains(&movement.index).then_some(batch.number)
            }
            Verdict::Matched(_)
            | Verdict::Reverted
            | Verdict::NotFound
            | Verdict::Failed { .. }
            | Verdict::Mismatch(_) => None,
        })
    }

    fn verdict(&self, batch: &Batch) -> Result<Verdict, LogError> {
        let (charter, lines) = (self.program.charter(), transfers(&batch.payouts));
        reconcile(&self.receipt, &charter.safe, &charter.token, &batch.safe_tx_hash, &lines)
    }

    /// The batch that was executed, if there was one before an event.
    fn batch_of(&self, execution: &Execution, before: Seq) -> Option<&'a Batch> {
        let batch = self.program.batch(*self.batches.get(&execution.safe_tx_hash)?)?;
        (batch.proposed < before).then_some(batch)
    }

    /// What the Safe ran on a nonce, as far as that can be known: batches are of the nonces that they were proposed
    /// for, others of any, unless the Safe logged which.
    fn ran_on(&self, nonce: Seq, before: Seq) -> impl Iterator<Item = Ran<'_>> {
        self.executions.iter().filter_map(move |execution| {
            let batch = self.batch_of(execution, before);
            let may_be = match batch {
                Some(batch) => batch.nonce == nonce,
                None => self
                    .nonces
                    .get(&execution.safe_tx_hash)
                    .is_none_or(|logged| *logged == U256::from(nonce.get())),
            };
            may_be.then_some(Ran { execution, batch })
        })
    }

    /// The lines of what was proposed for a nonce before an event, of these claims only, in the order of their
    /// numbers, if any are given.
    fn lines(&self, nonce: Seq, before: Seq, of: Option<&[SubmissionNumber]>) -> BTreeSet<(Address, Amount)> {
        let candidates = self.program.nonce(nonce).map_or(&[][..], |nonce| &nonce.candidates);
        let batches = candidates.iter().filter_map(|number| self.program.batch(*number));
        let lines = batches.filter(|batch| batch.proposed < before).flat_map(|batch| &batch.payouts);
        let wanted =
            lines.filter(|line| of.is_none_or(|claims| claims.binary_search(&line.submission).is_ok()));
        wanted.map(|line| (line.payee, line.amount)).collect()
    }

    fn ended(&self, ended: &Ended, before: Seq) -> Result<(), Unshown> {
        let nonce = ended.nonce;
        match ended.how {
            How::Executed(number) => self.executed(number),
            How::Unpaid(Consumption::Failed) => {
                let failed = |ran: Ran<'_>| ran.batch.is_some() && !ran.execution.success;
                let any = self.ran_on(nonce, before).any(failed);
                if any { Ok(()) } else { Err(Unshown::NothingFailed { nonce }) }
            }
            How::Unpaid(Consumption::Replaced) => self.replaced(ended, before),
            // Two persons say so on a finding that was one or the other.
            How::Unpaid(Consumption::Mismatched) => {
                self.mismatched(nonce, before).or_else(|_| self.elsewhere(nonce, before))
            }
        }
    }

    fn executed(&self, number: BatchNumber) -> Result<(), Unshown> {
        let batch = self.program.batch(number).ok_or(Unshown::NotRun { batch: number })?;
        match self.verdict(batch)? {
            Verdict::Matched(_) => Ok(()),
            Verdict::Reverted => Err(Unshown::Reverted),
            Verdict::NotFound => Err(Unshown::NotRun { batch: number }),
            Verdict::Failed { .. } => Err(Unshown::Failed { batch: number }),
            Verdict::Mismatch(_) => Err(Unshown::Unequal { batch: number }),
        }
    }

    /// A transaction of others took the nonce, and paid nothing of what was in flight on it.
    fn replaced(&self, ended: &Ended, before: Seq) -> Result<(), Unshown> {
        let nonce = ended.nonce;
        let lines = self.lines(nonce, before, Some(&ended.returned));
        let mut consumed = Err(Unshown::NothingConsumed { nonce });
        for ran in self.ran_on(nonce, before) {
            if let Some(batch) = ran.batch {
                return Err(Unshown::RanOwn { batch: batch.number });
            }
            if ran.pays_any_of(&lines) {
                return Err(Unshown::PaidElsewhere { nonce });
            }
            consumed = Ok(());
        }
        consumed
    }

    fn mismatched(&self, nonce: Seq, before: Seq) -> Result<(), Unshown> {
        for batch in self.ran_on(nonce, before).filter_map(|ran| ran.batch) {
            if matches!(self.verdict(batch)?, Verdict::Mismatch(_)) {
                return Ok(());
            }
        }
        Err(Unshown::NothingMismatched { nonce })
    }

    fn elsewhere(&self, nonce: Seq, before: Seq) -> Result<(), Unshown> {
        let lines = self.lines(nonce, before, None);
        let paid = self.ran_on(nonce, before).any(|ran| ran.batch.is_none() && ran.pays_any_of(&lines));
        if paid { Ok(()) } else { Err(Unshown::NothingElsewhere { nonce }) }
    }

    /// The very transaction that was named did something else, or another one gave the nonce its end.
    fn contradicted(&self, stated: &Ended, tx_hash: Digest, before: Seq) -> Result<(), Unshown> {
        let nonce = stated.nonce;
        let named = self.receipt.tx_hash == tx_hash;
        if named && self.ended(stated, before).is_ok() {
            return Err(Unshown::AsStated { nonce });
        }
        if named || self.ran_on(nonce, before).next().is_some() {
            Ok(())
        } else {
            Err(Unshown::NothingConsumed { nonce })
        }
    }
}
