//! Work claims, their revisions, and the votes on them.

use actix_web::{HttpRequest, HttpResponse, get, post};
use domain::Program;
use domain::event::Fact;
use domain::submission::Stage;
use domain::value::{BountyNumber, Digest, MemberNumber, PeriodNumber, Slug, SubmissionNumber, Timestamp};
use domain::words::YesNo;
use serde::Deserialize;

use super::receipt::{SubmissionReceipt, VoteReceipt};
use crate::app::{
    AcceptedOffer, App, Error, NewBallot, NewCall, NewCheck, NewComment, NewRevision, NewSubmission, NewVote,
    Receipt, SubmissionFilter, Why, shape,
};
use crate::http::Problem;
use crate::http::page::{Page, paging};
use crate::http::reading::{Reading, part, slug_of};
use crate::http::signed::Signed;
use crate::http::view::{BallotView, SubmissionDetail, SubmissionView, digests_of};
use crate::http::write::{Body, Write, location, written};

/// Which claims are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SubmissionQuery {
    #[param(
        pattern = "^(submitted|needs_changes|agreed|approved|in_batch|paid|rejected|withdrawn|reversed)$"
    )]
    pub state: Option<String>,
    #[param(value_type = Option<shape::ShortName>)]
    pub category: Option<String>,
    #[param(value_type = Option<shape::WholeNumber>, inline)]
    pub period: Option<u32>,
    /// Whose claims.
    #[param(value_type = Option<shape::WholeNumber>, inline)]
    pub member: Option<u32>,
    #[param(value_type = Option<shape::WholeNumber>, inline)]
    pub bounty: Option<u32>,
    /// Only those that reviewers should have decided by now.
    pub overdue: Option<bool>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What is wrong with one value of the query.
fn wrong(field: &str, detail: &str) -> Problem {
    Problem::malformed(format!("{field}: {detail}")).with_field(field, detail)
}

impl SubmissionQuery {
    fn filter(&self, now: Timestamp) -> Result<SubmissionFilter, Problem> {
        let known = |state: &String| Stage::NAMES.contains(&state.as_str());
        if self.state.as_ref().is_some_and(|state| !known(state)) {
            return Err(wrong("state", &format!("expected one of: {}", Stage::NAMES.join(" "))));
        }
        let category = self.category.as_deref().map(str::parse::<Slug>).transpose();
        let zero = |field| move || wrong(field, "numbers begin at 1");
        let member = self.member.map(|n| MemberNumber::new(n).ok_or_else(zero("member")));
        let period = self.period.map(|n| PeriodNumber::new(n).ok_or_else(zero("period")));
        let bounty = self.bounty.map(|n| BountyNumber::new(n).ok_or_else(zero("bounty")));
        Ok(SubmissionFilter {
            state: self.state.clone(),
            category: category.map_err(|error| wrong("category", &error.to_string()))?,
            period: period.transpose()?,
            member: member.transpose()?,
            bounty: bounty.transpose()?,
            due_by: self.overdue.unwrap_or_default().then_some(now),
        })
    }
}

/// The claims of a program, the newest first.
#[utoipa::path(tag = "submissions", params(SubmissionQuery), responses((status = 200, body = Page<SubmissionView>)))]
#[get("/programs/{slug}/submissions")]
pub async fn list_submissions(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: SubmissionQuery = reading.query()?;
    let filter = query.filter(reading.app.now()?)?;
    let paging = paging(query.limit, query.cursor.as_deref())?;
    let rows = reading.app.list_submissions(reading.program.id(), filter, paging).await?;
    // Rows may be newer than the state this request began with.
    let program = reading.app.program(reading.slug).await?;
    let number = |number: i64| u32::try_from(number).ok().and_then(SubmissionNumber::new);
    let found = Page::from(rows).try_map(|row| {
        let number = number(row.number).ok_or_else(|| Problem::fault(&"a claim has no number"))?;
        Ok::<_, Problem>(program.submission(number)?.clone())
    })?;
    let digests = found.items.iter().flat_map(|claim| digests_of(&program, claim)).collect();
    let captures = found.items.iter().flat_map(|claim| claim.revision.captures.clone()).collect();
    let texts = reading.app.texts_and_files(program.id(), digests, captures).await?;
    let now = program.last_at();
    let page = found.map(|claim| SubmissionView::new(&program, &claim, &texts, now));
    // What is overdue changes with the clock, and without an event.
    if query.overdue == Some(true) { reading.json_as_it_is(&page) } else { Ok(reading.json(&page)) }
}

/// One claim with every revision and vote.
#[utoipa::path(tag = "submissions", responses((status = 200, body = SubmissionDetail)))]
#[get("/programs/{slug}/submissions/{submission}")]
pub async fn get_submission(reading: Reading) -> Result<HttpResponse, Problem> {
    let number: SubmissionNumber = reading.part("submission")?;
    reading.program.submission(number)?;
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let found = reading.app.find_submission(reading.program.id(), number).await?;
    let (entry, texts) =
        found.ok_or_else(|| Problem::not_found(format!("there is no submission {number}")))?;
    let submission = view(&reading.app, &reading.program, number, reading.program.last_at()).await?;
    Ok(reading.json(&SubmissionDetail::new(&reading.program, submission, entry, &texts)?))
}

/// Files a claim for work, with evidence.
#[utoipa::path(tag = "submissions", request_body = NewSubmission, responses((status = 201, body = SubmissionReceipt)))]
#[post("/programs/{slug}/submissions")]
pub async fn file_submission(write: Write<NewSubmission>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.file_submission(write.ask(), &write.new).await?;
    let Fact::SubmissionFiled { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let submission = view(&write.app, &program, outcome.submission, program.last_at()).await?;
    let created = location(write.slug, &format!("submissions/{}", outcome.submission));
    Ok(written(Some(created), receipt.replayed, &SubmissionReceipt { proof: (&receipt).into(), submission }))
}

/// Replaces what a claim says; votes on it start anew.
#[utoipa::path(tag = "submissions", request_body = NewRevision, responses((status = 201, body = SubmissionReceipt)))]
#[post("/programs/{slug}/submissions/{submission}/revisions")]
pub async fn revise_submission(write: Write<NewRevision>) -> Result<HttpResponse, Problem> {
    let number = write.part("submission")?;
    let receipt = write.app.revise_submission(write.ask(), number, &write.new).await?;
    let program = write.program().await?;
    let submission = view(&write.app, &program, number, program.last_at()).await?;
    let created = location(write.slug, &format!("submissions/{number}"));
    Ok(written(Some(created), receipt.replayed, &SubmissionReceipt { proof: (&receipt).into(), submission }))
}

/// Casts a reviewer's vote on the revision whose digest they read.
///
/// If the reviewers agree and the budget cannot carry it, the state is `agreed`, and the answer says what is
/// available, needed and missing.
#[utoipa::path(tag = "submissions", request_body = NewVote, responses((status = 200, body = VoteReceipt)))]
#[post("/programs/{slug}/submissions/{submission}/votes")]
pub async fn cast_vote(write: Write<NewVote>) -> Result<HttpResponse, Problem> {
    let number = write.part("submission")?;
    let receipt = write.app.cast_vote(write.ask(), number, &write.new).await?;
    let Fact::VoteCast { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let submission = view(&write.app, &program, number, program.last_at()).await?;
    let view = VoteReceipt {
        proof: (&receipt).into(),
        verdict: outcome.verdict.to_string(),
        state: submission.state.clone(),
        available: outcome.available.map(Into::into),
        needed: outcome.needed.map(Into::into),
        missing: outcome.missing.map(Into::into),
        single_handed: outcome.single_handed == Some(YesNo::Yes),
        sampled: outcome.sampled == Some(YesNo::Yes),
        submission,
    };
    Ok(written(None, receipt.replayed, &view))
}

/// Takes the counter-offer for an own claim that was sent back.
#[utoipa::path(tag = "submissions", request_body = AcceptedOffer, responses((status = 200, body = SubmissionReceipt)))]
#[post("/programs/{slug}/submissions/{submission}/accept")]
pub async fn accept_offer(write: Write<AcceptedOffer>) -> Result<HttpResponse, Problem> {
    let number = write.part("submission")?;
    let receipt = write.app.accept_offer(write.ask(), number, &write.new).await?;
    answer(&write, &receipt, number).await
}

/// Says something about a claim.
#[utoipa::path(tag = "submissions", request_body = NewComment, responses((status = 200, body = SubmissionReceipt)))]
#[post("/programs/{slug}/submissions/{submission}/comments")]
pub async fn add_comment(write: Write<NewComment>) -> Result<HttpResponse, Problem> {
    let number = write.part("submission")?;
    let receipt = write.app.add_comment(write.ask(), number, &write.new).await?;
    answer(&write, &receipt, number).await
}

/// Declares calls that name a claim and say why: their function, and the last part of their path.
macro_rules! with_a_reason {
    ($($(#[$doc:meta])* $name:ident at $path:literal)+) => {$(
        $(#[$doc])*
        #[utoipa::path(tag = "submissions", request_body = Why, responses((status = 200, body = SubmissionReceipt)))]
        #[post($path)]
        pub async fn $name(write: Write<Why>) -> Result<HttpResponse, Problem> {
            let number = write.part("submission")?;
            let receipt = write.app.$name(write.ask(), number, &write.new).await?;
            answer(&write, &receipt, number).await
        }
    )+};
}

with_a_reason! {
    /// Takes a claim back that nothing is promised to yet: an own one, or one that nobody answers.
    withdraw_submission at "/programs/{slug}/submissions/{submission}/withdraw"
    /// Gives up the approval of an own claim that is in no batch: it waits for a new revision.
    reopen_submission at "/programs/{slug}/submissions/{submission}/reopen"
    /// Asks for another decision on an own claim that was rejected on a ground that can be looked up.
    appeal_rejection at "/programs/{slug}/submissions/{submission}/appeal"
    /// Keeps an approved claim out of batches for a while.
    hold_submission at "/programs/{slug}/submissions/{submission}/hold"
    /// Doubts an approved claim, which is kept out of batches for a while.
    challenge_submission at "/programs/{slug}/submissions/{submission}/challenge"
    /// Ends a hold or a challenge before its time.
    release_submission at "/programs/{slug}/submissions/{submission}/release"
    /// Votes to take the approval of a claim back, before it is in a batch.
    reverse_submission at "/programs/{slug}/submissions/{submission}/reverse"
}

/// A vote of yours on the current revision as typed data, ready for `eth_signTypedData_v4`; nothing is written.
#[utoipa::path(tag = "submissions", request_body = NewBallot, responses((status = 200, body = BallotView)))]
#[post("/programs/{slug}/submissions/{submission}/vote-typed-data")]
pub async fn vote_typed_data(
    request: HttpRequest,
    signed: Signed,
    body: Body<NewBallot>,
) -> Result<HttpResponse, Problem> {
    let slug = slug_of(&request)?;
    let member = signed.member_of(slug).await?;
    let number = part(&request, "submission")?;
    let ballot = signed.app.vote_typed_data(slug, member, number, &body.0).await?;
    Ok(HttpResponse::Ok().json(BallotView::from(ballot)))
}

/// Calls an alternate to vote on a claim as reviewers do.
#[utoipa::path(tag = "submissions", request_body = NewCall, responses((status = 200, body = SubmissionReceipt)))]
#[post("/programs/{slug}/submissions/{submission}/alternates")]
pub async fn call_alternate(write: Write<NewCall>) -> Result<HttpResponse, Problem> {
    let number = write.part("submission")?;
    let receipt = write.app.call_alternate(write.ask(), number, &write.new).await?;
    answer(&write, &receipt, number).await
}

/// Takes the second look at a claim of the audit sample: it may be paid, or is sent back.
#[utoipa::path(tag = "submissions", request_body = NewCheck, responses((status = 200, body = SubmissionReceipt)))]
#[post("/programs/{slug}/submissions/{submission}/sample")]
pub async fn check_sample(write: Write<NewCheck>) -> Result<HttpResponse, Problem> {
    let number = write.part("submission")?;
    let receipt = write.app.check_sample(write.ask(), number, &write.new).await?;
    answer(&write, &receipt, number).await
}

async fn answer<T>(
    write: &Write<T>,
    receipt: &Receipt,
    number: SubmissionNumber,
) -> Result<HttpResponse, Problem> {
    let program = write.program().await?;
    let submission = view(&write.app, &program, number, program.last_at()).await?;
    Ok(written(None, receipt.replayed, &SubmissionReceipt { proof: receipt.into(), submission }))
}

async fn view(
    app: &App,
    program: &Program,
    number: SubmissionNumber,
    at: Timestamp,
) -> Result<SubmissionView, Problem> {
    let submission = program.submission(number)?;
    let digests: Vec<Digest> = digests_of(program, submission);
    let captures = submission.revision.captures.clone();
    let texts = app.texts_and_files(program.id(), digests, captures).await?;
    Ok(SubmissionView::new(program, submission, &texts, at))
}
