//! Whose vote counts, whose Safe it is, and whose clock.

use serde_json::{Value, json};

use super::{Cast, balance, start, state};
use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::cast::{PILOT, approve, but, cast, file, open, program, record_address, vote};
use crate::http::{Api, Person, Stock};

/// Who ever voted on a claim, as it is shown.
async fn casters(api: &Api, number: &Value) -> Vec<u64> {
    let claim = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
    claim["votes"].as_array().unwrap().iter().map(|vote| vote["reviewer"].as_u64().unwrap()).collect()
}

/// A reviewer votes once more on a revision.
async fn again(reviewer: &Person<'_>, number: &Value, digest: &Value, ordinal: u32, choice: &str) -> Value {
    let vote = but(vote(choice, digest), json!({ "ordinal": ordinal }));
    reviewer.post(&format!("{PILOT}/submissions/{number}/votes"), &vote).await.json(200)
}

/// Nothing of a claim of 10 LPT on operations is promised, or all of it.
async fn undecided(api: &Api, number: &Value) {
    assert_eq!(state(api, number).await, "submitted");
    assert_eq!(balance(api, "1/operations/encumbered").await, "0");
}

async fn decided(api: &Api, number: &Value) {
    assert_eq!(state(api, number).await, "approved");
    assert_eq!(balance(api, "1/operations/encumbered").await, "10");
}

on_both! {
    fn a_second_program_on_the_same_safe_is_refused(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people: Cast<'_> = open(&api).await;
            let mut stock = Stock::of(test);
            let before = stock.count();
            let second = but(program(), json!({ "slug": "second" }));

            let taken = people.lead.post("/programs", &second).await.refused(409, "safe_taken");

            assert!(taken.body["detail"].as_str().unwrap().contains("pilot"), "{taken:?}");
            assert_eq!(stock.count(), before);
            api.get("/programs/second").await.refused(404, "no_such_program");
            let elsewhere = but(second, json!({ "safe": address(950) }));
            people.lead.post("/programs", &elsewhere).await.json(201);
            api.stop().await;
        });
    }

    fn a_role_lost_before_the_deciding_vote_lapses_the_vote_and_decides_nothing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (number, digest) = file(&people.alice, 1, "10").await;
            let [first, second] = &people.reviewers;
            assert_eq!(approve(first, &number, &digest).await["verdict"], "counted");

            people.lead.delete(&format!("{PILOT}/members/2/roles/reviewer")).await.json(200);

            undecided(&api, &number).await;
            cast(first, &number, &digest, "approve").await.refused(403, "role_needed");
            assert_eq!(approve(second, &number, &digest).await["verdict"], "counted", "the first one's is gone");
            undecided(&api, &number).await;
            assert_eq!(approve(&people.alternate, &number, &digest).await["verdict"], "approved");
            decided(&api, &number).await;
            api.stop().await;
        });
    }

    fn one_reviewer_with_a_quorum_of_two_leaves_a_claim_undecided_and_is_warned_of_at_opening(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let lead = api.person("lead").await;
            let (otto, alice) = (api.person("otto").await, api.person("alice").await);
            let members = json!([
                { "handle": "lead", "roles": ["lead"] }, { "handle": "otto", "roles": ["reviewer"] },
                { "handle": "alice", "roles": ["contributor"] },
            ]);

            let opened = lead.post("/programs", &but(program(), json!({ "members": members }))).await.json(201);

            let lanes: Vec<&str> = opened["warnings"].as_array().unwrap().iter().map(|warning| {
                assert_eq!((&warning["code"], &warning["facts"]["people"]), (&json!("short_of_reviewers"), &json!("1")));
                warning["facts"]["lane"].as_str().unwrap()
            }).collect();
            assert_eq!(lanes, ["lead", "normal", "retro"]);
            alice.post("/me/addresses", &json!({ "program": "pilot", "address": address(5) })).await.json(200);
            let (number, digest) = file(&alice, 1, "10").await;
            assert_eq!(approve(&otto, &number, &digest).await["verdict"], "counted");
            assert_eq!(again(&otto, &number, &digest, 2, "approve").await["verdict"], "counted");
            undecided(&api, &number).await;
            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!(shown["eligible"]["words"], "1 of 2 eligible");
            api.stop().await;
        });
    }

    fn two_accounts_of_one_person_are_counted_once_after_linking(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (number, digest) = file(&people.alice, 1, "10").await;
            let [first, second] = &people.reviewers;
            assert_eq!(approve(first, &number, &digest).await["verdict"], "counted");
            let one_person = json!({ "other": 3, "linked": true, "reason": "Both are one person's." });
            people.lead.post(&format!("{PILOT}/members/2/links"), &one_person).await.json(200);

            assert_eq!(approve(second, &number, &digest).await["verdict"], "counted", "in place of the first one's");

            undecided(&api, &number).await;
            assert_eq!(approve(&people.alternate, &number, &digest).await["verdict"], "approved");
            decided(&api, &number).await;
            assert_eq!(casters(&api, &number).await, [2, 3, 8], "all three stay on record");
            api.stop().await;
        });
    }

    fn a_payee_equal_to_a_reviewers_address_is_a_conflict(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (number, digest) = file(&people.alice, 1, "10").await;
            let [first, second] = &people.reviewers;
            assert_eq!(approve(first, &number, &digest).await["verdict"], "counted");
            let node = json!({ "address": address(5), "operated": true, "note": "Our orchestrator." });
            first.post(&format!("{PILOT}/nodes"), &node).await.json(200);

            let next = but(vote("approve", &digest), json!({ "ordinal": 2 }));
            let votes = format!("{PILOT}/submissions/{number}/votes");
            first.post(&votes, &next).await.refused(403, "own_payee");

            assert_eq!(approve(second, &number, &digest).await["verdict"], "counted", "the first one's is gone");
            undecided(&api, &number).await;
            assert_eq!(approve(&people.alternate, &number, &digest).await["verdict"], "approved");
            decided(&api, &number).await;
            api.stop().await;
        });
    }

    fn a_clock_that_goes_back_is_answered_503_and_stamps_nothing(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let mut stock = Stock::of(test);
            api.clock.set("2026-01-05T11:58:59Z".parse().unwrap());
            let early = api.sign_in("bob").await;
            let (before, new) = (stock.count(), json!({ "program": "pilot", "address": address(6) }));

            let refused = early.post("/me/addresses", &new).await.refused(503, "clock");

            assert!(refused.header("retry-after").is_some(), "{refused:?}");
            assert_eq!(stock.count(), before);
            // It was the clock, nothing else.
            api.clock.set("2026-01-05T12:00:00Z".parse().unwrap());
            assert_eq!(early.post("/me/addresses", &new).await.json(200)["at"], "2026-01-05T12:00:00.000000Z");
            api.stop().await;
        });
    }
}
