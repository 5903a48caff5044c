//! Signatures that do not count, and claims that cannot be owed again yet.

use safe::signature::Form;
use serde_json::json;

use super::Door;
use crate::http::cast::{but, hash, owner, signature};
use crate::http::settled::{Elsewhere, OTHER};

/// Batch 2 is on nonce 8, and the Safe was seen at 7.
pub async fn meet(door: &mut Door<'_>, world: &Elsewhere<'_>) {
    let Elsewhere { treasurer, alice, .. } = world;
    let batch = format!("{OTHER}/batches/2");
    let signatures = format!("{batch}/signatures");
    let shown = treasurer.get(&batch).await.json(200);
    let signed = signature(&shown, &owner(1), Form::TypedData);
    let stranger = but(signed.clone(), json!({ "owner": owner(3).address() }));
    let body = door.refuses(alice.ask(&signatures, &stranger), 422, "not_an_owner").await;
    let named = owner(3).address().to_string();
    assert!(body["address"].as_str().unwrap().eq_ignore_ascii_case(&named), "{body}");
    let recorded = alice.post(&signatures, &signed).await.json(200);
    let again = signature(&shown, &owner(1), Form::EthSign);
    let body = door.refuses(treasurer.ask(&signatures, &again), 409, "signed_before").await;
    assert_eq!(body["event"], recorded["seq"].to_string());

    let consumption = format!("{OTHER}/nonces/8/consumption");
    let consumed = |how: &str| json!({ "how": how, "tx_hash": hash(1), "reason": "It was another." });
    for how in ["failed", "replaced"] {
        let ask = treasurer.ask(&consumption, &consumed(how));
        let body = door.refuses(ask, 409, "nonce_unconsumed").await;
        assert_eq!([&body["nonce"], &body["seen"]], ["8", "7"]);
    }
    let ask = treasurer.ask(&format!("{OTHER}/batches/3/execution"), &json!({ "tx_hash": hash(1) }));
    door.refuses(ask, 409, "nonce_unconsumed").await;
    let ask = treasurer.ask(&consumption, &consumed("mismatched"));
    assert_eq!(door.refuses(ask, 422, "nothing_found").await["nonce"], "8");
}
