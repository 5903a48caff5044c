//! Many callers at once, and how long each waits.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::BenchError;
use super::figures::per_second;
use crate::app::{Error, Job, Writer};

/// Callers of every benchmark.
pub(super) const CALLERS: usize = 32;

/// What a crowd saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    pub per_second: u64,
    /// 99 of 100 answers came within this time.
    pub p99_us: u64,
    /// Answers that said "busy".
    pub busy: u64,
}

/// Hands in these jobs from 32 callers, each waiting for its answer before the next.
pub(super) async fn submit(writer: &Writer, jobs: Vec<Job>) -> Result<Seen, BenchError> {
    let count = jobs.len();
    let jobs = Arc::new(Mutex::new(VecDeque::from(jobs)));
    let start = Instant::now();
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (jobs, writer) = (jobs.clone(), writer.clone());
            tokio::spawn(async move {
                let (mut waits, mut busy) = (Vec::new(), 0_u64);
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(job) = job else { return Ok::<_, BenchError>((waits, busy)) };
                    let asked = Instant::now();
                    match writer.submit(job).await {
                        Ok(_) => waits.push(asked.elapsed()),
                        Err(Error::Busy { .. }) => busy = busy.saturating_add(1),
                        Err(error) => return Err(error.into()),
                    }
                }
            })
        })
        .collect();
    let mut seen = Seen::default();
    let mut waits = Vec::new();
    for caller in callers {
        let (own, busy) = caller.await.map_err(|_| BenchError::Stage)??;
        waits.extend(own);
        seen.busy = seen.busy.saturating_add(busy);
    }
    seen.per_second = per_second(count, start.elapsed());
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
