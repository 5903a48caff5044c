//! `kill -9` in a loop, under load.

use std::sync::Arc;
use std::time::Duration;

use crate::common::on_both;
use crate::journal::Journal;
use crate::rng::Rng;
use crate::served::{Home, Served, fresh, is_long, run};
use crate::town::{Load, Reach, Town};

/// The end of every test here: rebuilding finds nothing to mend, and a bundle of it all verifies.
pub fn all_is_well(home: &Home) {
    let bundle = home.path("bundle");
    let bundle = bundle.to_str().unwrap();
    home.ok(&["rebuild"]);
    home.ok(&["export", "bundle", "-o", bundle]);
    home.ok(&["verify", bundle]);
}

/// After a start: what was acknowledged is there, and what was not answered is asked again.
pub async fn take_stock(
    home: &Home,
    served: &Served,
    town: &Arc<Town>,
    journal: &mut Journal,
    rng: &mut Rng,
) {
    journal.read(&home.target);
    journal.hold(&town.book());
    let reach = Reach::of(&served.url);
    town.renew(&reach).await;
    town.ask_again(&reach, rng).await;
    journal.read(&home.target);
    journal.hold(&town.book());
}

on_both! {
    fn nothing_acknowledged_is_lost_when_the_server_is_killed(test: TestDb) {
        let (mut rng, home, mut journal) = (fresh(), Home::of(test), Journal::default());
        let (wanted, mut kills, mut kills_at_start) = (if is_long() { 220 } else { 55 }, 0, 0);
        run(async {
            let served = Served::start(&home, &mut home.serve());
            let town = Town::found(&served).await;
            served.kill();
            while kills < wanted {
                if rng.percent(15) {
                    // It dies before it serves, perhaps while it reads what the last one left.
                    let served = Served::begin(&home, &mut home.serve());
                    tokio::time::sleep(Duration::from_micros(rng.below(40_000))).await;
                    served.kill();
                    kills_at_start += 1;
                }
                let served = Served::start(&home, &mut home.serve());
                take_stock(&home, &served, &town, &mut journal, &mut rng).await;
                let load = Load::begin(&town, &served.url, &mut rng);
                tokio::time::sleep(Duration::from_millis(20 + rng.below(300))).await;
                served.kill();
                kills += 1;
                load.end().await;
            }
            let served = Served::start(&home, &mut home.serve());
            take_stock(&home, &served, &town, &mut journal, &mut rng).await;
            served.stop();
            all_is_well(&home);

            let book = town.book();
            println!("answers: {:?}; claims: {:?}", book.codes, journal.stages());
            // The budgets were too small, treasurers wanted the same, and kills fell between commit and answer.
            assert!(journal.stages()["agreed"] > 0 && book.count("already_batched") > 0);
            assert!(book.written_unanswered > 0 && book.not_written > 0);
            println!("count: kill -9 on {} under load {kills}", test.name());
            println!("count: kill -9 on {} while starting {kills_at_start}", test.name());
            journal.print(&format!("kill -9 on {}", test.name()), &book);
        });
    }
}
