//! Members and payout addresses.

use domain::Program;
use domain::member::{Member, PayoutAddress};
use domain::people::{Conflict, Invite, InviteState, Node};
use domain::value::{Address, Digest, MemberNumber};
use domain::words::YesNo;
use serde::Serialize;
use utoipa::ToSchema;

use super::Checksummed;
use crate::app::{Texts, shape};

/// A member of a program.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MemberView {
    pub number: u32,
    /// Absent if it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Whether the handle was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<String>,
    /// The event that added them.
    pub added_seq: u64,
    /// All accounts of the same person, by their numbers; absent for who has one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts: Option<Vec<u32>>,
}

impl MemberView {
    pub fn new(program: &Program, member: &Member, texts: &Texts) -> Self {
        let accounts = program.accounts(member.number);
        Self {
            number: member.number.get(),
            handle: texts.field(&member.name, "handle"),
            erased: program.erased(&member.name).is_some(),
            roles: member.roles.iter().map(|(role, _)| role.to_string()).collect(),
            added_seq: member.added.get(),
            accounts: (accounts.len() > 1).then(|| accounts.into_iter().map(MemberNumber::get).collect()),
        }
    }
}

/// A payout address that a member recorded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AddressView {
    pub address: Checksummed,
    pub member: u32,
    /// Which of the member's addresses it is, counted from 1.
    pub position: u32,
    /// When a batch may first pay it.
    #[schema(value_type = shape::Moment)]
    pub usable_from: String,
    /// Whether the address itself signed for it.
    pub proven: bool,
    /// A known address that a hurried reader could take for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin_of: Option<Checksummed>,
    /// The event that recorded it.
    pub recorded_seq: u64,
}

impl AddressView {
    pub fn new(address: Address, known: &PayoutAddress) -> Self {
        Self {
            address: address.into(),
            member: known.owner.get(),
            position: known.position.get(),
            usable_from: known.usable_from.to_string(),
            proven: known.proven,
            twin_of: known.twin.map(Into::into),
            recorded_seq: known.recorded.get(),
        }
    }
}

/// An invite, without the secret that opens it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InviteView {
    /// The SHA-256 of the secret.
    #[schema(value_type = shape::Digest)]
    pub invite: String,
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<String>,
    /// The first moment at which it is too late.
    #[schema(value_type = shape::Moment)]
    pub until: String,
    #[schema(pattern = "^(open|used|withdrawn)$")]
    pub state: &'static str,
    /// Who joined with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_by: Option<u32>,
    /// The event that made it.
    pub made_seq: u64,
}

impl InviteView {
    pub fn new(digest: Digest, invite: &Invite) -> Self {
        Self {
            invite: digest.to_string(),
            roles: invite.roles.iter().map(ToString::to_string).collect(),
            until: invite.until.to_string(),
            state: invite.state.name(),
            used_by: match invite.state {
                InviteState::Used { by } => Some(by.get()),
                InviteState::Open | InviteState::Withdrawn => None,
            },
            made_seq: invite.made.get(),
        }
    }
}

/// A conflict of interest that a reviewer declared.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConflictView {
    pub member: u32,
    pub with: u32,
    /// Absent if it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the reason was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// The event that declared it.
    pub declared_seq: u64,
}

impl ConflictView {
    pub fn new(
        program: &Program,
        pair: (MemberNumber, MemberNumber),
        conflict: &Conflict,
        texts: &Texts,
    ) -> Self {
        Self {
            member: pair.0.get(),
            with: pair.1.get(),
            reason: texts.field(&conflict.reason, "reason"),
            erased: program.erased(&conflict.reason).is_some(),
            declared_seq: conflict.declared.get(),
        }
    }
}

/// An orchestrator or gateway that a member declared.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NodeView {
    pub address: Checksummed,
    pub member: u32,
    /// Whether they operate it now.
    pub operated: bool,
    /// Absent if it was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether the note was erased.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// The last event that said so.
    pub declared_seq: u64,
}

impl NodeView {
    pub fn new(program: &Program, key: (Address, MemberNumber), node: &Node, texts: &Texts) -> Self {
        Self {
            address: key.0.into(),
            member: key.1.get(),
            operated: node.operated == YesNo::Yes,
            note: texts.field(&node.note, "note"),
            erased: program.erased(&node.note).is_some(),
            declared_seq: node.declared.get(),
        }
    }
}
