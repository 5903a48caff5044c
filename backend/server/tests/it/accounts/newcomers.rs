//! Who makes accounts by the dozen is slowed down.

use std::net::IpAddr;

use server::app::{Attempt, AuthError};

use super::door::{Door, PASSWORD};
use crate::app::world::run;
use crate::common::on_both;

/// Registers somebody from an address; how long they have to wait, if they do.
async fn wait(door: &Door, handle: &str, ip: &str) -> Option<u32> {
    let ip: IpAddr = ip.parse().unwrap();
    match door.app.sign_up(handle, PASSWORD, ip).await {
        Err(AuthError::TooManyAttempts { retry_after_s }) => Some(retry_after_s),
        Err(AuthError::HandleTaken) | Ok(_) => None,
        Err(other) => panic!("{other:?}"),
    }
}

on_both! {
    fn an_address_registers_twenty_times_a_minute(test: TestDb) {
        run(async {
            let door = Door::open(test);
            // Counted apart: signing in takes nothing away, taken handles count.
            for n in 0..10 {
                assert!(door.app.login(Attempt::new("nobody", PASSWORD), "203.0.113.9".parse().unwrap()).await.is_err());
                assert_eq!(wait(&door, &format!("new-{n}"), "203.0.113.9").await, None);
                assert_eq!(wait(&door, "new-0", "203.0.113.9").await, None);
            }
            door.after_s(10);
            assert_eq!(wait(&door, "late", "203.0.113.9").await, Some(50));
            assert_eq!(wait(&door, "late", "::ffff:203.0.113.9").await, Some(50), "the same address");
            assert!(door.app.find_account("late").await.unwrap().is_none());
            assert_eq!(wait(&door, "neighbour", "203.0.113.10").await, None);
            door.after_s(50);
            assert_eq!(wait(&door, "late", "203.0.113.9").await, None);

            // An IPv6 household has a whole /64.
            for n in 0..20 {
                assert_eq!(wait(&door, "new-0", &format!("2001:db8:9:9::{n:x}")).await, None);
            }
            assert_eq!(wait(&door, "last", "2001:db8:9:9:ffff::1").await, Some(60));
            assert_eq!(wait(&door, "last", "2001:db8:9:a::1").await, None);
        });
    }
}
