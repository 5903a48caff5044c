//! Making every projection anew from the journal.

use domain::Program;
use domain::value::Slug;
use uuid::Uuid;

use super::Error;
use super::writer::{ends_at, replay};
use crate::db::journal::list_programs;
use crate::db::rows::lock_head;
use crate::db::{
    Dump, Stored, Target, dump_projections, migrate, open_write, read_text, truncate_projections, write_tx,
};

/// What a rebuild of one program went through.
#[derive(Debug)]
pub struct Rebuilt {
    pub slug: String,
    /// The program after the replay; `None` for an empty journal.
    pub program: Option<Program>,
    /// Rows of all projections.
    pub rows: usize,
    /// Tables whose rows were other ones before.
    pub changed: Vec<&'static str>,
}

impl Rebuilt {
    /// Rebuilds the projections of one program, or of all: every decision is made again, and all rows are
    /// written anew in one transaction. On any difference from the journal nothing changes.
    ///
    /// # Errors
    /// No such program, a journal that does not follow from itself, or the database fails.
    pub fn make(database: &Target, only: Option<Slug>) -> Result<Vec<Self>, Error> {
        let mut conn = open_write(database)?;
        migrate(&mut conn)?;
        let mut rebuilt = Vec::new();
        for row in list_programs(&mut conn)? {
            if only.is_some_and(|slug| slug.as_str() != row.slug) {
                continue;
            }
            let id: Uuid = read_text("programs", "id", &row.id)?;
            rebuilt.push(write_tx(&mut conn, |conn| Self::make_one(conn, id, row.slug))?);
        }
        match only {
            Some(slug) if rebuilt.is_empty() => Err(Error::NoSuchProgram { slug: slug.to_string() }),
            _ => Ok(rebuilt),
        }
    }

    fn make_one(conn: &mut crate::db::AnyConn, id: Uuid, slug: String) -> Result<Self, Error> {
        let key = id.store();
        let head = lock_head(conn, &key)?;
        let before = dump_projections(conn, &key)?;
        truncate_projections(conn, &key)?;
        let program = replay(conn, id, |conn, changes| Ok(changes.write(conn, &key)?))?;
        if !ends_at(program.as_ref(), head.as_ref()) {
            // Rows are made from the whole journal or not at all.
            return Err(Error::HeadDiffers);
        }
        let after = dump_projections(conn, &key)?;
        let rows = after.iter().map(|(_, lines)| lines.len()).sum();
        Ok(Self { slug, program, rows, changed: differing(&before, &after) })
    }
}

fn differing(before: &Dump, after: &Dump) -> Vec<&'static str> {
    before.iter().zip(after).filter(|(before, after)| before != after).map(|((table, _), _)| *table).collect()
}
