//! The books: every posting, every balance.

use actix_web::{HttpResponse, get};
use domain::books::Account;
use domain::value::PeriodNumber;
use serde::Deserialize;

use crate::app::{Error, ledger_csv, shape};
use crate::http::Problem;
use crate::http::page::{Page, paging};
use crate::http::reading::Reading;
use crate::http::view::{AccountView, EntryView};

/// Which postings are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EntryQuery {
    /// Postings of this account only.
    #[param(value_type = Option<shape::AccountName>)]
    pub account: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Every posting, in the order of the journal.
#[utoipa::path(tag = "ledger", params(EntryQuery), responses((status = 200, body = Page<EntryView>)))]
#[get("/programs/{slug}/ledger/entries")]
pub async fn list_entries(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: EntryQuery = reading.query()?;
    let account = query.account.as_deref().map(str::parse::<Account>).transpose().map_err(|error| {
        Problem::malformed(format!("account: {error}")).with_field("account", error.to_string())
    })?;
    let paging = paging(query.limit, query.cursor.as_deref())?;
    let page = Page::from(reading.app.list_entries(reading.program.id(), account, paging).await?);
    Ok(reading.json(&page.try_map(EntryView::try_from)?))
}

/// Which accounts are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountQuery {
    /// Accounts of this period only.
    #[param(value_type = Option<shape::WholeNumber>, inline)]
    pub period: Option<u32>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Every account with its balance now.
#[utoipa::path(tag = "ledger", params(AccountQuery), responses((status = 200, body = Page<AccountView>)))]
#[get("/programs/{slug}/ledger/accounts")]
pub async fn list_accounts(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: AccountQuery = reading.query()?;
    let zero = || Problem::malformed("period: numbers begin at 1").with_field("period", "numbers begin at 1");
    let period = query.period.map(|number| PeriodNumber::new(number).ok_or_else(zero)).transpose()?;
    let paging = paging(query.limit, query.cursor.as_deref())?;
    let page = Page::from(reading.app.list_accounts(reading.program.id(), period, paging).await?);
    Ok(reading.json(&page.try_map(AccountView::try_from)?))
}

/// The whole ledger as RFC 4180 CSV.
#[utoipa::path(tag = "ledger", responses((status = 200, body = String, content_type = "text/csv")))]
#[get("/programs/{slug}/ledger.csv")]
pub async fn get_ledger_csv(reading: Reading) -> Result<HttpResponse, Problem> {
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let text = ledger_csv(&reading.app.ledger(reading.slug).await?)?;
    let name = format!("{}-ledger.csv", reading.slug);
    Ok(reading.text("text/csv; charset=utf-8", Some(&name), text))
}

/// The whole ledger as JSON lines.
#[utoipa::path(tag = "ledger", responses((status = 200, body = String, content_type = "application/jsonl")))]
#[get("/programs/{slug}/ledger.jsonl")]
pub async fn get_ledger_jsonl(reading: Reading) -> Result<HttpResponse, Problem> {
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let mut text = String::new();
    for row in reading.app.ledger(reading.slug).await? {
        text.push_str(&serde_json::to_string(&row).map_err(Error::from)?);
        text.push('\n');
    }
    let name = format!("{}-ledger.jsonl", reading.slug);
    Ok(reading.text("application/jsonl", Some(&name), text))
}
