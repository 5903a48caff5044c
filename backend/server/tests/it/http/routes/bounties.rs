//! Offers, and what is kept back for them.

use serde_json::json;

use super::{created, listed, refuses_bodies, refuses_queries};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, bounty, but, open};

on_both! {
    fn a_bounty_keeps_its_rewards_back(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let bounties = format!("{PILOT}/bounties");

            let answer = people.lead.post(&bounties, &but(bounty(), json!({ "template": "space", "brief": "Line one.\nLine \"two\": café 🦀" }))).await;
            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot/bounties/1"));
            let posted = created(&api, "pilot", answer).await;

            assert_eq!(posted["bounty"], json!({
                "number": 1, "period": 1, "category": "bounties", "function": "host", "template": "space",
                "title": "Host a space", "brief": "Line one.\nLine \"two\": café 🦀", "reward": "20", "slots": 3, "slots_left": 3,
                "taken": [], "undecided": 0, "probe": false,
                "opens_at": "2026-01-01T00:00:00.000000Z", "closes_at": "2026-02-01T00:00:00.000000Z",
                "posted_seq": posted["seq"],
            }));
            assert_eq!(api.get(&format!("{bounties}/1")).await.json(200), posted["bounty"]);
            let line = api.get(&format!("{PILOT}/budget")).await.json(200)["lines"][1].clone();
            assert_eq!([&line["reserved"], &line["available"]], ["60", "65"]);
            for n in 2..=3 {
                let more = but(bounty(), json!({ "period": "1", "slots": 1, "reward": n.to_string() }));
                created(&api, "pilot", people.lead.post(&bounties, &more).await).await;
            }
            let all = listed(&api, &bounties).await;
            let numbers: Vec<u64> = all.iter().map(|bounty| bounty["number"].as_u64().unwrap()).collect();
            assert_eq!((numbers, &all[0]), (vec![1, 2, 3], &posted["bounty"]));
            api.stop().await;
        });
    }

    fn bounties_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let bounties = format!("{PILOT}/bounties");
            refuses_bodies(&people.lead, &bounties, &bounty(), &[
                ("reward", json!({ "reward": "0x14" })),
                ("reward", json!({ "reward": "20." })),
                ("brief", json!({ "brief": "" })),
                ("brief", json!({ "brief": "a".repeat(8_001) })),
                ("title", json!({ "title": "two\nlines" })),
                ("title", json!({ "title": "é".repeat(121) })),
                ("category", json!({ "category": "a/b" })),
                ("function", json!({ "function": "" })),
                ("opens_at", json!({ "opens_at": "noon" })),
                ("closes_at", json!({ "closes_at": "2026-01-01" })),
                ("period", json!({ "period": "one" })),
                ("slots", json!({ "slots": null })),
                ("colour", json!({ "colour": "red" })),
            ]).await;
            for slots in [json!(-1), json!(1.5), json!("3"), json!(4_294_967_296_u64)] {
                people.lead.post(&bounties, &but(bounty(), json!({ "slots": slots }))).await.refused(422, "malformed");
            }
            for number in ["1", "4294967295"] {
                api.get(&format!("{bounties}/{number}")).await.refused(404, "no_such_bounty");
            }
            for number in ["0", "x", "01", "-1", "4294967296", "1.0", "%31%00"] {
                api.get(&format!("{bounties}/{number}")).await.refused(404, "not_found");
            }
            refuses_queries(&api, &bounties, &[("limit=0", "limit"), ("cursor=x", "cursor"), ("state=open", "state")]).await;
            api.stop().await;
        });
    }
}
