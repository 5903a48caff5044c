//! The one header that an entry of an archive may have.

use domain::value::Timestamp;
use tar::{EntryType, Header};

use crate::member::Member;

/// What an archive begins with: a gzip header without a name, a time or a system.
pub(crate) const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// The size of a header, and what contents are padded to.
pub(crate) const BLOCK: usize = 512;
/// What ends an archive.
pub(crate) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// How many bytes a content is padded with.
pub(crate) fn padding(size: u64) -> usize {
    let block = u64::try_from(BLOCK).unwrap_or(u64::MAX);
    let end = size.checked_next_multiple_of(block).unwrap_or(size);
    usize::try_from(end.saturating_sub(size)).unwrap_or_default()
}

/// Seconds since 1970, as headers count.
pub(crate) fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.micros().div_euclid(1_000_000)).unwrap_or_default()
}

/// A plain file of nobody, readable by all. `None` if the name did not fit, which those of members do.
pub(crate) fn header(member: &Member, size: u64, mtime: u64) -> Option<Header> {
    let mut header = Header::new_ustar();
    header.set_path(member.to_string()).ok()?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_device_major(0).ok()?;
    header.set_device_minor(0).ok()?;
    header.set_size(size);
    header.set_mtime(mtime);
    header.set_cksum();
    Some(header)
}
