//! What the ledger itself reads on the chain: what it confirms and finds; and owners who sign.

use domain::batch::Nonce;
use domain::command::{Actor, ConfirmWord, RecordFinding, RecordSignature, WithdrawExecution};
use domain::event::Command;
use domain::value::{ContractSignature, Digest, Seq};
use domain::words::{FindingKind, SigningForm, Source};

use super::commands::{Asked, Asking};
use super::people::signature;
use super::treasury::any_owner;
use super::values::digest;
use crate::rng::Rng;

/// What the ledger itself, or an owner of the Safe, may have to say.
#[derive(Clone, Copy)]
pub enum Reading {
    Sign,
    Confirm,
    Find,
    Unfind,
}

/// On what it rests that something happened on the chain.
#[derive(Clone, Copy)]
pub enum Ground {
    /// A member says so, and why.
    Word,
    /// The ledger itself read it in a receipt.
    Receipt,
}

impl Ground {
    /// A receipt with this likelihood, in percent.
    pub fn any(rng: &mut Rng, receipts: u64) -> Self {
        if rng.percent(receipts) { Self::Receipt } else { Self::Word }
    }

    /// On what it can be taken back that was known in this way, mostly.
    pub fn undoing(rng: &mut Rng, source: Source) -> Self {
        match source {
            Source::Attested => Self::any(rng, 20),
            Source::Chain => Self::any(rng, 85),
        }
    }

    pub const fn is_receipt(self) -> bool {
        matches!(self, Self::Receipt)
    }

    pub const fn source(self) -> Source {
        match self {
            Self::Word => Source::Attested,
            Self::Receipt => Source::Chain,
        }
    }

    pub fn reason(self, rng: &mut Rng) -> Option<Digest> {
        match self {
            Self::Word => Some(digest(rng)),
            Self::Receipt => None,
        }
    }
}

/// The receipt that a command names.
pub fn receipt_of(command: &mut Command) -> Option<&mut Digest> {
    match command {
        Command::FundingRecorded(asked) => asked.receipt.as_mut(),
        Command::BatchExecuted(asked) => asked.receipt.as_mut(),
        Command::NonceConsumed(asked) => asked.receipt.as_mut(),
        Command::InflowRecorded(asked) => asked.receipt.as_mut(),
        Command::OutflowRecorded(asked) => asked.receipt.as_mut(),
        Command::WordConfirmed(asked) => Some(&mut asked.receipt),
        Command::FindingRecorded(asked) => Some(&mut asked.receipt),
        _ => None,
    }
}

fn by_ledger(command: impl Into<Command>) -> (Actor, Command) {
    (Actor::System, command.into())
}

impl Asking<'_> {
    /// Something that happened on the chain, by whoever can say so.
    pub fn stated(&self, ground: Ground, command: impl Into<Command>, rng: &mut Rng) -> Asked {
        match ground {
            Ground::Word => self.by_someone(command, rng),
            Ground::Receipt => Some(by_ledger(command)),
        }
    }

    /// A receipt, if it takes one: now and then one that showed something else before.
    pub fn receipt(&self, rng: &mut Rng, ground: Ground) -> Option<Digest> {
        ground.is_receipt().then(|| self.any_receipt(rng))
    }

    fn any_receipt(&self, rng: &mut Rng) -> Digest {
        if rng.percent(75) {
            return digest(rng);
        }
        let recent = self.held.journal.iter().rev().take(30);
        let shown = recent
            .filter_map(|recorded| receipt_of(&mut recorded.event.fact.command()).map(|receipt| *receipt));
        let shown: Vec<Digest> = shown.collect();
        rng.pick(&shown).copied().unwrap_or_else(|| digest(rng))
    }

    pub fn read(&self, rng: &mut Rng, reading: Reading) -> Asked {
        match reading {
            Reading::Sign => self.sign(rng),
            Reading::Confirm => self.confirm(rng),
            Reading::Find => self.find(rng),
            Reading::Unfind => {
                let found = self.found()?;
                let ground = Ground::any(rng, 85);
                let reason = ground.reason(rng);
                self.stated(ground, WithdrawExecution { nonce: found.number, reason }, rng)
            }
        }
    }

    /// Whether the last end of a nonce is not what the chain shows.
    pub fn is_contradicted(&self) -> bool {
        let last = self.program.nonces().rfind(|nonce| nonce.end.is_some());
        last.is_some_and(|nonce| nonce.finding.is_some())
    }

    /// The first nonce without an end on which a finding stands.
    pub fn found(&self) -> Option<&Nonce> {
        self.program.nonces().find(|nonce| nonce.end.is_none() && nonce.finding.is_some())
    }

    fn sign(&self, rng: &mut Rng) -> Asked {
        let open = self.open_nonces();
        let nonce = self.program.nonce(*rng.pick(&open)?)?;
        let batch = *rng.pick(&nonce.candidates)?;
        let signings = &self.program.batch(batch)?.signings;
        let owners = self.program.observation()?.safe.owners.iter().copied();
        let left: Vec<_> =
            owners.filter(|owner| signings.iter().all(|known| known.owner != *owner)).collect();
        let owner = rng.pick(&left).copied().filter(|_| rng.percent(85)).unwrap_or_else(|| any_owner(rng));
        let form = *rng.pick(SigningForm::ALL)?;
        let bytes = (0..=rng.below(100)).map(|_| rng.bytes::<1>()[0]).collect();
        let asked = RecordSignature {
            batch,
            contract: (form == SigningForm::Contract).then(|| ContractSignature::from_bytes(bytes).unwrap()),
            form,
            owner,
            signature: matches!(form, SigningForm::Eip712 | SigningForm::EthSign).then(|| signature(rng)),
        };
        self.by_someone(asked, rng)
    }

    fn confirm(&self, rng: &mut Rng) -> Asked {
        let ends = self.program.nonces().filter_map(|nonce| nonce.end.as_ref()).map(|end| end.event);
        let fundings = self.program.fundings().map(|(event, _)| event);
        let refunds = self.program.refunds().map(|(event, _)| event);
        let others = self.program.suspense().map(|(event, _)| event);
        let mut events: Vec<Seq> = ends.chain(fundings).chain(refunds).chain(others).collect();
        if rng.percent(85) {
            events.retain(|event| self.program.stated(*event) == Some(Source::Attested));
        }
        Some(by_ledger(ConfirmWord { event: *rng.pick(&events)?, receipt: self.any_receipt(rng) }))
    }

    fn find(&self, rng: &mut Rng) -> Asked {
        let ended = rng.percent(40);
        let fits = |nonce: &&Nonce| {
            nonce.end.is_some() == ended && (nonce.finding.is_none() || rng.clone().percent(15))
        };
        let nonces: Vec<&Nonce> = self.program.nonces().filter(fits).collect();
        let last = nonces.last().copied().filter(|_| rng.percent(50));
        let nonce = last.or_else(|| rng.pick(&nonces).copied())?.number;
        let finding = match rng.below(10) {
            0 => *rng.pick(FindingKind::ALL)?,
            _ if ended => FindingKind::Contradicted,
            _ => rng.of([FindingKind::Elsewhere, FindingKind::Mismatched]),
        };
        let (receipt, tx_hash) = (self.any_receipt(rng), digest(rng));
        Some(by_ledger(RecordFinding { finding, nonce, receipt, tx_hash }))
    }
}
