//! Many rows for PostgreSQL: one array for each column.
//!
//! `INSERT … SELECT * FROM UNNEST($1, $2, …)` is one text for any number of rows, so each connection prepares it
//! once. With a placeholder for each value every commit would bring another text to parse and to plan.

use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use diesel::{QueryResult, RunQueryDsl};

/// What happens to a row whose key is there already.
#[derive(Clone, Copy, Debug)]
pub enum Existing {
    /// It stays, and the statement fails.
    Refuse,
    /// It stays.
    Keep,
    /// It gets the new values.
    Replace,
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

/// A value as its column takes it.
pub trait Value: Sized {
    fn column<'a>(values: impl Iterator<Item = &'a Self>) -> Column<'a>
    where
        Self: 'a;
}

/// Says of each type which column it makes, and how.
macro_rules! values {
    ($($type:ty => $column:ident($value:expr),)+) => { $(
        impl Value for $type {
            fn column<'a>(values: impl Iterator<Item = &'a Self>) -> Column<'a> {
                Column::$column(values.map($value).collect())
            }
        }
    )+ };
}

values! {
    String => Text(String::as_str),
    Option<String> => MaybeText(Option::as_deref),
    i64 => Number(|value| *value),
    Option<i64> => MaybeNumber(|value| *value),
    Vec<u8> => Bytes(Vec::as_slice),
}

/// An insertion of rows that are given column by column.
#[derive(Debug)]
pub struct Insertion<'a> {
    pub table: &'static str,
    pub names: &'static [&'static str],
    /// How many of the columns are the key: the first ones.
    pub keys: usize,
    pub existing: Existing,
    /// As many as there are names, all of one length.
    pub columns: Vec<Column<'a>>,
}

impl Insertion<'_> {
    /// # Errors
    /// A constraint, or the database fails.
    pub fn execute(self, conn: &mut PgConnection) -> QueryResult<usize> {
        RunQueryDsl::execute(self, conn)
    }
}

/// Writes a comma before all but the first.
fn separate(out: &mut AstPass<'_, '_, Pg>, place: usize) {
    if place > 0 {
        out.push_sql(", ");
    }
}

fn list(out: &mut AstPass<'_, '_, Pg>, names: &[&str]) -> QueryResult<()> {
    for (place, name) in names.iter().enumerate() {
        separate(out, place);
        out.push_identifier(name)?;
    }
    Ok(())
}

impl QueryFragment<Pg> for Insertion<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        out.push_identifier(self.table)?;
        out.push_sql(" (");
        list(&mut out, self.names)?;
        out.push_sql(") SELECT * FROM UNNEST(");
        for (place, column) in self.columns.iter().enumerate() {
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
        let (keys, rest) = self.names.split_at_checked(self.keys).unwrap_or((self.names, &[]));
        match self.existing {
            Existing::Refuse => Ok(()),
            Existing::Keep => {
                out.push_sql(" ON CONFLICT DO NOTHING");
                Ok(())
            }
            Existing::Replace => {
                out.push_sql(" ON CONFLICT (");
                list(&mut out, keys)?;
                out.push_sql(") DO UPDATE SET ");
                for (place, name) in rest.iter().enumerate() {
                    separate(&mut out, place);
                    out.push_identifier(name)?;
                    out.push_sql(" = excluded.");
                    out.push_identifier(name)?;
                }
                Ok(())
            }
        }
    }
}

impl QueryId for Insertion<'_> {
    type QueryId = ();

    // The text tells one from another.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for Insertion<'_> {}
