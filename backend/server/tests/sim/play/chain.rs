//! What becomes of nonces, and LPT that moves without a batch.

use domain::batch::{How, Nonce};
use domain::command::{
    Actor, AttestExecution, ClassifyInflow, ConsumeNonce, Payout, ProposeRejection, RecordInflow,
    RecordOutflow, RecordRefund, SettleOutflow, WithdrawExecution, WithdrawTransfer,
};
use domain::event::{Command, Kind};
use domain::submission::Submission;
use domain::suspense::Direction;
use domain::value::{Amount, Count, Digest, MemberNumber, Seq, SubmissionNumber};
use domain::words::{Consumption, Source};

use super::commands::{Asked, Asking};
use super::reading::Ground;
use super::values::{any_address, digest, lpt};
use crate::rng::Rng;

/// What somebody may want of the chain.
#[derive(Clone, Copy)]
pub enum Happening {
    Reject,
    End,
    TakeBackEnd,
    Inflow,
    Outflow,
    Explain,
    Refund,
    TakeBack,
}

/// One of few, so that one transfer is recorded twice, also as something else.
fn any_transaction(rng: &mut Rng) -> Digest {
    Digest::sha256(&[&rng.below(1_000).to_be_bytes()])
}

/// What the owners sign to pay nobody: on each nonce one transaction.
pub fn rejection(nonce: Seq) -> Digest {
    Digest::sha256(&[b"rejection", &nonce.get().to_be_bytes()])
}

impl Asking<'_> {
    /// Those for which more can be proposed.
    pub fn open_nonces(&self) -> Vec<Seq> {
        let observed = self.program.observation().map(|seen| seen.safe.nonce);
        let open = self.program.nonces().filter(|nonce| nonce.end.is_none());
        open.map(|nonce| nonce.number).filter(|nonce| observed.is_some_and(|seen| *nonce >= seen)).collect()
    }

    /// The first line of what was executed last, and by which transaction.
    pub fn paid_last(&self) -> Option<(Payout, Digest)> {
        let ends = self.program.nonces().filter_map(|nonce| nonce.end.as_ref());
        let mut executed = ends.filter_map(|end| match end.how {
            How::Executed(batch) => Some((self.program.batch(batch)?.payouts.first().copied()?, end.tx_hash)),
            How::Unpaid(_) => None,
        });
        executed.next_back()
    }

    /// Whether an outflow keeps batches from being proposed.
    pub fn is_stopped(&self) -> bool {
        self.program.suspense().any(|(_, item)| item.is_open() && item.direction == Direction::Out)
    }

    pub fn happen(&self, rng: &mut Rng, happening: Happening) -> Asked {
        match happening {
            Happening::Reject => {
                let nonce = *rng.pick(&self.open_nonces())?;
                let [domain_hash, message_hash] = [digest(rng), digest(rng)];
                let safe_tx_hash = rejection(nonce);
                let asked = ProposeRejection { domain_hash, message_hash, nonce, safe_tx_hash };
                self.by_someone(asked, rng)
            }
            Happening::End => self.end(rng),
            Happening::TakeBackEnd => {
                let nonce = self.program.nonces().rfind(|nonce| nonce.end.is_some())?;
                let ground = Ground::undoing(rng, nonce.end.as_ref()?.source);
                let reason = ground.reason(rng);
                self.stated(ground, WithdrawExecution { nonce: nonce.number, reason }, rng)
            }
            Happening::Explain => self.explain(rng),
            Happening::Inflow | Happening::Outflow | Happening::Refund => self.transfer(rng, happening),
            Happening::TakeBack => {
                let open = self.program.suspense().filter(|(_, item)| item.is_open());
                let refunds = self.program.refunds().filter(|(_, refund)| refund.withdrawn.is_none());
                let open = open.map(|(event, item)| (event, item.source));
                let events: Vec<(Seq, Source)> =
                    open.chain(refunds.map(|(event, refund)| (event, refund.source))).collect();
                let (event, source) = *rng.pick(&events)?;
                let ground = Ground::undoing(rng, source);
                self.stated(ground, WithdrawTransfer { event, reason: ground.reason(rng) }, rng)
            }
        }
    }

    fn transfer(&self, rng: &mut Rng, happening: Happening) -> Asked {
        let ground = Ground::any(rng, 35);
        let (log_index, source, receipt) =
            (Count::new(rng.small(3)), ground.source(), self.receipt(rng, ground));
        let other = rng.percent(50).then(|| any_address(rng));
        let tx_hash = any_transaction(rng);
        let amount = lpt(rng, 8);
        if let Happening::Inflow = happening {
            let asked = RecordInflow { amount, log_index, receipt, sender: other, source, tx_hash };
            return self.stated(ground, asked, rng);
        }
        if let Happening::Refund = happening {
            let (submission, source) = (self.paid(rng)?.number, Source::Attested);
            let amount = if rng.percent(70) { lpt(rng, 2) } else { amount };
            let asked = RecordRefund { amount, log_index, sender: other, source, submission, tx_hash };
            return self.by_someone(asked, rng);
        }
        // Often just what a claim is owed.
        let owed = self.owed(rng).map(|claim| claim.revision.amount).filter(|_| rng.percent(40));
        let amount = owed.unwrap_or(amount);
        // What a batch pays, a second time in the same transaction: the ledger itself can tell them apart.
        let asked = match self.paid_last().filter(|_| ground.is_receipt() && rng.percent(25)) {
            Some((Payout { amount, payee, .. }, tx_hash)) => {
                RecordOutflow { amount, log_index, receipt, recipient: Some(payee), source, tx_hash }
            }
            None => RecordOutflow { amount, log_index, receipt, recipient: other, source, tx_hash },
        };
        self.stated(ground, asked, rng)
    }

    fn paid(&self, rng: &mut Rng) -> Option<&Submission> {
        let numbers: Vec<SubmissionNumber> = self.held.stands.paid.iter().copied().collect();
        let claim = rng.pick(&numbers).and_then(|number| self.program.submission(*number).ok());
        claim.map(AsRef::as_ref)
    }

    /// A claim that is approved or in a batch.
    fn owed(&self, rng: &mut Rng) -> Option<&Submission> {
        let stands = &self.held.stands;
        let numbers: Vec<SubmissionNumber> =
            stands.in_batch.iter().chain(&stands.approved).copied().collect();
        let claim = rng.pick(&numbers).and_then(|number| self.program.submission(*number).ok());
        claim.map(AsRef::as_ref)
    }

    /// Somebody, mostly another person than those who spoke before.
    fn another(&self, rng: &mut Rng, kind: Kind, before: &[MemberNumber]) -> Option<MemberNumber> {
        for _ in 0..4 {
            let person = self.someone(rng, kind)?;
            let spoke = before.iter().any(|other| self.program.person(*other) == self.program.person(person));
            if !spoke {
                return Some(person);
            }
        }
        self.someone(rng, kind)
    }

    /// The first nonce without an end gets one, now and then another.
    fn end(&self, rng: &mut Rng) -> Asked {
        let open: Vec<&Nonce> = self.program.nonces().filter(|nonce| nonce.end.is_none()).collect();
        let nonce = if rng.percent(95) { open.first() } else { rng.pick(&open) }?;
        // What is owed again is so only once the Safe was seen behind the nonce.
        let soon = if nonce.candidates.len() > 1 { 45 } else { 20 };
        if self.seen() <= nonce.number && rng.percent(soon) {
            return self.observe_past(rng, nonce.number);
        }
        match Ground::any(rng, 20) {
            Ground::Word => self.say_end(rng, nonce),
            ground @ Ground::Receipt => {
                let (how, tx_hash) = (self.likely_end(rng, nonce)?, digest(rng));
                let asked = self.end_command(rng, nonce.number, how, tx_hash, ground);
                Some((Actor::System, asked))
            }
        }
    }

    /// Most often two persons say the same.
    fn say_end(&self, rng: &mut Rng, nonce: &Nonce) -> Asked {
        let said = nonce.voices.last().filter(|_| rng.percent(75));
        let tx_hash = said.map_or_else(|| digest(rng), |voice| voice.says.1);
        let how = match said.map(|voice| voice.says.0) {
            Some(how) => how,
            // What was found leaves one way.
            None if nonce.finding.is_some() && rng.percent(90) => How::Unpaid(Consumption::Mismatched),
            None => self.likely_end(rng, nonce)?,
        };
        let before: Vec<MemberNumber> = nonce.voices.iter().map(|voice| voice.member).collect();
        // Where nothing is owed again it takes a treasurer, elsewhere two who run the program.
        let kind = if rng.percent(60) { Kind::SafeObserved } else { Kind::BatchExecuted };
        let person = self.another(rng, kind, if said.is_some() { &before } else { &[] })?;
        Some((Actor::Member(person), self.end_command(rng, nonce.number, how, tx_hash, Ground::Word)))
    }

    fn likely_end(&self, rng: &mut Rng, nonce: &Nonce) -> Option<How> {
        let consumed = self.seen() > nonce.number;
        if rng.percent(if consumed { 60 } else { 85 }) {
            return rng.pick(&nonce.candidates).copied().map(How::Executed);
        }
        let all = [Consumption::Failed, Consumption::Replaced, Consumption::Failed, Consumption::Mismatched];
        Some(How::Unpaid(rng.of(all)))
    }

    fn end_command(&self, rng: &mut Rng, nonce: Seq, how: How, tx_hash: Digest, ground: Ground) -> Command {
        let (receipt, source) = (self.receipt(rng, ground), ground.source());
        match how {
            How::Executed(batch) => AttestExecution { batch, receipt, source, tx_hash }.into(),
            How::Unpaid(how) => {
                ConsumeNonce { how, nonce, reason: ground.reason(rng), receipt, source, tx_hash }.into()
            }
        }
    }

    /// Says what something in suspense was, mostly what somebody else said.
    fn explain(&self, rng: &mut Rng) -> Asked {
        let open: Vec<_> = self.program.suspense().filter(|(_, item)| item.is_open()).collect();
        let (event, item) = *rng.pick(&open)?;
        let said = item.voices.last().filter(|_| rng.percent(85));
        let submission = match said {
            Some(voice) => voice.says,
            None => self.likely(rng, item.direction, item.amount).filter(|_| rng.percent(65)),
        };
        let before: Vec<MemberNumber> = item.voices.iter().map(|voice| voice.member).collect();
        let reason = digest(rng);
        let person = self.another(rng, Kind::InflowClassified, &before)?;
        let command = match item.direction {
            Direction::In => ClassifyInflow { event, reason, submission }.into(),
            Direction::Out => SettleOutflow { event, reason, submission }.into(),
        };
        Some((Actor::Member(person), command))
    }

    /// The claim that LPT of so much may be about.
    fn likely(&self, rng: &mut Rng, direction: Direction, amount: Amount) -> Option<SubmissionNumber> {
        for _ in 0..6 {
            let claim = match direction {
                Direction::In => self.paid(rng)?,
                Direction::Out => self.owed(rng)?,
            };
            if claim.revision.amount >= amount || rng.percent(20) {
                return Some(claim.number);
            }
        }
        None
    }
}
