//! Reading the tables page by page, and the budget as of any event.
//!
//! Every list has one stable order and a limit. A page ends with a cursor that holds the last key; the next page
//! begins after it, so a list costs the same at its end as at its start, and what is written meanwhile neither
//! repeats nor hides a row. Rows are texts and numbers: [`super::read_text`] and [`super::read_number`] read them.

mod batches;
mod bounties;
mod bundle;
mod cursor;
mod journal;
mod ledger;
mod members;
mod periods;
mod programs;
mod report;
mod safe;
mod submissions;

use thiserror::Error;

use super::Corrupt;

pub use batches::{BatchEntry, find_batch, list_batches};
pub use bounties::{BountyFilter, find_bounty, list_bounties};
pub use bundle::{journal_length, salted_documents};
pub use cursor::{Cursor, Limit, LimitError, Order, Page, Paging};
pub use journal::{find_documents, find_head, list_events, seq_at};
pub use ledger::{LedgerEntry, find_account, list_accounts, list_entries};
pub use members::{MemberEntry, find_member, list_members};
pub use periods::{PeriodEntry, find_period, find_periods, list_categories, list_periods};
pub use programs::list_programs;
pub use report::report_as_of;
pub use safe::{find_observation, list_funding, list_observations};
pub use submissions::{SubmissionEntry, SubmissionFilter, find_submission, list_submissions, list_texts};

/// Why a list could not be read.
#[derive(Debug, Error)]
pub enum ListError {
    #[error("the database refused: {0}")]
    Query(#[from] diesel::result::Error),
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// The cursor was not made by this list.
    #[error("no list of ours gave this cursor: leave it out to begin anew")]
    Cursor,
}

/// A number of the domain as the tables keep it; one that does not fit matches no row.
fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
