//! `keys.json`: what the journal says of the program and its Safe.

use domain::Program;
use domain::command::ContractVersion;
use domain::value::{Address, Count, Digest, Seq, Timestamp};
use domain::words::Source;
use serde::Serialize;
use uuid::Uuid;

use super::FileError;

/// Stated, never trusted: a verifier compares it with the journal, and people with what they know.
#[derive(Serialize)]
struct Keys<'a> {
    identity: Digest,
    program: Uuid,
    chain: Seq,
    token: Address,
    safe: Address,
    safe_version: ContractVersion,
    /// The Safe as last observed; left out before it ever was.
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<Observed<'a>>,
}

#[derive(Serialize)]
struct Observed<'a> {
    seq: Seq,
    at: Timestamp,
    source: Source,
    threshold: Count,
    owners: &'a [Address],
}

/// The file, written as events write their values: numbers as decimal strings, addresses in lower case.
///
/// # Errors
/// A value that cannot be written.
pub fn keys_json(program: &Program) -> Result<String, FileError> {
    let charter = program.charter();
    let observed = program.observation().map(|observation| Observed {
        seq: observation.recorded,
        at: observation.at,
        source: observation.safe.source,
        threshold: observation.safe.threshold,
        owners: &observation.safe.owners,
    });
    let keys = Keys {
        identity: program.identity(),
        program: program.id(),
        chain: charter.chain,
        token: charter.token,
        safe: charter.safe,
        safe_version: charter.safe_version,
        observed,
    };
    Ok(format!("{}\n", serde_json::to_string_pretty(&keys)?))
}
