//! What is voted on and by whom beyond a plain vote: typed data to sign, alternates, second looks.

use domain::command::{CallAlternate, CastVote, CheckSample};
use domain::journal::Document;
use domain::submission::Stage;
use domain::value::{Address, Count, Digest, MemberNumber, Signature, Slug, SubmissionNumber};
use domain::words::{Choice, YesNo};
use safe::statement::{Statement, StatementData};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::statements::{forum_of, vote};

use super::call::{Ask, Operation};
use super::spelling::number;
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};

const CALL_ALTERNATE: Operation = Operation::post("call_alternate");
const CHECK_SAMPLE: Operation = Operation::post("check_sample");

/// A vote that is to be signed before it is cast.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBallot {
    #[schema(value_type = String, pattern = "^(approve|needs_changes|recuse|reject)$")]
    pub choice: Choice,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// A vote ready to be signed, with what it has to repeat.
#[derive(Debug)]
pub struct Ballot {
    pub revision: Digest,
    pub ordinal: Count,
    /// 32 hex digits.
    pub salt: String,
    pub typed_data: StatementData,
}

/// An alternate who is to vote.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCall {
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub member: String,
}

/// What a second look at a sampled claim says.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCheck {
    pub passed: bool,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// A signature as wallets write it, with or without 0x.
pub(super) fn signature(field: &'static str, text: &str) -> Result<Signature, Error> {
    let digits = text.strip_prefix("0x").unwrap_or(text).to_ascii_lowercase();
    digits.parse::<Signature>().map_err(Error::field(field))
}

/// A salt of 16 bytes in hex.
pub(super) fn salt(text: &str) -> Result<[u8; 16], Error> {
    let malformed = || Error::Malformed { field: "salt".into(), error: FieldError::Salt };
    let number = u128::from_str_radix(text, 16).map_err(|_| malformed())?;
    // One spelling only: what the typed data came with.
    if format!("{number:032x}") == text { Ok(number.to_be_bytes()) } else { Err(malformed()) }
}

impl App {
    /// The statement by which an address proves whose it is, ready to be signed by that address.
    ///
    /// # Errors
    /// Anything but an address.
    pub async fn address_typed_data(
        &self,
        program: Slug,
        member: MemberNumber,
        address: &str,
    ) -> Result<StatementData, Error> {
        let payee: Address = safe::eip55::parse(address).map_err(Error::field("address"))?;
        let state = self.program(program).await?;
        Ok(Statement::PayoutAddress { member, payee }.typed_data(&forum_of(&state)))
    }

    /// A vote of this member on the current revision, ready to be signed.
    ///
    /// # Errors
    /// A text that is none, or a submission that there is not, or that takes no votes.
    pub async fn vote_typed_data(
        &self,
        program: Slug,
        member: MemberNumber,
        number: SubmissionNumber,
        new: &NewBallot,
    ) -> Result<Ballot, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let state = self.program(program).await?;
        let submission = state.submission(number)?;
        let before = match &submission.stage {
            Stage::Submitted { ballots } => ballots.get(&member).map(|ballot| ballot.ordinal),
            _ => None,
        };
        let before = before.unwrap_or(Count::ZERO);
        let asked = CastVote {
            choice: new.choice,
            ground: None,
            offer: None,
            ordinal: before.next().unwrap_or(before),
            reason: reason.digest(),
            revision: submission.revision.digest,
            signature: None,
            signer: None,
            submission: number,
        };
        let typed_data = vote(submission, &asked).typed_data(&forum_of(&state));
        let salt = format!("{:032x}", u128::from_be_bytes(reason.salt));
        Ok(Ballot { revision: asked.revision, ordinal: asked.ordinal, salt, typed_data })
    }

    /// The reason of a vote as a document, with the salt it was signed with if there is one.
    pub(super) fn reason_with(&self, reason: &str, given: Option<&str>) -> Result<Document, Error> {
        let document = self.reason("reason", reason)?;
        match given {
            Some(given) => Ok(Document { salt: salt(given)?, ..document }),
            None => Ok(document),
        }
    }

    /// Calls an alternate to vote on a submission; only a lead does.
    ///
    /// # Errors
    /// A number that is none, or a refusal.
    pub async fn call_alternate(
        &self,
        ask: Ask<'_>,
        submission: SubmissionNumber,
        new: &NewCall,
    ) -> Result<Receipt, Error> {
        let member = new.member.parse::<MemberNumber>().map_err(Error::field("member"))?;
        let cause = ask.cause(CALL_ALTERNATE, &format!("/submissions/{submission}/alternates"), new)?;
        self.write(ask, cause, CallAlternate { member, submission }, Vec::new()).await
    }

    /// Says what a second look at a sampled claim came to.
    ///
    /// # Errors
    /// A text that is none, or a refusal.
    pub async fn check_sample(
        &self,
        ask: Ask<'_>,
        submission: SubmissionNumber,
        new: &NewCheck,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let command = CheckSample { passed: YesNo::from(new.passed), reason: reason.digest(), submission };
        let cause = ask.cause(CHECK_SAMPLE, &format!("/submissions/{submission}/sample"), new)?;
        self.write(ask, cause, command, vec![reason]).await
    }
}
