//! Time within a program never goes back.

use domain::value::Timestamp;
use server::app::Error;

use super::world::{ALICE, NOON, World, address, run, time};
use crate::common::on_both;

fn noon_and(seconds: i64) -> Timestamp {
    Timestamp::from_micros(time(NOON).micros() + seconds * 1_000_000).unwrap()
}

on_both! {
    fn a_clock_a_little_behind_uses_the_time_of_the_last_event(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            for (n, seconds) in (100..).zip([-1, -30, -60]) {
                world.clock.set(noon_and(seconds));
                let receipt = world.record(ALICE, &address(n)).await.unwrap();
                assert_eq!(receipt.at, time(NOON), "{seconds} s");
            }
            world.clock.set(noon_and(5));
            assert_eq!(world.record(ALICE, &address(200)).await.unwrap().at, noon_and(5));
            let times: Vec<String> = world.events(test).await.into_iter().map(|event| event.at).collect();
            assert!(times.is_sorted(), "{times:?}");
            world.check(test).await;
        });
    }

    fn a_clock_far_behind_writes_nothing(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let before = world.dump().await;
            for seconds in [-61, -120, -86_400] {
                world.clock.set(noon_and(seconds));
                let refused = world.record(ALICE, &address(100)).await;
                let told = matches!(refused, Err(Error::ClockBehind { now, last })
                    if now == noon_and(seconds) && last == time(NOON));
                assert!(told, "{refused:?}");
            }
            assert_eq!(world.dump().await, before);
            world.clock.set(noon_and(0));
            assert!(world.record(ALICE, &address(100)).await.is_ok(), "it was the clock, nothing else");
        });
    }
}
