//! The budget report on a short journal and on a long one.

use std::path::Path;
use std::time::Instant;

use domain::report::Report;
use domain::value::{PeriodNumber, Seq};

use super::figures::{Aim, Comparison, ROUNDS, Rounds};
use super::stage::Ledger;
use super::{BenchError, Size, sqlite};
use crate::db::query::report_as_of;
use crate::db::{AnyConn, open_read};

/// Reports of each round.
const REPORTS: u64 = 200;

/// A journal of a known length.
struct Shelf {
    ledger: Ledger,
    conn: AnyConn,
    size: u64,
}

impl Shelf {
    /// Half of the events file claims, the other half approve them.
    async fn fill(folder: &Path, name: &str, events: usize) -> Result<Self, BenchError> {
        let target = sqlite(folder, name);
        let id = Ledger::open(&target).await?;
        let ledger = Ledger::start(&target, id, 256)?;
        ledger.file(events.div_euclid(2)).await?;
        ledger.approve_all().await?;
        let size = ledger.writer.state(id).await?.ok_or(BenchError::Stage)?.size().get();
        Ok(Self { ledger, conn: open_read(&target)?, size })
    }

    /// Nanoseconds of one report of the state in memory.
    async fn of_state(&self) -> Result<u64, BenchError> {
        let program = self.ledger.writer.state(self.ledger.id).await?.ok_or(BenchError::Stage)?;
        // So many more than of the others that a timer's grain does not show.
        let times = REPORTS.saturating_mul(50);
        let start = Instant::now();
        for _ in 0..times {
            std::hint::black_box(Report::of(std::hint::black_box(&program), PeriodNumber::FIRST)?);
        }
        Ok(each(start, times))
    }

    /// Nanoseconds of one report as of an event, anywhere in the journal.
    fn as_of(&mut self) -> Result<u64, BenchError> {
        let start = Instant::now();
        for n in 1..=REPORTS {
            let seq = self.size.saturating_mul(n).div_euclid(REPORTS).saturating_sub(1);
            std::hint::black_box(report_as_of(
                &mut self.conn,
                self.ledger.id,
                PeriodNumber::FIRST,
                Seq::new(seq),
            )?);
        }
        Ok(each(start, REPORTS))
    }
}

fn each(start: Instant, times: u64) -> u64 {
    let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
    nanos.checked_div(times).unwrap_or(0)
}

pub(super) async fn run(folder: &Path, size: Size) -> Result<Vec<Comparison>, BenchError> {
    let mut short = Shelf::fill(folder, "short", 1_000).await?;
    let mut long = Shelf::fill(folder, "long", size.journal).await?;
    let (mut state, mut as_of) = (Rounds::default(), Rounds::default());
    // Once for nothing: the first reads fill the caches.
    short.as_of()?;
    long.as_of()?;
    for _ in 0..ROUNDS {
        state.push(long.of_state().await?, short.of_state().await?);
        as_of.push(long.as_of()?, short.as_of()?);
    }
    let notes = vec![("events of the long journal", long.size), ("events of the short one", short.size)];
    Ok(vec![
        state.compare(
            "report",
            ["budget report, long journal", "short journal", "ns"],
            Aim::AtMost(1_500),
            notes.clone(),
        ),
        as_of.compare(
            "report-as-of",
            ["budget report as of any event, long journal", "short journal", "ns"],
            Aim::AtMost(1_500),
            notes,
        ),
    ])
}
