//! Owners agree to a batch, anybody carries it out, and a wallet's own transaction takes its place.

use domain::value::Address;
use safe::signature::{Form, OwnerSignature};
use serde_json::{Value, json};

use super::{changed, created, refuses_bodies};
use crate::app::world::{address, pilot, run};
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{
    Cast, PILOT, but, fund, funding, hash, in_wallet, observation, open, open_from, owner, owners, program,
    record_address, signature,
};

/// The contracts that send several calls at once, of which a wallet of a Safe 1.3.0 takes one.
const MULTI_SENDS: [&str; 2] =
    ["0x40A2aCCbd92BCA938b02010E17A5b8929b49130D", "0xA1dabEF33b3B82c7814B6D82A79e50F4AC44102B"];
const ONE: &str = "/programs/pilot/batches/1";

/// Two claims in a batch on nonce 7.
async fn start(api: &Api) -> (Cast<'_>, Value) {
    let people = open(api).await;
    fund(&people.treasurer).await;
    let batch = proposed(&people).await;
    (people, batch)
}

/// As [`start`], with a Safe 1.3.0.
async fn start_older(api: &Api) -> (Cast<'_>, Value) {
    let people = open_from(api, &but(program(), json!({ "safe_version": "1.3.0" }))).await;
    let seen = json!({ "singleton": "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552" });
    let treasurer = &people.treasurer;
    treasurer.post(&format!("{PILOT}/safe/observations"), &but(observation(1_000), seen)).await.json(200);
    treasurer.post(&format!("{PILOT}/funding"), &funding(0xab)).await.json(200);
    let batch = proposed(&people).await;
    (people, batch)
}

async fn proposed(people: &Cast<'_>) -> Value {
    record_address(&people.alice).await;
    let claims = [people.approved(1, "6").await, people.approved(2, "7.5").await];
    let new = json!({ "submissions": claims, "evidence_up": true });
    people.treasurer.post(&format!("{PILOT}/batches"), &new).await.json(201)["batch"].clone()
}

fn by(n: u64, batch: &Value, form: Form) -> OwnerSignature {
    owner(n).sign(&batch["safe_tx_hash"].as_str().unwrap()[2..].parse().unwrap(), form).unwrap()
}

fn digits(bytes: &[u8]) -> String {
    safe::hex::encode(bytes)[2..].to_owned()
}

on_both! {
    fn a_batch_that_enough_owners_signed_can_be_sent_by_anybody(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (people, batch) = start(&api).await;
            let signatures = format!("{ONE}/signatures");
            let execution = format!("{ONE}/exec-transaction.json");
            let early = api.get(&execution).await.refused(409, "too_few_signatures");
            assert!(early.body["detail"].as_str().unwrap().contains("of 0 current owners, and the Safe wants 2"), "{early:?}");

            // A contributor brings the one, a reviewer the other.
            let first = changed(&api, "pilot", people.alice.post(&signatures, &signature(&batch, &owner(1), Form::TypedData)).await).await;
            api.get(&execution).await.refused(409, "too_few_signatures");
            let named = but(signature(&batch, &owner(2), Form::EthSign), json!({ "owner": owner(2).address() }));
            let second = changed(&api, "pilot", people.reviewers[0].post(&signatures, &named).await).await;

            let listed: Vec<_> = second["batch"]["signatures"].as_array().unwrap().iter()
                .map(|signing| (signing["owner"].as_str().unwrap().to_lowercase(), &signing["form"], &signing["counts"], &signing["seq"])).collect();
            assert_eq!(listed, [
                (owner(1).address().to_string(), &json!("eip712"), &json!(true), &first["seq"]),
                (owner(2).address().to_string(), &json!("eth_sign"), &json!(true), &second["seq"]),
            ]);
            let call = api.get(&execution).await;
            assert_eq!(call.header("content-disposition"), Some("attachment; filename=\"pilot-batch-1-exec-transaction.json\""));
            let call = call.json(200);
            assert_eq!([&call["to"], &call["value"], &call["safe_tx_hash"]], [&json!(safe::eip55::checksum(&pilot().safe)), &json!("0"), &batch["safe_tx_hash"]]);
            assert_eq!([&call["chain_id"], &call["nonce"], &call["next_nonce"]], [42_161, 7, 7]);
            // What the call pays is the batch, and the signatures stand in the order of the owners.
            let data = call["data"].as_str().unwrap();
            let found = safe::inspect(data).unwrap();
            let paid: Vec<_> = found.transfers.iter().map(|transfer| transfer.amount.to_string()).collect();
            assert_eq!(paid, ["6000000000000000000", "7500000000000000000"]);
            let mut signed = [by(1, &batch, Form::TypedData), by(2, &batch, Form::EthSign)];
            signed.sort_by_key(|signature| signature.owner);
            assert!(data.contains(&format!("{}{}", digits(&signed[0].bytes()), digits(&signed[1].bytes()))), "{data}");
            let signers: Vec<Address> = call["signers"].as_array().unwrap().iter().map(|signer| safe::eip55::parse(signer.as_str().unwrap()).unwrap()).collect();
            assert_eq!(signers, signed.map(|signature| signature.owner));
            api.stop().await;
        });
    }

    fn what_is_no_signature_of_a_current_owner_is_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (people, batch) = start(&api).await;
            let signatures = format!("{ONE}/signatures");
            let elsewhere = people.treasurer.post(&format!("{ONE}/rejection"), &json!({})).await.json(201)["batch"].clone();
            let good = signature(&batch, &owner(1), Form::TypedData);
            let text = good["signature"].as_str().unwrap();
            let of_the_other = signature(&elsewhere, &owner(1), Form::TypedData)["signature"].clone();
            refuses_bodies(&people.alice, &signatures, &good, &[
                ("signature", json!({ "signature": null })),
                ("signature", json!({ "signature": "0x" })),
                ("signature", json!({ "signature": "no hex" })),
                ("signature", json!({ "signature": &text[..text.len() - 2] })),
                ("signature", json!({ "signature": format!("{text}{}", &text[2..]) })),
                ("signature", json!({ "signature": of_the_other })),
                ("signature", json!({ "signature": signature(&batch, &owner(3), Form::TypedData)["signature"] })),
                ("signature", json!({ "owner": owner(2).address() })),
                ("owner", json!({ "owner": "0x1" })),
                ("owner", json!({ "form": "approved_hash" })),
                ("form", json!({ "form": "spoken" })),
            ]).await;
            let told = people.alice.post(&signatures, &json!({ "signature": of_the_other })).await.refused(422, "malformed");
            let detail = told.body["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.contains("signed batch 2, not batch 1"), "{detail}");
            for (path, status) in [("9", 404), ("x", 404)] {
                people.alice.post(&format!("{PILOT}/batches/{path}/signatures"), &good).await.refused(status, "not_found");
            }

            // Who is an owner no more counts no more.
            for n in [1, 2] {
                people.alice.post(&signatures, &signature(&batch, &owner(n), Form::TypedData)).await.json(200);
            }
            let execution = format!("{ONE}/exec-transaction.json");
            api.get(&execution).await.json(200);
            let seen = but(observation(1_001), json!({ "owners": &owners(3)[1..] }));
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &seen).await.json(200);
            api.get(&execution).await.refused(409, "too_few_signatures");
            let shown = api.get(ONE).await.json(200);
            let counts: Vec<_> = shown["signatures"].as_array().unwrap().iter().map(|signing| &signing["counts"]).collect();
            assert_eq!((counts, &shown["threshold"]), (vec![&json!(false), &json!(true)], &json!(2)));
            api.stop().await;
        });
    }

    fn the_transaction_of_a_wallet_is_adopted_if_it_pays_just_the_lines(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (people, batch) = start_older(&api).await;
            let (adopt, treasurer) = (format!("{ONE}/adopt"), &people.treasurer);
            assert_eq!(batch["to"], MULTI_SENDS[0]);
            let shown = in_wallet(&api, ONE, 7, MULTI_SENDS[1]).await;
            let data = shown["data"].as_str().unwrap();
            let lines = [data.replacen(&format!("{:064x}", 6 * 10_u128.pow(18)), &format!("{:064x}", 7 * 10_u128.pow(18)), 1), format!("{data}00")];
            assert_ne!(lines[0], data);
            for other in [
                json!({ "value": "1" }), json!({ "operation": 0 }), json!({ "data": lines[0] }), json!({ "data": lines[1] }), json!({ "data": "0x" }),
                json!({ "safeTxGas": "1" }), json!({ "baseGas": "1" }), json!({ "gasPrice": "1" }), json!({ "gasToken": pilot().token }),
                json!({ "refundReceiver": owner(1).address() }), json!({ "to": address(5) }), json!({ "to": pilot().token }),
            ] {
                let refused = treasurer.post(&adopt, &but(shown.clone(), other.clone())).await.refused(422, "other_lines");
                assert!(refused.body["detail"].as_str().unwrap().contains("does not pay just the lines of batch 1"), "{other}: {refused:?}");
            }
            refuses_bodies(treasurer, &adopt, &shown, &[
                ("to", json!({ "to": "0x1" })), ("value", json!({ "value": "0x1" })), ("value", json!({ "value": "" })),
                ("data", json!({ "data": "0x0" })), ("operation", json!({ "operation": 256 })), ("nonce", json!({ "nonce": "7" })),
                ("baseGas", json!({ "baseGas": "-1" })), ("gasToken", json!({ "gasToken": "none" })), ("safe", json!({ "safe": pilot().safe })),
            ]).await;
            people.lead.post(&adopt, &shown).await.refused(403, "role_needed");
            // What it is already is nothing new.
            let same = in_wallet(&api, ONE, 7, MULTI_SENDS[0]).await;
            let answer = treasurer.post(&adopt, &same).await;
            assert_eq!(answer.status, 409, "{answer:?}");

            let answer = treasurer.post(&adopt, &shown).await;
            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot/batches/2"));
            let adopted = created(&api, "pilot", answer).await["batch"].clone();

            assert_eq!((&adopted["to"], &adopted["nonce"], &adopted["payouts"]), (&json!(MULTI_SENDS[1]), &json!(7), &batch["payouts"]));
            let typed = api.get(&format!("{PILOT}/batches/2/typed-data.json")).await.json(200);
            assert_eq!(typed["message"], but(shown, json!({ "nonce": "7" })));
            assert_ne!(adopted["safe_tx_hash"], batch["safe_tx_hash"]);
            // What its owners sign is this one.
            let signed = signature(&adopted, &owner(1), Form::TypedData);
            people.alice.post(&format!("{ONE}/signatures"), &signed).await.refused(422, "malformed");
            people.alice.post(&format!("{PILOT}/batches/2/signatures"), &signed).await.json(200);
            api.stop().await;
        });
    }

    fn a_wallet_that_chose_another_nonce_is_followed_once_the_first_is_rejected(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let (people, batch) = start(&api).await;
            let (treasurer, adopt) = (&people.treasurer, format!("{ONE}/adopt"));
            let shown = in_wallet(&api, ONE, 12, batch["to"].as_str().unwrap()).await;
            treasurer.post(&adopt, &shown).await.refused(409, "already_batched");
            treasurer.post(&format!("{ONE}/rejection"), &json!({})).await.json(201);
            treasurer.post(&format!("{PILOT}/batches/2/adopt"), &shown).await.refused(404, "not_found");
            let rejected = (format!("{PILOT}/batches/2/execution"), json!({ "tx_hash": hash(0x7e) }));
            people.lead.post(&rejected.0, &rejected.1).await.refused(409, "nonce_unconsumed");
            let seen = but(observation(1_001), json!({ "nonce": 8 }));
            treasurer.post(&format!("{PILOT}/safe/observations"), &seen).await.json(200);
            for person in [&people.lead, treasurer] {
                person.post(&rejected.0, &rejected.1).await.json(200);
            }

            let adopted = created(&api, "pilot", treasurer.post(&adopt, &shown).await).await["batch"].clone();

            assert_eq!((&adopted["number"], &adopted["nonce"], &adopted["to"], &adopted["total"]), (&json!(3), &json!(12), &batch["to"], &json!("13.5")));
            // The nonces before it are free still.
            assert_eq!(api.get(&format!("{PILOT}/safe")).await.json(200)["observation"]["nonce"], 8);
            treasurer.post(&adopt, &but(shown, json!({ "nonce": 3 }))).await.refused(409, "nonce_consumed");
            api.stop().await;
        });
    }
}
