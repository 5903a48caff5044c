//! The ledger as a table: every posting of every event.

use domain::value::Slug;
use serde::Serialize;
use verify::files::csv;

use super::{App, Error};
use crate::db::{Stored, journal, read_text, rows};

/// One posting, as exports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerRow {
    pub seq: i64,
    pub at: String,
    pub kind: String,
    pub actor: String,
    pub line: i64,
    pub account: String,
    pub side: String,
    pub amount_lpt: String,
    pub amount_wei: String,
    pub balance_lpt: String,
    pub balance_wei: String,
    pub leaf_hash: String,
}

impl App {
    /// Every posting of a program, in the order of the journal.
    ///
    /// # Errors
    /// No such program, or the database fails.
    pub async fn ledger(&self, slug: Slug) -> Result<Vec<LedgerRow>, Error> {
        let id = self.program_id(slug).await?;
        self.read(move |conn| {
            let entries = journal::list_ledger(conn, &id.store())?;
            entries.into_iter().map(|(entry, event)| row(&entry, event)).collect()
        })
        .await
    }
}

fn row(entry: &rows::Entry, event: journal::EventLine) -> Result<LedgerRow, Error> {
    let amount: domain::value::Amount = read_text("entries", "amount", &entry.amount)?;
    let balance: domain::value::Amount = read_text("entries", "balance_after", &entry.balance_after)?;
    Ok(LedgerRow {
        seq: entry.seq,
        at: event.at,
        kind: event.kind,
        actor: event.actor,
        line: entry.line,
        account: entry.account.clone(),
        side: entry.side.clone(),
        amount_lpt: amount.to_string(),
        amount_wei: amount.wei().to_string(),
        balance_lpt: balance.to_string(),
        balance_wei: balance.wei().to_string(),
        leaf_hash: event.leaf,
    })
}

/// The ledger as RFC 4180 CSV with a header.
///
/// # Errors
/// A text that cannot be written.
pub fn ledger_csv(rows: &[LedgerRow]) -> Result<String, Error> {
    let mut table = csv::writer();
    for row in rows {
        table.serialize(row)?;
    }
    Ok(csv::text(table)?)
}
