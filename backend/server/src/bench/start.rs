//! How long a server takes to load a long journal, from a snapshot and by replaying all of it.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use domain::Program;
use domain::value::Timestamp;
use uuid::Uuid;

use super::figures::{Aim, Comparison, ROUNDS, Rounds, median};
use super::gauges::are_there;
use super::life::{Life, Step};
use super::weigh::{Load, weigh};
use super::{BenchError, Size, Watch, sqlite, stage};
use crate::app::{Clock, Writer, snapshot_rows};
use crate::db::journal::list_programs;
use crate::db::rows;
use crate::db::snapshots::{drop_snapshots, write_part};
use crate::db::{AnyConn, Changes, Stored, Target, migrate, open_read, open_write, read_text, write_tx};

/// Events that are written in one commit.
const PAGE: u64 = 1_000;
/// A running server stores a snapshot after an eighth more events, so the newest may be so much older.
const GROWTH: usize = 9;

/// A writer that has loaded its program.
pub(super) struct Started {
    writer: Writer,
    thread: JoinHandle<()>,
    state: Program,
    /// From its start to the loaded state.
    time: Duration,
}

impl Started {
    /// Starts on the only program of an SQLite file.
    pub async fn at(path: &Path) -> Result<Self, BenchError> {
        let target = Target::Sqlite(path.to_string_lossy().into_owned());
        let programs = list_programs(&mut open_read(&target)?)?;
        let id = programs.first().ok_or(BenchError::Stage)?.id.clone();
        Self::of(&target, read_text("programs", "id", &id).map_err(|_| BenchError::Stage)?).await
    }

    async fn of(target: &Target, id: Uuid) -> Result<Self, BenchError> {
        let clock = Clock::Set(stage::clock()?);
        let start = Instant::now();
        let (writer, thread) = Writer::start(open_write(target)?, clock);
        let state = writer.state(id).await?.ok_or(BenchError::Stage)?;
        Ok(Self { writer, thread, state, time: start.elapsed() })
    }

    /// Stops it; gives how long it took to start.
    pub fn end(self) -> Result<Duration, BenchError> {
        drop((self.writer, self.state));
        self.thread.join().map_err(|_| BenchError::Stage)?;
        Ok(self.time)
    }
}

/// What writes a made-up life into a ledger, as the writer would.
struct Scribe<'a> {
    conn: &'a mut AnyConn,
    program: String,
    before: Option<Program>,
    changes: Changes,
}

impl Scribe<'_> {
    fn write(&mut self, after: &Program, step: &Step) -> QueryResult<()> {
        self.changes.append(&step.recorded, after, &step.documents);
        self.changes.project(self.before.as_ref(), after, &step.recorded.event);
        self.before = Some(after.clone());
        if after.size().get().is_multiple_of(PAGE) { self.commit() } else { Ok(()) }
    }

    fn commit(&mut self) -> QueryResult<()> {
        let changes = std::mem::take(&mut self.changes);
        if changes.is_empty() {
            Ok(())
        } else {
            write_tx(self.conn, |conn| changes.write(conn, &self.program))
        }
    }
}

fn register(conn: &mut AnyConn, program: &Program, at: Timestamp) -> QueryResult<()> {
    let charter = program.charter();
    let row = rows::Program {
        id: program.id().store(),
        slug: "bench".to_owned(),
        chain_id: charter.chain.to_string(),
        safe: charter.safe.store(),
        opened_at: at.store(),
    };
    rows::Program::insert(conn, &[row])
}

/// Fills a ledger. On the way a snapshot is stored, an eighth of the events older than the last one.
fn fill(conn: &mut AnyConn, size: Size, watch: Watch<'_>) -> Result<Program, BenchError> {
    migrate(conn)?;
    let (mut life, first) = Life::begin()?;
    register(conn, life.program(), life.program().last_at())?;
    let program = life.program().id().store();
    let mut scribe = Scribe { conn, program, before: None, changes: Changes::default() };
    scribe.write(life.program(), &first)?;
    let older = size.life.saturating_sub(size.life.div_euclid(GROWTH));
    for until in [older, size.life] {
        life.reach(until, watch, |after, step| Ok(scribe.write(after, &step)?))?;
        scribe.commit()?;
        if until == older {
            store(scribe.conn, &snapshot_rows(life.program())?)?;
        }
    }
    Ok(life.program().clone())
}

/// Stores a snapshot; gives its bytes.
fn store(conn: &mut AnyConn, parts: &[rows::Snapshot]) -> Result<usize, BenchError> {
    for part in parts {
        write_part(conn, part)?;
    }
    Ok(parts.iter().fold(0, |sum, part| sum.saturating_add(part.bytes.len())))
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Compares the two ways, and says what an event takes of memory and of the disk.
pub(super) async fn run(folder: &Path, size: Size, watch: Watch<'_>) -> Result<Comparison, BenchError> {
    let target = sqlite(folder, "start");
    let path = folder.join("start.sqlite");
    let mut conn = open_write(&target)?;
    let program = fill(&mut conn, size, watch)?;
    let (id, parts) = (program.id(), snapshot_rows(&program)?);
    drop(program);
    let mut older = Vec::new();
    for _ in 0..ROUNDS {
        older.push(ms(Started::of(&target, id).await?.end()?));
    }
    drop_snapshots(&mut conn, &id.store())?;
    drop(conn);
    // Its last connection has left a whole file.
    let length = std::fs::metadata(&path).map_err(BenchError::at(&path))?.len();
    let mut conn = open_write(&target)?;
    let mut rounds = Rounds::default();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let theirs = Started::of(&target, id).await?.end()?;
        bytes = store(&mut conn, &parts)?;
        let ours = Started::of(&target, id).await?.end()?;
        drop_snapshots(&mut conn, &id.store())?;
        rounds.push(ms(ours), ms(theirs));
    }
    store(&mut conn, &parts)?;
    drop((conn, parts));
    let events = u64::try_from(size.life).unwrap_or(u64::MAX);
    let each = |bytes: u64| bytes.checked_div(events).unwrap_or_default();
    let mut notes = vec![
        ("events", events),
        ("ms from a snapshot an eighth older", median(older)),
        ("bytes of disk for each event", each(length)),
        ("bytes of snapshot for each event", each(u64::try_from(bytes).unwrap_or(u64::MAX))),
    ];
    if are_there() {
        let (with, none) = (weigh(Load::Start, &path)?, weigh(Load::Nothing, &path)?);
        let more = |with: u64, none: u64| each(with.saturating_sub(none).saturating_mul(1_024));
        notes.push(("bytes of memory for each event", more(with.now, none.now)));
        notes.push(("while it loads, at most", more(with.most, none.most)));
    }
    Ok(rounds.compare(
        "start-up",
        ["a ledger loaded from its snapshot", "all of its events replayed", "ms"],
        Aim::AtMost(200),
        notes,
    ))
}
