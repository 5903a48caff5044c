//! A database with its servers: the real writers, played with the same requests, killed and started again.

mod disk;
mod postgres;
mod probe;

use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

use diesel::Connection;
use domain::value::{Digest, Timestamp};
use server::app::{Clock, Error, Rebuilt, Receipt, SetClock, Writer};
use server::db::rows::{Document, Event, Head};
use server::db::{AnyConn, Stored, Target, open_read, open_write};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::auditor::Auditor;
use crate::common::TestDb;
use crate::play::{Answer, Crash, Ledger, Wave, Written};
use disk::Image;
use postgres::Cut;
use probe::Probe;

type Submitted<'a> = Pin<Box<dyn Future<Output = Result<Vec<Receipt>, Error>> + 'a>>;

/// One server: a writer on a connection of its own.
struct Server {
    writer: Writer,
    thread: JoinHandle<()>,
    probe: Probe,
    /// The connection's process on PostgreSQL.
    process: Option<i32>,
}

/// A database and the servers that write to it.
pub struct Machine {
    home: Home,
    servers: Vec<Server>,
    clock: SetClock,
    runtime: Runtime,
    /// How many servers, and how many commands share a commit.
    size: (usize, usize),
    /// What somebody was told is written: it must never be lost.
    told: Vec<Written>,
    /// Commits of servers that are gone.
    commits: u64,
}

/// Where the database lies.
enum Home {
    Sqlite { target: Target, folder: TempDir },
    Postgres(TestDb),
}

impl Machine {
    /// A SQLite file.
    pub fn sqlite(servers: usize, group: usize) -> Self {
        let (fresh, folder) = (TestDb::sqlite(), disk::folder());
        let Target::Sqlite(path) = &fresh.target else { panic!("{}", fresh.target) };
        std::fs::copy(path, disk::file(folder.path())).unwrap();
        Self::start(Home::Sqlite { target: target_in(folder.path()), folder }, servers, group)
    }

    /// A PostgreSQL database.
    pub fn postgres(servers: usize, group: usize) -> Self {
        Self::start(Home::Postgres(TestDb::postgres()), servers, group)
    }

    fn start(home: Home, servers: usize, group: usize) -> Self {
        let mut machine = Self {
            home,
            servers: Vec::new(),
            clock: SetClock::at(Timestamp::from_micros(0).unwrap()),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            size: (servers, group),
            told: Vec::new(),
            commits: 0,
        };
        machine.start_servers();
        machine
    }

    pub fn name(&self) -> &'static str {
        match &self.home {
            Home::Sqlite { .. } => "SQLite",
            Home::Postgres(_) => "PostgreSQL",
        }
    }

    pub fn target(&self) -> &Target {
        match &self.home {
            Home::Sqlite { target, .. } => target,
            Home::Postgres(database) => &database.target,
        }
    }

    /// A connection that reads what is committed.
    pub fn reader(&self) -> AnyConn {
        open_read(self.target()).unwrap()
    }

    fn start_servers(&mut self) {
        let (servers, group) = self.size;
        for _ in 0..servers {
            let probe = Probe::default();
            let mut conn = open_write(self.target()).unwrap();
            let process = postgres::process(&mut conn);
            conn.set_instrumentation(probe.clone());
            let (writer, thread) = Writer::start_with_group(conn, Clock::Set(self.clock.clone()), group);
            self.servers.push(Server { writer, thread, probe, process });
        }
    }

    /// Ends the servers. One of them may have died before.
    fn stop_servers(&mut self) {
        for Server { writer, thread, probe, .. } in self.servers.drain(..) {
            drop(writer);
            // A writer that died unwound its thread.
            let _ = thread.join();
            self.commits += probe.commits();
        }
    }

    /// Hands the requests in, one after another, and waits for the answers. `None` for one whose answer got lost.
    pub fn play(&mut self, wave: &Wave) -> Vec<Option<Answer>> {
        self.clock.set(wave.now);
        let image = wave.crash.map(|crash| {
            let image = disk::folder();
            self.doom(wave.server, crash, image.path());
            image
        });
        let server = &self.servers[wave.server];
        // The first finds the writer idle; held before its transaction, it lets the others line up.
        server.probe.hold();
        let mut answers: Vec<Option<Result<Vec<Receipt>, Error>>> = Vec::new();
        let mut waiting: Vec<Option<Submitted<'_>>> = Vec::new();
        for (place, sent) in wave.sent.iter().enumerate() {
            let mut submitted: Submitted<'_> = Box::pin(server.writer.submit(sent.ask.job()));
            // Asked once, it stands in the queue.
            let at_once = match submitted.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            };
            let waits = at_once.is_none() && !sent.lost;
            answers.push(at_once);
            // Who is gone is not answered, and dropping this is going.
            waiting.push(if waits { Some(submitted) } else { None });
            if place == 0 {
                server.probe.wait_until_held();
            }
        }
        server.probe.release();
        for (answer, submitted) in answers.iter_mut().zip(waiting) {
            if let Some(submitted) = submitted {
                *answer = Some(self.runtime.block_on(submitted));
            }
        }
        // Also those whose answers got lost are settled before the clock goes on.
        let drained = self.runtime.block_on(server.writer.drain());
        assert_eq!(drained.is_err(), wave.crash.is_some(), "{drained:?}");
        let told = |answer: Result<Vec<Receipt>, Error>| {
            answer
                .map(|receipts| receipts.into_iter().map(written).collect())
                .map_err(|error| error.to_string())
        };
        let answers: Vec<Option<Answer>> = answers.into_iter().map(|answer| answer.map(told)).collect();
        if let Some(image) = image {
            self.restart(image);
        }
        self.told.extend(answers.iter().flatten().flatten().flatten().cloned());
        answers
    }

    fn doom(&self, server: usize, crash: Crash, image: &Path) {
        let Server { probe, process, .. } = &self.servers[server];
        let doom: Box<dyn probe::Doom> = match &self.home {
            Home::Sqlite { folder, .. } => Box::new(Image {
                from: folder.path().to_owned(),
                to: image.to_owned(),
                torn: crash.torn,
                log: Vec::new(),
            }),
            Home::Postgres(database) => Box::new(Cut::new(database, *process, crash.cut)),
        };
        probe.doom(crash.commit, crash.moment, doom);
    }

    /// All servers end; new ones find what the disk held when one of them died.
    fn restart(&mut self, image: TempDir) {
        self.stop_servers();
        if let Home::Sqlite { target, folder } = &mut self.home {
            *target = target_in(image.path());
            *folder = image;
        }
        self.start_servers();
    }

    /// The journals in the database are those of the pure ledger, and hold all that anybody was told.
    pub fn check_journals(&self, ledger: &Ledger) {
        let mut conn = self.reader();
        let programs = server::db::rows::Program::list(&mut conn).unwrap();
        assert_eq!(programs.len(), ledger.programs.len(), "{}: the programs", self.name());
        for held in &ledger.programs {
            let id = held.program.id().store();
            let heads = Head::list(&mut conn, &id).unwrap();
            let [head] = heads.as_slice() else {
                panic!("{}: {} has the heads {heads:?}", self.name(), held.slug)
            };
            assert_eq!(head.root, held.program.root().store(), "{}: the root of {}", self.name(), held.slug);
            let events = Event::list(&mut conn, &id).unwrap();
            assert!(events.len() == held.journal.len(), "{}: {} events", self.name(), events.len());
            for (found, recorded) in events.iter().zip(&held.journal) {
                assert_eq!(found.bytes, recorded.bytes, "{}", self.name());
            }
        }
        assert_eq!(self.lost(ledger), 0, "{}: somebody was told of an event that is not there", self.name());
    }

    /// How many of the events that somebody was told of are not in the journal; the journals were compared before.
    pub fn lost(&self, ledger: &Ledger) -> usize {
        let is_there = |told: &&Written| {
            let seq = usize::try_from(told.seq.get()).unwrap();
            ledger.programs.iter().filter_map(|held| held.journal.get(seq)).any(|recorded| {
                recorded.leaf == told.leaf && recorded.event.at == told.at && recorded.event.fact == told.fact
            })
        };
        self.told.iter().filter(|told| !is_there(told)).count()
    }

    /// How many events somebody was told of.
    pub fn told(&self) -> usize {
        self.told.len()
    }

    pub fn commits(&self) -> u64 {
        self.commits + self.servers.iter().map(|server| server.probe.commits()).sum::<u64>()
    }

    /// The documents in the database are those that the requests brought and the events name, but for erased ones.
    pub fn check_documents(&self, ledger: &Ledger, auditors: &[Auditor]) {
        let mut conn = self.reader();
        for (held, auditor) in ledger.programs.iter().zip(auditors) {
            let found = Document::list(&mut conn, &held.program.id().store()).unwrap();
            let kept = auditor.state().papers.iter().filter(|(_, paper)| paper.erased.is_none());
            let named = kept.map(|(digest, _)| digest.as_str());
            let there = found.iter().map(|document| document.digest.as_str());
            assert!(there.eq(named), "{}: the documents that {} names", self.name(), held.slug);
            let hex = |bytes: &[u8]| crate::auditor::hex(bytes);
            let erased = |digest: &Digest| auditor.state().papers[&digest.to_string()].erased.is_some();
            let kept = held.documents.iter().filter(|(digest, _)| !erased(digest));
            let expected = kept.map(|(digest, document)| Document {
                program: held.program.id().store(),
                digest: digest.store(),
                salt: hex(&document.salt),
                content: document.content.clone(),
                media_type: document.media_type.to_owned(),
            });
            assert!(expected.eq(found), "{}: the documents of {}", self.name(), held.slug);
        }
    }

    /// Makes every table anew from the journal: no row may change. Gives the number of rows.
    pub fn rebuild(&self) -> u64 {
        let rebuilt = Rebuilt::make(self.target(), None).unwrap();
        for program in &rebuilt {
            assert_eq!(program.changed, Vec::<&str>::new(), "{}: {}", self.name(), program.slug);
        }
        rebuilt.iter().map(|program| u64::try_from(program.rows).unwrap()).sum()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        for server in &self.servers {
            server.probe.release();
        }
        self.stop_servers();
    }
}

fn target_in(folder: &Path) -> Target {
    Target::Sqlite(disk::file(folder).to_str().unwrap().to_owned())
}

fn written(receipt: Receipt) -> Written {
    let Receipt { seq, leaf, at, fact, replayed } = receipt;
    Written { seq, leaf, at, fact, replayed }
}
