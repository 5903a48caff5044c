//! Many callers at once, and how long each waits.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::BenchError;
use super::figures::{each_ns, per_second};
use crate::app::{Error, Job, Writer};

/// Callers of every benchmark.
pub(super) const CALLERS: usize = 32;

/// What a crowd saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub per_second: u64,
    /// The whole time by the number of answers.
    pub each_ns: u64,
    /// 99 of 100 answers came within this time.
    pub p99_us: u64,
    /// Answers that said "busy".
    pub busy: u64,
}

/// How a caller's work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    Done,
    /// Told to come back.
    Busy,
}

/// One of a crowd: it waits for each answer before it asks again.
pub(super) trait Caller: Send + 'static {
    type Work: Send + 'static;

    /// Has this done.
    fn call(&mut self, work: Self::Work) -> impl Future<Output = Result<Answered, BenchError>> + Send;
}

impl Caller for Writer {
    type Work = Job;

    async fn call(&mut self, job: Job) -> Result<Answered, BenchError> {
        match self.submit(job).await {
            Ok(_) => Ok(Answered::Done),
            Err(Error::Busy { .. }) => Ok(Answered::Busy),
            Err(error) => Err(error.into()),
        }
    }
}

/// Hands in these jobs from 32 callers.
pub(super) async fn submit(writer: &Writer, jobs: Vec<Job>) -> Result<Seen, BenchError> {
    gather(std::iter::repeat_n(writer.clone(), CALLERS), jobs).await
}

/// Has all of this work done by these callers, each taking what is next.
pub(super) async fn gather<C: Caller>(
    callers: impl IntoIterator<Item = C>,
    work: Vec<C::Work>,
) -> Result<Seen, BenchError> {
    let count = work.len();
    let work = Arc::new(Mutex::new(VecDeque::from(work)));
    let start = Instant::now();
    let call = |mut caller: C| {
        let work = work.clone();
        tokio::spawn(async move {
            let (mut waits, mut busy) = (Vec::new(), 0_u64);
            loop {
                let next = work.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(next) = next else { return Ok::<_, BenchError>((waits, busy)) };
                let asked = Instant::now();
                match caller.call(next).await? {
                    Answered::Done => waits.push(asked.elapsed()),
                    Answered::Busy => busy = busy.saturating_add(1),
                }
            }
        })
    };
    let callers: Vec<_> = callers.into_iter().map(call).collect();
    let mut seen = Seen::default();
    let mut waits = Vec::new();
    for caller in callers {
        let (own, busy) = caller.await.map_err(|_| BenchError::Stage)??;
        waits.extend(own);
        seen.busy = seen.busy.saturating_add(busy);
    }
    let took = start.elapsed();
    seen.per_second = per_second(count, took);
    seen.each_ns = each_ns(took, count);
    seen.p99_us = p99_us(waits);
    Ok(seen)
}

fn p99_us(mut waits: Vec<Duration>) -> u64 {
    waits.sort();
    let place = waits.len().saturating_mul(99).div_euclid(100);
    waits.get(place).map_or(0, |wait| u64::try_from(wait.as_micros()).unwrap_or(u64::MAX))
}

/// How many times a second this folder's disk makes 4 KiB durable, one after another.
pub(super) fn fsyncs_per_second(folder: &Path) -> Result<u64, BenchError> {
    const TIMES: usize = 100;
    let path = folder.join("fsync-probe");
    let fault = |error| BenchError::Io { path: path.clone(), error };
    let mut file = File::create(&path).map_err(fault)?;
    let start = Instant::now();
    for _ in 0..TIMES {
        file.write_all(&[7; 4_096]).and_then(|()| file.sync_data()).map_err(fault)?;
    }
    let rate = per_second(TIMES, start.elapsed());
    std::fs::remove_file(&path).map_err(fault)?;
    Ok(rate)
}
