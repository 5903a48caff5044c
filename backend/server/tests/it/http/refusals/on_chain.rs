//! What the ledger itself read on the chain: nobody takes it back, and what it found has to be settled first.

use serde_json::json;

use super::Door;
use crate::app::world::{lpt, pilot, slug};
use crate::chain::safe_at::SafeAt;
use crate::http::cast::{PILOT, but, hash, observation, owners};

/// Batch 1 of the pilot pays alice 6 LPT on nonce 7; the Safe executes it, and pays her 5.
pub async fn meet(door: &mut Door<'_>) {
    let file = pilot();
    let mut safe = SafeAt::start(file.safe, file.token, &owners(2), 7, lpt("750"));
    let reading = door.api.app.clone().with_nodes(Some(safe.nodes()));
    let before = reading.read_chain(slug("pilot")).await.unwrap();
    assert_eq!((before.written.len(), before.held.len()), (0, 0), "{before:?}");
    let batch = door.api.get(&format!("{PILOT}/batches/1")).await.json(200);
    assert_eq!([&batch["nonce"], &batch["total"]], [&json!(7), &json!("6")]);
    let payee = batch["payouts"][0]["payee"].as_str().unwrap().to_lowercase().parse().unwrap();
    let signed = batch["safe_tx_hash"].as_str().unwrap()[2..].parse().unwrap();
    safe.executes(&signed, &[(payee, lpt("5"))]);

    let read = reading.read_chain(slug("pilot")).await.unwrap();

    let kinds: Vec<String> = read.written.iter().map(|receipt| receipt.fact.kind().to_string()).collect();
    assert_eq!(
        (&kinds[..], &read.held[..]),
        (&["safe_observed", "finding_recorded", "outflow_recorded"].map(str::to_owned)[..], &[][..])
    );
    let [observed, found, outflow] = [0, 1, 2].map(|place: usize| read.written[place].seq.to_string());
    let treasurer = door.api.sign_in("treasurer").await;
    let failed = json!({ "how": "failed", "tx_hash": hash(1), "reason": "It failed." });
    let ask = treasurer.ask(&format!("{PILOT}/nonces/7/consumption"), &failed);
    let body = door.refuses(ask, 409, "finding_stands").await;
    assert_eq!([&body["nonce"], &body["event"]], ["7", found.as_str()]);
    let ask = treasurer.ask(&format!("{PILOT}/batches/1/rejection"), &json!({}));
    door.refuses(ask, 409, "finding_stands").await;
    let why = json!({ "reason": "I do not believe it." });
    let ask = treasurer.ask(&format!("{PILOT}/transfers/{outflow}/withdraw"), &why);
    assert_eq!(door.refuses(ask, 409, "read_from_chain").await["event"], outflow.as_str());
    let number: u64 = observed.parse().unwrap();
    let corrected = but(observation(6_000), json!({ "corrects": number }));
    let ask = treasurer.ask(&format!("{PILOT}/safe/observations"), &corrected);
    assert_eq!(door.refuses(ask, 409, "read_from_chain").await["event"], observed.as_str());
}
