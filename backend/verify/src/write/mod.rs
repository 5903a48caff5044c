//! Writing a bundle from a journal: the same journal gives the same bytes.

mod archive;
mod folder;
mod place;

use std::io::{self, Write};

use domain::Program;
use domain::event::Recorded;
use domain::journal::Frontier;
use domain::value::{Digest, Seq};
use thiserror::Error;

pub use archive::ArchiveSink;
pub use folder::FolderSink;
pub use place::{Place, PlaceError, sync_parent};

use crate::checkpoint::Checkpoint;
use crate::files::{Encoded, FileError, Texts, batch_file, keys_json, report_csv};
use crate::limits::Limits;
use crate::member::{BatchFile, Member};
use crate::named::Namings;

/// How many documents are asked for at a time.
const DOCUMENTS: usize = 200;

/// Where the journal of a program is kept.
pub trait Source: Texts {
    /// The bytes of the first `size` events together, each with a line feed.
    ///
    /// # Errors
    /// The journal cannot be read.
    fn length(&mut self, size: Seq) -> Result<u64, Self::Error>;

    /// Some of the events from one on, in their order; at least one if there are any.
    ///
    /// # Errors
    /// The journal cannot be read.
    fn events(&mut self, from: Seq) -> Result<Vec<Recorded>, Self::Error>;

    /// Salt and content of some documents, in the order asked; each hashes to its digest.
    ///
    /// # Errors
    /// A document is missing or altered, or cannot be read.
    fn documents(&mut self, digests: &[Digest]) -> Result<Vec<Vec<u8>>, Self::Error>;
}

/// What takes the members of a bundle, one after another.
pub trait Sink {
    /// Begins a member of so many bytes.
    ///
    /// # Errors
    /// It cannot be written.
    fn begin(&mut self, member: Member, size: u64) -> io::Result<()>;

    /// Writes some of the member's bytes.
    ///
    /// # Errors
    /// They cannot be written, or are more than were announced.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Ends the member.
    ///
    /// # Errors
    /// It cannot be written, or lacks bytes that were announced.
    fn end(&mut self) -> io::Result<()>;
}

/// Why a bundle was not written; `E` is what is wrong with its source.
#[derive(Debug, Error)]
pub enum WriteError<E> {
    #[error(transparent)]
    Source(E),
    #[error("the journal does not lead to the state that was read: events are missing or altered")]
    OtherJournal,
    #[error(
        "{member} would have {size} bytes, and a verifier reads {limit} at most. Nothing was written: export what you need of it apart"
    )]
    TooLarge { member: String, size: u64, limit: u64 },
    #[error("the bundle cannot be written: {0}")]
    Write(#[from] io::Error),
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl<E: From<FileError>> WriteError<E> {
    fn file(error: FileError) -> Self {
        Self::Source(error.into())
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub checkpoint: Checkpoint,
    pub documents: u64,
    pub batches: u64,
}

/// Writes the bundle of a program as it stands in `program`, whatever was appended to its journal since.
///
/// # Errors
/// The journal cannot be read, or does not make this state; or the bundle cannot be written.
pub fn write<S: Source>(
    program: &Program,
    source: &mut S,
    sink: &mut impl Sink,
) -> Result<Written, WriteError<S::Error>> {
    let size = program.size();
    let checkpoint = Checkpoint { identity: program.identity(), size, root: program.root() };
    put(sink, Member::Checkpoint, checkpoint.to_string().as_bytes())?;
    put(sink, Member::Keys, keys_json(program).map_err(WriteError::file)?.as_bytes())?;
    put(sink, Member::Report, report_csv(program).map_err(WriteError::file)?.as_bytes())?;
    let length = source.length(size).map_err(WriteError::Source)?;
    begin(sink, Member::Events, length)?;
    let namings = write_events(program, source, sink)?;
    sink.end()?;
    // Whether an erasure was right is the verifier's business; what it erased cannot be written.
    let named = namings.seal(|_| {});
    let documents = write_documents(&mut named.unseen().map(|(digest, _)| digest), source, sink)?;
    let mut batches = 0_u64;
    for batch in program.batches() {
        let encoded = Encoded::again(program, batch).map_err(WriteError::file)?;
        for file in BatchFile::of(batch) {
            let text = batch_file(*file, program, batch, &encoded, source).map_err(WriteError::Source)?;
            put(sink, Member::Batch(batch.number, *file), text.as_bytes())?;
        }
        batches = batches.saturating_add(1);
    }
    Ok(Written { checkpoint, documents, batches })
}

fn write_events<S: Source>(
    program: &Program,
    source: &mut S,
    sink: &mut impl Sink,
) -> Result<Namings, WriteError<S::Error>> {
    let mut tree = Frontier::default();
    let mut namings = Namings::default();
    while tree.size() < program.size() {
        let page = source.events(tree.size()).map_err(WriteError::Source)?;
        if page.is_empty() {
            break;
        }
        for recorded in page {
            if tree.size() == program.size() {
                break;
            }
            tree.append(recorded.leaf);
            namings.push(recorded.event.seq, &recorded.event);
            sink.put(&recorded.bytes)?;
            sink.put(b"\n")?;
        }
    }
    if tree.root() == program.root() { Ok(namings) } else { Err(WriteError::OtherJournal) }
}

fn write_documents<S: Source>(
    digests: &mut impl Iterator<Item = Digest>,
    source: &mut S,
    sink: &mut impl Sink,
) -> Result<u64, WriteError<S::Error>> {
    let mut count = 0_u64;
    loop {
        let some: Vec<Digest> = digests.by_ref().take(DOCUMENTS).collect();
        if some.is_empty() {
            return Ok(count);
        }
        let contents = source.documents(&some).map_err(WriteError::Source)?;
        for (digest, bytes) in some.iter().zip(&contents) {
            put(sink, Member::Document(*digest), bytes)?;
            count = count.saturating_add(1);
        }
    }
}

/// Begins a member that a verifier reads: what it refuses is not worth writing.
fn begin<E>(sink: &mut impl Sink, member: Member, size: u64) -> Result<(), WriteError<E>> {
    let limit = Limits::default().of(&member);
    if size > limit {
        return Err(WriteError::TooLarge { member: member.to_string(), size, limit });
    }
    Ok(sink.begin(member, size)?)
}

fn put<E>(sink: &mut impl Sink, member: Member, bytes: &[u8]) -> Result<(), WriteError<E>> {
    begin(sink, member, u64::try_from(bytes.len()).map_err(io::Error::other)?)?;
    sink.put(bytes)?;
    Ok(sink.end()?)
}

/// Counts what a member still lacks of the bytes that were announced.
#[derive(Clone, Copy, Debug, Default)]
struct Owed(u64);

impl Owed {
    fn pay(&mut self, bytes: &[u8]) -> io::Result<()> {
        let paid = u64::try_from(bytes.len()).ok().and_then(|paid| self.0.checked_sub(paid));
        self.0 = paid.ok_or_else(|| io::Error::other("a member has more bytes than were announced"))?;
        Ok(())
    }

    fn settle(self) -> io::Result<()> {
        if self.0 == 0 { Ok(()) } else { Err(io::Error::other("a member lacks bytes that were announced")) }
    }
}

fn write_paid(owed: &mut Owed, to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    owed.pay(bytes)?;
    to.write_all(bytes)
}
