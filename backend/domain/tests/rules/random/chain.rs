//! What becomes of nonces, and LPT that moves without a batch.

use domain::batch::Nonce;
use domain::command::{
    Actor, AttestExecution, ClassifyInflow, ConsumeNonce, ProposeRejection, RecordInflow, RecordOutflow,
    RecordRefund, SettleOutflow, WithdrawExecution, WithdrawTransfer,
};
use domain::event::Kind;
use domain::submission::{Stage, Submission};
use domain::suspense::Direction;
use domain::value::{Count, Digest, Seq};
use domain::words::{Consumption, Source};

use super::likely::{Asked, Asking, any_address, fresh_digest, lpt};
use super::rng::Rng;

impl Asking<'_> {
    /// Those for which more can be proposed.
    pub(super) fn open_nonces(&self) -> Vec<Seq> {
        let observed = self.program.observation().map(|seen| seen.safe.nonce);
        let open = self.program.nonces().filter(|nonce| nonce.end.is_none());
        open.map(|nonce| nonce.number).filter(|nonce| observed.is_some_and(|seen| *nonce >= seen)).collect()
    }

    pub(super) fn chain(&self, rng: &mut Rng) -> Asked {
        if rng.percent(30)
            && let Some(asked) = self.explain(rng)
        {
            return Some(asked);
        }
        let asked = match rng.below(20) {
            0..=3 => self.reject(rng),
            4..=7 => self.end(rng),
            8..=11 => {
                let nonce = self.program.nonces().rfind(|nonce| nonce.end.is_some());
                nonce.and_then(|nonce| {
                    let reason = fresh_digest(rng);
                    self.by_someone(WithdrawExecution { nonce: nonce.number, reason: Some(reason) }, rng)
                })
            }
            12 => self.inflow(rng),
            13 => self.outflow(rng),
            14..=18 => self.refund(rng),
            _ => self.take_back(rng),
        };
        asked.or_else(|| self.propose(rng))
    }

    /// What the ledger reads, or members say of the first open nonce.
    pub(super) fn read_or_end(&self, rng: &mut Rng) -> Asked {
        let asked = if rng.percent(60) { self.read(rng) } else { self.end(rng) };
        asked.or_else(|| self.propose(rng))
    }

    /// The nonce that the Safe was last seen at.
    pub(super) fn seen(&self) -> Seq {
        self.program.observation().map_or(Seq::ZERO, |observation| observation.safe.nonce)
    }

    fn inflow(&self, rng: &mut Rng) -> Asked {
        self.by_someone(
            RecordInflow {
                amount: lpt(rng, 8),
                log_index: Count::new(rng.small(9)),
                sender: rng.percent(50).then(|| any_address(rng)),
                source: Source::Attested,
                receipt: None,
                tx_hash: fresh_digest(rng),
            },
            rng,
        )
    }

    fn outflow(&self, rng: &mut Rng) -> Asked {
        self.by_someone(
            RecordOutflow {
                amount: lpt(rng, 8),
                log_index: Count::new(rng.small(9)),
                recipient: rng.percent(50).then(|| any_address(rng)),
                source: Source::Attested,
                receipt: None,
                tx_hash: fresh_digest(rng),
            },
            rng,
        )
    }

    fn reject(&self, rng: &mut Rng) -> Asked {
        let nonce = *rng.pick(&self.open_nonces())?;
        self.by_someone(
            ProposeRejection {
                domain_hash: fresh_digest(rng),
                message_hash: fresh_digest(rng),
                nonce,
                safe_tx_hash: fresh_digest(rng),
            },
            rng,
        )
    }

    /// The first nonce without an end gets one; most often two persons say the same of it.
    fn end(&self, rng: &mut Rng) -> Asked {
        let nonce: &Nonce = self.program.nonces().find(|nonce| nonce.end.is_none())?;
        // Money is owed again only once the Safe was seen behind the nonce.
        if rng.percent(25) && self.seen() <= nonce.number {
            return self.observe_past(rng, nonce.number);
        }
        let said = nonce.voices.last().filter(|_| rng.percent(70));
        let tx_hash = said.map_or_else(|| fresh_digest(rng), |voice| voice.says.1);
        let how = said.map(|voice| voice.says.0);
        let batch = match how {
            Some(domain::batch::How::Executed(batch)) => Some(batch),
            None if rng.percent(if self.seen() > nonce.number { 40 } else { 80 }) => {
                rng.pick(&nonce.candidates).copied()
            }
            Some(domain::batch::How::Unpaid(_)) | None => None,
        };
        // Where nothing is owed again it takes a treasurer, elsewhere two who run the program.
        let other = |by: Kind, rng: &mut Rng| {
            let by = if rng.percent(60) { Kind::SafeObserved } else { by };
            let person = self.someone(rng, by)?;
            Some(person).filter(|person| said.is_none_or(|voice| voice.member != *person))
        };
        if let Some(batch) = batch {
            let person = other(Kind::BatchExecuted, rng)?;
            return Some((
                Actor::Member(person),
                AttestExecution { batch, source: Source::Attested, tx_hash, receipt: None }.into(),
            ));
        }
        let how = match how {
            Some(domain::batch::How::Unpaid(how)) => how,
            // What was found says which way is left.
            _ if nonce.finding.is_some() => Consumption::Mismatched,
            _ => rng.of([Consumption::Failed, Consumption::Replaced]),
        };
        let (reason, source) = (Some(fresh_digest(rng)), Source::Attested);
        let person = other(Kind::NonceConsumed, rng)?;
        let asked = ConsumeNonce { how, nonce: nonce.number, reason, receipt: None, source, tx_hash };
        Some((Actor::Member(person), asked.into()))
    }

    fn refund(&self, rng: &mut Rng) -> Asked {
        let paid = self.submissions(|claim| matches!(claim.stage, Stage::Paid { .. }));
        self.by_someone(
            RecordRefund {
                amount: lpt(rng, 4),
                log_index: Count::new(rng.small(9)),
                sender: None,
                source: Source::Attested,
                submission: *rng.pick(&paid)?,
                tx_hash: fresh_digest(rng),
            },
            rng,
        )
    }

    fn take_back(&self, rng: &mut Rng) -> Asked {
        let open = self.program.suspense().filter(|(_, item)| item.is_open()).map(|(event, _)| event);
        let refunds = self.program.refunds().filter(|(_, refund)| refund.withdrawn.is_none());
        let events: Vec<Seq> = open.chain(refunds.map(|(event, _)| event)).collect();
        let event = *rng.pick(&events)?;
        self.by_someone(WithdrawTransfer { event, reason: Some(fresh_digest(rng)) }, rng)
    }

    /// Says what something in suspense was, mostly what somebody else said.
    fn explain(&self, rng: &mut Rng) -> Asked {
        let open: Vec<_> = self.program.suspense().filter(|(_, item)| item.is_open()).collect();
        let (event, item) = *rng.pick(&open)?;
        let fits = |claim: &Submission| match item.direction {
            Direction::In => matches!(claim.stage, Stage::Paid { .. }),
            Direction::Out => matches!(claim.stage, Stage::Approved { .. } | Stage::InBatch { .. }),
        };
        let said = item.voices.last().filter(|_| rng.percent(80));
        let claims = self.submissions(fits);
        let submission = match said {
            Some(voice) => voice.says,
            None => rng.pick(&claims).copied().filter(|_| rng.percent(60)),
        };
        let reason: Digest = fresh_digest(rng);
        match item.direction {
            Direction::In => self.by_someone(ClassifyInflow { event, reason, submission }, rng),
            Direction::Out => self.by_someone(SettleOutflow { event, reason, submission }, rng),
        }
    }
}
