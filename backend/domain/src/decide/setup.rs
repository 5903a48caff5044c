//! Opening a program; its members, roles and payout addresses.

use crate::command::{
    Actor, AddMember, AddressRecorded, Category, GrantRole, MemberAdded, OpenProgram, RecordAddress,
    RevokeRole,
};
use crate::event::Fact;
use crate::limits::Limits;
use crate::member::Member;
use crate::policy::{LaneRules, MAX_HOURS, Policy};
use crate::program::Program;
use crate::refusal::Refusal;
use crate::value::{Address, Count, MemberNumber, Timestamp};
use crate::words::{Lane, Role};

use super::limits::check_limits;
use super::{Decision, MAX_LIST, checked_list, distinct_list, next_number};

pub(super) const MAX_CATEGORIES: u32 = 16;
const MAX_PERCENT: u32 = 100;

pub(super) fn open_program(actor: Actor, asked: &OpenProgram) -> Result<Fact, Refusal> {
    let opener = Actor::Member(MemberNumber::FIRST);
    if actor != opener || asked.members.first().is_none_or(|first| !first.roles.contains(&Role::Lead)) {
        return Err(Refusal::FirstMemberLeads);
    }
    for member in &asked.members {
        checked_list("roles", &member.roles, MAX_LIST)?;
    }
    let names: Vec<_> = asked.members.iter().map(|member| member.name).collect();
    checked_list("members", &names, MAX_LIST)?;
    let categories: Vec<_> = asked.categories.iter().map(|category| category.slug).collect();
    checked_list("categories", &categories, MAX_CATEGORIES)?;
    distinct_list("refused_payees", &asked.refused_payees, MAX_LIST)?;
    check_limits(&Limits::of(asked))?;
    let contracts = [asked.safe, asked.token, asked.multi_send];
    distinct_list("safe, token and multi_send", &contracts, MAX_LIST)?;
    if contracts.contains(&Address::ZERO) {
        return Err(Refusal::ZeroAddress);
    }
    check_policy(&asked.policy, &asked.categories)?;
    Ok(Fact::ProgramOpened { asked: Box::new(asked.clone()) })
}

pub(super) fn check_policy(policy: &Policy, categories: &[Category]) -> Result<(), Refusal> {
    for lane in Lane::ALL {
        check_lane(*lane, policy.lane(*lane))?;
    }
    let refuse = |value: &str, rule| Err(Refusal::PolicyValue { value: value.to_owned(), rule });
    if !(1..=MAX_LIST).contains(&policy.batch_lines.get()) {
        return refuse("batch_lines", "signers can review 1 to 100 payouts");
    }
    if let Some((value, _)) = policy.hours().find(|(_, hours)| hours.get() > MAX_HOURS) {
        return refuse(value, "nothing waits longer than a year: at most 8760 hours");
    }
    if policy.open_claims.get() == 0 {
        return refuse("open_claims", "at least one claim must be allowed");
    }
    if policy.decision_grace_hours < policy.claim_grace_hours {
        return refuse("decision_grace_hours", "decisions cannot be due before claims are");
    }
    if policy.payday.every_weeks.get() == 0 {
        return refuse("payday.every_weeks", "people are paid every week (1), every other (2), and so on");
    }
    let shared: Vec<_> = policy.person_shares.iter().map(|share| share.category).collect();
    distinct_list("person_share_percent", &shared, MAX_CATEGORIES)?;
    for share in &policy.person_shares {
        if !categories.iter().any(|category| category.slug == share.category) {
            return Err(Refusal::NoSuchCategory { category: share.category });
        }
        if !(1..=MAX_PERCENT).contains(&share.percent.get()) {
            return refuse("person_share_percent", "a share is 1 to 100 percent");
        }
    }
    Ok(())
}

fn check_lane(lane: Lane, rules: &LaneRules) -> Result<(), Refusal> {
    let refuse = |value, rule| Err(Refusal::PolicyValue { value: format!("lanes.{lane}.{value}"), rule });
    if rules.approvals.get() == 0 {
        return refuse("approvals", "a claim needs at least one approval");
    }
    if rules.outside > rules.approvals {
        return refuse("outside", "no more outside approvals can be needed than approvals");
    }
    if rules.outside.get() == 0 {
        return refuse("outside", "a lead alone never decides: at least one approval comes from outside");
    }
    if rules.rejections.get() == 0 {
        return refuse("rejections", "a claim is rejected by at least one reviewer");
    }
    Ok(())
}

pub(super) fn add_member(program: &Program, asked: &AddMember) -> Result<Decision, Refusal> {
    checked_list("roles", &asked.roles, MAX_LIST)?;
    let last = program.members.last().map(|(number, _)| *number);
    let member = next_number(last, MemberNumber::FIRST, MemberNumber::next, "members")?;
    Ok(Fact::MemberAdded { asked: Box::new(asked.clone()), outcome: MemberAdded { member } }.into())
}

pub(super) fn grant_role(program: &Program, asked: GrantRole) -> Result<Decision, Refusal> {
    if program.member(asked.member)?.holds(asked.role) {
        return Err(Refusal::RoleHeld { member: asked.member, role: asked.role });
    }
    Ok(Fact::RoleGranted { asked: Box::new(asked) }.into())
}

pub(super) fn revoke_role(program: &Program, asked: RevokeRole) -> Result<Decision, Refusal> {
    if !program.member(asked.member)?.holds(asked.role) {
        return Err(Refusal::RoleNotHeld { member: asked.member, role: asked.role });
    }
    let other_lead =
        || program.members().any(|member| member.number != asked.member && member.holds(Role::Lead));
    if asked.role == Role::Lead && !other_lead() {
        return Err(Refusal::LastLead);
    }
    Ok(Fact::RoleRevoked { asked: Box::new(asked) }.into())
}

/// The first address is usable at once, a later one cools off; unproven ones wait longer.
pub(super) fn record_address(
    program: &Program,
    member: &Member,
    asked: &RecordAddress,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let address = asked.address;
    check_payee(program, address)?;
    if let Some(known) = program.address(&address) {
        return Err(if known.owner == member.number {
            Refusal::AddressKnown { address }
        } else if program.same_person(known.owner, member.number) {
            Refusal::OtherAccountsAddress { address, member: known.owner }
        } else {
            Refusal::AddressTaken { address, member: known.owner }
        });
    }
    let policy = program.policy_at(at);
    let cooled =
        if member.addresses == Count::ZERO { at } else { at.plus_hours(policy.address_changed_hours) };
    let usable_from = match asked.proof {
        Some(_) => cooled,
        None => cooled.plus_hours(policy.address_unproven_hours),
    };
    let twin = program.looks.get(&address.look()).copied();
    let outcome = AddressRecorded { twin, usable_from };
    Ok(Fact::AddressRecorded { asked: Box::new(*asked), outcome }.into())
}

/// Refuses addresses from which money never comes back.
fn check_payee(program: &Program, address: Address) -> Result<(), Refusal> {
    let charter = program.charter();
    let what = if address == Address::ZERO {
        "the zero address"
    } else if address == charter.token {
        "the token contract itself"
    } else if address == charter.safe {
        "the program's own Safe"
    } else if address == charter.multi_send || charter.refused_payees.contains(&address) {
        "a contract of the Safe software"
    } else {
        return Ok(());
    };
    Err(Refusal::PayeeRefused { address, what })
}
