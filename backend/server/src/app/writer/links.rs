//! Which accounts the members are that a job makes.

use domain::event::Fact;
use domain::value::MemberNumber;

use super::{Job, Receipt};
use crate::app::Error;
use crate::db::accounts::find_membership;
use crate::db::{AnyConn, Stored, rows};

/// The rows that link a job's new members to their accounts.
///
/// # Errors
/// One of the accounts is a member already.
pub(super) fn of(
    conn: &mut AnyConn,
    job: &Job,
    receipts: &[Receipt],
) -> Result<Vec<rows::Membership>, Error> {
    let program = job.target.id().store();
    let made = receipts.iter().flat_map(|receipt| members(&receipt.fact));
    let mut links = Vec::new();
    for (member, account) in made.zip(&job.accounts) {
        let Some(account) = account else { continue };
        let account = account.to_string();
        if let Some(held) = find_membership(conn, &program, &account)? {
            return Err(Error::AlreadyMember { member: held.member });
        }
        links.push(rows::Membership { program: program.clone(), member: i64::from(member.get()), account });
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
