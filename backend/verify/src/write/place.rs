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

/// What other archives end in: a folder of such a name would be taken for one.
const OTHERS: [&str; 5] = ["zip", "tar", "tgz", "gz", "7z"];

/// Why nothing can be put somewhere.
#[derive(Debug, Error)]
pub enum PlaceError {
    #[error("{} is there already: name another place, or remove it first", .0.display())]
    Taken(PathBuf),
    #[error("{} names an archive of another kind: let the name end in .tar.gz, or name a folder", .0.display())]
    OtherKind(PathBuf),
    #[error("cannot write {}: {error}", path.display())]
    Write { path: PathBuf, error: io::Error },
}

/// A place for a bundle.
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
    /// Something is, or it cannot be seen; or the name is that of another kind of archive.
    pub fn new(path: &Path) -> Result<Self, PlaceError> {
        let fault = |error| PlaceError::Write { path: path.to_owned(), error };
        let Some(name) = path.file_name() else { return Err(fault(io::ErrorKind::InvalidInput.into())) };
        let other =
            path.extension().is_some_and(|end| OTHERS.iter().any(|other| end.eq_ignore_ascii_case(other)));
        if other && !path.to_string_lossy().ends_with(ARCHIVE) {
            return Err(PlaceError::OtherKind(path.to_owned()));
        }
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

    /// Writes a bundle, then gives it its name. After an error nothing is left, and it may be filled once more.
    ///
    /// # Errors
    /// Those of [`write`], or the place cannot be written.
    pub fn fill<S: Source>(
        &self,
        program: &Program,
        source: &mut S,
    ) -> Result<Written, WriteError<S::Error>> {
        let fault = |error| PlaceError::Write { path: self.path.clone(), error };
        let at = program.last_at();
        let _cleared = Cleared(self);
        let written = if self.path.to_string_lossy().ends_with(ARCHIVE) {
            let file = File::create(&self.partial).map_err(fault)?;
            let mut sink = ArchiveSink::new(file, at);
            let written = write(program, source, &mut sink)?;
            sink.finish().and_then(|file| file.sync_all()).map_err(fault)?;
            written
        } else {
            fs::create_dir(&self.partial).map_err(fault)?;
            let written = write(program, source, &mut FolderSink::new(&self.partial, at))?;
            sync_all(&self.partial).map_err(fault)?;
            written
        };
        self.name()?;
        Ok(written)
    }

    /// Gives what is whole its name, unless somebody has taken that meanwhile.
    fn name(&self) -> Result<(), PlaceError> {
        let fault = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => PlaceError::Taken(self.path.clone()),
            _ => PlaceError::Write { path: self.path.clone(), error },
        };
        if self.partial.is_dir() {
            // An empty folder is replaced at once, and by nobody else's.
            fs::create_dir(&self.path).map_err(fault)?;
            fs::rename(&self.partial, &self.path).map_err(fault)?;
        } else if let Err(error) = fs::hard_link(&self.partial, &self.path) {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return Err(fault(error));
            }
            // Not every disk has two names for a file: then what appears in this very moment is replaced.
            vacant(&self.path)?;
            fs::rename(&self.partial, &self.path).map_err(fault)?;
        }
        sync_parent(&self.path).map_err(fault)
    }
}

/// Makes everything in a folder last.
fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { sync_all(&path)? } else { File::open(path)?.sync_all()? }
    }
    File::open(folder)?.sync_all()
}

/// Makes the name of a file last: without that, a power cut takes it away again.
///
/// # Errors
/// The folder that holds it cannot be synced.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// Removes at its end what was not finished.
struct Cleared<'a>(&'a Place);

impl Drop for Cleared<'_> {
    fn drop(&mut self) {
        // Once it was renamed nothing is there any more, once it was linked one name too many; what cannot be removed is
        // seen by its name.
        let partial = &self.0.partial;
        let _ = if partial.is_dir() { fs::remove_dir_all(partial) } else { fs::remove_file(partial) };
    }
}

fn vacant(path: &Path) -> Result<(), PlaceError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(PlaceError::Write { path: path.to_owned(), error }),
        Ok(_) => Err(PlaceError::Taken(path.to_owned())),
    }
}
