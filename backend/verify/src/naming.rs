//! Which documents a fact names, what each of them holds, and whose it is.

use domain::command::Actor;
use domain::event::{Event, Fact};
use domain::value::{Digest, MemberNumber, SubmissionNumber};

/// What a document holds, by what names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A program's name, description and scope.
    Program,
    /// A member's handle.
    Name,
    /// A bounty's title and brief.
    Brief,
    /// A claim's title, summary and links.
    Claim,
    /// Why somebody did what they did.
    Reason,
    /// What somebody says about a claim.
    Comment,
    /// What a declared node is.
    Note,
    /// A picture or pages that show a claim's evidence as it was seen.
    Capture,
    /// What a node of the chain answered when it was asked for the receipt of a transaction.
    Receipt,
}

impl Shape {
    pub(crate) const ALL: [Self; 9] = [
        Self::Program,
        Self::Name,
        Self::Brief,
        Self::Claim,
        Self::Reason,
        Self::Comment,
        Self::Note,
        Self::Capture,
        Self::Receipt,
    ];
}

/// What an event binds a claim's text to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bonds<'a> {
    pub evidence: &'a [Digest],
    pub captures: &'a [Digest],
}

/// The same in one number: the first half of the hash of its digests.
pub(crate) type Bound = [u8; 16];

impl Bonds<'_> {
    pub(crate) fn bound(self) -> Bound {
        let hash = |digests: &[Digest]| {
            let parts: Vec<&[u8]> = digests.iter().map(|digest| digest.bytes().as_slice()).collect();
            Digest::sha256(&parts)
        };
        let digest = Digest::sha256(&[hash(self.evidence).bytes(), hash(self.captures).bytes()]);
        let (halves, _) = digest.bytes().as_chunks();
        halves.first().copied().unwrap_or_default()
    }
}

/// Calls `each` with every document that a fact names, and what a claim's text is bound to.
pub fn documents_of(fact: &Fact, mut each: impl FnMut(Digest, Shape, Option<Bonds<'_>>)) {
    let (document, shape) = match fact {
        Fact::ProgramOpened { asked } => {
            for member in &asked.members {
                each(member.name, Shape::Name, None);
            }
            (asked.texts, Shape::Program)
        }
        Fact::SubmissionFiled { asked, .. } => {
            return claim(
                asked.texts,
                Bonds { evidence: &asked.evidence, captures: &asked.captures },
                &mut each,
            );
        }
        Fact::SubmissionRevised { asked, .. } => {
            return claim(
                asked.texts,
                Bonds { evidence: &asked.evidence, captures: &asked.captures },
                &mut each,
            );
        }
        Fact::Allotted { asked } => return if_any(asked.reason, Shape::Reason, &mut each),
        Fact::FundingWithdrawn { asked } => return if_any(asked.reason, Shape::Reason, &mut each),
        Fact::ExecutionWithdrawn { asked } => return if_any(asked.reason, Shape::Reason, &mut each),
        Fact::TransferWithdrawn { asked } => return if_any(asked.reason, Shape::Reason, &mut each),
        Fact::NonceConsumed { asked, .. } => {
            if_any(asked.reason, Shape::Reason, &mut each);
            return if_any(asked.receipt, Shape::Receipt, &mut each);
        }
        Fact::FundingRecorded { asked } => return if_any(asked.receipt, Shape::Receipt, &mut each),
        Fact::BatchExecuted { asked, .. } => return if_any(asked.receipt, Shape::Receipt, &mut each),
        Fact::InflowRecorded { asked } => return if_any(asked.receipt, Shape::Receipt, &mut each),
        Fact::OutflowRecorded { asked } => return if_any(asked.receipt, Shape::Receipt, &mut each),
        Fact::WordConfirmed { asked } => (asked.receipt, Shape::Receipt),
        Fact::FindingRecorded { asked } => (asked.receipt, Shape::Receipt),
        Fact::MemberAdded { asked, .. } => (asked.name, Shape::Name),
        Fact::MemberJoined { asked, .. } => (asked.name, Shape::Name),
        Fact::BountyPosted { asked, .. } => (asked.brief, Shape::Brief),
        Fact::CommentAdded { asked } => (asked.text, Shape::Comment),
        Fact::NodeDeclared { asked } => (asked.note, Shape::Note),
        Fact::VoteCast { asked, .. } => (asked.reason, Shape::Reason),
        Fact::AllotmentMoved { asked } => (asked.reason, Shape::Reason),
        Fact::CapChanged { asked } => (asked.reason, Shape::Reason),
        Fact::LimitsChanged { asked } => (asked.reason, Shape::Reason),
        Fact::PolicyChanged { asked, .. } => (asked.reason, Shape::Reason),
        Fact::PeriodClosed { asked } => (asked.variance, Shape::Reason),
        Fact::BountyClosed { asked } => (asked.reason, Shape::Reason),
        Fact::SubmissionWithdrawn { asked } => (asked.reason, Shape::Reason),
        Fact::RejectionAppealed { asked, .. } => (asked.reason, Shape::Reason),
        Fact::SubmissionReopened { asked } => (asked.reason, Shape::Reason),
        Fact::SubmissionHeld { asked, .. } => (asked.reason, Shape::Reason),
        Fact::SubmissionChallenged { asked, .. } => (asked.reason, Shape::Reason),
        Fact::SubmissionReleased { asked } => (asked.reason, Shape::Reason),
        Fact::ReversalVoted { asked, .. } => (asked.reason, Shape::Reason),
        Fact::InflowClassified { asked, .. } => (asked.reason, Shape::Reason),
        Fact::OutflowSettled { asked, .. } => (asked.reason, Shape::Reason),
        Fact::MembersLinked { asked } => (asked.reason, Shape::Reason),
        Fact::ConflictDeclared { asked } => (asked.reason, Shape::Reason),
        Fact::SampleChecked { asked } => (asked.reason, Shape::Reason),
        Fact::RoleGranted { .. }
        | Fact::RoleRevoked { .. }
        | Fact::AddressRecorded { .. }
        | Fact::PeriodOpened { .. }
        | Fact::SlotTaken { .. }
        | Fact::SlotReleased { .. }
        | Fact::OfferAccepted { .. }
        | Fact::WaitingApproved { .. }
        | Fact::SafeObserved { .. }
        | Fact::BatchProposed { .. }
        | Fact::RejectionProposed { .. }
        | Fact::RefundRecorded { .. }
        | Fact::SignatureRecorded { .. }
        | Fact::DocumentErased { .. }
        | Fact::MemberInvited { .. }
        | Fact::InviteWithdrawn { .. }
        | Fact::MemberLeft { .. }
        | Fact::AlternateCalled { .. } => return,
    };
    each(document, shape, None);
}

/// A claim's text, and its captures behind it.
fn claim(texts: Digest, bonds: Bonds<'_>, each: &mut impl FnMut(Digest, Shape, Option<Bonds<'_>>)) {
    each(texts, Shape::Claim, Some(bonds));
    for capture in bonds.captures {
        each(*capture, Shape::Capture, None);
    }
}

/// A document that may be left out.
fn if_any(document: Option<Digest>, shape: Shape, each: &mut impl FnMut(Digest, Shape, Option<Bonds<'_>>)) {
    if let Some(document) = document {
        each(document, shape, None);
    }
}

/// Whose the documents are that an event names first, and which claim they are about: what an erasure has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The member who asked, or who joined; nobody where the ledger itself did: then a receipt is named at most, and
    /// nobody may erase it.
    pub author: Option<MemberNumber>,
    pub submission: Option<SubmissionNumber>,
}

impl Origin {
    /// The origin of the documents of an event.
    pub fn of(event: &Event) -> Self {
        let author = match (event.actor, &event.fact) {
            (Actor::Member(author), _) => Some(author),
            (Actor::System, Fact::MemberJoined { outcome, .. }) => Some(outcome.member),
            (Actor::System, _) => None,
        };
        Self { author, submission: submission_of(&event.fact) }
    }
}

/// The submission that a fact is about, as far as it may name documents.
fn submission_of(fact: &Fact) -> Option<SubmissionNumber> {
    match fact {
        Fact::SubmissionFiled { outcome, .. } => Some(outcome.submission),
        Fact::SubmissionRevised { asked, .. } => Some(asked.submission),
        Fact::VoteCast { asked, .. } => Some(asked.submission),
        Fact::CommentAdded { asked } => Some(asked.submission),
        Fact::SubmissionWithdrawn { asked } => Some(asked.submission),
        Fact::RejectionAppealed { asked, .. } => Some(asked.submission),
        Fact::SubmissionReopened { asked } => Some(asked.submission),
        Fact::SubmissionHeld { asked, .. } => Some(asked.submission),
        Fact::SubmissionChallenged { asked, .. } => Some(asked.submission),
        Fact::SubmissionReleased { asked } => Some(asked.submission),
        Fact::ReversalVoted { asked, .. } => Some(asked.submission),
        Fact::SampleChecked { asked } => Some(asked.submission),
        Fact::InflowClassified { asked, .. } => asked.submission,
        Fact::OutflowSettled { asked, .. } => asked.submission,
        Fact::ProgramOpened { .. }
        | Fact::MemberAdded { .. }
        | Fact::MemberJoined { .. }
        | Fact::RoleGranted { .. }
        | Fact::RoleRevoked { .. }
        | Fact::AddressRecorded { .. }
        | Fact::PeriodOpened { .. }
        | Fact::Allotted { .. }
        | Fact::AllotmentMoved { .. }
        | Fact::CapChanged { .. }
        | Fact::LimitsChanged { .. }
        | Fact::PolicyChanged { .. }
        | Fact::PeriodClosed { .. }
        | Fact::BountyPosted { .. }
        | Fact::BountyClosed { .. }
        | Fact::SlotTaken { .. }
        | Fact::SlotReleased { .. }
        | Fact::OfferAccepted { .. }
        | Fact::WaitingApproved { .. }
        | Fact::SafeObserved { .. }
        | Fact::FundingRecorded { .. }
        | Fact::FundingWithdrawn { .. }
        | Fact::BatchProposed { .. }
        | Fact::RejectionProposed { .. }
        | Fact::BatchExecuted { .. }
        | Fact::NonceConsumed { .. }
        | Fact::ExecutionWithdrawn { .. }
        | Fact::InflowRecorded { .. }
        | Fact::OutflowRecorded { .. }
        | Fact::RefundRecorded { .. }
        | Fact::TransferWithdrawn { .. }
        | Fact::WordConfirmed { .. }
        | Fact::FindingRecorded { .. }
        | Fact::SignatureRecorded { .. }
        | Fact::DocumentErased { .. }
        | Fact::MemberInvited { .. }
        | Fact::InviteWithdrawn { .. }
        | Fact::MemberLeft { .. }
        | Fact::MembersLinked { .. }
        | Fact::ConflictDeclared { .. }
        | Fact::NodeDeclared { .. }
        | Fact::AlternateCalled { .. } => None,
    }
}
