//! Signing in with a wallet, and the wallets of an account.

use reqwest::Method;
use serde_json::{Value, json};

use crate::accounts::forger::claims_of;
use crate::app::world::run;
use crate::common::on_both;
use crate::http::cast::{PILOT, but, february, open};
use crate::http::wallets::{address_of, key, personal_sign, signed};
use crate::http::{Answer, Api, Person};

async fn verify(api: &Api, body: &Value) -> Answer {
    api.post("/auth/siwe/verify", body).await
}

fn person<'a>(api: &'a Api, answer: &Value) -> Person<'a> {
    Person { api, token: answer["access_token"].as_str().unwrap().to_owned() }
}

on_both! {
    fn a_wallet_makes_an_account_and_signs_in_to_it_again(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let key = key("somebody new");
            let asked = api.post("/auth/siwe/nonce", &json!({ "address": address_of(&key) })).await.json(200);
            let message = asked["message"].as_str().unwrap();
            assert!(message.contains(&format!("Nonce: {}\n", asked["nonce"].as_str().unwrap())), "{message}");
            let body = signed(&key, message);
            let unknown = verify(&api, &body).await.refused(401, "unknown_wallet");
            assert!(unknown.body["detail"].as_str().unwrap().contains("send a handle"), "{unknown:?}");

            let made = verify(&api, &but(body.clone(), json!({ "handle": "wanda" }))).await.json(200);

            let wanda = person(&api, &made);
            assert_eq!(wanda.get("/me").await.json(200)["handle"], "wanda");
            assert_eq!(wanda.get("/me/sessions").await.json(200)["items"][0]["proof"], "wallet");
            let wallets = wanda.get("/me/wallets").await.json(200);
            assert_eq!(wallets["items"][0]["address"], address_of(&key));
            verify(&api, &body).await.refused(401, "nonce_spent");
            let again = verify(&api, &api.signed_in_with(&key).await).await.json(200);
            assert_eq!(again["account"], made["account"]);
            // Nobody knows a password of hers, also not the one that stands in its place.
            for password in ["!!!!!!!!!!!!!!!!!!!!", "somebody new and unknown"] {
                let login = json!({ "handle": "wanda", "password": password });
                api.post("/auth/login", &login).await.refused(401, "wrong_credentials");
            }
            let taken = but(api.signed_in_with(&crate::http::wallets::key("another")).await, json!({ "handle": "wanda" }));
            verify(&api, &taken).await.refused(409, "handle_taken");
            wanda.delete(&format!("/me/wallets/{}", address_of(&key))).await.refused(409, "last_wallet");
            api.stop().await;
        });
    }

    fn of_two_who_bring_the_same_message_one_signs_in(test: TestDb) {
        run(async {
            let api = Api::start(test);
            api.person("alice").await;
            let key = api.wallet_of("alice").await;
            let body = api.signed_in_with(&key).await;
            let (one, other) = tokio::join!(verify(&api, &body), verify(&api, &body));
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 401]);
            api.stop().await;
        });
    }

    fn what_is_signed_for_another_place_time_or_purpose_is_refused(test: TestDb) {
        run(async {
            let api = Api::start(test);
            api.person("alice").await;
            let key = api.wallet_of("alice").await;
            for (from, to) in [
                ("127.0.0.1 wants", "127.0.0.1.example.org wants"),
                ("127.0.0.1 wants", "https://127.0.0.1 wants"),
                ("URI: http://127.0.0.1", "URI: http://127.0.0.1/other"),
                ("Chain ID: 42161", "Chain ID: 1"),
                ("This is no transaction", "This is a transaction"),
                ("Sign in to", "Signing in to"),
                ("Expiration Time: 2026", "Expiration Time: 2025"),
                ("Issued At: 2026", "Issued At: 2027"),
                ("Issued At: 2026", "Issued At: 2025"),
            ] {
                let body = api.signed_in_with(&key).await;
                let message = body["message"].as_str().unwrap();
                let changed = message.replacen(from, to, 1);
                assert_ne!(changed, message, "{from}");
                verify(&api, &signed(&key, &changed)).await.refused(422, "other_message");
            }
            let body = api.signed_in_with(&key).await;
            let message = body["message"].as_str().unwrap();
            let nonce = message.split("Nonce: ").nth(1).unwrap().split('\n').next().unwrap();
            let other = message.replacen(nonce, &"0".repeat(32), 1);
            verify(&api, &signed(&key, &other)).await.refused(401, "nonce_spent");
            for bad in [message.replacen("Version: 1", "Version: 2", 1), message.replacen(&address_of(&key), &address_of(&key).to_lowercase(), 1)] {
                let told = verify(&api, &signed(&key, &bad)).await.refused(422, "malformed");
                assert_eq!(told.body["errors"][0]["field"], "message", "{bad}");
            }
            let another = json!({ "message": message, "signature": personal_sign(&crate::http::wallets::key("mallory"), message) });
            let told = verify(&api, &another).await.refused(422, "malformed");
            assert_eq!(told.body["errors"][0]["field"], "signature");
            for short in ["0x", "0x00", &body["signature"].as_str().unwrap()[..130]] {
                verify(&api, &but(body.clone(), json!({ "signature": short }))).await.refused(422, "malformed");
            }
            // A message that links a wallet lets nobody in, and one that lets in links none.
            let alice = api.sign_in("alice").await;
            let second = crate::http::wallets::key("a second wallet");
            let linking = api.linking_with("alice", &second).await;
            verify(&api, &linking).await.refused(422, "other_message");
            let entering = api.signed_in_with(&second).await;
            alice.post("/me/wallets", &entering).await.refused(422, "other_message");
            api.person("mallory").await;
            let hers = api.sign_in("mallory").await;
            hers.post("/me/wallets", &linking).await.refused(422, "other_message");
            // What was good is good for five minutes.
            let late = api.signed_in_with(&key).await;
            verify(&api, &body).await.json(200);
            api.after_hours(1);
            verify(&api, &late).await.refused(422, "other_message");
            api.stop().await;
        });
    }

    fn a_wallet_is_linked_to_one_account_and_counts_as_a_second_factor(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let cast = open(&api).await;
            let (one, other) = (key("one"), key("other"));
            let asked = cast.lead.post("/me/wallet-messages", &json!({ "address": address_of(&one) })).await.json(200);
            let body = signed(&one, asked["message"].as_str().unwrap());
            let linked = cast.lead.post("/me/wallets", &body).await.json(200);
            assert_eq!(linked["address"], address_of(&one));
            cast.lead.post("/me/wallets", &body).await.refused(401, "nonce_spent");
            let taken = api.linking_with("alice", &one).await;
            cast.alice.post("/me/wallets", &taken).await.refused(409, "wallet_taken");

            // The lead leads with it, and shows anew with it who asks.
            let lead = person(&api, &verify(&api, &api.signed_in_with(&one).await).await.json(200));
            lead.post(&format!("{PILOT}/periods"), &february()).await.json(201);
            lead.post("/me/wallets", &api.linking_with("lead", &other).await).await.json(200);
            let proven = lead.post("/auth/siwe/prove", &api.signed_in_with(&other).await).await.json(200);
            assert_eq!(claims_of(proven["access_token"].as_str().unwrap())["sid"], claims_of(&lead.token)["sid"]);
            let alices = api.wallet_of("alice").await;
            lead.post("/auth/siwe/prove", &api.signed_in_with(&alices).await).await.refused(401, "unknown_wallet");

            let notices = lead.get("/me/notices").await.json(200);
            let told = notices["items"].as_array().unwrap().iter().filter(|notice| notice["what"] == "wallet_linked");
            assert_eq!(told.count(), 2);
            lead.delete(&format!("/me/wallets/{}", address_of(&one))).await;
            lead.delete(&format!("/me/wallets/{}", address_of(&one))).await.refused(404, "not_found");
            verify(&api, &api.signed_in_with(&one).await).await.refused(401, "unknown_wallet");
            for n in 0..9 {
                let more = api.linking_with("lead", &key(&format!("more {n}"))).await;
                lead.post("/me/wallets", &more).await.json(200);
            }
            let more = api.linking_with("lead", &key("one too many")).await;
            lead.post("/me/wallets", &more).await.refused(409, "too_many_wallets");
            let unsigned = api.request(Method::GET, "/api/v1/me/wallets").send().await.unwrap();
            assert_eq!(unsigned.status(), 401);
            api.stop().await;
        });
    }
}
