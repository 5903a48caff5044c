//! The database: SQLite or PostgreSQL, chosen by its URL, with the same text in the same columns.
//!
//! Keeps: connections and their settings, transactions, migrations, rows. Leaves to others: what a row means
//! (`domain`) and when it is written (the writer). Never a network call, never a rule about money.

pub mod accounts;
mod check;
#[expect(clippy::disallowed_methods, reason = "the one module that opens connections, each by its own kind")]
mod conn;
mod dump;
mod error;
pub mod factors;
pub mod journal;
mod log;
pub mod marks;
pub mod mend;
mod migrate;
pub mod notices;
mod pool;
pub(crate) mod projection;
pub mod query;
mod room;
pub mod rows;
pub mod schema;
pub mod sessions;
pub mod snapshots;
mod stored;
mod target;
pub mod tokens;
mod tx;
pub mod uploads;
pub mod wallets;
mod whole;

pub use check::{check_small_file, check_table, list_tables_to_check};
pub(crate) use conn::both;
pub use conn::{AnyConn, MultiBackend, database_micros, open_read, open_scratch, open_write};
pub use dump::{Dump, dump};
pub use error::{OpenError, Trouble, advice, is_cut, is_failing, is_garbled, trouble};
pub use log::{empty_log, secure_log, shorten_log};
pub use migrate::{Tables, migrate, tables};
pub use pool::{Manager, ReadPool, read_pool};
pub use projection::Changes;
pub use room::has_room;
pub(crate) use stored::hex;
pub use stored::{Corrupt, Stored, read_number, read_text};
pub use target::{PostgresUrl, Target, TargetError};
pub use tx::{patient_read_tx, read_tx, write_tx};
pub use whole::{Orphans, is_there, list_missing_tables, list_orphans};
