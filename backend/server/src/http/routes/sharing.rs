//! Batches at a Safe Transaction Service, where owners find them.

use actix_web::{HttpRequest, HttpResponse, post};
use domain::value::BatchNumber;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{Error, NewShare, NoWords};
use crate::http::Problem;
use crate::http::reading::{part, slug_of};
use crate::http::signed::Signed;
use crate::http::view::{BatchView, Checksummed};
use crate::http::write::{Body, Proof, Write, written};

/// What a Safe Transaction Service was given.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SharedView {
    /// Scheme and host of the service.
    pub service: String,
    /// Whether it knew the transaction already.
    pub known: bool,
    /// Whose signatures it has now of those that are recorded here.
    pub confirmed: Vec<Checksummed>,
}

/// What a Safe Transaction Service gave.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PulledView {
    /// The events that recorded signatures.
    pub recorded: Vec<Proof>,
    /// What was not taken, and why.
    pub refused: Vec<RefusedView>,
    pub batch: BatchView,
}

/// A confirmation that is not what it is said to be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedView {
    pub owner: Checksummed,
    pub why: String,
}

/// Proposes a batch to the Safe Transaction Service, with an owner's or a delegate's signature.
#[utoipa::path(tag = "batches", request_body = NewShare, responses((status = 200, body = SharedView)))]
#[post("/programs/{slug}/batches/{batch}/service")]
pub async fn share_batch(
    request: HttpRequest,
    signed: Signed,
    body: Body<NewShare>,
) -> Result<HttpResponse, Problem> {
    let program = slug_of(&request)?;
    signed.member_of(program).await?;
    let number: BatchNumber = part(&request, "batch")?;
    let shared = signed.app.share_batch(program, number, &body.0).await?;
    Ok(HttpResponse::Ok().json(SharedView {
        service: shared.service,
        known: shared.known,
        confirmed: shared.confirmed.into_iter().map(Into::into).collect(),
    }))
}

/// Records the signatures of a batch that owners left at the Safe Transaction Service.
#[utoipa::path(tag = "batches", request_body = NoWords, responses((status = 200, body = PulledView)))]
#[post("/programs/{slug}/batches/{batch}/service/confirmations")]
pub async fn pull_confirmations(write: Write<NoWords>) -> Result<HttpResponse, Problem> {
    let number: BatchNumber = write.part("batch")?;
    let pulled = write.app.pull_confirmations(write.ask(), number).await?;
    let program = write.program().await?;
    let batch = BatchView::new(&program, program.batch(number).ok_or(Error::Stopped)?);
    let replayed = pulled.receipts.iter().any(|receipt| receipt.replayed);
    let refused = pulled.refused.into_iter();
    let view = PulledView {
        recorded: pulled.receipts.iter().map(Into::into).collect(),
        refused: refused.map(|(owner, why)| RefusedView { owner: owner.into(), why }).collect(),
        batch,
    };
    Ok(written(None, replayed, &view))
}
