//! One seed, played: waves of requests through the pure ledger and, side by side, through real writers.
//!
//! Everything follows from the seed: who asks what, the clock, which server, which answers get lost, where a
//! server dies. The pure ledger says what every answer must be; an auditor follows every journal.

mod budget;
mod chain;
mod clients;
mod commands;
mod count;
mod disputes;
mod ledger;
mod misstate;
mod offers;
mod people;
mod policies;
mod reading;
mod scenario;
mod spoil;
mod treasury;
mod values;
mod wave;
mod work;

use std::collections::VecDeque;

use domain::report::Report as DomainReport;
use domain::value::{PeriodNumber, Timestamp};
use server::app::Error;

pub use count::Counts;
pub use ledger::{Answer, Held, Ledger, Written};
pub use wave::{Crash, Moment, Sent, Wave};

use crate::auditor::{Auditor, Report};
use crate::checks;
use crate::machine::Machine;
use crate::rng::Rng;
use clients::Clients;
use ledger::SLACK_MICROS;
use scenario::Scenario;
use wave::groups;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// 2026-02-25T09:00:00Z.
const START: i64 = 1_772_010_000 * SECOND;
/// How many of the last lines are shown when a run fails.
const TAIL: usize = 25;

/// The budget of a period as the auditor saw it after an event.
#[derive(Clone, Debug)]
pub struct Seen {
    pub program: usize,
    pub seq: u64,
    pub period: u32,
    pub report: Report,
}

/// A run of one seed.
pub struct Play {
    seed: u64,
    /// Which test plays it, for the words that repeat a failure.
    test: &'static str,
    rng: Rng,
    scenario: Scenario,
    /// What time it is; a wave may be told another one.
    time: i64,
    clients: Clients,
    pub ledger: Ledger,
    /// One for each program, in their order.
    pub auditors: Vec<Auditor>,
    pub seen: Vec<Seen>,
    pub machines: Vec<Machine>,
    pub counts: Counts,
    lines: VecDeque<String>,
    /// Whether every line is printed.
    loud: bool,
}

impl Drop for Play {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for line in &self.lines {
                println!("{line}");
            }
            println!(
                "seed {0} failed: BOUNTY_LEDGER_SIM_SEED={0} cargo test -p server --test sim {1} -- --nocapture",
                self.seed, self.test
            );
        }
    }
}

impl Play {
    pub fn new(seed: u64, test: &'static str, loud: bool) -> Self {
        let mut rng = Rng::new(seed);
        let scenario = Scenario::any(&mut rng);
        let mut play = Self {
            seed,
            test,
            rng,
            scenario,
            time: START,
            clients: Clients::default(),
            ledger: Ledger::default(),
            auditors: Vec::new(),
            seen: Vec::new(),
            machines: Vec::new(),
            counts: Counts::default(),
            lines: VecDeque::new(),
            loud,
        };
        play.say(format!("seed {seed}: {:?}", play.scenario));
        play
    }

    /// Adds a database with its servers; all answers are compared with what they must be.
    pub fn with(mut self, open: impl FnOnce(usize, usize) -> Machine) -> Self {
        self.machines.push(open(self.scenario.servers, self.scenario.group));
        self
    }

    /// Plays the seed to its end.
    pub fn run(mut self) -> Self {
        while self.counts.commands < self.scenario.commands {
            self.wave();
        }
        for auditor in &self.auditors {
            auditor.whole().unwrap_or_else(|finding| panic!("{finding}"));
        }
        for held in &self.ledger.programs {
            assert_eq!(held.program.audit(), Ok(()));
        }
        self.ledger.restart();
        checks::states(&self);
        let mut rng = self.rng.clone();
        for place in 0..self.machines.len() {
            self.counts.reads += checks::everything(&self, &self.machines[place], &mut rng);
            self.counts.rebuilt += self.machines[place].rebuild();
        }
        self.counts.seeds += 1;
        self.counts.journals(&self.ledger);
        self
    }

    fn say(&mut self, line: String) {
        if self.loud {
            println!("{line}");
        }
        if self.lines.len() == TAIL {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// Time goes on, and the clock says so, or nearly, or not at all.
    fn tell_time(&mut self) -> Timestamp {
        let Self { rng, time, .. } = self;
        let steps = [(50, 20 * 60 * SECOND), (20, 0), (22, 5 * HOUR), (3, 60 * HOUR)];
        let step = rng.weighed(&steps);
        *time += if step == 0 { 0 } else { i64::try_from(rng.below(step.unsigned_abs())).unwrap() };
        let told = match rng.below(100) {
            0..=5 => *time - i64::try_from(rng.below(SLACK_MICROS.unsigned_abs())).unwrap(),
            6 => *time - SLACK_MICROS,
            7 => *time - SLACK_MICROS - 1,
            8 => *time - i64::try_from(rng.below(HOUR.unsigned_abs() * 100)).unwrap(),
            _ => *time,
        };
        Timestamp::from_micros(told).unwrap()
    }

    fn wave(&mut self) {
        let now = self.tell_time();
        let size = self.rng.weighed(&[(45, 1), (25, 3), (20, 8), (8, 20), (2, 80)]);
        let size = 1 + self.rng.place(size);
        let may_crash = self.rng.percent(self.scenario.crashes);
        let before = may_crash.then(|| self.ledger.clone());
        let mut wave =
            Wave { now, server: self.rng.place(self.scenario.servers), sent: Vec::new(), crash: None };
        let mut answers: Vec<Answer> = Vec::new();
        for _ in 0..size {
            let sent = self.clients.next(&mut self.rng, &self.scenario, &self.ledger, now);
            answers.push(self.ledger.ask(&sent.ask, now));
            wave.sent.push(sent);
        }
        if let Some(before) = before {
            self.crash(&mut wave, &mut answers, before);
        }
        self.describe(&wave, &answers);
        for machine in &mut self.machines {
            let found = machine.play(&wave);
            for ((sent, expected), found) in wave.sent.iter().zip(&answers).zip(found) {
                // Whose answer is lost hears nothing.
                let Some(found) = found else { continue };
                assert_eq!(&found, expected, "{} answers otherwise: {:?}", machine.name(), sent.ask);
            }
            if wave.crash.is_some() {
                machine.check_journals(&self.ledger);
            }
        }
        self.counts.wave(&wave, &answers);
        for (sent, answer) in wave.sent.into_iter().zip(&answers) {
            let unanswered = sent.lost || *answer == Err(Error::Stopped.to_string());
            let known = if unanswered { &mut self.clients.unanswered } else { &mut self.clients.answered };
            known.push(sent.ask);
        }
        self.follow();
        if self.rng.percent(1) {
            let mut rng = self.rng.clone();
            for place in 0..self.machines.len() {
                self.counts.reads += checks::everything(self, &self.machines[place], &mut rng);
            }
        }
    }

    /// Lets a server die at one of the wave's commits: what it did not commit never happened, and from its group
    /// on nobody is answered.
    fn crash(&mut self, wave: &mut Wave, answers: &mut [Answer], before: Ledger) {
        // A job that the tables refuse splits its group, and with it the count of commits.
        if answers.contains(&Err(Error::Conflict.to_string())) {
            return;
        }
        let groups = groups(&wave.sent, self.scenario.group);
        let commit = self.rng.place(groups.len());
        let moment = self.rng.of([Moment::Before, Moment::During, Moment::After]);
        let (cut, torn) = (self.rng.percent(50), self.rng.place(1_001));
        wave.crash = Some(Crash { commit, moment, cut, torn });
        self.ledger = before;
        let committed = if moment == Moment::After { commit + 1 } else { commit };
        for place in groups.iter().take(committed).flatten() {
            let again = self.ledger.ask(&wave.sent[*place].ask, wave.now);
            assert_eq!(again, answers[*place], "the same request is decided otherwise");
        }
        for place in groups.iter().skip(commit).flatten() {
            answers[*place] = Err(Error::Stopped.to_string());
        }
        if self.rng.percent(20) {
            self.ledger.restart();
        }
    }

    fn describe(&mut self, wave: &Wave, answers: &[Answer]) {
        self.say(format!("at {} to server {}, crash {:?}", wave.now, wave.server, wave.crash));
        for (sent, answer) in wave.sent.iter().zip(answers) {
            let Sent { ask, lost, repeat } = sent;
            let kinds: Vec<String> = ask.calls.iter().map(|call| call.command.kind().to_string()).collect();
            let answer = match answer {
                Ok(written) => {
                    let seqs = written.iter().map(|written| written.seq.to_string());
                    format!("event {}", seqs.collect::<Vec<_>>().join(", "))
                }
                Err(error) => error.clone(),
            };
            let notes = [(*repeat, ", again"), (*lost, ", answer lost")];
            let notes: String = notes.iter().filter(|(so, _)| *so).map(|(_, note)| *note).collect();
            let line =
                format!("  {} of {} asks {}{notes}: {answer}", ask.actor, ask.program(), kinds.join(" and "));
            self.say(line);
        }
    }

    /// The auditors read on, and now and then remember what the budget looks like.
    fn follow(&mut self) {
        let Self { auditors, ledger, seen, rng, .. } = self;
        auditors.resize_with(ledger.programs.len(), Auditor::default);
        for (program, (auditor, held)) in auditors.iter_mut().zip(&ledger.programs).enumerate() {
            for recorded in &held.journal[usize::try_from(auditor.size()).unwrap()..] {
                auditor.take(&recorded.bytes).unwrap_or_else(|finding| {
                    panic!("{finding}\n{}", String::from_utf8_lossy(&recorded.bytes))
                });
                let open: Vec<u32> = auditor.state().periods.keys().copied().collect();
                if rng.percent(2)
                    && let Some(period) = rng.pick(&open)
                {
                    let report = auditor.report(*period).unwrap();
                    seen.push(Seen { program, seq: auditor.size() - 1, period: *period, report });
                }
            }
            assert_eq!(auditor.root(), held.program.root().to_string());
            let periods: Vec<PeriodNumber> = held.program.periods().map(|period| period.number).collect();
            if let Some(period) = rng.pick(&periods).filter(|_| rng.clone().percent(5)) {
                let ours = DomainReport::of(&held.program, *period).unwrap();
                checks::same_report(&ours, &auditor.report(period.get()).unwrap());
            }
        }
    }
}
