//! Which accounts the members are that a job makes, and what their owners are told.

use domain::command::Actor;
use domain::event::Fact;
use domain::value::MemberNumber;

use super::{Job, Receipt};
use crate::app::accounts::tell;
use crate::app::{Error, Happened};
use crate::db::accounts::{find_membership, find_membership_of_member};
use crate::db::rows::Membership;
use crate::db::{AnyConn, Stored};

/// The rows that link a job's new members to their accounts.
///
/// # Errors
/// One of the accounts is a member already.
pub(super) fn of(conn: &mut AnyConn, job: &Job, receipts: &[Receipt]) -> Result<Vec<Membership>, Error> {
    let program = job.target.id().store();
    let made = receipts.iter().flat_map(|receipt| members(&receipt.fact));
    let mut links = Vec::new();
    for (member, account) in made.zip(&job.accounts) {
        let Some(account) = account else { continue };
        let account = account.to_string();
        if let Some(held) = find_membership(conn, &program, &account)? {
            return Err(Error::AlreadyMember { member: held.member });
        }
        links.push(Membership { program: program.clone(), member: i64::from(member.get()), account });
    }
    Ok(links)
}

/// The members that an event made, in the order of their numbers.
fn members(fact: &Fact) -> Vec<MemberNumber> {
    match fact {
        Fact::ProgramOpened { asked, .. } => {
            (1..).zip(&asked.members).filter_map(|(number, _)| MemberNumber::new(number)).collect()
        }
        Fact::MemberAdded { outcome, .. } | Fact::MemberJoined { outcome, .. } => vec![outcome.member],
        _ => Vec::new(),
    }
}

/// Tells whose payout address was recorded that it was, in the same commit.
///
/// # Errors
/// The database fails.
pub(super) fn tell_owners(conn: &mut AnyConn, job: &Job, receipts: &[Receipt]) -> Result<(), Error> {
    let Actor::Member(member) = job.actor else { return Ok(()) };
    for receipt in receipts {
        let Fact::AddressRecorded { asked, .. } = &receipt.fact else { continue };
        let program = job.target.id().store();
        let held = find_membership_of_member(conn, &program, i64::from(member.get()))?;
        if let Some(Membership { account, .. }) = held {
            let address = safe::eip55::checksum(&asked.address);
            tell(conn, &account, receipt.at, Happened::AddressRecorded, &address)?;
        }
    }
    Ok(())
}
