//! The journal and its documents, checked as anybody can who reads them.

use domain::value::Digest;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::refuses_queries;
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, bounty, open, record_address};

#[derive(Deserialize)]
struct Page {
    items: Vec<Item>,
    next_after: Option<u64>,
}

#[derive(Deserialize)]
struct Item {
    seq: u64,
    leaf_hash: String,
    event: Box<RawValue>,
}

async fn page(api: &Api, query: &str) -> Page {
    let text = api
        .request(Method::GET, &format!("/api/v1{PILOT}/journal?{query}"))
        .send()
        .await
        .unwrap()
        .text()
        .await;
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// Every event, read in pages.
async fn whole(api: &Api, limit: usize) -> Vec<Item> {
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let page = page(api, &format!("limit={limit}{after}")).await;
        items.extend(page.items);
        let Some(next) = page.next_after else { return items };
        after = format!("&after={next}");
    }
}

/// The Merkle tree hash of RFC 9162, section 2.1.1, as it is defined there.
fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Digest::sha256(&[&[1], root(left).bytes(), root(right).bytes()])
        }
    }
}

/// Every digest of a document that an event's data names.
fn documents(data: &Value, found: &mut Vec<String>) {
    match data {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(digest) if ["texts", "name", "brief", "reason"].contains(&name.as_str()) => {
                        found.push(digest.to_owned());
                    }
                    _ => documents(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| documents(item, found)),
        _ => {}
    }
}

on_both! {
    fn anybody_can_check_the_journal_by_its_bytes(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            people.lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
            people.approved(1, "10").await;

            let events = whole(&api, 200).await;

            let (mut leaves, mut prev) = (Vec::new(), "0".repeat(64));
            for (seq, item) in (0..).zip(&events) {
                let leaf = Digest::sha256(&[&[0], item.event.get().as_bytes()]);
                let event: Value = serde_json::from_str(item.event.get()).unwrap();
                assert_eq!((item.seq, &item.leaf_hash, &event["seq"]), (seq, &leaf.to_string(), &Value::from(seq.to_string())));
                assert_eq!(event["prev"], prev);
                prev = leaf.to_string();
                leaves.push(leaf);
            }
            let program = api.get(PILOT).await.json(200);
            assert_eq!(program["journal"]["size"], leaves.len());
            assert_eq!(program["journal"]["root"], root(&leaves).to_string());
            assert_eq!((&program["journal"]["leaf_hash"], &program["identity"]), (&Value::from(prev), &Value::from(leaves[0].to_string())));
            for limit in [1, 2, leaves.len() - 1, leaves.len(), leaves.len() + 1] {
                let again = whole(&api, limit.min(200)).await;
                assert!(again.iter().map(|item| item.event.get()).eq(events.iter().map(|item| item.event.get())), "{limit}");
            }
            let last = events.len() - 1;
            assert!(page(&api, &format!("after={last}")).await.items.is_empty());
            assert!(page(&api, "after=9223372036854775807").await.items.is_empty());
            assert_eq!(page(&api, "").await.items.len(), events.len(), "from the first if nothing is said");
            api.stop().await;
        });
    }

    fn every_document_that_an_event_names_is_the_one_it_names(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            record_address(&people.alice).await;
            people.lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
            people.approved(1, "10").await;
            let mut named = Vec::new();
            for item in whole(&api, 200).await {
                documents(&serde_json::from_str::<Value>(item.event.get()).unwrap()["data"], &mut named);
            }
            for digest in &named {
                let document = api.get(&format!("{PILOT}/documents/{digest}")).await.json(200);
                let text = |field: &str| document[field].as_str().unwrap().to_owned();
                let salt: Vec<u8> = (0..32).step_by(2).map(|n| u8::from_str_radix(&text("salt")[n..n + 2], 16).unwrap()).collect();
                let found = Digest::sha256(&[&salt, text("content").as_bytes()]).to_string();
                assert_eq!([&found, &text("digest")], [digest, digest]);
                assert_eq!((text("salt").len(), &*text("media_type")), (32, "application/json"));
            }
            // Eight names, the program's own texts, a brief, a claim, two reasons.
            assert_eq!(named.len(), 13);
            println!("count: documents checked over HTTP {}", named.len());
            let other = api.get(&format!("{PILOT}/documents/{}", "0".repeat(64))).await;
            other.refused(404, "not_found");
            for digest in ["x", "0", &named[0].to_uppercase(), &format!("0x{}", named[0]), &named[0][1..]] {
                api.get(&format!("{PILOT}/documents/{digest}")).await.refused(404, "not_found");
            }
            api.stop().await;
        });
    }

    fn a_journal_is_asked_for_by_numbers(test: TestDb) {
        run(async {
            let api = Api::start(test);
            open(&api).await;
            let queries = [("after=-1", "query"), ("after=x", "query"), ("after=18446744073709551616", "query"), ("limit=0", "limit"), ("limit=201", "limit"), ("from=1", "from")];
            refuses_queries(&api, &format!("{PILOT}/journal"), &queries).await;
            api.stop().await;
        });
    }
}
