//! Members of a program and their payout addresses.

use serde::{Deserialize, Serialize};

use crate::value::{Address, Count, Digest, MemberNumber, Seq, Timestamp};
use crate::words::Role;

/// A member: known to the journal by number, to people by the handle in the name document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub number: MemberNumber,
    pub name: Digest,
    /// Each role with the event that gave it, in the order of roles.
    pub roles: Vec<(Role, Seq)>,
    pub added: Seq,
    /// How many payout addresses this member recorded.
    pub addresses: Count,
}

impl Member {
    pub fn holds(&self, role: Role) -> bool {
        self.holds_since(role).is_some()
    }

    /// The event since which this member holds a role without a break.
    pub fn holds_since(&self, role: Role) -> Option<Seq> {
        self.roles.iter().find(|(held, _)| *held == role).map(|(_, since)| *since)
    }

    /// Whether this member runs the program: what they claim goes through the lead lane.
    pub fn is_insider(&self) -> bool {
        [Role::Alternate, Role::Lead, Role::Reviewer, Role::Treasurer].iter().any(|role| self.holds(*role))
    }

    pub(crate) fn granted(mut self, role: Role, since: Seq) -> Self {
        self.roles.push((role, since));
        self.roles.sort_unstable();
        self
    }

    pub(crate) fn revoked(mut self, role: Role) -> Self {
        self.roles.retain(|(held, _)| *held != role);
        self
    }

    /// Without any role.
    pub(crate) fn retired(mut self) -> Self {
        self.roles.clear();
        self
    }
}

/// A payout address that a member recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutAddress {
    pub owner: MemberNumber,
    /// Which of the owner's addresses it is, counted from 1.
    pub position: Count,
    pub recorded: Seq,
    pub recorded_at: Timestamp,
    /// Whether the address itself signed for it.
    pub proven: bool,
    /// A known address that a hurried reader could take for this one.
    pub twin: Option<Address>,
    /// When a batch may first pay it.
    pub usable_from: Timestamp,
}
