//! One writing process for each data folder.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Held while a process may write to the SQLite file of a data folder; freed when it ends, however it ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

/// Why the data folder cannot be used.
#[derive(Debug, Error)]
pub enum LockError {
    #[error("{} is in use by another bounty-ledger process: stop it, or use another --data folder", .0.display())]
    Held(PathBuf),
    #[error("cannot use the data folder {}: it is a file, not a folder", .0.display())]
    NoFolder(PathBuf),
    #[error("cannot use the data folder {}: {error}", path.display())]
    Folder { path: PathBuf, error: io::Error },
}

impl DataLock {
    /// Makes the folder if it is not there, for its owner only, and takes its lock.
    ///
    /// # Errors
    /// Another process holds it, or the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let fault = |error| LockError::Folder { path: folder.to_owned(), error };
        if folder.is_file() {
            return Err(LockError::NoFolder(folder.to_owned()));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fault)?;
        let path = folder.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(fault(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataLock::take(folder.path()).unwrap();
        assert!(matches!(DataLock::take(folder.path()), Err(LockError::Held(_))));
        drop(first);
        assert!(DataLock::take(folder.path()).is_ok());
    }
}
