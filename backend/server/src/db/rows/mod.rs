//! Rows as the database holds them, and how many of them are written at once.
//!
//! Texts and numbers only: [`super::Stored`] turns them into values at the border. Every table has one struct
//! with `list`; append-only tables have `insert`, tables of present state `upsert`. [`insertion`] says how
//! many statements that is, which for no rows is none.

mod accounts;
mod books;
mod cell;
mod insertion;
mod journal;
mod money;
mod people;
mod work;

pub use accounts::{
    ApiToken, Membership, Notice, RecoveryCode, RefreshToken, SecondFactor, Session, SignInLink, SiweNonce,
    Upload, User, Wallet,
};
pub use books::{Account, Allotment, Cap, Category, Entry, Period};
pub use cell::Cell;
use insertion::{Existing, Insertion, Value};
pub use journal::{Document, Event, Head, Mark, Program, Snapshot, lock_head};
pub use money::{Batch, Funding, Observation, Payout};
pub use people::{Address, Member};
pub use work::{Bounty, Evidence, History, Revision, Submission, Vote};

/// A row type: its table, and what tests and rebuilds ask of it.
pub trait Row: Sized {
    const TABLE: &'static str;
    /// The columns, key first.
    const COLUMNS: &'static [&'static str];

    /// One line of text, the same for the same row in either database.
    fn line(&self) -> String;
}

/// Declares the row of one table of a program, with its key first, and how it is written.
///
/// What is `fixed` stands after the key and never changes: an update leaves those columns and their indexes alone.
macro_rules! row {
    ($(#[$doc:meta])* $mode:ident $Row:ident in $table:ident
     [$($key:ident: $key_type:ty),+] $(fixed { $($fixed:ident: $fixed_type:ty,)+ })?
     { $($column:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = $crate::db::schema::$table)]
        pub struct $Row {
            $(pub $key: $key_type,)+
            $($(pub $fixed: $fixed_type,)+)?
            $(pub $column: $type,)+
        }

        impl $crate::db::rows::Row for $Row {
            const TABLE: &'static str = stringify!($table);
            const COLUMNS: &'static [&'static str] = &[
                $(stringify!($key),)+ $($(stringify!($fixed),)+)? $(stringify!($column)),+
            ];

            fn line(&self) -> String {
                use $crate::db::rows::Cell;
                [$(self.$key.cell(),)+ $($(self.$fixed.cell(),)+)? $(self.$column.cell()),+].join(" ")
            }
        }

        impl $Row {
            $crate::db::rows::row!(@$mode $table [$($key),+] [$($column),+]);

            /// Writes rows in the way of each database.
            fn write(
                conn: &mut $crate::db::AnyConn,
                rows: &[&Self],
                existing: $crate::db::rows::Existing,
            ) -> diesel::QueryResult<()> {
                use $crate::db::rows::{Insertion, Row, Value};
                let insertion = Insertion {
                    table: Self::TABLE,
                    names: Self::COLUMNS,
                    keys: &[$(stringify!($key)),+],
                    changing: &[$(stringify!($column)),+],
                    existing,
                };
                match conn {
                    $crate::db::AnyConn::Sqlite(conn) => rows.iter().try_for_each(|row| {
                        let fields = vec![
                            $(row.$key.field(),)+ $($(row.$fixed.field(),)+)? $(row.$column.field(),)+
                        ];
                        insertion.write_row(conn, fields)
                    }),
                    $crate::db::AnyConn::Postgres(_) if rows.is_empty() => Ok(()),
                    $crate::db::AnyConn::Postgres(conn) => insertion.write_columns(conn, vec![
                        $(<$key_type>::column(rows.iter().map(|row| &row.$key)),)+
                        $($(<$fixed_type>::column(rows.iter().map(|row| &row.$fixed)),)+)?
                        $(<$type>::column(rows.iter().map(|row| &row.$column)),)+
                    ]),
                }
            }
        }
    };

    // Rows that are added and never change.
    (@insert $table:ident [$($key:ident),+] [$($column:ident),+]) => {
        /// Adds rows.
        ///
        /// # Errors
        /// One of them is there already, breaks a constraint, or the database fails.
        pub fn insert(conn: &mut $crate::db::AnyConn, rows: &[Self]) -> diesel::QueryResult<()> {
            let rows: Vec<&Self> = rows.iter().collect();
            Self::write(conn, &rows, $crate::db::rows::Existing::Refuse)
        }
        $crate::db::rows::row!(@all $table [$($key),+]);
    };

    // Rows whose content names them: the same one again is no news.
    (@insert_new $table:ident [$($key:ident),+] [$($column:ident),+]) => {
        /// Adds the rows whose keys are new.
        ///
        /// # Errors
        /// One of them breaks a constraint, or the database fails.
        pub fn insert_new(conn: &mut $crate::db::AnyConn, rows: &[Self]) -> diesel::QueryResult<()> {
            let rows: Vec<&Self> = rows.iter().collect();
            Self::write(conn, &rows, $crate::db::rows::Existing::Keep)
        }
        $crate::db::rows::row!(@all $table [$($key),+]);
    };

    // Rows that say how things stand now.
    (@upsert $table:ident [$($key:ident),+] [$($column:ident),+]) => {
        /// Writes rows over those with the same key; of several with one key the last counts.
        ///
        /// # Errors
        /// One of them breaks a constraint, or the database fails.
        pub fn upsert(conn: &mut $crate::db::AnyConn, rows: &[Self]) -> diesel::QueryResult<()> {
            // PostgreSQL refuses a key that comes twice in one statement.
            let latest: std::collections::BTreeMap<_, &Self> =
                rows.iter().map(|row| (($(&row.$key,)+), row)).collect();
            let latest: Vec<&Self> = latest.into_values().collect();
            Self::write(conn, &latest, $crate::db::rows::Existing::Replace)
        }
        $crate::db::rows::row!(@all $table [$($key),+]);
    };

    (@all $table:ident [id]) => {
        /// All rows in the order of their key.
        ///
        /// # Errors
        /// The database fails.
        pub fn list(conn: &mut $crate::db::AnyConn) -> diesel::QueryResult<Vec<Self>> {
            use diesel::{QueryDsl, RunQueryDsl, SelectableHelper};
            use $crate::db::schema::$table;
            $crate::db::both!(conn, |conn| $table::table.select(Self::as_select()).order($table::id).load(conn))
        }
    };
    (@all $table:ident [$($key:ident),+]) => {
        /// All rows of a program in the order of their key.
        ///
        /// # Errors
        /// The database fails.
        pub fn list(conn: &mut $crate::db::AnyConn, program: &str) -> diesel::QueryResult<Vec<Self>> {
            use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
            use $crate::db::schema::$table;
            $crate::db::both!(conn, |conn| $table::table
                .filter($table::program.eq(program))
                .order(($($table::$key,)+))
                .select(Self::as_select())
                .load(conn))
        }
    };
}
pub(crate) use row;
