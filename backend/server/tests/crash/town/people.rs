//! Who takes part: six people, a program with two tight budgets, and a Safe with plenty.

use serde_json::{Value, json};
use server::app::{Clock, TotpSecret};

use super::Reach;

const PASSWORD: &str = "grumpy otters juggle plums";

/// Members 1 to 6 by their place.
pub const HANDLES: [&str; 6] =
    ["lead", "first-reviewer", "second-reviewer", "treasurer", "first-author", "second-author"];
pub const LEAD: usize = 0;
pub const REVIEWERS: [usize; 2] = [1, 2];
pub const TREASURER: usize = 3;
pub const AUTHORS: [usize; 2] = [4, 5];

pub const CATEGORIES: [&str; 2] = ["bounties", "operations"];

/// The address that a member is paid at.
pub fn payee(who: usize) -> String {
    format!("0x{:040x}", 0x7a11_0000 + who)
}

/// Periods and looks at the Safe last as long as any test; claims are decided by two and may be paid at once.
pub fn program() -> Value {
    let lane = json!({ "approvals": 2, "outside": 2, "rejections": 2, "objection_hours": 0 });
    let roles = ["lead", "reviewer", "reviewer", "treasurer", "contributor", "contributor"];
    let members: Vec<Value> = HANDLES
        .iter()
        .zip(roles)
        .map(|(handle, role)| json!({ "handle": handle, "roles": [role] }))
        .collect();
    json!({
        "name": "Crashes", "slug": "crashes", "description": "A program in a hard place.",
        "scope_excludes": "Nothing.", "cap": "4000000", "chain_id": 42161,
        "token": "0x289ba1701C2F088cf0faf8B3705246331cB8A839",
        "safe": "0x5afe000000000000000000000000000000000001", "safe_version": "1.4.1",
        "categories": CATEGORIES.map(|slug| json!({ "slug": slug, "floor": "1", "ceiling": "2000000" })),
        "members": members,
        "period": {
            "kind": "month", "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2900-01-01T00:00:00Z",
            "cap": "4000000",
        },
        "allotments": { "bounties": "10", "operations": "10" },
        "policy": {
            "address_changed_hours": 0, "address_unproven_hours": 0, "batch_lines": 20, "claim_grace_hours": 120,
            "decision_grace_hours": 288, "renewal_hours": 168,
            "observation_hours": 8760, "open_claims": 1_000_000, "retro_limit": "1", "small_limit": "0.1",
            "small_person_limit": "1", "person_share_percent": {},
            "lanes": { "small": lane, "normal": lane, "retro": lane, "lead": lane },
        },
    })
}

/// A claim with evidence of its own for every `n`.
pub fn claim(who: usize, category: &str, amount: u64, n: u64) -> Value {
    json!({
        "kind": "expense", "period": 1, "category": category, "function": "host", "channel": "x",
        "title": format!("Claim {n}"), "summary": "Written while the machine failed.", "promoted": false,
        "amount": amount.to_string(), "payee": payee(who),
        "evidence": [{
            "url": format!("https://x.com/livepeer/status/{n}"), "captured_at": "2025-01-05T12:00:00Z",
        }],
    })
}

/// Everybody registers; the lead opens the program, authors say where they are paid, the Safe is full.
pub async fn found(reach: &Reach) -> ([String; 6], Factors) {
    for handle in HANDLES {
        let body = json!({ "handle": handle, "password": PASSWORD });
        reach.set_up("", "/auth/register", &body).await;
    }
    let tokens = sign_in(reach, &Factors::default()).await;
    let mut factors = Factors::default();
    for who in [LEAD, TREASURER] {
        factors[who] = Some(second_factor(reach, &tokens[who]).await);
    }
    reach.set_up(&tokens[LEAD], "/programs", &program()).await;
    for who in AUTHORS {
        let address = json!({ "program": "crashes", "address": payee(who) });
        reach.set_up(&tokens[who], "/me/addresses", &address).await;
    }
    let hash = format!("0x{}", "ab".repeat(32));
    let observation = json!({
        "block": 1_000, "block_hash": hash, "nonce": 0, "owners": [payee(50), payee(51)], "threshold": 2,
        "singleton": "0x41675C099F32341bf84BFc5382aF534df5C7461a", "modules": [], "balance": "4000000",
    });
    reach.set_up(&tokens[TREASURER], "/programs/crashes/safe/observations", &observation).await;
    let funding = json!({ "amount": "4000000", "tx_hash": hash, "log_index": 0 });
    reach.set_up(&tokens[TREASURER], "/programs/crashes/funding", &funding).await;
    (tokens, factors)
}

/// The second factors of those who have one.
pub type Factors = [Option<TotpSecret>; 6];

/// Sets a second factor up: who leads or pays writes with one only.
async fn second_factor(reach: &Reach, token: &str) -> TotpSecret {
    let begun = reach.set_up(token, "/me/second-factor", &json!({})).await;
    let secret = TotpSecret::read(begun["secret"].as_str().unwrap()).unwrap();
    let code = json!({ "code": secret.code_at(Clock::System.now().unwrap()) });
    reach.set_up(token, "/me/second-factor/confirm", &code).await;
    secret
}

/// An access token for everybody.
pub async fn sign_in(reach: &Reach, factors: &Factors) -> [String; 6] {
    let mut tokens = [const { String::new() }; 6];
    for ((token, handle), factor) in tokens.iter_mut().zip(HANDLES).zip(factors) {
        let mut body = json!({ "handle": handle, "password": PASSWORD });
        if let Some(factor) = factor {
            body["code"] = json!(factor.code_at(Clock::System.now().unwrap()));
        }
        let answer = reach.set_up("", "/auth/login", &body).await;
        answer["access_token"].as_str().unwrap().clone_into(token);
    }
    tokens
}
