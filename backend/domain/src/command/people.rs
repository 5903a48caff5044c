//! What is asked about people: invites, accounts of one person, conflicts, alternates, samples.

use serde::{Deserialize, Serialize};

use crate::value::{Address, Digest, MemberNumber, SubmissionNumber};
use crate::words::{Role, YesNo};

/// Invites whoever knows a secret to join with some roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteMember {
    /// SHA-256 of the secret, 32 bytes that the ledger never keeps.
    pub invite: Digest,
    pub roles: Vec<Role>,
}

/// Takes an invite back that nobody used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawInvite {
    pub invite: Digest,
}

/// Somebody joins, with the secret of an invite or where everybody may. The ledger itself asks it for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The document that holds the new member's handle.
    pub name: Digest,
    /// The 32 bytes whose SHA-256 is the invite: used once, so that it may be known from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Digest>,
}

/// The member who asks gives up all roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leave {}

/// Says that two members are accounts of one person, or that it was wrong to say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkMembers {
    pub linked: YesNo,
    pub member: MemberNumber,
    pub other: MemberNumber,
    /// The document with the reason.
    pub reason: Digest,
}

/// A reviewer declares that they do not judge a person, or that this is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclareConflict {
    /// The document with the reason.
    pub reason: Digest,
    pub stands: YesNo,
    pub with: MemberNumber,
}

/// The member who asks declares an orchestrator or gateway that they operate, or operate no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclareNode {
    pub address: Address,
    /// The document that says what it is.
    pub note: Digest,
    pub operated: YesNo,
}

/// Calls an alternate to vote on one submission as reviewers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallAlternate {
    pub member: MemberNumber,
    pub submission: SubmissionNumber,
}

/// A second look at an approved small claim before it is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckSample {
    pub passed: YesNo,
    /// The document with the reason.
    pub reason: Digest,
    pub submission: SubmissionNumber,
}
