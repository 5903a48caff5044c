//! What a claim says from now on, and what it said before.

use serde_json::json;

use super::{created, refuses_bodies};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, approve, but, cast, evidence, file, open, record_address, revision};

on_both! {
    fn a_revision_replaces_what_was_said_and_votes_start_anew(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let (number, first) = file(&people.alice, 1, "10").await;
            approve(&people.reviewers[0], &number, &first).await;

            let changes = json!({ "title": "Two microphones", "function": "author", "channel": "youtube", "promoted": true,
                "evidence": [evidence(1), evidence(2)] });
            let answer = people.alice.post(&format!("{PILOT}/submissions/{number}/revisions"), &but(revision(2, "4.5"), changes)).await;
            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot/submissions/1"));
            let revised = created(&api, "pilot", answer).await;

            let claim = &revised["submission"];
            assert_ne!(claim["digest"], first);
            let told = [&claim["revision"], &claim["state"], &claim["amount"], &claim["lane"], &claim["title"], &claim["function"], &claim["channel"]];
            assert_eq!(told, [&json!(2), &json!("submitted"), &json!("4.5"), &json!("small"), &json!("Two microphones"), &json!("author"), &json!("youtube")]);
            assert_eq!(claim["evidence"].as_array().unwrap().len(), 2);
            let detail = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            let said: Vec<_> = detail["revisions"].as_array().unwrap().iter().map(|one| (&one["digest"], &one["amount"], &one["title"])).collect();
            assert_eq!(said, [(&first, &json!("10"), &json!("Microphones")), (&claim["digest"], &json!("4.5"), &json!("Two microphones"))]);
            assert_eq!(detail["votes"].as_array().unwrap().len(), 1, "the vote on the first one stays on record");
            // One approval decides a small claim: the reviewer's first vote on this revision.
            assert_eq!(approve(&people.reviewers[0], &number, &claim["digest"]).await["state"], "approved");
            api.stop().await;
        });
    }

    fn what_was_sent_back_comes_again(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let (number, digest) = file(&people.alice, 1, "10").await;
            let back = cast(&people.reviewers[1], &number, &digest, "needs_changes").await.json(200);
            assert_eq!((&back["verdict"], &back["state"]), (&json!("needs_changes"), &json!("needs_changes")));

            let path = format!("{PILOT}/submissions/{number}/revisions");
            // The same words again: a revision all the same, with a digest of its own.
            let revised = people.alice.post(&path, &revision(1, "10")).await.json(201);

            assert_eq!((&revised["submission"]["state"], &revised["submission"]["revision"]), (&json!("submitted"), &json!(2)));
            assert_ne!(revised["submission"]["digest"], digest);
            for reviewer in &people.reviewers {
                approve(reviewer, &number, &revised["submission"]["digest"]).await;
            }
            assert_eq!(api.get(&format!("{PILOT}/submissions/{number}")).await.json(200)["state"], "approved");
            api.stop().await;
        });
    }

    fn revisions_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let (number, _) = file(&people.alice, 1, "10").await;
            refuses_bodies(&people.alice, &format!("{PILOT}/submissions/{number}/revisions"), &revision(2, "10"), &[
                ("amount", json!({ "amount": "ten" })),
                ("payee", json!({ "payee": "0x" })),
                ("title", json!({ "title": "\t" })),
                ("evidence[0].url", json!({ "evidence": [{ "url": "", "captured_at": "2026-01-05T12:00:00Z" }] })),
                ("category", json!({ "category": "bounties" })),
                ("kind", json!({ "kind": "retro" })),
                ("bounty", json!({ "bounty": 1 })),
                ("summary", json!({ "summary": null })),
            ]).await;
            people.alice.post(&format!("{PILOT}/submissions/x/revisions"), &revision(2, "10")).await.refused(404, "not_found");
            assert_eq!(api.get(&format!("{PILOT}/submissions/{number}")).await.json(200)["revision"], 1);
            api.stop().await;
        });
    }
}
