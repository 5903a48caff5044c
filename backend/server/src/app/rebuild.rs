//! Comparing every projection with the journal, and mending what differs, while others read and write.
//!
//! The journal is replayed without a lock into a temporary file. That and the tables are compared at one moment. Only
//! where rows differ is something written: a few at a time, under the lock of the program's head, after the events that
//! came since were replayed as well.

use std::time::Duration;

use domain::Program;
use domain::value::Slug;
use uuid::Uuid;

use super::writer::{ends_at, replay, replay_on};
use super::{Error, demand_tables, make_tables};
use crate::db::journal::{find_head, list_programs};
use crate::db::mend::{Difference, Projection, Visit, compare, visit_projections};
use crate::db::rows::{Head, lock_head};
use crate::db::{
    AnyConn, Orphans, Stored, Target, Trouble, check_small_file, list_orphans, open_read, open_scratch,
    open_write, patient_read_tx, read_text, secure_log, shorten_log, trouble, write_tx,
};

/// Rows that are mended in one transaction: nobody else waits for more.
const AT_ONCE: usize = 500;
/// How often somebody else may hold the lock before the rebuild is given up.
const TRIES: u32 = 60;
const PAUSE: Duration = Duration::from_millis(100);

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
    /// Rebuilds the projections of one program, or of all, after bringing the tables up to date.
    ///
    /// # Errors
    /// No such program, a journal that does not follow from itself, or the database fails.
    pub fn make(database: &Target, only: Option<Slug>) -> Result<Vec<Self>, Error> {
        let mut conn = open_write(database)?;
        secure_log(&mut conn)?;
        check_small_file(&mut conn)?;
        make_tables(&mut conn)?;
        Self::make_with(&mut conn, only)
    }

    /// Rebuilds beside a server that holds the data folder.
    ///
    /// # Errors
    /// As [`Rebuilt::make`], or tables that are not up to date.
    pub fn make_beside(database: &Target, only: Option<Slug>) -> Result<Vec<Self>, Error> {
        let mut conn = open_write(database)?;
        check_small_file(&mut conn)?;
        demand_tables(&mut conn, database)?;
        Self::make_with(&mut conn, only)
    }

    fn make_with(conn: &mut AnyConn, only: Option<Slug>) -> Result<Vec<Self>, Error> {
        let mut rebuilt = Vec::new();
        for row in list_programs(conn)? {
            if only.is_some_and(|slug| slug.as_str() != row.slug) {
                continue;
            }
            let id: Uuid = read_text("programs", "id", &row.id)?;
            let done = Self::make_one(conn, id, row.slug.clone());
            rebuilt.push(done.map_err(|error| Error::InProgram { slug: row.slug, error: error.into() })?);
        }
        match only {
            Some(slug) if rebuilt.is_empty() => Err(Error::NoSuchProgram { slug: slug.to_string() }),
            _ => Ok(rebuilt),
        }
    }

    /// Rows of the journal that belong to no program: nothing can be made of them.
    ///
    /// # Errors
    /// The database fails.
    pub fn list_orphans(database: &Target) -> Result<Vec<Orphans>, Error> {
        Ok(list_orphans(&mut open_read(database)?)?)
    }

    fn make_one(conn: &mut AnyConn, id: Uuid, slug: String) -> Result<Self, Error> {
        let mut made = Made { scratch: open_scratch()?, id, key: id.store(), program: None };
        made.program = replay(conn, id, |_, changes| Ok(changes.write(&mut made.scratch, &made.key)?))?;
        let mut comparison = Comparison { conn, made: &mut made, rows: 0, changed: Vec::new() };
        visit_projections(&mut comparison)?;
        let Comparison { rows, changed, .. } = comparison;
        Ok(Self { slug, program: made.program, rows, changed })
    }
}

/// The projections as the journal makes them, in a file of their own.
struct Made {
    scratch: AnyConn,
    id: Uuid,
    key: String,
    program: Option<Program>,
}

impl Made {
    /// Replays what came since.
    fn catch_up(&mut self, conn: &mut AnyConn) -> Result<(), Error> {
        let (scratch, key) = (&mut self.scratch, &self.key);
        replay_on(conn, self.id, &mut self.program, |_, changes| Ok(changes.write(scratch, key)?))
    }

    /// Replays what came since, up to the head that the caller's transaction sees.
    fn follow(&mut self, conn: &mut AnyConn, head: Option<&Head>) -> Result<(), Error> {
        self.catch_up(conn)?;
        if ends_at(self.program.as_ref(), head) { Ok(()) } else { Err(Error::HeadDiffers) }
    }
}

/// Goes through the tables, one after another.
struct Comparison<'a> {
    conn: &'a mut AnyConn,
    made: &'a mut Made,
    rows: usize,
    changed: Vec<&'static str>,
}

/// What is done with some rows of a table. All wrong ones go before any right one comes: none stands in its way.
#[derive(Clone, Copy)]
enum Step {
    Remove,
    Add,
    /// Only those whose keys are still free: somebody has written others since.
    AddFree,
}

impl Visit for Comparison<'_> {
    type Error = Error;

    fn visit<P: Projection>(&mut self) -> Result<(), Error> {
        let made = &mut *self.made;
        let Difference { wrong, missing, rows } = patient_read_tx(self.conn, |conn| {
            let head = find_head(conn, &made.key)?;
            made.follow(conn, head.as_ref())?;
            Ok::<_, Error>(compare::<P>(&mut made.scratch, conn, &made.key)?)
        })?;
        self.rows = self.rows.saturating_add(rows);
        if wrong.is_empty() && missing.is_empty() {
            return Ok(());
        }
        self.changed.push(P::TABLE);
        for keys in wrong.chunks(AT_ONCE) {
            self.mend::<P>(Step::Remove, keys)?;
        }
        for keys in missing.chunks(AT_ONCE) {
            match self.mend::<P>(Step::Add, keys) {
                Err(error) if error.of_database().map(trouble) == Some(Trouble::Constraint) => {
                    self.mend::<P>(Step::AddFree, keys)?;
                }
                done => done?,
            }
        }
        Ok(())
    }
}

impl Comparison<'_> {
    /// Mends some rows in a transaction of their own; waits while somebody else holds the lock.
    fn mend<P: Projection>(&mut self, step: Step, keys: &[P::Key]) -> Result<(), Error> {
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            // Most of it without the lock.
            self.made.catch_up(self.conn)?;
            let done = write_tx(self.conn, |conn| mend_some::<P>(conn, self.made, step, keys));
            match done {
                Err(error) if tries < TRIES && error.of_database().map(trouble) == Some(Trouble::Busy) => {
                    std::thread::sleep(PAUSE);
                }
                done => {
                    done?;
                    return Ok(shorten_log(self.conn)?);
                }
            }
        }
    }
}

fn mend_some<P: Projection>(
    conn: &mut AnyConn,
    made: &mut Made,
    step: Step,
    keys: &[P::Key],
) -> Result<(), Error> {
    let head = lock_head(conn, &made.key)?;
    made.follow(conn, head.as_ref())?;
    let mut missing = Vec::new();
    for key in keys {
        let right = P::find(&mut made.scratch, &made.key, key)?;
        match step {
            Step::Remove => {
                let stored = P::find(conn, &made.key, key)?;
                if stored.is_some() && stored != right {
                    P::remove(conn, &made.key, key)?;
                }
            }
            Step::AddFree if P::find(conn, &made.key, key)?.is_some() => {}
            Step::Add | Step::AddFree => missing.extend(right),
        }
    }
    Ok(P::add(conn, &missing)?)
}
