//! Public reads behind a checked token, for whoever measures what checking it costs.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{ServiceConfig, scope};

use super::routes::budget::get_budget;
use super::routes::submissions::{get_submission, list_submissions};
use super::signed::Signed;

/// Some public reads once more below `/checked`, for who is signed in only. A server that people use has none
/// of them: it is asked for with [`super::Settings::more`].
pub fn checked_reads(config: &mut ServiceConfig) {
    config.service(
        scope("/checked")
            .wrap(from_fn(check))
            .service(get_budget)
            .service(get_submission)
            .service(list_submissions),
    );
}

async fn check(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    Signed::of(request.request()).await?;
    next.call(request).await
}
