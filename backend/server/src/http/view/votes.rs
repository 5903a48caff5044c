//! Votes: cast, ready to be signed, and how many can be.

use domain::Program;
use domain::submission::Submission;
use domain::value::{Address, Amount};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::proof::is_erased;
use super::{Checksummed, Lpt};
use crate::app::{Ballot, Error, Texts, shape};
use crate::db::{read_text, rows};

/// How many people may vote on a claim, against the quorum of its lane.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EligibleView {
    /// One for each person, whatever accounts they have.
    pub people: u32,
    /// Those of them who are not leads.
    pub outside: u32,
    /// Approvals that decide.
    pub approvals: u32,
    /// How many of the approvals come from outside.
    pub approvals_outside: u32,
    /// Such as `1 of 2 eligible`.
    pub words: String,
}

impl EligibleView {
    pub fn new(program: &Program, submission: &Submission) -> Self {
        let eligible = program.eligible(submission);
        let rules = program.rules_of(submission);
        let (people, approvals) = (eligible.people, rules.approvals.get());
        Self {
            people,
            outside: eligible.outside,
            approvals,
            approvals_outside: rules.outside.get(),
            words: format!("{people} of {approvals} eligible"),
        }
    }
}

/// A vote ready to be signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct BallotView {
    /// Which vote of yours on this revision it would be.
    pub ordinal: u32,
    #[schema(value_type = shape::Digest)]
    pub revision: String,
    /// To be repeated with the reason in the vote.
    #[schema(value_type = shape::Salt)]
    pub salt: String,
    /// For `eth_signTypedData_v4`.
    #[schema(value_type = serde_json::Value)]
    pub typed_data: ::safe::statement::StatementData,
}

impl From<Ballot> for BallotView {
    fn from(ballot: Ballot) -> Self {
        let (ordinal, revision) = (ballot.ordinal.get(), ballot.revision.to_string());
        Self { ordinal, revision, salt: ballot.salt, typed_data: ballot.typed_data }
    }
}

/// A vote and its reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VoteView {
    pub reviewer: i64,
    pub revision: i64,
    pub ordinal: i64,
    #[schema(pattern = "^(approve|needs_changes|recuse|reject)$")]
    pub choice: String,
    pub reason: Option<String>,
    /// Whether the reason was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// What a rejection rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(criteria_not_met|duplicate|invalid_proof|other|out_of_window)$")]
    pub ground: Option<String>,
    /// What would be approved, with `needs_changes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Lpt>,
    pub seq: i64,
    #[schema(value_type = shape::Moment)]
    pub at: String,
    /// The reviewer's address that signed the vote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<Checksummed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenSignature>)]
    pub signature: Option<String>,
}

impl VoteView {
    /// # Errors
    /// A row holds what we never write.
    pub fn new(program: &Program, row: rows::Vote, texts: &Texts) -> Result<Self, Error> {
        let reason = texts.find(&row.reason).and_then(|text| text.get("reason")).and_then(Value::as_str);
        let offer =
            row.offer.as_deref().map(|offer| read_text::<Amount>("votes", "offer", offer)).transpose()?;
        let signer = row.signer.map(|signer| read_text::<Address>("votes", "signer", &signer)).transpose()?;
        Ok(Self {
            reviewer: row.reviewer,
            revision: row.revision,
            ordinal: row.ordinal,
            choice: row.choice,
            reason: reason.map(ToOwned::to_owned),
            erased: is_erased(program, &row.reason),
            ground: row.ground,
            offer: offer.map(Into::into),
            seq: row.seq,
            at: row.at,
            signer: signer.map(Into::into),
            signature: row.signature.map(|signature| format!("0x{signature}")),
        })
    }
}
