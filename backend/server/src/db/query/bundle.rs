use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::value::{Digest, Seq};
use uuid::Uuid;

use super::submissions::documents_of;
use super::{ListError, int};
use crate::db::journal::salt_of;
use crate::db::schema::events;
use crate::db::{AnyConn, Corrupt, Stored, read_number, read_text};

/// The bytes of the first `size` events of a journal, each with a line feed.
///
/// # Errors
/// The database fails.
pub fn journal_length(conn: &mut AnyConn, program: Uuid, size: Seq) -> Result<u64, ListError> {
    let bytes = sql::<BigInt>("CAST(COALESCE(SUM(LENGTH(bytes) + 1), 0) AS BIGINT)");
    let length: i64 = events::table
        .filter(events::program.eq(program.store()))
        .filter(events::seq.lt(int(size.get())))
        .select(bytes)
        .first(conn)?;
    Ok(read_number("events", "bytes", length)?)
}

/// Documents as a bundle holds them: the bytes of the salt, then the content. What is not there is left out.
///
/// # Errors
/// The database fails, or a document is not the one that was written.
pub fn salted_documents(
    conn: &mut AnyConn,
    program: Uuid,
    digests: &[Digest],
) -> Result<HashMap<Digest, Vec<u8>>, ListError> {
    let rows = documents_of(conn, program, digests.iter().map(Stored::store).collect())?;
    rows.into_iter()
        .map(|row| {
            let digest: Digest = read_text("documents", "digest", &row.digest)?;
            let mut bytes = salt_of(&row).unwrap_or_default();
            bytes.extend_from_slice(&row.content);
            if Digest::sha256(&[&bytes]) == digest {
                Ok((digest, bytes))
            } else {
                Err(Corrupt { table: "documents", column: "content" }.into())
            }
        })
        .collect()
}
