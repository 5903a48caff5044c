//! What else a nonce is asked for, what became of it, and who was paid before.

use domain::command::{Actor, Cause, ObserveSafe};
use domain::value::{BatchNumber, Digest};
use domain::{Request, decide};
use serde_json::{Value, json};
use server::app::Sheet;
use server::http::sheet_page;
use verify::files::{FileError, Texts};

use super::page::Page;
use super::{BATCHES, data, names, propose, recomputed, says_the_same, shown, start, text};
use crate::app::world::{address, run};
use crate::common::on_both;
use crate::http::cast::{Cast, PILOT, approve, but, claim, file_as, observation};
use crate::http::settled::both;
use crate::http::{Api, Person};

/// Every text is the same.
struct Mute;

impl Texts for Mute {
    type Error = FileError;

    fn text(&mut self, _: Digest, _: &'static str) -> Result<String, FileError> {
        Ok("a text".to_owned())
    }
}

fn codes<'a>(sheet: &'a Value, list: &str) -> Vec<&'a str> {
    sheet[list].as_array().unwrap().iter().map(|remark| text(remark, "code")).collect()
}

fn claims(lines: &Value) -> Vec<&Value> {
    lines.as_array().unwrap().iter().map(|line| &line["submission"]).collect()
}

/// A claim that pays an address of its own, approved.
async fn approved_for(people: &Cast<'_>, person: &Person<'_>, n: u64, payee: &str) -> Value {
    let (number, digest) = file_as(person, &but(claim(n, "6"), json!({ "payee": payee }))).await;
    for reviewer in &people.reviewers {
        approve(reviewer, &number, &digest).await;
    }
    number
}

on_both! {
    fn two_candidates_on_one_nonce_are_compared_claim_by_claim(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (one, two, three) = (people.approved(1, "6").await, people.approved(2, "7").await, people.approved(3, "5.5").await);
            let first = propose(&people, &[&one, &two], None).await;
            let second = propose(&people, &[&two, &three], Some(7)).await;
            let third = propose(&people, &[&two, &one], Some(7)).await;
            assert_eq!([&first["nonce"], &second["nonce"], &third["nonce"]], [7, 7, 7].map(|nonce| json!(nonce)).each_ref());

            let sheet = data(&api, 2).await;

            let beside = sheet["beside"].as_array().unwrap();
            assert_eq!(beside.iter().map(|other| &other["batch"]).collect::<Vec<_>>(), [&json!(1), &json!(3)]);
            for (other, batch) in beside.iter().zip([&first, &third]) {
                for same in ["safe_tx_hash", "total", "to", "rejection"] {
                    assert_eq!(other[same], batch[same], "{same}");
                }
                assert_eq!((claims(&other["added"]), claims(&other["removed"])), (vec![&three], vec![&one]));
                assert_eq!((&other["changed"], &other["reordered"], &other["same_target"]), (&json!([]), &json!(false), &json!(true)));
            }
            assert_eq!(beside[0]["added"][0], second["payouts"][1]);
            assert!(codes(&sheet, "warnings").contains(&"beside_others"));
            let (page, _) = shown(&api, 2).await;
            says_the_same(&page, &sheet);
            let told = [
                "Compared with batch 1 on this nonce, this one pays:", "+ claim 3: 5.5 LPT 5500000000000000000 wei to",
                "− claim 1: 6 LPT 6000000000000000000 wei to",
            ];
            for told in told {
                assert!(page.text.contains(told), "{told}: {}", page.text);
            }
            // The same lines, otherwise.
            let turned = data(&api, 3).await;
            let other = &turned["beside"][0];
            assert_eq!((&other["batch"], &other["added"], &other["removed"], &other["reordered"]), (&json!(1), &json!([]), &json!([]), &json!(true)));
            assert!(shown(&api, 3).await.0.text.contains("The same lines in another order."));
            // What stands beside it never was a payment.
            assert_eq!(turned["lines"][0]["payee_is"], "new");
            api.stop().await;
        });
    }

    fn a_rejection_pays_nobody_and_says_what_it_keeps_from_happening(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (one, two) = (people.approved(1, "6").await, people.approved(2, "7").await);
            propose(&people, &[&one, &two], None).await;
            people.treasurer.post(&format!("{BATCHES}/1/rejection"), &json!({})).await.json(201);

            let sheet = data(&api, 2).await;

            assert_eq!(recomputed(&sheet), names(&sheet));
            assert_eq!((&sheet["rejection"], &sheet["count"], &sheet["total"]), (&json!(true), &json!(0), &json!("0")));
            assert_eq!((&sheet["transaction"]["to"], &sheet["transaction"]["data"]), (&sheet["safe"]["address"], &json!("0x")));
            assert_eq!((&sheet["target"], &sheet["builder_checksum"]), (&json!("the Safe itself"), &Value::Null));
            assert_eq!(text(&sheet, "operation_in_words"), "a call of the Safe itself, which does nothing but consume nonce 7");
            assert_eq!((claims(&sheet["beside"][0]["removed"]), &sheet["beside"][0]["same_target"]), (vec![&one, &two], &json!(false)));
            assert_eq!(text(&sheet["hash_tool"]["answers"][3], "answer"), "0x");
            let (page, answer) = shown(&api, 2).await;
            says_the_same(&page, &sheet);
            assert!(page.text.contains("Signer’s sheet: rejection 2, nonce 7") && page.text.contains("Pays nobody"), "{}", page.text);
            assert!(!answer.text.contains("transaction-builder.json"), "there is none");
            assert_eq!(data(&api, 1).await["beside"][0]["rejection"], true);
            api.stop().await;
        });
    }

    fn what_became_of_a_batch_stands_at_the_top_of_its_sheet(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let (one, two, three) = (people.approved(1, "6").await, people.approved(2, "7").await, people.approved(3, "5.5").await);
            propose(&people, &[&one], None).await;
            propose(&people, &[&two], Some(7)).await;
            propose(&people, &[&three], None).await;
            let waiting = data(&api, 3).await;
            assert_eq!(waiting["earlier"], json!([{ "nonce": 7, "batches": [1, 2] }]));
            assert_eq!((&waiting["unproposed"], codes(&waiting, "cautions")), (&json!(0), vec![]));
            assert!(codes(&waiting, "warnings").contains(&"earlier_nonces"));
            assert!(shown(&api, 3).await.0.text.contains("nonce 7: batches 1, 2"));

            let seen = but(observation(1_001), json!({ "nonce": 8 }));
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &seen).await.json(200);
            let execution = json!({ "tx_hash": "71".repeat(32) });
            both([&people.treasurer, &people.lead], &format!("{BATCHES}/1/execution"), &execution).await;

            let [executed, replaced] = [data(&api, 1).await, data(&api, 2).await];
            assert_eq!((text(&executed, "state"), text(&replaced, "state")), ("executed", "replaced"));
            for (number, sheet, told) in [(1, &executed, "This batch was executed: attested, not checked on chain"), (2, &replaced, "Batch 1 was executed instead: attested, not checked on chain")] {
                assert_eq!((text(&sheet["end"], "source"), codes(sheet, "cautions")), ("attested", vec!["settled"]));
                let (page, _) = shown(&api, number).await;
                says_the_same(&page, sheet);
                assert!(page.text.contains(told) && page.text.contains("Nothing is left to sign"), "{}", page.text);
                assert!(!page.text.contains("Does your wallet"));
            }
            let next = data(&api, 3).await;
            assert_eq!((&next["earlier"], codes(&next, "cautions")), (&json!([]), vec![]));
            api.stop().await;
        });
    }

    fn a_nonce_that_was_consumed_or_a_safe_that_holds_too_little_is_no_time_to_sign(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            propose(&people, &[&claim], None).await;
            let observe = async |block, changes| {
                let seen = but(observation(block), changes);
                people.treasurer.post(&format!("{PILOT}/safe/observations"), &seen).await.json(200);
                data(&api, 1).await
            };

            let short = observe(1_001, json!({ "balance": "5.5", "threshold": 1 })).await;
            assert_eq!((codes(&short, "cautions"), codes(&short, "warnings")), (vec!["over_safe_balance"], vec!["attested_observation", "threshold_one"]));
            assert!(shown(&api, 1).await.0.text.contains("The Safe held 5.5 LPT when it was last observed, 0.5 LPT less"));
            let consumed = observe(1_003, json!({ "nonce": 8 })).await;
            assert_eq!(codes(&consumed, "cautions"), ["nonce_consumed"]);
            let (page, _) = shown(&api, 1).await;
            assert!(page.text.contains("The Safe runs nonce 8 next: nonce 7 was consumed"), "{}", page.text);
            says_the_same(&page, &consumed);
            let said = json!({ "how": "replaced", "tx_hash": "72".repeat(32), "reason": "Not ours." });
            people.treasurer.post(&format!("{PILOT}/nonces/7/consumption"), &said).await.json(200);
            assert_eq!(codes(&data(&api, 1).await, "cautions"), ["said_to_be_consumed", "nonce_consumed"]);
            api.stop().await;
        });
    }

    fn a_safe_whose_code_was_changed_is_no_safe_to_sign_for(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let claim = people.approved(1, "6").await;
            propose(&people, &[&claim], None).await;
            let mut program = api.app.program("pilot".parse().unwrap()).await.unwrap();
            let seen = program.observation().unwrap().safe.clone();
            let changed = ObserveSafe { block: seen.block.next().unwrap(), singleton: safe::deployments::DEPLOYMENTS[3].safe_l2, ..seen };
            let (actor, at) = (Actor::Member("4".parse().unwrap()), program.last_at());
            let request = Request { actor, at, cause: Some(Cause(Digest::ZERO, Digest::ZERO)), command: changed.into() };
            program.apply(&decide(&program, &request).unwrap().record().unwrap()).unwrap();

            let batch = program.batch(BatchNumber::FIRST).unwrap();
            let sheet = Sheet::of("pilot".parse().unwrap(), &program, batch, &mut Mute).unwrap();

            let told = "The Safe runs the code of 0xEdd160fEBBD92E350D4D398fb636302fccd67C7e, which is not that of a Safe 1.4.1";
            assert!(sheet.cautions[0].to_string().starts_with(told), "{:?}", sheet.cautions);
            let page = Page::read(&sheet_page(&sheet));
            assert!(page.text.contains(told) && page.text.contains("(SafeL2 1.5.0)"), "{}", page.text);
            api.stop().await;
        });
    }

    fn a_payee_is_compared_with_where_the_person_was_paid_before(test: TestDb) {
        run(async {
            let api = Api::start(test);
            let people = start(&api).await;
            let one = people.approved(1, "6").await;
            let other = address(500);
            people.alice.post("/me/addresses", &json!({ "program": "pilot", "address": other })).await.json(200);
            api.after_hours(400);
            // Whoever was away for long signs in again.
            let [treasurer, alice, first, second] = ["treasurer", "alice", "first-reviewer", "second-reviewer"].map(|handle| api.sign_in(handle));
            let people = Cast { treasurer: treasurer.await, alice: alice.await, reviewers: [first.await, second.await], ..people };
            let again = people.approved(2, "6").await;
            let moved = approved_for(&people, &people.alice, 3, &other).await;
            people.treasurer.post(&format!("{PILOT}/safe/observations"), &observation(1_009)).await.json(200);
            for claim in [&one, &again, &moved] {
                propose(&people, &[claim], None).await;
            }

            let lines = [data(&api, 1).await, data(&api, 2).await, data(&api, 3).await].map(|sheet| sheet["lines"][0].clone());

            assert_eq!(lines.each_ref().map(|line| text(line, "payee_is")), ["new", "known", "changed"]);
            assert_eq!(text(&lines[2], "last_payee").to_lowercase(), address(5));
            let (page, _) = shown(&api, 3).await;
            let told = format!("Another address than the last time, which was {}.", text(&lines[2], "last_payee"));
            assert!(page.text.contains(&told) && page.text.contains("No signature proves whose address this is."), "{}", page.text);
            assert!(shown(&api, 1).await.0.text.contains("First payment to this person."));
            api.stop().await;
        });
    }
}
