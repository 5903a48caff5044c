//! Settings: defaults, then a file, then the environment, then the command line; each over those before.
//!
//! What is not known is refused by its name or its place in the file. Secrets are never printed, not even in an
//! error: a message names the line, and does not repeat it.

mod masked;
mod network;

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;

use crate::app::{self, Entropy, HashCost, Keys, Passwords, Pepper, Quotas, SignIn};
use crate::chain::{
    Client, Confirmations, ConfirmationsError, Endpoint, EndpointError, Limits, Nodes, RpcError,
};
use crate::db::{Target, TargetError};
use crate::transaction_service::{
    ServiceError, ServiceKey, ServiceKeyError, ServiceUrl, ServiceUrlError, TransactionService,
};

pub use network::{Network, NetworkError};

/// What every variable of ours begins with.
const PREFIX: &str = "BOUNTY_LEDGER_";
/// Variables of the tests, not of the program.
const TESTS: &str = "BOUNTY_LEDGER_TEST_";
const CONFIG: &str = "BOUNTY_LEDGER_CONFIG";
const DATABASE_URL: &str = "DATABASE_URL";
const PEPPER: &str = "BOUNTY_LEDGER_PASSWORD_PEPPER";
const RPC_URL: &str = "BOUNTY_LEDGER_RPC_URL";
const SAFE_SERVICE_KEY: &str = "BOUNTY_LEDGER_SAFE_SERVICE_KEY";
const SAFE_SERVICE_URL: &str = "BOUNTY_LEDGER_SAFE_SERVICE_URL";
const SECOND_RPC_URL: &str = "BOUNTY_LEDGER_SECOND_RPC_URL";

/// Why the settings cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("cannot read {}: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{}, line {line}, column {column}: {message}", path.display())]
    File { path: PathBuf, line: usize, column: usize, message: String },
    #[error("{}: {setting} is a secret: set {variable} in the environment instead", path.display())]
    SecretInFile { path: PathBuf, setting: &'static str, variable: &'static str },
    #[error(
        "there is no setting {0}: DATABASE_URL, and BOUNTY_LEDGER_ with CLAIMS_PER_HOUR, CONFIG, CONFIRMATIONS, DATA, LISTEN, LOG, PASSWORD_PEPPER, PUBLIC_URL, RPC_URL, SAFE_SERVICE_KEY, SAFE_SERVICE_URL, SECOND_RPC_URL, TRUSTED_PROXIES, VOTES_PER_HOUR"
    )]
    Unknown(String),
    #[error("{0} is not UTF-8")]
    NotText(&'static str),
    #[error("listen must be an address with a port, such as 127.0.0.1:8080")]
    Listen,
    #[error("{0} must be a whole number, 1 or more")]
    Quota(&'static str),
    #[error("log must be text or json")]
    Log,
    #[error(
        "public_url must be http:// or https:// with a host and nothing after it, such as https://bounties.example.org"
    )]
    PublicUrl,
    #[error("password_pepper must have at least {PEPPER_LENGTH} characters: it is a key, not a password")]
    Pepper,
    #[error("{setting}: {error}")]
    Endpoint { setting: &'static str, error: EndpointError },
    #[error("second_rpc_url only checks what another node says: set rpc_url as well, or alone")]
    SecondAlone,
    #[error("second_rpc_url is the URL of rpc_url, and a node agrees with itself: set that of another one")]
    SameNode,
    #[error("safe_service_url: {0}")]
    ServiceUrl(#[from] ServiceUrlError),
    #[error("safe_service_key: {0}")]
    ServiceKey(#[from] ServiceKeyError),
    #[error("safe_service_key is shown to no service: set safe_service_url as well, or neither")]
    KeyAlone,
    #[error(transparent)]
    Confirmations(#[from] ConfirmationsError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error(transparent)]
    Database(#[from] TargetError),
}

/// The shortest pepper worth the name.
const PEPPER_LENGTH: usize = 16;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// The effective settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the SQLite file, keys and exports.
    pub data: PathBuf,
    /// The database, if not the SQLite file in the data folder.
    pub database: Option<Target>,
    pub listen: SocketAddr,
    /// What people type to reach this server, without a slash at its end; the listening address if not set.
    pub public_url: Option<String>,
    pub log: LogFormat,
    pub password_pepper: Option<Pepper>,
    /// The node that the chain is read from; without one it is not read.
    pub rpc_url: Option<Endpoint>,
    /// A node that must say the same.
    pub second_rpc_url: Option<Endpoint>,
    pub confirmations: Confirmations,
    /// The Safe Transaction Service of the program's chain; without one nothing is proposed to any.
    pub safe_service_url: Option<ServiceUrl>,
    pub safe_service_key: Option<ServiceKey>,
    /// How many claims and votes a member may send in an hour.
    pub quotas: Quotas,
    /// Proxies whose word about a caller's address is believed.
    pub trusted_proxies: Vec<Network>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            database: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            log: LogFormat::Text,
            password_pepper: None,
            rpc_url: None,
            second_rpc_url: None,
            confirmations: Confirmations::Finalized,
            safe_service_url: None,
            safe_service_key: None,
            quotas: Quotas::STANDARD,
            trusted_proxies: Vec::new(),
        }
    }
}

/// The settings as a file holds them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    data: Option<PathBuf>,
    database_url: Option<String>,
    listen: Option<String>,
    public_url: Option<String>,
    log: Option<String>,
    password_pepper: Option<IgnoredAny>,
    rpc_url: Option<String>,
    second_rpc_url: Option<String>,
    confirmations: Option<WordOrNumber>,
    safe_service_url: Option<String>,
    safe_service_key: Option<IgnoredAny>,
    claims_per_hour: Option<u32>,
    votes_per_hour: Option<u32>,
    trusted_proxies: Option<Vec<String>>,
}

/// `"finalized"`, or a number as TOML writes it.
#[derive(Deserialize)]
#[serde(untagged, expecting = "confirmations is \"finalized\" or a number of blocks")]
enum WordOrNumber {
    Number(u64),
    Word(String),
}

impl fmt::Display for WordOrNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => fmt::Display::fmt(number, formatter),
            Self::Word(word) => formatter.write_str(word),
        }
    }
}

impl Config {
    /// Reads the settings from a file, if there is one, and from the environment.
    ///
    /// # Errors
    /// A setting that is not known or holds no value.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut config = Self::default();
        if let Some(path) = file {
            config.read_file(path)?;
        }
        for (name, value) in environment {
            // An empty variable is one that is not set.
            if !value.is_empty() {
                config.read_variable(&name, &value)?;
            }
        }
        if config.safe_service_key.is_some() && config.safe_service_url.is_none() {
            return Err(ConfigError::KeyAlone);
        }
        match (&config.rpc_url, &config.second_rpc_url) {
            (None, Some(_)) => Err(ConfigError::SecondAlone),
            (Some(first), Some(second)) if first == second => Err(ConfigError::SameNode),
            (_, None) | (Some(_), Some(_)) => Ok(config),
        }
    }

    fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_owned(), error })?;
        let written: Written = toml::from_str(&text).map_err(|error| {
            let (line, column) = place(&text, error.span().map_or(0, |span| span.start));
            ConfigError::File { path: path.to_owned(), line, column, message: error.message().to_owned() }
        })?;
        for (setting, variable, value) in [
            ("password_pepper", PEPPER, written.password_pepper),
            ("safe_service_key", SAFE_SERVICE_KEY, written.safe_service_key),
        ] {
            if value.is_some() {
                return Err(ConfigError::SecretInFile { path: path.to_owned(), setting, variable });
            }
        }
        if let Some(data) = written.data {
            self.data = data;
        }
        let texts = [
            (DATABASE_URL, written.database_url),
            ("BOUNTY_LEDGER_LISTEN", written.listen),
            ("BOUNTY_LEDGER_PUBLIC_URL", written.public_url),
            ("BOUNTY_LEDGER_LOG", written.log),
            (RPC_URL, written.rpc_url),
            (SECOND_RPC_URL, written.second_rpc_url),
            (SAFE_SERVICE_URL, written.safe_service_url),
            ("BOUNTY_LEDGER_CONFIRMATIONS", written.confirmations.map(|blocks| blocks.to_string())),
            ("BOUNTY_LEDGER_CLAIMS_PER_HOUR", written.claims_per_hour.map(|number| number.to_string())),
            ("BOUNTY_LEDGER_VOTES_PER_HOUR", written.votes_per_hour.map(|number| number.to_string())),
            ("BOUNTY_LEDGER_TRUSTED_PROXIES", written.trusted_proxies.map(|proxies| proxies.join(","))),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                self.read_variable(name, &value)?;
            }
        }
        Ok(())
    }

    fn read_variable(&mut self, name: &str, value: &str) -> Result<(), ConfigError> {
        match name {
            DATABASE_URL => self.database = Some(value.parse()?),
            "BOUNTY_LEDGER_DATA" => self.data = PathBuf::from(value),
            "BOUNTY_LEDGER_LISTEN" => self.listen = value.parse().map_err(|_| ConfigError::Listen)?,
            "BOUNTY_LEDGER_PUBLIC_URL" => self.public_url = Some(public_url(value)?),
            "BOUNTY_LEDGER_LOG" => self.log = log_format(value)?,
            PEPPER => {
                if value.chars().count() < PEPPER_LENGTH {
                    return Err(ConfigError::Pepper);
                }
                self.password_pepper = Pepper::new(value);
            }
            RPC_URL => self.rpc_url = Some(endpoint("rpc_url", value)?),
            SECOND_RPC_URL => self.second_rpc_url = Some(endpoint("second_rpc_url", value)?),
            SAFE_SERVICE_URL => self.safe_service_url = Some(value.parse()?),
            SAFE_SERVICE_KEY => self.safe_service_key = Some(value.parse()?),
            "BOUNTY_LEDGER_CONFIRMATIONS" => self.confirmations = value.parse()?,
            "BOUNTY_LEDGER_TRUSTED_PROXIES" => {
                let proxies = value.split(',').map(str::trim).filter(|proxy| !proxy.is_empty());
                self.trusted_proxies = proxies.map(str::parse).collect::<Result<_, _>>()?;
            }
            "BOUNTY_LEDGER_CLAIMS_PER_HOUR" => self.quotas.claims = quota("claims_per_hour", value)?,
            "BOUNTY_LEDGER_VOTES_PER_HOUR" => self.quotas.votes = quota("votes_per_hour", value)?,
            CONFIG => {}
            _ if name.starts_with(TESTS) || !name.starts_with(PREFIX) => {}
            _ => return Err(ConfigError::Unknown(name.to_owned())),
        }
        Ok(())
    }

    /// The database: the one that is named, or the SQLite file in the data folder.
    pub fn target(&self) -> Target {
        self.database.clone().unwrap_or_else(|| {
            Target::Sqlite(self.data.join("bounty-ledger.sqlite").to_string_lossy().into_owned())
        })
    }

    /// The same settings, listening where this socket does: at the port that was given for port 0.
    ///
    /// # Errors
    /// A socket that is not bound.
    pub fn listening(&self, listener: &TcpListener) -> std::io::Result<Self> {
        Ok(Self { listen: listener.local_addr()?, ..self.clone() })
    }

    /// What people type to reach this server.
    pub fn url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// The nodes that the chain is read from, if one is set. Nothing is sent yet.
    ///
    /// # Errors
    /// For https, a machine without certificates of authorities.
    pub fn nodes(&self) -> Result<Option<Nodes>, RpcError> {
        let client =
            |url: &Option<Endpoint>| url.clone().map(|url| Client::new(url, Limits::default())).transpose();
        let (first, second) = (client(&self.rpc_url)?, client(&self.second_rpc_url)?);
        Ok(first.map(|first| Nodes::new(first, second, self.confirmations)))
    }

    /// The Safe Transaction Service, if one is set. Nothing is sent yet.
    ///
    /// # Errors
    /// For https, a machine without certificates of authorities.
    pub fn transaction_service(&self) -> Result<Option<TransactionService>, ServiceError> {
        let service = |url| TransactionService::new(url, self.safe_service_key.clone(), Limits::default());
        self.safe_service_url.clone().map(service).transpose()
    }

    /// Sign-in as these settings want it; makes the key of the data folder at the first start.
    ///
    /// # Errors
    /// A key file that cannot be used.
    pub fn sign_in(&self) -> Result<SignIn, app::Error> {
        self.sign_in_at(HashCost::STANDARD)
    }

    /// As [`Config::sign_in`], with another cost of new passwords.
    ///
    /// # Errors
    /// As there.
    pub fn sign_in_at(&self, cost: HashCost) -> Result<SignIn, app::Error> {
        let keys = Keys::in_folder(&self.data, &Entropy::System)?;
        let passwords = Passwords::new(cost, self.password_pepper.clone())?;
        Ok(SignIn::new(&self.url(), keys, passwords))
    }
}

/// Line and column of a byte, counted from 1.
fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    (line, column)
}

fn endpoint(setting: &'static str, text: &str) -> Result<Endpoint, ConfigError> {
    text.parse().map_err(|error| ConfigError::Endpoint { setting, error })
}

fn quota(setting: &'static str, text: &str) -> Result<u32, ConfigError> {
    text.parse().ok().filter(|number| *number > 0).ok_or(ConfigError::Quota(setting))
}

fn log_format(text: &str) -> Result<LogFormat, ConfigError> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(ConfigError::Log),
    }
}

fn public_url(text: &str) -> Result<String, ConfigError> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = host.ok_or(ConfigError::PublicUrl)?;
    let (name, port) = match host.rsplit_once(':') {
        // The colons of an IPv6 address stand in brackets.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_port =
        |port: &str| port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    let known = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).map_or_else(
        || !name.is_empty() && name.bytes().all(plain),
        |address| address.parse::<Ipv6Addr>().is_ok(),
    );
    if known && port.is_none_or(is_port) { Ok(text.to_owned()) } else { Err(ConfigError::PublicUrl) }
}
