//! A hand on a writer's connection: it holds the writer before a transaction, and lets its server die at a commit.
//!
//! diesel tells an instrumentation of every transaction and statement, on the thread of the writer. So the writer
//! itself needs no hook, and dies where a real one could: a panic here unwinds its thread, the connection is gone
//! and nobody is answered, like in a process that was killed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::connection::{Instrumentation, InstrumentationEvent};

use crate::play::Moment;

/// How long a writer may take to come to its transaction.
const PATIENCE: Duration = Duration::from_mins(1);

/// What is done to the database at the moment of a crash.
pub trait Doom: Send {
    /// All is written but the commit. Whether the server dies now; otherwise the commit will fail.
    fn before(&mut self, moment: Moment) -> bool;
    /// The commit was carried out, and nobody was told.
    fn after(&mut self, moment: Moment);
}

/// What becomes of the next transaction that may write.
#[derive(Default, PartialEq, Eq)]
enum Gate {
    #[default]
    Open,
    /// It is to wait.
    Closed,
    /// It waits now.
    Waiting,
}

#[derive(Default)]
struct Plan {
    gate: Gate,
    /// Whether the transaction under way may write: what only reads is no commit.
    writing: bool,
    /// Commits that pass before the one at which the server dies.
    doom: Option<(usize, Moment, Box<dyn Doom>)>,
    /// The server dies when the commit that is under way is done.
    committing: bool,
    commits: u64,
}

/// The hand; clones share it.
#[derive(Clone, Default)]
pub struct Probe(Arc<(Mutex<Plan>, Condvar)>);

impl Probe {
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the writer stops before its next transaction.
    pub fn hold(&self) {
        self.plan().gate = Gate::Closed;
    }

    /// Waits until the writer has stopped there.
    pub fn wait_until_held(&self) {
        let waited =
            self.0.1.wait_timeout_while(self.plan(), PATIENCE, |plan| plan.gate != Gate::Waiting).unwrap();
        assert!(waited.0.gate == Gate::Waiting, "the writer began no transaction");
    }

    /// Lets the writer go on.
    pub fn release(&self) {
        self.plan().gate = Gate::Open;
        self.0.1.notify_all();
    }

    /// Lets the server die at the commit after so many others.
    pub fn doom(&self, commits: usize, moment: Moment, doom: Box<dyn Doom>) {
        self.plan().doom = Some((commits, moment, doom));
    }

    /// How many transactions were committed.
    pub fn commits(&self) -> u64 {
        self.plan().commits
    }

    fn begins(&self, writing: bool) {
        let mut plan = self.plan();
        plan.writing = writing;
        if writing && plan.gate == Gate::Closed {
            plan.gate = Gate::Waiting;
            self.0.1.notify_all();
            drop(self.0.1.wait_while(plan, |plan| plan.gate == Gate::Waiting).unwrap());
        }
    }

    /// Whether the server dies before this commit.
    fn commits_now(&self) -> bool {
        let mut plan = self.plan();
        if !plan.writing {
            return false;
        }
        plan.commits += 1;
        let Some((left, moment, doom)) = &mut plan.doom else { return false };
        if *left > 0 {
            *left -= 1;
            return false;
        }
        let dies = doom.before(*moment);
        plan.committing = !dies;
        if dies {
            plan.doom = None;
        }
        dies
    }

    /// Whether the server dies after this statement.
    fn finished(&self, error: bool) -> bool {
        let mut plan = self.plan();
        if !plan.committing {
            return false;
        }
        plan.committing = false;
        let Some((_, moment, mut doom)) = plan.doom.take() else { return false };
        // A cut connection fails to commit; the writer finds out by itself.
        if error {
            return false;
        }
        doom.after(moment);
        true
    }
}

impl Instrumentation for Probe {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let dies = match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let sql = query.to_string();
                if sql.starts_with("BEGIN") {
                    // As `db` begins what only reads, in SQLite and in PostgreSQL.
                    self.begins(!sql.contains("DEFERRED") && !sql.contains("READ ONLY"));
                }
                false
            }
            InstrumentationEvent::CommitTransaction { .. } => self.commits_now(),
            InstrumentationEvent::FinishQuery { error, .. } => self.finished(error.is_some()),
            _ => false,
        };
        if dies {
            // Unlike a panic, it says nothing: it was meant.
            std::panic::resume_unwind(Box::new("the server dies"));
        }
    }
}
