//! Whoever is signed in: their programs, their payout addresses.

use serde_json::json;

use super::{changed, refuses_bodies};
use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, but, open, program};

fn new(address: &str) -> serde_json::Value {
    json!({ "program": "pilot", "address": address })
}

on_both! {
    fn addresses_are_kept_in_their_order(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let first = changed(&api, "pilot", people.alice.post("/me/addresses", &new(&address(5))).await).await;
            // The same first and last four digits: a hurried reader takes it for the first.
            let look = address(5);
            let twin = format!("{}{}{}", &look[..6], "0".repeat(32), &look[38..]);
            let second = changed(&api, "pilot", people.alice.post("/me/addresses", &new(&twin.to_uppercase().replace("0X", "0x"))).await).await;
            let other = changed(&api, "pilot", people.bob.post("/me/addresses", &new(&address(6))).await).await;

            assert_eq!((&first["address"]["position"], &second["address"]["position"]), (&json!(1), &json!(2)));
            assert!(first["address"].get("twin_of").is_none());
            assert_eq!(second["address"]["twin_of"], first["address"]["address"]);
            assert_eq!(first["address"]["recorded_seq"], first["seq"]);
            assert_eq!(first["address"]["usable_from"], "2026-01-05T12:00:00.000000Z");
            let listed = people.alice.get("/me/addresses?program=pilot").await.json(200);
            assert_eq!(listed, json!({ "items": [first["address"], second["address"]] }));
            let listed = people.bob.get("/me/addresses?program=pilot").await.json(200);
            assert_eq!(listed, json!({ "items": [other["address"]] }), "everybody sees their own");
            api.stop().await;
        });
    }

    fn addresses_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let stranger = api.person("stranger").await;
            refuses_bodies(&people.alice, "/me/addresses", &new(&address(5)), &[
                ("address", json!({ "address": "" })),
                ("address", json!({ "address": "0x41675c099F32341bf84BFc5382aF534df5C7461a" })),
                ("address", json!({ "address": format!("{}0", address(5)) })),
                ("address", json!({ "address": null })),
                ("program", json!({ "program": null })),
                ("label", json!({ "label": "main" })),
            ]).await;
            for program in ["nobody", "No Program", "", "pilot/../pilot"] {
                people.alice.post("/me/addresses", &but(new(&address(5)), json!({ "program": program }))).await.refused(404, "no_such_program");
            }
            stranger.post("/me/addresses", &new(&address(9))).await.refused(403, "forbidden");
            stranger.get("/me/addresses?program=pilot").await.refused(403, "forbidden");
            people.alice.get("/me/addresses").await.refused(422, "malformed");
            people.alice.get("/me/addresses?program=pilot&member=1").await.refused(422, "malformed");
            people.alice.get("/me/addresses?program=nobody").await.refused(404, "no_such_program");
            people.alice.get("/me/addresses?program=%F0%9F%A6%80").await.refused(404, "no_such_program");
            api.stop().await;
        });
    }

    fn an_account_is_shown_with_what_it_is_in_each_program(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let members = json!([{ "handle": "alice", "roles": ["lead", "treasurer"] }]);
            let own = but(program(), json!({ "slug": "alices", "safe": address(900), "members": members }));
            people.alice.post("/programs", &own).await.json(201);

            let me = people.alice.get("/me").await.json(200);

            assert_eq!(me["handle"], "alice");
            let mut programs = me["programs"].as_array().unwrap().clone();
            programs.sort_by_key(|program| program["program"].as_str().unwrap().to_owned());
            assert_eq!(programs, [
                json!({ "program": "alices", "member": 1, "roles": ["lead", "treasurer"] }),
                json!({ "program": "pilot", "member": 5, "roles": ["contributor"] }),
            ]);
            // What somebody is elsewhere counts for nothing here.
            people.alice.post(&format!("{PILOT}/periods"), &crate::http::cast::february()).await.refused(403, "role_needed");
            api.stop().await;
        });
    }
}
