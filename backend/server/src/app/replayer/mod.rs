//! The background replayer: follows every journal from its first event, decides each again, and keeps snapshots.
//!
//! One thread with a read connection of its own, that rests longer than it works. What it finds it puts into
//! `Health`: the writer refuses by it. Whatever else it writes, snapshots, goes through the writer. Every hour it has
//! uploads dropped that no claim named.

mod file;
mod follower;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

use super::uploads::since;
use super::writer::{WeakWriter, Writer};
use super::{App, Clock, Error};
use crate::db::journal::list_programs;
use crate::db::uploads::{drop_uploads, has_uploads};
use crate::db::{AnyConn, Stored, Target, is_failing, is_garbled, open_read, read_text};
use follower::Follower;

/// How the background replayer works.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// After how many events a new snapshot is made; large states wait for an eighth of their size.
    pub every: u64,
    /// How long a journal must be at rest for a snapshot after a tenth of that.
    pub quiet: Duration,
    /// Time between two looks at the journals.
    pub pause: Duration,
    /// How long it rests after work: so many times as long as it worked.
    pub rest: u32,
    /// Time between two comparisons of the tables, and of all invariants.
    pub audit: Duration,
    /// The same while tables are known to be wrong: somebody may have mended them.
    pub again: Duration,
    /// Time between two looks for uploads that no claim named.
    pub tidy: Duration,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            every: 1_000,
            quiet: Duration::from_secs(30),
            pause: Duration::from_secs(1),
            rest: 3,
            audit: Duration::from_hours(24),
            again: Duration::from_mins(1),
            tidy: Duration::from_hours(1),
        }
    }
}

/// A replayer that works until this is dropped.
#[derive(Debug)]
pub(super) struct Replayer {
    _stop: mpsc::Sender<()>,
}

impl App {
    /// The same ledger, watched by a replayer for as long as it is used.
    ///
    /// # Errors
    /// The database cannot be opened once more.
    pub fn watched(self, database: &Target, watch: Watch) -> Result<Self, Error> {
        let replayer = Replayer::start(database, &self.writer, self.clock.clone(), watch)?;
        Ok(Self { _replayer: Some(replayer.into()), ..self })
    }
}

impl Replayer {
    fn start(database: &Target, writer: &Writer, clock: Clock, watch: Watch) -> Result<Self, Error> {
        let (stop, stopped) = mpsc::channel();
        let round = Round {
            conn: Some(open_read(database)?),
            database: database.clone(),
            dropped: Cell::new(None),
            desk: Desk {
                runtime: Builder::new_current_thread().build().map_err(|_| Error::Stopped)?,
                writer: writer.downgrade(),
                stopped,
                clock,
                watch,
            },
        };
        thread::spawn(move || round.work());
        Ok(Self { _stop: stop })
    }
}

/// The replayer is to end: nobody uses the ledger any more.
struct Ended;

/// What every part of the replayer needs: the way to the writer, and when to rest.
struct Desk {
    writer: WeakWriter,
    /// Runs the one future there is: waiting for the writer.
    runtime: Runtime,
    stopped: mpsc::Receiver<()>,
    clock: Clock,
    watch: Watch,
}

impl Desk {
    /// Waits; ends at once when the ledger is no longer used.
    fn wait(&self, time: Duration) -> Result<(), Ended> {
        match self.stopped.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    /// Rests after work that began then, so that others come first.
    fn rest(&self, began: Instant) -> Result<(), Ended> {
        self.wait(began.elapsed().saturating_mul(self.watch.rest))
    }

    /// Has the writer write something, in its turn.
    fn keep(
        &self,
        work: impl Fn(&mut AnyConn) -> Result<(), Error> + Send + 'static,
    ) -> Result<Result<(), Error>, Ended> {
        let writer = self.writer.upgrade().ok_or(Ended)?;
        Ok(self.runtime.block_on(writer.keep(work)))
    }
}

/// The replayer's thread: looks at every program, again and again.
struct Round {
    database: Target,
    /// None after a fault: opened again at the next look.
    conn: Option<AnyConn>,
    /// When uploads were last looked through.
    dropped: Cell<Option<Instant>>,
    desk: Desk,
}

impl Round {
    fn work(mut self) {
        // It ends when the ledger does: there is nobody to tell.
        let _ = self.follow_all();
    }

    fn follow_all(&mut self) -> Result<(), Ended> {
        let mut followers: BTreeMap<Uuid, Follower> = BTreeMap::new();
        let mut checked: Option<Instant> = None;
        loop {
            if let Err(error) = self.look(&mut followers, &mut checked)? {
                if let Some(fault) = error.of_database().filter(|fault| is_failing(fault)) {
                    self.desk.writer.upgrade().ok_or(Ended)?.halt(fault);
                } else if error.of_database().is_some_and(is_garbled) {
                    self.desk.writer.health().set_file_aside(error);
                } else {
                    tracing::warn!(%error, "the replayer could not read; it tries again");
                }
                self.conn = None;
            }
            self.desk.wait(self.desk.watch.pause)?;
        }
    }

    /// One look at the file and at every program.
    fn look(
        &mut self,
        followers: &mut BTreeMap<Uuid, Follower>,
        checked: &mut Option<Instant>,
    ) -> Result<Result<(), Error>, Ended> {
        let mut conn = match self.conn.take().map_or_else(|| open_read(&self.database), Ok) {
            Ok(conn) => conn,
            Err(error) => return Ok(Err(error.into())),
        };
        let done = self.look_with(&mut conn, followers, checked)?;
        if done.is_ok() {
            self.conn = Some(conn);
        }
        Ok(done)
    }

    fn look_with(
        &self,
        conn: &mut AnyConn,
        followers: &mut BTreeMap<Uuid, Follower>,
        checked: &mut Option<Instant>,
    ) -> Result<Result<(), Error>, Ended> {
        let programs = match list_programs(conn) {
            Ok(programs) => programs,
            Err(error) => return Ok(Err(error.into())),
        };
        for row in programs {
            let Ok(id) = read_text::<Uuid>("programs", "id", &row.id) else { continue };
            let follower = followers.entry(id).or_insert_with(|| Follower::new(id));
            if let Err(error) = follower.follow(conn, &self.desk)? {
                return Ok(Err(error));
            }
        }
        let fresh = self.dropped.get().is_some_and(|last| last.elapsed() < self.desk.watch.tidy);
        if !fresh {
            if let Err(error) = self.tidy(conn)? {
                return Ok(Err(error));
            }
            self.dropped.set(Some(Instant::now()));
        }
        if checked.is_none_or(|last| last.elapsed() >= self.desk.watch.audit) {
            if let Err(error) = file::check(conn, &self.desk)? {
                return Ok(Err(error));
            }
            *checked = Some(Instant::now());
        }
        Ok(Ok(()))
    }

    /// Has uploads dropped that waited for a claim for too long, if there are any.
    fn tidy(&self, conn: &mut AnyConn) -> Result<Result<(), Error>, Ended> {
        let old = self.desk.clock.now().and_then(since).and_then(|since| {
            let since = since.store();
            Ok(has_uploads(conn, &since)?.then_some(since))
        });
        match old {
            Ok(None) => Ok(Ok(())),
            Ok(Some(since)) => self.desk.keep(move |conn| {
                drop_uploads(conn, &since)?;
                Ok(())
            }),
            Err(error) => Ok(Err(error)),
        }
    }
}
