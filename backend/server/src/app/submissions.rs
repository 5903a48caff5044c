//! Work claims, their revisions, and the votes on them.

use domain::command::{CastVote, FileSubmission, ReviseSubmission};
use domain::evidence::EvidenceKey;
use domain::value::{
    Address, Amount, BountyNumber, Count, Digest, PeriodNumber, Slug, SubmissionNumber, Timestamp,
};
use domain::words::{Choice, ClaimKind, Ground, YesNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::statements::{forum_of, is_signed};

use super::ballots::signature;
use super::call::{Ask, Operation};
use super::documents::{TEXT, TITLE, text};
use super::quotas::Sending;
use super::spelling::{number, optional_number};
use super::writer::Receipt;
use super::{App, Error, FieldError, shape};

const FILE_SUBMISSION: Operation = Operation::post("file_submission");
const REVISE_SUBMISSION: Operation = Operation::post("revise_submission");
const CAST_VOTE: Operation = Operation::post("cast_vote");
/// How far a claimant's clock may be ahead of ours, in microseconds: nobody looked at a link later than now.
const AHEAD_MICROS: i64 = 5 * 60 * 1_000_000;

/// A link that shows the work, and when it was looked at.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidence {
    #[schema(value_type = shape::Link)]
    pub url: String,
    #[schema(value_type = shape::Moment)]
    pub captured_at: String,
}

/// A claim to be filed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubmission {
    #[schema(value_type = String, pattern = "^(bounty|expense|lead|retro)$")]
    pub kind: ClaimKind,
    #[serde(default, deserialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Number>)]
    pub bounty: Option<String>,
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub period: String,
    #[schema(value_type = shape::ShortName)]
    pub category: String,
    #[schema(value_type = shape::ShortName)]
    pub function: String,
    #[schema(value_type = shape::ShortName)]
    pub channel: String,
    #[schema(value_type = shape::Title)]
    pub title: String,
    #[schema(value_type = shape::Text)]
    pub summary: String,
    pub evidence: Vec<NewEvidence>,
    /// What shows the evidence as it was seen: digests of your uploads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<shape::Digest>, max_items = 10)]
    pub captures: Vec<String>,
    /// Whether somebody else also paid for it.
    pub promoted: bool,
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
    #[schema(value_type = shape::WrittenAddress)]
    pub payee: String,
    /// How much of the work is the claimant's, in percent, if others did the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// The claim to the same evidence that this one contests.
    #[serde(default, deserialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Number>)]
    pub contests: Option<String>,
}

/// What a claim is to say from now on.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRevision {
    #[schema(value_type = shape::ShortName)]
    pub function: String,
    #[schema(value_type = shape::ShortName)]
    pub channel: String,
    #[schema(value_type = shape::Title)]
    pub title: String,
    #[schema(value_type = shape::Text)]
    pub summary: String,
    pub evidence: Vec<NewEvidence>,
    /// What shows the evidence as it was seen: digests of your uploads, and of captures that the claim has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<shape::Digest>, max_items = 10)]
    pub captures: Vec<String>,
    pub promoted: bool,
    #[schema(value_type = shape::Lpt)]
    pub amount: String,
    #[schema(value_type = shape::WrittenAddress)]
    pub payee: String,
    /// How much of the work is the claimant's, in percent, if others did the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// Another period, if its own was closed since it was approved.
    #[serde(default, deserialize_with = "optional_number", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Number>)]
    pub period: Option<String>,
}

/// A vote on the revision whose digest the reviewer read.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewVote {
    #[schema(value_type = String, pattern = "^(approve|needs_changes|recuse|reject)$")]
    pub choice: Choice,
    #[schema(value_type = shape::Digest)]
    pub revision: String,
    pub ordinal: u32,
    #[schema(value_type = shape::Text)]
    pub reason: String,
    /// What a rejection rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(criteria_not_met|duplicate|invalid_proof|other|out_of_window)$")]
    pub ground: Option<Ground>,
    /// What would be approved, with `needs_changes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Lpt>)]
    pub offer: Option<String>,
    /// The salt that the typed data came with, if the vote is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Salt>)]
    pub salt: Option<String>,
    /// The signer's signature of the typed data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenSignature>)]
    pub signature: Option<String>,
    /// One of your recorded addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::WrittenAddress>)]
    pub signer: Option<String>,
}

#[derive(Serialize)]
struct ClaimText<'a> {
    #[serde(skip_serializing_if = "<[Digest]>::is_empty")]
    captures: &'a [Digest],
    evidence: &'a [NewEvidence],
    summary: &'a str,
    title: &'a str,
}

/// What a first and a later revision have in common, parsed.
struct Parsed {
    amount: Amount,
    channel: Slug,
    evidence: Vec<Digest>,
    function: Slug,
    payee: Address,
}

impl App {
    /// Files a claim of the member who asks.
    ///
    /// # Errors
    /// Values that are none, or a refusal: evidence held by another claim, over the reward, …
    pub async fn file_submission(&self, ask: Ask<'_>, new: &NewSubmission) -> Result<Receipt, Error> {
        self.quotas.admit(ask, Sending::Claims, self.clock.now()?)?;
        let parsed = self
            .parse(ask.program, &new.amount, &new.channel, &new.evidence, &new.function, &new.payee)
            .await?;
        let captures = captures(&new.captures)?;
        let texts = self.document(&claim_text(&new.title, &new.summary, &new.evidence, &captures)?)?;
        let command = FileSubmission {
            amount: parsed.amount,
            captures,
            bounty: new
                .bounty
                .as_deref()
                .map(|bounty| bounty.parse::<BountyNumber>().map_err(Error::field("bounty")))
                .transpose()?,
            category: new.category.parse::<Slug>().map_err(Error::field("category"))?,
            channel: parsed.channel,
            contests: new
                .contests
                .as_deref()
                .map(|first| first.parse::<SubmissionNumber>().map_err(Error::field("contests")))
                .transpose()?,
            evidence: parsed.evidence,
            function: parsed.function,
            kind: new.kind,
            payee: parsed.payee,
            period: new.period.parse::<PeriodNumber>().map_err(Error::field("period"))?,
            promoted: YesNo::from(new.promoted),
            share: new.share.map(Count::new),
            texts: texts.digest(),
        };
        self.write(ask, ask.cause(FILE_SUBMISSION, "/submissions", new)?, command, vec![texts]).await
    }

    /// Replaces what a claim says; its claimant only, and votes start anew.
    ///
    /// # Errors
    /// Values that are none, or a refusal: decided already, …
    pub async fn revise_submission(
        &self,
        ask: Ask<'_>,
        submission: SubmissionNumber,
        new: &NewRevision,
    ) -> Result<Receipt, Error> {
        self.quotas.admit(ask, Sending::Claims, self.clock.now()?)?;
        let parsed = self
            .parse(ask.program, &new.amount, &new.channel, &new.evidence, &new.function, &new.payee)
            .await?;
        let captures = captures(&new.captures)?;
        let texts = self.document(&claim_text(&new.title, &new.summary, &new.evidence, &captures)?)?;
        let command = ReviseSubmission {
            amount: parsed.amount,
            captures,
            channel: parsed.channel,
            evidence: parsed.evidence,
            function: parsed.function,
            payee: parsed.payee,
            promoted: YesNo::from(new.promoted),
            period: new
                .period
                .as_deref()
                .map(|period| period.parse::<PeriodNumber>().map_err(Error::field("period")))
                .transpose()?,
            share: new.share.map(Count::new),
            submission,
            texts: texts.digest(),
        };
        let cause = ask.cause(REVISE_SUBMISSION, &format!("/submissions/{submission}/revisions"), new)?;
        self.write(ask, cause, command, vec![texts]).await
    }

    /// Casts a reviewer's vote on the current revision of a submission.
    ///
    /// # Errors
    /// Values that are none, or a refusal: own claim, stale revision, decided already, …
    pub async fn cast_vote(
        &self,
        ask: Ask<'_>,
        submission: SubmissionNumber,
        new: &NewVote,
    ) -> Result<Receipt, Error> {
        self.quotas.admit(ask, Sending::Votes, self.clock.now()?)?;
        let reason = self.reason_with(&new.reason, new.salt.as_deref())?;
        let revision =
            new.revision.parse().map_err(|_| FieldError::Revision).map_err(Error::field("revision"))?;
        let command = CastVote {
            choice: new.choice,
            ground: new.ground,
            offer: new
                .offer
                .as_deref()
                .map(|offer| offer.parse::<Amount>().map_err(Error::field("offer")))
                .transpose()?,
            ordinal: Count::new(new.ordinal),
            reason: reason.digest(),
            revision,
            signature: new.signature.as_deref().map(|text| signature("signature", text)).transpose()?,
            signer: new.signer.as_deref().map(signer).transpose()?,
            submission,
        };
        if command.signature.is_some() && command.signer.is_some() {
            let program = self.program(ask.program).await?;
            let claim = program.submission(submission)?;
            // Of a revision that is not the current one the rules speak first.
            if claim.revision.digest == revision && !is_signed(&forum_of(&program), claim, &command) {
                return Err(Error::Malformed { field: "signature".into(), error: FieldError::Signer });
            }
        }
        let cause = ask.cause(CAST_VOTE, &format!("/submissions/{submission}/votes"), new)?;
        self.write(ask, cause, command, vec![reason]).await
    }

    async fn parse(
        &self,
        program: Slug,
        amount: &str,
        channel: &str,
        evidence: &[NewEvidence],
        function: &str,
        payee: &str,
    ) -> Result<Parsed, Error> {
        let identity = self.program(program).await?.identity();
        let now = self.clock.now()?;
        let mut keys = Vec::new();
        for (place, link) in evidence.iter().enumerate() {
            let at = |field: &'static str| move || format!("evidence[{place}].{field}");
            let captured_at = link.captured_at.parse::<Timestamp>().map_err(Error::at(at("captured_at")))?;
            if captured_at.micros().saturating_sub(now.micros()) > AHEAD_MICROS {
                return Err(Error::at(at("captured_at"))(FieldError::Ahead));
            }
            let key = EvidenceKey::from_link(&link.url).map_err(Error::at(at("url")))?;
            keys.push(key.bound_to(&identity));
        }
        Ok(Parsed {
            amount: amount.parse::<Amount>().map_err(Error::field("amount"))?,
            channel: channel.parse::<Slug>().map_err(Error::field("channel"))?,
            evidence: keys,
            function: function.parse::<Slug>().map_err(Error::field("function"))?,
            payee: safe::eip55::parse(payee).map_err(Error::field("payee"))?,
        })
    }
}

fn captures(digests: &[String]) -> Result<Vec<Digest>, Error> {
    let read = |(place, text): (usize, &String)| {
        let digest = text.parse::<Digest>().map_err(|_| FieldError::Digest);
        digest.map_err(Error::at(move || format!("captures[{place}]")))
    };
    digests.iter().enumerate().map(read).collect()
}

fn signer(text: &str) -> Result<Address, Error> {
    safe::eip55::parse(text).map_err(Error::field("signer"))
}

fn claim_text<'a>(
    title: &'a str,
    summary: &'a str,
    evidence: &'a [NewEvidence],
    captures: &'a [Digest],
) -> Result<ClaimText<'a>, Error> {
    Ok(ClaimText {
        captures,
        evidence,
        summary: text("summary", summary, TEXT)?,
        title: text("title", title, TITLE)?,
    })
}
