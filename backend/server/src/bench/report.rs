//! The budget report on a short journal and on a long one: in memory, from the tables, and over HTTP.

use std::path::Path;
use std::time::Instant;

use domain::report::Report;
use domain::value::{PeriodNumber, Seq};

use super::client::Request;
use super::crowd::Seen;
use super::figures::{Aim, BUSY, Comparison, ROUNDS, Rounds, busy, each_ns};
use super::served::{PROGRAM, Served};
use super::stage::Ledger;
use super::{BenchError, Size, Watch, sqlite};
use crate::db::query::report_as_of;
use crate::db::{AnyConn, open_read};

/// Events of the short journal.
const SHORT: usize = 1_000;
/// Events that open the program and its period.
const OPENING: u64 = 4;
/// Reports of each round.
const REPORTS: usize = 200;

/// A journal of a known length.
struct Shelf {
    ledger: Ledger,
    conn: AnyConn,
    served: Served,
    size: u64,
}

impl Shelf {
    /// Half of the events file claims, the other half approve them.
    async fn fill(folder: &Path, name: &str, events: usize, watch: Watch<'_>) -> Result<Self, BenchError> {
        let target = sqlite(folder, name);
        let id = Ledger::open(&target).await?;
        let ledger = Ledger::start(&target, id)?;
        ledger.file(events.div_euclid(2), watch).await?;
        ledger.approve_all(watch).await?;
        let size = ledger.writer.state(id).await?.ok_or(BenchError::Stage)?.size().get();
        let served = Served::start(&target).await?;
        Ok(Self { ledger, conn: open_read(&target)?, served, size })
    }

    /// Event numbers spread over the whole journal, none from before the period was open.
    fn spread(&self, count: usize) -> impl Iterator<Item = u64> + use<> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let rest = self.size.saturating_sub(OPENING);
        (0..count).map(move |n| {
            rest.saturating_mul(n).checked_div(count).unwrap_or_default().saturating_add(OPENING)
        })
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
        Ok(each_ns(start.elapsed(), times))
    }

    /// Nanoseconds of one report as of an event, anywhere in the journal.
    fn as_of(&mut self) -> Result<u64, BenchError> {
        let start = Instant::now();
        for seq in self.spread(REPORTS) {
            let report = report_as_of(&mut self.conn, self.ledger.id, PeriodNumber::FIRST, Seq::new(seq))?;
            std::hint::black_box(report.ok_or(BenchError::Stage)?);
        }
        Ok(each_ns(start.elapsed(), REPORTS))
    }

    /// What 32 connections see that read the budget, as it stands or as of an event anywhere in the journal.
    async fn budgets(&self, past: bool, count: usize) -> Result<Seen, BenchError> {
        let paths = self.spread(count).map(|seq| {
            if past { format!("{PROGRAM}/budget?as_of={seq}") } else { format!("{PROGRAM}/budget") }
        });
        self.served.ask(paths.map(|path| Request::get(&path, None)).collect()).await
    }
}

/// Compares the four ways to the budget.
pub(super) async fn run(folder: &Path, size: Size, watch: Watch<'_>) -> Result<Vec<Comparison>, BenchError> {
    let mut short = Shelf::fill(folder, "short", SHORT, watch).await?;
    let mut long = Shelf::fill(folder, "long", size.journal, watch).await?;
    let [mut state, mut as_of, mut http, mut http_as_of] = [(); 4].map(|()| Rounds::default());
    let mut seen = Vec::new();
    // Once for nothing: the first reads fill the caches.
    for shelf in [&mut short, &mut long] {
        shelf.as_of()?;
        shelf.budgets(true, size.reads).await?;
    }
    for _ in 0..ROUNDS {
        state.push(long.of_state().await?, short.of_state().await?);
        as_of.push(long.as_of()?, short.as_of()?);
        for (rounds, past) in [(&mut http, false), (&mut http_as_of, true)] {
            let ours = long.budgets(past, size.reads).await?;
            let theirs = short.budgets(past, size.reads).await?;
            rounds.push(ours.each_ns, theirs.each_ns);
            seen.extend([ours, theirs]);
        }
    }
    let lengths = vec![("events of the long journal", long.size), ("events of the short one", short.size)];
    long.served.stop().await;
    short.served.stop().await;
    let over_http: Vec<_> = lengths.iter().copied().chain([(BUSY, busy(&seen))]).collect();
    let aim = Aim::AtMost(1_500);
    let peer = "short journal";
    Ok(vec![
        state.compare("report", ["budget report, long journal", peer, "ns"], aim, lengths.clone()),
        as_of.compare(
            "report-as-of",
            ["budget report as of any event, long journal", peer, "ns"],
            aim,
            lengths,
        ),
        http.compare(
            "report-http",
            ["GET budget, 32 connections, long journal", peer, "ns of each"],
            aim,
            over_http.clone(),
        ),
        http_as_of.compare(
            "report-as-of-http",
            ["GET budget as of any event, 32 connections, long journal", peer, "ns of each"],
            aim,
            over_http,
        ),
    ])
}
