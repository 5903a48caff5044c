//! Durable approvals on one category (B1), and the same on PostgreSQL (B2).

use std::path::Path;

use diesel::sql_types::Text;
use diesel::{RunQueryDsl, sql_query};

use super::crowd::{Seen, fsyncs_per_second, submit};
use super::figures::{Aim, BUSY, Comparison, ROUNDS, Rounds, median};
use super::pgbench::Peer;
use super::stage::Ledger;
use super::{BenchError, Size, sqlite};
use crate::app::Job;
use crate::db::{both, open_write};

/// Commands of one commit, as the server has it.
const GROUP: usize = 256;

/// Takes the jobs of one round.
fn round(jobs: &mut Vec<Job>, count: usize) -> Vec<Job> {
    let rest = jobs.len().saturating_sub(count);
    jobs.split_off(rest)
}

fn notes(seen: &[Seen], alone: &[Seen], fsyncs: &[u64]) -> Vec<(&'static str, u64)> {
    let busy = seen.iter().chain(alone).fold(0_u64, |sum, seen| sum.saturating_add(seen.busy));
    let mut notes = vec![
        ("p99 µs", median(seen.iter().map(|seen| seen.p99_us))),
        (BUSY, busy),
        ("fsyncs a second", median(fsyncs.iter().copied())),
    ];
    if !alone.is_empty() {
        notes.push(("p99 µs with groups of one", median(alone.iter().map(|seen| seen.p99_us))));
    }
    notes
}

/// B1: the writer with groups, and the same writer with groups of one, each on a copy of the same ledger.
pub(super) async fn b1(folder: &Path, size: Size) -> Result<Comparison, BenchError> {
    let (together, alone) = (sqlite(folder, "groups"), sqlite(folder, "alone"));
    let id = Ledger::open(&together).await?;
    let grouped = Ledger::start(&together, id, GROUP)?;
    grouped.file(size.approvals.saturating_mul(ROUNDS)).await?;
    let copy = folder.join("alone.sqlite").to_string_lossy().into_owned();
    both!(&mut open_write(&together)?, |conn| sql_query("VACUUM INTO $1")
        .bind::<Text, _>(&copy)
        .execute(conn))?;
    let single = Ledger::start(&alone, id, 1)?;
    let (mut jobs, mut single_jobs) = (grouped.votes().await?, single.votes().await?);
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
    Ok(rounds.compare(
        "B1",
        ["durable approvals, SQLite, 32 callers", "the same writer, one approval a commit", "a second"],
        Aim::AtLeast(3_000),
        notes(&seen, &seen_alone, &fsyncs),
    ))
}

/// B2: our writer on PostgreSQL, and pgbench writing the same rows, a transaction for each approval.
pub(super) async fn b2(folder: &Path, size: Size, server: &str) -> Result<Comparison, BenchError> {
    let peer = Peer::create(server)?;
    let target = peer.ours()?;
    let id = Ledger::open(&target).await?;
    let ledger = Ledger::start(&target, id, GROUP)?;
    ledger.file(size.approvals.saturating_mul(ROUNDS)).await?;
    let mut jobs = ledger.votes().await?;
    let (mut rounds, mut seen, mut fsyncs) = (Rounds::default(), Vec::new(), Vec::new());
    peer.prepare(folder).await?;
    for _ in 0..ROUNDS {
        fsyncs.push(fsyncs_per_second(folder)?);
        let ours = submit(&ledger.writer, round(&mut jobs, size.approvals)).await?;
        rounds.push(ours.per_second, peer.run(size.seconds)?);
        seen.push(ours);
    }
    Ok(rounds.compare(
        "B2",
        ["durable approvals, PostgreSQL, 32 callers", "pgbench, 32 clients, the same rows", "a second"],
        Aim::AtLeast(4_000),
        notes(&seen, &[], &fsyncs),
    ))
}
