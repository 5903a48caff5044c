//! Which members an account is: linked by a lead's addition, by the program file, or by the operator.

use domain::value::{MemberNumber, Slug};

use super::AccountId;
use crate::app::{App, Error};
use crate::db::accounts::{find_membership, find_membership_of_member, find_user};
use crate::db::rows::Membership as Row;
use crate::db::{AnyConn, Stored, rows};

impl App {
    /// Links a member to an account, as the operator. The same again changes nothing.
    ///
    /// # Errors
    /// No such program, member or account; the member has another account, or the account is another member.
    pub async fn link_member(
        &self,
        program: Slug,
        member: MemberNumber,
        account: AccountId,
    ) -> Result<(), Error> {
        let state = self.program(program).await?;
        state.member(member)?;
        let row = rows::Membership {
            program: state.id().store(),
            member: i64::from(member.get()),
            account: account.to_string(),
        };
        self.writer.keep(move |conn| link(conn, member, &row)).await
    }

    /// Links an account to every member who bears its handle and has no account yet, as the operator. Gives all
    /// its memberships.
    ///
    /// # Errors
    /// No such account, or the database fails.
    pub async fn link_members_by_handle(&self, account: AccountId) -> Result<Vec<super::Membership>, Error> {
        let handle = self.me(account).await?.handle;
        for program in self.programs().await? {
            let slug: Slug = super::slug(&program.slug)?;
            if self.member_of(account, slug).await?.is_some() {
                continue;
            }
            let id = program.id;
            let linked = self.read(move |conn| Ok(rows::Membership::list(conn, &id)?)).await?;
            let state = self.program(slug).await?;
            for member in state.members() {
                let number = i64::from(member.number.get());
                let free = linked.iter().all(|row| row.member != number);
                if free && self.handle(&state, member.number).await?.as_ref() == Some(&handle) {
                    self.link_member(slug, member.number, account).await?;
                    // One account is one member of a program.
                    break;
                }
            }
        }
        Ok(self.me(account).await?.programs)
    }
}

fn link(conn: &mut AnyConn, member: MemberNumber, row: &Row) -> Result<(), Error> {
    find_user(conn, &row.account)?.ok_or(Error::NoSuchAccount)?;
    if let Some(held) = find_membership_of_member(conn, &row.program, row.member)? {
        return if held == *row { Ok(()) } else { Err(Error::MemberHasAccount { member }) };
    }
    if let Some(held) = find_membership(conn, &row.program, &row.account)? {
        return Err(Error::AlreadyMember { member: held.member });
    }
    Ok(Row::insert(conn, std::slice::from_ref(row))?)
}
