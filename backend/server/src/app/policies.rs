//! A program's policy, as it changes.

use domain::command::ChangePolicy;
use domain::policy::Policy;
use domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_path_to_error::Path;
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::located::{join, located};
use super::policy::PolicyFile;
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};

/// How often a change is made again when another one came first.
const TRIES: u32 = 5;

const CHANGE_POLICY: Operation = Operation::post("change_policy");

/// What is to change of the policy, and why.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicy {
    /// Values by their names in the policy as it was announced last; the others stay. One of several parts, such as
    /// `lanes`, is given whole. `null` takes away one that may be absent.
    #[schema(value_type = PolicyFile)]
    pub policy: Map<String, Value>,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

impl App {
    /// Announces another policy; a lead does.
    ///
    /// # Errors
    /// Values that are none, or a refusal: nothing changes, contradictions.
    pub async fn change_policy(&self, ask: Ask<'_>, new: &NewPolicy) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let cause = ask.cause(CHANGE_POLICY, "/policy", new)?;
        let mut tries = 0_u32;
        loop {
            tries = tries.saturating_add(1);
            let program = self.program(ask.program).await?;
            let last = program.policies().last().ok_or(Refusal::NotOpened)?;
            let policy = changed(&PolicyFile::from(&last.policy), &new.policy)?;
            let command =
                ChangePolicy { after: last.number, policy: Policy::from(&policy), reason: reason.digest() };
            match self.write(ask, cause, command, vec![reason.clone()]).await {
                // Somebody else changed it in between: what they changed stays as they did.
                Err(Error::Refused(Refusal::PolicyMoved { .. })) if tries < TRIES => {}
                answer => return answer,
            }
        }
    }
}

/// The policy with other values for some names.
fn changed(before: &PolicyFile, values: &Map<String, Value>) -> Result<PolicyFile, Error> {
    let wrong = |path: Option<&Path>, error: &serde_json::Error| {
        let (error, mut place) = (error.to_string(), "policy".to_owned());
        join(&mut place, &located(path, &error).1);
        Error::Malformed { field: place.into(), error: FieldError::Policy { error } }
    };
    let mut whole = serde_json::to_value(before).map_err(|error| wrong(None, &error))?;
    if let Some(whole) = whole.as_object_mut() {
        for (name, value) in values {
            // Also null: what is left out would be as in the pilot.
            whole.insert(name.clone(), value.clone());
        }
    }
    serde_path_to_error::deserialize(whole).map_err(|error| wrong(Some(error.path()), error.inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(values: &str) -> Result<PolicyFile, Error> {
        let before = PolicyFile { batch_lines: 7, single_handed_hours: Some(3), ..PolicyFile::default() };
        changed(&before, &serde_json::from_str(values).unwrap())
    }

    #[test]
    fn what_is_not_named_stays_and_null_takes_away_what_may_be_absent() {
        let policy = with(r#"{"single_handed_hours":null,"hold_hours":1}"#).unwrap();
        assert_eq!((policy.single_handed_hours, policy.hold_hours, policy.batch_lines), (None, 1, 7));
    }

    #[test]
    fn null_never_stands_for_the_pilots_value() {
        for values in [r#"{"batch_lines":null}"#, r#"{"lanes":null}"#, r#"{"no_such_rule":null}"#] {
            assert!(matches!(with(values), Err(Error::Malformed { .. })), "{values}");
        }
    }

    #[test]
    fn a_value_that_is_none_is_named() {
        let lane = r#"{"approvals":1,"outside":1,"rejections":1,"objection_hours":24}"#;
        for (values, place) in [
            (r#"{"hold_hours":-1}"#.to_owned(), "policy.hold_hours"),
            (r#"{"no_such_rule":1}"#.to_owned(), "policy.no_such_rule"),
            (format!(r#"{{"lanes":{{"small":{lane}}}}}"#), "policy.lanes.normal"),
            (r#"{"lanes":{"small":{"approvals":1}}}"#.to_owned(), "policy.lanes.small.outside"),
            (r#"{"payday":{"every_weeks":"2"}}"#.to_owned(), "policy.payday.every_weeks"),
            (
                r#"{"person_share_percent":{"bounties":"40"}}"#.to_owned(),
                "policy.person_share_percent.bounties",
            ),
            (r#"{"small_limit":"-1"}"#.to_owned(), "policy.small_limit"),
        ] {
            let Err(Error::Malformed { field, .. }) = with(&values) else { panic!("{values}") };
            assert_eq!(field, place);
        }
    }
}
