//! Work claims: filed, found again, and never twice for the same work.

use serde_json::{Value, json};

use super::{created, listed, refuses_bodies, refuses_queries};
use crate::app::world::{NOON, address, run};
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, approve, bounty, but, cast, claim, file, file_as, open, record_address};

const CLAIMS: &str = "/programs/pilot/submissions";

fn numbers(items: &[Value]) -> Vec<u64> {
    items.iter().map(|item| item["number"].as_u64().unwrap()).collect()
}

on_both! {
    fn a_claim_is_shown_as_it_was_filed(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let lower = address(5).to_lowercase();

            let answer = people.alice.post(CLAIMS, &but(claim(1, "10.50"), json!({ "promoted": true, "payee": lower }))).await;
            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot/submissions/1"));
            let filed = created(&api, "pilot", answer).await;

            let shown = &filed["submission"];
            let expected = json!({
                "number": 1, "member": 5, "handle": "alice", "kind": "expense", "period": 1, "category": "operations",
                "function": "host", "channel": "x", "state": "submitted", "revision": 1, "digest": shown["digest"],
                "lane": "normal", "amount": "10.5", "payee": shown["payee"], "title": "Microphones", "summary": "Two of them.",
                "evidence": [{ "url": "https://x.com/livepeer/status/1", "captured_at": NOON }], "captures": [], "policy": 1, "promoted": true,
                "filed_at": "2026-01-05T12:00:00.000000Z", "due_at": "2026-01-10T12:00:00.000000Z", "alternates": [],
                "eligible": { "people": 3, "outside": 3, "approvals": 2, "approvals_outside": 1, "words": "3 of 2 eligible" },
                "reversals": 0, "single_handed": false, "seq": filed["seq"],
            });
            assert_eq!(*shown, expected);
            let payee = shown["payee"].as_str().unwrap();
            assert!(payee != lower && payee.to_lowercase() == lower, "with its checksum: {payee}");
            let read = api.get(&format!("{CLAIMS}/1")).await.json(200);
            assert_eq!(but(read.clone(), json!({ "revisions": null, "votes": null, "history": null, "siblings": null })), *shown);
            assert_eq!((read["revisions"].as_array().unwrap().len(), &read["votes"]), (1, &json!([])));
            assert_eq!(read["revisions"][0]["digest"], shown["digest"]);
            api.stop().await;
        });
    }

    fn claims_are_found_by_what_is_asked_about_them(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            people.bob.post("/me/addresses", &json!({ "program": "pilot", "address": address(6) })).await.json(200);
            people.lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
            let approved = people.approved(1, "6").await;
            let (rejected, digest) = file(&people.alice, 2, "1").await;
            cast(&people.reviewers[0], &rejected, &digest, "reject").await.json(200);
            let (returned, digest) = file(&people.alice, 3, "7").await;
            cast(&people.reviewers[0], &returned, &digest, "needs_changes").await.json(200);
            let work = json!({ "kind": "bounty", "category": "bounties", "bounty": 1, "payee": address(6) });
            let (open, _) = file_as(&people.bob, &but(claim(4, "20"), work)).await;
            // Two agreed claims of 15 and of 20 LPT on what is left of 25 after the first.
            let waiting = {
                let (number, digest) = file(&people.alice, 5, "20").await;
                for reviewer in &people.reviewers {
                    approve(reviewer, &number, &digest).await;
                }
                number
            };

            assert_eq!(numbers(&listed(&api, CLAIMS).await), [5, 4, 3, 2, 1], "the newest first");
            for (query, expected) in [
                ("state=approved", vec![&approved]),
                ("state=rejected", vec![&rejected]),
                ("state=needs_changes", vec![&returned]),
                ("state=submitted", vec![&open]),
                ("state=agreed", vec![&waiting]),
                ("state=in_batch", vec![]),
                ("state=paid", vec![]),
                ("category=bounties", vec![&open]),
                ("category=operations", vec![&waiting, &returned, &rejected, &approved]),
                ("category=nowhere", vec![]),
                ("member=6", vec![&open]),
                ("member=5&state=rejected", vec![&rejected]),
                ("member=6&state=rejected", vec![]),
                ("bounty=1", vec![&open]),
                ("bounty=2", vec![]),
                ("period=1&category=bounties&member=6&bounty=1&state=submitted", vec![&open]),
                ("period=2", vec![]),
            ] {
                let found = listed(&api, &format!("{CLAIMS}?{query}")).await;
                let expected: Vec<u64> = expected.into_iter().map(|number| number.as_u64().unwrap()).collect();
                assert_eq!(numbers(&found), expected, "{query}");
            }
            refuses_queries(&api, CLAIMS, &[
                ("state=settled", "state"), ("state=", "state"), ("category=Bounties", "category"), ("member=0", "member"),
                ("period=0", "period"), ("bounty=0", "bounty"), ("member=x", "member"), ("limit=201", "limit"),
                ("cursor=x", "cursor"), ("sort=amount", "sort"),
            ]).await;
            // A cursor of another list is none of this one.
            let other = api.get(&format!("{PILOT}/ledger/entries?limit=1")).await.json(200)["next_cursor"].clone();
            api.get(&format!("{CLAIMS}?cursor={}", other.as_str().unwrap())).await.refused(422, "malformed");
            api.stop().await;
        });
    }

    fn the_same_work_is_claimed_once_however_its_link_is_spelt(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            people.bob.post("/me/addresses", &json!({ "program": "pilot", "address": address(6) })).await.json(200);
            let (first, digest) = file(&people.alice, 1, "10").await;
            let bobs = |url: &str, function: &str| {
                let evidence = json!([{ "url": url, "captured_at": NOON }]);
                but(claim(0, "10"), json!({ "payee": address(6), "evidence": evidence, "function": function }))
            };
            for url in [
                "https://x.com/livepeer/status/1",
                "https://twitter.com/livepeer/status/1",
                "HTTPS://MOBILE.twitter.com/somebody/status/1?s=20#m",
                "https://fxtwitter.com/i/status/1/photo/1",
            ] {
                let refused = people.bob.post(CLAIMS, &bobs(url, "host")).await.refused(409, "evidence_used");
                assert_eq!(refused.body["first"], first.to_string(), "{url}");
            }
            // Another function in the same thing is another claim, and a rejected claim frees its evidence.
            people.bob.post(CLAIMS, &bobs("https://x.com/livepeer/status/1", "guest")).await.json(201);
            for reviewer in &people.reviewers {
                cast(reviewer, &first, &digest, "reject").await.json(200);
            }
            people.bob.post(CLAIMS, &bobs("https://x.com/livepeer/status/1", "host")).await.json(201);
            api.stop().await;
        });
    }

    fn claims_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let link = |url: &str| json!({ "evidence": [{ "url": url, "captured_at": NOON }] });
            refuses_bodies(&people.alice, CLAIMS, &claim(1, "10"), &[
                ("amount", json!({ "amount": "" })),
                ("amount", json!({ "amount": "+1" })),
                ("amount", json!({ "amount": "1e3" })),
                ("amount", json!({ "amount": "0.0000000000000000001" })),
                ("amount", json!({ "amount": "340282366920938463463.374607431768211456" })),
                ("payee", json!({ "payee": "alice.eth" })),
                ("payee", json!({ "payee": "arb1:0x00" })),
                ("payee", json!({ "payee": "0x41675c099F32341bf84BFc5382aF534df5C7461a" })),
                ("evidence[0].url", link("ftp://example.org/a")),
                ("evidence[0].url", link("javascript:alert(1)")),
                ("evidence[0].url", link("https://user@example.org/")),
                ("evidence[0].captured_at", json!({ "evidence": [{ "url": "https://example.org/", "captured_at": "now" }] })),
                ("title", json!({ "title": "" })),
                ("summary", json!({ "summary": "a".repeat(8_001) })),
                ("summary", json!({ "summary": "a\u{0}b" })),
                ("period", json!({ "period": -1 })),
                ("bounty", json!({ "bounty": "01" })),
                ("category", json!({ "category": "Operations" })),
                ("function", json!({ "function": "x".repeat(32) })),
                ("channel", json!({ "channel": null })),
                ("claimant", json!({ "claimant": 1 })),
            ])
                .await;
            for (changes, text) in [
                (json!({ "kind": "gift" }), "bounty expense lead retro"),
                (json!({ "promoted": "no" }), "boolean"),
                (json!({ "amount": 10 }), "string"),
                (json!({ "evidence": "https://example.org/" }), "sequence"),
                (json!({ "evidence": [{ "url": "https://example.org/", "captured_at": NOON, "by": "me" }] }), "by"),
            ] {
                let answer = people.alice.post(CLAIMS, &but(claim(1, "10"), changes)).await.refused(422, "malformed");
                assert!(answer.body["detail"].as_str().unwrap().contains(text), "{text}: {}", answer.body);
            }
            api.get(&format!("{CLAIMS}/1")).await.refused(404, "no_such_submission");
            api.get(&format!("{CLAIMS}/x")).await.refused(404, "not_found");
            api.stop().await;
        });
    }
}
