//! Votes, and what they lead to.

use serde_json::{Value, json};

use super::{changed, refuses_bodies};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::cast::{Cast, PILOT, approve, but, cast, file, open, record_address, vote};
use crate::http::{Api, Person};

/// Votes again: the ordinal counts this reviewer's votes on this revision.
async fn again(reviewer: &Person<'_>, number: &Value, digest: &Value, choice: &str, ordinal: u32) -> Value {
    let vote = but(vote(choice, digest), json!({ "ordinal": ordinal }));
    reviewer.post(&format!("{PILOT}/submissions/{number}/votes"), &vote).await.json(200)
}

async fn state(api: &Api, number: &Value) -> Value {
    api.get(&format!("{PILOT}/submissions/{number}")).await.json(200)["state"].clone()
}

async fn start(api: &Api) -> Cast<'_> {
    let people = open(api).await;
    record_address(&people.alice).await;
    people
}

on_both! {
    fn the_vote_that_completes_the_quorum_decides(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (number, digest) = file(&people.alice, 1, "10").await;

            let first = changed(&api, "pilot", cast(&people.reviewers[0], &number, &digest, "approve").await).await;
            let second = changed(&api, "pilot", cast(&people.reviewers[1], &number, &digest, "approve").await).await;

            assert_eq!((&first["verdict"], &first["state"]), (&json!("counted"), &json!("submitted")));
            assert_eq!((&second["verdict"], &second["state"]), (&json!("approved"), &json!("approved")));
            assert_eq!(second["submission"]["decided_at"], "2026-01-05T12:00:00.000000Z");
            assert!(second.get("missing").is_none(), "the budget carries it");
            let votes = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200)["votes"].clone();
            let expected = [(2, &first), (3, &second)].map(|(reviewer, receipt)| json!({
                "reviewer": reviewer, "revision": 1, "ordinal": 1, "choice": "approve", "reason": "Done as said.",
                "seq": receipt["seq"], "at": receipt["at"],
            }));
            assert_eq!(votes, json!(expected));
            api.stop().await;
        });
    }

    fn a_reviewer_may_think_again_until_it_is_decided(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (number, digest) = file(&people.alice, 1, "10").await;
            let [first, second] = &people.reviewers;

            approve(first, &number, &digest).await;
            again(first, &number, &digest, "reject", 2).await;
            approve(second, &number, &digest).await;
            assert_eq!(state(&api, &number).await, "submitted", "one for, one against");
            let decided = again(first, &number, &digest, "approve", 3).await;

            assert_eq!(decided["state"], "approved");
            let votes = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200)["votes"].clone();
            let cast: Vec<_> = votes.as_array().unwrap().iter().map(|vote| (&vote["choice"], &vote["ordinal"])).collect();
            let expected = [("approve", 1), ("reject", 2), ("approve", 1), ("approve", 3)].map(|(choice, ordinal)| (json!(choice), json!(ordinal)));
            assert_eq!(cast, expected.iter().map(|(choice, ordinal)| (choice, ordinal)).collect::<Vec<_>>());
            api.stop().await;
        });
    }

    fn two_rejections_decide_and_so_do_recusals_that_leave_nobody(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (number, digest) = file(&people.alice, 1, "10").await;
            let counted = cast(&people.reviewers[0], &number, &digest, "reject").await.json(200);
            assert_eq!(counted["verdict"], "counted");
            let rejected = cast(&people.reviewers[1], &number, &digest, "reject").await.json(200);
            assert_eq!((&rejected["verdict"], &rejected["state"]), (&json!("rejected"), &json!("rejected")));

            // The alternate leaves: two reviewers are left for a claim that takes two.
            people.lead.delete(&format!("{PILOT}/members/8/roles/reviewer")).await.json(200);
            let (number, digest) = file(&people.alice, 2, "10").await;
            let recused = cast(&people.reviewers[0], &number, &digest, "recuse").await.json(200);
            assert_eq!(recused["verdict"], "counted", "nobody has spoken against it");
            let rejected = cast(&people.reviewers[1], &number, &digest, "reject").await.json(200);
            assert_eq!(rejected["verdict"], "rejected", "it can never be approved");
            api.stop().await;
        });
    }

    fn what_the_budget_cannot_carry_waits_and_is_approved_when_money_comes_free(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            people.approved(1, "20").await;
            let (number, digest) = file(&people.alice, 2, "20.5").await;
            approve(&people.reviewers[0], &number, &digest).await;

            let agreed = approve(&people.reviewers[1], &number, &digest).await;

            assert_eq!((&agreed["verdict"], &agreed["state"]), (&json!("agreed"), &json!("agreed")));
            assert_eq!([&agreed["available"], &agreed["needed"], &agreed["missing"]], ["5", "20.5", "15.5"]);
            let entries = api.get(&format!("{PILOT}/journal?after={}", agreed["seq"].as_u64().unwrap() - 1)).await.json(200);
            assert_eq!(entries["items"][0]["event"]["post"], json!([]), "nothing is promised");
            let more = |amount: &str| json!({ "period": 1, "allotments": { "operations": amount } });
            let path = format!("{PILOT}/allotments");
            people.lead.post(&path, &more("40.499999999999999999")).await.json(200);
            assert_eq!(state(&api, &number).await, "agreed", "a wei is missing");
            let given = people.lead.post(&path, &more("40.5")).await.json(200);
            assert_eq!(state(&api, &number).await, "approved");
            // The answer already shows what followed by itself, which is the next event.
            let line = &given["budget"]["lines"][3];
            assert_eq!([&line["encumbered"], &line["available"]], ["40.5", "0"]);
            let followed = api.get(&format!("{PILOT}/journal?after={}", given["seq"])).await.json(200)["items"].clone();
            assert_eq!((&followed[0]["event"]["kind"], &followed[0]["event"]["actor"]), (&json!("waiting_approved"), &json!("system")));
            assert_eq!(followed.as_array().unwrap().len(), 1);
            api.stop().await;
        });
    }

    fn of_two_last_votes_at_the_same_time_one_decides(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            for n in 1..=5 {
                let (number, digest) = file(&people.alice, n, "5.5").await;
                let [first, second] = &people.reviewers;
                let (one, other) = tokio::join!(
                    cast(first, &number, &digest, "approve"),
                    cast(second, &number, &digest, "approve"),
                );
                let mut verdicts = [one.json(200), other.json(200)].map(|answer| answer["verdict"].as_str().unwrap().to_owned());
                verdicts.sort_unstable();
                let last = if n <= 4 { "approved" } else { "agreed" };
                let mut expected = ["counted", last];
                expected.sort_unstable();
                assert_eq!(verdicts, expected, "claim {n} on 25 LPT");
            }
            api.stop().await;
        });
    }

    fn votes_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (number, digest) = file(&people.alice, 1, "10").await;
            let path = format!("{PILOT}/submissions/{number}/votes");
            refuses_bodies(&people.reviewers[0], &path, &vote("approve", &digest), &[
                ("reason", json!({ "reason": "" })),
                ("reason", json!({ "reason": null })),
                ("revision", json!({ "revision": "abc" })),
                ("revision", json!({ "revision": format!("0x{}", digest.as_str().unwrap()) })),
                ("ordinal", json!({ "ordinal": null })),
                ("amount", json!({ "amount": "10" })),
            ]).await;
            for (changes, text) in [(json!({ "choice": "yes" }), "approve needs_changes recuse reject"), (json!({ "ordinal": "1" }), "u32"), (json!({ "ordinal": -1 }), "u32")] {
                let answer = people.reviewers[0].post(&path, &but(vote("approve", &digest), changes)).await.refused(422, "malformed");
                assert!(answer.body["detail"].as_str().unwrap().contains(text), "{}", answer.body);
            }
            people.reviewers[0].post(&format!("{PILOT}/submissions/x/votes"), &vote("approve", &digest)).await.refused(404, "not_found");
            api.stop().await;
        });
    }
}
