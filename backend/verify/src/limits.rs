//! How large the parts of a bundle may be. Whatever is beyond is refused before it is read further.
//!
//! The limits are on unpacked bytes, whatever the ratio of compression; what is kept in memory is bounded by
//! those on single lines and files. They leave room for far larger journals than any program of ours makes.

use crate::member::Member;

/// The bytes of salt before a document's content.
pub const SALT: usize = 16;

/// Lines of a journal that are no events: beyond so many it is something else, and nobody waits for its end.
pub const MAX_UNREAD: u64 = 1_000;

/// How large the parts of a bundle may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one event.
    pub line: u64,
    /// Events; at most 2²⁸, which the index of documents can count.
    pub events: u64,
    /// Bytes of all events together; at most what the octal digits of an archive's header can say.
    pub events_bytes: u64,
    /// How often events name documents; a name is counted again when it comes long after it came last.
    pub namings: u64,
    /// Bytes of one document with its salt.
    pub document: u64,
    /// Bytes of all documents together.
    pub documents_bytes: u64,
    /// Bytes of one file that follows from the journal.
    pub file: u64,
    /// Bytes of one file of a batch: 100 lines, each with twenty reasons of 8,000 characters.
    pub batch: u64,
    /// Bytes of all files of batches together.
    pub files_bytes: u64,
    /// Members, or entries of one folder.
    pub members: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 1 << 20,
            events: 1 << 28,
            events_bytes: (8 << 30) - 1,
            namings: 1 << 24,
            document: (8 << 20) + 16,
            documents_bytes: 16 << 30,
            file: 8 << 20,
            batch: 64 << 20,
            files_bytes: 4 << 30,
            members: 1 << 24,
        }
    }
}

impl Limits {
    /// The most bytes that one member may have.
    pub const fn of(&self, member: &Member) -> u64 {
        match member {
            Member::Checkpoint | Member::Keys | Member::Report => self.file,
            Member::Batch(..) => self.batch,
            Member::Events => self.events_bytes,
            Member::Document(_) => self.document,
        }
    }
}
