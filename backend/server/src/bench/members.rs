//! A made-up life as the members of a bundle, in an archive and in a plain file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use domain::event::Recorded;
use domain::value::{Digest, Seq};
use serde_json::Value;
use verify::Member;
use verify::files::{FileError, Texts};
use verify::write::{ArchiveSink, Sink, Source, write};

use super::life::{Life, LifeError, Step};
use super::{BenchError, Watch};

/// Events that are read at a time while a bundle is written.
const PAGE: usize = 200;
/// How much of the plain file is read at a time.
const BUFFER: usize = 256 << 10;

/// The journal and the documents of a life.
#[derive(Default)]
struct Kept {
    events: Vec<u8>,
    /// Where each event ends, behind its line feed.
    ends: Vec<usize>,
    documents: HashMap<Digest, Vec<u8>>,
}

impl Kept {
    fn keep(&mut self, step: Step) {
        self.events.extend_from_slice(&step.recorded.bytes);
        self.events.push(b'\n');
        self.ends.push(self.events.len());
        for document in step.documents {
            let bytes = [document.salt.as_slice(), &document.content].concat();
            self.documents.insert(document.digest(), bytes);
        }
    }

    fn line(&self, place: usize) -> Option<&[u8]> {
        let end = self.ends.get(place)?;
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.events.get(start..end.checked_sub(1)?)
    }
}

impl Texts for Kept {
    type Error = BenchError;

    fn text(&mut self, document: Digest, field: &'static str) -> Result<String, BenchError> {
        let bytes = self.documents.get(&document).and_then(|bytes| bytes.get(verify::SALT..));
        let content: Value = serde_json::from_slice(bytes.unwrap_or_default()).map_err(FileError::from)?;
        content.get(field).and_then(Value::as_str).map(ToOwned::to_owned).ok_or(BenchError::Stage)
    }
}

impl Source for Kept {
    fn length(&mut self, _: Seq) -> Result<u64, BenchError> {
        u64::try_from(self.events.len()).map_err(|_| BenchError::Stage)
    }

    fn events(&mut self, from: Seq) -> Result<Vec<Recorded>, BenchError> {
        let from = usize::try_from(from.get()).map_err(|_| BenchError::Stage)?;
        let lines = (from..self.ends.len()).take(PAGE).filter_map(|place| self.line(place));
        Ok(lines.map(Recorded::from_bytes).collect::<Result<_, _>>().map_err(LifeError::from)?)
    }

    fn documents(&mut self, digests: &[Digest]) -> Result<Vec<Vec<u8>>, BenchError> {
        let document = |digest| self.documents.get(digest).cloned().ok_or(BenchError::Stage);
        digests.iter().map(document).collect()
    }
}

/// Writes an archive, and beside it a plain file: each member's name and size on a line, then its bytes.
struct Both {
    archive: ArchiveSink<BufWriter<File>>,
    plain: BufWriter<File>,
}

impl Sink for Both {
    fn begin(&mut self, member: Member, size: u64) -> io::Result<()> {
        writeln!(self.plain, "{member} {size}")?;
        self.archive.begin(member, size)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.plain.write_all(bytes)?;
        self.archive.put(bytes)
    }

    fn end(&mut self) -> io::Result<()> {
        self.archive.end()
    }
}

/// Writes the bundle of a life of so many events as an archive and as a plain file.
pub(super) fn write_both(
    archive: &Path,
    plain: &Path,
    events: usize,
    watch: Watch<'_>,
) -> Result<(), BenchError> {
    let (mut life, first) = Life::begin()?;
    let mut kept = Kept::default();
    kept.keep(first);
    life.reach(events, watch, |_, step| {
        kept.keep(step);
        Ok(())
    })?;
    let create = |path: &Path| File::create_new(path).map(BufWriter::new).map_err(BenchError::at(path));
    let program = life.program();
    let sink = ArchiveSink::new(create(archive)?, program.last_at());
    let mut both = Both { archive: sink, plain: create(plain)? };
    write(program, &mut kept, &mut both).map_err(|error| BenchError::Bundle(Box::new(error)))?;
    let done = both.archive.finish().and_then(|mut file| file.flush());
    done.map_err(BenchError::at(archive))?;
    both.plain.flush().map_err(BenchError::at(plain))
}

/// Reads the plain file; `each` gets every member with its bytes, and says whether it wants more.
pub(super) fn read_plain(
    path: &Path,
    mut each: impl FnMut(Member, &mut dyn BufRead) -> Result<bool, BenchError>,
) -> Result<(), BenchError> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(BenchError::at(path))?);
    loop {
        let mut line = String::new();
        if file.read_line(&mut line).map_err(BenchError::at(path))? == 0 {
            return Ok(());
        }
        let (name, size) = line.trim_end().split_once(' ').ok_or(BenchError::Stage)?;
        let member: Member = name.parse().map_err(|_| BenchError::Stage)?;
        let mut content = (&mut file).take(size.parse().map_err(|_| BenchError::Stage)?);
        if !each(member, &mut content)? {
            return Ok(());
        }
        if content.limit() > 0 {
            return Err(BenchError::Stage);
        }
    }
}
