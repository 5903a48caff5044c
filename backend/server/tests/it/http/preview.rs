//! A batch looked at before it is proposed says what proposing it would be answered with.

use serde_json::{Value, json};

use super::cast::{Cast, PILOT, approve, file, fund, open, open_where, record_address};
use super::{Api, Person};
use crate::app::world::run;
use crate::common::on_both;

/// Files a claim of alice's and has it approved; its number.
async fn approved(cast: &Cast<'_>, n: u64, amount: &str) -> Value {
    let (number, digest) = file(&cast.alice, n, amount).await;
    for reviewer in &cast.reviewers {
        approve(reviewer, &number, &digest).await;
    }
    number
}

async fn look(person: &Person<'_>, submissions: &[&Value]) -> Value {
    let body = json!({ "submissions": submissions, "evidence_up": true });
    person.post(&format!("{PILOT}/batches/preview"), &body).await.json(200)
}

/// The preview's refusal is the problem that proposing meets; its code.
async fn refused(person: &Person<'_>, submissions: &[&Value]) -> String {
    let shown = look(person, submissions).await;
    let refusal = &shown["refusal"];
    let proposed = person
        .post(&format!("{PILOT}/batches"), &json!({ "submissions": submissions, "evidence_up": true }))
        .await;
    assert!(proposed.status >= 400, "{proposed:?}");
    for field in ["code", "detail"] {
        assert_eq!(refusal[field], proposed.body[field], "{field}");
    }
    for (name, value) in refusal["facts"].as_object().unwrap() {
        assert_eq!(value, &proposed.body[name], "{name}");
    }
    refusal["code"].as_str().unwrap().to_owned()
}

on_both! {
    fn a_list_longer_than_a_batch_is_refused_before_any_work_is_done(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let (number, _) = file(&cast.alice, 1, "10").await;
            let program = api.app.program("pilot".parse().unwrap()).await.unwrap();
            let limit = usize::try_from(program.policy_at(program.last_at()).batch_lines.get()).unwrap();

            for length in [limit + 1, 30_000] {
                let body = json!({ "submissions": vec![&number; length], "evidence_up": true });
                cast.alice.post(&format!("{PILOT}/batches/preview"), &body).await.refused(422, "too_many");
                cast.treasurer.post(&format!("{PILOT}/batches"), &body).await.refused(422, "too_many");
            }
            look(&cast.alice, &vec![&number; limit]).await;
            api.stop().await;
        });
    }

    fn a_preview_shows_what_a_batch_would_be_and_writes_nothing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let (first, second) = (approved(&cast, 1, "10").await, approved(&cast, 2, "11").await);
            fund(&cast.treasurer).await;
            let before = api.get(PILOT).await.json(200);

            let shown = look(&cast.treasurer, &[&second, &first]).await;

            assert_eq!(api.get(PILOT).await.json(200), before, "nothing is written");
            assert_eq!((&shown["total"], &shown["refusal"]), (&json!("21"), &Value::Null));
            let line = &shown["lines"][1];
            assert_eq!((&line["submission"], &line["amount_wei"]), (&first, &json!("10000000000000000000")));
            assert_eq!((&line["member"], &line["category"]), (&json!(5), &json!("operations")));
            assert_eq!((&line["payee_is"], &line["state"]), (&json!("new"), &json!("approved")));
            assert_eq!((&line["last_payee"], &line["refusal"]), (&Value::Null, &Value::Null));
            let transaction = &shown["transaction"];
            assert_eq!((&transaction["nonce"], &transaction["operation"]), (&json!(7), &json!("1")));
            let budget = &shown["budgets"][0];
            assert_eq!((&budget["period"], &budget["total"]["in_flight"]), (&json!(1), &json!("21")));
            assert_eq!(shown["warnings"][0]["code"], "attested_observation");

            let batch = json!({ "submissions": [second, first], "evidence_up": true });
            let proposed = cast.treasurer.post(&format!("{PILOT}/batches"), &batch).await.json(201);
            for hash in ["nonce", "to", "operation", "domain_hash", "message_hash", "safe_tx_hash"] {
                assert_eq!(transaction[hash], proposed["batch"][hash], "{hash}");
            }
            let after = api.get(&format!("{PILOT}/budget")).await.json(200);
            assert_eq!((&after["lines"], &after["total"]), (&budget["lines"], &budget["total"]));
            api.stop().await;
        });
    }

    fn a_list_that_is_split_is_shown_and_proposed_batch_by_batch(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open_where(&api, json!({ "batch_lines": 2 })).await;
            record_address(&cast.alice).await;
            let mut claims = Vec::new();
            for n in 1..=4 {
                claims.push(approved(&cast, n, "5.5").await);
            }
            fund(&cast.treasurer).await;
            let list = json!({ "submissions": claims, "evidence_up": true, "split": true });
            let shown = cast.treasurer.post(&format!("{PILOT}/batches/preview"), &list).await.json(200);
            let whole = json!({ "submissions": claims, "evidence_up": true });
            cast.treasurer.post(&format!("{PILOT}/batches"), &whole).await.refused(422, "too_many");

            let answer = cast.treasurer.post(&format!("{PILOT}/batches"), &list).await;

            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot/batches/1"));
            let proposed = answer.json(201);
            let parts = |first: &Value| [std::slice::from_ref(first), first["more"].as_array().unwrap()].concat();
            let (previews, receipts) = (parts(&shown), parts(&proposed));
            assert_eq!((previews.len(), receipts.len()), (2, 2));
            for ((preview, receipt), n) in previews.iter().zip(&receipts).zip(0..) {
                let (transaction, batch) = (&preview["transaction"], &receipt["batch"]);
                for hash in ["nonce", "to", "operation", "domain_hash", "message_hash", "safe_tx_hash"] {
                    assert_eq!(transaction[hash], batch[hash], "{hash}");
                }
                assert_eq!((&batch["nonce"], &batch["number"]), (&json!(7 + n), &json!(1 + n)));
                assert_eq!((&preview["refusal"], &preview["total"]), (&Value::Null, &batch["total"]));
                let lines = |of: &Value| of.as_array().unwrap().iter().map(|line| line["submission"].clone()).collect::<Vec<_>>();
                assert_eq!(lines(&preview["lines"]), lines(&batch["payouts"]));
                // Each in an event of its own.
                assert_eq!(receipt["seq"], json!(proposed["seq"].as_u64().unwrap() + n));
                assert_eq!(api.get(&format!("{PILOT}/batches/{}", batch["number"])).await.json(200), *batch);
            }
            api.stop().await;
        });
    }

    fn what_proposing_would_be_refused_with_is_shown_instead(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let (first, second) = (approved(&cast, 1, "10").await, approved(&cast, 2, "11").await);
            let (third, _) = file(&cast.alice, 3, "1").await;
            let treasurer = &cast.treasurer;

            assert_eq!(refused(treasurer, &[&first]).await, "safe_unobserved");
            assert_eq!(look(treasurer, &[&first]).await["transaction"], Value::Null);
            fund(treasurer).await;
            assert_eq!(refused(&cast.lead, &[&first]).await, "role_needed");
            assert_eq!(refused(treasurer, &[&first, &third]).await, "not_approved");
            assert_eq!(refused(treasurer, &[&first, &first]).await, "repeated");
            assert_eq!(refused(treasurer, &[]).await, "unpayable");
            let batch = json!({ "submissions": [first], "evidence_up": true });
            treasurer.post(&format!("{PILOT}/batches"), &batch).await.json(201);
            assert_eq!(refused(treasurer, &[&second, &first]).await, "already_batched");
            let shown = look(treasurer, &[&second, &first]).await;
            assert_eq!(shown["lines"][0]["refusal"], Value::Null);
            assert_eq!(shown["lines"][0]["payee_is"], "known");
            assert_eq!(shown["lines"][1]["refusal"]["facts"], json!({ "submission": "1", "batch": "1" }));
            let codes = shown["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]);
            assert!(codes.clone().any(|code| code == "earlier_nonces"), "{shown}");

            // What cannot be shown at all.
            let preview = format!("{PILOT}/batches/preview");
            treasurer.post(&preview, &json!({ "submissions": [99] })).await.refused(404, "no_such_submission");
            treasurer.post(&preview, &json!({ "submissions": [0] })).await.refused(422, "malformed");
            treasurer.post(&preview, &json!({ "submissions": ["x"] })).await.refused(422, "malformed");
            api.stop().await;
        });
    }
}
