//! What the ledger found on the chain and people settle.

use serde_json::{Value, json};

use super::{changed, listed, refuses_bodies, refuses_queries};
use crate::app::world::{address, lpt, pilot, run, slug};
use crate::chain::safe_at::SafeAt;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{Cast, PILOT, but, fund, funding, open, owners, record_address};

const FINDINGS: &str = "/programs/pilot/findings";

/// What of each finding is compared: kind, state, nonce, what it blocks.
fn told(findings: &[Value]) -> Vec<[&Value; 4]> {
    findings.iter().map(|it| [&it["kind"], &it["state"], &it["nonce"], &it["blocks"]]).collect()
}

fn why() -> Value {
    json!({ "reason": "As the chain shows." })
}

/// Two claims in batch 1 on nonce 7; the Safe executes it and pays the second 1 wei too little.
async fn mismatched(api: &Api) -> (Cast<'_>, SafeAt, [Value; 2]) {
    let people = open(api).await;
    record_address(&people.alice).await;
    fund(&people.treasurer).await;
    let claims = [people.approved(1, "6").await, people.approved(2, "7.5").await];
    let new = json!({ "submissions": claims, "evidence_up": true });
    let batch = people.treasurer.post(&format!("{PILOT}/batches"), &new).await.json(201)["batch"].clone();
    let file = pilot();
    let mut safe = SafeAt::start(file.safe, file.token, &owners(2), 7, lpt("750"));
    let reading = api.app.clone().with_nodes(Some(safe.nodes()));
    reading.read_chain(slug("pilot")).await.unwrap();
    let alice = address(5).parse().unwrap();
    let signed = batch["safe_tx_hash"].as_str().unwrap()[2..].parse().unwrap();
    safe.executes(&signed, &[(alice, lpt("6")), (alice, lpt("7.499999999999999999"))]);
    let read = reading.read_chain(slug("pilot")).await.unwrap();
    assert_eq!((read.written.len(), read.held.len()), (4, 0), "{read:?}");
    (people, safe, claims)
}

on_both! {
    fn what_a_batch_paid_otherwise_is_found_and_settled_line_by_line(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (people, _safe, claims) = mismatched(&api).await;
            let found = listed(&api, FINDINGS).await;
            let (open, done, none) = (json!("open"), json!("resolved"), Value::Null);
            let kinds = ["mismatched", "outflow", "outflow"].map(Value::from);
            let blocks = ["the claims and the nonce", "new batches", "nothing"].map(Value::from);
            assert_eq!(told(&found), [[&kinds[0], &open, &json!(7), &blocks[0]], [&kinds[1], &open, &none, &blocks[1]], [&kinds[2], &open, &none, &blocks[1]]]);
            let amounts: Vec<_> = found[1..].iter().map(|it| [&it["transfer"]["amount"], &it["transfer"]["source"]]).collect();
            assert_eq!(amounts, [["6", "chain"], ["7.499999999999999999", "chain"]]);
            assert!(found.iter().all(|it| it["tx_hash"] == found[0]["tx_hash"]), "{found:?}");
            let of_nonce = &api.get(&format!("{PILOT}/nonces")).await.json(200)["items"][0];
            assert_eq!(of_nonce["finding"]["kind"], "mismatched", "{of_nonce}");

            let resolve = |place: usize| format!("{FINDINGS}/{}/resolve", found[place]["number"]);
            // Nothing is owed again before it is settled: who runs the program alone says nothing of it.
            people.alice.post(&resolve(1), &why()).await.refused(403, "role_needed");
            for (place, claim) in [(1, &claims[0]), (2, &claims[1])] {
                let paid = but(why(), json!({ "submission": claim }));
                let first = changed(&api, "pilot", people.lead.post(&resolve(place), &paid).await).await;
                assert_eq!([&first["verdict"], &first["finding"]["state"]], ["counted", "open"]);
                people.lead.post(&resolve(place), &paid).await.refused(403, "said_before");
                let second = changed(&api, "pilot", people.treasurer.post(&resolve(place), &paid).await).await;
                assert_eq!([&second["verdict"], &second["finding"]["state"], &second["finding"]["number"]], [&json!("done"), &done, &found[place]["number"]]);
                people.treasurer.post(&resolve(place), &paid).await.refused(409, "explained_before");
            }
            people.lead.post(&resolve(0), &why()).await.refused(403, "role_needed");
            let ended = changed(&api, "pilot", people.treasurer.post(&resolve(0), &why()).await).await;
            assert_eq!([&ended["verdict"], &ended["finding"]["state"]], ["done", "resolved"]);
            people.treasurer.post(&resolve(0), &why()).await.refused(409, "nonce_ended");

            let after = listed(&api, FINDINGS).await;
            assert_eq!(told(&after), [[&kinds[0], &done, &json!(7), &blocks[2]], [&kinds[1], &done, &none, &blocks[2]], [&kinds[2], &done, &none, &blocks[2]]]);
            for claim in &claims {
                assert_eq!(api.get(&format!("{PILOT}/submissions/{claim}")).await.json(200)["state"], "paid");
            }
            let of_nonce = &api.get(&format!("{PILOT}/nonces")).await.json(200)["items"][0];
            assert_eq!(of_nonce["end"]["how"], "mismatched");
            api.stop().await;
        });
    }

    fn a_claim_that_nothing_was_paid_for_is_owed_again_once_two_persons_say_so(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (people, _safe, claims) = mismatched(&api).await;
            let found = listed(&api, FINDINGS).await;
            let resolve = |place: usize| format!("{FINDINGS}/{}/resolve", found[place]["number"]);
            // The second transfer is said to be lost.
            for (place, settled) in [(1, but(why(), json!({ "submission": claims[0] }))), (2, why())] {
                for person in [&people.lead, &people.treasurer] {
                    person.post(&resolve(place), &settled).await.json(200);
                }
            }
            let said = people.lead.post(&resolve(0), &why()).await.json(200);
            assert_eq!([&said["verdict"], &said["finding"]["state"]], ["counted", "open"]);
            let said = people.reviewers[0].post(&resolve(0), &why()).await.json(200);
            assert_eq!([&said["verdict"], &said["finding"]["state"]], ["done", "resolved"]);
            let states = ["paid", "approved"];
            for (claim, state) in claims.iter().zip(states) {
                assert_eq!(api.get(&format!("{PILOT}/submissions/{claim}")).await.json(200)["state"], state);
            }
            api.stop().await;
        });
    }

    fn an_inflow_is_a_finding_that_blocks_nothing_and_others_are_none(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            fund(&people.treasurer).await;
            assert_eq!(listed(&api, FINDINGS).await, Vec::<Value>::new(), "a funding is none");
            let inflow = but(funding(0x51), json!({ "amount": "50" }));
            let event = people.treasurer.post(&format!("{PILOT}/inflows"), &inflow).await.json(200)["seq"].clone();
            let found = listed(&api, FINDINGS).await;
            assert_eq!(told(&found), [[&json!("inflow"), &json!("open"), &Value::Null, &json!("nothing")]]);
            assert_eq!([&found[0]["number"], &found[0]["transfer"]["seq"]], [&event, &event]);

            let resolve = format!("{FINDINGS}/{event}/resolve");
            refuses_bodies(&people.lead, &resolve, &why(), &[
                ("reason", json!({ "reason": "" })), ("submission", json!({ "submission": "x" })), ("how", json!({ "how": "failed" })),
            ]).await;
            for none in ["0", "99", "x"] {
                people.lead.post(&format!("{FINDINGS}/{none}/resolve"), &why()).await.refused(404, "not_found");
            }
            for person in [&people.lead, &people.treasurer] {
                person.post(&resolve, &why()).await.json(200);
            }
            let transfers = api.get(&format!("{PILOT}/transfers")).await.json(200);
            assert_eq!(transfers["items"][1]["state"], "explained");
            refuses_queries(&api, FINDINGS, &[("limit=0", "limit"), ("cursor=x", "cursor"), ("state=open", "state")]).await;
            api.stop().await;
        });
    }
}
