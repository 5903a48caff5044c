//! A bundle as a folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use domain::value::Timestamp;

use super::{Owed, Sink, write_paid};
use crate::header::seconds;
use crate::member::Member;

/// Writes members as files, stamped with the last event's time.
#[derive(Debug)]
pub struct FolderSink {
    root: PathBuf,
    mtime: SystemTime,
    file: Option<BufWriter<File>>,
    owed: Owed,
}

impl FolderSink {
    /// Begins a bundle in a folder that exists and is empty.
    pub fn new(root: &Path, last_at: Timestamp) -> Self {
        let mtime = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds(last_at)));
        let mtime = mtime.unwrap_or(SystemTime::UNIX_EPOCH);
        Self { root: root.to_owned(), mtime, file: None, owed: Owed::default() }
    }
}

impl Sink for FolderSink {
    fn begin(&mut self, member: Member, size: u64) -> io::Result<()> {
        let path = self.root.join(member.to_string());
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        self.file = Some(BufWriter::new(File::create_new(path)?));
        self.owed = Owed(size);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = self.file.as_mut().ok_or_else(|| io::Error::other("no member has begun"))?;
        write_paid(&mut self.owed, file, bytes)
    }

    fn end(&mut self) -> io::Result<()> {
        self.owed.settle()?;
        let Some(file) = self.file.take() else { return Ok(()) };
        let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.flush()?;
        file.set_modified(self.mtime)
    }
}
