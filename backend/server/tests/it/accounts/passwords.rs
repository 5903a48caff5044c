use server::app::{Attempt, AuthError, Error, HashCost};
use server::db::rows::User;

use super::door::{CHEAP, Door, HOME, PASSWORD, told};
use crate::app::world::{at_once, run};
use crate::common::{TestDb, on_both};

fn hash(test: &TestDb) -> String {
    User::list(&mut test.open()).unwrap().remove(0).password_hash
}

on_both! {
    fn a_handle_is_registered_once(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let account = door.register("alice").await;
            assert_eq!(told(door.app.register("alice", "another violet tram").await), "this handle is taken: choose another one");
            assert_eq!(door.login("alice").await.account, account, "the first password stands");

            let callers = (0..8).map(|_| {
                let app = door.app.clone();
                async move { app.register("bob", PASSWORD).await }
            });
            let results = at_once(callers).await;
            assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
            assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(AuthError::HandleTaken))), "{results:?}");
            assert_eq!(User::list(&mut test.open()).unwrap().len(), 2);
        });
    }

    fn what_is_no_handle_or_no_password_is_named(test: TestDb) {
        run(async {
            let door = Door::open(test);
            for (handle, password, field, text) in [
                ("Alice", PASSWORD, "handle", "small letters"),
                ("a", PASSWORD, "handle", "2 to 40"),
                ("alice", "violet tram", "password", "at least 15"),
                ("alice", &"violet tram hum ".repeat(9), "password", "at most 128"),
                ("alice", "livepeer-bounty-1", "password", "what guessers try first"),
                ("alice-in-chains", "alice-in-chains-2026", "password", "your handle"),
            ] {
                match door.app.register(handle, password).await {
                    Err(AuthError::Ledger(Error::Malformed { field: named, error })) => {
                        assert_eq!(named, field);
                        assert!(error.to_string().contains(text), "{error}");
                    }
                    other => panic!("{handle} {password}: {other:?}"),
                }
            }
            assert!(User::list(&mut test.open()).unwrap().is_empty());
            assert_eq!(door.app.sign_in().hashes(), 0, "and costs nothing");
        });
    }

    fn a_handle_that_nobody_has_costs_the_same_and_says_the_same(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let mut seen = Vec::new();
            for (handle, password) in [("alice", "not the password"), ("nobody", PASSWORD), ("No\0Handle", "\0"), ("alice", "")] {
                let before = door.app.sign_in().hashes();
                let error = told(door.app.login(Attempt::new(handle, password), HOME).await);
                seen.push((error, door.app.sign_in().hashes() - before));
            }
            assert_eq!(seen, vec![("handle or password is wrong".to_owned(), 1); 4]);
        });
    }

    fn a_hash_of_another_cost_is_renewed_at_the_next_sign_in(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let cheap = hash(test);
            assert!(cheap.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{cheap}");
            let salt = cheap.split('$').nth(4).unwrap();
            assert_eq!(salt.len(), 22, "sixteen bytes of salt");

            let dearer = door.restart(test, HashCost { memory_kib: 16, passes: 2, lanes: 1 }, None);
            assert!(dearer.login(Attempt::new("alice", "not the password"), HOME).await.is_err());
            assert_eq!(hash(test), cheap, "only who knows the password renews it");
            dearer.login(Attempt::new("alice", PASSWORD), HOME).await.unwrap();

            let renewed = hash(test);
            assert!(renewed.starts_with("$argon2id$v=19$m=16,t=2,p=1$"), "{renewed}");
            dearer.login(Attempt::new("alice", PASSWORD), HOME).await.unwrap();
            assert_eq!(hash(test), renewed, "once");
        });
    }

    fn a_pepper_may_come_later_and_is_needed_from_then_on(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let plain = hash(test);

            let peppered = door.restart(test, CHEAP, Some("a long secret of the operator"));
            peppered.login(Attempt::new("alice", PASSWORD), HOME).await.unwrap();

            assert_ne!(hash(test), plain);
            peppered.login(Attempt::new("alice", PASSWORD), HOME).await.unwrap();
            for pepper in [None, Some("another secret of the operator")] {
                let other = door.restart(test, CHEAP, pepper);
                assert!(matches!(other.login(Attempt::new("alice", PASSWORD), HOME).await, Err(AuthError::WrongCredentials)), "{pepper:?}");
            }
        });
    }

    fn more_sign_ins_than_the_queue_holds_are_told_to_come_back(test: TestDb) {
        run(async {
            let slow = HashCost { memory_kib: 16 * 1024, passes: 2, lanes: 1 };
            let door = Door::open(test);
            let app = door.restart(test, slow, None);
            let callers = (0..64).map(|n| {
                let app = app.clone();
                async move { app.register(&format!("user-{n}"), PASSWORD).await }
            });
            let results = at_once(callers).await;
            let busy = |result: &&Result<_, AuthError>| matches!(result, Err(AuthError::Ledger(Error::Busy { retry_after_s: 1 })));
            let (served, turned_away) = (results.iter().filter(|result| result.is_ok()).count(), results.iter().filter(busy).count());
            assert_eq!(served + turned_away, 64, "{results:?}");
            assert!(served >= 34 && turned_away > 0, "{served} served, {turned_away} turned away");
        });
    }
}

#[test]
fn the_standard_cost_is_what_we_say() {
    assert_eq!(HashCost::STANDARD, HashCost { memory_kib: 65_536, passes: 3, lanes: 1 });
}
