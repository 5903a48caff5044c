//! Captures that wait for a claim to name them, and what of them became documents.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::{documents, uploads};
use super::{AnyConn, both};

/// What waits: how many files and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Queryable)]
pub struct Waiting {
    pub files: i64,
    pub bytes: i64,
}

/// What a kept file is, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct KeptFile {
    pub digest: String,
    pub media_type: String,
    pub bytes: i64,
}

/// How many files wait and how large they are: a member's, or all of a program.
///
/// # Errors
/// The database fails.
pub fn count_uploads(conn: &mut AnyConn, program: &str, member: Option<i64>) -> QueryResult<Waiting> {
    let sums =
        (sql::<BigInt>("COUNT(*)"), sql::<BigInt>("CAST(COALESCE(SUM(LENGTH(content)), 0) AS BIGINT)"));
    match member {
        Some(member) => both!(conn, |conn| uploads::table
            .filter(uploads::program.eq(program).and(uploads::member.eq(member)))
            .select(sums)
            .first(conn)),
        None => {
            both!(conn, |conn| uploads::table.filter(uploads::program.eq(program)).select(sums).first(conn))
        }
    }
}

/// Drops what was uploaded before a moment; tells how many files.
///
/// # Errors
/// The database fails.
pub fn drop_uploads(conn: &mut AnyConn, before: &str) -> QueryResult<usize> {
    let old = uploads::table.filter(uploads::uploaded_at.lt(before));
    both!(conn, |conn| diesel::delete(old).execute(conn))
}

/// Whether anything was uploaded before a moment, and waits still.
///
/// # Errors
/// The database fails.
pub fn has_uploads(conn: &mut AnyConn, before: &str) -> QueryResult<bool> {
    let found: Option<String> = both!(conn, |conn| uploads::table
        .filter(uploads::uploaded_at.lt(before))
        .select(uploads::digest)
        .first(conn)
        .optional())?;
    Ok(found.is_some())
}

/// Whether a member has uploaded this since a moment, and no claim has named it yet.
///
/// # Errors
/// The database fails.
pub fn is_uploaded(
    conn: &mut AnyConn,
    program: &str,
    member: i64,
    digest: &str,
    since: &str,
) -> QueryResult<bool> {
    let found: Option<String> = both!(conn, |conn| uploads::table
        .filter(uploads::program.eq(program).and(uploads::digest.eq(digest)))
        .filter(uploads::member.eq(member).and(uploads::uploaded_at.ge(since)))
        .select(uploads::digest)
        .first(conn)
        .optional())?;
    Ok(found.is_some())
}

/// Makes documents of uploads, in the caller's transaction.
///
/// # Errors
/// The database fails.
pub fn keep_uploads(conn: &mut AnyConn, program: &str, digests: &[String]) -> QueryResult<()> {
    if digests.is_empty() {
        return Ok(());
    }
    both!(&mut *conn, |conn| uploads::table
        .filter(uploads::program.eq(program).and(uploads::digest.eq_any(digests)))
        .select((uploads::program, uploads::digest, uploads::salt, uploads::content, uploads::media_type))
        .insert_into(documents::table)
        .into_columns((
            documents::program,
            documents::digest,
            documents::salt,
            documents::content,
            documents::media_type,
        ))
        .execute(conn))?;
    let used = uploads::table.filter(uploads::program.eq(program).and(uploads::digest.eq_any(digests)));
    both!(conn, |conn| diesel::delete(used).execute(conn))?;
    Ok(())
}

/// Removes documents, content and salt.
///
/// # Errors
/// The database fails.
pub fn erase_documents(conn: &mut AnyConn, program: &str, digests: &[String]) -> QueryResult<()> {
    if digests.is_empty() {
        return Ok(());
    }
    let gone = documents::table.filter(documents::program.eq(program).and(documents::digest.eq_any(digests)));
    both!(conn, |conn| diesel::delete(gone).execute(conn))?;
    Ok(())
}

/// Type and size of documents; those that were erased are left out.
///
/// # Errors
/// The database fails.
pub fn list_files(conn: &mut AnyConn, program: &str, digests: &[String]) -> QueryResult<Vec<KeptFile>> {
    let mut found = Vec::new();
    for digests in digests.chunks(AT_ONCE) {
        let size = sql::<BigInt>("CAST(LENGTH(content) AS BIGINT)");
        let page: Vec<KeptFile> = both!(&mut *conn, |conn| documents::table
            .filter(documents::program.eq(program).and(documents::digest.eq_any(digests)))
            .order(documents::digest)
            .select((documents::digest, documents::media_type, size))
            .load(conn))?;
        found.extend(page);
    }
    Ok(found)
}

/// Digests for each statement.
const AT_ONCE: usize = 500;
