//! Who joins, what wallets sign, and what is due, as clients meet it.

use domain::value::Digest;
use ethers::k256::ecdsa::SigningKey;
use ethers::types::transaction::eip712::{Eip712, TypedData};
use serde_json::{Value, json};

use super::{changed, listed};
use crate::app::world::run;
use crate::common::on_both;
use crate::http::Api;
use crate::http::cast::{PILOT, approve, but, claim, file, file_as, open, open_where, record_address, vote};

/// A wallet, and its address as people write it.
pub fn wallet(n: u8) -> (SigningKey, String) {
    let key = SigningKey::from_slice(&[n; 32]).unwrap();
    let address = ethers::utils::secret_key_to_address(&key).to_fixed_bytes();
    (key, safe::eip55::checksum(&domain::value::Address::from_bytes(address)))
}

/// What a wallet answers to `eth_signTypedData_v4`, by another implementation of EIP-712 than ours.
pub fn sign(key: &SigningKey, typed_data: &Value) -> String {
    let typed: TypedData = serde_json::from_value(typed_data.clone()).unwrap();
    let (signature, recovery) = key.sign_prehash_recoverable(&typed.encode_eip712().unwrap()).unwrap();
    let bytes: Vec<u8> = signature.to_bytes().into_iter().chain([27 + recovery.to_byte()]).collect();
    format!("0x{}", ethers::utils::hex::encode(bytes))
}

on_both! {
    fn who_has_the_secret_of_an_invite_joins_once_and_is_told_the_same_again(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open(&api).await;
            let dave = api.person("dave").await;
            let made = people.lead.post(&format!("{PILOT}/invites"), &json!({ "roles": ["reviewer"] })).await.json(201);
            let secret = made["secret"].as_str().unwrap().parse::<Digest>().unwrap();
            assert_eq!(made["invite"]["invite"], Digest::sha256(&[secret.bytes()]).to_string());
            let with_secret = json!({ "secret": made["secret"] });

            let joined = dave.post(&format!("{PILOT}/join"), &with_secret).await;
            let again = dave.post(&format!("{PILOT}/join"), &with_secret).await;

            assert!(!joined.replayed && again.replayed);
            assert_eq!(joined.body, again.body);
            let joined = joined.json(201);
            assert_eq!((&joined["member"]["handle"], &joined["member"]["roles"]), (&json!("dave"), &json!(["reviewer"])));
            let me = dave.get("/me").await.json(200);
            assert_eq!(me["programs"], json!([{ "program": "pilot", "member": 9, "roles": ["reviewer"] }]));
            let invites = listed(&api, &format!("{PILOT}/invites")).await;
            assert_eq!((&invites[0]["state"], &invites[0]["used_by"]), (&json!("used"), &json!(9)));
            assert!(invites[0].get("secret").is_none());
            let erin = api.person("erin").await;
            erin.post(&format!("{PILOT}/join"), &with_secret).await.refused(409, "invite_closed");
            api.stop().await;
        });
    }

    fn an_address_is_proven_by_its_own_signature_and_a_vote_is_signed_with_it(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open_where(&api, json!({ "address_unproven_hours": 48, "signed_votes": "demanded" })).await;
            record_address(&people.alice).await;
            let reviewer = &people.reviewers[0];
            let ((key, own), (stranger, _)) = (wallet(0x42), wallet(0x43));
            let wanted = json!({ "program": "pilot", "address": own });
            let typed = reviewer.post("/me/addresses/typed-data", &wanted).await.json(200);
            assert_eq!((&typed["primaryType"], &typed["message"]["member"]), (&json!("PayoutAddress"), &json!("2")));
            let by_stranger = but(wanted.clone(), json!({ "proof": sign(&stranger, &typed) }));
            let wrong = reviewer.post("/me/addresses", &by_stranger).await.refused(422, "malformed");
            assert_eq!(wrong.body["errors"][0]["field"], "proof");

            let proven = but(wanted, json!({ "proof": sign(&key, &typed) }));
            let recorded = changed(&api, "pilot", reviewer.post("/me/addresses", &proven).await).await;
            assert_eq!((&recorded["address"]["proven"], &recorded["address"]["usable_from"]), (&json!(true), &recorded["at"]));

            let (number, digest) = file(&people.alice, 1, "6").await;
            let ballot = json!({ "choice": "approve", "reason": "Done as said." });
            let path = format!("{PILOT}/submissions/{number}");
            let ready = reviewer.post(&format!("{path}/vote-typed-data"), &ballot).await.json(200);
            assert_eq!((&ready["ordinal"], &ready["revision"]), (&json!(1), &digest));
            let signed = json!({ "salt": ready["salt"], "signer": own, "signature": sign(&key, &ready["typed_data"]) });
            let vote = but(vote("approve", &digest), signed);
            let other_reason = but(vote.clone(), json!({ "reason": "Something else." }));
            let wrong = reviewer.post(&format!("{path}/votes"), &other_reason).await.refused(422, "malformed");
            assert_eq!(wrong.body["errors"][0]["field"], "signature");
            reviewer.post(&format!("{path}/votes"), &vote).await.json(200);

            let shown = api.get(&path).await.json(200);
            assert_eq!((&shown["votes"][0]["signer"], &shown["votes"][0]["signature"]), (&json!(own), &vote["signature"]));
            api.stop().await;
        });
    }

    fn overdue_decisions_are_listed_and_the_only_outside_reviewer_decides_alone_at_last(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = open_where(&api, json!({ "single_handed_hours": 168 })).await;
            record_address(&people.alice).await;
            for member in [3, 8] {
                people.lead.delete(&format!("{PILOT}/members/{member}/roles/reviewer")).await.json(200);
            }
            let (number, digest) = file_as(&people.alice, &claim(1, "6")).await;
            let overdue = format!("{PILOT}/submissions?state=submitted&overdue=true");
            let shown = api.get(&format!("{PILOT}/submissions/{number}")).await.json(200);
            assert_eq!(shown["eligible"]["words"], "1 of 2 eligible");
            assert_eq!(approve(&people.reviewers[0], &number, &digest).await["verdict"], "counted");
            assert_eq!(api.get(&overdue).await.json(200)["items"], json!([]));

            api.after_hours(168);

            let listed = api.get(&overdue).await.json(200);
            assert_eq!((listed["items"].as_array().unwrap().len(), &listed["items"][0]["number"]), (1, &number));
            let reviewer = api.sign_in("first-reviewer").await;
            let again = but(vote("approve", &digest), json!({ "ordinal": 2 }));
            let decided = reviewer.post(&format!("{PILOT}/submissions/{number}/votes"), &again).await.json(200);
            assert_eq!((&decided["verdict"], &decided["single_handed"]), (&json!("approved"), &json!(true)));
            assert_eq!(decided["submission"]["single_handed"], true);
            assert_eq!(api.get(&overdue).await.json(200)["items"], json!([]));
            api.stop().await;
        });
    }
}
