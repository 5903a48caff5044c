//! Names this build by its sources, so that a snapshot is only ever read by the code that wrote it.

use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=Cargo.toml");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-env=BOUNTY_LEDGER_BUILD={}", build_of(Path::new("."))?);
    Ok(())
}

/// SHA-256 over the sources of a crate and its manifest: for each file, in order, its path and its bytes.
///
/// # Errors
/// A file cannot be read.
pub fn build_of(crate_folder: &Path) -> io::Result<String> {
    let mut files = vec![PathBuf::from("Cargo.toml")];
    list(crate_folder, Path::new("src"), &mut files)?;
    files.sort();
    let mut hasher = Sha256::new();
    for file in files {
        let bytes = std::fs::read(crate_folder.join(&file))?;
        for part in [file.as_os_str().as_encoded_bytes(), bytes.as_slice()] {
            // A 64-bit length is the same on every machine.
            hasher.update(u64::try_from(part.len()).map_err(io::Error::other)?.to_be_bytes());
            hasher.update(part);
        }
    }
    hasher.finalize().iter().try_fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").map_err(io::Error::other)?;
        Ok(text)
    })
}

fn list(crate_folder: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(crate_folder.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list(crate_folder, &path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
