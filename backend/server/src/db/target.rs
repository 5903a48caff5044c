use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Which database, as its URL says: `sqlite:PATH`, `postgres://…` or `postgresql://…`.
///
/// Neither `Display` nor `Debug` prints a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The path of the file.
    Sqlite(String),
    Postgres(PostgresUrl),
}

/// A PostgreSQL URL that libpq reads as we do, so that no message of its can hold half a password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

/// Why a text is not a database URL. The messages never repeat the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TargetError {
    #[error("the database URL must begin with sqlite:, postgres:// or postgresql://")]
    Scheme,
    #[error("the database URL names no file: write sqlite:PATH, such as sqlite:data/ledger.sqlite")]
    NoPath,
    #[error("SQLite needs a file of its own here, not {0}: write sqlite:PATH")]
    NotAFile(&'static str),
    #[error(
        "the PostgreSQL URL is ambiguous: in user, password and options write @ as %40, / as %2F, ? as %3F, # as \
         %23 and % as %25"
    )]
    Unencoded,
}

const POSTGRES_SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(url: &str) -> Result<Self, TargetError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return sqlite_path(path.strip_prefix("//").unwrap_or(path));
        }
        let rest = POSTGRES_SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme));
        postgres_is_plain(rest.ok_or(TargetError::Scheme)?)?;
        Ok(Self::Postgres(PostgresUrl(url.to_owned())))
    }
}

fn sqlite_path(path: &str) -> Result<Target, TargetError> {
    match path {
        "" => Err(TargetError::NoPath),
        // Every connection would get a database of its own, or settings that we do not know.
        _ if path.starts_with(":memory:") => Err(TargetError::NotAFile(":memory:")),
        _ if path.starts_with("file:") => Err(TargetError::NotAFile("file:")),
        _ => Ok(Target::Sqlite(path.to_owned())),
    }
}

/// At most one `@`, only before the first `/` and `?`; every `%` begins an escape.
fn postgres_is_plain(rest: &str) -> Result<(), TargetError> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, options) = rest.split_at(end);
    let escapes = rest.split('%').skip(1).all(|part| {
        part.len() >= 2
            && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit())
            && !part.starts_with("00")
    });
    let plain =
        escapes && authority.matches('@').count() <= 1 && !options.contains('@') && !rest.contains('#');
    if plain { Ok(()) } else { Err(TargetError::Unencoded) }
}

impl PostgresUrl {
    /// The URL with its password: for libpq and nobody else.
    pub(super) fn with_secrets(&self) -> &str {
        &self.0
    }

    /// `scheme://user@host/database`: without password and options.
    fn public(&self) -> String {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("postgres", ""));
        let shown = rest.split('?').next().unwrap_or_default();
        match shown.split_once('@') {
            Some((user, place)) => {
                format!("{scheme}://{}@{place}", user.split(':').next().unwrap_or_default())
            }
            None => format!("{scheme}://{shown}"),
        }
    }

    /// The whole URL, with a mask over what is secret or might be.
    fn masked(&self) -> String {
        /// Options that say where, and nothing else.
        const SHOWN: [&str; 8] =
            ["application_name", "connect_timeout", "dbname", "host", "hostaddr", "port", "sslmode", "user"];
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("postgres", ""));
        let (place, options) = rest.split_once('?').map_or((rest, None), |(place, more)| (place, Some(more)));
        let place =
            match place.split_once('@').and_then(|(user, place)| Some((user.split_once(':')?.0, place))) {
                Some((user, place)) => format!("{user}:***@{place}"),
                None => place.to_owned(),
            };
        let options = options.map(|options| {
            let masked = options.split('&').map(|option| match option.split_once('=') {
                Some((name, _)) if SHOWN.contains(&name) => option.to_owned(),
                Some((name, _)) => format!("{name}=***"),
                None => "***".to_owned(),
            });
            format!("?{}", masked.collect::<Vec<_>>().join("&"))
        });
        format!("{scheme}://{place}{}", options.unwrap_or_default())
    }

    /// Takes every password of this URL out of a message of libpq.
    pub(super) fn cleanse(&self, message: &str) -> String {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let user = rest.split_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, secret)| secret);
        let options = rest.split_once('?').map_or("", |(_, options)| options).split('&');
        let options =
            options.filter_map(|option| option.split_once('=')).filter(|(name, _)| name.contains("pass"));
        user.into_iter()
            .chain(options.map(|(_, secret)| secret))
            .filter(|secret| !secret.is_empty())
            .fold(message.to_owned(), |message, secret| message.replace(secret, "***"))
    }
}

impl Target {
    /// The URL as it was set, with a mask over what is secret or might be.
    pub fn masked(&self) -> String {
        match self {
            Self::Sqlite(_) => self.to_string(),
            Self::Postgres(url) => url.masked(),
        }
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.public())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{path}"),
            Self::Postgres(url) => formatter.write_str(&url.public()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_schemes() {
        for (url, path) in [("sqlite:data/x.sqlite", "data/x.sqlite"), ("sqlite:///a/b c", "/a/b c")] {
            assert_eq!(url.parse(), Ok(Target::Sqlite(path.to_owned())), "{url}");
        }
        for url in [
            "postgres://me:s%40cret@db.example/ledger",
            "postgresql:///ledger?host=/tmp/socket&user=me",
            "postgres://me@[::1]:5432/ledger?sslmode=require",
        ] {
            assert!(matches!(url.parse(), Ok(Target::Postgres(_))), "{url}");
        }
    }

    #[test]
    fn refuses_the_rest_and_says_what_to_write() {
        for (url, error) in [
            ("", TargetError::Scheme),
            ("mysql://me:secret@x/y", TargetError::Scheme),
            ("host=db dbname=ledger password=secret", TargetError::Scheme),
            ("ledger.sqlite", TargetError::Scheme),
            ("sqlite:", TargetError::NoPath),
            ("sqlite://", TargetError::NoPath),
            ("sqlite::memory:", TargetError::NotAFile(":memory:")),
            ("sqlite:file:x?mode=memory", TargetError::NotAFile("file:")),
            ("postgres://me:sec@ret@host/x", TargetError::Unencoded),
            ("postgres://me:sec/ret@host/x", TargetError::Unencoded),
            ("postgres://me:sec?ret@host/x", TargetError::Unencoded),
            ("postgres://me:sec#ret@host/x", TargetError::Unencoded),
            ("postgres://me:secret%@host/x", TargetError::Unencoded),
            ("postgres://me:secret%zz@host/x", TargetError::Unencoded),
        ] {
            assert_eq!(url.parse::<Target>(), Err(error), "{url}");
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn no_password_is_ever_shown() {
        let url = "postgres://me:s3cr%40t@db.example:5432/ledger?sslpassword=hush";
        let Ok(Target::Postgres(parsed)) = url.parse() else { panic!("{url}") };
        assert_eq!(Target::Postgres(parsed.clone()).to_string(), "postgres://me@db.example:5432/ledger");
        assert_eq!(format!("{parsed:?}"), "postgres://me@db.example:5432/ledger");
        assert_eq!(parsed.cleanse("bad s3cr%40t and hush"), "bad *** and ***");
    }

    #[test]
    fn a_masked_url_says_where_and_keeps_secrets() {
        for (url, masked) in [
            ("sqlite:a/b.sqlite", "sqlite:a/b.sqlite"),
            ("postgres://u@h", "postgres://u@h"),
            ("postgres://", "postgres://"),
            ("postgres://u:s3cret@h:1/x?sslmode=require", "postgres://u:***@h:1/x?sslmode=require"),
            ("postgresql:///x?host=/tmp/s&password=s3cret", "postgresql:///x?host=/tmp/s&password=***"),
            ("postgres://h/x?scram_client_key=s3cret&s3cret", "postgres://h/x?scram_client_key=***&***"),
            ("postgres://h/x?p%61ssword=s3cret", "postgres://h/x?p%61ssword=***"),
            ("postgres://u:@h/x?", "postgres://u:***@h/x?***"),
        ] {
            assert_eq!(url.parse::<Target>().unwrap().masked(), masked);
        }
    }
}
