//! A fresh, migrated database for each test, on SQLite and on PostgreSQL.

pub mod node;
mod postgres;
pub mod samples;

use std::fs;
use std::sync::OnceLock;

use server::db::{self, AnyConn, Target};
use tempfile::TempDir;

/// Writes a test once and runs it on each database, as `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($(fn $name:ident($db:ident: TestDb) $body:block)+) => { $(
        mod $name {
            use super::*;
            fn check($db: &crate::common::TestDb) $body
            #[test]
            fn sqlite() {
                check(&crate::common::TestDb::sqlite());
            }
            #[test]
            fn postgres() {
                check(&crate::common::TestDb::postgres());
            }
        }
    )+ };
}
pub(crate) use on_both;

/// A test that compares the two databases; it needs PostgreSQL, so it is named `name::postgres`.
macro_rules! with_both {
    ($(fn $name:ident($sqlite:ident: TestDb, $postgres:ident: TestDb) $body:block)+) => { $(
        mod $name {
            use super::*;
            #[test]
            fn postgres() {
                let ($sqlite, $postgres) = (&crate::common::TestDb::sqlite(), &crate::common::TestDb::postgres());
                $body
            }
        }
    )+ };
}
pub(crate) use with_both;

/// A database that lives as long as the test.
pub struct TestDb {
    pub target: Target,
    keep: Keep,
}

/// What goes away with the test.
enum Keep {
    Folder { _folder: TempDir },
    Database { _database: postgres::Database },
}

impl TestDb {
    /// A migrated SQLite file.
    pub fn sqlite() -> Self {
        static MIGRATED: OnceLock<Vec<u8>> = OnceLock::new();
        let migrated = MIGRATED.get_or_init(|| {
            let empty = Self::empty_sqlite();
            db::migrate(&mut empty.open()).unwrap();
            fs::read(empty.path()).unwrap()
        });
        let test = Self::empty_sqlite();
        fs::write(test.path(), migrated).unwrap();
        test
    }

    /// A SQLite file that is not there yet.
    pub fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::Sqlite(folder.path().join("ledger.sqlite").to_str().unwrap().to_owned());
        Self { target, keep: Keep::Folder { _folder: folder } }
    }

    /// A migrated PostgreSQL database.
    pub fn postgres() -> Self {
        Self::on_postgres(postgres::Database::migrated())
    }

    /// A PostgreSQL database without tables.
    pub fn empty_postgres() -> Self {
        Self::on_postgres(postgres::Database::empty())
    }

    fn on_postgres(database: postgres::Database) -> Self {
        Self { target: database.url.parse().unwrap(), keep: Keep::Database { _database: database } }
    }

    /// An empty database of the same kind as `self`.
    pub fn empty_like(&self) -> Self {
        match self.target {
            Target::Sqlite(_) => Self::empty_sqlite(),
            Target::Postgres(_) => Self::empty_postgres(),
        }
    }

    /// A migrated database of the same kind as `self`.
    pub fn fresh_like(&self) -> Self {
        match self.target {
            Target::Sqlite(_) => Self::sqlite(),
            Target::Postgres(_) => Self::postgres(),
        }
    }

    /// Which of the two it is.
    pub fn name(&self) -> &'static str {
        match self.target {
            Target::Sqlite(_) => "sqlite",
            Target::Postgres(_) => "postgres",
        }
    }

    /// The connection that writes.
    pub fn open(&self) -> AnyConn {
        db::open_write(&self.target).unwrap()
    }

    /// The URL with all that is in it, for another process.
    pub fn url(&self) -> String {
        match &self.keep {
            Keep::Folder { .. } => self.target.to_string(),
            Keep::Database { _database: database } => database.url.clone(),
        }
    }

    fn path(&self) -> &str {
        match &self.target {
            Target::Sqlite(path) => path,
            Target::Postgres(_) => panic!("PostgreSQL has no file"),
        }
    }
}
