//! Members and their roles.

use serde_json::{Value, json};

use super::{changed, created, listed, refuses_bodies, refuses_queries};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, open};

on_both! {
    fn a_lead_adds_whoever_registered(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let dave = api.person("dave").await;
            let members = format!("{PILOT}/members");

            let new = json!({ "handle": "dave", "roles": ["contributor", "auditor"] });
            let added = created(&api, "pilot", people.lead.post(&members, &new).await).await;

            assert_eq!(added["member"], json!({
                "number": 9, "handle": "dave", "roles": ["auditor", "contributor"], "added_seq": added["seq"],
            }));
            let all = listed(&api, &members).await;
            assert_eq!(all.last(), Some(&added["member"]));
            let handles: Vec<&str> = all.iter().map(|member| member["handle"].as_str().unwrap()).collect();
            assert_eq!(handles, ["lead", "first-reviewer", "second-reviewer", "treasurer", "alice", "bob", "=carol", "alternate", "dave"]);
            let expected = json!([{ "program": "pilot", "member": 9, "roles": ["auditor", "contributor"] }]);
            assert_eq!(dave.get("/me").await.json(200)["programs"], expected);
            // Who did not register is nobody yet; and where the answer says the member is, it is the first.
            let new = json!({ "handle": "stranger", "roles": ["auditor"] });
            people.lead.post(&members, &new).await.refused(422, "malformed");
            api.person("stranger").await;
            let answer = people.lead.post(&members, &new).await;
            let place = answer.header("location").unwrap().strip_prefix("/api/v1").unwrap().to_owned();
            assert_eq!(api.get(&place).await.json(200)["items"][0], answer.json(201)["member"]);
            api.stop().await;
        });
    }

    fn roles_come_and_go(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let roles = format!("{PILOT}/members/6/roles");
            let of = |body: Value| body["member"]["roles"].clone();

            let granted = people.lead.post(&roles, &json!({ "role": "reviewer" })).await;
            assert_eq!(of(changed(&api, "pilot", granted).await), json!(["contributor", "reviewer"]));
            let revoked = people.lead.delete(&format!("{roles}/contributor")).await;
            assert_eq!(of(changed(&api, "pilot", revoked).await), json!(["reviewer"]));

            // A role counts from the answer on.
            let me = people.bob.get("/me").await.json(200);
            assert_eq!(me["programs"][0]["roles"], json!(["reviewer"]));
            // With another lead the first one may go; then they may not even come back by themselves.
            people.lead.post(&roles, &json!({ "role": "lead" })).await.json(200);
            let left = people.lead.delete(&format!("{PILOT}/members/1/roles/lead")).await;
            assert_eq!(of(changed(&api, "pilot", left).await), json!([]));
            people.lead.post(&format!("{PILOT}/members/1/roles"), &json!({ "role": "lead" })).await.refused(403, "role_needed");
            api.stop().await;
        });
    }

    fn members_and_roles_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let members = format!("{PILOT}/members");
            let new = json!({ "handle": "dave", "roles": ["contributor"] });
            refuses_bodies(&people.lead, &members, &new, &[
                ("handle", json!({})),
                ("handle", json!({ "handle": "" })),
                ("handle", json!({ "handle": "Dave" })),
                ("handle", json!({ "handle": "d".repeat(41) })),
                ("handle", json!({ "handle": null })),
                ("roles", json!({ "roles": null })),
                ("role", json!({ "role": "lead" })),
            ]).await;
            let banker = people.lead.post(&members, &json!({ "handle": "bob", "roles": ["banker"] })).await.refused(422, "malformed");
            assert!(banker.body["detail"].as_str().unwrap().contains("auditor contributor lead reviewer treasurer"), "{banker:?}");
            people.lead.post(&members, &json!({ "handle": "bob", "roles": ["auditor"] })).await.refused(409, "already_member");
            for path in ["x", "0", "01", "-1", "+5", "4294967296", "99999999999999999999"] {
                let answer = people.lead.post(&format!("{members}/{path}/roles"), &json!({ "role": "auditor" })).await;
                answer.refused(404, "not_found");
            }
            for path in ["banker", "Lead", "%20", "lead%00"] {
                people.lead.delete(&format!("{members}/5/roles/{path}")).await.refused(404, "not_found");
            }
            refuses_queries(&api, &members, &[("limit=0", "limit"), ("limit=201", "limit"), ("cursor=x", "cursor"), ("role=lead", "role")]).await;
            api.stop().await;
        });
    }
}
