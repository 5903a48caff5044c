//! Rows on their way into a table, with one text for any number of them.
//!
//! PostgreSQL gets all rows at once, an array for each column, because every statement costs a round trip:
//! `INSERT … SELECT * FROM UNNEST($1, $2, …)`. SQLite gets them one by one. Each connection prepares the text once;
//! what diesel makes of many rows, or of a row that may be there already, is parsed and planned at every commit.

use diesel::backend::Backend;
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel::{QueryResult, RunQueryDsl};

/// What happens to a row whose key is there already.
#[derive(Clone, Copy, Debug)]
pub enum Existing {
    /// It stays, and the statement fails.
    Refuse,
    /// It stays.
    Keep,
    /// It gets the new values of what may change.
    Replace,
}

/// Where rows go, and what becomes of those that are there.
#[derive(Clone, Copy, Debug)]
pub struct Insertion {
    pub table: &'static str,
    pub names: &'static [&'static str],
    pub keys: &'static [&'static str],
    pub changing: &'static [&'static str],
    pub existing: Existing,
}

/// The values of one column, row by row.
#[derive(Debug)]
pub enum Column<'a> {
    Text(Vec<&'a str>),
    MaybeText(Vec<Option<&'a str>>),
    Number(Vec<i64>),
    MaybeNumber(Vec<Option<i64>>),
    Bytes(Vec<&'a [u8]>),
}

/// One value.
#[derive(Debug)]
pub enum Field<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Number(i64),
    MaybeNumber(Option<i64>),
    Bytes(&'a [u8]),
}

/// A value as its column takes it.
pub trait Value: Sized {
    fn field(&self) -> Field<'_>;

    fn column<'a>(values: impl Iterator<Item = &'a Self>) -> Column<'a>
    where
        Self: 'a;
}

/// Says of each type what it makes, and how.
macro_rules! values {
    ($($type:ty => $kind:ident($value:path),)+) => { $(
        impl Value for $type {
            fn field(&self) -> Field<'_> {
                Field::$kind($value(self))
            }

            fn column<'a>(values: impl Iterator<Item = &'a Self>) -> Column<'a> {
                Column::$kind(values.map($value).collect())
            }
        }
    )+ };
}

values! {
    String => Text(String::as_str),
    Option<String> => MaybeText(Option::as_deref),
    i64 => Number(i64::clone),
    Option<i64> => MaybeNumber(Option::clone),
    Vec<u8> => Bytes(Vec::as_slice),
}

impl Insertion {
    /// Writes all rows, given column by column and all of one length.
    ///
    /// # Errors
    /// A constraint, or the database fails.
    pub fn write_columns(self, conn: &mut PgConnection, columns: Vec<Column<'_>>) -> QueryResult<()> {
        RunQueryDsl::execute(Statement { insertion: self, values: columns }, conn).map(drop)
    }

    /// Writes one row.
    ///
    /// # Errors
    /// A constraint, or the database fails.
    pub fn write_row(self, conn: &mut SqliteConnection, fields: Vec<Field<'_>>) -> QueryResult<()> {
        RunQueryDsl::execute(Statement { insertion: self, values: fields }, conn).map(drop)
    }

    fn start<B: Backend>(self, out: &mut AstPass<'_, '_, B>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_identifier(self.table)?;
        out.push_sql(" (");
        list(out, self.names)?;
        out.push_sql(") ");
        Ok(())
    }

    fn end<B: Backend>(self, out: &mut AstPass<'_, '_, B>) -> QueryResult<()> {
        match self.existing {
            Existing::Refuse => Ok(()),
            Existing::Keep => {
                out.push_sql(" ON CONFLICT DO NOTHING");
                Ok(())
            }
            Existing::Replace => {
                out.push_sql(" ON CONFLICT (");
                list(out, self.keys)?;
                out.push_sql(") DO UPDATE SET ");
                for (place, name) in self.changing.iter().enumerate() {
                    separate(out, place);
                    out.push_identifier(name)?;
                    out.push_sql(" = excluded.");
                    out.push_identifier(name)?;
                }
                Ok(())
            }
        }
    }
}

/// Writes a comma before all but the first.
fn separate<B: Backend>(out: &mut AstPass<'_, '_, B>, place: usize) {
    if place > 0 {
        out.push_sql(", ");
    }
}

fn list<B: Backend>(out: &mut AstPass<'_, '_, B>, names: &[&str]) -> QueryResult<()> {
    for (place, name) in names.iter().enumerate() {
        separate(out, place);
        out.push_identifier(name)?;
    }
    Ok(())
}

/// An insertion with its values: as many as there are names.
#[derive(Debug)]
struct Statement<T> {
    insertion: Insertion,
    values: Vec<T>,
}

impl QueryFragment<Pg> for Statement<Column<'_>> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.insertion.start(&mut out)?;
        out.push_sql("SELECT * FROM UNNEST(");
        for (place, column) in self.values.iter().enumerate() {
            separate(&mut out, place);
            match column {
                Column::Text(values) => out.push_bind_param::<Array<Text>, _>(values),
                Column::MaybeText(values) => out.push_bind_param::<Array<Nullable<Text>>, _>(values),
                Column::Number(values) => out.push_bind_param::<Array<BigInt>, _>(values),
                Column::MaybeNumber(values) => out.push_bind_param::<Array<Nullable<BigInt>>, _>(values),
                Column::Bytes(values) => out.push_bind_param::<Array<Binary>, _>(values),
            }?;
        }
        out.push_sql(")");
        self.insertion.end(&mut out)
    }
}

impl QueryFragment<Sqlite> for Statement<Field<'_>> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.insertion.start(&mut out)?;
        out.push_sql("VALUES (");
        for (place, field) in self.values.iter().enumerate() {
            separate(&mut out, place);
            match field {
                Field::Text(value) => out.push_bind_param::<Text, _>(value),
                Field::MaybeText(value) => out.push_bind_param::<Nullable<Text>, _>(value),
                Field::Number(value) => out.push_bind_param::<BigInt, _>(value),
                Field::MaybeNumber(value) => out.push_bind_param::<Nullable<BigInt>, _>(value),
                Field::Bytes(value) => out.push_bind_param::<Binary, _>(value),
            }?;
        }
        out.push_sql(")");
        self.insertion.end(&mut out)
    }
}

impl<T> QueryId for Statement<T> {
    type QueryId = ();

    // The text tells one from another.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> RunQueryDsl<PgConnection> for Statement<T> {}
impl<T> RunQueryDsl<SqliteConnection> for Statement<T> {}
