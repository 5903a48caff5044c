//! Which uploads a command makes documents of.

use domain::Program;
use domain::command::Actor;
use domain::event::Command;
use domain::value::{Digest, Timestamp};

use crate::app::uploads::since;
use crate::app::{Error, FieldError};
use crate::db::uploads::is_uploaded;
use crate::db::{AnyConn, Changes, Stored};

/// What stands around a command.
pub(super) struct Around<'a> {
    pub state: Option<&'a Program>,
    pub actor: Actor,
    pub now: Timestamp,
    /// Documents that come with the command.
    pub brought: &'a [Digest],
    /// What the same commit does already: an upload is used once.
    pub done: [&'a Changes; 2],
}

/// The uploads of whoever asks that a command names.
///
/// # Errors
/// A document that neither comes with it nor was uploaded by them; nor is it, in a revision, one that the claim had.
pub(super) fn of(conn: &mut AnyConn, command: &Command, around: &Around<'_>) -> Result<Vec<Digest>, Error> {
    let had = had(command, around.state);
    let captures = captures(command);
    let mut used = Vec::new();
    for digest in command.documents() {
        if around.brought.contains(&digest) || had.contains(&digest) {
            continue;
        }
        let Some(place) = captures.iter().position(|capture| *capture == digest) else {
            return Err(Error::DocumentMissing { digest });
        };
        let waits = match (around.state, around.actor) {
            (Some(program), Actor::Member(member)) if !around.done.iter().any(|done| done.uses(&digest)) => {
                let (program, since) = (program.id().store(), since(around.now)?.store());
                is_uploaded(conn, &program, i64::from(member.get()), &digest.store(), &since)?
            }
            _ => false,
        };
        if !waits {
            return Err(Error::at(|| format!("captures[{place}]"))(FieldError::NoUpload));
        }
        used.push(digest);
    }
    Ok(used)
}

fn captures(command: &Command) -> &[Digest] {
    match command {
        Command::SubmissionFiled(asked) => &asked.captures,
        Command::SubmissionRevised(asked) => &asked.captures,
        _ => &[],
    }
}

/// The captures that a claim has before it is revised.
fn had<'a>(command: &Command, state: Option<&'a Program>) -> &'a [Digest] {
    let Command::SubmissionRevised(asked) = command else { return &[] };
    let claim = state.and_then(|program| program.submission(asked.submission).ok());
    claim.map(|claim| claim.revision.captures.as_slice()).unwrap_or_default()
}
