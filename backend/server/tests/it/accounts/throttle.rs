use std::net::IpAddr;

use server::app::{Attempt, AuthError};

use super::door::{Door, PASSWORD};
use crate::app::world::{at_once, run};
use crate::common::on_both;

/// Addresses of their own, so that only the account is slowed down.
fn ip(n: u16) -> IpAddr {
    format!("2001:db8:0:{n:x}::1").parse().unwrap()
}

/// How long somebody has to wait; `None` if the password was looked at.
async fn wait(door: &Door, handle: &str, password: &str, ip: IpAddr) -> Option<u32> {
    match door.app.login(Attempt::new(handle, password), ip).await {
        Err(AuthError::TooManyAttempts { retry_after_s }) => Some(retry_after_s),
        Err(AuthError::WrongCredentials) | Ok(_) => None,
        Err(other) => panic!("{other:?}"),
    }
}

on_both! {
    fn after_five_failures_an_account_waits_twice_as_long_each_time_but_never_for_good(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            // The same for a handle that nobody has.
            for handle in ["alice", "nobody"] {
                for n in 0..5 {
                    assert_eq!(wait(&door, handle, "wrong", ip(n)).await, None);
                }
                let mut waits = Vec::new();
                for n in 5..17 {
                    let retry = wait(&door, handle, PASSWORD, ip(n)).await.unwrap();
                    waits.push(retry);
                    door.after_s(i64::from(retry) - 1);
                    assert_eq!(wait(&door, handle, PASSWORD, ip(n)).await, Some(1), "not a second earlier");
                    door.after_s(1);
                    if retry == 900 {
                        break;
                    }
                    assert_eq!(wait(&door, handle, "wrong", ip(n)).await, None);
                }
                assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900], "{handle}");
            }
            assert_eq!(wait(&door, "alice", PASSWORD, ip(20)).await, None, "and then it is let in");
            door.login("alice").await;
        });
    }

    fn a_success_or_a_quarter_of_an_hour_forgets_the_failures(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            for _ in 0..3 {
                for n in 0..4 {
                    assert_eq!(wait(&door, "alice", "wrong", ip(n)).await, None);
                }
                assert!(door.app.login(Attempt::new("alice", PASSWORD), ip(9)).await.is_ok());
            }
            for n in 0..5 {
                assert_eq!(wait(&door, "alice", "wrong", ip(n)).await, None);
            }
            door.after_s(900);
            for n in 0..5 {
                assert_eq!(wait(&door, "alice", "wrong", ip(n)).await, None);
            }
            assert_eq!(wait(&door, "alice", PASSWORD, ip(6)).await, Some(1));
        });
    }

    fn guesses_at_the_same_time_count_before_they_are_answered(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let callers = (0..30).map(|n| {
                let app = door.app.clone();
                async move { app.login(Attempt::new("alice", "wrong"), ip(n)).await }
            });
            let results = at_once(callers).await;
            let looked = results.iter().filter(|result| matches!(result, Err(AuthError::WrongCredentials))).count();
            assert_eq!(looked, 5, "{results:?}");
        });
    }

    fn an_address_has_twenty_attempts_a_minute(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let home: IpAddr = "203.0.113.9".parse().unwrap();
            for n in 0..20 {
                assert_eq!(wait(&door, &format!("user-{n}"), "wrong", home).await, None);
            }
            door.after_s(10);
            assert_eq!(wait(&door, "alice", PASSWORD, home).await, Some(50));
            assert_eq!(wait(&door, "alice", PASSWORD, "::ffff:203.0.113.9".parse().unwrap()).await, Some(50));
            assert_eq!(wait(&door, "alice", PASSWORD, "203.0.113.10".parse().unwrap()).await, None);
            door.after_s(50);
            assert!(door.app.login(Attempt::new("alice", PASSWORD), home).await.is_ok());

            // An IPv6 household has a whole /64.
            for n in 0..20 {
                let ip: IpAddr = format!("2001:db8:9:9::{n:x}").parse().unwrap();
                assert_eq!(wait(&door, &format!("other-{n}"), "wrong", ip).await, None);
            }
            assert_eq!(wait(&door, "alice", PASSWORD, "2001:db8:9:9:ffff::1".parse().unwrap()).await, Some(60));
        });
    }
}
