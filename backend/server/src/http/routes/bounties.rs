//! Bounties.

use actix_web::{HttpResponse, get, post};
use domain::event::Fact;
use domain::value::BountyNumber;

use super::receipt::BountyReceipt;
use crate::app::{Error, NewBounty};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::Reading;
use crate::http::view::BountyView;
use crate::http::write::{Write, location, written};

/// The bounties of a program.
#[utoipa::path(tag = "bounties", params(PageQuery), responses((status = 200, body = Page<BountyView>)))]
#[get("/programs/{slug}/bounties")]
pub async fn list_bounties(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut(reading.program.bounties(), |bounty| bounty.number.get())?;
    let briefs = page.items.iter().map(|bounty| bounty.brief).collect();
    let texts = reading.app.texts(reading.program.id(), briefs).await?;
    Ok(reading.json(&page.map(|bounty| BountyView::new(bounty, &texts))))
}

/// One bounty.
#[utoipa::path(tag = "bounties", responses((status = 200, body = BountyView)))]
#[get("/programs/{slug}/bounties/{bounty}")]
pub async fn get_bounty(reading: Reading) -> Result<HttpResponse, Problem> {
    let number: BountyNumber = reading.part("bounty")?;
    let bounty = *reading.program.bounty(number)?;
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let texts = reading.app.texts(reading.program.id(), vec![bounty.brief]).await?;
    Ok(reading.json(&BountyView::new(&bounty, &texts)))
}

/// Posts a bounty; its rewards are reserved at once.
#[utoipa::path(tag = "bounties", request_body = NewBounty, responses((status = 201, body = BountyReceipt)))]
#[post("/programs/{slug}/bounties")]
pub async fn post_bounty(write: Write<NewBounty>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.post_bounty(write.ask(), &write.new).await?;
    let Fact::BountyPosted { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let bounty = program.bounty(outcome.bounty)?;
    let texts = write.app.texts(program.id(), vec![bounty.brief]).await?;
    let view = BountyReceipt { proof: (&receipt).into(), bounty: BountyView::new(bounty, &texts) };
    Ok(written(Some(location(write.slug, &format!("bounties/{}", outcome.bounty))), receipt.replayed, &view))
}
