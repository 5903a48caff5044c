//! What it costs to be signed in: the same reads with a token that is checked, and without one.

use std::path::Path;

use super::client::Request;
use super::crowd::Seen;
use super::figures::{Aim, BUSY, Comparison, ROUNDS, Rounds, busy, median, p99};
use super::served::{CHECKED, PROGRAM, Served};
use super::stage::Ledger;
use super::{BenchError, Size, Watch, sqlite};

/// Claims of the ledger that is read.
const CLAIMS: usize = 500;

/// Reads of all kinds in turns: the budget, one claim with its vote, a page of claims.
fn requests(place: &str, token: Option<&str>, count: usize) -> Vec<Request> {
    let path = |n: usize| match n.rem_euclid(3) {
        0 => format!("{place}/budget"),
        1 => format!("{place}/submissions/{}", n.rem_euclid(CLAIMS).saturating_add(1)),
        _ => format!("{place}/submissions"),
    };
    (0..count).map(|n| Request::get(&path(n), token)).collect()
}

/// Reads that check a token, and the same reads by nobody in particular.
pub(super) async fn run(folder: &Path, size: Size, watch: Watch<'_>) -> Result<Comparison, BenchError> {
    let target = sqlite(folder, "reads");
    let id = Ledger::open(&target).await?;
    let ledger = Ledger::start(&target, id)?;
    ledger.file(CLAIMS, watch).await?;
    ledger.approve_all(watch).await?;
    let served = Served::start(&target).await?;
    let token = Some(served.token.as_str());
    // Once for nothing: the first reads fill the caches.
    served.ask(requests(PROGRAM, None, size.reads)).await?;
    let (mut rounds, mut checked, mut open) = (Rounds::default(), Vec::new(), Vec::new());
    let (mut unread, mut me): (Vec<Seen>, Vec<Seen>) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let ours = served.ask(requests(CHECKED, token, size.reads)).await?;
        let theirs = served.ask(requests(PROGRAM, None, size.reads)).await?;
        rounds.push(ours.per_second, theirs.per_second);
        checked.push(ours);
        open.push(theirs);
        unread.push(served.ask(requests(PROGRAM, token, size.reads)).await?);
        me.push(served.ask(vec![Request::get("/api/v1/me", token); size.reads]).await?);
    }
    served.stop().await;
    let notes = vec![
        ("p99 µs", p99(&checked)),
        ("p99 µs without a token", p99(&open)),
        ("public reads a second, with a token", median(unread.iter().map(|seen| seen.per_second))),
        ("GET /me a second", median(me.iter().map(|seen| seen.per_second))),
        (BUSY, busy([&checked, &open, &unread, &me].into_iter().flatten())),
    ];
    Ok(rounds.compare(
        "signed-in",
        ["reads that check a token, 32 connections", "the same reads without a token", "a second"],
        Aim::AtLeast(800),
        notes,
    ))
}
