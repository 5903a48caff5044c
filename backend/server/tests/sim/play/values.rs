//! Values of chance: amounts, addresses, evidence, and the documents that commands bring.

use domain::event::Command;
use domain::journal::Document;
use domain::value::{Address, Amount, Digest, Slug};
use domain::words::YesNo;

use super::ledger::Held;
use super::reading::receipt_of;
use crate::rng::Rng;

pub fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

/// Quarters of an LPT, now and then a wei more.
pub fn lpt(rng: &mut Rng, end: u64) -> Amount {
    let odd = u128::from(rng.percent(20));
    Amount::from_wei(Amount::LPT.wei() / 4 * u128::from(1 + rng.below(end * 4)) + odd)
}

pub fn digest(rng: &mut Rng) -> Digest {
    Digest::from_bytes(rng.bytes())
}

pub fn yes_no(rng: &mut Rng) -> YesNo {
    YesNo::from(rng.percent(30))
}

/// One of few, so that two people try the same, or look alike.
pub fn any_address(rng: &mut Rng) -> Address {
    let mut bytes = [rng.of([1, 2, 3, 4, 5, 6]); 20];
    bytes[10] = rng.of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    Address::from_bytes(bytes)
}

/// One to three of many links, so that some are claimed twice.
pub fn any_evidence(rng: &mut Rng) -> Vec<Digest> {
    let mut links: Vec<u64> = (0..=rng.below(3)).map(|_| rng.below(3_000)).collect();
    links.sort_unstable();
    links.dedup();
    links.iter().map(|link| Digest::sha256(&[&link.to_be_bytes()])).collect()
}

/// Mostly none.
pub fn any_captures(rng: &mut Rng) -> Vec<Digest> {
    (0..rng.below(8).saturating_sub(5)).map(|_| digest(rng)).collect()
}

/// Makes the documents that a command brings.
struct Writing<'a> {
    rng: &'a mut Rng,
    held: Option<&'a Held>,
    documents: Vec<Document>,
}

impl Writing<'_> {
    fn known(&self, field: &Digest) -> Option<&Document> {
        self.held.and_then(|held| held.documents.get(field))
    }

    /// A document of its own behind a digest, unless there is one.
    fn write(&mut self, field: &mut Digest) {
        if self.known(field).is_some() {
            return;
        }
        let content = format!("{{\"text\":\"{}\"}}", self.rng.next()).into_bytes();
        let document = Document { salt: self.rng.bytes(), media_type: "application/json", content };
        *field = document.digest();
        self.documents.push(document);
    }

    /// A receipt, which comes again with everything that it shows.
    fn show(&mut self, receipt: &mut Digest) {
        match self.known(receipt).cloned() {
            Some(known) => self.documents.push(known),
            None => self.write(receipt),
        }
    }
}

/// Puts documents behind the digests that a command names, and hands them over; those that are there stay.
pub fn documents(rng: &mut Rng, held: Option<&Held>, command: &mut Command) -> Vec<Document> {
    let mut writing = Writing { rng, held, documents: Vec::new() };
    if let Some(receipt) = receipt_of(command) {
        writing.show(receipt);
    }
    let mut write = |field: &mut Digest| writing.write(field);
    match command {
        Command::ProgramOpened(asked) => {
            asked.members.iter_mut().for_each(|member| write(&mut member.name));
            write(&mut asked.texts);
        }
        Command::MemberAdded(asked) => write(&mut asked.name),
        Command::BountyPosted(asked) => write(&mut asked.brief),
        Command::SubmissionFiled(asked) => {
            write(&mut asked.texts);
            asked.captures.iter_mut().for_each(write);
        }
        Command::SubmissionRevised(asked) => {
            write(&mut asked.texts);
            asked.captures.iter_mut().for_each(write);
        }
        Command::VoteCast(asked) => write(&mut asked.reason),
        Command::BountyClosed(asked) => write(&mut asked.reason),
        Command::CommentAdded(asked) => write(&mut asked.text),
        Command::SubmissionWithdrawn(asked) => write(&mut asked.reason),
        Command::RejectionAppealed(asked) => write(&mut asked.reason),
        Command::SubmissionReopened(asked) => write(&mut asked.reason),
        Command::SubmissionHeld(asked) => write(&mut asked.reason),
        Command::SubmissionChallenged(asked) => write(&mut asked.reason),
        Command::SubmissionReleased(asked) => write(&mut asked.reason),
        Command::ReversalVoted(asked) => write(&mut asked.reason),
        Command::Allotted(asked) => asked.reason.iter_mut().for_each(write),
        Command::AllotmentMoved(asked) => write(&mut asked.reason),
        Command::CapChanged(asked) => write(&mut asked.reason),
        Command::LimitsChanged(asked) => write(&mut asked.reason),
        Command::PolicyChanged(asked) => write(&mut asked.reason),
        Command::NonceConsumed(asked) => asked.reason.iter_mut().for_each(write),
        Command::ExecutionWithdrawn(asked) => asked.reason.iter_mut().for_each(write),
        Command::TransferWithdrawn(asked) => asked.reason.iter_mut().for_each(write),
        Command::InflowClassified(asked) => write(&mut asked.reason),
        Command::OutflowSettled(asked) => write(&mut asked.reason),
        Command::PeriodClosed(asked) => write(&mut asked.variance),
        Command::FundingWithdrawn(asked) => asked.reason.iter_mut().for_each(write),
        Command::MemberJoined(asked) => write(&mut asked.name),
        Command::MembersLinked(asked) => write(&mut asked.reason),
        Command::ConflictDeclared(asked) => write(&mut asked.reason),
        Command::NodeDeclared(asked) => write(&mut asked.note),
        Command::SampleChecked(asked) => write(&mut asked.reason),
        Command::RoleGranted(_)
        | Command::RoleRevoked(_)
        | Command::AddressRecorded(_)
        | Command::PeriodOpened(_)
        | Command::SlotTaken(_)
        | Command::SlotReleased(_)
        | Command::OfferAccepted(_)
        | Command::WaitingApproved(_)
        | Command::SafeObserved(_)
        | Command::FundingRecorded(_)
        | Command::BatchProposed(_)
        | Command::RejectionProposed(_)
        | Command::BatchExecuted(_)
        | Command::InflowRecorded(_)
        | Command::OutflowRecorded(_)
        | Command::RefundRecorded(_)
        | Command::WordConfirmed(_)
        | Command::FindingRecorded(_)
        | Command::SignatureRecorded(_)
        | Command::DocumentErased(_)
        | Command::MemberInvited(_)
        | Command::InviteWithdrawn(_)
        | Command::MemberLeft(_)
        | Command::AlternateCalled(_) => {}
    }
    writing.documents
}
