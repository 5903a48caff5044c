//! Documents that have to go: asked by who wrote them, agreed by somebody else.

use crate::batch::Voice;
use crate::command::{EraseDocument, Seconded};
use crate::event::Fact;
use crate::member::Member;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::submission::{Stage, Submission};
use crate::value::Timestamp;
use crate::words::{Role, Seconding};

use super::Decision;

/// Who may agree to what an author asks.
const AGREES: &[Role] = &[Role::Lead, Role::Reviewer, Role::Treasurer];

pub(super) fn erase_document(
    program: &Program,
    member: &Member,
    asked: EraseDocument,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    program.member(asked.author)?;
    let erasing = program.erasures.get(&asked.document);
    if let Some(event) = erasing.and_then(|erasing| erasing.erased) {
        return Err(Refusal::ErasedBefore { event });
    }
    if let Some(number) = asked.submission {
        check_over(program, program.submission(number)?, at)?;
    }
    let voices = erasing.map_or(&[][..], |erasing| &erasing.voices);
    let theirs = |voice: &&Voice<_>| program.same_person(voice.member, asked.author);
    let first = voices.iter().filter(theirs).find(|voice| voice.says == asked.class);
    let author = program.same_person(asked.author, member.number);
    let verdict = match first {
        Some(first) if author => return Err(Refusal::SaidBefore { event: first.seq }),
        Some(_) if AGREES.iter().any(|role| member.holds(*role)) => Seconding::Done,
        Some(_) => return Err(Refusal::RunnersOnly),
        None if author => Seconding::Counted,
        None => return Err(Refusal::AuthorFirst { author: asked.author }),
    };
    let outcome = Seconded { verdict };
    Ok(Fact::DocumentErased { asked: Box::new(asked), outcome }.into())
}

/// What a decision rests on stays as long as it can still be disputed, or paid for.
fn check_over(program: &Program, submission: &Submission, at: Timestamp) -> Result<(), Refusal> {
    let over = match &submission.stage {
        Stage::Withdrawn { .. } | Stage::Reversed { .. } => true,
        // As long as the period is not closed, a payment may turn out to be none.
        Stage::Paid { .. } => program.period(submission.period)?.is_closed(),
        Stage::Rejected { decided_at, .. } => {
            at >= decided_at.plus_hours(program.policy_of(&submission.revision).appeal_hours)
        }
        Stage::Submitted { .. }
        | Stage::NeedsChanges { .. }
        | Stage::Agreed { .. }
        | Stage::Approved { .. }
        | Stage::InBatch { .. } => false,
    };
    if over {
        return Ok(());
    }
    Err(Refusal::StillNeeded { submission: submission.number, state: submission.stage.name() })
}
