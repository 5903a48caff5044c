//! How large the parts of a bundle may be. Whatever is beyond is refused before it is read further.
//!
//! The limits are on unpacked bytes, whatever the ratio of compression; what is kept in memory is bounded by
//! those on single lines and files. They leave room for far larger journals than any program of ours makes.

use crate::member::Member;

/// The longest event, in bytes.
pub const LINE: u64 = 1 << 20;
/// The largest document without its salt, in bytes.
pub const DOCUMENT: u64 = 8 << 20;
/// The most events.
pub const EVENTS: u64 = 1 << 28;
/// The most members of a bundle.
pub const MEMBERS: u64 = 1 << 24;
/// The most bytes of all documents together.
pub const DOCUMENTS_BYTES: u64 = 16 << 30;
/// The most bytes of all files of batches together.
pub const BATCHES_BYTES: u64 = 4 << 30;

/// The bytes of salt before a document's content.
pub const SALT: u64 = 16;

/// The most bytes that one member may have.
pub const fn member(member: &Member) -> u64 {
    match member {
        Member::Checkpoint => 4 << 10,
        Member::Keys => 64 << 10,
        Member::Report | Member::Batch(..) => 8 << 20,
        // What the octal digits of an archive's header can say.
        Member::Events => (8 << 30) - 1,
        Member::Document(_) => DOCUMENT + SALT,
    }
}
