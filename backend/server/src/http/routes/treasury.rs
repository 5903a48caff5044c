//! The Safe, and the LPT that comes into it.

use actix_web::{HttpResponse, get, post};
use domain::value::Seq;

use super::receipt::SafeReceipt;
use crate::app::{NewFunding, NewObservation, NewWithdrawal};
use crate::http::Problem;
use crate::http::reading::Reading;
use crate::http::view::SafeView;
use crate::http::write::{Write, written};

/// The Safe as last observed, and what it can be asked for.
#[utoipa::path(tag = "safe", responses((status = 200, body = SafeView)))]
#[get("/programs/{slug}/safe")]
pub async fn get_safe(reading: Reading) -> Result<HttpResponse, Problem> {
    let chain = reading.app.chain_standing(reading.program.id()).map(Into::into);
    reading.json_as_it_is(&SafeView { chain, ..SafeView::from(&reading.program) })
}

/// Records what the Safe looked like at a block, on the treasurer's word.
#[utoipa::path(tag = "safe", request_body = NewObservation, responses((status = 200, body = SafeReceipt)))]
#[post("/programs/{slug}/safe/observations")]
pub async fn observe_safe(write: Write<NewObservation>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.observe_safe(write.ask(), &write.new).await?;
    let safe = SafeView::from(&write.program().await?);
    Ok(written(None, receipt.replayed, &SafeReceipt { proof: (&receipt).into(), safe }))
}

/// Records LPT that a funder sent to the Safe, on the treasurer's word.
#[utoipa::path(tag = "safe", request_body = NewFunding, responses((status = 200, body = SafeReceipt)))]
#[post("/programs/{slug}/funding")]
pub async fn record_funding(write: Write<NewFunding>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.record_funding(write.ask(), &write.new).await?;
    let safe = SafeView::from(&write.program().await?);
    Ok(written(None, receipt.replayed, &SafeReceipt { proof: (&receipt).into(), safe }))
}

/// Takes a recorded funding back that was wrong; its transfer may then be recorded again.
#[utoipa::path(tag = "safe", request_body = NewWithdrawal, responses((status = 200, body = SafeReceipt)))]
#[post("/programs/{slug}/funding/{event}/withdraw")]
pub async fn withdraw_funding(write: Write<NewWithdrawal>) -> Result<HttpResponse, Problem> {
    let event: Seq = write.part("event")?;
    let receipt = write.app.withdraw_funding(write.ask(), event, &write.new).await?;
    let safe = SafeView::from(&write.program().await?);
    Ok(written(None, receipt.replayed, &SafeReceipt { proof: (&receipt).into(), safe }))
}
