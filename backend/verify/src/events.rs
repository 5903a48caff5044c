//! The journal of a bundle: its bytes, its decisions, its payments, and what it names.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Program;
use domain::command::{Actor, CastVote, OpenProgram, ProposeBatch, RecordAddress};
use domain::event::{Event, Fact, Kind};
use domain::value::{Digest, Seq, Timestamp};

use crate::chain::Chain;
use crate::checkpoint::Checkpoint;
use crate::finding::{Code, Finding, Findings};
use crate::named::Namings;
use crate::payment::is_encoded;
use crate::replay::Replay;
use crate::statements::{forum, is_proven, is_signed};
use crate::unusable::Unusable;

/// The journal as far as it was read. Cheap to clone but for the documents named: 44 bytes each.
#[derive(Clone, Debug)]
pub struct Events {
    pub(crate) chain: Chain,
    pub(crate) replay: Replay,
    pub(crate) namings: Namings,
    charter: Option<Arc<OpenProgram>>,
    batches: u64,
    payouts: u64,
    attested: u64,
    unsigned_votes: u64,
}

impl Events {
    /// Nothing read yet. The journal must continue each of the checkpoints that somebody kept.
    pub fn new(kept: &[Checkpoint]) -> Self {
        Self {
            chain: Chain::new(kept),
            replay: Replay::default(),
            namings: Namings::default(),
            charter: None,
            batches: 0,
            payouts: 0,
            attested: 0,
            unsigned_votes: 0,
        }
    }

    /// Takes the next line of `events.jsonl`, without its line feed.
    ///
    /// # Errors
    /// An event of rules that this program lacks.
    pub fn push(&mut self, line: &[u8], findings: &mut Findings) -> Result<(), Unusable> {
        let place = self.chain.next;
        let Some(recorded) = self.chain.push(line, findings)? else {
            self.replay.stop(place);
            return Ok(());
        };
        self.namings.push(recorded.event.seq, &recorded.event.fact);
        self.check(&recorded.event, findings);
        self.replay.push(&recorded, findings);
        Ok(())
    }

    /// The number of the event that must come next.
    pub fn next(&self) -> Seq {
        self.chain.next
    }

    /// What can be checked of one event without the state before it.
    fn check(&mut self, event: &Event, findings: &mut Findings) {
        match &event.fact {
            Fact::ProgramOpened { asked } => {
                self.charter.get_or_insert_with(|| Arc::new(OpenProgram::clone(asked)));
            }
            Fact::SafeObserved { .. } | Fact::FundingRecorded { .. } => {
                self.attested = self.attested.saturating_add(1);
            }
            Fact::BatchProposed { asked, .. } => self.check_batch(event.seq, asked, findings),
            Fact::AddressRecorded { asked, .. } => self.check_proof(event, asked, findings),
            Fact::VoteCast { asked, .. } => self.check_vote(event.seq, asked, findings),
            Fact::MemberAdded { .. }
            | Fact::RoleGranted { .. }
            | Fact::RoleRevoked { .. }
            | Fact::PeriodOpened { .. }
            | Fact::Allotted { .. }
            | Fact::BountyPosted { .. }
            | Fact::SubmissionFiled { .. }
            | Fact::SubmissionRevised { .. }
            | Fact::WaitingApproved { .. }
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
        let Some(program) = self.whole() else { return };
        if asked.signature.is_none() {
            self.unsigned_votes = self.unsigned_votes.saturating_add(1);
            return;
        }
        let (forum, submission) =
            (forum(program.charter(), program.identity()), program.submission(asked.submission));
        if submission.is_ok_and(|submission| !is_signed(&forum, submission, asked)) {
            let words = "the vote is not signed by the address that it names";
            findings.add(Finding::at(Code::SignatureDiffers, seq, words));
        }
    }

    /// How many votes that were decided again carry no signature.
    pub(crate) fn unsigned_votes(&self) -> u64 {
        self.unsigned_votes
    }

    /// Encodes a batch's transaction again and compares all that the batch states of it.
    fn check_batch(&mut self, seq: Seq, asked: &ProposeBatch, findings: &mut Findings) {
        let Some(charter) = &self.charter else { return };
        match is_encoded(charter, asked) {
            Ok(true) => {
                self.batches = self.batches.saturating_add(1);
                let payouts = u64::try_from(asked.payouts.len()).unwrap_or(u64::MAX);
                self.payouts = self.payouts.saturating_add(payouts);
            }
            Ok(false) => {
                let words = "its lines make another Safe transaction, or one with other hashes";
                findings.add(Finding::at(Code::PaymentDiffers, seq, words));
            }
            Err(error) => findings.add(Finding::at(Code::PaymentImpossible, seq, error.to_string())),
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

    /// Batches whose transaction was encoded again, and their payouts.
    pub(crate) fn payments(&self) -> (u64, u64) {
        (self.batches, self.payouts)
    }

    /// Statements about the chain that nobody compared with it.
    pub(crate) fn attested(&self) -> u64 {
        self.attested
    }
}
