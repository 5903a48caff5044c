//! What the ledger itself reads on the chain: on what it rests, what it confirms, and what it finds.

use crate::command::{Actor, ConfirmWord, RecordFinding};
use crate::event::{Command, Fact};
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Address, Count, Digest, Seq};
use crate::words::{FindingKind, Source};

use super::{Decision, Request};

/// A member attests and says why; the ledger names the receipt that it read.
pub(super) fn check_ground(request: &Request) -> Result<(), Refusal> {
    let by_ledger = request.actor == Actor::System;
    let source = if by_ledger { Source::Chain } else { Source::Attested };
    let rests = |stated: Source, receipt: Option<Digest>| stated == source && receipt.is_some() == by_ledger;
    let says_why = |reason: Option<Digest>| reason.is_some() != by_ledger;
    let fits = match &request.command {
        Command::SafeObserved(asked) => asked.source == source,
        Command::RefundRecorded(asked) => asked.source == source,
        Command::FundingRecorded(asked) => rests(asked.source, asked.receipt),
        Command::InflowRecorded(asked) => rests(asked.source, asked.receipt),
        Command::OutflowRecorded(asked) => rests(asked.source, asked.receipt),
        Command::BatchExecuted(asked) => rests(asked.source, asked.receipt),
        Command::NonceConsumed(asked) => rests(asked.source, asked.receipt) && says_why(asked.reason),
        Command::FundingWithdrawn(asked) => says_why(asked.reason),
        Command::ExecutionWithdrawn(asked) => says_why(asked.reason),
        Command::TransferWithdrawn(asked) => says_why(asked.reason),
        _ => true,
    };
    if fits { Ok(()) } else { Err(Refusal::GroundUnfit) }
}

/// What stands was stated by a member, and the chain shows the same.
pub(super) fn confirm_word(program: &Program, asked: ConfirmWord) -> Result<Decision, Refusal> {
    let event = asked.event;
    match program.stated(event).ok_or(Refusal::NothingStated { event })? {
        Source::Attested => Ok(Fact::WordConfirmed { asked: Box::new(asked) }.into()),
        Source::Chain => Err(Refusal::ReadFromChain { event }),
    }
}

/// Only a nonce with an end can be contradicted; only one without can be found otherwise.
pub(super) fn record_finding(program: &Program, asked: RecordFinding) -> Result<Decision, Refusal> {
    let number = asked.nonce;
    let nonce = program.nonce(number).ok_or(Refusal::NothingProposed { nonce: number })?;
    if let Some(found) = nonce.finding {
        return Err(Refusal::FindingStands { nonce: number, event: found.event });
    }
    match (asked.finding, &nonce.end) {
        (FindingKind::Contradicted, None) => Err(Refusal::NonceOpen { nonce: number }),
        (FindingKind::Contradicted, Some(_)) | (FindingKind::Elsewhere | FindingKind::Mismatched, None) => {
            Ok(Fact::FindingRecorded { asked: Box::new(asked) }.into())
        }
        (FindingKind::Elsewhere | FindingKind::Mismatched, Some(_)) => {
            Err(Refusal::NonceEnded { nonce: number })
        }
    }
}

/// Only a member's word is taken back by a member: what was read on the chain, the chain alone takes back.
pub(super) fn check_undoable(by_ledger: bool, event: Seq, source: Source) -> Result<(), Refusal> {
    match source {
        Source::Chain if !by_ledger => Err(Refusal::ReadFromChain { event }),
        Source::Attested | Source::Chain => Ok(()),
    }
}

impl Program {
    /// How the ledger came to know what an event states of the chain, as long as that stands: LPT that moved, or the
    /// end of a nonce.
    pub fn stated(&self, event: Seq) -> Option<Source> {
        let end = self.nonces().filter_map(|nonce| nonce.end.as_ref()).find(|end| end.event == event);
        let funding = || self.fundings.get(&event).filter(|it| it.withdrawn.is_none()).map(|it| it.source);
        let refund = || self.refunds.get(&event).filter(|it| it.withdrawn.is_none()).map(|it| it.source);
        let other = || self.suspense.get(&event).filter(|it| it.withdrawn.is_none()).map(|it| it.source);
        end.map(|end| end.source).or_else(funding).or_else(refund).or_else(other)
    }

    /// Whether an address has sent a funding that stands.
    pub fn is_funder(&self, address: &Address) -> bool {
        self.fundings().any(|(_, it)| it.withdrawn.is_none() && it.sender.as_ref() == Some(address))
    }

    /// The event that recorded a transfer of the chain, as long as that stands.
    pub fn recorded(&self, tx_hash: Digest, log_index: Count) -> Option<Seq> {
        self.funded.get(&(tx_hash, log_index)).copied()
    }
}
