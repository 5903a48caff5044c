//! Bundles in memory: members by name, and what verifies them.

use std::collections::HashSet;
use std::io;

use domain::event::{Event, Fact, Recorded};
use domain::journal::Frontier;
use domain::value::{Digest, Seq};
use domain::words::Seconding;
use domain::{ApplyError, Program};
use verify::files::FileError;
use verify::write::{Sink, WriteError, write};
use verify::{Checkpoint, Findings, Member, Options, Outcome, Shape, Unusable, Verifier, documents_of};

use super::Ledger;

/// The members of a bundle in their order.
pub type Members = Vec<(Member, Vec<u8>)>;

/// Keeps what is written.
#[derive(Default)]
struct Memory(Members);

impl Sink for Memory {
    fn begin(&mut self, member: Member, size: u64) -> io::Result<()> {
        self.0.push((member, Vec::with_capacity(usize::try_from(size).unwrap())));
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.last_mut().unwrap().1.extend_from_slice(bytes);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The bundle of a ledger.
pub fn members(ledger: &Ledger) -> Members {
    try_members(ledger).unwrap()
}

fn try_members(ledger: &Ledger) -> Result<Members, WriteError<FileError>> {
    let mut memory = Memory::default();
    write(&ledger.program, &mut ledger.clone(), &mut memory)?;
    Ok(memory.0)
}

/// Verifies members as an archive would hand them in.
pub fn verify(members: &Members) -> Outcome {
    verify_since(members, &[])
}

/// Verifies members against kept checkpoints.
pub fn verify_since(members: &Members, kept: &[Checkpoint]) -> Outcome {
    try_verify(members, kept).unwrap()
}

pub fn try_verify(members: &Members, kept: &[Checkpoint]) -> Result<Outcome, Unusable> {
    let mut verifier = Verifier::ordered(&Options { kept: kept.to_vec(), ..Options::default() });
    for (member, bytes) in members {
        verifier.take(*member, &mut bytes.as_slice())?;
    }
    verifier.finish()
}

pub fn checkpoint(program: &Program) -> Checkpoint {
    Checkpoint { identity: program.identity(), size: program.size(), root: program.root() }
}

/// What a forger does after an edit: numbers all events anew, chains them, states the roots that batches were
/// proposed on, folds them without asking any rule, and writes every other file from that. If they cannot be
/// folded, or a batch cannot be encoded, those files are of the history before.
pub fn forge(ledger: &Ledger, edit: impl FnOnce(&mut Vec<Event>)) -> Members {
    let (journal, tree) = rechained(ledger, edit);
    let mut forged = Ledger { journal, ..ledger.clone() };
    if let Ok(program) = fold(&forged.journal) {
        forged.program = program;
        if let Ok(members) = try_members(&forged) {
            return members;
        }
    }
    let identity = forged.journal[0].leaf;
    let stated = Checkpoint { identity, size: tree.size(), root: tree.root() };
    let mut all = members(ledger);
    put(&mut all, Member::Checkpoint, stated.to_string().into_bytes());
    put(&mut all, Member::Events, lines(&forged.journal));
    all.retain(|(member, _)| member.rank() != 4);
    let mut place = all.iter().position(|(member, _)| member.rank() > 4).unwrap();
    let mut named = HashSet::new();
    for recorded in &forged.journal {
        documents_of(&recorded.event.fact, |digest, _, _| {
            // What was erased is nowhere any more.
            let kept = ledger.documents.get(&digest).filter(|_| named.insert(digest));
            if let Some(bytes) = kept {
                all.insert(place, (Member::Document(digest), bytes.clone()));
                place += 1;
            }
        });
    }
    all
}

/// The events after an edit, numbered and chained anew, on the roots that they make.
fn rechained(ledger: &Ledger, edit: impl FnOnce(&mut Vec<Event>)) -> (Vec<Recorded>, Frontier) {
    let mut events: Vec<Event> = ledger.journal.iter().map(|recorded| recorded.event.clone()).collect();
    edit(&mut events);
    let mut tree = Frontier::default();
    let mut prev = Digest::ZERO;
    let mut journal = Vec::new();
    for (seq, mut event) in (0_u64..).zip(events) {
        event.seq = Seq::new(seq);
        event.prev = prev;
        if let Fact::BatchProposed { outcome, .. } | Fact::RejectionProposed { outcome, .. } = &mut event.fact
        {
            (outcome.size, outcome.root) = (tree.size(), tree.root());
        }
        let recorded = event.record().unwrap();
        prev = recorded.leaf;
        tree.append(prev);
        journal.push(recorded);
    }
    (journal, tree)
}

/// What is found of the events after an edit, and of the receipts that they name, and of nothing else.
pub fn judged(ledger: &Ledger, edit: impl FnOnce(&mut Vec<Event>)) -> Findings {
    let (journal, _) = rechained(ledger, edit);
    let mut verifier = Verifier::new(&Options::default());
    verifier.take(Member::Events, &mut &lines(&journal)[..]).unwrap();
    let mut named = HashSet::new();
    for recorded in &journal {
        documents_of(&recorded.event.fact, |digest, shape, _| {
            if shape == Shape::Receipt && named.insert(digest) {
                let mut bytes = &ledger.documents[&digest][..];
                verifier.take(Member::Document(digest), &mut bytes).unwrap();
            }
        });
    }
    verifier.findings().clone()
}

/// The documents that have to be gone, each with the event that erased it.
pub fn erased(ledger: &Ledger) -> Vec<(Digest, u64)> {
    let done = ledger.journal.iter().filter_map(|recorded| match &recorded.event.fact {
        Fact::DocumentErased { asked, outcome } if outcome.verdict == Seconding::Done => {
            Some((asked.document, recorded.event.seq.get()))
        }
        _ => None,
    });
    done.collect()
}

/// The bundle of a ledger with a document that it lacks, in its place.
pub fn with_document(ledger: &Ledger, bundle: &Members, digest: Digest, bytes: Vec<u8>) -> Members {
    let mut order = Vec::new();
    for recorded in &ledger.journal {
        documents_of(&recorded.event.fact, |named, _, _| order.push(named));
    }
    let rank = |digest: &Digest| order.iter().position(|named| named == digest).unwrap();
    let behind = |member: &Member| match member {
        Member::Document(other) => rank(other) > rank(&digest),
        _ => member.rank() > 4,
    };
    let mut all = bundle.clone();
    let place = all.iter().position(|(member, _)| behind(member)).unwrap();
    all.insert(place, (Member::Document(digest), bytes));
    all
}

fn fold(journal: &[Recorded]) -> Result<Program, ApplyError> {
    let mut program = Program::begin(&journal[0])?;
    for recorded in &journal[1..] {
        program.apply(recorded)?;
    }
    Ok(program)
}

/// The bytes of `events.jsonl`.
pub fn lines(journal: &[Recorded]) -> Vec<u8> {
    journal.iter().flat_map(|recorded| [recorded.bytes.as_slice(), b"\n"].concat()).collect()
}

/// Replaces the bytes of a member.
pub fn put(members: &mut Members, member: Member, bytes: Vec<u8>) {
    members.iter_mut().find(|(known, _)| *known == member).unwrap().1 = bytes;
}

/// The bytes of a member.
pub fn get(members: &Members, member: Member) -> &[u8] {
    &members.iter().find(|(known, _)| *known == member).unwrap().1
}
