//! What people have to settle, and how they do.

use actix_web::{HttpResponse, get, post};
use domain::event::Fact;
use domain::value::Seq;

use super::receipt::FindingReceipt;
use crate::app::{Error, NewResolution};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::Reading;
use crate::http::view::FindingView;
use crate::http::write::{Write, written};

/// What the chain shows and the ledger cannot settle by itself, open and resolved.
#[utoipa::path(tag = "findings", params(PageQuery), responses((status = 200, body = Page<FindingView>)))]
#[get("/programs/{slug}/findings")]
pub async fn list_findings(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let all = FindingView::list(&reading.program);
    let page = query.cut((1..).zip(all), |(place, _)| *place)?;
    Ok(reading.json(&page.map(|(_, finding)| finding)))
}

/// Says what a finding was; it is resolved once somebody else says the same.
#[utoipa::path(tag = "findings", request_body = NewResolution, responses((status = 200, body = FindingReceipt)))]
#[post("/programs/{slug}/findings/{finding}/resolve")]
pub async fn resolve_finding(write: Write<NewResolution>) -> Result<HttpResponse, Problem> {
    let number: Seq = write.part("finding")?;
    let receipt = write.app.resolve_finding(write.ask(), number, &write.new).await?;
    let verdict = match &receipt.fact {
        Fact::NonceConsumed { outcome, .. }
        | Fact::InflowClassified { outcome, .. }
        | Fact::OutflowSettled { outcome, .. } => outcome.verdict,
        _ => return Err(Error::Stopped.into()),
    };
    let all = FindingView::list(&write.program().await?);
    let finding = all.into_iter().find(|finding| finding.number == number.get()).ok_or(Error::Stopped)?;
    let view = FindingReceipt { proof: (&receipt).into(), verdict: verdict.to_string(), finding };
    Ok(written(None, receipt.replayed, &view))
}
