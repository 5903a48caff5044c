//! What people say of the chain: what became of a nonce, and LPT that moved without a batch.

use actix_web::{HttpResponse, get, post};
use domain::event::Fact;
use domain::value::{BatchNumber, Seq};

use super::receipt::{BatchReceipt, NonceReceipt, TransferReceipt};
use crate::app::{
    Error, NewConsumption, NewExecution, NewExplanation, NewInflow, NewOutflow, NewRefund, NoWords, Receipt,
    Why,
};
use crate::http::Problem;
use crate::http::page::{Page, PageQuery};
use crate::http::reading::Reading;
use crate::http::view::{BatchView, NonceView, TransferView};
use crate::http::write::{Write, location, written};

/// The nonces of the Safe that something was proposed for, and what became of them.
#[utoipa::path(tag = "batches", params(PageQuery), responses((status = 200, body = Page<NonceView>)))]
#[get("/programs/{slug}/nonces")]
pub async fn list_nonces(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let page = query.cut((1..).zip(reading.program.nonces()), |(place, _)| *place)?;
    Ok(reading.json(&page.map(|(_, nonce)| NonceView::new(&reading.program, nonce))))
}

/// Proposes to consume the nonce of a batch by a transaction that does nothing.
#[utoipa::path(tag = "batches", request_body = NoWords, responses((status = 201, body = BatchReceipt)))]
#[post("/programs/{slug}/batches/{batch}/rejection")]
pub async fn propose_rejection(write: Write<NoWords>) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = write.part("batch")?;
    let receipt = write.app.propose_rejection(write.ask(), number, write.new).await?;
    let Fact::RejectionProposed { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let program = write.program().await?;
    let batch = program.batch(outcome.batch).ok_or(Error::Stopped)?;
    let created = location(write.slug, &format!("batches/{}", outcome.batch));
    let view = BatchReceipt { proof: (&receipt).into(), batch: BatchView::new(&program, batch) };
    Ok(written(Some(created), receipt.replayed, &view))
}

/// Says that a batch was executed: its claims are paid. Where claims would be owed again, somebody else has to say the
/// same.
#[utoipa::path(tag = "batches", request_body = NewExecution, responses((status = 200, body = NonceReceipt)))]
#[post("/programs/{slug}/batches/{batch}/execution")]
pub async fn attest_execution(write: Write<NewExecution>) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = write.part("batch")?;
    let receipt = write.app.attest_execution(write.ask(), number, &write.new).await?;
    let nonce = write.program().await?.batch(number).map(|batch| batch.nonce).ok_or(Error::Stopped)?;
    ended(&write.program().await?, &receipt, nonce)
}

/// Says that a nonce was consumed and paid nobody: the claims on it are owed again once somebody else says the same.
#[utoipa::path(tag = "batches", request_body = NewConsumption, responses((status = 200, body = NonceReceipt)))]
#[post("/programs/{slug}/nonces/{nonce}/consumption")]
pub async fn consume_nonce(write: Write<NewConsumption>) -> Result<HttpResponse, Problem> {
    let nonce: Seq = write.part("nonce")?;
    let receipt = write.app.consume_nonce(write.ask(), nonce, &write.new).await?;
    ended(&write.program().await?, &receipt, nonce)
}

/// Takes back what was said of the end of a nonce: its claims are in flight again.
#[utoipa::path(tag = "batches", request_body = Why, responses((status = 200, body = NonceReceipt)))]
#[post("/programs/{slug}/nonces/{nonce}/withdraw")]
pub async fn withdraw_execution(write: Write<Why>) -> Result<HttpResponse, Problem> {
    let nonce: Seq = write.part("nonce")?;
    let receipt = write.app.withdraw_execution(write.ask(), nonce, &write.new).await?;
    ended(&write.program().await?, &receipt, nonce)
}

fn ended(program: &domain::Program, receipt: &Receipt, nonce: Seq) -> Result<HttpResponse, Problem> {
    let verdict = match &receipt.fact {
        Fact::BatchExecuted { outcome, .. } | Fact::NonceConsumed { outcome, .. } => Some(outcome.verdict),
        _ => None,
    };
    let nonce = program.nonce(nonce).ok_or(Error::Stopped)?;
    let view = NonceReceipt {
        proof: receipt.into(),
        verdict: verdict.map(|verdict| verdict.to_string()),
        nonce: NonceView::new(program, nonce),
    };
    Ok(written(None, receipt.replayed, &view))
}

/// LPT that moved into or out of the Safe beside what batches pay, in the order in which it was recorded.
#[utoipa::path(tag = "safe", params(PageQuery), responses((status = 200, body = Page<TransferView>)))]
#[get("/programs/{slug}/transfers")]
pub async fn list_transfers(reading: Reading) -> Result<HttpResponse, Problem> {
    let query: PageQuery = reading.query()?;
    let all = TransferView::list(&reading.program);
    let page = query.cut((1..).zip(all), |(place, _)| *place)?;
    Ok(reading.json(&page.map(|(_, transfer)| transfer)))
}

/// Records LPT that came into the Safe, and nobody knows yet what it was.
#[utoipa::path(tag = "safe", request_body = NewInflow, responses((status = 200, body = TransferReceipt)))]
#[post("/programs/{slug}/inflows")]
pub async fn record_inflow(write: Write<NewInflow>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.record_inflow(write.ask(), &write.new).await?;
    moved(&write.program().await?, &receipt, receipt.seq)
}

/// Records LPT that left the Safe and that no executed batch accounts for: nothing more is proposed until two persons
/// say what it was.
#[utoipa::path(tag = "safe", request_body = NewOutflow, responses((status = 200, body = TransferReceipt)))]
#[post("/programs/{slug}/outflows")]
pub async fn record_outflow(write: Write<NewOutflow>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.record_outflow(write.ask(), &write.new).await?;
    moved(&write.program().await?, &receipt, receipt.seq)
}

/// Records LPT that somebody who was paid sent back.
#[utoipa::path(tag = "safe", request_body = NewRefund, responses((status = 200, body = TransferReceipt)))]
#[post("/programs/{slug}/refunds")]
pub async fn record_refund(write: Write<NewRefund>) -> Result<HttpResponse, Problem> {
    let receipt = write.app.record_refund(write.ask(), &write.new).await?;
    moved(&write.program().await?, &receipt, receipt.seq)
}

/// Takes back an inflow, an outflow or a refund that was recorded wrongly.
#[utoipa::path(tag = "safe", request_body = Why, responses((status = 200, body = TransferReceipt)))]
#[post("/programs/{slug}/transfers/{event}/withdraw")]
pub async fn withdraw_transfer(write: Write<Why>) -> Result<HttpResponse, Problem> {
    let event: Seq = write.part("event")?;
    let receipt = write.app.withdraw_transfer(write.ask(), event, &write.new).await?;
    moved(&write.program().await?, &receipt, event)
}

/// Says what an inflow was: a contribution, or a refund. It is that once somebody else says the same.
#[utoipa::path(tag = "safe", request_body = NewExplanation, responses((status = 200, body = TransferReceipt)))]
#[post("/programs/{slug}/inflows/{event}/classify")]
pub async fn classify_inflow(write: Write<NewExplanation>) -> Result<HttpResponse, Problem> {
    let event: Seq = write.part("event")?;
    let receipt = write.app.classify_inflow(write.ask(), event, &write.new).await?;
    moved(&write.program().await?, &receipt, event)
}

/// Says what an outflow was: the payment of a claim, or a loss. It is that once somebody else says the same.
#[utoipa::path(tag = "safe", request_body = NewExplanation, responses((status = 200, body = TransferReceipt)))]
#[post("/programs/{slug}/outflows/{event}/settle")]
pub async fn settle_outflow(write: Write<NewExplanation>) -> Result<HttpResponse, Problem> {
    let event: Seq = write.part("event")?;
    let receipt = write.app.settle_outflow(write.ask(), event, &write.new).await?;
    moved(&write.program().await?, &receipt, event)
}

fn moved(program: &domain::Program, receipt: &Receipt, event: Seq) -> Result<HttpResponse, Problem> {
    let verdict = match &receipt.fact {
        Fact::InflowClassified { outcome, .. } | Fact::OutflowSettled { outcome, .. } => {
            Some(outcome.verdict)
        }
        _ => None,
    };
    let transfer = TransferView::list(program).into_iter().find(|transfer| transfer.seq == event.get());
    let view = TransferReceipt {
        proof: receipt.into(),
        verdict: verdict.map(|verdict| verdict.to_string()),
        transfer: transfer.ok_or(Error::Stopped)?,
    };
    Ok(written(None, receipt.replayed, &view))
}
