//! Members, roles, payout addresses.

use serde_json::json;

use super::Door;
use crate::app::world::address;
use crate::http::cast::{Cast, PILOT, SINGLETON, program};
use reqwest::Method;

pub async fn meet(door: &mut Door<'_>, people: &Cast<'_>) {
    let (lead, alice) = (&people.lead, &people.alice);
    let members = format!("{PILOT}/members");
    let role = |role: &str| json!({ "role": role });
    let revoke = |path: &str| {
        let request = lead.api.request(Method::DELETE, &format!("/api/v1{members}/{path}"));
        request.bearer_auth(&lead.token).header("idempotency-key", lead.api.key())
    };

    let body =
        door.refuses(alice.ask(&format!("{members}/5/roles"), &role("lead")), 403, "role_needed").await;
    assert_eq!(body["roles"], "lead");
    let body =
        door.refuses(lead.ask(&format!("{members}/5/roles"), &role("contributor")), 409, "role_held").await;
    assert_eq!((&body["member"], &body["role"]), (&json!("5"), &json!("contributor")));
    door.refuses(revoke("5/roles/auditor"), 409, "role_not_held").await;
    door.refuses(revoke("1/roles/lead"), 409, "last_lead").await;
    door.refuses(lead.ask(&format!("{members}/99/roles"), &role("auditor")), 404, "no_such_member").await;
    door.refuses(revoke("99/roles/auditor"), 404, "no_such_member").await;
    lead.api.person("carol").await;
    let nothing = json!({ "handle": "carol", "roles": [] });
    door.refuses(lead.ask(&members, &nothing), 422, "empty_list").await;
    let twice = json!({ "handle": "carol", "roles": ["auditor", "auditor"] });
    door.refuses(lead.ask(&members, &twice), 422, "repeated").await;
    let again = json!({ "handle": "alice", "roles": ["auditor"] });
    door.refuses(lead.ask(&members, &again), 409, "already_member").await;

    let own = |address: &str| alice.ask("/me/addresses", &json!({ "program": "pilot", "address": address }));
    let file = program();
    let multi_send = "0x9641d764fc13c8B624c04430C7356C1C7C8102e2";
    for (trap, what) in [
        ("0x0000000000000000000000000000000000000000", "the zero address"),
        (file["token"].as_str().unwrap(), "the token contract itself"),
        (file["safe"].as_str().unwrap(), "the program's own Safe"),
        (multi_send, "a contract of the Safe software"),
        (SINGLETON, "a contract of the Safe software"),
    ] {
        let body = door.refuses(own(trap), 422, "payee_refused").await;
        assert_eq!((&body["what"], &body["address"]), (&json!(what), &json!(trap)));
        assert!(body["detail"].as_str().unwrap().starts_with(trap), "{body}");
    }
    door.refuses(own(&address(5)), 409, "address_known").await;
    door.refuses(own(&address(6)), 422, "address_taken").await;
}
