//! What some work has in memory, seen from a process of its own: in this one lies what others left.

use std::path::Path;
use std::process::Command;

use verify::{Options, bundle};

use super::gauges::Memory;
use super::{BenchError, follower, offline, start};

/// What a process is to do before it says what it has in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Load {
    Nothing,
    /// The state after the events of a plain file.
    State,
    /// The verification of an archive.
    Verify,
    /// The state of a ledger in an SQLite file, as a server has it once it has started.
    Start,
    /// A server that follows a chain, on a new ledger in this file: after the first blocks, and after the last.
    Follow,
}

impl Load {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::State => "state",
            Self::Verify => "verify",
            Self::Start => "start",
            Self::Follow => "follow",
        }
    }
}

/// Does the work in this process; gives the most it had in memory and what it has at the end, in KiB.
///
/// # Errors
/// The work fails, or the system does not tell.
pub async fn carry(load: Load, path: &Path) -> Result<(u64, u64), BenchError> {
    let memory = match load {
        Load::Follow => {
            let (most, now) = follower::follow(path).await?;
            Some(Memory { most, now })
        }
        Load::Nothing => Memory::of_this_process(),
        Load::State => {
            let state = offline::state(path)?;
            let memory = Memory::of_this_process();
            drop(state);
            memory
        }
        Load::Verify => {
            if !bundle(path, &Options::default())?.is_sound() {
                return Err(BenchError::Stage);
            }
            Memory::of_this_process()
        }
        Load::Start => {
            let started = start::Started::at(path).await?;
            let memory = Memory::of_this_process();
            started.end()?;
            memory
        }
    };
    memory.map(|Memory { most, now }| (most, now)).ok_or(BenchError::Stage)
}

/// Has another process of this program do it.
pub(super) fn weigh(load: Load, path: &Path) -> Result<Memory, BenchError> {
    let own = std::env::current_exe().map_err(BenchError::at(path))?;
    let mut command = Command::new(own);
    command.args(["bench", "--weigh", load.name(), "--weighed"]).arg(path);
    let output = command.output().map_err(BenchError::at(path))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map_while(|number| number.parse().ok());
    match (output.status.success(), numbers.next(), numbers.next()) {
        (true, Some(most), Some(now)) => Ok(Memory { most, now }),
        _ => Err(BenchError::Weighing { said: String::from_utf8_lossy(&output.stderr).into_owned() }),
    }
}
