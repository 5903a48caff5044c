//! Programs, and who may do what in them.

use serde_json::{Value, json};

use super::{created, listed, refuses_bodies, refuses_queries};
use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, but, open, program};

on_both! {
    fn whoever_opens_a_program_leads_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (lead, alice) = (api.person("lead").await, api.person("alice").await);

            let answer = lead.post_with("/programs", &program(), "the-first").await;
            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot"));
            let opened = created(&api, "pilot", answer).await;

            assert_eq!((&opened["seq"], &opened["at"]), (&json!(0), &json!("2026-01-05T12:00:00.000000Z")));
            assert_eq!(opened["program"]["identity"], opened["leaf_hash"], "its first event names it");
            let read = api.get(PILOT).await.json(200);
            assert_eq!(read, opened["program"]);
            assert_eq!((&read["cap"], &read["chain_id"], &read["demo"]), (&json!("1500"), &json!(42161), &json!(false)));
            assert_eq!(read["name"], "DEGEN pilot");
            assert_eq!(read["policy"]["lanes"]["retro"]["outside"], 2);
            assert_eq!(read["categories"][1], json!({ "slug": "bounties", "floor": "100", "ceiling": "150" }));
            // With it came its first period and the allotments.
            assert_eq!(read["journal"]["size"], 3);
            assert_eq!(api.get(&format!("{PILOT}/budget")).await.json(200)["unallotted"], "50");
            // Accounts of the first members' handles are linked; others may be later.
            for (person, member, role) in [(&lead, 1, "lead"), (&alice, 5, "contributor")] {
                let expected = json!([{ "program": "pilot", "member": member, "roles": [role] }]);
                assert_eq!(person.get("/me").await.json(200)["programs"], expected);
            }
            let again = lead.post_with("/programs", &program(), "the-first").await;
            assert!(again.replayed);
            assert_eq!(again.json(201), opened);
            api.stop().await;
        });
    }

    fn a_program_file_that_is_none_says_where(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.person("lead").await;
            let mut policy = program()["policy"].clone();
            policy["batch_lines"] = json!(-1);
            refuses_bodies(&lead, "/programs", &program(), &[
                ("cap", json!({ "cap": null })),
                ("colour", json!({ "colour": "red" })),
                ("token", json!({ "token": address(1) })),
                ("chain_id", json!({ "chain_id": 10 })),
                ("safe_version", json!({ "safe_version": "1.2.0" })),
                ("members", json!({ "members": [{ "handle": "alice", "roles": ["lead"] }] })),
                ("members", json!({ "members": [{ "handle": "lead", "roles": ["lead"] }, { "handle": "lead", "roles": ["auditor"] }] })),
                ("name", json!({ "name": " " })),
                ("description", json!({ "description": "a\u{202e}b" })),
            ]).await;
            // Of what lies deeper, the text says what is wrong with it.
            for (changes, text) in [
                (json!({ "cap": 1500 }), "expected a string"),
                (json!({ "cap": "1.500,00" }), "digits"),
                (json!({ "slug": "The Pilot" }), "short name"),
                (json!({ "safe": "0x5afe" }), "40 hex digits"),
                (json!({ "policy": policy }), "u32"),
                (json!({ "period": [] }), "period"),
            ] {
                let answer = lead.post("/programs", &but(program(), changes)).await.refused(422, "malformed");
                assert!(answer.body["detail"].as_str().unwrap().to_lowercase().contains(text), "{text}: {answer:?}");
            }
            assert_eq!(api.get("/programs").await.json(200), json!({ "items": [] }));
            api.stop().await;
        });
    }

    fn programs_are_listed_page_by_page(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.person("lead").await;
            for (n, slug) in (900..).zip(["pilot", "another", "third"]) {
                let members = json!([{ "handle": "lead", "roles": ["lead"] }]);
                let file = but(program(), json!({ "slug": slug, "safe": address(n), "members": members }));
                created(&api, slug, lead.post("/programs", &file).await).await;
            }
            let all = listed(&api, "/programs").await;
            let mut slugs: Vec<&str> = all.iter().map(|item| item["slug"].as_str().unwrap()).collect();
            slugs.sort_unstable();
            assert_eq!(slugs, ["another", "pilot", "third"]);
            assert!(all.iter().all(|item| item["opened_at"] == "2026-01-05T12:00:00.000000Z" && item["chain_id"] == 42161));
            let queries = [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"), ("limit=1&page=2", "page")];
            refuses_queries(&api, "/programs", &queries).await;
            api.get("/programs/nobody").await.refused(404, "no_such_program");
            api.get("/programs/No-Body").await.refused(404, "no_such_program");
            api.stop().await;
        });
    }

    fn the_permission_table_is_read_as_it_is_published(test: TestDb) {
        run(async {
            let api = Api::start(test);
            open(&api).await;
            let table = api.get(&format!("{PILOT}/permissions")).await.json(200);
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.csv");
            let mut reader = csv::Reader::from_path(path).unwrap();
            let rows = reader.records().map(Result::unwrap).map(|row| {
                let words = |n: usize, by: &str| -> Vec<Value> {
                    row.get(n).unwrap().split(by).filter(|word| !word.is_empty()).map(|word| json!(word)).collect()
                };
                (row.get(0).unwrap().to_owned(), row.get(1).unwrap().to_owned(), words(2, " "), words(3, " "), row.get(4) == Some("fresh"), words(5, "; "))
            });
            let rows: Vec<_> = rows.collect();
            assert_eq!(table.as_array().unwrap().len(), rows.len());
            for (found, (operation, access, roles, scopes, fresh, separations)) in table.as_array().unwrap().iter().zip(rows) {
                assert_eq!((&found["operation"], &found["access"]), (&json!(operation), &json!(access)));
                assert_eq!((&found["roles"], &found["scopes"]), (&json!(roles), &json!(scopes)));
                assert_eq!(found["fresh_proof"], fresh);
                let told: Vec<Value> = found["separations"].as_array().unwrap().iter()
                    .flat_map(|words| words.as_str().unwrap().split("; ").map(|word| json!(word)).collect::<Vec<_>>()).collect();
                assert_eq!(told, separations);
            }
            api.stop().await;
        });
    }

    fn what_two_change_of_a_policy_at_once_both_stays(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let announced = |name: &'static str, value: u32| {
                let new = json!({ "policy": { name: value }, "reason": "As agreed." });
                let path = format!("{PILOT}/policy");
                let lead = &people.lead;
                async move { lead.post(&path, &new).await.json(200)["policy"].clone() }
            };
            for value in 2..10 {
                let both = tokio::join!(announced("batch_lines", value), announced("open_claims", value));
                let last = if both.0["version"].as_u64() > both.1["version"].as_u64() { both.0 } else { both.1 };
                let values = (&last["policy"]["batch_lines"], &last["policy"]["open_claims"]);
                assert_eq!(values, (&json!(value), &json!(value)));
            }
            api.stop().await;
        });
    }
}
