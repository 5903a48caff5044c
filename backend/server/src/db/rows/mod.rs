//! Rows as the database holds them, and how many of them are written at once.
//!
//! Texts and numbers only: [`super::Stored`] turns them into values at the border. Every table has one struct
//! with `list`; append-only tables have `insert`, tables of present state `upsert`. Each sends one statement for
//! all rows it is given (more only where the databases' limit on parameters asks for it), and nothing for none.

mod accounts;
mod arrays;
mod books;
mod cell;
mod journal;
mod money;
mod people;
mod work;

pub use accounts::{Membership, RefreshToken, User};
use arrays::{Existing, Insertion, Value};
pub use books::{Account, Allotment, Category, Entry, Period};
pub use cell::Cell;
pub use journal::{Document, Event, Head, Program, Snapshot, lock_head};
pub use money::{Batch, Funding, Observation, Payout};
pub use people::{Address, Member};
pub use work::{Bounty, Evidence, Revision, Submission, Vote};

/// What SQLite takes in one statement; PostgreSQL takes twice as many.
const MAX_PARAMETERS: usize = 32_766;

/// A row type: its table, and what tests and rebuilds ask of it.
pub trait Row: Sized {
    const TABLE: &'static str;
    /// The columns, key first.
    const COLUMNS: &'static [&'static str];

    /// One line of text, the same for the same row in either database.
    fn line(&self) -> String;
}

/// The rows that fit one statement.
const fn per_statement(columns: usize) -> usize {
    match MAX_PARAMETERS.checked_div(columns) {
        Some(rows) => rows,
        None => 1,
    }
}

/// Declares the row of one table of a program, with its key first, and how it is written.
macro_rules! row {
    ($(#[$doc:meta])* $mode:ident $Row:ident in $table:ident
     [$($key:ident: $key_type:ty),+] { $($column:ident: $type:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, diesel::Insertable, diesel::Queryable, diesel::Selectable)]
        #[diesel(table_name = $crate::db::schema::$table)]
        // NULL is written as NULL: otherwise SQLite would get one statement for each row.
        #[diesel(treat_none_as_default_value = false)]
        pub struct $Row {
            $(pub $key: $key_type,)+
            $(pub $column: $type,)+
        }

        impl $crate::db::rows::Row for $Row {
            const TABLE: &'static str = stringify!($table);
            const COLUMNS: &'static [&'static str] = &[$(stringify!($key),)+ $(stringify!($column)),+];

            fn line(&self) -> String {
                use $crate::db::rows::Cell;
                [$(self.$key.cell(),)+ $(self.$column.cell()),+].join(" ")
            }
        }

        impl $Row {
            $crate::db::rows::row!(@$mode $table [$($key),+] [$($column),+]);

            /// Writes rows to PostgreSQL with one statement.
            fn write_arrays(
                conn: &mut diesel::pg::PgConnection,
                rows: &[&Self],
                existing: $crate::db::rows::Existing,
            ) -> diesel::QueryResult<usize> {
                use $crate::db::rows::{Insertion, Row, Value};
                let columns = vec![
                    $(<$key_type>::column(rows.iter().map(|row| &row.$key)),)+
                    $(<$type>::column(rows.iter().map(|row| &row.$column)),)+
                ];
                let keys = [$(stringify!($key)),+].len();
                Insertion { table: Self::TABLE, names: Self::COLUMNS, keys, existing, columns }.execute(conn)
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
            use diesel::RunQueryDsl;
            use $crate::db::rows::Row;
            for rows in rows.chunks($crate::db::rows::per_statement(Self::COLUMNS.len())) {
                match &mut *conn {
                    $crate::db::AnyConn::Sqlite(conn) => {
                        diesel::insert_into($crate::db::schema::$table::table)
                            .values(rows)
                            .execute(conn)
                    }
                    $crate::db::AnyConn::Postgres(conn) => {
                        let rows: Vec<&Self> = rows.iter().collect();
                        Self::write_arrays(conn, &rows, $crate::db::rows::Existing::Refuse)
                    }
                }?;
            }
            Ok(())
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
            use diesel::RunQueryDsl;
            use $crate::db::rows::Row;
            for rows in rows.chunks($crate::db::rows::per_statement(Self::COLUMNS.len())) {
                match &mut *conn {
                    $crate::db::AnyConn::Sqlite(conn) => {
                        diesel::insert_into($crate::db::schema::$table::table)
                            .values(rows)
                            .on_conflict_do_nothing()
                            .execute(conn)
                    }
                    $crate::db::AnyConn::Postgres(conn) => {
                        let rows: Vec<&Self> = rows.iter().collect();
                        Self::write_arrays(conn, &rows, $crate::db::rows::Existing::Keep)
                    }
                }?;
            }
            Ok(())
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
            use diesel::upsert::excluded;
            use diesel::{ExpressionMethods, RunQueryDsl};
            use $crate::db::rows::Row;
            use $crate::db::schema::$table;
            // PostgreSQL refuses a key that comes twice in one statement.
            let latest: std::collections::BTreeMap<_, &Self> =
                rows.iter().map(|row| (($(&row.$key,)+), row)).collect();
            let latest: Vec<&Self> = latest.into_values().collect();
            for rows in latest.chunks($crate::db::rows::per_statement(Self::COLUMNS.len())) {
                match &mut *conn {
                    $crate::db::AnyConn::Sqlite(conn) => diesel::insert_into($table::table)
                        .values(rows.to_vec())
                        .on_conflict(($($table::$key,)+))
                        .do_update()
                        .set(($($table::$column.eq(excluded($table::$column)),)+))
                        .execute(conn),
                    $crate::db::AnyConn::Postgres(conn) => {
                        Self::write_arrays(conn, rows, $crate::db::rows::Existing::Replace)
                    }
                }?;
            }
            Ok(())
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
