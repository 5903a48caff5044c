//! What a benchmark found: two medians of one run, and their ratio.

use std::time::Duration;

use serde::Serialize;

use super::crowd::Seen;

/// Interleaved repetitions of every comparison.
pub(super) const ROUNDS: usize = 5;

/// What a ratio is to be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// In thousandths.
    AtLeast(u64),
    /// In thousandths.
    AtMost(u64),
}

/// A comparison of two things measured in turns.
#[derive(Debug, Serialize)]
pub struct Comparison {
    pub id: &'static str,
    pub what: &'static str,
    pub unit: &'static str,
    /// Median of the rounds.
    pub ours: u64,
    pub peer: &'static str,
    /// Median of the rounds.
    pub theirs: u64,
    /// Median of each round's ratio of ours to theirs, in thousandths.
    pub permille: u64,
    pub aim: Aim,
    /// Whether the aim is met.
    pub met: bool,
    /// More figures, by name.
    pub notes: Vec<(&'static str, u64)>,
}

/// A benchmark that could not run here, and why.
#[derive(Debug, Serialize)]
pub struct Skipped {
    pub id: &'static str,
    pub reason: &'static str,
}

/// All that one run of the benchmarks found.
#[derive(Debug, Default, Serialize)]
pub struct Figures {
    pub comparisons: Vec<Comparison>,
    pub skipped: Vec<Skipped>,
}

/// The rounds of one comparison.
#[derive(Debug, Default)]
pub(super) struct Rounds(Vec<(u64, u64)>);

impl Rounds {
    pub fn push(&mut self, ours: u64, theirs: u64) {
        self.0.push((ours, theirs));
    }

    pub fn compare(
        self,
        id: &'static str,
        [what, peer, unit]: [&'static str; 3],
        aim: Aim,
        notes: Vec<(&'static str, u64)>,
    ) -> Comparison {
        let ratio =
            |(ours, theirs): &(u64, u64)| ours.saturating_mul(1_000).checked_div(*theirs).unwrap_or(u64::MAX);
        let permille = median(self.0.iter().map(ratio));
        // What had to be answered and was not, such as a "busy", fails the comparison whatever its ratio.
        let clean = notes.iter().all(|(name, count)| *name != BUSY || *count == 0);
        let met = clean
            && match aim {
                Aim::AtLeast(least) => permille >= least,
                Aim::AtMost(most) => permille <= most,
            };
        let ours = median(self.0.iter().map(|(ours, _)| *ours));
        let theirs = median(self.0.iter().map(|(_, theirs)| *theirs));
        Comparison { id, what, unit, ours, peer, theirs, permille, aim, met, notes }
    }
}

/// The note that must be zero.
pub(super) const BUSY: &str = "busy errors";

/// The middle one; 0 of none.
pub(super) fn median(numbers: impl IntoIterator<Item = u64>) -> u64 {
    let mut numbers: Vec<u64> = numbers.into_iter().collect();
    numbers.sort_unstable();
    numbers.get(numbers.len().div_euclid(2)).copied().unwrap_or(0)
}

/// The middle of what the rounds saw: the time within which 99 of 100 answers came.
pub(super) fn p99(rounds: &[Seen]) -> u64 {
    median(rounds.iter().map(|seen| seen.p99_us))
}

/// Answers of all rounds that said "busy".
pub(super) fn busy<'a>(rounds: impl IntoIterator<Item = &'a Seen>) -> u64 {
    rounds.into_iter().fold(0, |sum, seen| sum.saturating_add(seen.busy))
}

/// How many a second, rounded down.
pub(super) fn per_second(count: usize, time: Duration) -> u64 {
    let count = u128::try_from(count).unwrap_or(u128::MAX);
    let rate = count.saturating_mul(1_000_000_000).checked_div(time.as_nanos());
    u64::try_from(rate.unwrap_or(0)).unwrap_or(u64::MAX)
}

/// Nanoseconds for each, rounded down.
pub(super) fn each_ns(time: Duration, count: usize) -> u64 {
    let count = u128::try_from(count).unwrap_or(u128::MAX);
    u64::try_from(time.as_nanos().checked_div(count).unwrap_or(0)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(rounds: [(u64, u64); 3], aim: Aim, busy: u64) -> Comparison {
        Rounds(rounds.to_vec()).compare("x", ["ours", "theirs", "a second"], aim, vec![(BUSY, busy)])
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_and_one_bad_round_decides_nothing() {
        let rounds = [(900, 100), (10, 100), (300, 100)];
        let found = compare(rounds, Aim::AtLeast(3_000), 0);
        assert_eq!((found.ours, found.theirs, found.permille, found.met), (300, 100, 3_000, true));
        assert!(!compare(rounds, Aim::AtLeast(3_001), 0).met);
        assert!(compare(rounds, Aim::AtMost(3_000), 0).met && !compare(rounds, Aim::AtMost(2_999), 0).met);
        assert!(!compare(rounds, Aim::AtLeast(3_000), 1).met, "a busy answer fails it");
    }

    #[test]
    fn rates_round_down_and_no_time_is_no_rate() {
        assert_eq!(per_second(3, Duration::from_secs(2)), 1);
        assert_eq!(per_second(3, Duration::ZERO), 0);
        assert_eq!((each_ns(Duration::from_nanos(7), 2), each_ns(Duration::from_nanos(7), 0)), (3, 0));
        assert_eq!((median([3, 1, 2]), median([])), (2, 0));
    }
}
