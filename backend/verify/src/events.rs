//! The journal of a bundle: its bytes, its decisions, its payments, and what it names.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Program;
use domain::command::{Actor, CastVote, OpenProgram, RecordAddress, RecordSignature};
use domain::event::{Event, Fact, Kind};
use domain::value::{Digest, Seq, Timestamp};
use domain::words::{Seconding, SigningForm, Source};
use safe::{Form, OwnerSignature};

use crate::chain::Chain;
use crate::checkpoint::Checkpoint;
use crate::chunks::Chunks;
use crate::finding::{Code, Finding, Findings};
use crate::named::Namings;
use crate::payment::{PaymentError, is_encoded, is_rejection};
use crate::receipts::Claim;
use crate::replay::Replay;
use crate::spent::Spent;
use crate::statements::{forum, is_proven, is_signed};
use crate::unusable::Unusable;

/// What was encoded again and is as stated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Payments {
    pub(crate) batches: u64,
    /// Those among them that pay nobody.
    pub(crate) rejections: u64,
    pub(crate) payouts: u64,
}

/// The journal as far as it was read. Cheap to clone but for the documents named and the keys spent.
#[derive(Clone, Debug)]
pub struct Events {
    pub(crate) chain: Chain,
    pub(crate) replay: Replay,
    pub(crate) namings: Namings,
    /// What the events that were decided again say of receipts.
    pub(crate) claims: Chunks<Claim>,
    /// Of the events that were decided again: their number is bounded by the state.
    spent: Spent,
    charter: Option<Arc<OpenProgram>>,
    payments: Payments,
    attested: u64,
    unproven: u64,
    unsigned_votes: u64,
    signed: u64,
    approvals: u64,
}

impl Events {
    /// Nothing read yet. The journal must continue each of the checkpoints that somebody kept.
    pub fn new(kept: &[Checkpoint]) -> Self {
        Self {
            chain: Chain::new(kept),
            replay: Replay::default(),
            namings: Namings::default(),
            claims: Chunks::default(),
            spent: Spent::default(),
            charter: None,
            payments: Payments::default(),
            attested: 0,
            unproven: 0,
            unsigned_votes: 0,
            signed: 0,
            approvals: 0,
        }
    }

    /// Takes the next line of `events.jsonl`, without its line feed.
    ///
    /// # Errors
    /// An event of rules that this program lacks.
    pub fn push(&mut self, line: &[u8], findings: &mut Findings) -> Result<(), Unusable> {
        let (place, number) = (self.chain.next, self.chain.size());
        let Some(recorded) = self.chain.push(line, findings)? else {
            self.replay.stop(place);
            return Ok(());
        };
        // The place where it stands: what an event says of its own is whoever wrote it's word.
        self.namings.push(number, &recorded.event);
        if self.replay.stopped().is_none() {
            self.spent.push(recorded.event.cause.as_ref());
        }
        let claim = self.check(&recorded.event, findings);
        self.replay.push(&recorded, findings);
        if let Some(claim) = claim.filter(|_| self.replay.stopped().is_none()) {
            self.claims.push(claim);
        }
        Ok(())
    }

    /// The number of the event that must come next.
    pub fn next(&self) -> Seq {
        self.chain.next
    }

    /// Checks of one event what its decision does not; gives what it says of a receipt, which comes later.
    fn check(&mut self, event: &Event, findings: &mut Findings) -> Option<Claim> {
        let seq = event.seq;
        match &event.fact {
            Fact::ProgramOpened { asked } => {
                self.charter.get_or_insert_with(|| Arc::new(OpenProgram::clone(asked)));
            }
            Fact::SafeObserved { asked } => self.state(asked.source, None),
            Fact::RefundRecorded { asked } => self.state(asked.source, None),
            Fact::FundingWithdrawn { asked } => self.take_back(asked.reason),
            Fact::ExecutionWithdrawn { asked } => self.take_back(asked.reason),
            Fact::TransferWithdrawn { asked } => self.take_back(asked.reason),
            Fact::FundingRecorded { asked } => {
                self.state(asked.source, asked.receipt);
                return Claim::funding(seq, asked);
            }
            Fact::InflowRecorded { asked } => {
                self.state(asked.source, asked.receipt);
                return Claim::inflow(seq, asked);
            }
            Fact::OutflowRecorded { asked } => {
                self.state(asked.source, asked.receipt);
                return Claim::outflow(seq, asked);
            }
            // Where it takes two words, the second one makes it a fact.
            Fact::BatchExecuted { asked, outcome } if outcome.verdict == Seconding::Done => {
                self.state(asked.source, asked.receipt);
                return Claim::execution(seq, asked, self.whole()?);
            }
            Fact::NonceConsumed { asked, outcome } if outcome.verdict == Seconding::Done => {
                self.state(asked.source, asked.receipt);
                return Claim::consumption(seq, asked, self.whole()?);
            }
            Fact::WordConfirmed { asked } => return Claim::confirmation(seq, asked, self.whole()?),
            Fact::FindingRecorded { asked } => return Claim::finding(seq, asked, self.whole()?),
            Fact::SignatureRecorded { asked } => self.check_agreement(seq, asked, findings),
            Fact::BatchProposed { asked, .. } => {
                let encoded = self.charter.as_ref().map(|charter| is_encoded(charter, asked));
                self.check_payment(seq, encoded, asked.payouts.len(), findings);
            }
            Fact::RejectionProposed { asked, .. } => {
                let encoded = self.charter.as_ref().map(|charter| is_rejection(charter, asked));
                self.check_payment(seq, encoded, 0, findings);
            }
            Fact::AddressRecorded { asked, .. } => self.check_proof(event, asked, findings),
            Fact::VoteCast { asked, .. } => self.check_vote(seq, asked, findings),
            Fact::MemberAdded { .. }
            | Fact::RoleGranted { .. }
            | Fact::RoleRevoked { .. }
            | Fact::PeriodOpened { .. }
            | Fact::Allotted { .. }
            | Fact::AllotmentMoved { .. }
            | Fact::CapChanged { .. }
            | Fact::LimitsChanged { .. }
            | Fact::PolicyChanged { .. }
            | Fact::PeriodClosed { .. }
            | Fact::BountyPosted { .. }
            | Fact::SlotTaken { .. }
            | Fact::SlotReleased { .. }
            | Fact::BountyClosed { .. }
            | Fact::SubmissionFiled { .. }
            | Fact::SubmissionRevised { .. }
            | Fact::OfferAccepted { .. }
            | Fact::SubmissionWithdrawn { .. }
            | Fact::CommentAdded { .. }
            | Fact::RejectionAppealed { .. }
            | Fact::SubmissionReopened { .. }
            | Fact::SubmissionHeld { .. }
            | Fact::SubmissionChallenged { .. }
            | Fact::SubmissionReleased { .. }
            | Fact::ReversalVoted { .. }
            | Fact::WaitingApproved { .. }
            | Fact::BatchExecuted { .. }
            | Fact::NonceConsumed { .. }
            | Fact::InflowClassified { .. }
            | Fact::OutflowSettled { .. }
            | Fact::DocumentErased { .. }
            | Fact::MemberInvited { .. }
            | Fact::InviteWithdrawn { .. }
            | Fact::MemberJoined { .. }
            | Fact::MemberLeft { .. }
            | Fact::MembersLinked { .. }
            | Fact::ConflictDeclared { .. }
            | Fact::NodeDeclared { .. }
            | Fact::AlternateCalled { .. }
            | Fact::SampleChecked { .. } => {}
        }
        None
    }

    /// Recovers who signed the proof of an address.
    fn check_proof(&self, event: &Event, asked: &RecordAddress, findings: &mut Findings) {
        let (Some(charter), Some(identity)) = (&self.charter, self.identity()) else { return };
        let Actor::Member(member) = event.actor else { return };
        if !is_proven(&forum(charter, identity), member, asked) {
            let words = format!("the proof of {} is not its own signature", asked.address);
            findings.add(Finding::at(Code::SignatureDiffers, event.seq, words));
        }
    }

    /// Recovers who signed a vote, from the revision as it stood before.
    fn check_vote(&mut self, seq: Seq, asked: &CastVote, findings: &mut Findings) {
        if asked.signature.is_none() {
            self.unsigned_votes = self.unsigned_votes.saturating_add(1);
            return;
        }
        let Some(program) = self.whole() else { return };
        let (forum, submission) =
            (forum(program.charter(), program.identity()), program.submission(asked.submission));
        if submission.is_ok_and(|submission| !is_signed(&forum, submission, asked)) {
            let words = "the vote is not signed by the address that it names";
            findings.add(Finding::at(Code::SignatureDiffers, seq, words));
        }
    }

    /// Recovers which owner of the Safe signed a batch, as it was proposed before.
    fn check_agreement(&mut self, seq: Seq, asked: &RecordSignature, findings: &mut Findings) {
        let form = match asked.form {
            SigningForm::Eip712 => Form::TypedData,
            SigningForm::EthSign => Form::EthSign,
            SigningForm::ApprovedHash | SigningForm::Contract => {
                self.approvals = self.approvals.saturating_add(1);
                return;
            }
        };
        let batch = self.whole().and_then(|program| program.batch(asked.batch));
        // The rules refuse one of a batch that is not there, or without a signature.
        let (Some(batch), Some(signature)) = (batch, asked.signature) else { return };
        if (OwnerSignature { owner: asked.owner, form, signature }).is_of(&batch.safe_tx_hash) {
            self.signed = self.signed.saturating_add(1);
        } else {
            let words = format!("{} did not sign batch {} in this form", asked.owner, asked.batch);
            findings.add(Finding::at(Code::SignatureDiffers, seq, words));
        }
    }

    /// Counts a statement about the chain by what it rests on; one that rests on a receipt is counted when that comes.
    fn state(&mut self, source: Source, receipt: Option<Digest>) {
        match source {
            Source::Attested => self.attested = self.attested.saturating_add(1),
            Source::Chain if receipt.is_none() => self.unproven = self.unproven.saturating_add(1),
            Source::Chain => {}
        }
    }

    /// Counts what was taken back: by a member who says why, or by the ledger itself.
    fn take_back(&mut self, reason: Option<Digest>) {
        let source = if reason.is_some() { Source::Attested } else { Source::Chain };
        self.state(source, None);
    }

    /// Takes what came of encoding a batch's transaction again, and comparing all that the batch states of it.
    fn check_payment(
        &mut self,
        seq: Seq,
        encoded: Option<Result<bool, PaymentError>>,
        payouts: usize,
        findings: &mut Findings,
    ) {
        match encoded {
            None => {}
            Some(Ok(true)) => {
                self.payments.batches = self.payments.batches.saturating_add(1);
                let rejections = self.payments.rejections.saturating_add(u64::from(payouts == 0));
                self.payments.rejections = rejections;
                let payouts = u64::try_from(payouts).unwrap_or(u64::MAX);
                self.payments.payouts = self.payments.payouts.saturating_add(payouts);
            }
            Some(Ok(false)) => {
                let words = match payouts {
                    0 => "a rejection on its nonce has other hashes",
                    _ => "its lines make another Safe transaction, or one with other hashes",
                };
                findings.add(Finding::at(Code::PaymentDiffers, seq, words));
            }
            Some(Err(error)) => findings.add(Finding::at(Code::PaymentImpossible, seq, error.to_string())),
        }
    }

    /// Names the events whose idempotency key was spent before. No decision shows it: what repeats a key is answered,
    /// and never decided.
    pub(crate) fn check_keys(&mut self, findings: &mut Findings) {
        for seq in std::mem::take(&mut self.spent).again() {
            let words = "an event before it has spent the same idempotency key";
            findings.add(Finding::at(Code::KeySpent, seq, words));
        }
    }

    pub(crate) fn identity(&self) -> Option<Digest> {
        self.chain.identity()
    }

    /// The state after the last event, if all of them follow.
    pub(crate) fn whole(&self) -> Option<&Program> {
        self.replay.state().filter(|_| self.replay.stopped().is_none())
    }

    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.chain.first_at.zip(self.chain.last_at)
    }

    pub(crate) fn decided(&self) -> &BTreeMap<Kind, u64> {
        self.replay.decided()
    }

    pub(crate) fn payments(&self) -> Payments {
        self.payments
    }

    /// Votes without a signature, also those that were not decided again.
    pub(crate) fn unsigned_votes(&self) -> u64 {
        self.unsigned_votes
    }

    /// Statements about the chain that nobody compared with it when they were made.
    pub(crate) fn attested(&self) -> u64 {
        self.attested
    }

    /// What the ledger says that it read where there are no receipts.
    pub(crate) fn unproven(&self) -> u64 {
        self.unproven
    }

    /// Signatures of owners that are of the owners they name.
    pub(crate) fn signed(&self) -> u64 {
        self.signed
    }

    /// Agreements of owners that no key signed.
    pub(crate) fn approvals(&self) -> u64 {
        self.approvals
    }
}
