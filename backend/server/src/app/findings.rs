//! Findings by their number, whatever they are about.

use domain::Program;
use domain::command::{ClassifyInflow, ConsumeNonce, SettleOutflow};
use domain::event::Command;
use domain::suspense::Direction;
use domain::value::{Seq, SubmissionNumber};
use domain::words::{Consumption, Source};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::spelling::optional_number;
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};

const RESOLVE_FINDING: Operation = Operation::post("resolve_finding");

/// What a finding was.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResolution {
    /// The claim that LPT paid, or of which it is a refund; without one an inflow is a contribution, an outflow a loss. Of
    /// a nonce none is named: its transfers are settled one by one, and then it is done with.
    #[serde(default, deserialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Number>)]
    pub submission: Option<String>,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

impl App {
    /// Says what a finding was.
    ///
    /// # Errors
    /// No such finding, values that are none, or a refusal.
    pub async fn resolve_finding(
        &self,
        ask: Ask<'_>,
        finding: Seq,
        new: &NewResolution,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let submission = new.submission.as_deref().map(str::parse).transpose();
        let submission: Option<SubmissionNumber> = submission.map_err(Error::field("submission"))?;
        let cause = ask.cause(RESOLVE_FINDING, &format!("/findings/{finding}/resolve"), new)?;
        let program = self.program(ask.program).await?;
        let of_nonce =
            program.nonces().any(|nonce| nonce.finding.is_some_and(|found| found.event == finding));
        if of_nonce && submission.is_some() {
            return Err(Error::Malformed { field: "submission".into(), error: FieldError::OfNonce });
        }
        let command = resolution(&program, finding, submission, reason.digest());
        let command = command.ok_or(Error::NoSuchFinding { number: finding })?;
        self.write(ask, cause, command, vec![reason]).await
    }
}

fn resolution(
    program: &Program,
    finding: Seq,
    submission: Option<SubmissionNumber>,
    reason: domain::value::Digest,
) -> Option<Command> {
    if let Some((event, item)) = program.suspense().find(|(event, _)| *event == finding) {
        return Some(match item.direction {
            Direction::In => ClassifyInflow { event, reason, submission }.into(),
            Direction::Out => SettleOutflow { event, reason, submission }.into(),
        });
    }
    let mut found = program.nonces().filter_map(|nonce| Some((nonce.number, nonce.finding?)));
    let (nonce, found) = found.find(|(_, found)| found.event == finding)?;
    let (how, source) = (Consumption::Mismatched, Source::Attested);
    let tx_hash = found.tx_hash;
    Some(ConsumeNonce { how, nonce, reason: Some(reason), receipt: None, source, tx_hash }.into())
}
