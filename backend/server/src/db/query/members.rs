use std::collections::HashMap;

use diesel::prelude::*;
use domain::value::MemberNumber;
use uuid::Uuid;

use super::{ListError, Page, Paging, int};
use crate::db::schema::{addresses, members as table};
use crate::db::{AnyConn, MultiBackend, Stored, rows};

/// A member with the addresses they recorded, in the order they did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberEntry {
    pub member: rows::Member,
    pub addresses: Vec<rows::Address>,
}

/// The members of a program by number, with roles and addresses.
///
/// # Errors
/// The database fails, or the cursor is none of this list's.
pub fn list_members(
    conn: &mut AnyConn,
    program: Uuid,
    paging: &Paging,
) -> Result<Page<MemberEntry>, ListError> {
    let mut query = table::table
        .filter(table::program.eq(program.store()))
        .order(table::number)
        .limit(paging.limit.and_one())
        .into_boxed::<MultiBackend>();
    if let Some(number) = paging.after::<i64>("members")? {
        query = query.filter(table::number.gt(number));
    }
    let page = Page::of("members", query.load::<rows::Member>(conn)?, paging.limit, |row| row.number);
    let mut addresses = addresses_of(conn, program, page.items.iter().map(|row| row.number))?;
    Ok(page.map(|member| MemberEntry {
        addresses: addresses.remove(&member.number).unwrap_or_default(),
        member,
    }))
}

/// One member with roles and addresses.
///
/// # Errors
/// The database fails.
pub fn find_member(
    conn: &mut AnyConn,
    program: Uuid,
    number: MemberNumber,
) -> Result<Option<MemberEntry>, ListError> {
    let number = int(number.get());
    let member: Option<rows::Member> = table::table.find((program.store(), number)).first(conn).optional()?;
    let Some(member) = member else { return Ok(None) };
    let addresses = addresses_of(conn, program, [number])?.remove(&number).unwrap_or_default();
    Ok(Some(MemberEntry { member, addresses }))
}

fn addresses_of(
    conn: &mut AnyConn,
    program: Uuid,
    members: impl IntoIterator<Item = i64>,
) -> QueryResult<HashMap<i64, Vec<rows::Address>>> {
    let members: Vec<i64> = members.into_iter().collect();
    let rows: Vec<rows::Address> = addresses::table
        .filter(addresses::program.eq(program.store()))
        .filter(addresses::member.eq_any(members))
        .order((addresses::member, addresses::position))
        .load(conn)?;
    let mut by_member: HashMap<i64, Vec<rows::Address>> = HashMap::new();
    for row in rows {
        by_member.entry(row.member).or_default().push(row);
    }
    Ok(by_member)
}
