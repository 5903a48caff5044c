//! One program's journal, followed from its first event.

use std::time::Instant;

use domain::Program;
use domain::event::Recorded;
use domain::value::{Digest, Seq};
use uuid::Uuid;

use super::{Desk, Ended};
use crate::app::Error;
use crate::app::compare::differing_tables;
use crate::app::health::Warning;
use crate::app::snapshots::{Unfit, restore, rows_of};
use crate::app::writer::{check, ends_at, step};
use crate::db::journal::{find_head, list_lost_documents, read_events};
use crate::db::rows::Head;
use crate::db::snapshots::{drop_snapshots, list_snapshots, write_part};
use crate::db::{AnyConn, Stored, patient_read_tx, read_tx};

/// Events that are read at a time.
const PAGE: u64 = 200;
/// A snapshot after a tenth of the usual events, where a journal is at rest.
const AT_REST: u64 = 10;
/// Large states are written after an eighth more events, however many that are.
const GROWTH: u64 = 8;

/// The fold of one journal, and what was last done with it.
pub(super) struct Follower {
    id: Uuid,
    pub(super) state: Option<Program>,
    /// The size of the newest snapshot; not known before the first look.
    stored: Option<u64>,
    /// A copy of what the writer holds, to be compared when the fold gets there.
    held: Option<Program>,
    /// Whether what the writer holds is to be compared.
    pub(super) compare: bool,
    /// A difference is believed only when a second look from the first event finds one again.
    in_doubt: bool,
    /// Documents that are missing or altered: the first, and how many.
    lost: Option<(Digest, usize)>,
    grew_at: Instant,
    pub(super) audited_at: Option<Instant>,
    /// Whether the tables were wrong when they were compared last.
    wrong: bool,
}

/// A part of a journal and its head, seen at one moment.
struct Page {
    head: Option<Head>,
    events: Vec<Recorded>,
    lost: Vec<Digest>,
}

impl Follower {
    pub(super) fn new(id: Uuid) -> Self {
        Self {
            id,
            state: None,
            stored: None,
            held: None,
            compare: true,
            in_doubt: false,
            lost: None,
            grew_at: Instant::now(),
            audited_at: None,
            wrong: false,
        }
    }

    fn size(&self) -> u64 {
        self.state.as_ref().map_or(0, |state| state.size().get())
    }

    /// Follows the journal to its head. An error is one of the database, to be tried again.
    pub(super) fn follow(&mut self, conn: &mut AnyConn, desk: &Desk) -> Result<Result<(), Error>, Ended> {
        if self.audited_at.is_some_and(|last| last.elapsed() >= desk.watch.audit) {
            // Once more from the first event: what lies on the disk may have changed.
            *self = Self::new(self.id);
        }
        loop {
            if desk.writer.health().damage_of(self.id).is_some() {
                return Ok(Ok(()));
            }
            let began = Instant::now();
            let at_head = match self.page(conn, desk) {
                Ok(at_head) => at_head,
                Err(error) if !error.is_damage() => return Ok(Err(error)),
                Err(error) => {
                    if self.in_doubt {
                        self.give_up(error, desk)?;
                        return Ok(Ok(()));
                    }
                    // A restored backup is another journal: look again before anything is said.
                    *self = Self { in_doubt: true, ..Self::new(self.id) };
                    continue;
                }
            };
            if at_head {
                self.in_doubt = false;
                match self.lost {
                    Some((first, count)) => {
                        desk.writer.health().warn(self.id, Warning::Documents { first, count });
                    }
                    None => desk.writer.health().documents_are_right(self.id),
                }
                break;
            }
            desk.rest(began)?;
        }
        let done = self.audit(conn, desk)?;
        // Of a state that is wrong, no snapshot shall last.
        if done.is_err() || desk.writer.health().damage_of(self.id).is_some() {
            return Ok(done);
        }
        self.keep_snapshot(conn, desk)
    }

    /// Reads and decides one page again. Tells whether the head was reached.
    pub(super) fn page(&mut self, conn: &mut AnyConn, desk: &Desk) -> Result<bool, Error> {
        self.hold(desk);
        self.compare_held()?;
        let limit = self.limit();
        let Page { head, events, lost } = read_tx(conn, |conn| self.read(conn, limit))?;
        let whole = events.len() < limit;
        self.take(events, &lost)?;
        let size = head.as_ref().map_or(0, |head| u64::try_from(head.size).unwrap_or(u64::MAX));
        if self.held.as_ref().is_some_and(|held| held.size().get() > size) {
            self.held = None;
        }
        self.compare_held()?;
        if size == self.size() || whole {
            return if ends_at(self.state.as_ref(), head.as_ref()) {
                Ok(true)
            } else {
                Err(Error::HeadDiffers)
            };
        }
        Ok(false)
    }

    fn limit(&self) -> usize {
        let to_held = self.held.as_ref().map_or(PAGE, |held| held.size().get().saturating_sub(self.size()));
        usize::try_from(to_held.clamp(1, PAGE)).unwrap_or(usize::MAX)
    }

    /// Reads on from where the fold is, within the caller's transaction.
    fn read(&self, conn: &mut AnyConn, limit: usize) -> Result<Page, Error> {
        let head = find_head(conn, &self.id.store())?;
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let events = read_events(conn, self.id, Seq::new(self.size()), limit)?;
        let lost = list_lost_documents(conn, self.id, &events)?;
        Ok(Page { head, events, lost })
    }

    /// Decides events again and folds them.
    fn take(&mut self, events: Vec<Recorded>, lost: &[Digest]) -> Result<(), Error> {
        for recorded in events {
            check(self.state.as_ref(), &recorded)?;
            step(&mut self.state, &recorded)?;
            self.grew_at = Instant::now();
        }
        self.note_lost(lost);
        Ok(())
    }

    fn note_lost(&mut self, lost: &[Digest]) {
        let Some(found) = lost.first() else { return };
        let (first, before) = self.lost.unwrap_or((*found, 0));
        self.lost = Some((first, before.saturating_add(lost.len())));
    }

    /// Takes a copy of what the writer holds, if it is to be compared and the fold will get there.
    fn hold(&mut self, desk: &Desk) {
        if self.compare && self.held.is_none() {
            let held = desk.writer.held(self.id);
            self.held = held.filter(|held| held.size().get() >= self.size());
        }
    }

    /// What the writer decides by must be what the journal says.
    fn compare_held(&mut self) -> Result<(), Error> {
        let (Some(held), Some(state)) = (&self.held, &self.state) else { return Ok(()) };
        if held.size() > state.size() {
            return Ok(());
        }
        // Of another journal, that a backup has replaced since: the writer reads that anew when it writes.
        let same_journal = held.size() == state.size() && held.root() == state.root();
        let differs = same_journal && held != state;
        self.compare = held.size() != state.size();
        self.held = None;
        if differs { Err(Error::MemoryDiffers) } else { Ok(()) }
    }

    /// All invariants, and the tables that money goes by, against the fold. An error is one of the database.
    pub(super) fn audit(&mut self, conn: &mut AnyConn, desk: &Desk) -> Result<Result<(), Error>, Ended> {
        let rested =
            |last: Instant| last.elapsed() >= if self.wrong { desk.watch.again } else { desk.watch.audit };
        if self.audited_at.is_some_and(|last| !rested(last)) {
            return Ok(Ok(()));
        }
        let Some(state) = &self.state else { return Ok(Ok(())) };
        let began = Instant::now();
        if let Err(violation) = state.audit() {
            desk.writer.health().set_aside(self.id, violation.into());
            return Ok(Ok(()));
        }
        match patient_read_tx(conn, |conn| self.compare_tables(conn)) {
            Ok(differing) => {
                self.wrong = !differing.is_empty();
                if self.wrong {
                    desk.writer.health().warn(self.id, Warning::Tables(differing));
                } else {
                    desk.writer.health().tables_are_right(self.id);
                }
                self.audited_at = Some(Instant::now());
            }
            // The next look meets it again, and asks twice before it says so.
            Err(error) if error.is_damage() => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        }
        desk.rest(began)?;
        Ok(Ok(()))
    }

    /// The tables that are wrong at the moment of the caller's transaction: the fold is brought there first, however
    /// much is written meanwhile.
    fn compare_tables(&mut self, conn: &mut AnyConn) -> Result<Vec<&'static str>, Error> {
        let limit = usize::try_from(PAGE).unwrap_or(usize::MAX);
        loop {
            let Page { head, events, lost } = self.read(conn, limit)?;
            if events.is_empty() {
                let Some(state) = self.state.as_ref().filter(|state| ends_at(Some(state), head.as_ref()))
                else {
                    return Err(Error::HeadDiffers);
                };
                return differing_tables(conn, state);
            }
            self.take(events, &lost)?;
        }
    }

    /// Has a snapshot stored when it is time.
    fn keep_snapshot(&mut self, conn: &mut AnyConn, desk: &Desk) -> Result<Result<(), Error>, Ended> {
        let stored = match self.stored {
            Some(stored) => stored,
            None => match self.find_stored(conn, desk)? {
                Ok(stored) => stored,
                Err(error) => return Ok(Err(error)),
            },
        };
        self.stored = Some(stored);
        let Some(state) = self.state.as_ref().filter(|state| self.is_due(state.size().get(), stored, desk))
        else {
            return Ok(Ok(()));
        };
        let parts = match rows_of(state) {
            Ok(parts) => parts,
            Err(error) => {
                tracing::error!(program.id = %self.id, %error, "a snapshot cannot be written");
                self.stored = Some(state.size().get());
                return Ok(Ok(()));
            }
        };
        let (size, bytes) = (state.size().get(), parts.iter().map(|part| part.bytes.len()).sum::<usize>());
        for part in parts {
            let began = Instant::now();
            match desk.keep(move |conn| Ok(write_part(conn, &part)?))? {
                Ok(()) => desk.rest(began)?,
                Err(error) => {
                    tracing::warn!(program.id = %self.id, %error, "a snapshot was not stored; the next one comes");
                    self.stored = Some(size);
                    return Ok(Ok(()));
                }
            }
        }
        tracing::info!(program.id = %self.id, snapshot.size = size, snapshot.bytes = bytes, "snapshot stored");
        self.stored = Some(size);
        // Before the next one, what the writer holds is looked at again.
        self.compare = true;
        Ok(Ok(()))
    }

    fn is_due(&self, size: u64, stored: u64, desk: &Desk) -> bool {
        let new = size.saturating_sub(stored);
        let enough = desk.watch.every.max(size.div_euclid(GROWTH)).max(1);
        let at_rest = self.grew_at.elapsed() >= desk.watch.quiet;
        new >= enough || (at_rest && new.saturating_mul(AT_REST) >= enough)
    }

    /// The size of the newest snapshot that holds; those that do not are dropped, and made anew.
    fn find_stored(&self, conn: &mut AnyConn, desk: &Desk) -> Result<Result<u64, Error>, Ended> {
        let program = self.id.store();
        let kept = match list_snapshots(conn, &program, domain::BUILD) {
            Ok(kept) => kept,
            Err(error) => return Ok(Err(error.into())),
        };
        let Some(newest) = kept.first() else { return Ok(Ok(0)) };
        match restore(conn, self.id, newest) {
            Ok(_) => return Ok(Ok(u64::try_from(newest.size).unwrap_or(0))),
            // That it cannot be read now says nothing of it.
            Err(Unfit::Ledger(error)) if !error.is_damage() => return Ok(Err(error)),
            Err(_) => {}
        }
        tracing::warn!(program.id = %self.id, snapshot.size = newest.size, "a damaged snapshot is dropped and made anew");
        Ok(desk.keep(move |conn| Ok(drop_snapshots(conn, &program)?))?.map(|()| 0))
    }

    /// Says what was found; the program takes no more writes.
    fn give_up(&mut self, error: Error, desk: &Desk) -> Result<(), Ended> {
        if matches!(error, Error::MemoryDiffers) {
            // The next start shall not come to the same by the same snapshot.
            let program = self.id.store();
            if let Err(error) = desk.keep(move |conn| Ok(drop_snapshots(conn, &program)?))? {
                tracing::error!(program.id = %self.id, %error, "its snapshots were not dropped: delete them by hand");
            }
        }
        desk.writer.health().set_aside(self.id, error);
        self.state = None;
        self.held = None;
        Ok(())
    }
}
