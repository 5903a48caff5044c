//! Documents that have to go.

use domain::Program;
use domain::command::{Actor, EraseDocument};
use domain::event::{Event, Fact};
use domain::value::{Digest, MemberNumber, Seq, SubmissionNumber};
use domain::words::Erasure;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
        let (author, submission) = named
            .and_then(|recorded| origin(&recorded.event))
            .ok_or(Error::NoSuchDocument { digest: document })?;
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

/// Whose the documents of an event are, and which claim they are about.
fn origin(event: &Event) -> Option<(MemberNumber, Option<SubmissionNumber>)> {
    let author = match (event.actor, &event.fact) {
        (Actor::Member(author), _) => author,
        (Actor::System, Fact::MemberJoined { outcome, .. }) => outcome.member,
        // The ledger itself names nothing.
        (Actor::System, _) => return None,
    };
    let submission = match &event.fact {
        Fact::SubmissionFiled { outcome, .. } => Some(outcome.submission),
        Fact::SubmissionRevised { asked, .. } => Some(asked.submission),
        Fact::VoteCast { asked, .. } => Some(asked.submission),
        Fact::CommentAdded { asked } => Some(asked.submission),
        Fact::SubmissionWithdrawn { asked } => Some(asked.submission),
        Fact::RejectionAppealed { asked, .. } => Some(asked.submission),
        Fact::SubmissionReopened { asked } => Some(asked.submission),
        Fact::SubmissionHeld { asked, .. } => Some(asked.submission),
        Fact::SubmissionChallenged { asked, .. } => Some(asked.submission),
        Fact::SubmissionReleased { asked } => Some(asked.submission),
        Fact::ReversalVoted { asked, .. } => Some(asked.submission),
        Fact::SampleChecked { asked } => Some(asked.submission),
        Fact::InflowClassified { asked, .. } => asked.submission,
        Fact::OutflowSettled { asked, .. } => asked.submission,
        _ => None,
    };
    Some((author, submission))
}
