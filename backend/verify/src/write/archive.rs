//! A bundle as a `.tar.gz`.

use std::io::{self, BufWriter, Write};

use domain::value::Timestamp;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use super::{Owed, Sink, write_paid};
use crate::header::{BLOCK, END, header, padding, seconds};
use crate::member::Member;

/// What a gzip header says of the system that wrote it: nothing.
const UNKNOWN_SYSTEM: u8 = 255;

/// Writes members into an archive: no names, times or systems of ours in it, so the same members give the
/// same bytes.
pub struct ArchiveSink<W: Write> {
    tar: BufWriter<GzEncoder<W>>,
    mtime: u64,
    owed: Owed,
    padding: usize,
}

impl<W: Write> std::fmt::Debug for ArchiveSink<W> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ArchiveSink").field("mtime", &self.mtime).finish_non_exhaustive()
    }
}

impl<W: Write> ArchiveSink<W> {
    /// Begins an archive whose entries are stamped with the last event's time.
    pub fn new(to: W, last_at: Timestamp) -> Self {
        let gzip = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(to, Compression::new(6));
        Self { tar: BufWriter::new(gzip), mtime: seconds(last_at), owed: Owed::default(), padding: 0 }
    }

    /// Ends the archive.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.tar.write_all(&END)?;
        self.tar.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
    }
}

impl<W: Write> Sink for ArchiveSink<W> {
    fn begin(&mut self, member: Member, size: u64) -> io::Result<()> {
        let header = header(&member, size, self.mtime)
            .ok_or_else(|| io::Error::other("a member's name does not fit into a header"))?;
        self.tar.write_all(header.as_bytes())?;
        (self.owed, self.padding) = (Owed(size), padding(size));
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        write_paid(&mut self.owed, &mut self.tar, bytes)
    }

    fn end(&mut self) -> io::Result<()> {
        self.owed.settle()?;
        self.tar.write_all([0; BLOCK].get(..self.padding).unwrap_or_default())
    }
}
