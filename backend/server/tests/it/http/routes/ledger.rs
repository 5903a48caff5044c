//! The books: every posting, every balance, in every form the same.

use std::collections::BTreeMap;

use domain::value::Amount;
use serde_json::{Value, json};

use super::{listed, refuses_queries};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, bounty, fund, open, record_address};

/// A pilot in which money has gone every way it can.
async fn start(api: &Api) {
    let people = open(api).await;
    record_address(&people.alice).await;
    people.lead.post(&format!("{PILOT}/bounties"), &bounty()).await.json(201);
    let claim = people.approved(1, "6").await;
    fund(&people.treasurer).await;
    people
        .treasurer
        .post(&format!("{PILOT}/batches"), &json!({ "submissions": [claim], "evidence_up": true }))
        .await
        .json(201);
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("{field}: {row}"))
}

fn wei(lpt: &str) -> u128 {
    lpt.parse::<Amount>().unwrap().wei()
}

on_both! {
    fn every_event_balances_and_every_balance_is_the_sum_of_its_postings(test: TestDb) {
        run(async {
            let api = Api::start(test);
            start(&api).await;

            let entries = listed(&api, &format!("{PILOT}/ledger/entries")).await;

            let mut sums: BTreeMap<u64, [u128; 2]> = BTreeMap::new();
            let mut balances: BTreeMap<&str, u128> = BTreeMap::new();
            for event in entries.chunk_by(|one, next| one["seq"] == next["seq"]) {
                for entry in event {
                    let (account, debit) = (text(entry, "account"), text(entry, "side") == "D");
                    let amount = wei(text(entry, "amount"));
                    sums.entry(entry["seq"].as_u64().unwrap()).or_default()[usize::from(debit)] += amount;
                    let grows = debit == (account.ends_with("/authority") || account == "safe");
                    let balance = balances.entry(account).or_default();
                    *balance = if grows { *balance + amount } else { *balance - amount };
                }
                // A posting shows what its account came to by the whole event.
                for entry in event {
                    assert_eq!(wei(text(entry, "balance_after")), balances[text(entry, "account")], "{entry}");
                }
            }
            assert!(sums.values().all(|[credits, debits]| credits == debits && *credits > 0), "{sums:?}");
            assert!(entries.is_sorted_by_key(|entry| (entry["seq"].as_u64(), entry["line"].as_u64())));
            let accounts = listed(&api, &format!("{PILOT}/ledger/accounts")).await;
            let now: BTreeMap<&str, u128> = accounts.iter().map(|row| (text(row, "account"), wei(text(row, "balance")))).collect();
            assert_eq!(now, balances);
            assert!(now.keys().map(|name| name.as_bytes()).is_sorted());
            api.stop().await;
        });
    }

    fn postings_are_found_by_their_account(test: TestDb) {
        run(async {
            let api = Api::start(test);
            start(&api).await;
            let entries = format!("{PILOT}/ledger/entries");
            let all = listed(&api, &entries).await;
            for account in ["1/operations/available", "1/unallotted", "safe", "1/bounties/lapsed"] {
                let found = listed(&api, &format!("{entries}?account={account}")).await;
                let expected: Vec<_> = all.iter().filter(|entry| entry["account"] == account).cloned().collect();
                assert_eq!(found, expected, "{account}");
                assert_eq!(found.is_empty(), account.ends_with("lapsed"));
            }
            let accounts = format!("{PILOT}/ledger/accounts");
            let (whole, of_period) = (listed(&api, &accounts).await, listed(&api, &format!("{accounts}?period=1")).await);
            let expected: Vec<_> = whole.iter().filter(|row| text(row, "account").starts_with("1/")).cloned().collect();
            assert_eq!((&of_period, whole.len()), (&expected, of_period.len() + 2));
            assert!(listed(&api, &format!("{accounts}?period=2")).await.is_empty());
            let queries = [("account=nowhere", "account"), ("account=1/Bounties/available", "account"), ("account=0/unallotted", "account"),
                ("account=safe%00", "account"), ("limit=0", "limit"), ("cursor=x", "cursor"), ("period=1", "period")];
            refuses_queries(&api, &entries, &queries).await;
            refuses_queries(&api, &accounts, &[("period=0", "period"), ("period=x", "period"), ("limit=201", "limit"), ("cursor=00", "cursor"), ("account=safe", "account")]).await;
            api.stop().await;
        });
    }

    fn the_whole_ledger_is_the_same_in_every_form(test: TestDb) {
        run(async {
            let api = Api::start(test);
            start(&api).await;
            let entries = listed(&api, &format!("{PILOT}/ledger/entries")).await;

            let csv = api.get(&format!("{PILOT}/ledger.csv")).await;
            let jsonl = api.get(&format!("{PILOT}/ledger.jsonl")).await;

            assert_eq!((csv.status, jsonl.status), (200, 200));
            assert_eq!((&*csv.content_type, &*jsonl.content_type), ("text/csv; charset=utf-8", "application/jsonl"));
            assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"pilot-ledger.csv\""));
            assert_eq!(jsonl.header("content-disposition"), Some("attachment; filename=\"pilot-ledger.jsonl\""));
            let mut table = csv::Reader::from_reader(csv.text.as_bytes());
            let names = ["seq", "at", "kind", "actor", "line", "account", "side", "amount_lpt", "amount_wei", "balance_lpt", "balance_wei", "leaf_hash"];
            assert_eq!(table.headers().unwrap().iter().collect::<Vec<_>>(), names);
            let rows: Vec<_> = table.records().map(Result::unwrap).collect();
            let lines: Vec<Value> = jsonl.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!((rows.len(), lines.len()), (entries.len(), entries.len()));
            assert!(jsonl.text.ends_with('\n') && csv.text.ends_with("\r\n"));
            for ((row, line), entry) in rows.iter().zip(&lines).zip(&entries) {
                for (cell, name) in row.iter().zip(names) {
                    let value = line[name].as_str().map_or_else(|| line[name].to_string(), str::to_owned);
                    assert_eq!(cell, value, "{name}: {line}");
                }
                assert_eq!(wei(text(line, "amount_lpt")).to_string(), text(line, "amount_wei"));
                assert_eq!(wei(text(line, "balance_lpt")).to_string(), text(line, "balance_wei"));
                for (name, same) in [("amount_lpt", "amount"), ("balance_lpt", "balance_after"), ("seq", "seq"), ("line", "line"), ("account", "account"),
                    ("side", "side"), ("at", "at"), ("kind", "kind"), ("actor", "actor"), ("leaf_hash", "leaf_hash")] {
                    assert_eq!(line[name], entry[same]);
                }
            }
            api.stop().await;
        });
    }
}
