//! Periods, allotments, and the budget as of any moment.

use domain::value::Amount;
use serde_json::{Value, json};

use super::{changed, created, listed, refuses_bodies, refuses_queries};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, bounty, but, february, file, fund, open, record_address};

fn lpt(value: &Value) -> Amount {
    value.as_str().unwrap().parse().unwrap()
}

/// What a line or the total adds up to is what was given, and the lines add up to the total.
fn adds_up(budget: &Value) {
    let parts = ["expended", "in_flight", "encumbered", "reserved", "available", "lapsed"];
    let lines = budget["lines"].as_array().unwrap();
    for line in lines.iter().chain([&budget["total"]]) {
        let sum = Amount::sum(parts.iter().map(|part| lpt(&line[*part])));
        assert_eq!(sum, Some(lpt(&line["allotment"])), "{line}");
        assert_eq!(line["excess"], "0");
    }
    for column in parts.iter().chain(&["floor", "ceiling", "original", "allotment", "floor_shortfall"]) {
        let sum = Amount::sum(lines.iter().map(|line| lpt(&line[*column])));
        assert_eq!(sum, Some(lpt(&budget["total"][*column])), "{column}");
    }
    let given = [lpt(&budget["total"]["allotment"]), lpt(&budget["unallotted"])];
    assert_eq!(Amount::sum(given), Some(lpt(&budget["cap"])));
}

/// Reads a budget, and adds it up.
async fn budget(api: &Api, query: &str) -> Value {
    let budget = api.get(&format!("{PILOT}/budget{query}")).await.json(200);
    adds_up(&budget);
    budget
}

on_both! {
    fn periods_follow_each_other(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let periods = format!("{PILOT}/periods");

            let answer = people.lead.post(&periods, &february()).await;
            assert_eq!(answer.header("location"), Some("/api/v1/programs/pilot/budget?period=2"));
            let opened = created(&api, "pilot", answer).await;

            assert_eq!(opened["period"], json!({
                "number": 2, "kind": "month", "state": "planned", "starts_at": "2026-02-01T00:00:00.000000Z",
                "ends_at": "2026-03-01T00:00:00.000000Z", "claims_until": "2026-03-06T00:00:00.000000Z",
                "decisions_until": "2026-03-13T00:00:00.000000Z", "renewal_due": "2026-02-22T00:00:00.000000Z",
                "cap": "700", "allotments": {}, "caps": [{ "cap": "700", "seq": opened["seq"] }], "versions": [],
                "floor_shortfalls": { "bounties": "100", "lead": "500", "marketing": "50", "operations": "25" },
                "opened_seq": opened["seq"],
            }));
            let all = listed(&api, &periods).await;
            assert_eq!(all[1], opened["period"]);
            assert_eq!(all[0]["allotments"], json!({ "bounties": "125", "lead": "500", "marketing": "50", "operations": "25" }));
            let fresh = budget(&api, "?period=2").await;
            assert_eq!((&fresh["unallotted"], &fresh["total"]["allotment"]), (&json!("700"), &json!("0")));
            assert!(fresh["total"].get("percent_used").is_none(), "of nothing there is no percentage");
            refuses_bodies(&people.lead, &periods, &february(), &[
                ("cap", json!({ "cap": "-1" })),
                ("cap", json!({ "cap": null })),
                ("starts_at", json!({ "starts_at": "2026-02-30T00:00:00Z" })),
                ("ends_at", json!({ "ends_at": "March" })),
                ("category", json!({ "category": "lead" })),
            ]).await;
            let year = people.lead.post(&periods, &but(february(), json!({ "kind": "year" }))).await.refused(422, "malformed");
            assert!(year.body["detail"].as_str().unwrap().contains("month quarter"), "{year:?}");
            refuses_queries(&api, &periods, &[("limit=0", "limit"), ("cursor=zz", "cursor"), ("kind=month", "kind")]).await;
            api.stop().await;
        });
    }

    fn allotments_are_set_together(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let path = format!("{PILOT}/allotments");
            let before = api.get(&format!("{PILOT}/budget")).await.json(200)["as_of_seq"].clone();

            let new = json!({ "period": "1", "allotments": { "bounties": "150", "operations": "50" } });
            let given = changed(&api, "pilot", people.lead.post(&path, &new).await).await;

            let now = budget(&api, "").await;
            assert_eq!(given["budget"], now);
            assert_eq!((&now["unallotted"], &now["as_of_seq"]), (&json!("0"), &given["seq"]));
            let line = &now["lines"][1];
            assert_eq!([&line["original"], &line["allotment"], &line["available"]], ["125", "150", "150"]);
            let then = budget(&api, &format!("?as_of={before}")).await;
            assert_eq!([&then["lines"][1]["original"], &then["lines"][1]["allotment"]], ["125", "125"]);
            refuses_bodies(&people.lead, &path, &new, &[
                ("allotments.bounties", json!({ "allotments": { "bounties": "1e2" } })),
                ("allotments.Bounties!", json!({ "allotments": { "Bounties!": "1" } })),
                ("period", json!({ "period": 0 })),
                ("period", json!({ "period": "01" })),
                ("period", json!({ "period": null })),
            ]).await;
            let twice = "{\"period\":1,\"allotments\":{},\"period\":1}";
            let twice = people.lead.ask(&path, &json!(0)).body(twice).send().await.unwrap();
            crate::http::Answer::of(twice).await.refused(422, "malformed");
            api.stop().await;
        });
    }

    fn money_is_followed_through_the_budget(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            let operations = |budget: Value| {
                let line = budget["lines"][3].clone();
                ["available", "reserved", "encumbered", "in_flight", "percent_used"].map(|part| line[part].as_str().unwrap().to_owned())
            };

            let on_operations = json!({ "category": "operations", "reward": "2.5", "slots": 2 });
            people.lead.post(&format!("{PILOT}/bounties"), &but(bounty(), on_operations)).await.json(201);
            assert_eq!(operations(budget(&api, "").await), ["20", "5", "0", "0", "20.0"]);
            file(&people.alice, 1, "1").await;
            let number = people.approved(2, "10").await;
            assert_eq!(operations(budget(&api, "").await), ["10", "5", "10", "0", "60.0"]);
            fund(&people.treasurer).await;
            let proposed = people.treasurer.post(&format!("{PILOT}/batches"), &json!({ "submissions": [number], "evidence_up": true })).await.json(201);
            assert_eq!(operations(budget(&api, "").await), ["10", "5", "0", "10", "60.0"]);

            let last = proposed["seq"].as_u64().unwrap();
            assert_eq!(operations(budget(&api, &format!("?as_of={}", last - 1)).await), ["10", "5", "10", "0", "60.0"]);
            assert_eq!(budget(&api, &format!("?period=1&as_of={}", last + 1_000)).await["as_of_seq"], last, "no later than now");
            api.stop().await;
        });
    }

    fn the_budget_is_asked_as_of_an_event_or_a_time(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            api.clock.set("2026-01-05T13:00:00Z".parse().unwrap());
            let lead = api.sign_in("lead").await;
            let new = json!({ "period": 1, "allotments": { "bounties": "150" } });
            lead.post(&format!("{PILOT}/allotments"), &new).await.json(200);
            drop(people);

            let given = |budget: Value| budget["lines"][1]["allotment"].as_str().unwrap().to_owned();
            assert_eq!(given(budget(&api, "?as_of=2026-01-05T12:59:59.999999Z").await), "125");
            assert_eq!(given(budget(&api, "?as_of=2026-01-05T13:00:00Z").await), "150");
            assert_eq!(given(budget(&api, "?as_of=2030-01-01T00:00:00Z").await), "150");
            // Before the period, or before the program.
            for as_of in ["0", "2026-01-05T11:59:59Z", "1970-01-01T00:00:00Z"] {
                api.get(&format!("{PILOT}/budget?as_of={as_of}")).await.refused(404, "not_found");
            }
            assert_eq!(given(budget(&api, "?as_of=2").await), "125");
            assert_eq!(budget(&api, "?as_of=1").await["unallotted"], "750", "opened, and nothing given yet");
            api.get(&format!("{PILOT}/budget?period=9")).await.refused(404, "no_such_period");
            api.get(&format!("{PILOT}/budget?period=9&as_of=1")).await.refused(404, "no_such_period");
            api.get(&format!("{PILOT}/budget?period=0")).await.refused(404, "not_found");
            let queries = [("as_of=yesterday", "as_of"), ("as_of=-1", "as_of"), ("as_of=", "as_of"), ("period=one", "period"), ("at=1", "at"), ("period=1&period=2", "period")];
            refuses_queries(&api, &format!("{PILOT}/budget"), &queries).await;
            api.stop().await;
        });
    }
}
