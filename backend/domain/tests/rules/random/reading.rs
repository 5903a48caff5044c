//! What the ledger itself reads on the chain, and owners who sign.

use domain::batch::{How, Nonce};
use domain::command::{
    Actor, AttestExecution, ConfirmWord, ConsumeNonce, RecordFinding, RecordFunding, RecordInflow,
    RecordOutflow, RecordSignature, WithdrawExecution, WithdrawFunding, WithdrawTransfer,
};
use domain::event::Command;
use domain::value::{Count, Seq};
use domain::words::{Consumption, FindingKind, SigningForm, Source};

use super::likely::{Asked, Asking, any_address, fresh_digest, lpt};
use super::rng::Rng;
use crate::common::{contract_signature, signature};

fn by_ledger(command: impl Into<Command>) -> (Actor, Command) {
    (Actor::System, command.into())
}

impl Asking<'_> {
    pub(super) fn read(&self, rng: &mut Rng) -> Asked {
        match rng.below(20) {
            0..=3 => self.sign(rng),
            4..=9 => self.read_end(rng),
            10..=11 => self.confirm(rng),
            12..=15 => self.find(rng),
            16 => Some(self.read_transfer(rng)),
            _ => self.unread(rng),
        }
    }

    fn sign(&self, rng: &mut Rng) -> Asked {
        let open = self.open_nonces();
        let nonce: &Nonce = self.program.nonce(*rng.pick(&open)?)?;
        let batch = *rng.pick(&nonce.candidates)?;
        let owner = *rng.pick(&self.program.observation()?.safe.owners)?;
        let form = *rng.pick(SigningForm::ALL)?;
        let keys = matches!(form, SigningForm::Eip712 | SigningForm::EthSign);
        let contract = (form == SigningForm::Contract).then(contract_signature);
        let signature = keys.then(signature);
        self.by_someone(RecordSignature { batch, contract, form, owner, signature }, rng)
    }

    fn read_end(&self, rng: &mut Rng) -> Asked {
        let nonce: &Nonce = self.program.nonces().find(|nonce| nonce.end.is_none())?;
        if rng.percent(30) && self.seen() <= nonce.number {
            return self.observe_past(rng, nonce.number);
        }
        let (receipt, source, tx_hash) = (Some(fresh_digest(rng)), Source::Chain, fresh_digest(rng));
        if rng.percent(if self.seen() > nonce.number { 30 } else { 80 }) {
            let batch = *rng.pick(&nonce.candidates)?;
            return Some(by_ledger(AttestExecution { batch, receipt, source, tx_hash }));
        }
        let how = rng.of([Consumption::Failed, Consumption::Replaced]);
        Some(by_ledger(ConsumeNonce { how, nonce: nonce.number, reason: None, receipt, source, tx_hash }))
    }

    /// The events that state something of the chain.
    fn stated(&self, source: Source) -> Vec<Seq> {
        let ends = self.program.nonces().filter_map(|nonce| nonce.end.as_ref()).map(|end| end.event);
        let fundings = self.program.fundings().map(|(event, _)| event);
        let refunds = self.program.refunds().map(|(event, _)| event);
        let others = self.program.suspense().map(|(event, _)| event);
        let all = ends.chain(fundings).chain(refunds).chain(others);
        all.filter(|event| self.program.stated(*event) == Some(source)).collect()
    }

    fn confirm(&self, rng: &mut Rng) -> Asked {
        let event = *rng.pick(&self.stated(Source::Attested))?;
        Some(by_ledger(ConfirmWord { event, receipt: fresh_digest(rng) }))
    }

    fn find(&self, rng: &mut Rng) -> Asked {
        let ended = rng.percent(60);
        let all: Vec<&Nonce> = self.program.nonces().collect();
        let nonces: Vec<&Nonce> = all.into_iter().filter(|nonce| nonce.end.is_some() == ended).collect();
        let nonce: &Nonce = rng.pick(&nonces)?;
        let finding = if ended {
            FindingKind::Contradicted
        } else {
            rng.of([FindingKind::Elsewhere, FindingKind::Mismatched])
        };
        let (receipt, tx_hash) = (fresh_digest(rng), fresh_digest(rng));
        Some(by_ledger(RecordFinding { finding, nonce: nonce.number, receipt, tx_hash }))
    }

    fn read_transfer(&self, rng: &mut Rng) -> (Actor, Command) {
        let (amount, log_index) = (lpt(rng, 8), Count::new(rng.small(9)));
        let (receipt, source, tx_hash) = (Some(fresh_digest(rng)), Source::Chain, fresh_digest(rng));
        let sender = Some(any_address(rng));
        match rng.below(3) {
            0 => {
                let senders: Vec<_> = self.program.fundings().filter_map(|(_, it)| it.sender).collect();
                let sender = rng.pick(&senders).copied().or(sender);
                by_ledger(RecordFunding { amount, log_index, receipt, sender, source, tx_hash })
            }
            1 => by_ledger(RecordInflow { amount, log_index, receipt, sender, source, tx_hash }),
            _ => by_ledger(RecordOutflow { amount, log_index, receipt, recipient: sender, source, tx_hash }),
        }
    }

    /// What the chain no longer has.
    fn unread(&self, rng: &mut Rng) -> Asked {
        let source = if rng.percent(60) { Source::Chain } else { Source::Attested };
        let event = *rng.pick(&self.stated(source))?;
        let ended = |nonce: &&Nonce| nonce.end.as_ref().is_some_and(|end| end.event == event);
        let found = |nonce: &&Nonce| nonce.end.is_none() && nonce.finding.is_some();
        let paid = |nonce: &Nonce| matches!(nonce.end.as_ref().map(|end| end.how), Some(How::Executed(_)));
        if let Some(nonce) = self.program.nonces().find(found).filter(|_| rng.percent(40)) {
            return Some(by_ledger(WithdrawExecution { nonce: nonce.number, reason: None }));
        }
        match self.program.nonces().find(ended) {
            // Mostly what paid nobody, or nothing would ever be paid for long.
            Some(nonce) if !paid(nonce) || rng.percent(30) => {
                Some(by_ledger(WithdrawExecution { nonce: nonce.number, reason: None }))
            }
            _ if self.program.funding(event).is_ok() => {
                Some(by_ledger(WithdrawFunding { event, reason: None }))
            }
            _ => Some(by_ledger(WithdrawTransfer { event, reason: None })),
        }
    }
}
