//! What the system says this process has used.

use std::fs;
use std::time::Duration;

/// Nanoseconds that this thread ran, nanoseconds that it waited, and how often it began.
const SCHEDULED: &str = "/proc/thread-self/schedstat";
const STATUS: &str = "/proc/self/status";

/// Why parts that need them are not measured elsewhere.
pub(super) const MISSING: &str = "only Linux tells what a thread and a process use (/proc)";

/// Whether this system has such gauges.
pub(super) fn are_there() -> bool {
    cpu().is_some() && Memory::of_this_process().is_some()
}

/// How long this thread has had a processor: others that wait for one do not count.
pub(super) fn cpu() -> Option<Duration> {
    // What it used since the last switch is only added at the next one.
    std::thread::yield_now();
    let text = fs::read_to_string(SCHEDULED).ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Runs some work; gives what it came to and the processor's time it took.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> Option<(T, Duration)> {
    let before = cpu()?;
    let done = work();
    Some((done, cpu()?.saturating_sub(before)))
}

/// What a process has in memory, in KiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    pub most: u64,
    pub now: u64,
}

impl Memory {
    pub fn of_this_process() -> Option<Self> {
        let status = fs::read_to_string(STATUS).ok()?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Self { most: field("VmHWM:")?, now: field("VmRSS:")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_time_of_the_processor_and_sleep_takes_none() {
        if !are_there() {
            return;
        }
        let sum = || (0..4_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n));
        let (_, worked) = timed(sum).unwrap();
        let ((), slept) = timed(|| std::thread::sleep(Duration::from_millis(60))).unwrap();

        assert!(worked > Duration::from_micros(500), "{worked:?}");
        assert!(slept < Duration::from_millis(30), "{slept:?}");
    }

    #[test]
    fn memory_in_use_is_seen_while_it_is_and_remembered() {
        let Some(before) = Memory::of_this_process() else { return };
        // Other tests of this process give memory back meanwhile: less than half of this.
        let large = std::hint::black_box(vec![1_u8; 256 << 20]);
        let with = Memory::of_this_process().unwrap();
        drop(large);
        let after = Memory::of_this_process().unwrap();

        assert!(with.now > before.now + (128 << 10), "{before:?} {with:?}");
        // The system counts to some pages only.
        assert!(after.most + (1 << 10) >= with.now, "{with:?} {after:?}");
    }
}
