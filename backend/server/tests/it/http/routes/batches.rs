//! Payout batches: previewed, proposed, and read back from their files.

use serde_json::{Value, json};

use super::{created, listed, refuses_bodies, refuses_queries};
use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::cast::{Cast, PILOT, but, fund, observation, open, program, record_address};
use crate::http::{Answer, Api};

const BATCHES: &str = "/programs/pilot/batches";

async fn start(api: &Api) -> Cast<'_> {
    let people = open(api).await;
    record_address(&people.alice).await;
    fund(&people.treasurer).await;
    people
}

fn batch(claims: &[&Value]) -> Value {
    json!({ "submissions": claims, "evidence_up": true })
}

/// A file of a batch, which must come as this type, to be saved under this name.
async fn file(api: &Api, number: u32, name: &str, content_type: &str) -> Answer {
    let answer = api.get(&format!("{BATCHES}/{number}/{name}")).await;
    let saved = format!("attachment; filename=\"pilot-batch-{number}-{name}\"");
    assert_eq!((answer.status, &*answer.content_type), (200, content_type), "{answer:?}");
    assert_eq!(answer.header("content-disposition"), Some(&*saved));
    answer
}

/// What a signer's self-check finds in a file: recipient and wei of each transfer.
fn transfers(text: &str) -> Vec<(String, String)> {
    let inspection = safe::inspect(text).unwrap();
    assert!(inspection.warnings.is_empty(), "{:?}", inspection.warnings);
    let transfers = inspection.transfers.iter();
    transfers.map(|transfer| (transfer.recipient.to_string(), transfer.amount.to_string())).collect()
}

on_both! {
    fn a_proposed_batch_is_shown_line_by_line(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (one, two) = (people.approved(1, "6").await, people.approved(2, "7.5").await);
            let both = batch(&[&two, &one]);

            let answer = people.treasurer.post(BATCHES, &both).await;
            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot/batches/1"));
            let proposed = created(&api, "pilot", answer).await;

            let batch = &proposed["batch"];
            assert_eq!((&batch["number"], &batch["nonce"], &batch["total"], &batch["operation"]), (&json!(1), &json!(7), &json!("13.5"), &json!("1")));
            assert_eq!(batch["to"], "0x9641d764fc13c8B624c04430C7356C1C7C8102e2", "MultiSendCallOnly 1.4.1");
            let lines: Vec<_> = batch["payouts"].as_array().unwrap().iter().map(|line| (&line["submission"], &line["amount"], &line["amount_wei"])).collect();
            assert_eq!(lines, [(&two, &json!("7.5"), &json!("7500000000000000000")), (&one, &json!("6"), &json!("6000000000000000000"))]);
            assert_eq!(batch["journal_size"], proposed["seq"], "the journal before it");
            assert_eq!(batch["proposed_seq"], proposed["seq"]);
            assert_eq!(api.get(&format!("{BATCHES}/1")).await.json(200), *batch);
            for claim in [one, two] {
                let claim = api.get(&format!("{PILOT}/submissions/{claim}")).await.json(200);
                assert_eq!((&claim["state"], &claim["batch"]), (&json!("in_batch"), &json!(1)));
            }
            let safe = api.get(&format!("{PILOT}/safe")).await.json(200);
            assert_eq!((&safe["in_open_batches"], &safe["next_nonce"]), (&json!("13.5"), &json!(8)));
            api.stop().await;
        });
    }

    fn the_files_of_a_batch_pay_its_lines(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (one, two, three) = (people.approved(1, "6").await, people.approved(2, "7.000000000000000001").await, people.approved(3, "5.5").await);
            // One payout is a call of the token, more are one delegate call.
            let single = people.treasurer.post(BATCHES, &batch(&[&one])).await.json(201)["batch"].clone();
            let double = people.treasurer.post(BATCHES, &batch(&[&three, &two])).await.json(201)["batch"].clone();
            assert_eq!((&single["to"], &single["operation"]), (&program()["token"], &json!("0")));
            assert_eq!((&single["nonce"], &double["nonce"]), (&json!(7), &json!(8)));

            for (number, batch) in [(1, &single), (2, &double)] {
                let lines: Vec<_> = batch["payouts"].as_array().unwrap().iter()
                    .map(|line| (line["payee"].as_str().unwrap().to_lowercase(), line["amount_wei"].as_str().unwrap().to_owned())).collect();
                let builder = file(&api, number, "transaction-builder.json", "application/json").await;
                assert_eq!(transfers(&builder.text), lines);
                let description = builder.body["meta"]["description"].as_str().unwrap();
                assert!(description.contains("DEGEN pilot") && description.contains(batch["total"].as_str().unwrap()), "{description}");
                let typed = file(&api, number, "typed-data.json", "application/json").await;
                assert_eq!(transfers(&typed.text), lines);
                let inspection = safe::inspect(&typed.text).unwrap();
                let hash = inspection.safe_tx_hash.map(|hash| format!("0x{hash}"));
                assert_eq!(hash.as_deref(), batch["safe_tx_hash"].as_str(), "what the owners sign");
                let airdrop = file(&api, number, "airdrop.csv", "text/csv; charset=utf-8").await;
                assert_eq!(airdrop.text.lines().count(), lines.len() + 1);
                let annotated = file(&api, number, "annotated.csv", "text/csv; charset=utf-8").await;
                let mut table = csv::Reader::from_reader(annotated.text.as_bytes());
                let rows: Vec<_> = table.records().map(Result::unwrap).collect();
                let paid: Vec<_> = rows.iter().map(|row| (row[12].to_lowercase(), row[11].to_owned())).collect();
                assert_eq!(paid, lines);
                assert!(rows.iter().all(|row| &row[16] == "first-reviewer: Done as said.; second-reviewer: Done as said."), "{rows:?}");
            }
            let all = listed(&api, BATCHES).await;
            assert_eq!(all, [single, double]);
            api.stop().await;
        });
    }

    fn a_preview_writes_nothing_and_asks_for_no_key(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            let path = format!("{BATCHES}/preview");
            people.treasurer.post(&path, &batch(&[&json!(99)])).await.refused(404, "no_such_submission");
            refuses_bodies(&people.treasurer, &path, &batch(&[&claim]), &[
                ("submissions[0]", json!({ "submissions": ["x"] })),
                ("submissions[0]", json!({ "submissions": [0] })),
                ("submissions", json!({ "submissions": null })),
                ("nonce", json!({ "nonce": "x" })),
            ]).await;
            let size = api.get(PILOT).await.json(200)["journal"]["size"].clone();
            let ask = || api.request(reqwest::Method::POST, &format!("/api/v1{path}")).bearer_auth(&people.treasurer.token).json(&json!({ "submissions": [claim.to_string()] }));
            let (first, second) = (Answer::of(ask().send().await.unwrap()).await.json(200), Answer::of(ask().send().await.unwrap()).await.json(200));
            assert_eq!(first, second);
            assert_eq!(api.get(PILOT).await.json(200)["journal"]["size"], size);
            api.stop().await;
        });
    }

    fn a_rejection_has_its_typed_data_alone(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            people.treasurer.post(BATCHES, &batch(&[&claim])).await.json(201);
            people.treasurer.post(&format!("{BATCHES}/1/rejection"), &json!({})).await.json(201);
            let typed = api.get(&format!("{BATCHES}/2/typed-data.json")).await.json(200);
            assert_eq!((typed["message"]["value"].as_str(), typed["message"]["data"].as_str()), (Some("0"), Some("0x")));
            for name in ["transaction-builder.json", "airdrop.csv", "annotated.csv"] {
                let refused = api.get(&format!("{BATCHES}/2/{name}")).await.refused(404, "not_found");
                assert!(refused.body["detail"].as_str().unwrap().contains("typed-data.json is all that is signed"), "{refused:?}");
            }
            api.stop().await;
        });
    }

    fn batches_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            refuses_bodies(&people.treasurer, BATCHES, &batch(&[&claim]), &[
                ("submissions[0]", json!({ "submissions": ["x"] })),
                ("submissions", json!({ "submissions": null })),
                ("to", json!({ "to": address(1) })),
            ]).await;
            let none = people.treasurer.post(BATCHES, &json!({ "submissions": [] })).await;
            assert_eq!(none.status, 422, "{none:?}");
            for path in ["1", "4294967295", "1/airdrop.csv", "1/annotated.csv", "1/typed-data.json", "1/transaction-builder.json", "x", "0", "x/airdrop.csv"] {
                api.get(&format!("{BATCHES}/{path}")).await.refused(404, "not_found");
            }
            api.get(&format!("{BATCHES}/1/airdrop.txt")).await.refused(404, "no_such_path");
            refuses_queries(&api, BATCHES, &[("limit=0", "limit"), ("cursor=x", "cursor"), ("nonce=7", "nonce")]).await;
            api.stop().await;
        });
    }

    fn a_batch_takes_no_more_than_the_safe_has_left(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (one, two) = (people.approved(1, "10").await, people.approved(2, "10").await);
            people.treasurer.post(BATCHES, &batch(&[&one])).await.json(201);
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &but(observation(1_001), json!({ "balance": "19.9" }))).await.json(200);

            let body = people.treasurer.post(BATCHES, &batch(&[&two])).await.refused(409, "over_safe_balance").body;
            assert_eq!([&body["total"], &body["payable"], &body["missing"]], ["10", "9.9", "0.1"]);
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &but(observation(1_002), json!({ "balance": "20" }))).await.json(200);
            assert_eq!(people.treasurer.post(BATCHES, &batch(&[&two])).await.json(201)["batch"]["nonce"], 8);
            api.stop().await;
        });
    }
}
