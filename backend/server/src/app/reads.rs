//! Queries: pages of the tables, texts kept beside the journal, the budget as of any event.

use std::collections::{BTreeSet, HashMap};

use domain::books::Account;
use domain::report::Report;
use domain::value::{
    BountyNumber, Digest, MemberNumber, PeriodNumber, Seq, Slug, SubmissionNumber, Timestamp,
};
use serde_json::Value;
use uuid::Uuid;

use super::{App, Error};
use crate::db::query::{self, LedgerEntry, Limit, Order, Page, Paging, SubmissionEntry};
use crate::db::uploads::{KeptFile, list_files};
use crate::db::{Stored, read_tx, rows};

/// The texts of some documents and what some files are, by digest. What was erased is not there.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    texts: HashMap<String, Value>,
    files: HashMap<String, KeptFile>,
}

impl Texts {
    fn read(documents: Vec<rows::Document>) -> Result<Self, Error> {
        let read = |row: rows::Document| Ok((row.digest, serde_json::from_slice(&row.content)?));
        let texts = documents.into_iter().map(read).collect::<Result<_, Error>>()?;
        Ok(Self { texts, files: HashMap::new() })
    }

    fn and(self, files: Vec<KeptFile>) -> Self {
        let files = files.into_iter().map(|file| (file.digest.clone(), file)).collect();
        Self { files, ..self }
    }

    /// A document as JSON.
    pub fn find(&self, digest: &str) -> Option<&Value> {
        self.texts.get(digest)
    }

    /// What a file is, without its content.
    pub fn file(&self, digest: &str) -> Option<&KeptFile> {
        self.files.get(digest)
    }

    /// One text of a document.
    pub fn field(&self, digest: &Digest, field: &str) -> Option<String> {
        self.find(&digest.store())?.get(field)?.as_str().map(ToOwned::to_owned)
    }
}

/// Which claims are asked for; what is `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct SubmissionFilter {
    pub state: Option<String>,
    pub category: Option<Slug>,
    pub period: Option<PeriodNumber>,
    pub member: Option<MemberNumber>,
    pub bounty: Option<BountyNumber>,
    /// Those whose decision was due by then.
    pub due_by: Option<Timestamp>,
}

/// A moment of a program's history.
#[derive(Clone, Copy, Debug)]
pub enum AsOf {
    /// After this event.
    Event(Seq),
    /// After the last event at or before this time.
    Time(Timestamp),
}

impl App {
    /// The programs of this ledger, page by page.
    ///
    /// # Errors
    /// A cursor of another list, or the database fails.
    pub async fn list_programs(&self, paging: Paging) -> Result<Page<rows::Program>, Error> {
        self.read(move |conn| Ok(query::list_programs(conn, &paging)?)).await
    }

    /// Claims by number, the newest first.
    ///
    /// # Errors
    /// A cursor of another list, or the database fails.
    pub async fn list_submissions(
        &self,
        program: Uuid,
        filter: SubmissionFilter,
        paging: Paging,
    ) -> Result<Page<rows::Submission>, Error> {
        self.read(move |conn| {
            let filter = query::SubmissionFilter {
                state: filter.state.as_deref(),
                category: filter.category,
                period: filter.period,
                member: filter.member,
                bounty: filter.bounty,
                due_by: filter.due_by,
            };
            Ok(query::list_submissions(conn, program, &filter, Order::NewestFirst, &paging)?)
        })
        .await
    }

    /// A claim with its history and every text in it, all of one moment.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_submission(
        &self,
        program: Uuid,
        number: SubmissionNumber,
    ) -> Result<Option<(SubmissionEntry, Texts)>, Error> {
        self.read(move |conn| {
            let found = read_tx(conn, |conn| query::find_submission(conn, program, number))?;
            let Some(mut entry) = found else { return Ok(None) };
            let captures = entry.revisions.iter().flat_map(|revision| revision.captures.split(','));
            let captures: BTreeSet<String> = captures.map(ToOwned::to_owned).collect();
            let files = list_files(conn, &program.store(), &captures.into_iter().collect::<Vec<_>>())?;
            let texts = Texts::read(std::mem::take(&mut entry.documents))?.and(files);
            Ok(Some((entry, texts)))
        })
        .await
    }

    /// The texts behind some digests.
    ///
    /// # Errors
    /// The database fails, or a document is not JSON.
    pub async fn texts(&self, program: Uuid, digests: Vec<Digest>) -> Result<Texts, Error> {
        self.read(move |conn| Texts::read(query::find_documents(conn, program, &digests)?)).await
    }

    /// The texts behind some digests, and what the files behind others are.
    ///
    /// # Errors
    /// The database fails, or a text is not JSON.
    pub async fn texts_and_files(
        &self,
        program: Uuid,
        texts: Vec<Digest>,
        files: Vec<Digest>,
    ) -> Result<Texts, Error> {
        self.read(move |conn| {
            let files: Vec<String> = files.iter().map(Stored::store).collect();
            let files = list_files(conn, &program.store(), &files)?;
            Ok(Texts::read(query::find_documents(conn, program, &texts)?)?.and(files))
        })
        .await
    }

    /// A document with its salt, as it is kept.
    ///
    /// # Errors
    /// The database fails.
    pub async fn find_document(
        &self,
        program: Uuid,
        digest: Digest,
    ) -> Result<Option<rows::Document>, Error> {
        self.read(move |conn| Ok(query::find_documents(conn, program, &[digest])?.pop())).await
    }

    /// Postings in the order of the journal, of one account or of all.
    ///
    /// # Errors
    /// A cursor of another list, or the database fails.
    pub async fn list_entries(
        &self,
        program: Uuid,
        account: Option<Account>,
        paging: Paging,
    ) -> Result<Page<LedgerEntry>, Error> {
        self.read(move |conn| Ok(query::list_entries(conn, program, account, Order::OldestFirst, &paging)?))
            .await
    }

    /// Accounts with their balances now.
    ///
    /// # Errors
    /// A cursor of another list, or the database fails.
    pub async fn list_accounts(
        &self,
        program: Uuid,
        period: Option<PeriodNumber>,
        paging: Paging,
    ) -> Result<Page<rows::Account>, Error> {
        self.read(move |conn| Ok(query::list_accounts(conn, program, period, &paging)?)).await
    }

    /// The events after a sequence number, `None` from the first, as the journal keeps them.
    ///
    /// # Errors
    /// The database fails.
    pub async fn list_events(
        &self,
        program: Uuid,
        after: Option<Seq>,
        limit: Limit,
    ) -> Result<Vec<rows::Event>, Error> {
        self.read(move |conn| Ok(query::list_events(conn, program, after, limit)?)).await
    }

    /// The budget of a period as it stood at a moment, and the event it stood after. `None` if the period was
    /// not open yet.
    ///
    /// # Errors
    /// The database fails.
    pub async fn budget_as_of(
        &self,
        program: Uuid,
        period: PeriodNumber,
        moment: AsOf,
    ) -> Result<Option<(Report, Seq)>, Error> {
        self.read(move |conn| {
            let seq = match moment {
                AsOf::Event(seq) => Some(seq),
                AsOf::Time(time) => query::seq_at(conn, program, time)?,
            };
            let Some(seq) = seq else { return Ok(None) };
            Ok(query::report_as_of(conn, program, period, seq)?.map(|report| (report, seq)))
        })
        .await
    }
}
