//! The key pair that signs access tokens: Ed25519, PKCS#8, in a file that nobody else reads.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use domain::value::Digest;
use jsonwebtoken::{DecodingKey, EncodingKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::app::{Entropy, Error as AppError};

/// Where the key lies below the data folder.
const FOLDER: &str = "keys";
const FILE: &str = "access.ed25519";
/// Hex digits of a key's id.
const ID_DIGITS: usize = 16;

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    #[error("cannot use the key file {}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("others may read the key file {}: run chmod 600 on it", .0.display())]
    Open(PathBuf),
    #[error("{} holds no Ed25519 key (PKCS#8, DER): restore it, or delete it and everybody signs in again", .0.display())]
    NoKey(PathBuf),
    #[error("no Ed25519 key could be made")]
    Unmade,
}

/// Signs access tokens, and knows its own signature again.
#[derive(Clone)]
pub struct AccessKeys {
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    /// Names the key in the tokens it signed.
    pub(super) id: String,
}

impl std::fmt::Debug for AccessKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AccessKeys").field("id", &self.id).finish_non_exhaustive()
    }
}

impl AccessKeys {
    /// A key that is kept nowhere.
    ///
    /// # Errors
    /// No randomness.
    pub fn for_this_process(entropy: &Entropy) -> Result<Self, AppError> {
        let pkcs8 = make(entropy)?;
        Ok(Self::read(&pkcs8).ok_or(KeyError::Unmade)?)
    }

    /// The key of a data folder, made at the first start. Servers that share a database share this file.
    ///
    /// # Errors
    /// A file that cannot be read or written, that others may read, or that holds no key.
    pub fn in_folder(data: &Path, entropy: &Entropy) -> Result<Self, AppError> {
        let path = data.join(FOLDER).join(FILE);
        if !path.exists() {
            let pkcs8 = make(entropy)?;
            keep(&path, &pkcs8).map_err(|error| KeyError::File { path: path.clone(), error })?;
        }
        Ok(load(&path)?)
    }

    fn read(pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let public = pair.public_key().as_ref();
        Some(Self {
            encoding: EncodingKey::from_ed_der(pkcs8),
            decoding: DecodingKey::from_ed_der(public),
            id: Digest::sha256(&[public]).to_string().chars().take(ID_DIGITS).collect(),
        })
    }
}

fn make(entropy: &Entropy) -> Result<Zeroizing<Vec<u8>>, AppError> {
    let seed = Zeroizing::new(entropy.secret()?);
    let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| KeyError::Unmade)?;
    let pkcs8 = pair.to_pkcs8().map_err(|_| KeyError::Unmade)?;
    Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
}

/// Writes a new key under its name in one step; a key that another process wrote meanwhile stays.
fn keep(path: &Path, pkcs8: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // Named by the key: what a crash left behind, also of a process with the same number, is in nobody's way.
    let id = AccessKeys::read(pkcs8).map(|keys| keys.id).unwrap_or_default();
    let unfinished = path.with_extension(format!("{id}.new"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(pkcs8)?;
    file.sync_all()?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

fn load(path: &Path) -> Result<AccessKeys, KeyError> {
    let fault = |error| KeyError::File { path: path.to_owned(), error };
    let mode = fs::metadata(path).map_err(fault)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Open(path.to_owned()));
    }
    let pkcs8 = Zeroizing::new(fs::read(path).map_err(fault)?);
    AccessKeys::read(&pkcs8).ok_or_else(|| KeyError::NoKey(path.to_owned()))
}
