//! The journal's own tables: what is not rebuilt.

use diesel::prelude::*;

use super::row;
use crate::db::{AnyConn, schema};

row! {
    /// Which programs exist. Not a projection: a Safe and a slug belong to one program of this database.
    insert Program in programs [id: String] {
        slug: String,
        chain_id: String,
        safe: String,
        opened_at: String,
    }
}

row! {
    /// Where each journal ends. The writer locks this row; `size` counts events, `leaf` is the last one's hash.
    upsert Head in heads [program: String] {
        size: i64,
        leaf: String,
        root: String,
        at: String,
    }
}

row! {
    /// The journal: canonical bytes, append-only.
    insert Event in events [program: String, seq: i64] {
        bytes: Vec<u8>,
        leaf: String,
        at: String,
        actor: String,
        kind: String,
        cause_key: Option<String>,
        cause_request: Option<String>,
    }
}

row! {
    /// Texts and files, bound to the journal by SHA-256(salt, content).
    insert_new Document in documents [program: String, digest: String] {
        salt: String,
        content: Vec<u8>,
        media_type: String,
    }
}

row! {
    /// A part of a program's state as bytes, for the build that wrote it; of no account beside the journal.
    insert_new Snapshot in snapshots [program: String, build: String, size: i64, part: i64] {
        parts: i64,
        leaf: String,
        root: String,
        digest: String,
        bytes: Vec<u8>,
    }
}

row! {
    /// How far the chain was read for a program, and what the Safe held then.
    upsert Mark in marks [program: String] {
        block: i64,
        block_hash: String,
        nonce: i64,
        balance: String,
    }
}

/// Where a program's journal ends, locked until the transaction ends; `None` before its first event.
///
/// SQLite has no row locks and needs none: [`crate::db::write_tx`] holds the lock on the whole file.
///
/// # Errors
/// Another server holds the row for longer than the lock timeout, or the database fails.
pub fn lock_head(conn: &mut AnyConn, program: &str) -> QueryResult<Option<Head>> {
    let head = schema::heads::table.find(program);
    match conn {
        AnyConn::Sqlite(conn) => head.select(Head::as_select()).first(conn).optional(),
        AnyConn::Postgres(conn) => head.select(Head::as_select()).for_update().first(conn).optional(),
    }
}
