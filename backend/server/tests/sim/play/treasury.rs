//! What a treasurer does, and the ledger itself sees: the Safe as it is, what funders send, batches.

use domain::batch::Batch;
use domain::books::Account;
use domain::command::{ObserveSafe, Payout, ProposeBatch, RecordFunding, WithdrawFunding};
use domain::submission::{Stage, Submission};
use domain::value::{Address, Amount, Count, Digest, Seq};
use domain::words::{Operation, Source, YesNo};

use super::commands::{Asked, Asking};
use super::reading::Ground;
use super::values::{any_address, digest, lpt};
use crate::rng::Rng;

fn owner(byte: u8) -> Address {
    Address::from_bytes([byte; 20])
}

/// An address that has signed, or may.
pub fn any_owner(rng: &mut Rng) -> Address {
    owner(rng.of([0xa1, 0xa2, 0xa3, 0xa4]))
}

impl Asking<'_> {
    /// The nonce that the Safe was last seen at.
    pub fn seen(&self) -> Seq {
        self.program.observation().map_or(Seq::ZERO, |last| last.safe.nonce)
    }

    pub fn observe(&self, rng: &mut Rng) -> Asked {
        let last = self.program.observation();
        let likely = if self.found().is_some() { 25 } else { 15 };
        let corrects = last.map(|last| last.recorded).filter(|_| rng.percent(likely));
        let before = last.map_or(0, |last| last.safe.block.get());
        let block = match corrects {
            Some(_) => before.saturating_sub(rng.below(50)),
            None => before.saturating_add(1 + rng.below(50)),
        };
        // Some of the batches proposed since were executed; or fewer than somebody thought.
        let (nonce, next) = (self.seen().get(), self.program.next_nonce().map_or(0, Seq::get));
        let nonce = match rng.below(10) {
            0..=3 => nonce.saturating_add(rng.below(next.saturating_sub(nonce).min(20) + 2)),
            4..=6 if corrects.is_some() => nonce.saturating_sub(rng.below(4)),
            _ => nonce,
        };
        self.see(rng, corrects, Seq::new(block), Seq::new(nonce))
    }

    /// The Safe has consumed a nonce.
    pub fn observe_past(&self, rng: &mut Rng, nonce: Seq) -> Asked {
        let block = self.program.observation().map_or(Seq::ZERO, |last| last.safe.block).next()?;
        self.see(rng, None, block, nonce.next()?)
    }

    fn see(&self, rng: &mut Rng, corrects: Option<Seq>, block: Seq, nonce: Seq) -> Asked {
        let last = self.program.observation().map(|last| last.safe.source);
        // What the ledger itself saw, nobody else corrects.
        let ground = match last.filter(|_| corrects.is_some()) {
            Some(source) => Ground::undoing(rng, source),
            None => Ground::any(rng, 35),
        };
        let given = self.program.books().balance(Account::Safe);
        let owners: &[u8] = rng.of([&[0xa1, 0xa2, 0xa3], &[0xa1, 0xa2, 0xa3], &[0xa3, 0xa1, 0xa4]]);
        self.stated(
            ground,
            ObserveSafe {
                corrects,
                balance: if rng.percent(70) { given } else { lpt(rng, 1_500) },
                block,
                block_hash: digest(rng),
                guard: rng.percent(10).then(|| owner(0xaa)),
                modules: if rng.percent(10) { vec![owner(0xab)] } else { Vec::new() },
                nonce,
                owners: owners.iter().copied().map(owner).collect(),
                singleton: owner(0xe4),
                source: ground.source(),
                threshold: Count::new(1 + rng.small(3)),
            },
            rng,
        )
    }

    pub fn fund(&self, rng: &mut Rng) -> Asked {
        let ground = Ground::any(rng, 25);
        let stand = self.program.fundings().filter(|(_, funding)| funding.withdrawn.is_none());
        let funders: Vec<Address> = stand.filter_map(|(_, funding)| funding.sender).collect();
        // The ledger itself knows funders by what they sent before.
        let known =
            rng.pick(&funders).copied().filter(|_| rng.percent(if ground.is_receipt() { 85 } else { 20 }));
        self.stated(
            ground,
            RecordFunding {
                amount: lpt(rng, 600),
                log_index: Count::new(rng.small(3)),
                receipt: self.receipt(rng, ground),
                sender: known.or_else(|| rng.percent(50).then(|| any_address(rng))),
                source: ground.source(),
                // Few enough that some come twice.
                tx_hash: Digest::sha256(&[&rng.below(1_000).to_be_bytes()]),
            },
            rng,
        )
    }

    pub fn withdraw(&self, rng: &mut Rng) -> Asked {
        let fundings: Vec<(Seq, Source)> =
            self.program.fundings().map(|(event, funding)| (event, funding.source)).collect();
        let (event, source) = *rng.pick(&fundings)?;
        let ground = Ground::undoing(rng, source);
        self.stated(ground, WithdrawFunding { event, reason: ground.reason(rng) }, rng)
    }

    /// Approved claims, mostly those whose waiting times are over, on the next nonce.
    pub fn propose(&self, rng: &mut Rng) -> Asked {
        let Some(next) = self.program.next_nonce() else { return self.observe(rng) };
        if rng.percent(25)
            && let Some(adopted) = self.adopt(rng)
        {
            return self.propose_soon(rng, adopted);
        }
        // Now and then another candidate for a nonce that is open, with some of the same lines.
        let open = self.open_nonces();
        let nonce = rng.pick(&open).copied().filter(|_| rng.percent(25)).unwrap_or(next);
        let patient = rng.percent(85);
        let stands = &self.held.stands;
        let claims = stands.approved.iter().chain(&stands.in_batch);
        let claims = claims.filter_map(|number| self.program.submission(*number).ok());
        let fits = |claim: &&Submission| match claim.stage {
            Stage::InBatch { nonce: held, .. } => held == nonce,
            _ => !patient || self.is_ready(claim),
        };
        let ready: Vec<&Submission> = claims.map(AsRef::as_ref).filter(fits).collect();
        if ready.is_empty() {
            return None;
        }
        let most = usize::try_from(self.program.policy_at(self.now).batch_lines.get()).ok()?.min(6);
        let start = rng.place(ready.len());
        let wanted = 1 + rng.place(most);
        let payouts: Vec<Payout> = (ready.iter().skip(start).take(wanted))
            .map(|claim| Payout {
                amount: claim.revision.amount,
                payee: claim.revision.payee,
                submission: claim.number,
            })
            .collect();
        let batch = self.batch(rng, nonce, payouts);
        self.propose_soon(rng, batch)
    }

    fn batch(&self, rng: &mut Rng, nonce: Seq, payouts: Vec<Payout>) -> ProposeBatch {
        let charter = self.program.charter();
        let (operation, to) = match payouts.len() {
            1 => (Operation::Call, charter.token),
            _ => (Operation::DelegateCall, charter.multi_send),
        };
        ProposeBatch {
            adopts: None,
            beside: YesNo::from(self.program.nonce(nonce).is_some()),
            domain_hash: digest(rng),
            evidence_up: YesNo::from(rng.percent(93)),
            message_hash: digest(rng),
            nonce,
            operation,
            payouts,
            safe_tx_hash: digest(rng),
            to,
        }
    }

    /// What a wallet made of a batch: the same lines with another MultiSendCallOnly on its nonce, or, once they are
    /// owed again, on any nonce that the wallet chose.
    fn adopt(&self, rng: &mut Rng) -> Option<ProposeBatch> {
        let open = self.open_nonces();
        let owed = |payout: &Payout| self.held.stands.approved.contains(&payout.submission);
        let free = |batch: &&Batch| !batch.payouts.is_empty() && batch.payouts.iter().all(owed);
        let flies = |batch: &&Batch| batch.payouts.len() > 1 && open.contains(&batch.nonce);
        let freed: Vec<&Batch> = self.program.batches().filter(free).collect();
        let flying: Vec<&Batch> = self.program.batches().filter(flies).collect();
        let chosen = rng.pick(&freed).filter(|_| rng.percent(70)).or_else(|| rng.pick(&flying)).copied()?;
        let nonce = if open.contains(&chosen.nonce) {
            chosen.nonce
        } else {
            Seq::new(self.seen().get().saturating_add(rng.below(9)))
        };
        let mut payouts = chosen.payouts.clone();
        if rng.percent(8) {
            // Not all of them, or in another order.
            payouts.rotate_left(1);
            payouts.truncate(if rng.percent(50) { payouts.len() } else { 1 });
        }
        let batch = self.batch(rng, nonce, payouts);
        let to = if batch.payouts.len() > 1 && rng.percent(60) { owner(0x88) } else { batch.to };
        Some(ProposeBatch { adopts: Some(chosen.number), to, ..batch })
    }

    /// Mostly only once the Safe was seen lately, and can pay it.
    fn propose_soon(&self, rng: &mut Rng, batch: ProposeBatch) -> Asked {
        let total = Amount::sum(batch.payouts.iter().map(|payout| payout.amount))?;
        if self.program.payable_on(batch.nonce).is_some_and(|payable| payable < total) && rng.percent(85) {
            return if rng.percent(50) { self.fund(rng) } else { self.observe(rng) };
        }
        let stale = self.program.observation().is_some_and(|seen| {
            self.now > seen.at.plus_hours(self.program.policy_at(self.now).observation_hours)
        });
        if stale && rng.percent(85) {
            return self.observe(rng);
        }
        self.by_someone(batch, rng)
    }

    fn is_ready(&self, claim: &Submission) -> bool {
        if claim.held_at(self.now).is_some() {
            return false;
        }
        let hours = self.program.rules_of(claim).objection_hours;
        let objected = claim.stage.decided_at().is_none_or(|decided| self.now < decided.plus_hours(hours));
        let payee = self.program.address(&claim.revision.payee);
        !objected
            && !self.is_awaited(claim.number)
            && payee.is_some_and(|payee| payee.usable_from <= self.now)
    }
}
