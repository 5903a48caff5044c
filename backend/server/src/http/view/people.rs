//! Members and payout addresses.

use domain::member::{Member, PayoutAddress};
use domain::value::Address;
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
    #[schema(value_type = Vec<shape::RoleName>)]
    pub roles: Vec<String>,
    /// The event that added them.
    pub added_seq: u64,
}

impl MemberView {
    pub fn new(member: &Member, texts: &Texts) -> Self {
        Self {
            number: member.number.get(),
            handle: texts.field(&member.name, "handle"),
            roles: member.roles.iter().map(|(role, _)| role.to_string()).collect(),
            added_seq: member.added.get(),
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
            twin_of: known.twin.map(Into::into),
            recorded_seq: known.recorded.get(),
        }
    }
}
