//! `bounty-ledger user …`

use std::io::Read;
use std::path::PathBuf;

use clap::Subcommand;
use zeroize::Zeroizing;

use super::{CliError, Found, Place, start};
use crate::app::{AccountId, App, AuthError, Clock, Factor, Handle, TotpSecret};

/// A longer input is no password.
const MAX_INPUT: u64 = 4_096;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Makes an account, and links it to every member of that handle who has none yet.
    Add {
        /// 2 to 40 small letters, digits and hyphens, a letter first.
        handle: Handle,
        /// Reads the password from the standard input, up to the end of its first line.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Sets a new password for somebody who lost theirs; all of their sessions and API tokens end.
    Reset {
        handle: Handle,
        /// Reads the password from the standard input, up to the end of its first line.
        #[arg(long)]
        password_stdin: bool,
        /// Takes their second factor away as well: they lost that, and their recovery codes.
        #[arg(long)]
        drop_second_factor: bool,
    },
    /// Prints the code of now of a second factor, whose secret or otpauth: address comes from the standard input.
    Code,
}

pub(super) async fn run(place: &Place, command: &Command) -> Result<Found, CliError> {
    match command {
        Command::Add { handle, password_stdin } => add_account(place, handle, *password_stdin).await,
        Command::Reset { handle, password_stdin, drop_second_factor } => {
            let factor = if *drop_second_factor { Factor::Goes } else { Factor::Stays };
            reset(place, handle, *password_stdin, factor).await
        }
        Command::Code => {
            let secret = TotpSecret::read(&read_line()?).ok_or(CliError::NoSecret)?;
            say!("{}", secret.code_at(Clock::System.now()?));
            Ok(Found::Nothing)
        }
    }
}

async fn reset(
    place: &Place,
    handle: &Handle,
    password_stdin: bool,
    factor: Factor,
) -> Result<Found, CliError> {
    if !password_stdin {
        return Err(CliError::NoPassword);
    }
    let password = read_line()?;
    let _lock = place.lock()?;
    let app = start(&place.target())?.with_sign_in(place.config.sign_in()?);
    let account = app.find_account(handle.as_str()).await?;
    let account = account.ok_or(crate::app::Error::NoSuchAccount)?;
    app.reset_sign_in(account, &password, factor).await?;
    say!("{handle} has a new password; all sessions and API tokens of theirs have ended");
    if app.has_second_factor(account).await? {
        say!("their second factor stays: --drop-second-factor takes it away");
    }
    Ok(Found::Nothing)
}

async fn add_account(place: &Place, handle: &Handle, password_stdin: bool) -> Result<Found, CliError> {
    if !password_stdin {
        return Err(CliError::NoPassword);
    }
    let password = read_line()?;
    let _lock = place.lock()?;
    let app = start(&place.target())?.with_sign_in(place.config.sign_in()?);
    let (account, made) = add(&app, handle, &password).await?;
    say!("{handle} {}", if made { "may sign in" } else { "may sign in already; nothing was changed" });
    for membership in app.link_members_by_handle(account).await? {
        say!("{} in {}: member {}", handle, membership.program, membership.member);
    }
    Ok(Found::Nothing)
}

/// The account, and whether it was made now: the same handle with the same password is a repeat.
async fn add(app: &App, handle: &Handle, password: &str) -> Result<(AccountId, bool), CliError> {
    match app.register(handle.as_str(), password).await {
        Ok(account) => Ok((account, true)),
        Err(AuthError::HandleTaken) => {
            let account = app.verify_password(handle.as_str(), password).await?;
            Ok((account.ok_or_else(|| CliError::UserExists(handle.clone()))?, false))
        }
        Err(error) => Err(error.into()),
    }
}

fn read_line() -> Result<Zeroizing<String>, CliError> {
    let mut text = Zeroizing::new(String::new());
    let fault = |error| CliError::Read { path: PathBuf::from("the standard input"), error };
    std::io::stdin().take(MAX_INPUT).read_to_string(&mut text).map_err(fault)?;
    let line = text.split(['\n', '\r']).next().unwrap_or_default();
    Ok(Zeroizing::new(line.to_owned()))
}
