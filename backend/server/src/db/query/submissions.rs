use std::collections::BTreeSet;

use diesel::prelude::*;
use domain::value::{BountyNumber, MemberNumber, PeriodNumber, Slug, SubmissionNumber, Timestamp};
use uuid::Uuid;

use super::{ListError, Order, Page, Paging, int};
use crate::db::schema::{documents, evidence, history, revisions, submissions as table, votes};
use crate::db::{AnyConn, MultiBackend, Stored, rows};

/// Which claims are asked for; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct SubmissionFilter<'a> {
    /// A state's word, as `domain::submission::Stage::name` gives it.
    pub state: Option<&'a str>,
    pub category: Option<Slug>,
    pub period: Option<PeriodNumber>,
    /// Whose claims.
    pub member: Option<MemberNumber>,
    pub bounty: Option<BountyNumber>,
    /// Those whose decision was due by then.
    pub due_by: Option<Timestamp>,
}

/// A claim with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionEntry {
    pub submission: rows::Submission,
    /// In their order; the last is the current one.
    pub revisions: Vec<rows::Revision>,
    /// Every vote on any revision, in the order they were cast.
    pub votes: Vec<rows::Vote>,
    /// What happened to it beside, in order.
    pub history: Vec<rows::History>,
    /// The other claims that hold some of the same evidence, for whatever function.
    pub siblings: Vec<rows::Evidence>,
    /// What the claim holds; nothing once it is rejected.
    pub evidence: Vec<rows::Evidence>,
    /// The texts of all of that. One may be missing: then it was erased.
    pub documents: Vec<rows::Document>,
}

/// The claims of a program by number, as they stand.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_submissions(
    conn: &mut AnyConn,
    program: Uuid,
    filter: &SubmissionFilter<'_>,
    order: Order,
    paging: &Paging,
) -> Result<Page<rows::Submission>, ListError> {
    let mut query = table::table
        .filter(table::program.eq(program.store()))
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    let after = paging.after::<i64>("submissions")?;
    query = match (order, after) {
        (Order::OldestFirst, None) => query.order(table::number),
        (Order::OldestFirst, Some(number)) => query.filter(table::number.gt(number)).order(table::number),
        (Order::NewestFirst, None) => query.order(table::number.desc()),
        (Order::NewestFirst, Some(number)) => {
            query.filter(table::number.lt(number)).order(table::number.desc())
        }
    };
    if let Some(state) = filter.state {
        query = query.filter(table::state.eq(state.to_owned()));
    }
    if let Some(due_by) = filter.due_by {
        query = query.filter(table::due_at.le(due_by.store()));
    }
    if let Some(category) = filter.category {
        query = query.filter(table::category.eq(category.to_string()));
    }
    if let Some(period) = filter.period {
        query = query.filter(table::period.eq(int(period.get())));
    }
    if let Some(member) = filter.member {
        query = query.filter(table::member.eq(int(member.get())));
    }
    if let Some(bounty) = filter.bounty {
        query = query.filter(table::bounty.eq(int(bounty.get())));
    }
    Ok(Page::of("submissions", query.load::<rows::Submission>(conn)?, paging.limit, |row| row.number))
}

/// The texts of these claims' current revisions; those that were erased are left out.
///
/// # Errors
/// The database fails.
pub fn list_texts(
    conn: &mut AnyConn,
    program: Uuid,
    submissions: &[rows::Submission],
) -> Result<Vec<rows::Document>, ListError> {
    documents_of(conn, program, submissions.iter().map(|row| row.texts.clone()).collect())
}

/// One claim with its revisions, votes, evidence and texts.
///
/// Several statements: run it in [`crate::db::read_tx`] where they must see the same moment.
///
/// # Errors
/// The database fails.
pub fn find_submission(
    conn: &mut AnyConn,
    program: Uuid,
    number: SubmissionNumber,
) -> Result<Option<SubmissionEntry>, ListError> {
    let (key, number) = (program.store(), int(number.get()));
    let submission: Option<rows::Submission> = table::table.find((&key, number)).first(conn).optional()?;
    let Some(submission) = submission else { return Ok(None) };
    let revisions: Vec<rows::Revision> = revisions::table
        .filter(revisions::program.eq(&key).and(revisions::submission.eq(number)))
        .order(revisions::revision)
        .load(conn)?;
    let mut votes: Vec<rows::Vote> =
        votes::table.filter(votes::program.eq(&key).and(votes::submission.eq(number))).load(conn)?;
    votes.sort_by_key(|vote| vote.seq);
    let evidence: Vec<rows::Evidence> = evidence::table
        .filter(evidence::program.eq(&key).and(evidence::submission.eq(number)))
        .order(evidence::key)
        .load(conn)?;
    let texts = revisions.iter().map(|revision| revision.texts.clone());
    let history: Vec<rows::History> = history::table
        .filter(history::program.eq(&key).and(history::submission.eq(number)))
        .order(history::seq)
        .load(conn)?;
    let keys = evidence.iter().map(|held| &held.key);
    let mut siblings: Vec<rows::Evidence> = evidence::table
        .filter(evidence::program.eq(&key).and(evidence::key.eq_any(keys)))
        .filter(evidence::submission.ne(number))
        .load(conn)?;
    siblings.sort_by_key(|held| held.submission);
    let reasons = votes.iter().map(|vote| vote.reason.clone());
    let said = history.iter().filter_map(|moment| moment.text.clone());
    let documents = documents_of(conn, program, texts.chain(reasons).chain(said).collect())?;
    Ok(Some(SubmissionEntry { submission, revisions, votes, history, siblings, evidence, documents }))
}

/// Digests for each statement.
const DIGESTS: usize = 500;

/// Documents by digest, each once, in the order of their digests.
pub(super) fn documents_of(
    conn: &mut AnyConn,
    program: Uuid,
    digests: BTreeSet<String>,
) -> Result<Vec<rows::Document>, ListError> {
    let digests: Vec<String> = digests.into_iter().collect();
    let mut found = Vec::new();
    for digests in digests.chunks(DIGESTS) {
        let page: Vec<rows::Document> = documents::table
            .filter(documents::program.eq(program.store()))
            .filter(documents::digest.eq_any(digests))
            .order(documents::digest)
            .load(conn)?;
        found.extend(page);
    }
    Ok(found)
}
