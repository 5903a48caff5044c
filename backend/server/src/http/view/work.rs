//! Claims, revisions and votes.

use domain::Program;
use domain::submission::{Sample, Stage, Submission};
use domain::value::{Address, Amount, BountyNumber, Count, Digest, SubmissionNumber, Timestamp};
use domain::words::YesNo;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::proof::{CaptureView, EvidenceView, Window, evidence, is_erased};
use super::votes::{EligibleView, VoteView};
use super::{Checksummed, Lpt};
use crate::app::{Error, Texts, shape};
use crate::db::query::SubmissionEntry;
use crate::db::{read_text, rows};

/// A work claim as it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubmissionView {
    pub number: u32,
    /// Who claims.
    pub member: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    #[schema(pattern = "^(bounty|expense|lead|retro)$")]
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounty: Option<u32>,
    pub period: u32,
    #[schema(value_type = shape::ShortName)]
    pub category: String,
    #[schema(value_type = shape::ShortName)]
    pub function: String,
    #[schema(value_type = shape::ShortName)]
    pub channel: String,
    #[schema(
        pattern = "^(submitted|needs_changes|agreed|approved|in_batch|paid|rejected|withdrawn|reversed)$"
    )]
    pub state: String,
    /// The number of the current revision.
    pub revision: u32,
    /// The digest of the current revision: what votes bind to.
    #[schema(value_type = shape::Digest)]
    pub digest: String,
    #[schema(pattern = "^(lead|normal|retro|small)$")]
    pub lane: String,
    pub amount: Lpt,
    pub payee: Checksummed,
    pub title: Option<String>,
    pub summary: Option<String>,
    /// Whether title, summary and links were erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    pub evidence: Vec<EvidenceView>,
    /// What shows the evidence as it was seen.
    pub captures: Vec<CaptureView>,
    /// Whether somebody else also paid for it.
    pub promoted: bool,
    /// How much of the work is the claimant's, in percent, if others did the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// The claim to the same evidence that this one contests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contests: Option<u32>,
    /// What a reviewer would approve, while a revision is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Lpt>,
    /// What keeps it out of batches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldView>,
    /// Votes to take its approval back that count.
    pub reversals: u32,
    #[schema(value_type = shape::Moment)]
    pub filed_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Moment>)]
    pub decided_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// How it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentView>,
    /// The version of the policy that decides about it.
    pub policy: u32,
    /// When its decision is due; only while reviewers are to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Moment>)]
    pub due_at: Option<String>,
    /// Who may vote on it, against what it takes; only while reviewers are to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligible: Option<EligibleView>,
    /// Alternates who were called to vote on it.
    pub alternates: Vec<u32>,
    /// Where its second look stands, if it is in the audit sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, pattern = "^(awaited|passed)$")]
    pub sample: Option<&'static str>,
    /// Whether the only outside reviewer decided it alone.
    pub single_handed: bool,
    /// The last event that touched it.
    pub seq: u64,
}

/// A hold or a challenge.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HoldView {
    #[schema(pattern = "^(challenge|hold)$")]
    pub kind: String,
    pub member: u32,
    /// When it ends at the latest.
    #[schema(value_type = shape::Moment)]
    pub until: String,
    pub seq: u64,
}

/// The documents that a claim's view shows.
pub fn digests_of(program: &Program, submission: &Submission) -> Vec<Digest> {
    let name = program.member(submission.claimant).ok().map(|member| member.name);
    name.into_iter().chain([submission.revision.texts]).collect()
}

impl SubmissionView {
    pub fn new(program: &Program, submission: &Submission, texts: &Texts, at: Timestamp) -> Self {
        let revision = &submission.revision;
        let name = program.member(submission.claimant).ok().map(|member| member.name);
        Self {
            number: submission.number.get(),
            member: submission.claimant.get(),
            handle: name.and_then(|name| texts.field(&name, "handle")),
            kind: submission.kind.to_string(),
            bounty: submission.bounty.map(BountyNumber::get),
            period: submission.period.get(),
            category: submission.category.to_string(),
            function: revision.function.to_string(),
            channel: revision.channel.to_string(),
            state: submission.stage.name().to_owned(),
            revision: revision.number.get(),
            digest: revision.digest.to_string(),
            lane: revision.lane.to_string(),
            amount: revision.amount.into(),
            payee: revision.payee.into(),
            title: texts.field(&revision.texts, "title"),
            summary: texts.field(&revision.texts, "summary"),
            erased: program.erased(&revision.texts).is_some(),
            evidence: evidence(
                texts.find(&revision.texts.to_string()),
                Window::of(program, submission.bounty),
            ),
            captures: revision
                .captures
                .iter()
                .map(|digest| CaptureView::new(program, digest, texts))
                .collect(),
            promoted: revision.promoted == YesNo::Yes,
            share: revision.share.map(Count::get),
            contests: submission.contests.map(SubmissionNumber::get),
            offer: match submission.stage {
                Stage::NeedsChanges { offer } => offer.map(Into::into),
                _ => None,
            },
            hold: submission.held_at(at).map(|hold| HoldView {
                kind: hold.kind.to_string(),
                member: hold.by.get(),
                until: hold.until.to_string(),
                seq: hold.since.get(),
            }),
            reversals: u32::try_from(program.reversals(submission).len()).unwrap_or(u32::MAX),
            filed_at: submission.filed_at.to_string(),
            decided_at: submission.stage.decided_at().map(|at| at.to_string()),
            batch: match &submission.stage {
                Stage::InBatch { batch, .. } => Some(batch.get()),
                Stage::Paid { batch, .. } => batch.map(domain::value::BatchNumber::get),
                Stage::Submitted { .. }
                | Stage::NeedsChanges { .. }
                | Stage::Agreed { .. }
                | Stage::Approved { .. }
                | Stage::Rejected { .. }
                | Stage::Withdrawn { .. }
                | Stage::Reversed { .. } => None,
            },
            payment: match &submission.stage {
                Stage::Paid { payment, .. } => Some(PaymentView {
                    amount: payment.amount.into(),
                    refunded: payment.refunded.into(),
                    at: payment.at.to_string(),
                    seq: payment.event.get(),
                }),
                _ => None,
            },
            policy: revision.policy.get(),
            due_at: program.decision_due(submission).map(|at| at.to_string()),
            eligible: matches!(submission.stage, Stage::Submitted { .. })
                .then(|| EligibleView::new(program, submission)),
            alternates: submission.called.iter().map(|member| member.get()).collect(),
            sample: match submission.sample {
                Sample::Out => None,
                Sample::Awaited => Some("awaited"),
                Sample::Passed { .. } => Some("passed"),
            },
            single_handed: submission.single_handed,
            seq: submission.touched.get(),
        }
    }
}

/// How a claim was paid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaymentView {
    /// What was paid: less than was approved where two persons settled it with less.
    pub amount: Lpt,
    /// What came back of it.
    pub refunded: Lpt,
    #[schema(value_type = shape::Moment)]
    pub at: String,
    /// The event that says so.
    pub seq: u64,
}

/// A claim with every revision and vote.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubmissionDetail {
    #[serde(flatten)]
    pub submission: SubmissionView,
    /// In their order; the last is the current one.
    pub revisions: Vec<RevisionView>,
    /// In the order they were cast.
    pub votes: Vec<VoteView>,
    /// What happened to it beside, in order.
    pub history: Vec<HistoryView>,
    /// The other claims that hold some of the same evidence.
    pub siblings: Vec<SiblingView>,
}

/// Something that happened to a claim beside revisions and votes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HistoryView {
    /// The event's kind.
    pub kind: String,
    /// Who did it; nobody for the ledger itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<i64>,
    /// The reason, or the comment.
    pub text: Option<String>,
    /// Whether that was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// Until when it stands at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shape::Moment>)]
    pub until: Option<String>,
    /// What a vote to reverse or a second look led to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
    pub seq: i64,
    #[schema(value_type = shape::Moment)]
    pub at: String,
}

/// Another claim that holds some of the same evidence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiblingView {
    pub submission: i64,
    #[schema(value_type = shape::ShortName)]
    pub function: String,
    /// In percent.
    pub share: i64,
}

/// One version of a claim.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RevisionView {
    pub revision: i64,
    #[schema(value_type = shape::Digest)]
    pub digest: String,
    pub amount: Lpt,
    pub payee: Checksummed,
    pub lane: String,
    pub title: Option<String>,
    pub summary: Option<String>,
    /// Whether title, summary and links were erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    pub evidence: Vec<EvidenceView>,
    /// What shows the evidence as it was seen.
    pub captures: Vec<CaptureView>,
    pub seq: i64,
    #[schema(value_type = shape::Moment)]
    pub at: String,
}

impl SubmissionDetail {
    /// # Errors
    /// A row holds what we never write.
    pub fn new(
        program: &Program,
        submission: SubmissionView,
        entry: SubmissionEntry,
        texts: &Texts,
    ) -> Result<Self, Error> {
        let window = Window::of(program, submission.bounty.and_then(BountyNumber::new));
        let revisions = entry.revisions.into_iter().map(|row| revision(program, row, texts, window));
        Ok(Self {
            submission,
            revisions: revisions.collect::<Result<_, Error>>()?,
            votes: entry
                .votes
                .into_iter()
                .map(|row| VoteView::new(program, row, texts))
                .collect::<Result<_, Error>>()?,
            history: entry.history.into_iter().map(|row| moment(program, row, texts)).collect(),
            siblings: siblings(entry.siblings),
        })
    }
}

fn revision(
    program: &Program,
    row: rows::Revision,
    texts: &Texts,
    window: Option<Window>,
) -> Result<RevisionView, Error> {
    let amount: Amount = read_text("revisions", "amount", &row.amount)?;
    let payee: Address = read_text("revisions", "payee", &row.payee)?;
    let document = texts.find(&row.texts);
    let text = |field| document.and_then(|text| text.get(field)).and_then(Value::as_str).map(str::to_owned);
    Ok(RevisionView {
        revision: row.revision,
        digest: row.digest,
        amount: amount.into(),
        payee: payee.into(),
        lane: row.lane,
        title: text("title"),
        summary: text("summary"),
        erased: is_erased(program, &row.texts),
        evidence: evidence(document, window),
        captures: CaptureView::list(program, &row.captures, texts),
        seq: row.seq,
        at: row.at,
    })
}

/// Each other claim once for each function: it may share several pieces of evidence.
fn siblings(held: Vec<rows::Evidence>) -> Vec<SiblingView> {
    let mut found: Vec<SiblingView> = Vec::new();
    for rows::Evidence { submission, function, share, .. } in held {
        if !found.iter().any(|known| known.submission == submission && known.function == function) {
            found.push(SiblingView { submission, function, share });
        }
    }
    found
}

fn moment(program: &Program, row: rows::History, texts: &Texts) -> HistoryView {
    let said = row.text.as_deref().and_then(|digest| texts.find(digest));
    let text = |field| said.and_then(|said| said.get(field)).and_then(Value::as_str);
    HistoryView {
        kind: row.kind,
        member: row.member,
        text: text("reason").or_else(|| text("comment")).map(ToOwned::to_owned),
        erased: row.text.as_deref().is_some_and(|digest| is_erased(program, digest)),
        until: row.until,
        verdict: row.verdict,
        seq: row.seq,
        at: row.at,
    }
}
