//! From registration to an exported batch.

use serde_json::{Value, json};

use super::Api;
use super::cast::{PILOT, approve, claim, file, fund, open, record_address};
use crate::app::world::run;
use crate::common::on_both;

on_both! {
    fn a_claim_goes_from_registration_to_an_exported_batch(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let (number, digest) = file(&cast.alice, 1, "10").await;

            let [first, second] = &cast.reviewers;
            assert_eq!(approve(first, &number, &digest).await["verdict"], "counted");
            let decided = approve(second, &number, &digest).await;
            assert_eq!((&decided["verdict"], &decided["state"]), (&json!("approved"), &json!("approved")));
            fund(&cast.treasurer).await;
            let batch = json!({ "submissions": [number], "evidence_up": true });
            let preview = cast.treasurer.post(&format!("{PILOT}/batches/preview"), &batch).await.json(200);
            let proposed = cast.treasurer.post(&format!("{PILOT}/batches"), &batch).await.json(201);

            assert_eq!(preview["transaction"]["safe_tx_hash"], proposed["batch"]["safe_tx_hash"]);
            let files = format!("{PILOT}/batches/1");
            let builder = api.get(&format!("{files}/transaction-builder.json")).await.json(200);
            assert_eq!(builder["chainId"], "42161");
            assert_eq!(api.get(&format!("{files}/typed-data.json")).await.json(200)["primaryType"], "SafeTx");
            let airdrop = api.get(&format!("{files}/airdrop.csv")).await;
            assert!(airdrop.content_type.starts_with("text/csv"));
            let annotated = api.get(&format!("{files}/annotated.csv")).await.json(200);
            assert!(annotated.as_str().unwrap().contains("Microphones"));
            let detail = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!((&detail["state"], &detail["batch"]), (&json!("in_batch"), &json!(1)));
            assert_eq!(detail["votes"][1]["reason"], "Done as said.");
            let budget = api.get(&format!("{PILOT}/budget")).await.json(200);
            assert_eq!((&budget["total"]["in_flight"], &budget["total"]["excess"]), (&json!("10"), &json!("0")));
            let before = api.get(&format!("{PILOT}/budget?as_of=2")).await.json(200);
            assert_eq!((&before["total"]["in_flight"], &before["as_of_seq"]), (&json!("0"), &json!(2)));
            api.stop().await;
        });
    }

    fn a_repeat_is_answered_again_and_another_request_with_its_key_is_refused(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let path = format!("{PILOT}/submissions");

            let first = cast.alice.post_with(&path, &claim(1, "10"), "mine").await;
            let again = cast.alice.post_with(&path, &claim(1, "10"), "mine").await;
            let other = cast.alice.post_with(&path, &claim(2, "10"), "mine").await;

            assert!(!first.replayed && again.replayed);
            assert_eq!((first.status, again.status), (201, 201));
            assert_eq!(first.body["leaf_hash"], again.body["leaf_hash"]);
            other.refused(422, "idempotency_key_reused");
            api.stop().await;
        });
    }

    fn reviewers_who_agree_beyond_the_budget_are_told_what_is_missing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let [first, second] = &cast.reviewers;
            for n in 1..=2 {
                let (number, digest) = file(&cast.alice, n, "20").await;
                approve(first, &number, &digest).await;
                let decided = approve(second, &number, &digest).await;

                let told = [&decided["available"], &decided["needed"], &decided["missing"]];
                if n == 1 {
                    assert_eq!((&decided["state"], told), (&json!("approved"), [&Value::Null; 3]));
                } else {
                    let expected = [&json!("5"), &json!("20"), &json!("15")];
                    assert_eq!((&decided["state"], told), (&json!("agreed"), expected));
                }
            }
            api.stop().await;
        });
    }

    fn roles_and_separations_hold_over_http(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let stranger = api.person("stranger").await;
            let period = json!({ "kind": "month", "starts_at": "2026-02-01T00:00:00Z",
                "ends_at": "2026-03-01T00:00:00Z", "cap": "700" });
            let periods = format!("{PILOT}/periods");

            stranger.post(&periods, &period).await.refused(403, "forbidden");
            for somebody in [&cast.alice, &cast.treasurer, &cast.reviewers[0]] {
                somebody.post(&periods, &period).await.refused(403, "role_needed");
            }
            assert_eq!(cast.lead.post(&periods, &period).await.json(201)["period"]["number"], 2);
            let roles = format!("{PILOT}/members/5/roles");
            cast.lead.post(&roles, &json!({ "role": "reviewer" })).await.json(200);
            let (number, digest) = file(&cast.alice, 1, "10").await;
            let vote = json!({ "choice": "approve", "revision": digest, "ordinal": 1, "reason": "Mine." });
            let own = cast.alice.post(&format!("{PILOT}/submissions/{number}/votes"), &vote).await;
            own.refused(403, "own_claim");
            let left = cast.lead.delete(&format!("{roles}/reviewer")).await.json(200);
            assert_eq!(left["member"]["roles"], json!(["contributor"]));
            let join = json!({ "handle": "stranger", "roles": ["contributor"] });
            let joined = cast.lead.post(&format!("{PILOT}/members"), &join).await.json(201);
            let me = stranger.get("/me").await.json(200);
            assert_eq!(me["programs"][0]["member"], joined["member"]["number"]);
            api.stop().await;
        });
    }

    fn what_is_read_again_is_not_sent_again_until_something_happens(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            let path = format!("/api/v1{PILOT}/budget");
            let tag = api.get(&format!("{PILOT}/budget")).await.etag.unwrap();
            let ask = || api.request(reqwest::Method::GET, &path).header("if-none-match", &tag).send();

            let unchanged = ask().await.unwrap();
            let allot = json!({ "period": 1, "allotments": { "operations": "26" } });
            cast.lead.post(&format!("{PILOT}/allotments"), &allot).await.json(200);
            let changed = ask().await.unwrap();

            assert_eq!((unchanged.status().as_u16(), changed.status().as_u16()), (304, 200));
            // What would be refused is refused, whatever the caller has.
            for (wrong, status) in [
                ("members?limit=201", 422),
                ("bounties?cursor=x", 422),
                ("periods?limit=0", 422),
                ("batches?limit=0", 422),
                ("submissions?cursor=6163636f756e74732061", 422),
                ("ledger/entries?cursor=6163636f756e74732061", 422),
                ("ledger/accounts?cursor=656e747269657320312031", 422),
                ("budget?period=9", 404),
                ("budget?as_of=x", 422),
            ] {
                let request = api.request(reqwest::Method::GET, &format!("/api/v1{PILOT}/{wrong}"));
                let answer = request.header("if-none-match", "*").send().await.unwrap();
                assert_eq!(answer.status().as_u16(), status, "{wrong}");
            }
            api.stop().await;
        });
    }

    fn lists_come_page_by_page_and_the_journal_byte_for_byte(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            for n in 1..=5 {
                file(&cast.alice, n, "1").await;
            }
            let (mut cursor, mut seen) = (String::new(), Vec::new());
            loop {
                let page = api.get(&format!("{PILOT}/submissions?limit=2{cursor}")).await.json(200);
                seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["number"].clone()));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(seen, [5, 4, 3, 2, 1]);
            let (listed, program) = (api.get("/programs").await.json(200), api.get(PILOT).await.json(200));
            for same in ["slug", "chain_id", "safe"] {
                assert_eq!(listed["items"][0][same], program[same], "{same}");
            }
            let none = api.get(&format!("{PILOT}/submissions?member=1")).await.json(200);
            assert_eq!(none["items"], json!([]));

            let events = api.request(reqwest::Method::GET, &format!("/api/v1{PILOT}/journal?limit=200"));
            let text = events.send().await.unwrap().text().await.unwrap();
            let program = api.app.program("pilot".parse().unwrap()).await.unwrap();
            let stored = api.app.list_events(program.id(), None, server::db::query::Limit::MAX).await.unwrap();
            assert_eq!(stored.len(), 9);
            for event in stored {
                assert!(text.contains(std::str::from_utf8(&event.bytes).unwrap()));
            }
            api.stop().await;
        });
    }
}
