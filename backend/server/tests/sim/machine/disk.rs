//! What the disk holds when a server on SQLite dies: copies of the file and its log, also torn ones.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::probe::Doom;
use crate::play::Moment;

/// A new folder, in memory if there is such a place: no power cut is played here, so waiting for a disk to sync
/// would prove nothing.
pub fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// The file of the database in a folder.
pub fn file(folder: &Path) -> PathBuf {
    folder.join("ledger.sqlite")
}

fn log(folder: &Path) -> PathBuf {
    folder.join("ledger.sqlite-wal")
}

/// Takes the image of a crash: the folder that the next start finds.
pub struct Image {
    pub from: PathBuf,
    pub to: PathBuf,
    /// Where a torn log ends, in thousandths of what the commit changed in it.
    pub torn: usize,
    /// The log before the commit.
    pub log: Vec<u8>,
}

impl Image {
    fn read_log(&self) -> Vec<u8> {
        match fs::read(log(&self.from)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }
}

impl Doom for Image {
    fn before(&mut self, moment: Moment) -> bool {
        if moment != Moment::After {
            fs::copy(file(&self.from), file(&self.to)).unwrap();
            self.log = self.read_log();
            fs::write(log(&self.to), &self.log).unwrap();
        }
        moment == Moment::Before
    }

    fn after(&mut self, moment: Moment) {
        let written = self.read_log();
        if moment == Moment::After {
            fs::copy(file(&self.from), file(&self.to)).unwrap();
            fs::write(log(&self.to), written).unwrap();
            return;
        }
        // The log is written from its start or its end on, and the commit's mark comes last: of what changed, at
        // least the last byte is missing.
        let same = |from: usize, to: usize| self.log.get(from..to) == written.get(from..to);
        let Some((first, last)) = changed(written.len(), same) else { return };
        let cut = first + (last - first) * self.torn / 1_000;
        let mut torn = written[..cut].to_vec();
        torn.extend(self.log.iter().skip(cut));
        fs::write(log(&self.to), torn).unwrap();
    }
}

/// The first and the last place at which two texts of this length differ, told which spans are the same.
fn changed(length: usize, same: impl Fn(usize, usize) -> bool) -> Option<(usize, usize)> {
    // Whole pages first: most of a log stays as it was.
    const PAGE: usize = 4_096;
    let pages = (0..length.div_ceil(PAGE)).map(|page| (page * PAGE, length.min(page * PAGE + PAGE)));
    let other: Vec<(usize, usize)> = pages.filter(|(from, to)| !same(*from, *to)).collect();
    let differs = |place: &usize| !same(*place, *place + 1);
    let (first, last) = (other.first()?, other.last()?);
    Some(((first.0..first.1).find(differs)?, (last.0..last.1).rfind(differs)?))
}
