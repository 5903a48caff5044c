//! Reading the journal back: events, causes that were spent, documents, programs.

use std::collections::{HashMap, HashSet};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Bool};
use domain::command::Cause;
use domain::event::{EventError, Fact, Kind, Recorded};
use domain::value::{Digest, Seq};
use domain::words::Seconding;
use thiserror::Error;
use uuid::Uuid;

use super::projection::event_row;
use super::rows;
use super::{AnyConn, Corrupt, Stored, advice, both, read_number, read_text, schema};

/// Documents that are read at a time.
const DOCUMENTS: usize = 200;
/// Events that are read at a time while the one is looked for that names a document.
const NAMINGS: i64 = 50;

/// Why stored events cannot be read.
#[derive(Debug, Error)]
pub enum JournalError {
    #[error("the database refused: {0}{advice}", advice = advice(.0))]
    Query(#[from] diesel::result::Error),
    #[error(
        "event {seq} of program {program} is damaged: {error}. Restore a backup: the journal is never repaired by hand"
    )]
    Damaged { program: Uuid, seq: i64, error: EventError },
    #[error(
        "event {seq} of program {program} was decided by rules version {found:?}, which are newer than this program: use the newer one"
    )]
    Newer { program: Uuid, seq: i64, found: String },
    #[error(
        "event {seq} of program {program} is damaged: events.{column} does not hold what the event's bytes say. Restore a backup: the journal is never repaired by hand"
    )]
    Columns { program: Uuid, seq: i64, column: &'static str },
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
}

/// Reads at most `limit` events of a program from a sequence number on, in order.
///
/// # Errors
/// The database fails or an event is damaged.
pub fn read_events(
    conn: &mut AnyConn,
    program: Uuid,
    from: Seq,
    limit: u32,
) -> Result<Vec<Recorded>, JournalError> {
    let from = i64::try_from(from.get()).unwrap_or(i64::MAX);
    let page: Vec<rows::Event> = both!(conn, |conn| schema::events::table
        .filter(schema::events::program.eq(program.store()))
        .filter(schema::events::seq.ge(from))
        .order(schema::events::seq)
        .limit(i64::from(limit))
        .select(rows::Event::as_select())
        .load(conn))?;
    page.iter().map(|row| read(program, row)).collect()
}

/// Reads one event.
///
/// # Errors
/// The database fails or the event is damaged.
pub fn find_event(conn: &mut AnyConn, program: Uuid, seq: i64) -> Result<Option<Recorded>, JournalError> {
    let row: Option<rows::Event> = both!(conn, |conn| schema::events::table
        .find((program.store(), seq))
        .select(rows::Event::as_select())
        .first(conn)
        .optional())?;
    row.map(|row| read(program, &row)).transpose()
}

/// An event from its bytes; the columns beside them must say the same.
fn read(program: Uuid, row: &rows::Event) -> Result<Recorded, JournalError> {
    let recorded = Recorded::from_bytes(&row.bytes).map_err(|error| match error {
        EventError::UnknownRules { found } => JournalError::Newer { program, seq: row.seq, found },
        error => JournalError::Damaged { program, seq: row.seq, error },
    })?;
    let written = event_row(&recorded);
    let columns = [
        ("program", written.program == row.program),
        ("seq", written.seq == row.seq),
        ("leaf", written.leaf == row.leaf),
        ("at", written.at == row.at),
        ("actor", written.actor == row.actor),
        ("kind", written.kind == row.kind),
        ("cause_key", written.cause_key == row.cause_key),
        ("cause_request", written.cause_request == row.cause_request),
    ];
    match columns.into_iter().find(|(_, same)| !same) {
        Some((column, _)) => Err(JournalError::Columns { program, seq: row.seq, column }),
        None => Ok(recorded),
    }
}

/// Which of these causes were spent already: the request that spent each key, and its event.
///
/// # Errors
/// The database fails or holds what we never write.
pub fn find_spent(
    conn: &mut AnyConn,
    program: Uuid,
    causes: &[Cause],
) -> Result<HashMap<Digest, (Digest, i64)>, JournalError> {
    let keys: Vec<String> = causes.iter().map(|Cause(key, _)| key.store()).collect();
    let spent: Vec<(Option<String>, Option<String>, i64)> = both!(conn, |conn| schema::events::table
        .filter(schema::events::program.eq(program.store()))
        .filter(schema::events::cause_key.eq_any(&keys))
        .select((schema::events::cause_key, schema::events::cause_request, schema::events::seq))
        .load(conn))?;
    let read = |text: Option<String>| read_text("events", "cause_key", &text.unwrap_or_default());
    spent.into_iter().map(|(key, request, seq)| Ok((read(key)?, (read(request)?, seq)))).collect()
}

/// Finds a program by its short name.
///
/// # Errors
/// The database fails.
pub fn find_program(conn: &mut AnyConn, slug: &str) -> QueryResult<Option<rows::Program>> {
    both!(conn, |conn| schema::programs::table
        .filter(schema::programs::slug.eq(slug))
        .select(rows::Program::as_select())
        .first(conn)
        .optional())
}

/// How many events a journal has; none for a program that is not there.
///
/// # Errors
/// The database fails or holds what we never write.
pub fn find_size(conn: &mut AnyConn, program: &str) -> Result<Seq, JournalError> {
    let size: Option<i64> = both!(conn, |conn| schema::heads::table
        .find(program)
        .select(schema::heads::size)
        .first(conn)
        .optional())?;
    Ok(Seq::new(read_number("heads", "size", size.unwrap_or(0))?))
}

/// Where a journal ends; `None` before its first event.
///
/// # Errors
/// The database fails.
pub fn find_head(conn: &mut AnyConn, program: &str) -> QueryResult<Option<rows::Head>> {
    both!(conn, |conn| schema::heads::table
        .find(program)
        .select(rows::Head::as_select())
        .first(conn)
        .optional())
}

/// Finds a program by its Safe: a Safe belongs to one program.
///
/// # Errors
/// The database fails.
pub fn find_program_of_safe(
    conn: &mut AnyConn,
    chain_id: &str,
    safe: &str,
) -> QueryResult<Option<rows::Program>> {
    both!(conn, |conn| schema::programs::table
        .filter(schema::programs::chain_id.eq(chain_id).and(schema::programs::safe.eq(safe)))
        .select(rows::Program::as_select())
        .first(conn)
        .optional())
}

/// Finds a document of a program; its content is checked against the digest it is named by.
///
/// # Errors
/// The database fails, or the document is not the one that was written.
pub fn find_document(
    conn: &mut AnyConn,
    program: Uuid,
    digest: &Digest,
) -> Result<Option<rows::Document>, JournalError> {
    let row: Option<rows::Document> = both!(conn, |conn| schema::documents::table
        .find((program.store(), digest.store()))
        .select(rows::Document::as_select())
        .first(conn)
        .optional())?;
    match row {
        Some(row) if digest_of(&row) != Some(*digest) => {
            Err(Corrupt { table: "documents", column: "content" }.into())
        }
        row => Ok(row),
    }
}

/// The documents among those that these events name that are missing or altered, in the events' order. What an event
/// erased is not missing.
///
/// # Errors
/// The database fails.
pub fn list_lost_documents(
    conn: &mut AnyConn,
    program: Uuid,
    events: &[Recorded],
) -> QueryResult<Vec<Digest>> {
    let named: Vec<Digest> =
        events.iter().flat_map(|recorded| recorded.event.fact.command().documents()).collect();
    let mut lost = Vec::new();
    for named in named.chunks(DOCUMENTS) {
        let keys: Vec<String> = named.iter().map(Stored::store).collect();
        let found: Vec<rows::Document> = both!(&mut *conn, |conn| schema::documents::table
            .filter(schema::documents::program.eq(program.store()))
            .filter(schema::documents::digest.eq_any(&keys))
            .select(rows::Document::as_select())
            .load(conn))?;
        let sound = |row: &rows::Document| digest_of(row).filter(|digest| digest.store() == row.digest);
        let sound: HashSet<Digest> = found.iter().filter_map(sound).collect();
        lost.extend(named.iter().filter(|digest| !sound.contains(digest)));
    }
    if !lost.is_empty() {
        let erased = list_erased(conn, program)?;
        lost.retain(|digest| !erased.contains(digest));
    }
    Ok(lost)
}

/// The documents that events of a journal erase, whatever stands in its other tables. An event that cannot be read
/// erases nothing: whoever replays finds it.
fn list_erased(conn: &mut AnyConn, program: Uuid) -> QueryResult<HashSet<Digest>> {
    let events: Vec<Vec<u8>> = both!(conn, |conn| schema::events::table
        .filter(schema::events::program.eq(program.store()))
        .filter(schema::events::kind.eq(Kind::DocumentErased.to_string()))
        .select(schema::events::bytes)
        .load(conn))?;
    let erased = |bytes: &Vec<u8>| match Recorded::from_bytes(bytes).ok()?.event.fact {
        Fact::DocumentErased { asked, outcome } if outcome.verdict == Seconding::Done => Some(asked.document),
        _ => None,
    };
    Ok(events.iter().filter_map(erased).collect())
}

/// The event that named a document first.
///
/// # Errors
/// The database fails or an event is damaged.
pub fn find_naming(
    conn: &mut AnyConn,
    program: Uuid,
    document: &Digest,
) -> Result<Option<Recorded>, JournalError> {
    let text = document.store().into_bytes();
    let (before, after) = match conn {
        AnyConn::Sqlite(_) => ("instr(bytes, ", ") > 0"),
        AnyConn::Postgres(_) => ("position(", " IN bytes) > 0"),
    };
    let mut from = 0_i64;
    loop {
        let page: Vec<rows::Event> = both!(&mut *conn, |conn| schema::events::table
            .filter(schema::events::program.eq(program.store()))
            .filter(schema::events::seq.ge(from))
            .filter(sql::<Bool>(before).bind::<Binary, _>(&text).sql(after))
            .order(schema::events::seq)
            .limit(NAMINGS)
            .select(rows::Event::as_select())
            .load(conn))?;
        let Some(last) = page.last() else { return Ok(None) };
        from = last.seq.saturating_add(1);
        for row in &page {
            // Other things than documents have digests, too.
            let recorded = read(program, row)?;
            if recorded.event.fact.command().documents().contains(document) {
                return Ok(Some(recorded));
            }
        }
    }
}

/// What a stored document's digest is: `None` if its salt is none.
fn digest_of(row: &rows::Document) -> Option<Digest> {
    Some(Digest::sha256(&[&salt_of(row)?, &row.content]))
}

/// The bytes of a stored document's salt: `None` if it is none.
pub(super) fn salt_of(row: &rows::Document) -> Option<Vec<u8>> {
    let pairs = row.salt.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// All programs of this database, in the order of their ids.
///
/// # Errors
/// The database fails.
pub fn list_programs(conn: &mut AnyConn) -> QueryResult<Vec<rows::Program>> {
    rows::Program::list(conn)
}

/// What an export shows of the event behind a posting.
#[derive(Clone, Debug, Queryable)]
pub struct EventLine {
    pub at: String,
    pub kind: String,
    pub actor: String,
    pub leaf: String,
}

/// Every posting of a program with the event it belongs to, in the order of the journal.
///
/// # Errors
/// The database fails.
pub fn list_ledger(conn: &mut AnyConn, program: &str) -> QueryResult<Vec<(rows::Entry, EventLine)>> {
    use schema::{entries, events};
    both!(conn, |conn| entries::table
        .inner_join(events::table.on(events::program.eq(entries::program).and(events::seq.eq(entries::seq))))
        .filter(entries::program.eq(program))
        .order((entries::seq, entries::line))
        .select((rows::Entry::as_select(), (events::at, events::kind, events::actor, events::leaf)))
        .load(conn))
}
