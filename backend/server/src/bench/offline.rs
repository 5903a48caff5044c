//! Verification of a bundle, compared with the Merkle root of the same events, and what it takes of memory.

use std::path::Path;
use std::time::Duration;

use domain::Program;
use domain::event::Recorded;
use domain::journal::{Frontier, leaf_hash};
use domain::value::Digest;
use verify::{Member, Options, Verifier, chain};

use super::figures::{Aim, Comparison, ROUNDS, Rounds};
use super::gauges::timed;
use super::life::LifeError;
use super::members::{read_plain, write_both};
use super::weigh::{Load, weigh};
use super::{BenchError, Size, Watch};

/// What verifying may have in memory beyond the state.
const ROOM_KIB: u64 = 64 << 10;

/// Calls `each` with every line of the events, without its end.
fn lines(plain: &Path, mut each: impl FnMut(&[u8]) -> Result<(), BenchError>) -> Result<(), BenchError> {
    read_plain(plain, |member, content| {
        if member != Member::Events {
            std::io::copy(content, &mut std::io::sink()).map_err(BenchError::at(plain))?;
            return Ok(true);
        }
        let mut line = Vec::new();
        while content.read_until(b'\n', &mut line).map_err(BenchError::at(plain))? > 0 {
            each(line.strip_suffix(b"\n").unwrap_or(&line))?;
            line.clear();
        }
        Ok(false)
    })
}

/// The peer: the root of RFC 6962 and nothing else.
fn root(plain: &Path) -> Result<Digest, BenchError> {
    let mut tree = Frontier::default();
    lines(plain, |line| {
        tree.append(leaf_hash(line));
        Ok(())
    })?;
    Ok(tree.root())
}

/// Bytes, numbers, links and the root alone.
fn chained(plain: &Path) -> Result<Digest, BenchError> {
    let mut root = None;
    read_plain(plain, |member, content| {
        if member != Member::Events {
            std::io::copy(content, &mut std::io::sink()).map_err(BenchError::at(plain))?;
            return Ok(true);
        }
        let found = chain(content)?;
        root = Some(found.checkpoint.root).filter(|_| found.findings.is_empty());
        Ok(false)
    })?;
    root.ok_or(BenchError::Stage)
}

/// Everything that there is to be verified, as `verify` does once an archive is unpacked.
fn verified(plain: &Path) -> Result<Digest, BenchError> {
    let mut verifier = Verifier::ordered(&Options::default());
    read_plain(plain, |member, content| {
        verifier.take(member, content)?;
        Ok(true)
    })?;
    let outcome = verifier.finish()?;
    if outcome.is_sound() { Ok(outcome.checkpoint.root) } else { Err(BenchError::Stage) }
}

/// The state that the events lead to, and nothing else.
pub(super) fn state(plain: &Path) -> Result<Program, BenchError> {
    let mut state = None;
    lines(plain, |line| {
        let recorded = Recorded::from_bytes(line).map_err(LifeError::from)?;
        match &mut state {
            None => state = Some(Program::begin(&recorded).map_err(LifeError::from)?),
            Some(program) => program.apply(&recorded).map_err(LifeError::from)?,
        }
        Ok(())
    })?;
    state.ok_or(BenchError::Stage)
}

/// Some work on the plain file: the root it finds, and the processor's time it takes.
fn measure(
    work: fn(&Path) -> Result<Digest, BenchError>,
    plain: &Path,
) -> Result<(Digest, Duration), BenchError> {
    let (root, time) = timed(|| work(plain)).ok_or(BenchError::Stage)?;
    Ok((root?, time))
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Compares both with the root, and the memory with what may be taken.
pub(super) fn run(folder: &Path, size: Size, watch: Watch<'_>) -> Result<Vec<Comparison>, BenchError> {
    let (archive, plain) = (folder.join("bundle.tar.gz"), folder.join("bundle.plain"));
    write_both(&archive, &plain, size.life, watch)?;
    let [mut whole, mut bytes, mut memory] = [(); 3].map(|()| Rounds::default());
    // Once for nothing: the first read fills the caches.
    let expected = root(&plain)?;
    for _ in 0..ROUNDS {
        let (found, theirs) = measure(root, &plain)?;
        let (chained, chain_time) = measure(chained, &plain)?;
        let (verified, time) = measure(verified, &plain)?;
        if [found, chained, verified] != [expected; 3] {
            return Err(BenchError::Stage);
        }
        whole.push(ms(time), ms(theirs));
        bytes.push(ms(chain_time), ms(theirs));
    }
    let (with, state, none) =
        (weigh(Load::Verify, &archive)?, weigh(Load::State, &plain)?, weigh(Load::Nothing, &plain)?);
    memory.push(with.most.saturating_sub(state.most), ROOM_KIB);
    let events = u64::try_from(size.life).unwrap_or(u64::MAX);
    let length = |path: &Path| std::fs::metadata(path).map(|found| found.len()).map_err(BenchError::at(path));
    let lengths =
        vec![("events", events), ("bytes unpacked", length(&plain)?), ("bytes packed", length(&archive)?)];
    let peer = "root of RFC 6962 over the events";
    Ok(vec![
        whole.compare(
            "B5",
            ["a bundle verified: events, decisions, payments, documents, files", peer, "ms of the processor"],
            Aim::AtMost(40_000),
            lengths,
        ),
        bytes.compare(
            "B5-chain",
            ["bytes, numbers, links and root of the events alone", peer, "ms of the processor"],
            Aim::AtMost(12_000),
            Vec::new(),
        ),
        memory.compare(
            "B5-memory",
            ["`verify` of the archive, beyond the program's state", "what it may take", "KiB"],
            Aim::AtMost(1_000),
            vec![
                ("KiB of verify at most", with.most),
                ("KiB of the state at most", state.most),
                ("KiB of a process that does nothing", none.most),
            ],
        ),
    ])
}
