//! What an event makes of the tables: rows that are written in the commit that appends it.
//!
//! Everything here follows from the journal, so `rebuild` makes the same rows again.

mod budget;
mod chain;
mod claims;
mod people;

pub(crate) use claims::submission_row;

use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryResult;
use domain::Program;
use domain::books::{Account, Posting};
use domain::command::Cause;
use domain::event::{Event, Fact, Recorded};
use domain::journal::Document;
use domain::value::Digest;
use domain::words::Seconding;

use super::rows;
use super::uploads::{erase_documents, keep_uploads};
use super::{AnyConn, Stored, hex};

/// A key of evidence, the function it is held for, and who holds it.
type Held = (String, String, i64);

/// Rows to be written together, table by table.
#[derive(Debug, Default)]
pub struct Changes {
    events: Vec<rows::Event>,
    documents: Vec<rows::Document>,
    /// Uploads that become documents, and documents that go.
    uploads: Vec<String>,
    erased: Vec<String>,
    head: Option<rows::Head>,
    entries: Vec<rows::Entry>,
    accounts: Vec<rows::Account>,
    categories: Vec<rows::Category>,
    members: Vec<rows::Member>,
    addresses: Vec<rows::Address>,
    periods: Vec<rows::Period>,
    caps: Vec<rows::Cap>,
    allotments: Vec<rows::Allotment>,
    bounties: Vec<rows::Bounty>,
    submissions: Vec<rows::Submission>,
    revisions: Vec<rows::Revision>,
    released: BTreeSet<Held>,
    held: BTreeMap<Held, rows::Evidence>,
    votes: Vec<rows::Vote>,
    history: Vec<rows::History>,
    observations: Vec<rows::Observation>,
    funding: Vec<rows::Funding>,
    batches: Vec<rows::Batch>,
    payouts: Vec<rows::Payout>,
}

/// A sequence number or another count as both databases keep it.
///
/// Numbers of the domain fit: a journal of 2⁶³ events cannot be written.
fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

fn list<T: ToString>(things: &[T]) -> String {
    things.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// An event as the journal keeps it: its bytes, and columns that repeat some of what they say.
pub(super) fn event_row(recorded: &Recorded) -> rows::Event {
    let Recorded { event, bytes, leaf } = recorded;
    rows::Event {
        program: event.program.store(),
        seq: int(event.seq.get()),
        bytes: bytes.clone(),
        leaf: leaf.store(),
        at: event.at.store(),
        actor: event.actor.to_string(),
        kind: event.fact.kind().to_string(),
        cause_key: event.cause.map(|Cause(key, _)| key.store()),
        cause_request: event.cause.map(|Cause(_, request)| request.store()),
    }
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.entries.is_empty() && self.head.is_none()
    }

    /// Adds the event itself and the documents it came with.
    pub fn append(&mut self, recorded: &Recorded, after: &Program, documents: &[Document]) {
        let program = recorded.event.program.store();
        self.events.push(event_row(recorded));
        // Who knows the salt of what was erased could bring it again.
        let wanted = documents.iter().filter(|document| after.erased(&document.digest()).is_none());
        self.documents.extend(wanted.map(|document| rows::Document {
            program: program.clone(),
            digest: document.digest().store(),
            salt: hex(&document.salt),
            content: document.content.clone(),
            media_type: document.media_type.to_owned(),
        }));
        if let Fact::DocumentErased { asked, outcome } = &recorded.event.fact
            && outcome.verdict == Seconding::Done
        {
            self.erased.push(asked.document.store());
        }
        self.head = Some(rows::Head {
            program,
            size: int(after.size().get()),
            leaf: after.last_leaf().store(),
            root: after.root().store(),
            at: after.last_at().store(),
        });
    }

    /// Makes documents of uploads that an event names.
    pub fn use_uploads(&mut self, digests: &[Digest]) {
        self.uploads.extend(digests.iter().map(Stored::store));
    }

    /// Whether an upload becomes a document here.
    pub fn uses(&self, digest: &Digest) -> bool {
        self.uploads.contains(&digest.store())
    }

    /// Adds what the event changes in the projections: `before` is `None` for the first.
    ///
    /// What is few is shown from memory and has no rows: slots taken, invites, persons, conflicts, nodes, policies,
    /// what lies in suspense, and what was erased.
    pub fn project(&mut self, before: Option<&Program>, after: &Program, event: &Event) {
        self.post(after, event);
        self.project_people(after, event);
        self.project_budget(after, event);
        self.project_claims(before, after, event);
        self.project_chain(before, after, event);
    }

    /// Adds all that `later` holds, as if its events had been added here.
    pub fn merge(&mut self, later: Self) {
        self.events.extend(later.events);
        self.documents.extend(later.documents);
        self.uploads.extend(later.uploads);
        self.erased.extend(later.erased);
        self.head = later.head.or(self.head.take());
        self.entries.extend(later.entries);
        self.accounts.extend(later.accounts);
        self.categories.extend(later.categories);
        self.members.extend(later.members);
        self.addresses.extend(later.addresses);
        self.periods.extend(later.periods);
        self.caps.extend(later.caps);
        self.allotments.extend(later.allotments);
        self.bounties.extend(later.bounties);
        self.submissions.extend(later.submissions);
        self.revisions.extend(later.revisions);
        for held in &later.released {
            self.held.remove(held);
        }
        self.released.extend(later.released);
        self.held.extend(later.held);
        self.votes.extend(later.votes);
        self.history.extend(later.history);
        self.observations.extend(later.observations);
        self.funding.extend(later.funding);
        self.batches.extend(later.batches);
        self.payouts.extend(later.payouts);
    }

    /// Writes everything, table by table: a statement for each on PostgreSQL, on SQLite one for each row, prepared once.
    ///
    /// # Errors
    /// A constraint, or the database fails; the caller rolls back.
    pub fn write(&self, conn: &mut AnyConn, program: &str) -> QueryResult<()> {
        rows::Event::insert(conn, &self.events)?;
        rows::Document::insert_new(conn, &self.documents)?;
        keep_uploads(conn, program, &self.uploads)?;
        erase_documents(conn, program, &self.erased)?;
        rows::Head::upsert(conn, self.head.as_slice())?;
        rows::Entry::insert(conn, &self.entries)?;
        rows::Account::upsert(conn, &self.accounts)?;
        rows::Category::insert(conn, &self.categories)?;
        rows::Member::upsert(conn, &self.members)?;
        rows::Address::upsert(conn, &self.addresses)?;
        rows::Period::upsert(conn, &self.periods)?;
        rows::Cap::insert(conn, &self.caps)?;
        rows::Allotment::insert(conn, &self.allotments)?;
        rows::Bounty::upsert(conn, &self.bounties)?;
        rows::Submission::upsert(conn, &self.submissions)?;
        rows::Revision::insert(conn, &self.revisions)?;
        let released: Vec<Held> = self.released.iter().cloned().collect();
        rows::Evidence::release(conn, program, &released)?;
        let held: Vec<rows::Evidence> = self.held.values().cloned().collect();
        rows::Evidence::insert(conn, &held)?;
        rows::Vote::insert(conn, &self.votes)?;
        rows::History::insert(conn, &self.history)?;
        rows::Observation::insert(conn, &self.observations)?;
        rows::Funding::upsert(conn, &self.funding)?;
        rows::Batch::insert(conn, &self.batches)?;
        rows::Payout::insert(conn, &self.payouts)
    }

    fn post(&mut self, after: &Program, event: &Event) {
        let touched: BTreeSet<Account> = event.postings.iter().map(|Posting(account, ..)| *account).collect();
        for (line, Posting(account, side, amount)) in (1..).zip(&event.postings) {
            self.entries.push(rows::Entry {
                program: event.program.store(),
                seq: int(event.seq.get()),
                line,
                account: account.to_string(),
                side: side.to_string(),
                amount: amount.store(),
                // After the whole event: lines of one event happen at once.
                balance_after: after.books().balance(*account).store(),
            });
        }
        self.accounts.extend(touched.into_iter().map(|account| rows::Account {
            program: event.program.store(),
            account: account.to_string(),
            balance: after.books().balance(account).store(),
            seq: int(event.seq.get()),
        }));
    }
}
