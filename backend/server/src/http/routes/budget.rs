//! Periods, allotments, and the budget by category.

use actix_web::{HttpResponse, get, post};
use domain::Program;
use domain::event::Fact;
use domain::report::Report;
use domain::value::{PeriodNumber, Seq, Timestamp};
use serde::Deserialize;

use super::receipt::{BudgetReceipt, PeriodReceipt};
use crate::app::{Allotments, App, AsOf, Error, NewCap, NewClosing, NewMove, NewPeriod, shape};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::Reading;
use crate::http::view::{BudgetView, PeriodView};
use crate::http::write::{Write, location, written};

/// The periods of a program with what each category was given.
#[utoipa::path(tag = "budget", params(PageQuery), responses((status = 200, body = Page<PeriodView>)))]
#[get("/programs/{slug}/periods")]
pub async fn list_periods(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut(reading.program.periods(), |period| period.number.get())?;
    let numbers = page.items.iter().map(|period| period.number).collect();
    let (entries, texts) = reading.app.period_entries(reading.program.id(), numbers).await?;
    let now = reading.app.now()?;
    let page = page.try_map(|period| {
        let number = i64::from(period.number.get());
        let entry = entries.iter().find(|entry| entry.period.number == number);
        PeriodView::new(&reading.program, period, entry, &texts, now)
    })?;
    // Where a period stands changes with the time, without an event.
    reading.json_as_it_is(&page)
}

/// Opens a period with a cap of its own.
#[utoipa::path(tag = "budget", request_body = NewPeriod, responses((status = 201, body = PeriodReceipt)))]
#[post("/programs/{slug}/periods")]
pub async fn open_period(write: Write<NewPeriod>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.open_period(write.ask(), &write.new).await?;
    let Fact::PeriodOpened { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let period = view_of(&write.app, &write.program().await?, outcome.period).await?;
    let created = location(write.slug, &format!("budget?period={}", outcome.period));
    Ok(written(Some(created), receipt.replayed, &PeriodReceipt { proof: (&receipt).into(), period }))
}

/// A period as it stands now.
async fn view_of(app: &App, program: &Program, number: PeriodNumber) -> Result<PeriodView, Problem> {
    let (entries, texts) = app.period_entries(program.id(), vec![number]).await?;
    Ok(PeriodView::new(program, program.period(number)?, entries.first(), &texts, app.now()?)?)
}

/// Raises or lowers the cap of a period.
#[utoipa::path(tag = "budget", request_body = NewCap, responses((status = 200, body = PeriodReceipt)))]
#[post("/programs/{slug}/periods/{period}/cap")]
pub async fn change_cap(write: Write<NewCap>) -> Result<HttpResponse, Problem> {
    let number = write.part("period")?;
    let receipt = write.app.change_cap(write.ask(), number, &write.new).await?;
    let period = view_of(&write.app, &write.program().await?, number).await?;
    Ok(written(None, receipt.replayed, &PeriodReceipt { proof: (&receipt).into(), period }))
}

/// Closes a period for good: what is available lapses, what is unallotted goes back to the program.
///
/// What was approved in it is still paid in it.
#[utoipa::path(tag = "budget", request_body = NewClosing, responses((status = 200, body = PeriodReceipt)))]
#[post("/programs/{slug}/periods/{period}/close")]
pub async fn close_period(write: Write<NewClosing>) -> Result<HttpResponse, Problem> {
    let number = write.part("period")?;
    let receipt = write.app.close_period(write.ask(), number, &write.new).await?;
    let period = view_of(&write.app, &write.program().await?, number).await?;
    Ok(written(None, receipt.replayed, &PeriodReceipt { proof: (&receipt).into(), period }))
}

/// Sets what the named categories are given, all or none.
///
/// Refused in this order: `above_ceiling`, `over_cap`, `floor_needed`, `below_committed`, `reason_needed`.
#[utoipa::path(tag = "budget", request_body = Allotments, responses((status = 200, body = BudgetReceipt)))]
#[post("/programs/{slug}/allotments")]
pub async fn allot(write: Write<Allotments>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.allot(write.ask(), &write.new).await?;
    let Fact::Allotted { asked } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let budget = view(&Report::of(&program, asked.period)?, last(&program))?;
    Ok(written(None, receipt.replayed, &BudgetReceipt { proof: (&receipt).into(), budget }))
}

/// Moves what one category has available to another.
#[utoipa::path(tag = "budget", request_body = NewMove, responses((status = 200, body = BudgetReceipt)))]
#[post("/programs/{slug}/allotments/moves")]
pub async fn move_allotment(write: Write<NewMove>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.move_allotment(write.ask(), &write.new).await?;
    let Fact::AllotmentMoved { asked } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let budget = view(&Report::of(&program, asked.period)?, last(&program))?;
    Ok(written(None, receipt.replayed, &BudgetReceipt { proof: (&receipt).into(), budget }))
}

/// Which budget is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BudgetQuery {
    /// The period; the latest one if left out.
    #[param(value_type = Option<shape::WholeNumber>, inline)]
    pub period: Option<u32>,
    /// An event's number, or a time (RFC 3339): the budget as it stood then. Now if left out.
    #[param(value_type = Option<shape::AsOf>, inline)]
    pub as_of: Option<String>,
}

/// The budget of a period by category: now, after an event, or at a time.
#[utoipa::path(tag = "budget", params(BudgetQuery), responses((status = 200, body = BudgetView)))]
#[get("/programs/{slug}/budget")]
pub async fn get_budget(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: BudgetQuery = reading.query()?;
    let program = &reading.program;
    let asked = query
        .period
        .map(|number| PeriodNumber::new(number).ok_or_else(|| Problem::not_found("there is no period 0")));
    let latest = program.periods().last().map(|period| period.number);
    let period = asked.transpose()?.or(latest);
    let period = period.ok_or_else(|| Problem::not_found("this program has no period yet"))?;
    let Some(moment) = query.as_of else {
        return Ok(reading.json(&view(&Report::of(program, period)?, last(program))?));
    };
    program.period(period)?;
    let found = reading.app.budget_as_of(program.id(), period, moment_of(&moment, last(program))?).await?;
    let missing = || Problem::not_found(format!("period {period} was not open yet"));
    let (report, seq) = found.ok_or_else(missing)?;
    Ok(reading.json(&view(&report, seq)?))
}

/// An event's number, no later than the last, or a time.
fn moment_of(text: &str, last: Seq) -> Result<AsOf, Problem> {
    if let Ok(seq) = text.parse::<Seq>() {
        return Ok(AsOf::Event(seq.min(last)));
    }
    text.parse::<Timestamp>().map(AsOf::Time).map_err(|error| {
        let detail = format!("an event's number, or {error}");
        Problem::malformed(format!("as_of: {detail}")).with_field("as_of", detail)
    })
}

fn last(program: &Program) -> Seq {
    Seq::new(program.size().get().saturating_sub(1))
}

fn view(report: &Report, as_of: Seq) -> Result<BudgetView, Problem> {
    BudgetView::new(report, as_of).ok_or_else(|| Problem::fault(&"the budget's sums pass the largest amount"))
}
