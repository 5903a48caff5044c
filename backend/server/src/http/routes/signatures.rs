//! Owners of the Safe who agree to a batch, and what carries it out then.

use actix_web::{HttpResponse, get, post};
use domain::event::Fact;
use domain::value::BatchNumber;

use super::receipt::BatchReceipt;
use crate::app::{Error, NewSignature, Receipt, WalletTransaction, executable};
use crate::http::Problem;
use crate::http::reading::Reading;
use crate::http::view::{BatchView, ExecTransactionView};
use crate::http::write::{Write, location, written};

/// Records that an owner of the Safe agrees to a batch: by a signature of a key, or as the Safe itself confirms it.
#[utoipa::path(tag = "batches", request_body = NewSignature, responses((status = 200, body = BatchReceipt)))]
#[post("/programs/{slug}/batches/{batch}/signatures")]
pub async fn record_signature(write: Write<NewSignature>) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = write.part("batch")?;
    let receipt = write.app.record_signature(write.ask(), number, &write.new).await?;
    Ok(written(None, receipt.replayed, &batch_receipt(&write.program().await?, &receipt, number)?))
}

/// Proposes the transaction that a wallet made of a batch's lines, with the nonce and the MultiSend that it chose.
#[utoipa::path(tag = "batches", request_body = WalletTransaction, responses((status = 201, body = BatchReceipt)))]
#[post("/programs/{slug}/batches/{batch}/adopt")]
pub async fn adopt_transaction(write: Write<WalletTransaction>) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = write.part("batch")?;
    let receipt = write.app.adopt_transaction(write.ask(), number, &write.new).await?;
    let Fact::BatchProposed { outcome, .. } = &receipt.fact else { return Err(Error::Stopped.into()) };
    let view = batch_receipt(&write.program().await?, &receipt, outcome.batch)?;
    let created = location(write.slug, &format!("batches/{}", outcome.batch));
    Ok(written(Some(created), receipt.replayed, &view))
}

/// The call that carries a batch out, once as many owners have signed as the Safe wants.
#[utoipa::path(tag = "batches", responses((status = 200, body = ExecTransactionView)))]
#[get("/programs/{slug}/batches/{batch}/exec-transaction.json")]
pub async fn get_exec_transaction(reading: Reading) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = reading.part("batch")?;
    let missing = || Error::NoSuchBatch { number: number.get() };
    let batch = reading.program.batch(number).ok_or_else(missing)?;
    let executable = executable(&reading.program, batch)?;
    let view = ExecTransactionView::new(&reading.program, batch, &executable);
    reading.json_file(&reading.name_of(number, "exec-transaction.json"), &view)
}

fn batch_receipt(
    program: &domain::Program,
    receipt: &Receipt,
    number: BatchNumber,
) -> Result<BatchReceipt, Problem> {
    let batch = program.batch(number).ok_or(Error::Stopped)?;
    Ok(BatchReceipt { proof: receipt.into(), batch: BatchView::new(program, batch) })
}
