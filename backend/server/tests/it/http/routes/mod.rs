//! Every resource of the API, as its clients meet it.

mod auth;
mod batches;
mod bounties;
mod budget;
mod callers;
pub mod captures;
mod erasures;
mod findings;
mod journal;
mod keys;
mod ledger;
mod limits;
mod me;
mod members;
mod people;
mod programs;
mod revisions;
mod safe;
mod sharing;
mod sheet;
mod sign_in;
mod signing;
mod submissions;
mod votes;
mod wallets;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;

use super::{Answer, Api};

/// The JSON of a write that made something: where it says the thing is, it is, and its event is in the journal.
async fn created(api: &Api, slug: &str, answer: Answer) -> Value {
    let place = answer.header("location").unwrap_or_else(|| panic!("{answer:?}")).to_owned();
    let found = api.request(Method::GET, &place).send().await.unwrap();
    assert_eq!(found.status(), 200, "{place}");
    written(api, slug, answer, 201).await
}

/// The JSON of a write that changed something; its event is in the journal.
async fn changed(api: &Api, slug: &str, answer: Answer) -> Value {
    assert_eq!(answer.header("location"), None, "{answer:?}");
    written(api, slug, answer, 200).await
}

async fn written(api: &Api, slug: &str, answer: Answer, status: u16) -> Value {
    assert_eq!(answer.content_type, "application/json", "{answer:?}");
    let body = answer.json(status);
    let seq = body["seq"].as_u64().unwrap();
    let after = seq.checked_sub(1).map(|before| format!("&after={before}")).unwrap_or_default();
    let page = api.get(&format!("/programs/{slug}/journal?limit=1{after}")).await.json(200);
    let event = &page["items"][0];
    assert_eq!((&event["seq"], &event["leaf_hash"]), (&body["seq"], &body["leaf_hash"]), "{body}");
    assert_eq!(event["event"]["at"], body["at"]);
    body
}

/// Every item of a list, read in pages of `limit`; the last page says that it is the last.
async fn pages(api: &Api, path: &str, limit: usize) -> Vec<Value> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("{path}{joint}limit={limit}{cursor}")).await.json(200);
        let found = page["items"].as_array().unwrap();
        items.extend(found.iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { break };
        assert_eq!(found.len(), limit, "only the last page is short: {path}");
        cursor = format!("&cursor={next}");
    }
    items
}

/// What a list holds, read in pages that end before, at and after its end.
pub async fn listed(api: &Api, path: &str) -> Vec<Value> {
    let whole = pages(api, path, 200).await;
    let length = whole.len();
    for limit in BTreeSet::from([1, 2, length.max(2) - 1, length.max(1), length + 1]) {
        assert_eq!(pages(api, path, limit).await, whole, "{path}, {limit} a page");
    }
    whole
}

/// A query that is none, and the field that is said to be wrong.
async fn refuses_queries(api: &Api, path: &str, queries: &[(&str, &str)]) {
    for (query, field) in queries {
        let answer = api.get(&format!("{path}?{query}")).await.refused(422, "malformed");
        assert_eq!(answer.body["errors"][0]["field"], *field, "{path}?{query}: {answer:?}");
    }
}

/// Bodies that hold a value that is none, each with the field that is said to be wrong.
async fn refuses_bodies(person: &super::Person<'_>, path: &str, body: &Value, changes: &[(&str, Value)]) {
    for (field, change) in changes {
        let answer = person.post(path, &super::cast::but(body.clone(), change.clone())).await;
        let answer = answer.refused(422, "malformed");
        assert_eq!(answer.body["errors"][0]["field"], *field, "{path} {change}: {answer:?}");
        assert!(!answer.body["errors"][0]["detail"].as_str().unwrap().is_empty());
    }
}
