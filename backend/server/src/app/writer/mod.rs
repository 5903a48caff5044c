//! The one writer: takes commands from everybody, decides them in memory one after another, and writes
//! what waits in one commit. An answer comes after the commit, never before.

mod captures;
mod errand;
mod group;
mod links;
mod load;

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use domain::Program;
use domain::command::{Actor, Cause};
use domain::event::{Command, Fact};
use domain::journal::Document;
use domain::value::{Digest, Seq, Slug, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use uuid::Uuid;

use super::accounts::AccountId;
use super::health::{Health, Warning};
use super::{Clock, Error};
use crate::db::rows::{self, Row};
use crate::db::{AnyConn, Trouble, advice, has_room, is_garbled, shorten_log, trouble};

pub(super) use group::receipt_of;
pub use load::replay;
pub(super) use load::replay_on;
pub(super) use load::{check, ends_at, step};

/// What may wait for its answer, wherever it stands; more are told to come back.
const QUEUE: usize = 1_024;
/// Commands that share one commit at most.
const GROUP: usize = 256;

/// A command with what asked for it and the documents it names.
#[derive(Clone, Debug)]
pub struct Call {
    pub command: Command,
    /// `None` for what the ledger itself asks.
    pub cause: Option<Cause>,
    pub documents: Vec<Document>,
}

/// Which program a job is for.
#[derive(Clone, Debug)]
pub enum Target {
    Existing(Uuid),
    /// A program that the job's first command opens.
    New {
        id: Uuid,
        slug: Slug,
    },
}

impl Target {
    fn id(&self) -> Uuid {
        match self {
            Self::Existing(id) | Self::New { id, .. } => *id,
        }
    }
}

/// Commands of one caller that are written together or not at all.
#[derive(Debug)]
pub struct Job {
    pub target: Target,
    pub actor: Actor,
    pub calls: Vec<Call>,
    /// Whose accounts the members are that this job makes, in their order; linked in the same commit.
    pub accounts: Vec<Option<AccountId>>,
}

/// Proof that a command was written: its place in the journal, and what it led to.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub seq: Seq,
    pub leaf: Digest,
    pub at: Timestamp,
    pub fact: Fact,
    /// Whether this repeats the answer to an earlier request with the same key.
    pub replayed: bool,
}

type Answer = Result<Vec<Receipt>, Error>;

/// Work of one transaction on what lies outside the journal; tells whether the writer can go on.
type Errand = Box<dyn FnOnce(&mut AnyConn) -> bool + Send>;

enum Message {
    Keep(Errand),
    Write(Job, oneshot::Sender<Answer>),
    Load(Uuid, oneshot::Sender<Result<(), Error>>),
}

/// A message with its place in the queue, which it keeps until it is answered.
struct Queued {
    message: Message,
    place: OwnedSemaphorePermit,
}

/// The states that the last commit left, for everybody to read.
#[derive(Clone, Debug, Default)]
pub(super) struct States(Arc<RwLock<HashMap<Uuid, Program>>>);

impl States {
    fn get(&self, id: Uuid) -> Option<Program> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    fn put(&self, program: Program) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(program.id(), program);
    }
}

/// The way to the writer; cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::UnboundedSender<Queued>,
    /// The one bound of all that waits.
    places: Arc<Semaphore>,
    states: States,
    health: Health,
}

/// A way to the writer that does not keep it running.
#[derive(Clone, Debug)]
pub(super) struct WeakWriter {
    queue: mpsc::WeakUnboundedSender<Queued>,
    places: Arc<Semaphore>,
    states: States,
    health: Health,
}

impl WeakWriter {
    /// The way to the writer; `None` once nobody else has one.
    pub(super) fn upgrade(&self) -> Option<Writer> {
        let queue = self.queue.upgrade()?;
        let (places, states) = (self.places.clone(), self.states.clone());
        Some(Writer { queue, places, states, health: self.health.clone() })
    }

    /// What the writer holds of a program now.
    pub(super) fn held(&self, id: Uuid) -> Option<Program> {
        self.states.get(id)
    }

    pub(super) fn health(&self) -> &Health {
        &self.health
    }
}

impl Writer {
    /// Starts the writer on a connection of its own. It ends when the last handle is dropped and the
    /// queue is drained.
    pub fn start(conn: AnyConn, clock: Clock) -> (Self, thread::JoinHandle<()>) {
        Self::start_with_group(conn, clock, GROUP)
    }

    /// Starts the writer with another limit of commands for each commit, for comparison.
    pub fn start_with_group(conn: AnyConn, clock: Clock, group: usize) -> (Self, thread::JoinHandle<()>) {
        let (queue, waiting) = mpsc::unbounded_channel();
        let states = States::default();
        let health = Health::default();
        let (kept, found) = (states.clone(), health.clone());
        let desk = Desk { conn, clock, states: kept, health: found, group: group.max(1) };
        let thread = thread::spawn(move || desk.work(waiting));
        (Self { queue, places: Arc::new(Semaphore::new(QUEUE)), states, health }, thread)
    }

    pub(super) fn downgrade(&self) -> WeakWriter {
        let (states, health) = (self.states.clone(), self.health.clone());
        WeakWriter { queue: self.queue.downgrade(), places: self.places.clone(), states, health }
    }

    /// What was found wrong with what is stored.
    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    /// Hands in a job and waits for its commit.
    ///
    /// # Errors
    /// A refusal, a full queue, or a fault of the database; then nothing of the job was written.
    pub async fn submit(&self, job: Job) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Write(job, reply))?;
        self.answer(answer).await?
    }

    /// Writes what lies outside the journal, such as accounts: one transaction, the answer after its commit.
    /// The work may be done again after it was rolled back.
    ///
    /// # Errors
    /// Those of the work, a full queue, or a fault of the database; then nothing was written.
    pub(super) async fn keep<T: Send + 'static>(
        &self,
        work: impl Fn(&mut AnyConn) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let health = self.health.clone();
        let errand: Errand = Box::new(move |conn| {
            // A damaged file is not written to, whatever it is about.
            let (answer, healthy) = match health.damage_of_file() {
                Some(reason) => (Err(Error::SetAside(reason)), true),
                None => errand::carry_out(conn, work),
            };
            let answer = answer.map_err(|error| {
                if matches!(error, Error::Full) {
                    health.set_full(true);
                }
                health.garbled(error)
            });
            // Who asked may have gone away: the commit stands all the same.
            let _ = reply.send(answer);
            healthy
        });
        self.send(Message::Keep(errand))?;
        self.answer(answer).await?
    }

    /// Whether a write finds room now. A small one may, where a larger one did not.
    pub(super) async fn finds_room(&self) -> bool {
        let looked = self.keep(|conn| if has_room(conn)? { Ok(()) } else { Err(Error::Full) });
        looked.await.is_ok()
    }

    /// Ends the writer, because the disk failed to read: what would be decided on such ground is not known. Others
    /// wait for this end, and the process ends with it.
    pub(super) fn halt(&self, error: &diesel::result::Error) {
        if !self.health.is_failing() {
            report(&format!("the database failed: {error}{}", advice(error)));
            self.health.set_failing();
        }
        // It sees that when it takes the next message: if the queue is full, that is soon.
        let (reply, _) = oneshot::channel();
        let _ = self.send(Message::Load(Uuid::nil(), reply));
    }

    fn send(&self, message: Message) -> Result<(), Error> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| Error::Busy { retry_after_s: 1 })?;
        self.queue.send(Queued { message, place }).map_err(|_| Error::Stopped)
    }

    /// As [`Writer::send`], but waits for a place.
    async fn send_in_turn(&self, message: Message) -> Result<(), Error> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| Error::Stopped)?;
        self.queue.send(Queued { message, place }).map_err(|_| Error::Stopped)
    }

    /// Waits for an answer, or for the end of the writer: what is handed in at the very moment of its end may stay in
    /// the queue, neither answered nor dropped.
    async fn answer<T>(&self, mut answer: oneshot::Receiver<T>) -> Result<T, Error> {
        tokio::select! {
            biased;
            answered = &mut answer => answered.map_err(|_| Error::Stopped),
            () = self.queue.closed() => answer.try_recv().map_err(|_| Error::Stopped),
        }
    }

    /// Waits until everything that was handed in before is written.
    ///
    /// # Errors
    /// The writer has stopped.
    pub async fn drain(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        // Loading a program that is nowhere does nothing, in its turn.
        self.send_in_turn(Message::Load(Uuid::nil(), reply)).await?;
        match self.answer(answer).await? {
            // It works, and refuses.
            Err(Error::SetAside(_)) => Ok(()),
            answer => answer,
        }
    }

    /// Waits until the writer has stopped.
    pub async fn stopped(&self) {
        self.queue.closed().await;
    }

    /// The state of a program after the last commit this server knows of.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn state(&self, id: Uuid) -> Result<Option<Program>, Error> {
        self.state_from(id, Seq::ZERO).await
    }

    /// The state of a program after at least its first `size` events: another server may have written them.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn state_from(&self, id: Uuid, size: Seq) -> Result<Option<Program>, Error> {
        if let Some(program) = self.states.get(id).filter(|program| program.size() >= size) {
            return Ok(Some(program));
        }
        let (reply, answer) = oneshot::channel();
        self.send_in_turn(Message::Load(id, reply)).await?;
        self.answer(answer).await??;
        Ok(self.states.get(id))
    }
}

/// Waits before the same is tried again, longer each time; no transaction is open meanwhile.
fn pause(tries: u32) {
    let ms = 10_u64.saturating_mul(2_u64.saturating_pow(tries));
    thread::sleep(Duration::from_millis(ms));
}

/// Says what the callers are not told: in the log of a server, and on standard error where there is none.
fn report(fault: &str) {
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!("{fault}");
    } else {
        eprintln!("bounty-ledger: {fault}");
    }
}

/// A job that waits for its answer.
struct Waiting {
    job: Job,
    reply: oneshot::Sender<Answer>,
    _place: OwnedSemaphorePermit,
}

/// How long the callers of one group are waited for at most, and how often it is looked whether they came.
const LONGEST_WAIT: Duration = Duration::from_millis(2);
const LOOK_EVERY: Duration = Duration::from_micros(50);

/// The last group that was answered. Under load its callers come back together: a short wait for them makes the next
/// group as large, where otherwise the first one back would have a commit of its own.
struct Answered {
    jobs: usize,
    back_by: Instant,
}

impl Answered {
    /// They are given a quarter of the time that their group took.
    fn after(jobs: usize, start: Instant) -> Self {
        let now = Instant::now();
        let wait = start.elapsed().checked_div(4).unwrap_or_default().min(LONGEST_WAIT);
        Self { jobs, back_by: now.checked_add(wait).unwrap_or(now) }
    }

    /// Takes what waits; of a group of one, nobody else is waited for.
    fn collect(&self, queue: &mut mpsc::UnboundedReceiver<Queued>, backlog: &mut VecDeque<Queued>) {
        loop {
            while let Ok(message) = queue.try_recv() {
                backlog.push_back(message);
            }
            if backlog.len() >= self.jobs || Instant::now() >= self.back_by {
                return;
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// The writer's own side: the connection, and the states it keeps.
struct Desk {
    conn: AnyConn,
    clock: Clock,
    states: States,
    health: Health,
    group: usize,
}

impl Desk {
    fn work(mut self, mut queue: mpsc::UnboundedReceiver<Queued>) {
        let mut backlog: VecDeque<Queued> = VecDeque::new();
        let mut last = Answered { jobs: 0, back_by: Instant::now() };
        loop {
            if backlog.is_empty() {
                match queue.blocking_recv() {
                    Some(message) => backlog.push_back(message),
                    None => return,
                }
            }
            last.collect(&mut queue, &mut backlog);
            if self.health.is_failing() {
                return;
            }
            let Some(Queued { message, place }) = backlog.pop_front() else { continue };
            let healthy = match message {
                Message::Load(id, reply) => {
                    let answer = self.load(id);
                    let database = answer.as_ref().err().and_then(Error::of_database);
                    let healthy = database.is_none_or(|error| trouble(error) != Trouble::Fatal);
                    // Who asked may have gone away: then nobody reads the answer.
                    let _ = reply.send(answer);
                    healthy
                }
                Message::Keep(errand) => errand(&mut self.conn) && self.shorten_log(),
                Message::Write(job, reply) => {
                    let group = self.gather(Waiting { job, reply, _place: place }, &mut backlog);
                    let (start, jobs) = (Instant::now(), group.len());
                    let healthy = self.settle(group);
                    last = Answered::after(jobs, start);
                    healthy && self.shorten_log()
                }
            };
            if !healthy {
                // After a fault of the database its state is unknown: stop, and replay at the next start.
                return;
            }
        }
    }

    /// Copies the log into the file when it is long, while nobody waits for this commit. Tells whether the writer can
    /// go on.
    fn shorten_log(&mut self) -> bool {
        match shorten_log(&mut self.conn) {
            Err(error) if is_garbled(&error) => {
                self.health.set_file_aside(error.into());
                true
            }
            Err(error) if trouble(&error) == Trouble::Fatal => {
                report(&format!("the database failed: {error}{}", advice(&error)));
                false
            }
            // Without room the log stays as it is, and the next commit finds out whether there is room for it.
            Ok(()) | Err(_) => true,
        }
    }

    /// The first job and those that wait for the same program, in their order, up to a group. Other programs'
    /// keep their order and come next.
    fn gather(&self, first: Waiting, backlog: &mut VecDeque<Queued>) -> Vec<Waiting> {
        let id = first.job.target.id();
        let mut commands = first.job.calls.len();
        let mut group = vec![first];
        let mut full = false;
        let mut others = VecDeque::new();
        while let Some(Queued { message, place }) = backlog.pop_front() {
            match message {
                Message::Write(job, reply) if job.target.id() == id && !full => {
                    let more = commands.saturating_add(job.calls.len());
                    full = more > self.group;
                    if full {
                        others.push_back(Queued { message: Message::Write(job, reply), place });
                    } else {
                        commands = more;
                        group.push(Waiting { job, reply, _place: place });
                    }
                }
                message => others.push_back(Queued { message, place }),
            }
        }
        *backlog = others;
        group
    }

    /// Brings the state of a program up to date. A program whose records are damaged is set aside.
    fn load(&mut self, id: Uuid) -> Result<(), Error> {
        if let Some(reason) = self.health.damage_of(id) {
            return Err(Error::SetAside(reason));
        }
        let state = match self.states.get(id) {
            None => self.load_anew(id),
            known => match load::catch_up(&mut self.conn, id, known) {
                // Somebody restored a backup: what was held is of another journal.
                Err(error) if error.is_damage() => self.load_anew(id),
                caught_up => caught_up,
            },
        };
        match state {
            Ok(state) => state.into_iter().for_each(|state| self.states.put(state)),
            Err(error) if error.is_damage() => return Err(Error::SetAside(self.health.set_aside(id, error))),
            Err(error) => return Err(self.health.garbled(error)),
        }
        Ok(())
    }

    fn load_anew(&mut self, id: Uuid) -> Result<Option<Program>, Error> {
        let load::Loaded { state, balances_are_right } = load::load(&mut self.conn, id)?;
        if !balances_are_right {
            self.health.warn(id, Warning::Tables(vec![rows::Account::TABLE]));
        }
        Ok(state)
    }
}
