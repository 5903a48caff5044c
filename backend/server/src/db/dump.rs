use diesel::QueryResult;

use super::AnyConn;
use super::mend::{Projection, Visit, visit_projections};
use super::rows::{self, Row};

/// Tables in a fixed order, each with its rows as text, ordered by key.
pub type Dump = Vec<(&'static str, Vec<String>)>;

/// All a program has in the database as text: its journal first, then the projections.
///
/// Two databases with equal journals give equal texts.
///
/// # Errors
/// The database fails.
pub fn dump(conn: &mut AnyConn, program: &str) -> QueryResult<Dump> {
    let mut tables = vec![
        (rows::Head::TABLE, lines(&rows::Head::list(conn, program)?)),
        (rows::Event::TABLE, lines(&rows::Event::list(conn, program)?)),
        (rows::Document::TABLE, lines(&rows::Document::list(conn, program)?)),
    ];
    let mut projections = Projections { conn, program, tables: &mut tables };
    visit_projections(&mut projections)?;
    Ok(tables)
}

struct Projections<'a> {
    conn: &'a mut AnyConn,
    program: &'a str,
    tables: &'a mut Dump,
}

impl Visit for Projections<'_> {
    type Error = diesel::result::Error;

    fn visit<P: Projection>(&mut self) -> QueryResult<()> {
        let rows: Vec<P> = P::stream(self.conn, self.program)?.collect::<QueryResult<_>>()?;
        self.tables.push((P::TABLE, lines(&rows)));
        Ok(())
    }
}

fn lines(rows: &[impl Row]) -> Vec<String> {
    rows.iter().map(Row::line).collect()
}
