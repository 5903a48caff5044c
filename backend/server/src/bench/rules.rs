//! The rules alone: what deciding and applying an event costs the processor, after few events and after many.

use std::time::Duration;

use domain::event::{Event, Recorded};
use domain::{Program, Request, decide};

use super::figures::{Aim, Comparison, ROUNDS, Rounds, each_ns, per_second};
use super::gauges::timed;
use super::life::{Life, LifeError};
use super::{BenchError, Size, Watch};

/// The events before the short window.
const SHORT: usize = 1_000;
/// How many events a second a core is to decide and apply.
const WANTED: u64 = 100_000;
/// Events that are made ready at a time, as a command is before it is decided: few enough to stay in the cache.
const READY: usize = 250;

/// A state and the events that follow it.
struct Window {
    snapshot: Vec<u8>,
    events: Vec<Recorded>,
}

impl Window {
    fn of(life: &mut Life, events: usize) -> Result<Self, BenchError> {
        let snapshot = life.program().snapshot()?;
        let steps = (0..events).map(|_| Ok(life.next()?.recorded));
        Ok(Self { snapshot, events: steps.collect::<Result<_, LifeError>>()? })
    }

    /// Decides and applies these events so many times, each time from a state of its own.
    fn spend(&self, times: usize) -> Result<Duration, BenchError> {
        let mut spent = Duration::ZERO;
        for _ in 0..times {
            let mut program = Program::from_snapshot(&self.snapshot)?;
            for events in self.events.chunks(READY) {
                let ready: Vec<(Request, Recorded)> = events
                    .iter()
                    .map(|recorded| (Request::behind(&recorded.event), recorded.clone()))
                    .collect();
                let (done, time) = timed(|| follow(&mut program, &ready)).ok_or(BenchError::Stage)?;
                spent = spent.saturating_add(time);
                // What was decided is what the journal says: that is looked at when the time is taken.
                if !done?.iter().eq(ready.iter().map(|(_, recorded)| &recorded.event)) {
                    return Err(BenchError::Stage);
                }
            }
        }
        Ok(spent)
    }
}

/// Decides and applies; gives what was decided.
fn follow(program: &mut Program, ready: &[(Request, Recorded)]) -> Result<Vec<Event>, BenchError> {
    let mut decided = Vec::with_capacity(ready.len());
    for (request, recorded) in ready {
        decided.push(decide(program, request)?);
        program.apply(recorded).map_err(LifeError::from)?;
    }
    Ok(decided)
}

/// Compares the rate with what is wanted, and the cost of an event with what it is after a thousand.
pub(super) fn run(size: Size, watch: Watch<'_>) -> Result<Vec<Comparison>, BenchError> {
    let (mut life, _) = Life::begin()?;
    life.reach(SHORT, watch, |_, _| Ok(()))?;
    let short = Window::of(&mut life, size.window.min(SHORT))?;
    life.reach(size.life, watch, |_, _| Ok(()))?;
    let long = Window::of(&mut life, size.window)?;
    let lengths = vec![
        ("events before the long window", u64::try_from(size.life).unwrap_or(u64::MAX)),
        ("events before the short one", u64::try_from(SHORT).unwrap_or(u64::MAX)),
    ];
    drop(life);
    let times = long.events.len().checked_div(short.events.len()).unwrap_or(1).max(1);
    let [mut rate, mut flat] = [(); 2].map(|()| Rounds::default());
    for _ in 0..ROUNDS {
        let (ours, theirs) = (long.spend(1)?, short.spend(times)?);
        rate.push(per_second(long.events.len(), ours), WANTED);
        let all = short.events.len().saturating_mul(times);
        flat.push(each_ns(ours, long.events.len()), each_ns(theirs, all));
    }
    Ok(vec![
        rate.compare(
            "decide",
            ["events decided and applied in a second of one processor", "what is wanted", "a second"],
            Aim::AtLeast(1_000),
            lengths.clone(),
        ),
        flat.compare(
            "decide-flat",
            ["deciding and applying an event after many", "after a thousand", "ns of the processor"],
            Aim::AtMost(1_500),
            lengths,
        ),
    ])
}
