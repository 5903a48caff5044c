//! Documents that have to go.

use domain::Program;
use domain::command::EraseDocument;
use domain::event::Fact;
use domain::value::{Digest, Seq};
use domain::words::Erasure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verify::Origin;

use super::call::{Ask, Operation};
use super::writer::Receipt;
use super::{App, Error};
use crate::db::journal::{find_event, find_naming};

const ERASE_DOCUMENT: Operation = Operation::post("erase_document");

/// Why a document has to go.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewErasure {
    #[schema(value_type = String, pattern = "^(mistake|personal_data|rights_of_others|unlawful)$")]
    pub class: Erasure,
}

/// How a document went.
#[derive(Clone, Copy, Debug)]
pub struct Erased {
    pub event: Seq,
    pub class: Erasure,
}

impl App {
    /// Asks for a document to be erased, or agrees to that.
    ///
    /// # Errors
    /// No event names it, or a refusal: its author asks first, its claim is not over, …
    pub async fn erase_document(
        &self,
        ask: Ask<'_>,
        document: Digest,
        new: &NewErasure,
    ) -> Result<Receipt, Error> {
        let cause = ask.cause(ERASE_DOCUMENT, &format!("/documents/{document}/erase"), new)?;
        let id = self.program_id(ask.program).await?;
        let named = self.read(move |conn| Ok(find_naming(conn, id, &document)?)).await?;
        let Some(Origin { author: Some(author), submission }) =
            named.map(|recorded| Origin::of(&recorded.event))
        else {
            return Err(Error::NoSuchDocument { digest: document });
        };
        let command = EraseDocument { author, class: new.class, document, submission };
        self.write(ask, cause, command, Vec::new()).await
    }

    /// How a document was erased; `None` for one that was not.
    ///
    /// # Errors
    /// The database fails.
    pub async fn erased(&self, program: &Program, document: Digest) -> Result<Option<Erased>, Error> {
        let Some(event) = program.erased(&document) else { return Ok(None) };
        let (id, seq) = (program.id(), i64::try_from(event.get()).unwrap_or(i64::MAX));
        let recorded = self.read(move |conn| Ok(find_event(conn, id, seq)?)).await?;
        match recorded.map(|recorded| recorded.event.fact) {
            Some(Fact::DocumentErased { asked, .. }) => Ok(Some(Erased { event, class: asked.class })),
            _ => Err(Error::HeadDiffers),
        }
    }
}
