//! Rows of members and their addresses.

use domain::Program;
use domain::command::{Actor, RecordAddress};
use domain::event::{Event, Fact};
use domain::member::Member;
use domain::value::MemberNumber;

use super::{Changes, int};
use crate::db::{Stored, rows};

impl Changes {
    pub(super) fn project_people(&mut self, after: &Program, event: &Event) {
        match &event.fact {
            Fact::ProgramOpened { .. } => {
                self.members.extend(after.members().map(|member| member_row(event, member)));
            }
            Fact::MemberAdded { outcome, .. } | Fact::MemberJoined { outcome, .. } => {
                self.put_member(after, event, outcome.member);
            }
            Fact::RoleGranted { asked } => self.put_member(after, event, asked.member),
            Fact::RoleRevoked { asked } => self.put_member(after, event, asked.member),
            Fact::AddressRecorded { asked, .. } => self.put_address(after, event, asked),
            Fact::MemberLeft { .. } => {
                if let Actor::Member(number) = event.actor {
                    self.put_member(after, event, number);
                }
            }
            _ => {}
        }
    }

    fn put_member(&mut self, after: &Program, event: &Event, number: MemberNumber) {
        self.members.extend(after.member(number).ok().map(|member| member_row(event, member)));
    }

    fn put_address(&mut self, after: &Program, event: &Event, asked: &RecordAddress) {
        self.addresses.extend(after.address(&asked.address).map(|known| rows::Address {
            program: event.program.store(),
            address: asked.address.store(),
            member: int(known.owner.get()),
            position: int(known.position.get()),
            usable_from: known.usable_from.store(),
            twin_of: known.twin.map(|twin| twin.store()),
            seq: int(known.recorded.get()),
            proof: asked.proof.map(|proof| proof.to_string()),
        }));
    }
}

fn member_row(event: &Event, member: &Member) -> rows::Member {
    let roles: Vec<&str> = member.roles.iter().map(|(role, _)| role.as_str()).collect();
    rows::Member {
        program: event.program.store(),
        number: int(member.number.get()),
        name: member.name.store(),
        roles: roles.join(","),
        added_seq: int(member.added.get()),
    }
}
