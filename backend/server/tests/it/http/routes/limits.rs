//! The budget in motion and the life of a period, as a lead and a treasurer meet them.

use serde_json::{Value, json};

use super::{changed, listed, refuses_bodies};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{
    Cast, PILOT, approve, bounty, but, cast, claim, file, funding, open, record_address,
};

/// The lines of a budget by category: floor, original, amended, allotment, available, lapsed, shortfall.
async fn line(api: &Api, query: &str, category: &str) -> Vec<String> {
    let budget = api.get(&format!("{PILOT}/budget{query}")).await.json(200);
    let lines = budget["lines"].as_array().unwrap().iter().chain([&budget["total"]]);
    let line = lines.into_iter().find(|line| line["category"] == category).unwrap();
    let columns = ["original", "amended", "allotment", "available", "lapsed", "floor_shortfall"];
    columns.map(|column| line[column].as_str().unwrap().to_owned()).to_vec()
}

/// Claims on operations are taken no more, and the lead signs in anew: a token lives a few minutes.
async fn over<'a>(api: &'a Api, people: &mut Cast<'a>) {
    api.clock.set("2026-02-06T00:00:00Z".parse().unwrap());
    people.lead = api.sign_in("lead").await;
    people.treasurer = api.sign_in("treasurer").await;
    people.alice = api.sign_in("alice").await;
    people.reviewers = [api.sign_in("first-reviewer").await, api.sign_in("second-reviewer").await];
}

on_both! {
    fn a_cap_from_750_to_800_gives_50_more_to_allot(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let path = format!("{PILOT}/periods/1/cap");
            let new = json!({ "cap": "800", "reason": "Three more Spaces." });
            let before = api.get(&format!("{PILOT}/budget")).await.json(200);

            let given = changed(&api, "pilot", people.lead.post(&path, &new).await).await;

            let seq = &given["seq"];
            let now = api.get(&format!("{PILOT}/budget")).await.json(200);
            assert_eq!([&before["cap"], &before["unallotted"]], ["750", "50"]);
            assert_eq!([&now["cap"], &now["unallotted"]], ["800", "100"]);
            assert_eq!(given["period"]["caps"], json!([
                { "cap": "750", "seq": 1 }, { "cap": "800", "seq": seq, "reason": "Three more Spaces." },
            ]));
            assert_eq!(listed(&api, &format!("{PILOT}/periods")).await, [given["period"].clone()]);
            let then = api.get(&format!("{PILOT}/budget?as_of={}", before["as_of_seq"])).await.json(200);
            assert_eq!(then, before);
            refuses_bodies(&people.lead, &path, &new, &[
                ("cap", json!({ "cap": "-1" })), ("cap", json!({ "cap": null })),
                ("reason", json!({ "reason": " " })), ("reason", json!({ "reason": null })), ("period", json!({ "period": 1 })),
            ]).await;
            people.lead.post(&format!("{PILOT}/periods/0/cap"), &new).await.refused(404, "not_found");
            people.lead.post(&format!("{PILOT}/periods/x/cap"), &new).await.refused(404, "not_found");
            api.stop().await;
        });
    }

    fn an_allotment_of_125_lowered_to_90_with_100_used_is_refused_at_most_25(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let path = format!("{PILOT}/allotments");
            people.lead.post(&format!("{PILOT}/bounties"), &but(bounty(), json!({ "slots": 5 }))).await.json(201);
            let lowered = |to: &str| json!({ "period": 1, "allotments": { "bounties": to }, "reason": "Fewer Spaces." });

            let answer = people.lead.post(&path, &lowered("90")).await.refused(409, "below_committed");
            let silent = people.lead.post(&path, &but(lowered("100"), json!({ "reason": null }))).await;
            changed(&api, "pilot", people.lead.post(&path, &lowered("100")).await).await;

            assert_eq!([&answer.body["committed"], &answer.body["lower"], &answer.body["asked"]], ["100", "25", "90"]);
            let silent = silent.refused(422, "reason_needed");
            assert_eq!(silent.body["detail"], "bounties would be lowered from 125 LPT to 100 LPT: say why");
            assert_eq!(line(&api, "", "bounties").await, ["125", "-25", "100", "0", "0", "0"]);
            let versions = listed(&api, &format!("{PILOT}/periods")).await[0]["versions"].clone();
            let of_bounties: Vec<&Value> =
                versions.as_array().unwrap().iter().filter(|version| version["category"] == "bounties").collect();
            assert_eq!(json!(of_bounties), json!([
                { "category": "bounties", "version": 1, "amount": "125", "seq": 2 },
                { "category": "bounties", "version": 2, "amount": "100", "seq": 4, "reason": "Fewer Spaces." },
            ]));
            api.stop().await;
        });
    }

    fn a_moved_allotment_releases_a_waiting_claim(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let (number, digest) = file(&people.alice, 1, "30").await;
            approve(&people.reviewers[0], &number, &digest).await;
            assert_eq!(approve(&people.reviewers[1], &number, &digest).await["state"], "agreed");
            let path = format!("{PILOT}/allotments/moves");
            let new = json!({ "period": 1, "from": "bounties", "to": "operations", "amount": "5", "reason": "Tools first." });

            let given = changed(&api, "pilot", people.lead.post(&path, &new).await).await;

            let claim = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!(claim["state"], "approved", "{claim}");
            assert_eq!(given["budget"]["lines"][1]["allotment"], "120");
            assert_eq!(line(&api, "", "operations").await, ["25", "5", "30", "0", "0", "0"]);
            assert_eq!(line(&api, "", "bounties").await, ["125", "-5", "120", "120", "0", "100"]);
            assert_eq!(line(&api, &format!("?as_of={}", given["seq"]), "operations").await[3], "30");
            refuses_bodies(&people.lead, &path, &new, &[
                ("amount", json!({ "amount": "1e2" })), ("from", json!({ "from": "Bounties" })), ("to", json!({ "to": null })),
                ("period", json!({ "period": 0 })), ("reason", json!({ "reason": "" })),
            ]).await;
            api.stop().await;
        });
    }

    fn closing_a_period_lapses_what_is_available_and_returns_what_is_unallotted(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut people = open(&api).await;
            record_address(&people.alice).await;
            people.approved(1, "20").await;
            let path = format!("{PILOT}/periods/1/close");
            let new = json!({ "variance": "Two Spaces fell through." });
            let early = people.lead.post(&path, &new).await.refused(409, "period_runs");
            over(&api, &mut people).await;
            let evaluating = listed(&api, &format!("{PILOT}/periods")).await[0]["state"].clone();
            let last = api.get(&format!("{PILOT}/budget")).await.json(200);

            let closed = changed(&api, "pilot", people.lead.post(&path, &new).await).await;

            assert_eq!(early.body["until"], "2026-02-06T00:00:00.000000Z");
            assert_eq!(evaluating, "evaluating");
            let period = &closed["period"];
            assert_eq!((&period["state"], &period["cap"]), (&json!("closed"), &json!("750")));
            assert_eq!(period["closing"], json!({
                "at": closed["at"], "seq": closed["seq"], "variance": "Two Spaces fell through.",
            }));
            assert_eq!(period["floor_shortfalls"]["operations"], "5");
            assert_eq!(listed(&api, &format!("{PILOT}/periods")).await, std::slice::from_ref(period));
            assert_eq!(line(&api, "", "operations").await, ["25", "0", "25", "0", "5", "5"]);
            assert_eq!(line(&api, "", "total").await[4], "680");
            let accounts = listed(&api, &format!("{PILOT}/ledger/accounts?period=1")).await;
            let balance = |name: &str| accounts.iter().find(|row| row["account"] == name).unwrap()["balance"].clone();
            assert_eq!([balance("1/authority"), balance("1/unallotted"), balance("1/operations/encumbered")], ["700", "0", "20"]);
            let then = api.get(&format!("{PILOT}/budget?as_of={}", last["as_of_seq"])).await.json(200);
            assert_eq!(then, last);
            people.lead.post(&path, &new).await.refused(409, "period_closed");
            refuses_bodies(&people.lead, &path, &new, &[
                ("variance", json!({ "variance": "" })), ("variance", json!({ "variance": null })), ("reason", json!({ "reason": "x" })),
            ]).await;
            api.stop().await;
        });
    }

    fn a_period_with_an_undecided_claim_does_not_close(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut people = open(&api).await;
            record_address(&people.alice).await;
            let (number, digest) = file(&people.alice, 1, "20").await;
            over(&api, &mut people).await;
            let (path, new) = (format!("{PILOT}/periods/1/close"), json!({ "variance": "One claim." }));

            let answer = people.lead.post(&path, &new).await.refused(409, "undecided_claims");
            for reviewer in &people.reviewers {
                cast(reviewer, &number, &digest, "reject").await.json(200);
            }

            assert_eq!((&answer.body["period"], &answer.body["claims"]), (&json!("1"), &json!("1")));
            changed(&api, "pilot", people.lead.post(&path, &new).await).await;
            api.stop().await;
        });
    }

    fn an_obligation_of_a_closed_period_stays_in_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut people = open(&api).await;
            record_address(&people.alice).await;
            let number = people.approved(1, "20").await;
            over(&api, &mut people).await;
            people.lead.post(&format!("{PILOT}/periods/1/close"), &json!({ "variance": "Done." })).await.json(200);
            crate::http::cast::fund(&people.treasurer).await;

            let batch = people.treasurer.post(&format!("{PILOT}/batches"), &json!({ "submissions": [number], "evidence_up": true })).await.json(201);

            let entries = listed(&api, &format!("{PILOT}/ledger/entries?account=1/operations/inflight")).await;
            assert_eq!((&entries[0]["seq"], &entries[0]["amount"]), (&batch["seq"], &json!("20")));
            let late = but(claim(2, "1"), json!({}));
            people.alice.post(&format!("{PILOT}/submissions"), &late).await.refused(409, "period_closed");
            api.stop().await;
        });
    }

    fn limits_change_and_closed_periods_keep_theirs(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let mut people = open(&api).await;
            over(&api, &mut people).await;
            people.lead.post(&format!("{PILOT}/periods/1/close"), &json!({ "variance": "Nobody came." })).await.json(200);
            let before = api.get(&format!("{PILOT}/budget")).await.json(200);
            let path = format!("{PILOT}/limits");
            let categories = json!([
                { "slug": "marketing", "floor": "10", "ceiling": "40" }, { "slug": "travel", "floor": "0", "ceiling": "60.5" },
            ]);
            let new = json!({ "cap": "2000", "categories": categories, "reason": "Trains to three meetings." });

            let given = changed(&api, "pilot", people.lead.post(&path, &new).await).await;

            let program = api.get(PILOT).await.json(200);
            assert_eq!(given["program"], program);
            assert_eq!(program["cap"], "2000");
            assert_eq!(program["categories"].as_array().unwrap().len(), 5);
            assert_eq!(program["categories"][2], json!({ "slug": "marketing", "floor": "10", "ceiling": "40" }));
            assert_eq!(program["categories"][4]["slug"], "travel");
            let now = api.get(&format!("{PILOT}/budget")).await.json(200);
            assert_eq!(now["lines"], before["lines"]);
            assert_eq!(api.get(&format!("{PILOT}/budget?as_of={}", given["seq"])).await.json(200)["lines"], before["lines"]);
            let march = json!({ "kind": "month", "starts_at": "2026-03-01T00:00:00Z", "ends_at": "2026-04-01T00:00:00Z", "cap": "1900" });
            people.lead.post(&format!("{PILOT}/periods"), &march).await.json(201);
            let travel = json!({ "period": 2, "allotments": { "travel": "60.5" } });
            people.lead.post(&format!("{PILOT}/allotments"), &travel).await.json(200);
            assert_eq!(line(&api, "?period=2", "travel").await[2], "60.5");
            refuses_bodies(&people.lead, &path, &new, &[
                ("cap", json!({ "cap": "x" })), ("reason", json!({ "reason": null })),
                ("categories[0].ceiling", json!({ "categories": [{ "slug": "a", "floor": "0", "ceiling": "?" }] })),
                ("categories[0].floor", json!({ "categories": [{ "slug": "a", "floor": "-0", "ceiling": "1" }] })),
                ("categories[0].slug", json!({ "categories": [{ "slug": "A", "floor": "0", "ceiling": "1" }] })),
            ]).await;
            api.stop().await;
        });
    }

    fn a_wrong_funding_is_withdrawn_and_recorded_again(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let wrong = but(funding(0xaa), json!({ "amount": "7500" }));
            let recorded = people.treasurer.post(&format!("{PILOT}/funding"), &wrong).await.json(200);
            let path = format!("{PILOT}/funding/{}/withdraw", recorded["seq"]);
            let new = json!({ "reason": "A zero too many." });

            let withdrawn = changed(&api, "pilot", people.treasurer.post(&path, &new).await).await;

            assert_eq!([&recorded["safe"]["booked"], &withdrawn["safe"]["booked"]], ["7500", "0"]);
            people.treasurer.post(&path, &new).await.refused(409, "funding_withdrawn");
            let again = people.treasurer.post(&format!("{PILOT}/funding"), &funding(0xaa)).await.json(200);
            assert_eq!(again["safe"]["booked"], "750");
            people.treasurer.post(&format!("{PILOT}/funding/1/withdraw"), &new).await.refused(404, "no_such_funding");
            people.treasurer.post(&format!("{PILOT}/funding/one/withdraw"), &new).await.refused(404, "not_found");
            refuses_bodies(&people.treasurer, &path, &new, &[("reason", json!({ "reason": null })), ("amount", json!({ "amount": "1" }))]).await;
            api.stop().await;
        });
    }
}
