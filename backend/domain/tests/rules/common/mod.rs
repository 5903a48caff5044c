//! A ledger in memory, and the pilot program to try rules on.

mod chain;
mod commands;
mod pilot;

pub use chain::*;
pub use commands::*;
pub use pilot::*;

use std::cell::RefCell;
use std::collections::BTreeSet;

use domain::event::{Command, Event, Fact, Kind, Recorded};
use domain::refusal::Refusal;
use domain::value::{Count, MemberNumber, Timestamp};
use domain::{Program, Request, decide, open};
use uuid::Uuid;

use domain::command::{Actor, Cause, OpenProgram};

thread_local! {
    static MET: RefCell<BTreeSet<(Kind, &'static str)>> = const { RefCell::new(BTreeSet::new()) };
}

/// The refusals that commands of each kind have met on this thread.
pub fn met() -> BTreeSet<(Kind, &'static str)> {
    MET.with_borrow(Clone::clone)
}

/// Decides a request, or opens a program with it, and remembers a refusal by the command's kind.
pub fn ruling(program: Option<&Program>, request: &Request) -> Result<Event, Refusal> {
    let ruling = match program {
        Some(program) => decide(program, request),
        None => open(Uuid::from_u128(7), request),
    };
    if let Err(refusal) = &ruling {
        MET.with_borrow_mut(|met| met.insert((request.command.kind(), refusal.code())));
    }
    ruling
}

/// A program with its journal and a clock that the test moves.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub program: Program,
    pub journal: Vec<Recorded>,
    pub now: Timestamp,
}

impl Ledger {
    /// Opens a program; its journal starts on 2026-02-25.
    pub fn open(charter: &OpenProgram) -> Result<Self, Refusal> {
        let now = at("2026-02-25T09:00:00Z");
        let event = ruling(None, &request(Actor::Member(MemberNumber::FIRST), charter.clone(), now))?;
        let recorded = event.record().unwrap();
        let program = Program::begin(&recorded).unwrap();
        Ok(Self { program, journal: vec![recorded], now })
    }

    /// Asks as a member; the event is in the journal, or nothing has changed.
    pub fn ask(&mut self, member: u32, command: impl Into<Command>) -> Result<Recorded, Refusal> {
        self.put(Actor::Member(MemberNumber::new(member).unwrap()), command)
    }

    /// Asks as the ledger itself.
    pub fn ask_as_system(&mut self, command: impl Into<Command>) -> Result<Recorded, Refusal> {
        self.put(Actor::System, command)
    }

    fn put(&mut self, actor: Actor, command: impl Into<Command>) -> Result<Recorded, Refusal> {
        // Several things are asked at one moment, each with a key of its own.
        let key = format!("{} {}", self.now, self.program.size());
        let recorded = ruling(Some(&self.program), &keyed(actor, command, self.now, &key))?.record().unwrap();
        self.append(recorded.clone());
        Ok(recorded)
    }

    /// Appends an event as it is, and audits the program after it.
    pub fn append(&mut self, recorded: Recorded) {
        let before = self.program.clone();
        self.program.apply(&recorded).unwrap();
        assert_eq!(self.program.audit(), Ok(()), "after {}", text(&recorded));
        for claim in self.program.submissions() {
            let same = before.submission(claim.number).is_ok_and(|known| **known == *claim);
            assert!(
                same || claim.touched == recorded.event.seq,
                "{} changes after {}",
                claim.number,
                text(&recorded)
            );
        }
        self.journal.push(recorded);
    }

    /// Asks for what must be accepted.
    pub fn does(&mut self, member: u32, command: impl Into<Command>) -> Fact {
        self.ask(member, command).unwrap().event.fact
    }

    /// Asks for what must be refused.
    pub fn refuses(&mut self, member: u32, command: impl Into<Command>) -> Refusal {
        self.ask(member, command).unwrap_err()
    }

    /// Lets hours pass.
    pub fn wait(&mut self, hours: u32) {
        self.now = self.now.plus_hours(Count::new(hours));
    }

    /// The balance of an account, in LPT.
    pub fn balance(&self, account: &str) -> String {
        self.program.books().balance(account.parse().unwrap()).to_string()
    }

    /// The word for where a submission stands.
    pub fn state(&self, submission: u32) -> &'static str {
        self.submission(submission).stage.name()
    }

    /// The last event's postings as `from -> to amount`, in LPT.
    pub fn moved(&self) -> Vec<String> {
        let postings = &self.journal.last().unwrap().event.postings;
        postings.chunks(2).map(|pair| format!("{} -> {} {}", pair[0].0, pair[1].0, pair[0].2)).collect()
    }
}

/// The bytes of an event as text.
pub fn text(recorded: &Recorded) -> &str {
    std::str::from_utf8(&recorded.bytes).unwrap()
}

/// A request with the cause that a call of this member at this time would have.
pub fn request(actor: Actor, command: impl Into<Command>, now: Timestamp) -> Request {
    keyed(actor, command, now, &now.to_string())
}

/// A request with the cause of a call with this key.
pub fn keyed(actor: Actor, command: impl Into<Command>, now: Timestamp, key: &str) -> Request {
    let command = command.into();
    let cause = match actor {
        Actor::System => None,
        Actor::Member(member) => {
            Some(Cause::of_call(member, command.kind().as_str(), key, "POST", "/test", b"{}"))
        }
    };
    Request { actor, at: now, cause, command }
}
