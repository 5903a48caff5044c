//! Durable approvals on one category: on SQLite (B1), on PostgreSQL (B2), and over HTTP (B4).

use std::path::Path;

use diesel::connection::SimpleConnection;
use uuid::Uuid;

use super::crowd::{fsyncs_per_second, submit};
use super::figures::{Aim, BUSY, Comparison, ROUNDS, Rounds, busy, median, p99};
use super::pgbench::Peer;
use super::served::Served;
use super::stage::Ledger;
use super::{BenchError, Size, Watch};
use crate::db::{Target, open_write};

/// Takes the work of one round.
fn round<T>(work: &mut Vec<T>, count: usize) -> Vec<T> {
    let rest = work.len().saturating_sub(count);
    work.split_off(rest)
}

/// Two equal ledgers with enough claims for all rounds: the second is a copy of the first one's file, page by page.
async fn twins(
    folder: &Path,
    names: [&str; 2],
    size: Size,
    watch: Watch<'_>,
) -> Result<([Target; 2], Uuid), BenchError> {
    let [path, copy] = names.map(|name| folder.join(format!("{name}.sqlite")));
    let [first, second] = [&path, &copy].map(|path| Target::Sqlite(path.to_string_lossy().into_owned()));
    let id = Ledger::open(&first).await?;
    Ledger::start(&first, id)?.file(size.all_approvals(), watch).await?;
    // Not VACUUM INTO: pages that are full split at every insertion, and the copy would be slower.
    open_write(&first)?.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?;
    std::fs::copy(&path, &copy).map_err(|error| BenchError::Io { path: copy, error })?;
    Ok(([first, second], id))
}

/// Takes all work of a run, which must be there.
fn all<T>(work: Vec<T>, size: Size) -> Result<Vec<T>, BenchError> {
    if work.len() == size.all_approvals() { Ok(work) } else { Err(BenchError::Stage) }
}

/// B1: the writer with groups, and the same writer with groups of one, each on a copy of the same ledger.
pub(super) async fn b1(folder: &Path, size: Size, watch: Watch<'_>) -> Result<Comparison, BenchError> {
    let ([together, alone], id) = twins(folder, ["groups", "alone"], size, watch).await?;
    let (grouped, single) = (Ledger::start(&together, id)?, Ledger::start_with_group(&alone, id, 1)?);
    let mut jobs = all(grouped.votes().await?, size)?;
    let mut single_jobs = all(single.votes().await?, size)?;
    let (mut rounds, mut seen, mut seen_alone, mut fsyncs) =
        (Rounds::default(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fsyncs.push(fsyncs_per_second(folder)?);
        let ours = submit(&grouped.writer, round(&mut jobs, size.approvals)).await?;
        let theirs = submit(&single.writer, round(&mut single_jobs, size.alone())).await?;
        rounds.push(ours.per_second, theirs.per_second);
        seen.push(ours);
        seen_alone.push(theirs);
    }
    let notes = vec![
        ("p99 µs", p99(&seen)),
        (BUSY, busy(seen.iter().chain(&seen_alone))),
        ("fsyncs a second", median(fsyncs)),
        ("p99 µs with groups of one", p99(&seen_alone)),
    ];
    Ok(rounds.compare(
        "B1",
        ["durable approvals, SQLite, 32 callers", "the same writer, one approval a commit", "a second"],
        Aim::AtLeast(3_000),
        notes,
    ))
}

/// B2: our writer on PostgreSQL, and pgbench writing the same rows, a transaction for each approval.
pub(super) async fn b2(
    folder: &Path,
    size: Size,
    server: &str,
    watch: Watch<'_>,
) -> Result<Comparison, BenchError> {
    let peer = Peer::create(server)?;
    let target = peer.ours()?;
    let id = Ledger::open(&target).await?;
    let ledger = Ledger::start(&target, id)?;
    ledger.file(size.all_approvals(), watch).await?;
    let mut jobs = all(ledger.votes().await?, size)?;
    let (mut rounds, mut seen, mut fsyncs) = (Rounds::default(), Vec::new(), Vec::new());
    peer.prepare(folder, watch).await?;
    for _ in 0..ROUNDS {
        fsyncs.push(fsyncs_per_second(folder)?);
        let ours = submit(&ledger.writer, round(&mut jobs, size.approvals)).await?;
        rounds.push(ours.per_second, peer.run(size.seconds)?);
        seen.push(ours);
    }
    let notes = vec![("p99 µs", p99(&seen)), (BUSY, busy(&seen)), ("fsyncs a second", median(fsyncs))];
    Ok(rounds.compare(
        "B2",
        ["durable approvals, PostgreSQL, 32 callers", "pgbench, 32 clients, the same rows", "a second"],
        Aim::AtLeast(4_000),
        notes,
    ))
}

/// B4: approvals as clients send them, and the same handed to the writer in this process.
pub(super) async fn b4(folder: &Path, size: Size, watch: Watch<'_>) -> Result<Comparison, BenchError> {
    let ([served, inside], id) = twins(folder, ["served", "inside"], size, watch).await?;
    let (served, inside) = (Served::start(&served).await?, Ledger::start(&inside, id)?);
    let mut requests = all(served.approvals().await?, size)?;
    let mut jobs = all(inside.votes().await?, size)?;
    let (mut rounds, mut seen, mut seen_inside, mut fsyncs) =
        (Rounds::default(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fsyncs.push(fsyncs_per_second(folder)?);
        let ours = served.ask(round(&mut requests, size.approvals)).await?;
        let theirs = submit(&inside.writer, round(&mut jobs, size.approvals)).await?;
        rounds.push(ours.per_second, theirs.per_second);
        seen.push(ours);
        seen_inside.push(theirs);
    }
    served.stop().await;
    let notes = vec![
        ("p99 µs", p99(&seen)),
        (BUSY, busy(seen.iter().chain(&seen_inside))),
        ("fsyncs a second", median(fsyncs)),
        ("p99 µs in process", p99(&seen_inside)),
    ];
    Ok(rounds.compare(
        "B4",
        [
            "durable approvals over HTTP, SQLite, 32 connections",
            "the same in process, 32 callers",
            "a second",
        ],
        Aim::AtLeast(300),
        notes,
    ))
}
