use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{AnyConn, OpenError, is_garbled};

/// A file that is read through in a moment.
const SMALL: i64 = 64 * 1_024 * 1_024;

/// Reads through a SQLite file that is small; larger ones are for [`check_table`], one table after another.
///
/// # Errors
/// The file is damaged, or cannot be read.
pub fn check_small_file(conn: &mut AnyConn) -> Result<(), OpenError> {
    if matches!(conn, AnyConn::Postgres(_)) {
        return Ok(());
    }
    let target = sqlite_file(conn)?;
    let found = file_size(conn).and_then(|size| match size {
        0..=SMALL => sql::<Text>("PRAGMA quick_check(1)").get_result::<String>(conn),
        _ => Ok("ok".to_owned()),
    });
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(reason) => Err(OpenError::Damaged { target, reason: one_line(&reason) }),
        Err(error) if is_garbled(&error) => Err(OpenError::Damaged { target, reason: error.to_string() }),
        Err(error) => Err(error.into()),
    }
}

/// The tables of a SQLite file; none on PostgreSQL, which keeps checksums of its own.
///
/// # Errors
/// The file cannot be read.
pub fn list_tables_to_check(conn: &mut AnyConn) -> QueryResult<Vec<String>> {
    match conn {
        AnyConn::Postgres(_) => Ok(Vec::new()),
        AnyConn::Sqlite(_) => {
            sql::<Text>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").load(conn)
        }
    }
}

/// Reads through one table of a SQLite file and its indexes.
///
/// # Errors
/// The table is damaged, or cannot be read.
pub fn check_table(conn: &mut AnyConn, table: &str) -> Result<(), OpenError> {
    let target = sqlite_file(conn)?;
    match sql::<Text>(&format!("PRAGMA integrity_check('{table}')")).load::<String>(conn) {
        Ok(found) if found == ["ok"] => Ok(()),
        Ok(found) => Err(OpenError::Damaged {
            target,
            reason: format!("table {table}: {}", one_line(&found.join("\n"))),
        }),
        Err(error) if is_garbled(&error) => {
            Err(OpenError::Damaged { target, reason: format!("table {table}: {error}") })
        }
        Err(error) => Err(error.into()),
    }
}

/// SQLite writes a line for each thing it finds; the first ones are enough.
fn one_line(found: &str) -> String {
    found.lines().filter(|line| !line.starts_with("***")).take(3).collect::<Vec<_>>().join("; ")
}

fn sqlite_file(conn: &mut AnyConn) -> QueryResult<String> {
    let file: String =
        sql::<Text>("SELECT file FROM pragma_database_list WHERE name = 'main'").get_result(conn)?;
    Ok(format!("sqlite:{file}"))
}

fn file_size(conn: &mut AnyConn) -> QueryResult<i64> {
    let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    sql::<BigInt>(size).get_result(conn)
}
