use diesel::prelude::*;

use super::{ListError, Page, Paging};
use crate::db::schema::programs as table;
use crate::db::{AnyConn, MultiBackend, rows};

/// The programs of this database, by their short names.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_programs(conn: &mut AnyConn, paging: &Paging) -> Result<Page<rows::Program>, ListError> {
    let mut query =
        table::table.order(table::slug).limit(paging.limit.and_one()).into_boxed::<MultiBackend>();
    if let Some(slug) = paging.after::<String>("programs")? {
        query = query.filter(table::slug.gt(slug));
    }
    Ok(Page::of("programs", query.load::<rows::Program>(conn)?, paging.limit, |row| row.slug.clone()))
}
