//! Opening a program: all of it is refused, whichever part is wrong.

use serde_json::{Value, json};

use super::Door;
use crate::app::world::address;
use crate::http::cast::{Cast, but, program};

/// A program that could be opened, but for these changes.
fn another(changes: Value) -> Value {
    but(but(program(), json!({ "slug": "another", "safe": address(910) })), changes)
}

/// A program with one category changed.
fn category(changes: Value) -> Value {
    let mut file = another(json!({}));
    file["categories"][1] = but(file["categories"][1].clone(), changes);
    file
}

/// A program with one value of its policy changed.
fn policy(name: &str, value: Value) -> Value {
    let mut file = another(json!({}));
    file["policy"][name] = value;
    file
}

/// A program whose first period, opened with it, is otherwise.
fn period(changes: Value) -> Value {
    let mut file = another(json!({}));
    file["period"] = but(file["period"].clone(), changes);
    file
}

pub async fn meet(door: &mut Door<'_>, people: &Cast<'_>) {
    let most = "340282366920938463463.374607431768211455";
    let lane = json!({ "approvals": 2, "outside": 0, "rejections": 2, "objection_hours": 0 });
    let lanes = json!({ "small": lane, "normal": lane, "retro": lane, "lead": lane });
    let seventeen: Vec<Value> =
        (0..17).map(|n| json!({ "slug": format!("line-{n}"), "floor": "0", "ceiling": "1" })).collect();
    let meek = json!([{ "handle": "lead", "roles": ["reviewer"] }]);
    let roleless = json!([{ "handle": "lead", "roles": ["lead"] }, { "handle": "alice", "roles": [] }]);
    let twice = json!([{ "handle": "lead", "roles": ["lead", "lead"] }]);
    let zero = "0x0000000000000000000000000000000000000000";
    let cases = [
        (another(json!({ "members": meek })), "first_member_leads"),
        (another(json!({ "members": roleless })), "empty_list"),
        (another(json!({ "categories": [] })), "empty_list"),
        (another(json!({ "members": twice })), "repeated"),
        (category(json!({ "slug": "lead" })), "repeated"),
        (another(json!({ "safe": program()["token"] })), "repeated"),
        (another(json!({ "categories": seventeen })), "too_many"),
        (category(json!({ "floor": "0", "ceiling": "0" })), "zero_amount"),
        (category(json!({ "floor": "150.000000000000000001" })), "floor_above_ceiling"),
        (category(json!({ "ceiling": most })), "amount_too_large"),
        (another(json!({ "cap": "674.999999999999999999" })), "floors_above_cap"),
        (another(json!({ "safe": zero })), "zero_address"),
        (policy("batch_lines", json!(0)), "policy_value"),
        (policy("batch_lines", json!(101)), "policy_value"),
        (policy("open_claims", json!(0)), "policy_value"),
        (
            policy(
                "payday",
                json!({ "claims_by": "sunday", "votes_by": "wednesday", "batch_on": "friday", "every_weeks": 0 }),
            ),
            "policy_value",
        ),
        (policy("person_share_percent", json!({ "bounties": 101 })), "policy_value"),
        (policy("lanes", lanes), "policy_value"),
        (period(json!({ "cap": "0" })), "zero_amount"),
        (period(json!({ "cap": "674" })), "floors_above_cap"),
        (period(json!({ "cap": "1500.000000000000000001" })), "over_program_cap"),
        (period(json!({ "ends_at": "2026-01-01T00:00:00Z" })), "empty_span"),
        (another(json!({ "allotments": { "lead": "500.5" } })), "above_ceiling"),
    ];
    for (file, code) in cases {
        door.refuses(people.lead.ask("/programs", &file), 422, code).await;
    }
    let shares = policy("person_share_percent", json!({ "nowhere": 10 }));
    door.refuses(people.lead.ask("/programs", &shares), 404, "no_such_category").await;
    // Nothing of the above is wrong with the program itself.
    people.lead.post("/programs", &another(json!({}))).await.json(201);
    let same_slug = another(json!({ "safe": address(911) }));
    door.refuses(people.lead.ask("/programs", &same_slug), 409, "slug_taken").await;
    let same_safe = another(json!({ "slug": "yet-another" }));
    door.refuses(people.lead.ask("/programs", &same_safe), 409, "safe_taken").await;
}
