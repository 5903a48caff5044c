//! What members say about themselves and each other: one person's accounts, conflicts, nodes; and that they leave.

use domain::command::{DeclareConflict, DeclareNode, Leave, LinkMembers};
use domain::value::MemberNumber;
use domain::words::YesNo;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Ask, Operation};
use super::documents::{TEXT, text};
use super::spelling::number;
use super::writer::Receipt;
use super::{App, Error, shape};

const LEAVE: Operation = Operation::post("leave");
const LINK_MEMBERS: Operation = Operation::post("link_members");
const DECLARE_CONFLICT: Operation = Operation::post("declare_conflict");
const DECLARE_NODE: Operation = Operation::post("declare_node");

/// Nothing to say.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoWords {}

/// Another account of the same person, or no longer.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub other: String,
    /// False takes the link apart.
    pub linked: bool,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// A conflict of interest of whoever asks.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConflict {
    /// With whom.
    #[serde(deserialize_with = "number")]
    #[schema(value_type = shape::Number)]
    pub with: String,
    /// False if it is over.
    pub stands: bool,
    #[schema(value_type = shape::Text)]
    pub reason: String,
}

/// An orchestrator or gateway of whoever asks.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNode {
    #[schema(value_type = shape::WrittenAddress)]
    pub address: String,
    /// False if you operate it no longer.
    pub operated: bool,
    /// What it is.
    #[schema(value_type = shape::Text)]
    pub note: String,
}

#[derive(Serialize)]
struct NoteText<'a> {
    note: &'a str,
}

fn member(field: &'static str, number: &str) -> Result<MemberNumber, Error> {
    number.parse::<MemberNumber>().map_err(Error::field(field))
}

impl App {
    /// Gives up every role of the member who asks.
    ///
    /// # Errors
    /// A refusal: the last lead stays.
    pub async fn leave(&self, ask: Ask<'_>, new: &NoWords) -> Result<Receipt, Error> {
        self.write(ask, ask.cause(LEAVE, "/leave", new)?, Leave {}, Vec::new()).await
    }

    /// Says that two members are accounts of one person, or no longer.
    ///
    /// # Errors
    /// Values that are none, or a refusal.
    pub async fn link_members(
        &self,
        ask: Ask<'_>,
        one: MemberNumber,
        new: &NewLink,
    ) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let (linked, other) = (YesNo::from(new.linked), member("other", &new.other)?);
        let command = LinkMembers { linked, member: one, other, reason: reason.digest() };
        let cause = ask.cause(LINK_MEMBERS, &format!("/members/{one}/links"), new)?;
        self.write(ask, cause, command, vec![reason]).await
    }

    /// Declares a conflict of interest of the reviewer who asks, or that it is over.
    ///
    /// # Errors
    /// Values that are none, or a refusal.
    pub async fn declare_conflict(&self, ask: Ask<'_>, new: &NewConflict) -> Result<Receipt, Error> {
        let reason = self.reason("reason", &new.reason)?;
        let (stands, with) = (YesNo::from(new.stands), member("with", &new.with)?);
        let command = DeclareConflict { reason: reason.digest(), stands, with };
        self.write(ask, ask.cause(DECLARE_CONFLICT, "/conflicts", new)?, command, vec![reason]).await
    }

    /// Declares an orchestrator or gateway of the member who asks, or that they operate it no longer.
    ///
    /// # Errors
    /// Values that are none, or a refusal.
    pub async fn declare_node(&self, ask: Ask<'_>, new: &NewNode) -> Result<Receipt, Error> {
        let address = safe::eip55::parse(&new.address).map_err(Error::field("address"))?;
        let note = self.document(&NoteText { note: text("note", &new.note, TEXT)? })?;
        let command = DeclareNode { address, note: note.digest(), operated: YesNo::from(new.operated) };
        self.write(ask, ask.cause(DECLARE_NODE, "/nodes", new)?, command, vec![note]).await
    }
}
