//! What a transaction on the chain means for the books: the commands that are still missing in them.
//!
//! Pure. The list is made anew after each command that was written, so a reading that was cut off goes on where it
//! was, and one that is repeated finds nothing to do.

use domain::Program;
use domain::batch::{Batch, End, How, Nonce};
use domain::command::{
    AttestExecution, ConfirmWord, ConsumeNonce, RecordFinding, RecordFunding, RecordInflow, RecordOutflow,
    WithdrawExecution, WithdrawFunding, WithdrawTransfer,
};
use domain::event::Command;
use domain::suspense::Direction;
use domain::value::{Address, Amount, Count, Digest, Seq};
use domain::words::{Consumption, FindingKind, Source};
use safe::execution::{Execution, Movement, executions, movements};
use safe::receipt::Receipt;
use safe::reconcile::{Verdict, reconcile};
use verify::payment::transfers;

use super::fault::ReadFault;

/// What the chain shows to have become of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// The nonce has this end.
    Ended(How),
    /// People have to say what it was.
    Found(FindingKind),
}

/// A transaction that moved LPT into or out of the Safe, or in which the Safe executed something.
#[derive(Debug)]
pub(super) struct Happened {
    receipt: Receipt,
    /// The document that holds the receipt.
    document: Digest,
    executions: Vec<(Seq, Execution)>,
    movements: Vec<Movement>,
}

impl Happened {
    /// Reads a receipt; `nonce` is that of the Safe before it, if it executed anything.
    ///
    /// # Errors
    /// Logs of the Safe or the token that cannot be true.
    pub(super) fn read(
        program: &Program,
        receipt: Receipt,
        document: Digest,
        nonce: Seq,
    ) -> Result<Self, ReadFault> {
        let (safe, token) = (&program.charter().safe, &program.charter().token);
        let fault = |error| ReadFault::Logs { transaction: receipt.tx_hash, error };
        let executed = executions(&receipt, safe, token).map_err(fault)?;
        let numbers = (nonce.get()..).map(Seq::new);
        let (executions, movements) =
            (numbers.zip(executed).collect(), movements(&receipt, safe, token).map_err(fault)?);
        Ok(Self { receipt, document, executions, movements })
    }

    /// The commands that the books still lack, in the order in which they can be written.
    ///
    /// # Errors
    /// Logs that cannot be true.
    pub(super) fn missing(&self, program: &Program) -> Result<Vec<Command>, ReadFault> {
        let safe = program.charter().safe;
        let mut missing = Vec::new();
        let moved = |movement: &&Movement| !movement.amount.is_zero() && !movement.is_to_self();
        // What came in may be what is paid.
        for movement in self.movements.iter().filter(moved).filter(|movement| movement.to == safe) {
            missing.extend(self.came_in(program, movement));
        }
        let mut paid = Vec::new();
        for (number, execution) in &self.executions {
            self.check_number(program, *number, &execution.safe_tx_hash)?;
            let Some(nonce) = program.nonce(*number) else { continue };
            let truth = self.truth(program, nonce, execution, &mut paid)?;
            missing.extend(self.ended(program, nonce, truth));
        }
        for movement in self.movements.iter().filter(moved).filter(|movement| movement.from == safe) {
            missing.extend(self.went_out(program, movement, paid.contains(&movement.index)));
        }
        Ok(missing)
    }

    /// A transaction of ours was executed on its own nonce: if another is counted, logs were left out.
    fn check_number(&self, program: &Program, counted: Seq, hash: &Digest) -> Result<(), ReadFault> {
        match program.batches().find(|batch| batch.safe_tx_hash == *hash) {
            Some(batch) if batch.nonce != counted => {
                let transaction = self.receipt.tx_hash;
                Err(ReadFault::Misnumbered { transaction, counted, nonce: batch.nonce })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What an execution was; the logs that paid lines go into `paid`.
    fn truth(
        &self,
        program: &Program,
        nonce: &Nonce,
        execution: &Execution,
        paid: &mut Vec<u64>,
    ) -> Result<Truth, ReadFault> {
        let Some(batch) = candidate(program, nonce, &execution.safe_tx_hash) else {
            let pays = pays_a_line(program, nonce, &execution.outgoing);
            return Ok(if pays {
                Truth::Found(FindingKind::Elsewhere)
            } else {
                Truth::Ended(How::Unpaid(Consumption::Replaced))
            });
        };
        let charter = program.charter();
        let lines = transfers(&batch.payouts);
        let verdict =
            reconcile(&self.receipt, &charter.safe, &charter.token, &execution.safe_tx_hash, &lines)
                .map_err(|error| ReadFault::Logs { transaction: self.receipt.tx_hash, error })?;
        Ok(match verdict {
            Verdict::Matched(payment) => {
                paid.extend(payment.logs);
                Truth::Ended(How::Executed(batch.number))
            }
            Verdict::Failed { .. } => Truth::Ended(How::Unpaid(Consumption::Failed)),
            Verdict::Mismatch(_) | Verdict::Reverted | Verdict::NotFound => {
                Truth::Found(FindingKind::Mismatched)
            }
        })
    }

    /// What brings the books to the truth about a nonce.
    fn ended(&self, program: &Program, nonce: &Nonce, truth: Truth) -> Vec<Command> {
        let tx_hash = self.receipt.tx_hash;
        match (&nonce.end, nonce.finding) {
            (Some(end), _) if self.agrees(end, nonce, truth) => self.confirmed(program, end.event),
            (Some(_), Some(found)) if found.tx_hash == tx_hash => Vec::new(),
            (Some(_), _) => vec![
                WithdrawExecution { nonce: nonce.number, reason: None }.into(),
                self.found(nonce.number, FindingKind::Contradicted),
            ],
            (None, Some(found)) if found.tx_hash == tx_hash => Vec::new(),
            (None, Some(_)) => vec![WithdrawExecution { nonce: nonce.number, reason: None }.into()],
            (None, None) => vec![self.end_of(nonce.number, truth)],
        }
    }

    fn end_of(&self, nonce: Seq, truth: Truth) -> Command {
        let (receipt, source, tx_hash) = (Some(self.document), Source::Chain, self.receipt.tx_hash);
        match truth {
            Truth::Ended(How::Executed(batch)) => AttestExecution { batch, receipt, source, tx_hash }.into(),
            Truth::Ended(How::Unpaid(how)) => {
                ConsumeNonce { how, nonce, reason: None, receipt, source, tx_hash }.into()
            }
            Truth::Found(finding) => self.found(nonce, finding),
        }
    }

    fn found(&self, nonce: Seq, finding: FindingKind) -> Command {
        let (receipt, tx_hash) = (self.document, self.receipt.tx_hash);
        RecordFinding { finding, nonce, receipt, tx_hash }.into()
    }

    /// Whether the end in the books is what the chain shows. What people said of a finding, they have settled.
    fn agrees(&self, end: &End, nonce: &Nonce, truth: Truth) -> bool {
        let settled = end.how == How::Unpaid(Consumption::Mismatched) && matches!(truth, Truth::Found(_));
        let found = nonce.finding.is_some_and(|found| found.tx_hash == self.receipt.tx_hash);
        (truth == Truth::Ended(end.how) && end.tx_hash == self.receipt.tx_hash) || (settled && found)
    }

    /// The word of a member becomes what the chain shows; what the ledger read needs nothing.
    fn confirmed(&self, program: &Program, event: Seq) -> Vec<Command> {
        match program.stated(event) {
            Some(Source::Attested) => vec![ConfirmWord { event, receipt: self.document }.into()],
            Some(Source::Chain) | None => Vec::new(),
        }
    }

    fn came_in(&self, program: &Program, movement: &Movement) -> Vec<Command> {
        let (tx_hash, amount, source) = (self.receipt.tx_hash, movement.amount, Source::Chain);
        let (sender, receipt) = (Some(movement.from), Some(self.document));
        let Some(log_index) = place(movement) else { return Vec::new() };
        if let Some(event) = program.recorded(tx_hash, log_index) {
            return self.compared(program, event, Some(Direction::In), movement.from, amount);
        }
        if program.is_funder(&movement.from) {
            return vec![RecordFunding { amount, log_index, receipt, sender, source, tx_hash }.into()];
        }
        vec![RecordInflow { amount, log_index, receipt, sender, source, tx_hash }.into()]
    }

    fn went_out(&self, program: &Program, movement: &Movement, paid: bool) -> Vec<Command> {
        let (tx_hash, amount, source) = (self.receipt.tx_hash, movement.amount, Source::Chain);
        let Some(log_index) = place(movement) else { return Vec::new() };
        let wanted = if paid { None } else { Some(Direction::Out) };
        if let Some(event) = program.recorded(tx_hash, log_index) {
            return self.compared(program, event, wanted, movement.to, amount);
        }
        if paid {
            return Vec::new();
        }
        let (recipient, receipt) = (Some(movement.to), Some(self.document));
        vec![RecordOutflow { amount, log_index, receipt, recipient, source, tx_hash }.into()]
    }

    /// A transfer that is in the books: confirmed if it is what the chain shows, taken back if not. With no direction
    /// it belongs to a batch, and should not be in them by itself.
    pub(super) fn compared(
        &self,
        program: &Program,
        event: Seq,
        direction: Option<Direction>,
        counterpart: Address,
        amount: Amount,
    ) -> Vec<Command> {
        let Some(told) = Told::of(program, event) else { return Vec::new() };
        let same = direction == Some(told.direction)
            && told.amount == amount
            && told.counterpart.is_none_or(|named| named == counterpart);
        if same { self.confirmed(program, event) } else { vec![told.taken_back(event)] }
    }

    /// What brings one transfer in the books to the truth. What pays a line of a batch is none beside it.
    ///
    /// # Errors
    /// Logs that cannot be true.
    pub(super) fn checked(&self, program: &Program, event: Seq) -> Result<Vec<Command>, ReadFault> {
        let Some(told) = Told::of(program, event) else { return Ok(Vec::new()) };
        let mut paid = Vec::new();
        for (_, execution) in &self.executions {
            let batch = program.batches().find(|batch| batch.safe_tx_hash == execution.safe_tx_hash);
            if let Some(nonce) = batch.and_then(|batch| program.nonce(batch.nonce)) {
                self.truth(program, nonce, execution, &mut paid)?;
            }
        }
        let found = self.movements.iter().find(|movement| place(movement) == told.log_index);
        let safe = program.charter().safe;
        Ok(match found.filter(|movement| !movement.is_to_self()) {
            Some(movement) if movement.to == safe => {
                self.compared(program, event, Some(Direction::In), movement.from, movement.amount)
            }
            Some(movement) => {
                let direction = if paid.contains(&movement.index) { None } else { Some(Direction::Out) };
                self.compared(program, event, direction, movement.to, movement.amount)
            }
            None => vec![told.taken_back(event)],
        })
    }

    /// Whether the Safe executed something here that ends a nonce in this way.
    pub(super) fn shows_end(&self, program: &Program, how: How) -> bool {
        self.executions.iter().any(|(_, execution)| match how {
            How::Executed(batch) => {
                program.batch(batch).is_some_and(|batch| batch.safe_tx_hash == execution.safe_tx_hash)
            }
            How::Unpaid(_) => true,
        })
    }
}

/// A transfer as the books tell it.
struct Told {
    amount: Amount,
    counterpart: Option<Address>,
    direction: Direction,
    log_index: Option<Count>,
    funding: bool,
}

impl Told {
    fn of(program: &Program, event: Seq) -> Option<Self> {
        if let Ok(funding) = program.funding(event) {
            let (amount, counterpart, log_index) = (funding.amount, funding.sender, Some(funding.log_index));
            return Some(Self { amount, counterpart, direction: Direction::In, log_index, funding: true });
        }
        if let Some((_, refund)) = program.refunds().find(|(recorded, _)| *recorded == event) {
            let (amount, counterpart, log_index) = (refund.amount, refund.sender, Some(refund.log_index));
            return Some(Self { amount, counterpart, direction: Direction::In, log_index, funding: false });
        }
        let (_, item) = program.suspense().find(|(recorded, _)| *recorded == event)?;
        Some(Self {
            amount: item.amount,
            counterpart: item.counterpart,
            direction: item.direction,
            log_index: item.log_index,
            funding: false,
        })
    }

    fn taken_back(&self, event: Seq) -> Command {
        taken_back(event, self.funding)
    }
}

/// What takes a transfer out of the books again.
pub(super) fn taken_back(event: Seq, funding: bool) -> Command {
    if funding {
        WithdrawFunding { event, reason: None }.into()
    } else {
        WithdrawTransfer { event, reason: None }.into()
    }
}

fn place(movement: &Movement) -> Option<Count> {
    u32::try_from(movement.index).ok().map(Count::new)
}

fn candidate<'a>(program: &'a Program, nonce: &Nonce, hash: &Digest) -> Option<&'a Batch> {
    let mut candidates = nonce.candidates.iter().filter_map(|number| program.batch(*number));
    candidates.find(|batch| batch.safe_tx_hash == *hash)
}

/// Whether one of these transfers is what a line in flight on the nonce would pay.
fn pays_a_line(program: &Program, nonce: &Nonce, outgoing: &[Movement]) -> bool {
    let in_flight = program.in_flight_on(nonce);
    let batches = nonce.candidates.iter().filter_map(|number| program.batch(*number));
    let mut lines = batches.flat_map(|batch| &batch.payouts);
    lines.any(|line| {
        let pays = |movement: &Movement| movement.to == line.payee && movement.amount == line.amount;
        in_flight.contains(&line.submission) && outgoing.iter().any(pays)
    })
}
