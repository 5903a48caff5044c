//! The keys of a data folder, in files that nobody else reads: one signs access tokens (Ed25519, PKCS#8), one seals
//! the secrets of second factors in the database (AES-256-GCM).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use domain::value::Digest;
use jsonwebtoken::{DecodingKey, EncodingKey};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::app::{Entropy, Error as AppError};

/// Where the key lies below the data folder.
const FOLDER: &str = "keys";
const ACCESS: &str = "access.ed25519";
const SEAL: &str = "second-factors.aes256";
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
    #[error("{} holds no key of 32 bytes: restore it, or delete it and reset everybody's second factor", .0.display())]
    NoSeal(PathBuf),
    #[error("no key could be made")]
    Unmade,
    #[error(
        "a second factor was sealed with another key: restore keys/{SEAL} of the data folder, or let `bounty-ledger \
         user reset HANDLE --drop-second-factor` take it away"
    )]
    Sealed,
}

/// The keys of a ledger. Never printed.
#[derive(Clone)]
pub struct Keys {
    pub(super) access: AccessKey,
    seal: Arc<RandomizedNonceKey>,
}

/// Signs access tokens, and knows its own signature again.
#[derive(Clone)]
pub(super) struct AccessKey {
    pub encoding: EncodingKey,
    pub decoding: DecodingKey,
    /// Names the key in the tokens it signed.
    pub id: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").field("id", &self.access.id).finish_non_exhaustive()
    }
}

impl Keys {
    /// Keys that are kept nowhere.
    ///
    /// # Errors
    /// No randomness.
    pub fn for_this_process(entropy: &Entropy) -> Result<Self, AppError> {
        let access = AccessKey::read(&make(entropy)?).ok_or(KeyError::Unmade)?;
        let seal = seal_of(&Zeroizing::new(entropy.secret()?)[..]).ok_or(KeyError::Unmade)?;
        Ok(Self { access, seal })
    }

    /// The keys of a data folder, made at the first start. Servers that share a database share these files.
    ///
    /// # Errors
    /// A file that cannot be read or written, that others may read, or that holds no key.
    pub fn in_folder(data: &Path, entropy: &Entropy) -> Result<Self, AppError> {
        let folder = data.join(FOLDER);
        let (path, pkcs8) = kept(folder.join(ACCESS), || make(entropy))?;
        let access = AccessKey::read(&pkcs8).ok_or(KeyError::NoKey(path))?;
        let draw = || Ok(Zeroizing::new(Zeroizing::new(entropy.secret()?).to_vec()));
        let (path, seal) = kept(folder.join(SEAL), draw)?;
        let seal = seal_of(&seal).ok_or(KeyError::NoSeal(path))?;
        Ok(Self { access, seal })
    }

    /// Seals a secret, so that it opens for the same owner only.
    ///
    /// # Errors
    /// No randomness.
    pub(super) fn seal(&self, owner: &str, secret: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut sealed = secret.to_vec();
        let nonce = self.seal.seal_in_place_append_tag(Aad::from(owner), &mut sealed);
        let nonce = nonce.map_err(|_| KeyError::Unmade)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// Opens what [`Keys::seal`] sealed.
    ///
    /// # Errors
    /// It was sealed with another key or for another owner, or was changed since.
    pub(super) fn open(&self, owner: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(KeyError::Sealed)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::Sealed)?;
        let mut opened = Zeroizing::new(rest.to_vec());
        let secret = self.seal.open_in_place(nonce, Aad::from(owner), &mut opened);
        let secret = secret.map_err(|_| KeyError::Sealed)?;
        Ok(Zeroizing::new(secret.to_vec()))
    }
}

fn seal_of(key: &[u8]) -> Option<Arc<RandomizedNonceKey>> {
    RandomizedNonceKey::new(&AES_256_GCM, key).ok().map(Arc::new)
}

impl AccessKey {
    fn read(pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        let public = pair.public_key().as_ref();
        Some(Self {
            encoding: EncodingKey::from_ed_der(pkcs8),
            decoding: DecodingKey::from_ed_der(public),
            id: name_of(public),
        })
    }
}

/// Some hex digits that belong to these bytes.
fn name_of(bytes: &[u8]) -> String {
    Digest::sha256(&[bytes]).to_string().chars().take(ID_DIGITS).collect()
}

/// The secret in a file, which is made if it is not there.
fn kept(
    path: PathBuf,
    make: impl FnOnce() -> Result<Zeroizing<Vec<u8>>, AppError>,
) -> Result<(PathBuf, Zeroizing<Vec<u8>>), AppError> {
    if !path.exists() {
        keep(&path, &make()?).map_err(|error| KeyError::File { path: path.clone(), error })?;
    }
    let secret = load(&path)?;
    Ok((path, secret))
}

fn make(entropy: &Entropy) -> Result<Zeroizing<Vec<u8>>, AppError> {
    let seed = Zeroizing::new(entropy.secret()?);
    let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| KeyError::Unmade)?;
    let pkcs8 = pair.to_pkcs8().map_err(|_| KeyError::Unmade)?;
    Ok(Zeroizing::new(pkcs8.as_ref().to_vec()))
}

/// Writes a new key under its name in one step; a key that another process wrote meanwhile stays.
fn keep(path: &Path, secret: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // Named by the key: what a crash left behind, also of a process with the same number, is in nobody's way.
    let unfinished = path.with_extension(format!("{}.new", name_of(secret)));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(secret)?;
    file.sync_all()?;
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

fn load(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let fault = |error| KeyError::File { path: path.to_owned(), error };
    let mode = fs::metadata(path).map_err(fault)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Open(path.to_owned()));
    }
    fs::read(path).map(Zeroizing::new).map_err(fault)
}
