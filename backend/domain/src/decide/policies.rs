//! Policies that change: in the open, and never for what was claimed before.

use crate::command::{ChangePolicy, PolicyChanged};
use crate::event::Fact;
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Count, Timestamp};

use super::Decision;
use super::setup::check_policy;

/// What loosens anything is announced some days before; what only tightens is in force at once.
pub(super) fn change_policy(
    program: &Program,
    asked: &ChangePolicy,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    check_policy(&asked.policy, program.categories())?;
    let last = program.policies().last().ok_or(Refusal::NotOpened)?;
    if asked.after != last.number {
        return Err(Refusal::PolicyMoved { given: asked.after, last: last.number });
    }
    if asked.policy == last.policy {
        return Err(Refusal::NothingChanges);
    }
    let now = program.policy_at(at);
    let notice = match now.loosened_to(&asked.policy) {
        Some(_) => at.plus_hours(now.notice_hours),
        None => at,
    };
    let version =
        last.number.next().ok_or(Refusal::TooMany { list: "policies", limit: Count::new(u32::MAX) })?;
    // One that is announced already comes into force before it, or with it and gives way at once.
    let outcome = PolicyChanged { from: notice.max(last.from), version };
    Ok(Fact::PolicyChanged { asked: Box::new(asked.clone()), outcome }.into())
}
