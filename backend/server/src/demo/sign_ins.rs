//! Accounts for the demo's cast: with passwords and second factors that nobody can guess, in a file that only its owner reads.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{DemoError, cast};
use crate::app::{App, AuthError, Entropy, TotpSecret};

const FILE: &str = "sign-ins.txt";
/// Letters that are not mistaken for one another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// How the cast signs in.
#[derive(Debug)]
pub struct SignIns {
    /// The file that holds the same.
    pub path: PathBuf,
    /// In the order of the members' numbers.
    pub people: Vec<SignIn>,
}

/// How one of the cast signs in.
#[derive(Clone)]
pub struct SignIn {
    pub handle: String,
    pub password: String,
    /// What an authenticator app reads, for those who need a second factor.
    pub second_factor: Option<String>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SignIn").field("handle", &self.handle).finish_non_exhaustive()
    }
}

/// Who leads and who pays: they sign in with a second factor.
const PRIVILEGED: [&str; 2] = ["lead", "treasurer"];

/// Makes an account for everybody in the cast who has none, and links it. Gives how they sign in.
///
/// The file comes first, so that a demo that was interrupted here goes on with the same passwords. `None` if
/// somebody took the file away: the passwords are known to nobody then.
///
/// # Errors
/// The file or the database fails.
pub async fn sign_ins(app: &App, folder: &Path) -> Result<Option<SignIns>, DemoError> {
    let path = folder.join(FILE);
    let fault = |error| DemoError::File { path: path.clone(), error };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            for handle in cast::FOUNDERS {
                if app.find_account(handle).await?.is_some() {
                    return Ok(None);
                }
            }
            let text = invented()?;
            write(&path, &text).map_err(fault)?;
            text
        }
        Err(error) => return Err(fault(error)),
    };
    let people = text.lines().map(|line| {
        let mut parts = line.split(' ').map(str::to_owned);
        let (Some(handle), Some(password), second_factor, None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(DemoError::SignInLine(path.clone()));
        };
        Ok(SignIn { handle, password, second_factor })
    });
    let people = people.collect::<Result<Vec<_>, DemoError>>()?;
    let mut work = tokio::task::JoinSet::new();
    for person in &people {
        let (app, person, path) = (app.clone(), person.clone(), path.clone());
        work.spawn(async move { enrol(&app, &person, &path).await });
    }
    while let Some(enrolled) = work.join_next().await {
        enrolled.map_err(|_| DemoError::OffScript)??;
    }
    Ok(Some(SignIns { path, people }))
}

async fn enrol(app: &App, person: &SignIn, path: &Path) -> Result<(), DemoError> {
    let SignIn { handle, password, second_factor } = person;
    let account = match app.find_account(handle).await? {
        Some(account) => account,
        None => app.register(handle, password).await.map_err(|error| match error {
            AuthError::Ledger(error) => error.into(),
            _ => DemoError::OffScript,
        })?,
    };
    app.link_members_by_handle(account).await?;
    if let Some(written) = second_factor {
        let secret = TotpSecret::read(written).ok_or_else(|| DemoError::SignInLine(path.to_owned()))?;
        if !app.has_second_factor(account).await? {
            app.set_second_factor(account, &secret).await?;
        }
    }
    Ok(())
}

/// A handle and a password a line, four groups of five letters, a hundred bits; and the second factor of who needs
/// one.
fn invented() -> Result<String, DemoError> {
    let mut text = String::new();
    for handle in cast::FOUNDERS.into_iter().chain(cast::CONTRIBUTORS) {
        let letters: Vec<char> = Entropy::System.secret()?.into_iter().map(letter).take(20).collect();
        let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
        text.extend([handle, " ", groups.join("-").as_str()]);
        if PRIVILEGED.contains(&handle) {
            text.extend([" ", TotpSecret::draw()?.uri(handle).as_str()]);
        }
        text.push('\n');
    }
    Ok(text)
}

fn letter(byte: u8) -> char {
    char::from(LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'x'))
}

/// Written whole under another name first, so that half a file is never read.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let _ = fs::remove_file(&unfinished);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)
}
