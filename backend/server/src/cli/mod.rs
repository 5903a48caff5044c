//! The command line: one program, its commands, and what they print.
//!
//! Exit codes: 0 done, 1 done with findings, 2 not done.

/// Prints a line; that nobody reads it any more (`… | head`) is no fault of the command.
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stdout().lock(), format_args!("{}\n", format_args!($($text)*)));
    }};
}

/// As [`say!`], without the end of the line.
macro_rules! say_on {
    ($($text:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stdout().lock(), format_args!($($text)*));
    }};
}

mod bench;
mod budget;
mod check_config;
mod demo;
mod export;
mod local_chain;
mod program;
mod rebuild;
mod reconcile;
mod safe_inspect;
mod serve;
mod user;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::value::Slug;
use thiserror::Error;

use crate::app::{App, AuthError, Clock, DataLock, Entropy, FileError, Handle, LockError};
use crate::config::{Config, ConfigError};
use crate::db::{Target, TargetError, is_there, rows};

/// Keeps a bounty program: budgets, claims, votes and payouts, in a journal that anybody can check.
#[derive(Debug, Parser)]
#[command(name = "bounty-ledger", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: Place,
}

/// Where the ledger lives, and which program is meant.
#[derive(Clone, Debug, clap::Args)]
struct Place {
    /// The folder of the SQLite file, keys and exports [default: data; demo: data/demo].
    #[arg(long, global = true, value_name = "DIR", env = "BOUNTY_LEDGER_DATA")]
    data: Option<PathBuf>,
    /// The database, if not the SQLite file in the data folder: sqlite:PATH or postgres://…
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// A settings file (TOML); the environment and the command line come before it.
    #[arg(long = "config", global = true, value_name = "FILE", env = "BOUNTY_LEDGER_CONFIG")]
    config_file: Option<PathBuf>,
    #[arg(skip)]
    config: Config,
    /// The program's short name, needed only where there are several.
    #[arg(long, global = true, value_name = "SLUG")]
    program: Option<Slug>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves the API (the default).
    Serve(serve::Arguments),
    /// Plays a month of the DEGEN pilot into a folder of its own, prints its budget, and serves it.
    Demo(demo::Arguments),
    /// Opens programs.
    #[command(subcommand)]
    Program(program::Command),
    /// Makes accounts to sign in with.
    #[command(subcommand)]
    User(user::Command),
    /// Prints the effective settings, secrets masked, or what is wrong with them.
    CheckConfig,
    /// Writes files for signers, auditors and everybody else.
    #[command(subcommand)]
    Export(export::Command),
    /// Decides every event again, and mends the tables that hold other rows than the journal makes.
    Rebuild,
    /// Reads the chain now, and writes what happened to the Safe into the books; beside `serve` on SQLite it cannot.
    ///
    /// Exit 1 if people have something to settle, if the rules hold something back, or if the transaction that was asked for
    /// did nothing; 2 if the chain cannot be read, or no final block has the transaction.
    Reconcile(reconcile::Arguments),
    /// Compares our speed with a peer's on ledgers of its own; never touches yours.
    Bench(bench::Arguments),
    /// Checks an audit bundle without trusting whoever made it. Exit 1 with findings, 2 if it is none.
    Verify(verify::Arguments),
    /// Says what a file for a Safe really does; it needs no ledger.
    #[command(subcommand)]
    Safe(safe_inspect::Command),
}

/// Why a command could not be carried out.
#[derive(Debug, Error)]
enum CliError {
    #[error(transparent)]
    App(#[from] crate::app::Error),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Rpc(#[from] crate::chain::RpcError),
    #[error(transparent)]
    Service(#[from] crate::transaction_service::ServiceError),
    #[error(transparent)]
    Database(#[from] TargetError),
    #[error("{0} exists already, with another password")]
    UserExists(Handle),
    #[error("the password comes on the standard input: add --password-stdin")]
    NoPassword,
    #[error("this is no secret of a second factor: give its 32 letters and digits, or its otpauth: address")]
    NoSecret,
    #[error("{}:\n{error}", path.display())]
    ProgramFile { path: PathBuf, error: FileError },
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("cannot write {}: {error}", path.display())]
    Write { path: PathBuf, error: std::io::Error },
    #[error("this ledger has no program yet: `bounty-ledger program open FILE.toml` opens one")]
    NoProgram,
    #[error("this ledger has several programs ({slugs}): name one with --program")]
    SeveralPrograms { slugs: String },
    #[error("this ledger has no program {slug}; it has: {slugs}")]
    OtherPrograms { slug: Slug, slugs: String },
    #[error("{}: {error}", path.display())]
    Inspect { path: PathBuf, error: safe::inspect::InspectError },
    #[error(transparent)]
    Bundle(#[from] ::verify::write::WriteError<crate::app::Error>),
    #[error(transparent)]
    Unusable(#[from] ::verify::Unusable),
    #[error("{} holds no checkpoint: {error}", path.display())]
    Kept { path: PathBuf, error: ::verify::CheckpointError },
    #[error(transparent)]
    Demo(#[from] crate::demo::DemoError),
    #[error("there is no ledger in {}: `bounty-ledger demo` or `bounty-ledger program open FILE.toml` makes one. If there was one, look where its file is before that", .0.display())]
    NoLedger(PathBuf),
    #[error("cannot listen at {address}: {error}. Name another address with --listen")]
    Listen { address: std::net::SocketAddr, error: std::io::Error },
    #[error(transparent)]
    Serve(#[from] crate::http::ServeError),
    #[error("a demo listens on this machine only: use a loopback address such as 127.0.0.1:8080")]
    DemoInPublic,
    #[error(transparent)]
    Bench(Box<crate::bench::BenchError>),
    #[error(
        "the chain is read from a node: set its URL as rpc_url in the settings file, or as BOUNTY_LEDGER_RPC_URL"
    )]
    NoRpcUrl,
    #[error("the asynchronous runtime cannot start: {0}")]
    Runtime(std::io::Error),
}

impl From<crate::bench::BenchError> for CliError {
    fn from(error: crate::bench::BenchError) -> Self {
        Self::Bench(Box::new(error))
    }
}

/// What a command found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Something,
}

impl Found {
    fn or(self, other: Self) -> Self {
        match self {
            Self::Nothing => other,
            Self::Something => self,
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(Found::Nothing) => ExitCode::SUCCESS,
        Ok(Found::Something) => ExitCode::from(1),
        Err(error) => {
            eprintln!("bounty-ledger: {}", safe::eip55::in_text(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<Found, CliError> {
    let place = arguments.place;
    match arguments.command.unwrap_or(Command::Serve(serve::Arguments::default())) {
        // Self-checks of signers and auditors: they need no ledger and no settings.
        Command::Safe(command) => safe_inspect::run(&command),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Serve(arguments) => block_on(serve::run(&place.settle()?, &arguments)),
        Command::CheckConfig => check_config::run(&place.settle()?),
        Command::User(command) => block_on(user::run(&place.settle()?, &command)),
        Command::Rebuild => rebuild::run(&place.settle()?),
        Command::Reconcile(arguments) => block_on(reconcile::run(&place.settle()?, &arguments)),
        Command::Demo(arguments) => block_on(demo::run(&place.settle()?, &arguments)),
        Command::Bench(arguments) => block_on(bench::run(&place.settle()?, &arguments)),
        Command::Program(command) => block_on(program::run(&place.settle()?, &command)),
        Command::Export(command) => block_on(export::run(&place.settle()?, &command)),
    }
}

fn block_on(work: impl Future<Output = Result<Found, CliError>>) -> Result<Found, CliError> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::Runtime)?;
    runtime.block_on(work)
}

impl Place {
    /// Reads the settings; what the command line says comes before them.
    fn settle(self) -> Result<Self, CliError> {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            // What is not UTF-8 is none of ours: clap refuses those that are.
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let mut config = Config::load(self.config_file.as_deref(), variables)?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        if let Some(url) = self.database_url.as_ref().filter(|url| !url.is_empty()) {
            config.database = Some(url.parse()?);
        }
        Ok(Self { config, ..self })
    }

    fn folder(&self) -> &Path {
        &self.config.data
    }

    fn target(&self) -> Target {
        self.config.target()
    }

    /// The lock of the folder where the SQLite file is written; PostgreSQL needs none.
    fn lock(&self) -> Result<Option<DataLock>, CliError> {
        Ok(match self.target() {
            Target::Sqlite(path) => {
                Some(DataLock::take(Path::new(&path).parent().unwrap_or(Path::new(".")))?)
            }
            Target::Postgres(_) => None,
        })
    }

    /// The ledger that is there already.
    fn existing(&self) -> Result<Target, CliError> {
        let target = self.target();
        match &target {
            Target::Sqlite(path) if !is_there(Path::new(path)) => {
                Err(CliError::NoLedger(self.folder().to_owned()))
            }
            _ => Ok(target),
        }
    }

    /// The program that is meant.
    async fn program(&self, app: &App) -> Result<Slug, CliError> {
        let programs = app.programs().await?;
        if let Some(slug) = self.program {
            let is_there = programs.is_empty() || programs.iter().any(|row| row.slug == slug.as_str());
            return if is_there {
                Ok(slug)
            } else {
                Err(CliError::OtherPrograms { slug, slugs: slugs(&programs) })
            };
        }
        match programs.as_slice() {
            [] => Err(CliError::NoProgram),
            [only] => Ok(only
                .slug
                .parse()
                .map_err(|_| crate::db::Corrupt { table: "programs", column: "slug" })
                .map_err(crate::app::Error::from)?),
            several => Err(CliError::SeveralPrograms { slugs: slugs(several) }),
        }
    }
}

fn slugs(programs: &[rows::Program]) -> String {
    programs.iter().map(|row| row.slug.as_str()).collect::<Vec<_>>().join(", ")
}

/// A ledger with the machine's clock and the operating system's randomness.
fn start(target: &Target) -> Result<App, CliError> {
    Ok(App::start(target, Clock::System, Entropy::System)?)
}

/// Writes a file, making the folders above it.
fn write_file(path: &Path, text: &str) -> Result<(), CliError> {
    let fault = |error| CliError::Write { path: path.to_owned(), error };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    std::fs::write(path, text).map_err(fault)
}
