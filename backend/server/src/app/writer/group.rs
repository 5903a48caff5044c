//! One group of jobs: decided on a copy of the state, written in one transaction, answered after it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use domain::command::{Actor, ApproveWaiting, Cause};
use domain::event::Recorded;
use domain::journal::Document;
use domain::value::{Digest, Timestamp};
use domain::{Program, Request, decide, open};
use uuid::Uuid;

use super::captures::{self, Around};
use super::load::{catch_up_to, step};
use super::{Answer, Call, Desk, Job, Receipt, Target, Waiting, links, pause, report};
use crate::app::Error;
use crate::db::journal::{JournalError, find_event, find_program, find_program_of_safe, find_spent};
use crate::db::{
    AnyConn, Changes, Stored, Trouble, advice, database_micros, is_garbled, read_text, rows, trouble,
    write_tx,
};

/// How far this machine's clock may lie behind the last event before it is called wrong, in microseconds.
const CLOCK_SLACK_MICROS: i64 = 60_000_000;
/// How often a group is tried again when somebody else holds a lock.
pub(super) const TRIES: u32 = 5;
/// No try begins later: who asked waits for the answer, and others behind them.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a transaction came to: an answer for each job, and the state after them.
struct Outcome {
    answers: Vec<Answer>,
    state: Option<Program>,
    /// Whether anything was written, and not only refused or answered again.
    wrote: bool,
}

/// Why a transaction was rolled back.
enum Abort {
    Query(diesel::result::Error),
    Other(Error),
}

impl From<diesel::result::Error> for Abort {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}

impl From<Error> for Abort {
    fn from(error: Error) -> Self {
        match error {
            Error::Query(error) | Error::Journal(JournalError::Query(error)) => Self::Query(error),
            other => Self::Other(other),
        }
    }
}

impl Desk {
    /// Writes a group and answers its jobs. Returns whether the writer can go on.
    pub(super) fn settle(&mut self, group: Vec<Waiting>) -> bool {
        let Some(first) = group.first() else { return true };
        let id = first.job.target.id();
        if let Some(reason) = self.health.damage_of(id) {
            return answer_all(group, || Error::SetAside(reason.clone()));
        }
        let (mut tries, since) = (0_u32, Instant::now());
        loop {
            tries = tries.saturating_add(1);
            let jobs: Vec<&Job> = group.iter().map(|waiting| &waiting.job).collect();
            match self.attempt(&jobs) {
                Ok(Outcome { answers, state, wrote }) => {
                    // Refusals and repeated answers write nothing, and say nothing of the disk.
                    if wrote {
                        self.health.set_full(false);
                    }
                    if let Some(state) = state {
                        self.states.put(state);
                    }
                    for (waiting, answer) in group.into_iter().zip(answers) {
                        // Who asked may have gone away: the commit stands all the same.
                        let _ = waiting.reply.send(answer);
                    }
                    return true;
                }
                Err(Abort::Other(_)) if group.len() > 1 => {
                    // This program's journal cannot be read or extended; each caller is told why.
                    return group.into_iter().all(|waiting| self.settle(vec![waiting]));
                }
                Err(Abort::Other(error)) if error.is_damage() => {
                    let reason = self.health.set_aside(id, error);
                    return answer_all(group, || Error::SetAside(reason.clone()));
                }
                Err(Abort::Other(error)) => {
                    // The database is well, and so are the other programs: go on.
                    report(&format!("program {id}: {error}"));
                    let mut error = Some(error);
                    return answer_all(group, || error.take().unwrap_or(Error::Stopped));
                }
                Err(Abort::Query(error)) if is_garbled(&error) => {
                    let reason = self.health.set_file_aside(error.into());
                    return answer_all(group, || Error::SetAside(reason.clone()));
                }
                Err(Abort::Query(error)) => match trouble(&error) {
                    Trouble::Busy if tries < TRIES && since.elapsed() < PATIENCE => pause(tries),
                    Trouble::Busy => return answer_all(group, || Error::Busy { retry_after_s: 1 }),
                    Trouble::Full => {
                        self.health.set_full(true);
                        return answer_all(group, || Error::Full);
                    }
                    Trouble::Constraint if group.len() > 1 => {
                        // Only the culprit fails: each job alone.
                        return group.into_iter().all(|waiting| self.settle(vec![waiting]));
                    }
                    Trouble::Constraint => return answer_all(group, || Error::Conflict),
                    Trouble::Fatal => {
                        report(&format!("the database failed: {error}{}", advice(&error)));
                        return stop(group);
                    }
                },
            }
        }
    }

    fn attempt(&mut self, jobs: &[&Job]) -> Result<Outcome, Abort> {
        let Some(target) = jobs.first().map(|job| &job.target) else {
            return Ok(Outcome { answers: Vec::new(), state: None, wrote: false });
        };
        let now = self.clock.now()?;
        let known = match self.states.get(target.id()) {
            // Nobody else waits for a lock while a long journal is read.
            None => self.load_anew(target.id())?,
            known => known,
        };
        let real = self.clock.is_real();
        write_tx(&mut self.conn, |conn| {
            let id = target.id();
            if real {
                check_clock(conn, now)?;
            }
            let head = rows::lock_head(conn, &id.store())?;
            let state = catch_up_to(conn, id, known, head.as_ref())?;
            let causes: Vec<Cause> =
                jobs.iter().flat_map(|job| job.calls.iter().filter_map(|call| call.cause)).collect();
            let spent = find_spent(conn, id, &causes).map_err(Error::from)?;
            let mut draft = Draft { state, changes: Changes::default(), spent, written: HashMap::new() };
            let answers =
                jobs.iter().map(|job| answered(draft.take(conn, job, now))).collect::<Result<_, _>>()?;
            let wrote = !draft.changes.is_empty();
            if wrote {
                draft.changes.write(conn, &id.store())?;
            }
            Ok(Outcome { answers, state: draft.state, wrote })
        })
    }
}

/// Refuses to stamp anything while this machine's clock and the database's are far apart.
fn check_clock(conn: &mut AnyConn, now: Timestamp) -> Result<(), Abort> {
    let Some(micros) = database_micros(conn)? else { return Ok(()) };
    if micros.abs_diff(now.micros()) <= CLOCK_SLACK_MICROS.unsigned_abs() {
        return Ok(());
    }
    let database = Timestamp::from_micros(micros).map_err(|_| Error::Clock)?;
    Err(Error::ClocksDiffer { now, database }.into())
}

/// An error of the database undoes the whole group; any other is the job's own answer.
fn answered(answer: Answer) -> Result<Answer, Abort> {
    match answer.map_err(Abort::from) {
        Ok(receipts) => Ok(Ok(receipts)),
        Err(Abort::Other(error)) => Ok(Err(error)),
        Err(fault) => Err(fault),
    }
}

/// Everybody in the group gets the same answer; the writer goes on.
fn answer_all(group: Vec<Waiting>, mut error: impl FnMut() -> Error) -> bool {
    for waiting in group {
        let _ = waiting.reply.send(Err(error()));
    }
    true
}

fn stop(group: Vec<Waiting>) -> bool {
    answer_all(group, || Error::Stopped);
    false
}

/// A state that grows by jobs, and the rows they make.
struct Draft {
    state: Option<Program>,
    changes: Changes,
    /// Keys spent before this group: the request, and the event.
    spent: HashMap<Digest, (Digest, i64)>,
    /// Keys spent by this group.
    written: HashMap<Digest, (Digest, Receipt)>,
}

/// What one job adds, dropped whole if any of its commands is refused.
struct Attempt {
    id: Uuid,
    state: Option<Program>,
    changes: Changes,
    receipts: Vec<Receipt>,
}

impl Draft {
    fn take(&mut self, conn: &mut AnyConn, job: &Job, now: Timestamp) -> Answer {
        let repeated = match &job.target {
            Target::Existing(id) => self.repeated(conn, *id, job)?,
            Target::New { slug, .. } => opened_before(conn, slug.as_str(), job)?,
        };
        if let Some(receipts) = repeated {
            return Ok(receipts);
        }
        let mut attempt = Attempt {
            id: job.target.id(),
            state: self.state.clone(),
            changes: Changes::default(),
            receipts: Vec::new(),
        };
        for call in &job.calls {
            attempt.add(conn, job.actor, call, now, &self.changes)?;
        }
        let links = links::of(conn, job, &attempt.receipts)?;
        // Last of what may fail: a job that is refused leaves nothing behind.
        if let Target::New { slug, .. } = &job.target {
            register(conn, job, slug.as_str(), now)?;
        }
        rows::Membership::insert(conn, &links)?;
        links::tell_owners(conn, job, &attempt.receipts)?;
        self.state = attempt.state;
        self.changes.merge(attempt.changes);
        for (call, receipt) in job.calls.iter().zip(&attempt.receipts) {
            if let Some(Cause(key, request)) = call.cause {
                self.written.insert(key, (request, receipt.clone()));
            }
        }
        Ok(attempt.receipts)
    }

    /// The answer to a job that was written before; an error if its key came with another request.
    fn repeated(&self, conn: &mut AnyConn, program: Uuid, job: &Job) -> Result<Option<Vec<Receipt>>, Error> {
        let mut receipts = Vec::new();
        for call in &job.calls {
            let Some(Cause(key, request)) = call.cause else { continue };
            let (spent_on, receipt) = if let Some((spent_on, receipt)) = self.written.get(&key) {
                (*spent_on, Some(receipt.clone()))
            } else if let Some((spent_on, seq)) = self.spent.get(&key) {
                let recorded = find_event(conn, program, *seq)?;
                (*spent_on, recorded.map(|recorded| receipt_of(recorded, true)))
            } else {
                continue;
            };
            if spent_on != request {
                return Err(Error::KeyReused);
            }
            receipts.extend(receipt.map(|receipt| Receipt { replayed: true, ..receipt }));
        }
        match receipts.len() {
            0 => Ok(None),
            all if all == job.calls.len() => Ok(Some(receipts)),
            _ => Err(Error::KeyReused),
        }
    }
}

/// The answer to an opening that was written before: the program then has another id than this job gives it.
fn opened_before(conn: &mut AnyConn, slug: &str, job: &Job) -> Result<Option<Vec<Receipt>>, Error> {
    let Some(row) = find_program(conn, slug)? else { return Ok(None) };
    let program = read_text("programs", "id", &row.id)?;
    let causes: Vec<Cause> = job.calls.iter().filter_map(|call| call.cause).collect();
    let spent = find_spent(conn, program, &causes)?;
    let draft = Draft { state: None, changes: Changes::default(), spent, written: HashMap::new() };
    draft.repeated(conn, program, job)
}

impl Attempt {
    /// Decides one command, and what the ledger itself does because of it.
    fn add(
        &mut self,
        conn: &mut AnyConn,
        actor: Actor,
        call: &Call,
        now: Timestamp,
        before: &Changes,
    ) -> Result<(), Error> {
        let brought: Vec<Digest> = call.documents.iter().map(Document::digest).collect();
        let (state, done) = (self.state.as_ref(), [before, &self.changes]);
        let around = Around { state, actor, now, brought: &brought, done };
        let uploads = captures::of(conn, &call.command, &around)?;
        let at = self.time(now)?;
        let request = Request { actor, at, cause: call.cause, command: call.command.clone() };
        let receipt = self.write(&request, &call.documents)?;
        self.changes.use_uploads(&uploads);
        self.receipts.push(receipt);
        while let Some(submission) = self.state.as_ref().and_then(Program::due) {
            let command = ApproveWaiting { submission }.into();
            let request = Request { actor: Actor::System, at, cause: None, command };
            self.write(&request, &[])?;
        }
        Ok(())
    }

    fn write(&mut self, request: &Request, documents: &[Document]) -> Result<Receipt, Error> {
        let before = self.state.clone();
        let event = match &before {
            Some(program) => decide(program, request)?,
            None => open(self.id, request)?,
        };
        let recorded = event.record()?;
        step(&mut self.state, &recorded)?;
        if let Some(after) = &self.state {
            self.changes.append(&recorded, after, documents);
            self.changes.project(before.as_ref(), after, &recorded.event);
        }
        Ok(receipt_of(recorded, false))
    }

    /// Now, or the time of the last event if this clock lies a little behind it.
    fn time(&self, now: Timestamp) -> Result<Timestamp, Error> {
        let Some(last) = self.state.as_ref().map(Program::last_at) else { return Ok(now) };
        let behind = last.micros().saturating_sub(now.micros());
        if behind > CLOCK_SLACK_MICROS { Err(Error::ClockBehind { now, last }) } else { Ok(now.max(last)) }
    }
}

/// The proof of a stored event.
pub(in crate::app) fn receipt_of(recorded: Recorded, replayed: bool) -> Receipt {
    let event = recorded.event;
    Receipt { seq: event.seq, leaf: recorded.leaf, at: event.at, fact: event.fact, replayed }
}

/// Gives a new program its short name and its Safe; both belong to one program.
fn register(conn: &mut AnyConn, job: &Job, slug: &str, now: Timestamp) -> Result<(), Error> {
    let Some(domain::event::Command::ProgramOpened(charter)) = job.calls.first().map(|call| &call.command)
    else {
        return Err(domain::refusal::Refusal::NotOpened.into());
    };
    let (chain_id, safe) = (charter.chain.to_string(), charter.safe.store());
    if find_program(conn, slug)?.is_some() {
        return Err(Error::SlugTaken { slug: slug.to_owned() });
    }
    if let Some(other) = find_program_of_safe(conn, &chain_id, &safe)? {
        return Err(Error::SafeTaken { safe: safe::eip55::checksum(&charter.safe), slug: other.slug });
    }
    let id = job.target.id().store();
    let row = rows::Program { id, slug: slug.to_owned(), chain_id, safe, opened_at: now.store() };
    Ok(rows::Program::insert(conn, &[row])?)
}
