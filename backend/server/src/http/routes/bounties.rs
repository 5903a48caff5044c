//! Bounties.

use actix_web::{HttpResponse, delete, get, post};
use domain::Program;
use domain::event::Fact;
use domain::value::{BountyNumber, MemberNumber};

use super::receipt::BountyReceipt;
use crate::app::{App, Error, NewBounty, NewSlot, Receipt, Why};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::Reading;
use crate::http::view::BountyView;
use crate::http::write::{Nothing, Write, location, written};

/// The bounties of a program.
#[utoipa::path(tag = "bounties", params(PageQuery), responses((status = 200, body = Page<BountyView>)))]
#[get("/programs/{slug}/bounties")]
pub async fn list_bounties(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut(reading.program.bounties(), |bounty| bounty.number.get())?;
    let briefs = page.items.iter().map(|bounty| bounty.brief).collect();
    let texts = reading.app.texts(reading.program.id(), briefs).await?;
    let now = reading.program.last_at();
    Ok(reading.json(&page.map(|bounty| BountyView::new(&reading.program, bounty, &texts, now))))
}

/// One bounty.
#[utoipa::path(tag = "bounties", responses((status = 200, body = BountyView)))]
#[get("/programs/{slug}/bounties/{bounty}")]
pub async fn get_bounty(reading: Reading) -> Result<HttpResponse, Problem> {
    let number: BountyNumber = reading.part("bounty")?;
    let bounty = reading.program.bounty(number)?;
    if let Some(unchanged) = reading.unchanged() {
        return Ok(unchanged);
    }
    let texts = reading.app.texts(reading.program.id(), vec![bounty.brief]).await?;
    Ok(reading.json(&BountyView::new(&reading.program, bounty, &texts, reading.program.last_at())))
}

/// Posts a bounty; its rewards are reserved at once.
#[utoipa::path(tag = "bounties", request_body = NewBounty, responses((status = 201, body = BountyReceipt)))]
#[post("/programs/{slug}/bounties")]
pub async fn post_bounty(write: Write<NewBounty>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.post_bounty(write.ask(), &write.new).await?;
    let Fact::BountyPosted { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let created = location(write.slug, &format!("bounties/{}", outcome.bounty));
    answer(&write.app, &write.program().await?, &receipt, outcome.bounty, Some(created)).await
}

/// Reserves one of a bounty's slots for whoever asks, or for somebody whom a lead names, for some days.
#[utoipa::path(tag = "bounties", request_body = NewSlot, responses((status = 200, body = BountyReceipt)))]
#[post("/programs/{slug}/bounties/{bounty}/slots")]
pub async fn take_slot(write: Write<NewSlot>) -> Result<HttpResponse, Problem> {
    let bounty = write.part("bounty")?;
    let receipt = write.app.take_slot(write.ask(), bounty, &write.new).await?;
    answer(&write.app, &write.program().await?, &receipt, bounty, None).await
}

/// Gives a member's slot back: their own, or that of somebody else if a lead asks.
#[utoipa::path(tag = "bounties", responses((status = 200, body = BountyReceipt)))]
#[delete("/programs/{slug}/bounties/{bounty}/slots/{member}")]
pub async fn release_slot(write: Write<Nothing>) -> Result<HttpResponse, Problem> {
    let bounty = write.part("bounty")?;
    let member: MemberNumber = write.part("member")?;
    let receipt = write.app.release_slot(write.ask(), bounty, member).await?;
    answer(&write.app, &write.program().await?, &receipt, bounty, None).await
}

/// Ends an offer; what its undecided claims do not need comes free.
#[utoipa::path(tag = "bounties", request_body = Why, responses((status = 200, body = BountyReceipt)))]
#[post("/programs/{slug}/bounties/{bounty}/close")]
pub async fn close_bounty(write: Write<Why>) -> Result<HttpResponse, Problem> {
    let bounty = write.part("bounty")?;
    let receipt = write.app.close_bounty(write.ask(), bounty, &write.new).await?;
    answer(&write.app, &write.program().await?, &receipt, bounty, None).await
}

async fn answer(
    app: &App,
    program: &Program,
    receipt: &Receipt,
    bounty: BountyNumber,
    created: Option<String>,
) -> Result<HttpResponse, Problem> {
    let bounty = program.bounty(bounty)?;
    let texts = app.texts(program.id(), vec![bounty.brief]).await?;
    let view = BountyReceipt {
        proof: receipt.into(),
        bounty: BountyView::new(program, bounty, &texts, program.last_at()),
    };
    Ok(written(created, receipt.replayed, &view))
}
