//! Where a bundle is put: under another name first, so that a bundle that is there is a whole one.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use domain::Program;
use thiserror::Error;

use super::{ArchiveSink, FolderSink, Source, WriteError, Written, write};

/// What the name of an archive ends in; every other name is a folder's.
const ARCHIVE: &str = ".tar.gz";

/// Why nothing can be put somewhere.
#[derive(Debug, Error)]
pub enum PlaceError {
    #[error("{} is there already: name another place, or remove it first", .0.display())]
    Taken(PathBuf),
    #[error("cannot write {}: {error}", path.display())]
    Write { path: PathBuf, error: io::Error },
}

/// A place for a bundle, not used yet.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    /// What is written until it is whole; removed if it never is.
    partial: PathBuf,
}

impl Place {
    /// A folder, or an archive if the name ends in `.tar.gz`; nothing of this name may be there.
    ///
    /// # Errors
    /// Something is, or it cannot be seen.
    pub fn new(path: &Path) -> Result<Self, PlaceError> {
        let fault = |error| PlaceError::Write { path: path.to_owned(), error };
        let Some(name) = path.file_name() else { return Err(fault(io::ErrorKind::InvalidInput.into())) };
        vacant(path)?;
        let mut partial = OsString::from(".");
        partial.push(name);
        partial.push(format!(".partial-{}", std::process::id()));
        let partial = path.with_file_name(partial);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(fault)?;
        }
        Ok(Self { path: path.to_owned(), partial })
    }

    /// Writes a bundle, then gives it its name.
    ///
    /// # Errors
    /// Those of [`write`], or the place cannot be written.
    pub fn fill<S: Source>(self, program: &Program, source: &mut S) -> Result<Written, WriteError<S::Error>> {
        let fault = |error| PlaceError::Write { path: self.path.clone(), error };
        let at = program.last_at();
        let written = if self.path.to_string_lossy().ends_with(ARCHIVE) {
            let file = File::create(&self.partial).map_err(fault)?;
            let mut sink = ArchiveSink::new(file, at);
            let written = write(program, source, &mut sink)?;
            sink.finish().and_then(|file| file.sync_all()).map_err(fault)?;
            written
        } else {
            fs::create_dir(&self.partial).map_err(fault)?;
            write(program, source, &mut FolderSink::new(&self.partial, at))?
        };
        vacant(&self.path)?;
        fs::rename(&self.partial, &self.path).map_err(fault)?;
        Ok(written)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Nothing is there any more once it was renamed; what cannot be removed is seen by its name.
        let _ = if self.partial.is_dir() {
            fs::remove_dir_all(&self.partial)
        } else {
            fs::remove_file(&self.partial)
        };
    }
}

fn vacant(path: &Path) -> Result<(), PlaceError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(PlaceError::Write { path: path.to_owned(), error }),
        Ok(_) => Err(PlaceError::Taken(path.to_owned())),
    }
}
