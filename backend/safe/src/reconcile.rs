//! Compares what a batch should have paid with what the chain says it paid.
//!
//! Lines and transfers are matched as a multiset: their order does not matter, how often each is there does.

use domain::value::{Address, Digest};
use ethers::types::U256;

use crate::erc20::Transfer;
use crate::execution::{Execution, LogError, Movement, executions};
use crate::receipt::Receipt;

/// What became of a batch in an Ethereum transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The Ethereum transaction took no effect; the batch can still run.
    Reverted,
    /// This Safe did not run this safeTxHash here.
    NotFound,
    /// The Safe ran it and its call failed: nothing is paid, and the nonce is used.
    Failed {
        /// The index of the log that says so.
        execution: u64,
        /// What left the Safe all the same: a refund in the token.
        outflows: Vec<Movement>,
    },
    /// Every line was paid exactly, and nothing else but a refund left the Safe.
    Matched(Payment),
    /// Something else was paid.
    Mismatch(Difference),
}

/// How the lines of a batch were paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The index of the log of the execution.
    pub execution: u64,
    /// For each line, in their order, the index of the log of its transfer.
    pub logs: Vec<u64>,
    /// The refund of gas, if it was in the token: an outflow that no line explains.
    pub refund: Option<Movement>,
}

/// How what was paid differs from the lines. Lines are named by their place, from 0.
///
/// Each line is in one of the first four, each transfer of more than zero in one of all but `missing`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The index of the log of the execution.
    pub execution: u64,
    /// Lines that were paid exactly.
    pub paid: Vec<Pair>,
    /// Lines whose recipient was paid another amount.
    pub wrong_amount: Vec<Pair>,
    /// Lines whose amount went to another recipient.
    pub wrong_recipient: Vec<Pair>,
    /// Lines for which there is no transfer.
    pub missing: Vec<usize>,
    /// Transfers for which there is no line.
    pub extra: Vec<Movement>,
    /// The refund of gas, if it was in the token.
    pub refund: Option<Movement>,
}

/// A line, and the transfer that is taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The place of the line, from 0.
    pub line: usize,
    /// The transfer.
    pub transfer: Movement,
}

/// What became of the batch with this safeTxHash and these lines, as this receipt tells it.
///
/// Transfers of zero that no line names are passed over, because anyone can make them; so are incoming ones.
///
/// # Errors
/// Logs of the Safe or the token that cannot be true.
pub fn reconcile(
    receipt: &Receipt,
    safe: &Address,
    token: &Address,
    safe_tx_hash: &Digest,
    lines: &[Transfer],
) -> Result<Verdict, LogError> {
    if !receipt.succeeded {
        return Ok(Verdict::Reverted);
    }
    let mut executed = executions(receipt, safe, token)?.into_iter();
    let Some(execution) = executed.find(|execution| execution.safe_tx_hash == *safe_tx_hash) else {
        return Ok(Verdict::NotFound);
    };
    if !execution.success {
        let mut outflows = execution.outgoing;
        outflows.retain(|movement| !movement.amount.is_zero());
        return Ok(Verdict::Failed { execution: execution.index, outflows });
    }
    let difference = compare(&execution, lines);
    let Difference { wrong_amount, wrong_recipient, missing, extra, .. } = &difference;
    if !(wrong_amount.is_empty() && wrong_recipient.is_empty() && missing.is_empty() && extra.is_empty()) {
        return Ok(Verdict::Mismatch(difference));
    }
    let logs = difference.paid.iter().map(|pair| pair.transfer.index).collect();
    Ok(Verdict::Matched(Payment { execution: execution.index, logs, refund: difference.refund }))
}

/// A line and its place.
type Line = (usize, Transfer);

fn compare(execution: &Execution, lines: &[Transfer]) -> Difference {
    let mut left =
        Left { lines: lines.iter().copied().enumerate().collect(), transfers: execution.outgoing.clone() };
    let paid = left.pair(|line| (line.recipient, line.amount), |transfer| (transfer.to, transfer.amount));
    left.transfers.retain(|transfer| !transfer.amount.is_zero());
    let refund = left.take_refund(execution);
    let wrong_amount = left.pair(|line| line.recipient, |transfer| transfer.to);
    let wrong_recipient = left.pair(|line| line.amount, |transfer| transfer.amount);
    left.transfers.sort_unstable_by_key(|transfer| transfer.index);
    let mut missing: Vec<usize> = left.lines.iter().map(|(place, _)| *place).collect();
    missing.sort_unstable();
    Difference {
        execution: execution.index,
        paid,
        wrong_amount,
        wrong_recipient,
        missing,
        extra: left.transfers,
        refund,
    }
}

/// Lines and transfers that have found no partner yet.
struct Left {
    lines: Vec<Line>,
    transfers: Vec<Movement>,
}

impl Left {
    /// Takes out lines and transfers with equal keys, the first with the first; returns them in order of lines.
    fn pair<Key: Ord>(
        &mut self,
        of_line: impl Fn(&Transfer) -> Key,
        of_transfer: impl Fn(&Movement) -> Key,
    ) -> Vec<Pair> {
        self.lines.sort_unstable_by_key(|(place, line)| (of_line(line), *place));
        self.transfers.sort_unstable_by_key(|transfer| (of_transfer(transfer), transfer.index));
        let mut pairs = Vec::new();
        let mut lines = Vec::new();
        let mut unpaired = Vec::new();
        let mut transfers = self.transfers.drain(..).peekable();
        for (place, line) in self.lines.drain(..) {
            let key = of_line(&line);
            while let Some(before) = transfers.next_if(|transfer| of_transfer(transfer) < key) {
                unpaired.push(before);
            }
            match transfers.next_if(|transfer| of_transfer(transfer) == key) {
                Some(transfer) => pairs.push(Pair { line: place, transfer }),
                None => lines.push((place, line)),
            }
        }
        unpaired.extend(transfers);
        (self.lines, self.transfers) = (lines, unpaired);
        pairs.sort_unstable_by_key(|pair| pair.line);
        pairs
    }

    /// Takes out the refund: the last transfer of the execution, if it is of the amount the event names.
    fn take_refund(&mut self, execution: &Execution) -> Option<Movement> {
        let last = execution.outgoing.last()?;
        // Transfers of zero are gone, so a payment of zero takes nothing out.
        let is_refund = U256::from(last.amount.wei()) == execution.payment;
        let place = self.transfers.iter().position(|transfer| is_refund && transfer.index == last.index)?;
        Some(self.transfers.swap_remove(place))
    }
}
