//! What the ledger read on the chain, in words.

use std::fmt::Display;

use domain::Program;
use domain::batch::{Batch, End, How};
use domain::event::Fact;
use domain::suspense::Direction;
use domain::value::{Address, Digest, Seq};
use domain::words::{Consumption, FindingKind, Source};
use safe::eip55::checksum;

use crate::app::Receipt;

/// What an event of a reading says.
pub(super) fn of_event(program: &Program, receipt: &Receipt) -> String {
    match &receipt.fact {
        Fact::SafeObserved { asked } => format!(
            "the Safe at block {}: nonce {}, {} LPT, {} of {} owners sign",
            asked.block,
            asked.nonce,
            asked.balance,
            asked.threshold,
            asked.owners.len()
        ),
        Fact::BatchExecuted { asked, .. } => {
            let nonce = program.batch(asked.batch).map(|batch| batch.nonce);
            let ended = ended(program, nonce, How::Executed(asked.batch), Some(receipt.seq));
            format!("{ended}; transaction 0x{}", asked.tx_hash)
        }
        Fact::NonceConsumed { asked, .. } => {
            let ended = ended(program, Some(asked.nonce), How::Unpaid(asked.how), Some(receipt.seq));
            format!("{ended}; transaction 0x{}", asked.tx_hash)
        }
        Fact::ExecutionWithdrawn { asked } => {
            format!("what the books said became of nonce {} is taken back: it did not happen", asked.nonce)
        }
        Fact::FindingRecorded { asked } => {
            format!("{}; transaction 0x{}", finding(asked.nonce, asked.finding), asked.tx_hash)
        }
        Fact::FundingRecorded { asked } => {
            format!("{} LPT of funding{}; transaction 0x{}", asked.amount, by(asked.sender), asked.tx_hash)
        }
        Fact::InflowRecorded { asked } => {
            let came = inflow(asked.amount, asked.sender);
            format!("{came}, and nobody knows yet what for; transaction 0x{}", asked.tx_hash)
        }
        Fact::OutflowRecorded { asked } => {
            let went = outflow(asked.amount, asked.recipient);
            format!("{went}, and no line of a batch says why; transaction 0x{}", asked.tx_hash)
        }
        Fact::FundingWithdrawn { asked } => taken_back("the funding", asked.event),
        Fact::TransferWithdrawn { asked } => taken_back("the transfer", asked.event),
        Fact::WordConfirmed { asked } => {
            format!("what a member said in event {} is what the chain shows", asked.event)
        }
        // A reading writes no others by itself; whatever follows from one is named as the journal does.
        other => other.kind().to_string(),
    }
}

/// What the books say of a transaction; nothing if nothing of the program is in it.
pub(super) fn of_transaction(program: &Program, tx_hash: Digest) -> Vec<String> {
    let mut told = Vec::new();
    for nonce in program.nonces() {
        if let Some(end) = nonce.end.as_ref().filter(|end| end.tx_hash == tx_hash) {
            told.push(known(ended(program, Some(nonce.number), end.how, None), end.source));
        }
        let open = nonce.open_finding().filter(|found| found.tx_hash == tx_hash);
        told.extend(open.map(|found| finding(nonce.number, found.finding)));
    }
    for (event, it) in program.fundings().filter(|(_, it)| it.tx_hash == tx_hash && it.withdrawn.is_none()) {
        let what = format!("{} LPT of funding{} (event {event})", it.amount, by(it.sender));
        told.push(known(what, it.source));
    }
    for (event, it) in program.refunds().filter(|(_, it)| it.tx_hash == tx_hash && it.withdrawn.is_none()) {
        let what = format!("{} LPT refunded of claim {} (event {event})", it.amount, it.submission);
        told.push(known(what, it.source));
    }
    for (event, it) in program.suspense().filter(|(_, it)| it.tx_hash == tx_hash && it.withdrawn.is_none()) {
        let moved = match it.direction {
            Direction::In => inflow(it.amount, it.counterpart),
            Direction::Out => outflow(it.amount, it.counterpart),
        };
        let explained = match it.explained {
            None => ", which waits for people to explain it".to_owned(),
            Some(explained) => format!(", explained in event {}", explained.event),
        };
        told.push(known(format!("{moved} (event {event}){explained}"), it.source));
    }
    told
}

/// What became of a nonce and of the claims on it; `event` is the one that said so, where a later one may say otherwise.
fn ended(program: &Program, nonce: Option<Seq>, how: How, event: Option<Seq>) -> String {
    let nonce = nonce.and_then(|number| program.nonce(number));
    let end = nonce.and_then(|nonce| nonce.end.as_ref());
    let end = end.filter(|end| event.is_none_or(|event| end.event == event));
    let what = match how {
        How::Executed(number) => match program.batch(number) {
            Some(batch) => executed(batch, end),
            None => format!("batch {number} was executed"),
        },
        How::Unpaid(how) => {
            let number = nonce.map_or_else(String::new, |nonce| format!(" {}", nonce.number));
            let why = match how {
                Consumption::Failed => "its batch was executed and failed",
                Consumption::Mismatched => "what was executed is none of its batches",
                Consumption::Replaced => "another transaction took it",
            };
            format!("nonce{number} paid nobody: {why}")
        }
    };
    let returned = end.map_or(&[][..], |end| &end.effects.returned);
    if returned.is_empty() { what } else { format!("{what}; owed again: {}", claims(returned)) }
}

fn executed(batch: &Batch, end: Option<&End>) -> String {
    let number = batch.number;
    if batch.payouts.is_empty() {
        return format!("batch {number}, a rejection, was executed and paid nobody");
    }
    let paid = end.map_or(&[][..], |end| &end.effects.paid);
    let paid = if paid.is_empty() { String::new() } else { format!(": {} paid", claims(paid)) };
    format!("batch {number} was executed, {} LPT{paid}", batch.total)
}

fn finding(nonce: Seq, kind: FindingKind) -> String {
    let what = match kind {
        FindingKind::Contradicted => "ended otherwise than people said",
        FindingKind::Elsewhere => "was taken by another transaction, which paid lines of its batches",
        FindingKind::Mismatched => "was taken by a batch that moved other LPT than its lines",
    };
    format!("a finding that people have to settle: nonce {nonce} {what}")
}

fn taken_back(what: &str, event: Seq) -> String {
    format!("{what} of event {event} is taken back: the chain does not show it")
}

fn inflow(amount: impl Display, sender: Option<Address>) -> String {
    format!("{amount} LPT came in{}", by(sender))
}

fn outflow(amount: impl Display, recipient: Option<Address>) -> String {
    let to = recipient.map(|recipient| format!(" for {}", checksum(&recipient))).unwrap_or_default();
    format!("{amount} LPT left the Safe{to}")
}

fn by(sender: Option<Address>) -> String {
    sender.map(|sender| format!(" from {}", checksum(&sender))).unwrap_or_default()
}

fn claims<T: Display>(numbers: &[T]) -> String {
    let word = if numbers.len() == 1 { "claim" } else { "claims" };
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{word} {}", numbers.join(", "))
}

fn known(what: String, source: Source) -> String {
    match source {
        Source::Chain => what,
        Source::Attested => format!("{what}, as a member said; the chain has not confirmed it"),
    }
}
