//! Every read carries a tag, and what somebody has is not sent again.

use reqwest::Method;
use serde_json::json;

use super::cast::{open, open_where, record_address};
use super::operations::{Operation, reads};
use super::{Api, Person};
use crate::app::world::run;
use crate::common::on_both;

/// Reads whose answer depends on who asks.
const PRIVATE: [&str; 6] =
    ["get_me", "list_addresses", "list_notices", "list_sessions", "list_tokens", "list_wallets"];

/// Status, tag and caching of a read that knows some tags.
async fn read(person: &Person<'_>, path: &str, known: &[&str]) -> (u16, String, String) {
    let request = person.api.request(Method::GET, path).bearer_auth(&person.token);
    let request = known.iter().fold(request, |request, tag| request.header("if-none-match", *tag));
    let response = request.send().await.unwrap();
    let header = |name| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let (tag, caching) = (header("etag").unwrap_or_default(), header("cache-control").unwrap());
    assert_eq!(response.text().await.unwrap().is_empty(), status == 304, "{path}");
    (status, tag, caching)
}

on_both! {
    fn every_read_has_a_tag_and_is_not_sent_again_to_who_names_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let mut tagged = 0;
            for (Operation { id, .. }, path) in reads("pilot") {
                let path = if id == "list_addresses" { format!("{path}?program=pilot") } else { path };
                let (status, tag, caching) = read(&cast.alice, &path, &[]).await;
                if status == 404 {
                    assert_eq!((tag.as_str(), caching.as_str()), ("", "no-store"), "{path}");
                    continue;
                }
                let expected = if PRIVATE.contains(&id.as_str()) { "private, no-cache" } else { "no-cache" };
                assert_eq!((status, caching.as_str()), (200, expected), "{path}");
                assert!(tag.starts_with("W/\""), "{path}: {tag:?}");
                tagged += 1;

                let same = (304, tag.clone(), caching.clone());
                let strong = tag.trim_start_matches("W/");
                for known in [&[tag.as_str()][..], &["\"x\", \"y\"", strong], &["*"]] {
                    assert_eq!(read(&cast.alice, &path, known).await, same, "{path} {known:?}");
                }
                assert_eq!(read(&cast.alice, &path, &["W/\"x\""]).await, (200, tag, caching), "{path}");
            }
            assert!(tagged > 15, "{tagged}");
            println!("count: reads with a tag {tagged}");
            api.stop().await;
        });
    }

    fn a_tag_ends_with_what_it_stood_for(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            record_address(&cast.alice).await;
            let stranger = api.person("stranger").await;
            let path = "/api/v1/me";
            let (_, alices, _) = read(&cast.alice, path, &[]).await;
            let (status, strangers, _) = read(&stranger, path, &[&alices]).await;
            assert_eq!((status, alices == strangers), (200, false), "another person has another tag");

            let join = json!({ "handle": "stranger", "roles": ["contributor"] });
            cast.lead.post("/programs/pilot/members", &join).await.json(201);

            assert_eq!(read(&stranger, path, &[&strangers]).await.0, 200);
            assert_eq!(read(&cast.alice, path, &[&alices]).await.0, 304);
            api.stop().await;
        });
    }

    // Nothing is written in that moment.
    fn a_policy_that_comes_into_force_is_sent_to_who_has_it_announced(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open_where(&api, json!({ "notice_hours": 168 })).await;
            let looser = json!({ "policy": { "notice_hours": 1 }, "reason": "We hurry." });
            let announced = cast.lead.post("/programs/pilot/policy", &looser).await.json(200);
            assert_eq!(announced["policy"]["in_force"], json!(false));
            let path = "/api/v1/programs/pilot/policy";
            let (_, tag, _) = read(&cast.alice, path, &[]).await;
            assert_eq!(read(&cast.alice, path, &[&tag]).await.0, 304);

            api.after_hours(169);

            assert_eq!(read(&cast.alice, path, &[&tag]).await.0, 200);
            api.stop().await;
        });
    }
}
