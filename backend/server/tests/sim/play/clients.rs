//! The clients: they make keys, remember what they asked, and ask again when no answer came.

use std::sync::Arc;

use domain::command::{Actor, Cause};
use domain::event::Command;
use domain::value::MemberNumber;
use server::app::{Call, Target};
use uuid::Uuid;

use super::commands::Asking;
use super::ledger::{Ask, Held, Ledger};
use super::scenario::{Scenario, charter};
use super::spoil::spoil;
use super::values::{documents, slug};
use super::wave::Sent;
use crate::rng::Rng;

/// What clients remember.
#[derive(Debug, Default)]
pub struct Clients {
    keys: u64,
    /// Requests without an answer.
    pub unanswered: Vec<Arc<Ask>>,
    /// Requests with one.
    pub answered: Vec<Arc<Ask>>,
}

/// Whether what is to be erased is there: it may have been lost with a server.
fn makes_sense(ledger: &Ledger, ask: &Ask) -> bool {
    let held = ledger.find(ask.program());
    let there = |document| held.is_some_and(|held| held.documents.contains_key(document));
    ask.calls.iter().all(|call| match &call.command {
        Command::DocumentErased(asked) => there(&asked.document),
        _ => true,
    })
}

impl Clients {
    /// The next request, and whether it is a repeat.
    pub fn next(
        &mut self,
        rng: &mut Rng,
        scenario: &Scenario,
        ledger: &Ledger,
        now: domain::value::Timestamp,
    ) -> Sent {
        let lost = rng.percent(scenario.lost);
        if !self.unanswered.is_empty() && rng.percent(40) {
            let place = rng.place(self.unanswered.len());
            let ask = self.unanswered.swap_remove(place);
            if makes_sense(ledger, &ask) {
                return Sent { ask, lost, repeat: true };
            }
        }
        if rng.percent(4)
            && let Some(ask) = rng.pick(&self.answered)
            && makes_sense(ledger, ask)
        {
            return Sent { ask: ask.clone(), lost, repeat: true };
        }
        let fresh = |ask| Sent { ask: Arc::new(ask), lost, repeat: false };
        let opened = ledger.programs.len();
        if opened == 0 || opened < scenario.programs && rng.percent(2) || rng.below(1_000) < 2 {
            return fresh(self.opening(rng, opened));
        }
        let held = &ledger.programs[if rng.percent(70) { 0 } else { rng.place(opened) }];
        let asking = Asking::new(held, now);
        for _ in 0..20 {
            if let Some((actor, command)) = asking.any(rng) {
                return fresh(self.usual(rng, scenario, held, &asking, actor, command));
            }
        }
        let (actor, command) = (Actor::Member(MemberNumber::FIRST), Asking::fallback(rng));
        fresh(self.usual(rng, scenario, held, &asking, actor, command))
    }

    fn usual(
        &mut self,
        rng: &mut Rng,
        scenario: &Scenario,
        held: &Held,
        asking: &Asking<'_>,
        mut actor: Actor,
        mut command: Command,
    ) -> Ask {
        if rng.percent(scenario.spoiled) {
            spoil(rng, asking, &mut actor, &mut command);
        }
        let mut calls = vec![self.call(rng, Some(held), actor, command)];
        if rng.percent(3)
            && let Some((_, second)) = asking.any(rng)
        {
            calls.push(self.call(rng, Some(held), actor, second));
        }
        let mut target = Target::Existing(held.program.id());
        match rng.below(400) {
            // The key of another request, which may have been spent.
            0..=3 => {
                let other = rng.pick(&self.answered).and_then(|other| other.calls[0].cause);
                if let (Some(Cause(key, _)), Some(Cause(own, _))) = (other, &mut calls[0].cause) {
                    *own = key;
                }
            }
            // One key for two commands.
            4..=5 => calls.push(calls[0].clone()),
            6..=8 => calls[0].documents.clear(),
            9 => target = Target::Existing(Uuid::from_bytes(rng.bytes())),
            _ => {}
        }
        Ask { target, actor, calls }
    }

    /// Opens the next program, or one that is there: by its short name or its Safe.
    fn opening(&mut self, rng: &mut Rng, opened: usize) -> Ask {
        let number = u8::try_from(opened).unwrap();
        let (name, safe) = if opened > 0 && rng.percent(50) {
            // Half of these take a short name, the others a Safe.
            let taken = u8::try_from(rng.place(opened)).unwrap();
            if rng.percent(50) { (taken, number) } else { (number, taken) }
        } else {
            (number, number)
        };
        let actor = Actor::Member(MemberNumber::FIRST);
        let opening = self.call(rng, None, actor, charter(&mut rng.clone(), safe).into());
        let target =
            Target::New { id: Uuid::from_bytes(rng.bytes()), slug: slug(&format!("program-{name}")) };
        Ask { target, actor, calls: vec![opening] }
    }

    /// A command with a key of its own and its documents.
    fn call(&mut self, rng: &mut Rng, held: Option<&Held>, actor: Actor, mut command: Command) -> Call {
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        let documents = documents(rng, held, &mut command);
        let body = rng.next().to_le_bytes();
        let kind = command.kind();
        let cause = match actor {
            Actor::Member(member) => {
                Some(Cause::of_call(member, kind.as_str(), &key, "POST", "/simulated", &body))
            }
            // What the ledger itself asks has no key: asked again, it is another request.
            Actor::System => None,
        };
        Call { command, cause, documents }
    }
}
