//! Joining by invite and leaving; accounts of one person; conflicts and nodes that members declare.

use crate::command::{
    DeclareConflict, DeclareNode, InviteMember, Join, Leave, LinkMembers, MemberAdded, MemberInvited,
    WithdrawInvite,
};
use crate::event::Fact;
use crate::member::Member;
use crate::people::{InviteState, link};
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Digest, MemberNumber, Timestamp};
use crate::words::{Role, YesNo};

use super::{Decision, MAX_LIST, checked_list, next_number};

pub(super) fn invite_member(
    program: &Program,
    asked: &InviteMember,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    checked_list("roles", &asked.roles, MAX_LIST)?;
    if program.people.invites.contains_key(&asked.invite) {
        return Err(Refusal::InviteKnown { invite: asked.invite });
    }
    let outcome = MemberInvited { until: at.plus_hours(program.policy_at(at).invite_hours) };
    Ok(Fact::MemberInvited { asked: Box::new(asked.clone()), outcome }.into())
}

pub(super) fn withdraw_invite(program: &Program, asked: WithdrawInvite) -> Result<Decision, Refusal> {
    let unknown = Refusal::NoSuchInvite { invite: asked.invite };
    let invite = program.people.invites.get(&asked.invite).ok_or(unknown)?;
    if invite.state != InviteState::Open {
        return Err(Refusal::InviteClosed { invite: asked.invite, state: invite.state.name() });
    }
    Ok(Fact::InviteWithdrawn { asked: Box::new(asked) }.into())
}

/// Somebody joins: with the secret of an open invite, or without one where the policy lets everybody in.
pub(super) fn join(program: &Program, asked: Join, at: Timestamp) -> Result<Decision, Refusal> {
    if let Some(submission) = program.due() {
        return Err(Refusal::SystemFirst { submission });
    }
    match asked.secret {
        Some(secret) => check_invite(program, secret, at)?,
        None if program.policy_at(at).open_joining == YesNo::No => return Err(Refusal::InviteNeeded),
        None => {}
    }
    let last = program.members.last().map(|(number, _)| *number);
    let member = next_number(last, MemberNumber::FIRST, MemberNumber::next, "members")?;
    Ok(Fact::MemberJoined { asked: Box::new(asked), outcome: MemberAdded { member } }.into())
}

fn check_invite(program: &Program, secret: Digest, at: Timestamp) -> Result<(), Refusal> {
    let digest = Digest::sha256(&[secret.bytes()]);
    let invite = program.people.invites.get(&digest).ok_or(Refusal::NoSuchInvite { invite: digest })?;
    if invite.state != InviteState::Open {
        return Err(Refusal::InviteClosed { invite: digest, state: invite.state.name() });
    }
    if at >= invite.until {
        return Err(Refusal::InviteExpired { invite: digest, until: invite.until });
    }
    Ok(())
}

pub(super) fn leave(program: &Program, member: &Member, asked: Leave) -> Result<Decision, Refusal> {
    if member.roles.is_empty() {
        return Err(Refusal::NoRolesLeft);
    }
    let other_lead =
        || program.members().any(|other| other.number != member.number && other.holds(Role::Lead));
    if member.holds(Role::Lead) && !other_lead() {
        return Err(Refusal::LastLead);
    }
    Ok(Fact::MemberLeft { asked: Box::new(asked) }.into())
}

/// A lead says that two members are one person, or one of the two does of themselves; only a lead takes it back.
///
/// Who runs the program loses votes by a link, so it takes them or a lead to link them.
pub(super) fn link_members(
    program: &Program,
    member: &Member,
    asked: LinkMembers,
) -> Result<Decision, Refusal> {
    let (one, other) = (program.member(asked.member)?, program.member(asked.other)?);
    if one.number == other.number {
        return Err(Refusal::SamePerson { member: one.number, other: other.number });
    }
    let of_themselves = [(one, other), (other, one)]
        .iter()
        .any(|(own, linked)| own.number == member.number && !program.is_insider(linked.number));
    if !member.holds(Role::Lead) && (asked.linked == YesNo::No || !of_themselves) {
        return Err(Refusal::LeadLinks);
    }
    match asked.linked {
        YesNo::Yes if program.same_person(one.number, other.number) => {
            Err(Refusal::SamePerson { member: one.number, other: other.number })
        }
        YesNo::No if !program.people.is_linked(link(one.number, other.number)) => {
            Err(Refusal::NotLinked { member: one.number, other: other.number })
        }
        YesNo::Yes | YesNo::No => Ok(Fact::MembersLinked { asked: Box::new(asked) }.into()),
    }
}

pub(super) fn declare_conflict(
    program: &Program,
    reviewer: &Member,
    asked: DeclareConflict,
) -> Result<Decision, Refusal> {
    let with = program.member(asked.with)?.number;
    if program.same_person(reviewer.number, with) {
        return Err(Refusal::SamePerson { member: reviewer.number, other: with });
    }
    let stands = program.people.conflicts.contains_key(&(reviewer.number, with));
    match asked.stands {
        YesNo::Yes if stands => Err(Refusal::ConflictKnown { with }),
        YesNo::No if !stands => Err(Refusal::NoConflict { with }),
        YesNo::Yes | YesNo::No => Ok(Fact::ConflictDeclared { asked: Box::new(asked) }.into()),
    }
}

pub(super) fn declare_node(
    program: &Program,
    member: &Member,
    asked: DeclareNode,
) -> Result<Decision, Refusal> {
    let known = program.people.nodes.get(&(asked.address, member.number)).map(|node| node.operated);
    match (asked.operated, known) {
        (YesNo::Yes, Some(YesNo::Yes)) | (YesNo::No, Some(YesNo::No) | None) => {
            Err(Refusal::NodeUnchanged { address: asked.address })
        }
        (YesNo::Yes, None | Some(YesNo::No)) | (YesNo::No, Some(YesNo::Yes)) => {
            Ok(Fact::NodeDeclared { asked: Box::new(asked) }.into())
        }
    }
}
