//! Bundles as they lie on a disk: a folder, or an archive of one.

mod archive;
mod folder;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

pub use archive::archive;
pub use folder::folder;

use crate::outcome::Outcome;
use crate::unusable::Unusable;
use crate::verifier::Options;

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// How much is read from the disk at a time.
const BUFFER: usize = 256 << 10;

/// Verifies a bundle: a folder, or a `.tar.gz` of one.
///
/// # Errors
/// An input that is no bundle, hostile, unreadable, or of rules that this program lacks.
pub fn bundle(path: &Path, options: &Options) -> Result<Outcome, Unusable> {
    let name = path.display();
    let metadata = std::fs::metadata(path).map_err(Unusable::read(&name))?;
    if metadata.is_dir() {
        return folder(path, options);
    }
    if !metadata.is_file() {
        return Err(Unusable::NotABundle(path.to_owned()));
    }
    let mut file = BufReader::with_capacity(BUFFER, File::open(path).map_err(Unusable::read(&name))?);
    if !file.fill_buf().map_err(Unusable::read(&name))?.starts_with(&GZIP) {
        return Err(Unusable::NotABundle(path.to_owned()));
    }
    archive(file, options)
}
