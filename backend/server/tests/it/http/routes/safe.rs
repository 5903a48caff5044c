//! The Safe as the treasurer states it, and the LPT that comes into it.

use serde_json::json;

use super::{changed, refuses_bodies};
use crate::app::world::{address, lpt, pilot, run, slug};
use crate::chain::safe_at::SafeAt;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, SINGLETON, but, funding, hash, observation, open, owners};

on_both! {
    fn how_far_the_chain_was_read_is_shown_where_it_is_read(test: TestDb) {
        run(async {
            let file = pilot();
            let safe = SafeAt::start(file.safe, file.token, &owners(2), 7, lpt("750"));
            let api = Api::start_as(test, |app| app.with_nodes(Some(safe.nodes())), |_| {});
            let people = open(&api).await;
            let shown = async || api.get(&format!("{PILOT}/safe")).await.json(200)["chain"].clone();
            assert_eq!(shown().await, json!({ "held": [] }));
            api.app.read_chain(slug("pilot")).await.unwrap();
            assert_eq!(shown().await, json!({ "block": 5_000, "read_at": "2026-01-05T12:00:00.000000Z", "held": [] }));

            safe.fails();
            people.treasurer.post(&format!("{PILOT}/batches"), &json!({ "submissions": [] })).await.refused(502, "chain_unreadable");

            let chain = shown().await;
            assert_eq!(chain["block"], 5_000, "what was read stays read");
            assert!(chain["fault"].as_str().unwrap().contains("missing trie node"), "{chain}");
            api.stop().await;
        });
    }

    fn the_safe_is_shown_as_last_observed(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let (place, path) = (format!("{PILOT}/safe"), format!("{PILOT}/safe/observations"));
            let unseen = api.get(&place).await.json(200);
            assert_eq!(unseen, json!({
                "chain_id": 42161, "address": safe::eip55::checksum(&pilot().safe), "version": "1.4.1",
                "booked": "0", "in_open_batches": "0",
            }));

            let stated = but(observation(1_000), json!({ "modules": [address(902)], "guard": address(903), "balance": "400.5" }));
            let observed = changed(&api, "pilot", people.treasurer.post(&path, &stated).await).await;

            assert_eq!(api.get(&place).await.json(200), observed["safe"]);
            let seen = &observed["safe"]["observation"];
            assert_eq!([&seen["block"], &seen["nonce"], &seen["threshold"]], [1_000, 7, 2]);
            assert_eq!([&seen["block_hash"], &seen["balance"], &seen["source"], &seen["singleton"]], [&*hash(0xab), "400.5", "attested", SINGLETON]);
            assert_eq!((seen["owners"].as_array().unwrap().len(), seen["modules"].as_array().unwrap().len()), (2, 1));
            assert_eq!(seen["guard"].as_str().unwrap().to_lowercase(), address(903));
            // Nothing is payable that the books do not know of.
            assert_eq!([&observed["safe"]["payable"], &observed["safe"]["booked"]], ["0", "0"]);
            assert_eq!(observed["safe"]["next_nonce"], 7);
            // What was wrong is corrected by naming its event; block and nonce may then be earlier.
            let right = but(observation(900), json!({ "nonce": 5, "corrects": observed["seq"] }));
            let corrected = changed(&api, "pilot", people.treasurer.post(&path, &right).await).await;
            assert_eq!((&corrected["safe"]["observation"]["block"], &corrected["safe"]["next_nonce"]), (&json!(900), &json!(5)));
            assert!(corrected["safe"]["observation"].get("guard").is_none());
            api.stop().await;
        });
    }

    fn payable_is_the_smaller_of_what_is_booked_and_what_was_seen(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let path = format!("{PILOT}/funding");
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &but(observation(1_000), json!({ "balance": "400.5" }))).await.json(200);

            let first = but(funding(1), json!({ "amount": "300", "sender": address(904) }));
            let first = changed(&api, "pilot", people.treasurer.post(&path, &first).await).await;
            // The same transaction may carry several transfers.
            let second = but(funding(1), json!({ "amount": "200.000000000000000001", "log_index": 1 }));
            let second = changed(&api, "pilot", people.treasurer.post(&path, &second).await).await;

            assert_eq!([&first["safe"]["booked"], &first["safe"]["payable"]], ["300", "300"]);
            assert_eq!([&second["safe"]["booked"], &second["safe"]["payable"]], ["500.000000000000000001", "400.5"]);
            let booked = api.get(&format!("{PILOT}/ledger/accounts")).await.json(200)["items"].clone();
            let of = |name: &str| booked.as_array().unwrap().iter().find(|account| account["account"] == name).unwrap()["balance"].clone();
            assert_eq!([of("safe"), of("contributed")], ["500.000000000000000001", "500.000000000000000001"]);
            api.stop().await;
        });
    }

    fn statements_that_are_none_are_named(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            refuses_bodies(&people.treasurer, &format!("{PILOT}/safe/observations"), &observation(1_000), &[
                ("block_hash", json!({ "block_hash": "0x12" })),
                ("owners[0]", json!({ "owners": ["0x1"] })),
                ("modules[0]", json!({ "modules": ["none"] })),
                ("guard", json!({ "guard": "" })),
                ("balance", json!({ "balance": ".5" })),
                ("singleton", json!({ "singleton": address(5) })),
                // The code of a Safe 1.3.0.
                ("singleton", json!({ "singleton": "0xd9Db270c1B5E3Bd161E8c8503c55cEABeE709552" })),
                ("block", json!({ "block": 1_u64 << 62 })),
                ("nonce", json!({ "nonce": u64::MAX })),
                ("threshold", json!({ "threshold": null })),
                ("source", json!({ "source": "rpc" })),
            ]).await;
            refuses_bodies(&people.treasurer, &format!("{PILOT}/funding"), &funding(1), &[
                ("amount", json!({ "amount": "1." })),
                ("tx_hash", json!({ "tx_hash": format!("{}0", hash(1)) })),
                ("sender", json!({ "sender": "binance" })),
                ("log_index", json!({ "log_index": null })),
                ("source", json!({ "source": "rpc" })),
            ]).await;
            assert!(api.get(&format!("{PILOT}/safe")).await.json(200).get("observation").is_none());
            api.stop().await;
        });
    }
}
