//! Batches at a Safe Transaction Service: what is brought there, what comes back, and what is not believed of it.

use safe::SafeAccount;
use safe::signature::Form;
use serde_json::{Value, json};

use crate::app::world::{pilot, run};
use crate::chain::node_at::Reply;
use crate::common::on_both;
use crate::http::cast::{Cast, PILOT, fund, observation, open, owner, owners, record_address, signature};
use crate::http::{Answer, Api};
use crate::transaction_service::line::{Line, Passing};
use crate::transaction_service::rules::Kept;
use crate::transaction_service::service_at::ServiceAt;

const ONE: &str = "/programs/pilot/batches/1";
const SHARE: &str = "/programs/pilot/batches/1/service";
const PULL: &str = "/programs/pilot/batches/1/service/confirmations";

fn account() -> SafeAccount {
    SafeAccount { chain_id: 42161, address: pilot().safe, version: "1.4.1".parse().unwrap() }
}

/// Two claims in a batch on nonce 7, which the first owner has signed.
async fn start(api: &Api) -> (Cast<'_>, Value) {
    let people = open(api).await;
    record_address(&people.alice).await;
    fund(&people.treasurer).await;
    let claims = [people.approved(1, "6").await, people.approved(2, "7.5").await];
    let new = json!({ "submissions": claims, "evidence_up": true });
    let proposed = people.treasurer.post(&format!("{PILOT}/batches"), &new).await.json(201);
    (people, proposed["batch"].clone())
}

async fn size(api: &Api) -> Value {
    api.get(PILOT).await.json(200)["journal"]["size"].clone()
}

/// Addresses in small letters.
fn small(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|address| address.as_str().unwrap().to_lowercase()).collect()
}

/// An API whose way to its service alters what comes back.
fn behind(
    test: &crate::common::TestDb,
    pass: impl Fn(&Passing<'_>) -> Reply + Send + Sync + 'static,
) -> (Api, Line) {
    let at = ServiceAt::start();
    at.service().safe = account();
    at.service().owners = owners(2);
    let line = Line::start(at, pass);
    (Api::start_as(test, |app| app.with_service(Some(line.client())), |_| {}), line)
}

/// The service shows this beside the first owner's confirmation.
fn shows(api: &Api, confirmation: Kept) {
    let mut service = api.service.as_ref().unwrap().service();
    service.held[0].confirmations.truncate(1);
    service.held[0].confirmations.push(confirmation);
}

/// A confirmation as the service keeps it.
fn kept(owner_named: u64, signed: &Value) -> Kept {
    let bytes = signed["signature"].as_str().and_then(safe::hex::decode);
    Kept { owner: owner(owner_named).address(), signature: bytes, kind: "EOA" }
}

on_both! {
    fn owners_sign_at_the_service_and_the_ledger_takes_it_from_there(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let (people, batch) = start(&api).await;
            let at = api.service.as_ref().unwrap();
            people.alice.post(SHARE, &json!({})).await.refused(409, "too_few_signatures");
            people.alice.post(PULL, &json!({})).await.refused(409, "not_shared");
            let first = signature(&batch, &owner(1), Form::TypedData);
            people.alice.post(&format!("{ONE}/signatures"), &first).await.json(200);
            let before = size(&api).await;

            let shared = people.alice.post(SHARE, &json!({})).await.json(200);

            assert_eq!((&shared["service"], &shared["known"]), (&json!("http://127.0.0.1"), &json!(false)));
            assert_eq!(small(&shared["confirmed"]), [owner(1).address().to_string()]);
            let hash = batch["safe_tx_hash"].as_str().unwrap()[2..].parse().unwrap();
            {
                let service = at.service();
                let [held] = &service.held[..] else { panic!("one") };
                assert_eq!((held.hash, held.proposer, &*held.origin, held.trusted), (hash, owner(1).address(), "Bounty Ledger", true));
                assert_eq!(held.confirmations.len(), 1);
            }
            let again = people.treasurer.post(SHARE, &json!({})).await.json(200);
            assert_eq!((&again["known"], &again["confirmed"]), (&json!(true), &shared["confirmed"]));
            let held: Vec<usize> = at.service().held.iter().map(|held| held.confirmations.len()).collect();
            assert_eq!(held, [1], "a repeat changes nothing");
            assert_eq!(size(&api).await, before, "nothing of it is in the journal");

            // The other owner finds it there.
            let signed = owner(2).sign(&hash, Form::EthSign).unwrap();
            at.client().confirm(&account(), &hash, &signed).await.unwrap();
            let nothing = json!({});
            let pull = || people.alice.post_with(PULL, &nothing, "once");
            let pulled = pull().await;
            assert!(!pulled.replayed);
            let pulled = pulled.json(200);
            assert_eq!((pulled["recorded"].as_array().unwrap().len(), &pulled["refused"]), (1, &json!([])));
            assert_eq!(pulled["recorded"][0]["seq"], before, "the next event");
            let forms: Vec<_> = pulled["batch"]["signatures"].as_array().unwrap().iter().map(|signing| &signing["form"]).collect();
            assert_eq!(forms, ["eip712", "eth_sign"]);
            assert_eq!(api.get(&format!("{ONE}/exec-transaction.json")).await.json(200)["signers"].as_array().unwrap().len(), 2);

            // The answer was lost: it is told again. Asked anew, there is nothing more.
            let repeated = pull().await;
            assert!(repeated.replayed, "{repeated:?}");
            assert_eq!(repeated.json(200), pulled);
            assert_eq!(people.alice.post(PULL, &json!({})).await.json(200)["recorded"], json!([]));
            people.alice.post_with(&PULL.replace('1', "2"), &json!({}), "once").await.refused(404, "not_found");
            assert_eq!(size(&api).await, before.as_u64().unwrap() + 1);
            api.stop().await;
        });
    }

    fn a_batch_is_proposed_by_whoever_is_named_with_their_signature(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let (people, batch) = start(&api).await;
            let delegate = owner(99);
            api.service.as_ref().unwrap().service().delegates = vec![(delegate.address(), owner(1).address())];
            let signed = signature(&batch, &delegate, Form::TypedData)["signature"].clone();
            let by = |sender: u64| json!({ "sender": owner(sender).address(), "signature": signed });
            let wrong = people.alice.post(SHARE, &by(1)).await.refused(422, "malformed");
            assert_eq!(wrong.body["errors"][0]["field"], "signature");
            people.alice.post(SHARE, &json!({ "sender": owner(1).address() })).await.refused(409, "too_few_signatures");
            assert_eq!(api.service.as_ref().unwrap().service().held.len(), 0);

            let shared = people.alice.post(SHARE, &by(99)).await.json(200);

            assert_eq!((&shared["known"], &shared["confirmed"]), (&json!(false), &json!([])));
            assert_eq!(api.service.as_ref().unwrap().service().held[0].delegate, Some(delegate.address()));
            // What is sent is read, also where it is not needed any more.
            for (field, value) in [("sender", "0x1"), ("signature", "0x12")] {
                let refused = people.alice.post(SHARE, &json!({ field: value })).await.refused(422, "malformed");
                assert_eq!(refused.body["errors"][0]["field"], field);
            }
            let pulled = people.alice.post(PULL, &json!({})).await.json(200);
            assert_eq!(pulled["recorded"], json!([]));
            api.stop().await;
        });
    }

    fn what_a_service_makes_up_is_refused_one_by_one_and_written_nowhere(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let (people, batch) = start(&api).await;
            people.alice.post(&format!("{ONE}/signatures"), &signature(&batch, &owner(1), Form::TypedData)).await.json(200);
            people.alice.post(SHARE, &json!({})).await.json(200);
            let rejection = people.treasurer.post(&format!("{ONE}/rejection"), &json!({})).await.json(201)["batch"].clone();
            let by_stranger = signature(&batch, &owner(77), Form::TypedData);
            let other_hash = signature(&rejection, &owner(2), Form::TypedData);
            let before = size(&api).await;
            for (named, signed, why) in [
                (2, &by_stranger, "signed"),
                (2, &other_hash, "signed"),
                (77, &by_stranger, "no owner of the Safe as it was last observed"),
            ] {
                shows(&api, kept(named, signed));
                let pulled = people.alice.post(PULL, &json!({})).await.json(200);
                assert_eq!(pulled["recorded"], json!([]));
                let [refused] = &pulled["refused"].as_array().unwrap()[..] else { panic!("{pulled}") };
                assert_eq!(refused["owner"].as_str().unwrap().to_lowercase(), owner(named).address().to_string());
                assert!(refused["why"].as_str().unwrap().contains(why), "{refused}");
            }
            // Only the chain tells whether somebody approved a hash, and it is not read here.
            shows(&api, Kept { owner: owner(2).address(), signature: None, kind: "APPROVED_HASH" });
            let pulled = people.alice.post(PULL, &json!({})).await.json(200);
            assert!(pulled["refused"][0]["why"].as_str().unwrap().contains("does not read the chain"), "{pulled}");
            assert_eq!(size(&api).await, before);
            api.get(&format!("{ONE}/exec-transaction.json")).await.refused(409, "too_few_signatures");
            api.stop().await;
        });
    }

    fn a_service_that_shows_another_transaction_or_none_is_told_so_and_changes_nothing(test: TestDb) {
        run(async {
            let (api, line) = behind(test, |passing| {
                if passing.is_post() || !passing.answer().starts_with(b"HTTP/1.1 200") { return passing.honest() }
                passing.altered(|json| json["to"] = json!(safe::eip55::checksum(&owner(9).address())))
            });
            let (people, batch) = start(&api).await;
            people.alice.post(&format!("{ONE}/signatures"), &signature(&batch, &owner(1), Form::TypedData)).await.json(200);
            let hash = batch["safe_tx_hash"].as_str().unwrap()[2..].parse().unwrap();
            let before = size(&api).await;
            // It arrives, and its service shows another: nothing more is brought there.
            drop(people.alice.post(SHARE, &json!({})).await);
            let signed = owner(2).sign(&hash, Form::TypedData).unwrap();
            line.service.client().confirm(&account(), &hash, &signed).await.unwrap();
            for path in [PULL, SHARE] {
                let failed = people.alice.post(path, &json!({})).await.refused(502, "service_failed");
                assert!(!failed.text.contains("KEY"), "{failed:?}");
            }
            drop(line);
            let gone: Answer = people.alice.post(PULL, &json!({})).await;
            gone.refused(502, "service_failed");
            assert_eq!(size(&api).await, before);
            api.get(&format!("{ONE}/exec-transaction.json")).await.refused(409, "too_few_signatures");
            let seen = observation(1_001);
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &seen).await.json(200);
            api.stop().await;
        });
    }
}
