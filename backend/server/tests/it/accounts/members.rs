use domain::value::MemberNumber;
use domain::words::Role;
use server::app::{Ask, Error, FieldError, Membership, NewMember, ProgramFile};
use server::db::rows;

use super::door::Door;
use crate::app::world::{pilot, run, slug};
use crate::common::{TestDb, on_both};

fn number(n: u32) -> MemberNumber {
    MemberNumber::new(n).unwrap()
}

fn ask(key: &str) -> Ask<'_> {
    Ask { program: slug("pilot"), member: MemberNumber::FIRST, key, sent: None }
}

fn newcomer(handle: &str) -> NewMember {
    NewMember { handle: handle.to_owned(), roles: vec![Role::Contributor] }
}

fn led_by(handle: &str) -> ProgramFile {
    let mut file = pilot();
    file.members[0].handle = handle.to_owned();
    file
}

async fn links(door: &Door, test: &TestDb) -> Vec<(i64, String)> {
    let id = door.app.program_id(slug("pilot")).await.unwrap().to_string();
    let rows = rows::Membership::list(&mut test.open(), &id).unwrap();
    rows.into_iter().map(|row| (row.member, row.account)).collect()
}

on_both! {
    fn first_members_are_linked_to_accounts_of_their_handles(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (lead, second) = (door.register("zoe").await, pilot().members[1].handle.clone());
            let file = led_by("zoe");
            let mut twice = file.clone();
            twice.members[2].handle.clone_from(&"zoe".to_owned());

            let refused = door.app.open_program(&twice, true, "open").await;
            door.app.open_program(&file, true, "open").await.unwrap();

            let same_handle = |error: &Error| matches!(error, Error::Malformed { field, error: FieldError::SameHandle } if field == "members");
            assert!(refused.as_ref().is_err_and(same_handle), "{refused:?}");
            assert_eq!(links(&door, test).await, [(1, lead.to_string())]);
            assert_eq!(door.app.member_of(lead, slug("pilot")).await.unwrap(), Some(number(1)));
            assert!(door.app.find_account(&second).await.unwrap().is_none());
            let me = door.app.me(lead).await.unwrap();
            assert_eq!((me.account, me.handle.as_str()), (lead, "zoe"));
            let membership = Membership { program: slug("pilot"), member: number(1), roles: file.members[0].roles.clone() };
            assert_eq!(me.programs, [membership]);
            let other = door.register("other").await;
            assert_eq!(door.app.member_of(other, slug("pilot")).await.unwrap(), None);
            assert!(matches!(door.app.member_of(other, slug("none")).await, Err(Error::NoSuchProgram { .. })));
        });
    }

    fn who_opens_a_program_leads_it(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (zoe, eve) = (door.register("zoe").await, door.register("eve").await);
            let file = led_by("zoe");

            let refused = door.app.open_program_as(eve, &file, "key", None).await.unwrap_err();
            let opened = door.app.open_program_as(zoe, &file, "key", None).await.unwrap();
            let again = door.app.open_program_as(zoe, &file, "key", None).await.unwrap();

            assert!(matches!(&refused, Error::Malformed { field, error: FieldError::NotFirst } if field == "members"), "{refused}");
            assert!(opened.iter().all(|receipt| !receipt.replayed) && again.iter().all(|receipt| receipt.replayed));
            assert_eq!(opened.len(), again.len());
            assert_eq!(links(&door, test).await, [(1, zoe.to_string())]);
        });
    }

    fn a_new_member_is_linked_in_the_commit_that_adds_it(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.app.open_program(&pilot(), true, "open").await.unwrap();
            let (ann, before) = (door.register("ann").await, links(&door, test).await);
            let size = door.app.program(slug("pilot")).await.unwrap().size();

            let nobody = door.app.add_member(ask("nobody"), &newcomer("nobody")).await.unwrap_err();
            let added = door.app.add_member(ask("ann"), &newcomer("ann")).await.unwrap();
            let again = door.app.add_member(ask("ann"), &newcomer("ann")).await.unwrap();
            let twice = door.app.add_member(ask("ann-2"), &newcomer("ann")).await.unwrap_err();

            assert_eq!(before, []);
            assert!(matches!(&nobody, Error::Malformed { field, error: FieldError::NoAccount } if field == "handle"), "{nobody}");
            assert_eq!((added.seq, again.seq, again.replayed), (size, size, true));
            let member = i64::try_from(pilot().members.len()).unwrap() + 1;
            assert!(matches!(twice, Error::AlreadyMember { member: held } if held == member), "{twice}");
            assert_eq!(links(&door, test).await, [(member, ann.to_string())]);
            let program = door.app.program(slug("pilot")).await.unwrap();
            assert_eq!(program.size(), size.next().unwrap(), "what was refused left no event");
        });
    }

    fn the_operator_links_whom_the_handle_names(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.app.open_program(&pilot(), true, "open").await.unwrap();
            let second = pilot().members[1].handle.clone();
            let (ann, bob) = (door.register(&second).await, door.register("some-other").await);

            let linked = door.app.link_members_by_handle(ann).await.unwrap();
            assert_eq!(linked.iter().map(|held| held.member).collect::<Vec<_>>(), [number(2)]);
            assert_eq!(door.app.link_members_by_handle(ann).await.unwrap(), linked, "again, the same");
            assert_eq!(door.app.link_members_by_handle(bob).await.unwrap(), []);

            let link = |member, account| door.app.link_member(slug("pilot"), number(member), account);
            link(2, ann).await.unwrap();
            assert!(matches!(link(2, bob).await, Err(Error::MemberHasAccount { .. })));
            assert!(matches!(link(3, ann).await, Err(Error::AlreadyMember { member: 2 })));
            assert!(matches!(link(99, bob).await, Err(Error::Refused(_))));
            link(3, bob).await.unwrap();
            assert_eq!(links(&door, test).await, [(2, ann.to_string()), (3, bob.to_string())]);
        });
    }

    fn a_rebuild_keeps_accounts_and_memberships(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let zoe = door.register("zoe").await;
            door.app.open_program(&led_by("zoe"), true, "open").await.unwrap();
            server::app::Rebuilt::make(&test.target, None).unwrap();
            assert_eq!(links(&door, test).await, [(1, zoe.to_string())]);
            door.login("zoe").await;
        });
    }
}
