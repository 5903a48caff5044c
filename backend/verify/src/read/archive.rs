//! A bundle as a `.tar.gz`: read once, from the first byte to the last.
//!
//! Only what an export writes is read: one gzip member, plain headers with the names of members in their
//! order, padding of zeros, nothing behind the end. Extension headers, links and devices have no place in it,
//! so there is nothing on which two readers could differ.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use flate2::bufread::GzDecoder;
use tar::{EntryType, Header};

use super::BUFFER;
use crate::finding::{Code, Finding, printable};
use crate::header::{BLOCK, GZIP, header, padding, seconds};
use crate::limits::Limits;
use crate::member::Member;
use crate::outcome::Outcome;
use crate::unusable::Unusable;
use crate::verifier::{Options, Verifier};

/// Verifies a bundle from the bytes of its archive, in one pass.
///
/// # Errors
/// As [`super::bundle`].
pub fn archive(mut bytes: impl BufRead, options: &Options) -> Result<Outcome, Unusable> {
    let mut begins = [0; GZIP.len()];
    bytes.read_exact(&mut begins).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => damaged(None, "it ends early"),
        _ => Unusable::Read { name: "the archive".to_owned(), error },
    })?;
    if begins != GZIP {
        return Err(damaged(
            None,
            "its gzip header is not the one that an export writes. Unpack it and verify the folder",
        ));
    }
    let bytes = Read::chain(&GZIP[..], bytes);
    let tar = BufReader::with_capacity(BUFFER, GzDecoder::new(bytes));
    let mut archive = Archive { tar, limits: options.limits, last: None, count: 0, mtime: None };
    let mut verifier = Verifier::ordered(options);
    while archive.take_next(&mut verifier)? {}
    let mtime = archive.mtime;
    archive.end()?;
    if let (Some(mtime), Some(at)) = (mtime, verifier.last_at())
        && mtime != seconds(at)
    {
        let words = format!("the entries are of second {mtime} since 1970, and the last event is of {at}");
        verifier.find(Finding::of(Code::ArchiveHeader, Member::Checkpoint, words));
    }
    verifier.finish()
}

struct Archive<R> {
    tar: BufReader<GzDecoder<R>>,
    limits: Limits,
    last: Option<Member>,
    count: u64,
    /// The time of the first entry, which is that of all.
    mtime: Option<u64>,
}

impl<R: BufRead> Archive<R> {
    /// Hands the next entry to the verifier; `false` at the end.
    fn take_next(&mut self, verifier: &mut Verifier) -> Result<bool, Unusable> {
        let mut block = [0; BLOCK];
        self.read_exact(&mut block)?;
        if block == [0; BLOCK] {
            return Ok(false);
        }
        let mut found = Header::new_old();
        found.as_mut_bytes().copy_from_slice(&block);
        let member = self.member(&found)?;
        let size = found.entry_size().map_err(|_| self.damaged("a size is not readable"))?;
        let limit = self.limits.of(&member);
        if size > limit {
            return Err(Unusable::TooLarge { name: member.to_string(), limit });
        }
        self.count = self.count.saturating_add(1);
        if self.count > self.limits.members {
            return Err(Unusable::TooMany { what: "members", limit: self.limits.members });
        }
        let mtime = found.mtime().map_err(|_| self.damaged("a time is not readable"))?;
        let expected = header(&member, size, *self.mtime.get_or_insert(mtime));
        if expected.is_none_or(|expected| *expected.as_bytes() != block) {
            let words = "its mode, owner, time or spelling is not what an export writes";
            verifier.find(Finding::of(Code::ArchiveHeader, member, words));
        }
        self.last = Some(member);
        let mut content = (&mut self.tar).take(size);
        verifier.take(member, &mut content)?;
        // A content is read to its end unless it was refused.
        io::copy(&mut content, &mut io::sink()).map_err(Unusable::read(member))?;
        if content.limit() > 0 {
            return Err(self.damaged("it ends early"));
        }
        let mut rest = [0; BLOCK];
        let rest = rest.get_mut(..padding(size)).unwrap_or_default();
        self.read_exact(rest)?;
        if rest.iter().any(|byte| *byte != 0) {
            return Err(self.damaged("the padding is not empty"));
        }
        Ok(true)
    }

    /// Which member an entry is: a plain file with the name of one, after those before it.
    fn member(&self, found: &Header) -> Result<Member, Unusable> {
        let mut again = found.clone();
        again.set_cksum();
        if !matches!((again.cksum(), found.cksum()), (Ok(again), Ok(found)) if again == found) {
            return Err(self.damaged("a header does not add up"));
        }
        let path = found.path_bytes();
        let name = || printable(&String::from_utf8_lossy(&path));
        if let Some(kind) = other_kind(found.entry_type()) {
            return Err(Unusable::NotAFile { name: name(), kind });
        }
        let member = std::str::from_utf8(&path).ok().and_then(|name| name.parse::<Member>().ok());
        let member = member.ok_or_else(|| Unusable::UnexpectedMember { name: name() })?;
        let in_order = self.last.is_none_or(|last| match (last, member) {
            // Their order is that of the events; the verifier knows it.
            (Member::Document(_), Member::Document(_)) => true,
            (Member::Batch(last, before), Member::Batch(number, file)) => (last, before) < (number, file),
            (last, member) => last.rank() < member.rank(),
        });
        if in_order { Ok(member) } else { Err(Unusable::OutOfOrder { name: name() }) }
    }

    /// Reads what must be there.
    fn read_exact(&mut self, bytes: &mut [u8]) -> Result<(), Unusable> {
        self.tar.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => self.damaged("it ends early"),
            _ => Unusable::Read { name: "the archive".to_owned(), error },
        })
    }

    /// Reads the end: another empty block, and nothing behind it, also not behind the compressed bytes.
    fn end(mut self) -> Result<(), Unusable> {
        let mut block = [1; BLOCK];
        self.read_exact(&mut block)?;
        let unreadable = |error| Unusable::Read { name: "the archive".to_owned(), error };
        if block != [0; BLOCK] || !self.tar.fill_buf().map_err(unreadable)?.is_empty() {
            return Err(self.damaged("there is something behind its end"));
        }
        let last = self.last;
        let mut bytes = self.tar.into_inner().into_inner();
        if bytes.fill_buf().map_err(unreadable)?.is_empty() {
            Ok(())
        } else {
            Err(damaged(last, "there is something behind its end"))
        }
    }

    fn damaged(&self, what: &'static str) -> Unusable {
        damaged(self.last, what)
    }
}

fn damaged(last: Option<Member>, what: &'static str) -> Unusable {
    let after = last.map_or_else(|| "its beginning".to_owned(), |last| last.to_string());
    Unusable::Archive { after, what }
}

/// What an entry is, if it is not a plain file.
fn other_kind(kind: EntryType) -> Option<&'static str> {
    match kind {
        EntryType::Regular => None,
        EntryType::Link => Some("a link"),
        EntryType::Symlink => Some("a symbolic link"),
        EntryType::Char | EntryType::Block => Some("a device"),
        EntryType::Directory => {
            Some("a folder. No export wrote this archive: unpack it and verify the folder")
        }
        EntryType::Fifo => Some("a pipe"),
        EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName | EntryType::GNULongLink => {
            Some("an extension header")
        }
        _ => Some("of an unknown kind"),
    }
}
